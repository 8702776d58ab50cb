"""Grids of what the generator draws from the same latents as training goes on, and a watch on their diversity."""

import pathlib

import numpy as np

from keras_facegan.abilities import Decodes, Generates
from keras_facegan.callbacks.base import EARLY, PictureCallback, Schedule
from keras_facegan.data.images import image_grid, save_image

GRID = 64
COLLAPSED = 0.02
CHECKS = 3


class Samples(PictureCallback):
    """Save `step_*.png` of 64 pictures on fixed latents, and report a collapse.

    Args:
        folder: Folder of the grids.
        seed: Seed of the fixed latents.
        tensorboard: `TensorBoard` callback that shows the grids as well.
        schedule: Steps of the fit.
        every: Steps between two grids.
        report: Callable that shows a line of text.
    """

    def __init__(self, folder: pathlib.Path, seed: int, tensorboard, schedule: Schedule, every: int, report=print):
        super().__init__(folder, schedule, every)
        self.seed, self.tensorboard, self.report = seed, tensorboard, report
        self.alike = 0

    @classmethod
    def for_run(cls, run):
        if not isinstance(run.model, Generates):
            return None
        train = run.recipe.train
        return cls(run.files.samples, train.seed, run.tensorboard, run.schedule, train.sample_every, run.report)

    def pattern(self, mark):
        return f"step_{mark}.png"

    def draw(self, step, mark):
        images, grid = draw_grid(self.model, GRID, self.seed)
        save_image(self.folder / self.pattern(mark), grid)
        self.tensorboard.image("samples", step, grid)
        if mark == EARLY:
            return
        self.alike = self.alike + 1 if diversity(images) < COLLAPSED else 0
        if self.alike == CHECKS:
            self.report(
                f"Step {step}: the generator has collapsed, its samples have been almost equal for {CHECKS} grids. "
                "Try a lower learning rate, --set model.n_critic=2 or another --seed."
            )


def draw_grid(model, num: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return about `num` pictures, float32 (n, H, W, C) in [-1, 1], and their grid, uint8 (H, W, C).

    A model with a condition shows one value of it per row.
    """
    if not isinstance(model, Decodes):
        images = model.generate(num, seed=seed)
        return images, image_grid(images)
    grid = model.grid(num, seed)
    images = model.decode(**grid.inputs)
    return images, image_grid(images, grid.columns, row_names=grid.row_names)


def diversity(images):
    """Return the mean standard deviation of a pixel over samples (n, H, W, C) in [-1, 1]; 0 means all are equal."""
    return float(np.std(images, axis=0).mean())
