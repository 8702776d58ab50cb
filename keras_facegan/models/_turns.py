"""Steps that a player takes in a row, as many as its loss asks for."""

from keras import ops

# Most steps in a row, and by how much a loss must outweigh the other player's for a further one.
MOST_TURNS, OVERWEIGHT = 3, 1.5


def turns(ratio):
    """Return the steps of a player whose loss is `ratio` times that of the other: 1 up to 1.5 times, at most 3.

    Args:
        ratio: Float scalar >= 0.

    Returns:
        int32 scalar.
    """
    return ops.cast(ops.clip(ops.ceil(ratio / OVERWEIGHT), 1, MOST_TURNS), "int32")


def repeated(step, times):
    """Take a step several times.

    Args:
        step: Callable () -> dict of scalars.
        times: How often, at least 1, an int or an int32 scalar.

    Returns:
        What the last step gave.
    """
    terms = step()
    if isinstance(times, int):
        for _ in range(1, times):
            terms = step()
        return terms
    names = list(terms)

    def body(taken, *values):
        terms = step()
        return taken + 1, *(terms[name] for name in names)

    values = ops.while_loop(lambda taken, *values: taken < times, body, (ops.ones((), "int32"), *terms.values()))[1:]
    return dict(zip(names, values, strict=True))
