import gzip
import struct

import numpy as np
import pytest

from keras_facegan.data.sets import mnist as module
from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS


def write_idx(path, values):
    content = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture(params=["", ".gz"])
def files(request, tmp_path, monkeypatch):
    """A small MNIST: 7 pictures to train (2 of them to validate) and 3 to test; picture i is filled with i."""
    monkeypatch.setattr(module, "NUM_TRAIN", 5)
    root = tmp_path / "mnist"
    root.mkdir()
    for name, count in (("train", 7), ("t10k", 3)):
        numbers = np.arange(count, dtype="uint8")
        images = np.broadcast_to(numbers[:, None, None], (count, 28, 28))
        write_idx(root / f"{name}-images-idx3-ubyte{request.param}", images)
        write_idx(root / f"{name}-labels-idx1-ubyte{request.param}", numbers)
    return root


def mnist(data_dir, split="train"):
    return DATASETS.create("mnist", data_dir=data_dir, split=split)


@pytest.mark.parametrize(
    ("split", "labels"),
    [("train", [0, 1, 2, 3, 4]), ("validation", [5, 6]), ("test", [0, 1, 2]), ("train+validation", list(range(7)))]
    + [("all", [0, 1, 2, 3, 4, 5, 6, 0, 1, 2]), ("validation+test", [5, 6, 0, 1, 2])],
)
def test_splits_are_the_usual_ones(files, split, labels):
    for data_dir in (files, files.parent):
        source = mnist(data_dir, split)
        assert source.columns["label"].tolist() == labels and source.columns["label"].dtype == np.int32
        assert [source.read(index, 28)[0, 0, 0] for index in range(len(source))] == labels
        assert source.read(0, 28).shape == (28, 28, 1)
        assert len(set(source.keys)) == len(labels)


def test_missing_and_broken_files_are_named(files):
    with pytest.raises(UserError, match="--data_dir"):
        mnist(None)
    labels = next(files.glob("train-labels*"))
    content = labels.read_bytes()
    for broken in (content[:-3], b"", b"<html>" * 20):
        labels.write_bytes(broken)
        with pytest.raises(DataError, match=labels.name):
            mnist(files)
    labels.unlink()
    with pytest.raises(DataError, match="train-labels-idx1-ubyte"):
        mnist(files)


def test_pictures_must_match_the_labels(files):
    write_idx(next(files.glob("t10k-labels*")), np.zeros(4, "uint8"))
    with pytest.raises(DataError, match="3 pictures for 4 labels"):
        mnist(files, "test").read(0, 28)


def test_names_with_a_dot_are_read(files):
    for path in list(files.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert mnist(files, "all").columns["label"].tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2]
    assert mnist(files.parent, "test").read(2, 28)[0, 0, 0] == 2


def test_all_means_the_files_that_are_there(files):
    for path in files.glob("t10k*"):
        path.unlink()
    assert mnist(files, "all").columns["label"].tolist() == list(range(7))
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte or .* t10k-labels.idx1-ubyte.gz in"):
        mnist(files, "test")
