"""What a model makes of fixed held-out pictures as training goes on, for people to look at."""

import pathlib

import numpy as np

from keras_facegan.callbacks.base import PictureCallback, Schedule
from keras_facegan.data.images import image_grid, save_image, to_float, to_uint8

MOST = 2048


class Previews(PictureCallback):
    """Save the pictures of `model.preview` as `preview_<name>_<step>.png`.

    Args:
        folder: Folder of the pictures.
        examples: `Examples` of the validation split.
        tensorboard: `TensorBoard` callback that shows the pictures as well.
        schedule: Steps of the fit.
        every: Steps between two looks.
    """

    def __init__(self, folder: pathlib.Path, examples, tensorboard, schedule: Schedule, every: int):
        super().__init__(folder, schedule, every)
        self.tensorboard = tensorboard
        self.images = examples.images[:MOST]
        self.columns = {name: np.asarray(values[:MOST]) for name, values in examples.columns.items()}

    @classmethod
    def for_run(cls, run):
        if run.held_out is None:
            return None
        return cls(run.files.samples, run.held_out, run.tensorboard, run.schedule, run.recipe.train.sample_every)

    def pattern(self, mark):
        return f"preview_*_{mark}.png"

    def draw(self, step, mark):
        for name, pictures in self.model.preview(to_float(self.images), self.columns).items():
            rows, columns = pictures.shape[:2]
            grid = image_grid(to_uint8(pictures.reshape(rows * columns, *pictures.shape[2:])), columns)
            save_image(self.folder / self.pattern(mark).replace("*", name), grid)
            self.tensorboard.image(f"preview/{name}", step, grid)
