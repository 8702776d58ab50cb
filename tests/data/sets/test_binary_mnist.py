"""Binary MNIST: two values, each pixel white as often as its grey value says, the same draw everywhere."""

import numpy as np
import pytest

from keras_facegan.data.sets.binary_mnist import binary_mnist
from tests.data.sets.test_mnist import write_idx

COUNT = 300


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_facegan.data.sets.mnist.NUM_TRAIN", COUNT - 20)
    greys = np.zeros((COUNT, 4, 4), "uint8")
    greys[:, 0], greys[:, 1], greys[:, 2] = 255, 51, 204
    for name, values in {"train-images-idx3": greys, "train-labels-idx1": np.arange(COUNT, dtype="uint8") % 10}.items():
        write_idx(tmp_path / f"{name}-ubyte", values)
        write_idx(tmp_path / f"{name.replace('train', 't10k')}-ubyte", values)
    return tmp_path


def pictures(source):
    return np.stack([source.read(index, 4) for index in range(len(source))])


def test_pixels_are_white_as_often_as_their_grey_value_says(folder):
    drawn = pictures(binary_mnist(folder, "train"))
    assert drawn.dtype == np.uint8 and set(np.unique(drawn)) == {0, 255}
    shares = (drawn / 255).mean(axis=(0, 2, 3))
    # Black and white stay as they are; the others lie within four standard errors of 0.2 and 0.8.
    assert (shares[0], shares[3]) == (1.0, 0.0)
    assert shares[1:3] == pytest.approx([0.2, 0.8], abs=4 * 0.4 / np.sqrt(4 * len(drawn)))


def test_the_draw_belongs_to_the_picture(folder):
    first, again = (pictures(binary_mnist(folder, "validation")) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    together = binary_mnist(folder, "train+validation")
    np.testing.assert_array_equal(pictures(together)[-20:], first)
    # Equal grey pictures are drawn apart.
    assert len(np.unique(first.reshape(20, -1), axis=0)) > 10
    assert together.columns["label"][:3].tolist() == [0, 1, 2]
    assert "drawn" in together.fingerprint


def test_training_digits_can_be_drawn_several_times(folder):
    once, often = binary_mnist(folder, "train"), binary_mnist(folder, "train", draws=3)
    first, second, third = np.split(pictures(often), 3)
    np.testing.assert_array_equal(first, pictures(once))
    # Grey rows differ between draws as often as two dice do; black and white ones never.
    for one, other in ((first, second), (first, third), (second, third)):
        differ = (one != other).mean(axis=(0, 2, 3))
        assert differ[[0, 3]].tolist() == [0, 0]
        assert differ[1:3] == pytest.approx([0.32, 0.32], abs=4 * 0.47 / np.sqrt(4 * len(one)))
    np.testing.assert_array_equal(often.columns["label"], np.tile(once.columns["label"], 3))
    assert len(set(often.keys)) == len(often) == 3 * len(once)
    for split in ("validation", "test"):
        assert binary_mnist(folder, split, draws=3).keys == binary_mnist(folder, split).keys
