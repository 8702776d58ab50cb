"""Grids of what the generator draws from the same latents as training goes on, and a watch on their diversity."""

import numpy as np

from keras_facegan.callbacks.base import StepCallback
from keras_facegan.data.images import image_grid, save_image, to_uint8

GRID = 64
COLLAPSED = 0.02
CHECKS = 3


class Samples(StepCallback):
    """Save `step_*.png` of 64 pictures on fixed latents, and report a collapse.

    Args:
        folder: Folder of the grids.
        seed: Seed of the fixed latents.
        tensorboard: `TensorBoard` callback that shows the grids as well.
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two grids.
        report: Callable that shows a line of text.
    """

    def __init__(self, folder, seed, tensorboard, start_step, last_step, every, report=print):
        super().__init__(start_step, last_step, every)
        self.folder, self.seed, self.tensorboard, self.report = folder, seed, tensorboard, report
        self.alike = 0
        folder.mkdir(parents=True, exist_ok=True)

    def on_step(self, step, logs):
        images = self.model.generate(GRID, seed=self.seed)
        grid = image_grid(to_uint8(images))
        save_image(self.folder / f"step_{step:08d}.png", grid)
        self.tensorboard.image("samples", step, grid)
        self.alike = self.alike + 1 if diversity(images) < COLLAPSED else 0
        if self.alike == CHECKS:
            self.report(
                f"Step {step}: the generator has collapsed, its samples have been almost equal for {CHECKS} grids. "
                "Try a lower learning rate, --set model.n_critic=2 or another --seed."
            )


def diversity(images):
    """Return the mean standard deviation of a pixel over samples (n, H, W, C) in [-1, 1]; 0 means all are equal."""
    return float(np.std(images, axis=0).mean())
