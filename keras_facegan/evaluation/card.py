"""The numbers on the card of published weights: how training ended, and how varied samples are."""

import numpy as np

from keras_facegan.abilities import Generates
from keras_facegan.callbacks.history import read_rows
from keras_facegan.callbacks.samples import diversity
from keras_facegan.data.images import to_float

PICTURES = 512


def card_numbers(model, history, examples, held_out=None, step=None) -> dict[str, float]:
    """Return what a card says of a trained model, rounded to three digits behind the point.

    Args:
        model: Trained model.
        history: Path of the history.csv of its run.
        examples: `Examples` that it was trained on.
        held_out: `Examples` of the validation split, None where the model is not validated.
        step: Steps that the model was trained for; all of the history for None.

    Returns:
        Dict: means of the history's last tenth up to there by term; the diversity of samples and of real pictures, of
        a model that generates; what `model.validate` gives.
    """
    rows = [row for row in read_rows(history) if step is None or int(row["step"]) <= step]
    last = rows[-max(len(rows) // 10, 1) :]
    terms = [term for term in (rows[0] if rows else ()) if term != "step"]
    numbers = {term: float(np.mean([float(row[term]) for row in last])) for term in terms}
    if isinstance(model, Generates):
        chosen = np.random.default_rng(0).choice(len(examples), min(PICTURES, len(examples)), replace=False)
        numbers["sample_diversity"] = diversity(model.generate(PICTURES, seed=0))
        numbers["picture_diversity"] = diversity(to_float(examples.images[np.sort(chosen)]))
    if held_out is not None:
        numbers |= model.validate(to_float(held_out.images), held_out.columns)
    return {name: round(float(value), 3) for name, value in numbers.items()}
