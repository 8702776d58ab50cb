"""Embeddings of held-out pictures for TensorBoard's projector: what a network thinks is alike lies close together."""

import os
import pathlib

import numpy as np

from keras_facegan.abilities import Embeds
from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.data.images import to_float

MOST = 512
_CONFIG = """embeddings {
  tensor_name: "held-out pictures"
  tensor_path: "embeddings.tsv"
  metadata_path: "embeddings_labels.tsv"
}
"""


class Projector(StepCallback):
    """Write `model.embed` of at most 512 held-out pictures, with their labels and without the pictures themselves.

    Args:
        folder: Folder of the event files, where the projector looks for its own.
        examples: `Examples` of the validation split; the first ones of it are taken.
        schedule: Steps of the fit.
        every: Steps between two looks; the newest replaces the one before.
    """

    optional = True

    def __init__(self, folder: pathlib.Path, examples, schedule: Schedule, every: int):
        super().__init__(schedule, every)
        self.folder = pathlib.Path(folder)
        self.images = examples.images[:MOST]
        labels = {"picture": np.array(examples.keys[:MOST])}
        labels |= {name: values[:MOST] for name, values in examples.columns.items() if values.ndim == 1}
        self.labels = "\n".join(
            ["\t".join(labels), *("\t".join(map(_cell, row)) for row in zip(*labels.values(), strict=True))]
        )

    @classmethod
    def for_run(cls, run):
        if run.held_out is None or not isinstance(run.model, Embeds):
            return None
        return cls(run.files.events, run.held_out, run.schedule, run.recipe.train.sample_every)

    def on_step(self, step, logs):
        embeddings = self.model.embed(to_float(self.images))
        rows = "\n".join("\t".join(f"{value:.5f}" for value in row) for row in embeddings)
        texts = {
            "embeddings.tsv": f"{rows}\n",
            "embeddings_labels.tsv": f"{self.labels}\n",
            "projector_config.pbtxt": _CONFIG,
        }
        for name, text in texts.items():
            # TensorBoard may read at any time: rename a finished file over the old one.
            unfinished = self.folder / f"{name}.unfinished"
            unfinished.write_text(text, encoding="utf-8")
            os.replace(unfinished, self.folder / name)


def _cell(value):
    return str(value).replace("\t", " ").replace("\n", " ")
