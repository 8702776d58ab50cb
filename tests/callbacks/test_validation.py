"""Numbers on held-out pictures as a run goes on, and what a run says when it has gone wrong."""

import dataclasses
import types

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from keras_facegan.callbacks.base import Schedule
from keras_facegan.callbacks.diagnosis import CHECKS, Diagnosis
from keras_facegan.callbacks.projector import Projector
from keras_facegan.callbacks.validation import MOST, Validation
from keras_facegan.data.pipeline import open_dataset


class Board:
    def __init__(self):
        self.written = []

    def scalars(self, step, values):
        self.written.append((step, values))


def run(callback, model, steps, logs=None):
    callback.set_model(model)
    for _ in range(steps):
        callback.on_train_batch_end(0, logs or {})


def test_held_out_numbers_reach_the_board_and_the_report():
    seen, lines, board = [], [], Board()

    def validate(images, columns):
        seen.append((images, columns))
        return {"mae": 2.5}

    examples = open_dataset("drawn_faces", "train", image_shape=(16, 16, 3), size=40)
    run(Validation(examples, board, Schedule(3, 9), 2, lines.append), types.SimpleNamespace(validate=validate), 6)
    assert board.written == [(step, {"validation/mae": 2.5}) for step in (4, 6, 8, 9)]
    assert lines[0] == "Step 4, validation: mae 2.500"
    images, columns = seen[0]
    assert images.shape == (40, 16, 16, 3) and images.dtype == np.float32
    assert images.min() >= -1 and images.max() <= 1
    np.testing.assert_array_equal(columns["age"], examples.columns["age"])


def test_a_fixed_choice_stands_for_many():
    examples = open_dataset("drawn_faces", "train", image_shape=(8, 8, 3), size=20)
    many = dataclasses.replace(
        examples,
        images=np.repeat(examples.images, 200, axis=0),
        columns={"number": np.arange(4000)},
        keys=tuple(map(str, range(4000))),
    )
    one, other = (Validation(many, Board(), Schedule(0, 9), 2) for _ in range(2))
    assert len(one.images) == MOST
    np.testing.assert_array_equal(one.columns["number"], other.columns["number"])
    np.testing.assert_array_equal(one.images, many.images[one.columns["number"]])


def test_a_finding_is_reported_once_it_lasts():
    lines = []
    findings = iter([None, "stuck", None, *["stuck"] * (CHECKS + 3)])
    model = types.SimpleNamespace(diagnose=lambda logs: next(findings))
    run(Diagnosis(Schedule(0, 100), 1, lines.append), model, CHECKS + 6, {"loss": np.float32(1)})
    assert lines == [f"Step {3 + CHECKS}: stuck"]


def test_the_projector_finds_embeddings_and_labels(tmp_path):
    examples = open_dataset("drawn_faces", "train", image_shape=(16, 16, 3), size=40)
    embeddings = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    run(Projector(tmp_path, examples, Schedule(0, 4), 2), types.SimpleNamespace(embed=lambda images: embeddings), 4)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"embeddings.tsv", "embeddings_labels.tsv", "projector_config.pbtxt"}
    np.testing.assert_allclose(np.loadtxt(tmp_path / "embeddings.tsv", delimiter="\t"), embeddings, atol=1e-5)
    labels = [line.split("\t") for line in (tmp_path / "embeddings_labels.tsv").read_text().splitlines()]
    assert {len(row) for row in labels} == {len(labels[0])} and len(labels) == 41
    identity = [int(row[labels[0].index("identity")]) for row in labels[1:]]
    np.testing.assert_array_equal(identity, examples.columns["identity"])
    config = ProjectorConfig()
    text_format.Parse((tmp_path / "projector_config.pbtxt").read_text(), config)
    paths = (config.embeddings[0].tensor_path, config.embeddings[0].metadata_path)
    assert paths == ("embeddings.tsv", "embeddings_labels.tsv")
