"""Gradients of losses: the one place that records a tape.

Every optimizer carries its own loss scale, replicas share a global batch, and penalties differentiate in float32;
the models above say only which loss is minimised over which variables.
"""

import contextlib

import tensorflow as tf

from keras_facegan.seam import replicas


def gradients(loss_fn, variables, scale_loss=None):
    """Differentiate a loss.

    Args:
        loss_fn: Callable without arguments that returns `(loss, terms)`: a float32 scalar and a dict of scalars.
        variables: List of the Keras variables to differentiate by; nothing else is recorded.
        scale_loss: Optional function applied to the loss before it is differentiated (loss scaling).

    Returns:
        `(loss, terms, gradients)`: the unscaled loss, the terms, and one tensor (or None) a variable; gradients are
        those of the whole batch, losses and terms those of this replica's part of it.
    """
    values = [variable.value for variable in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, terms = loss_fn()
        target = loss if scale_loss is None else scale_loss(loss)
        # Gradients are summed over replicas, so each replica answers for its share of the global batch.
        target = target / replicas.count()
    return loss, terms, replicas.sums(tape.gradient(target, values))


def minimize(loss_fn, players, when=None):
    """Take one optimizer step down a loss, with one tape for all that moves.

    Args:
        loss_fn: Callable without arguments that returns `(loss, terms)`.
        players: List of `(variables, optimizer)`: Keras variables and the built Keras optimizer that moves them, of
            which `leave_sums_to_minimize` knows; a `LossScaleOptimizer` has a loss scale of its own.
        when: Bool scalar tensor; where it is false nothing moves, the optimizers' counts neither. None always moves.
            All replicas must have the same.

    Returns:
        `(loss, terms, norms)`: the unscaled loss, the terms, and the global norm of the unscaled gradients of each
        player.
    """
    one = tf.constant(1.0)
    first = players[0][1]
    loss, terms, grads = gradients(loss_fn, [each for variables, _ in players for each in variables], first.scale_loss)
    scale, norms, start = first.scale_loss(one), [], 0
    for variables, optimizer in players:
        own, start = grads[start : start + len(variables)], start + len(variables)
        norms.append(tf.linalg.global_norm(own) / scale)
        if optimizer is not first:
            # The tape carries the first optimizer's loss scale, and this one divides by its own.
            ratio = optimizer.scale_loss(one) / scale
            own = [None if each is None else each * tf.cast(ratio, each.dtype) for each in own]
        _apply(when, optimizer, own, variables)
    return loss, terms, norms


def minimize_each(loss_fn, players, when):
    """Take one optimizer step down each of several losses, one a player, that are told by one forward pass.

    Args:
        loss_fn: Callable without arguments that returns `(losses, terms)`: a dict from the name of a player to a
            float32 scalar, and a dict of scalars.
        players: Dict from a name to `(variables, optimizer)`, each as for `minimize`.
        when: Callable from the terms to a dict from the name of a player to a bool scalar: where it is false the player
            rests. Those that it does not name always move.

    Returns:
        `(losses, terms, norms)`, as `minimize` does, with a dict of losses and one of norms.
    """
    values = {name: [variable.value for variable in variables] for name, (variables, _) in players.items()}
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(values)
        losses, terms = loss_fn()
        # As in `gradients`: each replica answers for its share of the global batch.
        targets = {
            name: optimizer.scale_loss(losses[name]) / replicas.count() for name, (_, optimizer) in players.items()
        }
    # What a gradient does not need of the way back is left out of the graph that runs.
    grads = {name: replicas.sums(tape.gradient(targets[name], values[name])) for name in players}
    norms, one, moves = {}, tf.constant(1.0), when(terms)
    for name, (variables, optimizer) in players.items():
        norms[name] = tf.linalg.global_norm(grads[name]) / optimizer.scale_loss(one)
        _apply(moves.get(name), optimizer, grads[name], variables)
    return losses, terms, norms


def _apply(when, optimizer, grads, variables):
    if when is None:
        optimizer.apply(grads, variables)
        return

    def move():
        optimizer.apply(grads, variables)
        return True

    if replicas.count() == 1:
        tf.cond(when, move, lambda: False)
        return

    # An optimizer asks all replicas, which a branch of one replica must not: here all of them take the branch.
    def together(strategy, when, *grads):
        def move():
            strategy.extended.call_for_each_replica(lambda *own: optimizer.apply(own, variables), args=grads)
            return True

        tf.cond(strategy.experimental_local_results(when)[0], move, lambda: False)

    tf.distribute.get_replica_context().merge_call(together, args=(when, *grads))


def leave_sums_to_minimize(optimizer):
    """Let an optimizer move weights by the gradients as they are: `minimize` has summed them over the replicas.

    Keras would sum them once more, after clipping them and looking for infinite ones on every replica alone.

    Args:
        optimizer: Keras optimizer.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    # Past Keras, which tracks what is set as an attribute.
    inner.__dict__["_all_reduce_sum_gradients"] = list


def value_and_input_gradient(fn, x):
    """Evaluate a function and differentiate it by its input, in float32 and differentiable again.

    Args:
        fn: Callable from a tensor like `x` to a tensor of any shape, summed before differentiation.
        x: Tensor, the point of differentiation; no variable that `fn` reads is recorded.

    Returns:
        `(value, gradient)`: what `fn` gives, and a float32 tensor of the shape of `x`.
    """
    x = tf.cast(x, tf.float32)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = fn(x)
    return y, tape.gradient(y, x)


def input_gradient(fn, x):
    """Differentiate a function by its input, see `value_and_input_gradient`.

    Args:
        fn: Callable from a tensor like `x` to a tensor of any shape, summed before differentiation.
        x: Tensor, the point of differentiation.

    Returns:
        float32 tensor of the shape of `x`.
    """
    return value_and_input_gradient(fn, x)[1]


@contextlib.contextmanager
def float32_compute(network):
    """Let every layer of a built network compute in float32 for a while.

    A penalty on gradients taken in bfloat16 or float16 moves the weights the wrong way; layers follow their own
    policy whatever the dtype of the input, so the policy itself is exchanged and put back.

    Args:
        network: Built Keras model.
    """
    layers = list(network._flatten_layers())
    policies = [layer.dtype_policy for layer in layers]
    for layer in layers:
        layer.dtype_policy = "float32"
    try:
        yield
    finally:
        for layer, policy in zip(layers, policies, strict=True):
            layer.dtype_policy = policy
