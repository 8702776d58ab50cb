"""Embeddings of held-out pictures for TensorBoard's projector: what a network thinks is alike lies close together."""

import pathlib

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins import projector

from keras_facegan.abilities import Embeds
from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.data.images import to_float
from keras_facegan.errors import printable
from keras_facegan.files import replacing

MOST = 512


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
            projector.metadata.PROJECTOR_FILENAME: _config(),
        }
        for name, text in texts.items():
            # TensorBoard may read at any time.
            with replacing(self.folder / name) as unfinished:
                unfinished.write_text(text, encoding="utf-8")


def _config():
    about = projector.EmbeddingInfo(
        tensor_name="held-out pictures", tensor_path="embeddings.tsv", metadata_path="embeddings_labels.tsv"
    )
    return text_format.MessageToString(projector.ProjectorConfig(embeddings=[about]))


def _cell(value):
    return printable(str(value))
