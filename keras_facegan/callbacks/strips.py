"""Strips of fixed held-out faces in all age groups as training goes on."""

import numpy as np

from keras_facegan.callbacks.base import StepCallback
from keras_facegan.data.images import image_grid, save_image, to_float, to_uint8

MOST = 2048


class Strips(StepCallback):
    """Save `step_*.png`, one row of age groups a face, as `model.strips` gives them.

    Args:
        folder: Folder of the pictures.
        examples: `Examples` of the validation split.
        tensorboard: `TensorBoard` callback that shows the strips as well.
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two strips.
    """

    def __init__(self, folder, examples, tensorboard, start_step, last_step, every):
        super().__init__(start_step, last_step, every)
        self.folder, self.tensorboard = folder, tensorboard
        self.images = to_float(examples.images[:MOST])
        self.columns = {name: np.asarray(values[:MOST]) for name, values in examples.columns.items()}
        folder.mkdir(parents=True, exist_ok=True)

    def on_step(self, step, logs):
        strips = self.model.strips(self.images, self.columns)
        if not len(strips):
            return
        rows, groups = strips.shape[:2]
        grid = image_grid(to_uint8(strips.reshape(rows * groups, *strips.shape[2:])), groups)
        save_image(self.folder / f"step_{step:08d}.png", grid)
        self.tensorboard.image("ages", step, grid)
