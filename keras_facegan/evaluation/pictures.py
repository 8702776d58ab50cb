"""What a report shows of a model: samples, the way between codes, real pictures nearest to samples, aged faces."""

import pathlib
import tempfile

import numpy as np
from PIL import Image

from keras_facegan import plots
from keras_facegan.abilities import Ages, Decodes, Generates
from keras_facegan.callbacks.samples import draw_grid
from keras_facegan.data.images import image_grid, to_float, to_uint8
from keras_facegan.evaluation.results import HELD_OUT, LEARNT
from keras_facegan.latent.interpolation import PATHS
from keras_facegan.metrics.neighbours import nearest_neighbours

SAMPLES = 64
ROWS, STEPS = 4, 9
LOOKED_AT, NEIGHBOURS = 8, 5


def sample_grid(subject):
    """Return 64 generated pictures as one, one value of a condition per row, uint8 (H, W, C)."""
    if isinstance(subject.model, Decodes) and subject.model.conditions:
        return draw_grid(subject.model, SAMPLES, subject.seed)[1]
    return image_grid(subject.fake_images[:SAMPLES])


def interpolation(subject):
    """Return rows of pictures on the way between two codes, conditions held, uint8 (H, W, C)."""
    model = subject.model
    inputs = model.sample_inputs(2 * ROWS, subject.seed)
    codes = inputs.pop("latents")
    start, end = codes[::2, None], codes[1::2, None]
    between = PATHS[model.prior.latent](start, end, np.linspace(0.0, 1.0, STEPS))
    held = {name: np.repeat(values[::2], STEPS, axis=0) for name, values in inputs.items()}
    return image_grid(to_uint8(model.decode(between.reshape(ROWS * STEPS, -1), **held)), STEPS)


def nearest(subject):
    """Return rows of a generated picture and its nearest real ones by features, uint8 (H, W, C)."""
    fake = subject.fake_features[:LOOKED_AT]
    count = min(NEIGHBOURS, len(subject.real_images))
    indices, _ = nearest_neighbours(fake, subject.real.features, count)
    rows = [
        np.concatenate([image[None], subject.real_images[row]])
        for image, row in zip(subject.fake_images, indices, strict=False)
    ]
    return image_grid(np.concatenate(rows), count + 1)


def previews(subject):
    """Return what the model makes of held-out pictures, uint8 (H, W, C) by title."""
    images, columns = subject.looked_at
    made = subject.model.preview(to_float(np.asarray(images)), columns)
    return {
        f"Held-out pictures: {name}": image_grid(to_uint8(rows.reshape(-1, *rows.shape[2:])), rows.shape[1])
        for name, rows in made.items()
    }


def curves(history):
    """Return the plots of a run's history by their names, uint8 (H, W, C) each."""
    with tempfile.TemporaryDirectory() as folder:
        plots.history(history, pathlib.Path(folder))
        return {
            path.stem: np.asarray(Image.open(path).convert("RGB")) for path in sorted(pathlib.Path(folder).glob("*"))
        }


def pictures(examination, metrics):
    """Return what can be shown of a model: title -> uint8 (H, W, C).

    Args:
        examination: `Examination`.
        metrics: Names of the metrics that were taken. Real pictures are shown with what was measured of them: the
            nearest ones with "neighbours", aged faces with "ageing".
    """
    model, shown = examination.model, {}
    if isinstance(model, Generates):
        learnt = examination.subjects[LEARNT]
        shown["Samples"] = sample_grid(learnt)
        if isinstance(model, Decodes):
            shown["From code to code"] = interpolation(learnt)
        if "neighbours" in metrics:
            shown["Samples (left) and the real pictures that are nearest to them"] = nearest(learnt)
    if isinstance(model, Ages) and "ageing" in metrics:
        shown |= previews(examination.subjects[HELD_OUT])
    if examination.history is not None:
        shown |= {f"Training: {name}": picture for name, picture in curves(examination.history).items()}
    return shown
