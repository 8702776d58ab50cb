"""References: taken once, told apart by their content, made anew when damaged, shared by processes."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_facegan.data.images import to_float
from keras_facegan.errors import UserError
from keras_facegan.metrics import extractors, resize
from keras_facegan.metrics.extractors import Extractor
from keras_facegan.metrics.frechet import statistics
from keras_facegan.metrics.reference import entry_name, reference_features
from tests.metrics.stand_ins import extractor, pictures


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


def test_features_are_taken_once(cache):
    extract, seen = extractor()
    images = pictures(0)
    first = reference_features(images, extract, "train")
    shown = len(seen)
    again = reference_features(images, extract, "train")
    assert len(seen) == shown and len(list(cache.iterdir())) == 1
    np.testing.assert_array_equal(first.features, extract(images))
    expected = statistics(first.features)
    for found in (first, again):
        np.testing.assert_array_equal(found.features, first.features)
        np.testing.assert_array_equal(found.statistics.mean, expected.mean)
        np.testing.assert_array_equal(found.statistics.covariance, expected.covariance)
        assert found.statistics.n == 10


def test_the_name_of_an_entry_is_its_content(monkeypatch):
    extract, _ = extractor()
    images = pictures(0)
    name = entry_name(images, extract, "train")
    assert entry_name(to_float(images.copy()), extract, "train") == name
    changed = images.copy()
    changed[9, 19, 19, 2] ^= 1
    others = [
        entry_name(changed, extract, "train"),
        entry_name(images[:-1], extract, "train"),
        entry_name(images.reshape(10, 10, 40, 3), extract, "train"),
        entry_name(images, extract, "test"),
        entry_name(images, extractor(seed=1)[0], "train"),
        entry_name(images, extractor(side=8)[0], "train"),
    ]
    monkeypatch.setattr(resize, "VERSION", resize.VERSION + 1)
    others.append(entry_name(images, extract, "train"))
    assert len({name, *others}) == 8


def test_the_name_of_an_entry_does_not_depend_on_pieces(monkeypatch):
    extract, _ = extractor()
    images = pictures(0)
    name = entry_name(images, extract, "train")
    monkeypatch.setattr("keras_facegan.metrics.reference._IMAGES", 3)
    assert entry_name(images, extract, "train") == name


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_an_entry_is_right_whatever_happened_to_its_file(cache, place, bit, cut):
    constant = Extractor("constant", lambda x: np.asarray(x).mean(axis=(1, 2)), (8, 8, 3), "0" * 64)
    images = pictures(1, n=4, side=8)
    truth = reference_features(images, constant, "train")
    path = cache / f"{entry_name(images, constant, 'train')}.features"
    content = bytearray(path.read_bytes())
    index = int(place * len(content))
    if cut:
        del content[index:]
    else:
        content[index] ^= 1 << bit
    path.write_bytes(content)
    found = reference_features(images, constant, "train")
    np.testing.assert_array_equal(found.features, truth.features)
    np.testing.assert_array_equal(found.statistics.covariance, truth.statistics.covariance)
    np.testing.assert_array_equal(found.statistics.mean, truth.statistics.mean)


def test_a_damaged_entry_is_made_anew(cache):
    extract, seen = extractor()
    images = pictures(0)
    truth = reference_features(images, extract, "train").features
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    shown = len(seen)
    path.write_bytes(whole[: len(whole) // 2])
    np.testing.assert_array_equal(reference_features(images, extract, "train").features, truth)
    assert len(seen) > shown and path.read_bytes() == whole


def test_an_entry_of_another_number_of_pictures_is_made_anew(cache):
    extract, _ = extractor()
    reference_features(pictures(0), extract, "train")
    (path,) = cache.iterdir()
    reference_features(pictures(1, n=7), extract, "train")
    (other,) = set(cache.iterdir()) - {path}
    os.replace(other, path)
    assert reference_features(pictures(0), extract, "train").features.shape == (10, 8)


def test_a_cache_that_cannot_be_used_is_one_line_before_any_work(tmp_path, monkeypatch):
    extract, seen = extractor()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"cannot be kept in .*file.features: .*Set KERAS_FACEGAN_CACHE") as raised:
        reference_features(pictures(0), extract, "train")
    assert "\n" not in str(raised.value) and not seen


def test_an_entry_that_cannot_be_read_is_one_line(cache):
    extract, _ = extractor()
    reference_features(pictures(0), extract, "train")
    (path,) = cache.iterdir()
    path.unlink()
    # A folder in its place: what even the super-user cannot read.
    path.mkdir()
    with pytest.raises(UserError, match="Is a directory.*Set KERAS_FACEGAN_CACHE"):
        reference_features(pictures(0), extract, "train")


def test_a_full_disk_is_one_line_and_leaves_nothing_behind(cache, monkeypatch):
    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UserError, match="No space left on device"):
        reference_features(pictures(0), extractor()[0], "train")
    assert not list(cache.iterdir())


SHARED = """
import json, numpy as np
from keras_facegan.metrics.reference import reference_features

class Mean:  # Of an extractor all that a reference asks for; the real class would load Keras.
    identity = {"extractor": "mean"}
    def __call__(self, images):
        return images.mean(axis=(1, 2)).astype("float32")

images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 3)).astype("uint8")
print(json.dumps([float(reference_features(images[:n], Mean(), "train").features.sum()) for n in range(2, 64)]))
"""


def test_processes_share_a_cache(cache):
    root = pathlib.Path(extractors.__file__).parents[2]
    command = [sys.executable, "-c", SHARED]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [json.loads(each.communicate(timeout=120)[0].splitlines()[-1]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert outputs[0] == outputs[1] and len(outputs[0]) == 62
    assert len(list(cache.iterdir())) == 62
