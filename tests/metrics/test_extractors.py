"""Extractors: one way in for all pictures, features of each by itself, weights that are what they say."""

import hashlib
import types

import keras
import numpy as np
import pytest

from keras_facegan.data.images import to_float
from keras_facegan.errors import UserError
from keras_facegan.files import sha256
from keras_facegan.metrics import extractors
from keras_facegan.metrics.extractors import Extractor, inception_v3_keras, weights_hash
from keras_facegan.metrics.resize import resized
from tests.metrics.stand_ins import extractor, network, pictures


def test_features_are_the_networks_of_resized_pictures():
    extract, _ = extractor(side=16)
    images = pictures(0)
    features = extract(images)
    assert features.shape == (10, 8) and features.dtype == np.float32
    np.testing.assert_allclose(features, network()(resized(images, (16, 16, 3))), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(extract(to_float(images)), features)


def test_features_depend_on_neither_number_nor_company_nor_order():
    extract, seen = extractor()
    images = pictures(0, n=150)
    features = extract(images)
    for chosen in (slice(0, 1), slice(60, 130), slice(None, None, -1)):
        np.testing.assert_allclose(extract(images[chosen]), features[chosen], rtol=1e-5, atol=1e-7)
    assert set(seen) == {64}


def test_a_memory_map_is_read_in_pieces(tmp_path):
    images = pictures(1, n=70)
    np.save(tmp_path / "images.npy", images)
    extract, _ = extractor()
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    np.testing.assert_array_equal(extract(mapped), extract(images))


def test_networks_without_rows_of_features_and_no_pictures_are_refused():
    with pytest.raises(UserError, match=r"Extractor maps must give features \(n, d\), got \(10, 8, 8, 3\)"):
        Extractor("maps", lambda x: x, (8, 8, 3), "0" * 64)(pictures(0))
    with pytest.raises(UserError, match="was given no pictures"):
        extractor()[0](pictures(0, n=0))


def test_the_hash_is_of_the_weights_and_not_of_their_file(tmp_path):
    first, again, other = network(seed=0), network(seed=0), network(seed=1)
    assert weights_hash(first) == weights_hash(again) != weights_hash(other)
    other.save_weights(tmp_path / "x.weights.h5")
    first.load_weights(tmp_path / "x.weights.h5")
    assert weights_hash(first) == weights_hash(other) and len(weights_hash(other)) == 64


def test_an_identity_is_all_that_features_depend_on():
    extract, _ = extractor(side=16)
    assert extract.identity["extractor"] == "stand_in" and extract.identity["image_shape"] == [16, 16, 3]
    assert extract.identity["weights"] == weights_hash(network())
    for other in (extractor(side=8), extractor(seed=1), extractor(name="another")):
        assert other[0].identity != extract.identity


@pytest.fixture
def small_inception(monkeypatch):
    """Put a small network in Inception's place, which reads weights as it does."""
    asked = types.SimpleNamespace()

    def build(include_top, weights, input_shape, pooling):
        asked.settings = (include_top, input_shape, pooling)
        inner = network(side=input_shape[0], features=6, seed=5)
        if weights == "imagenet":
            raise Exception("URL fetch failure on https://example.org: None -- Name or service not known")
        inner.load_weights(weights)
        return inner

    monkeypatch.setattr(keras.applications, "InceptionV3", build)
    return asked


def saved(path, seed=5, features=6):
    network(299, features, seed).save_weights(path)
    return path


def test_inception_from_keras_own_file(monkeypatch, small_inception, tmp_path):
    path = saved(tmp_path / "keras.weights.h5", seed=3)
    monkeypatch.setattr(extractors, "INCEPTION_MD5", hashlib.md5(path.read_bytes()).hexdigest())
    extract = inception_v3_keras(path)
    assert small_inception.settings == (False, (299, 299, 3), "avg")
    assert extract.name == "inception_v3_keras" and extract.image_shape == (299, 299, 3)
    assert extract.weights == weights_hash(network(299, 6, seed=3))
    images = pictures(0, n=2, side=32)
    expected = network(299, 6, seed=3)(resized(images, (299, 299, 3)))
    np.testing.assert_allclose(extract(images), expected, rtol=1e-4, atol=1e-6)


def test_other_weights_of_inception_must_be_asked_for_and_bear_their_hash(small_inception, tmp_path):
    path = saved(tmp_path / "own.weights.h5")
    digest = sha256(path)
    with pytest.raises(UserError, match=f"is not keras.applications' file .*: its SHA-256 is {digest}"):
        inception_v3_keras(path)
    with pytest.raises(UserError, match=f"has the SHA-256 {digest}, expected {'0' * 64}"):
        inception_v3_keras(path, sha256="0" * 64)
    assert inception_v3_keras(path, sha256=digest.upper()).name == f"inception_v3_keras_{digest[:8]}"


@pytest.mark.parametrize("which", ["absent", "missing", "text", "of another network"])
def test_weights_that_cannot_be_had_are_one_line_that_names_the_ways_out(small_inception, tmp_path, which):
    path = tmp_path / "x.weights.h5"
    if which == "text":
        path.write_text("not HDF5")
    elif which == "of another network":
        saved(path, features=7)
    with pytest.raises(UserError, match="inception_weights, or measure with a network of the zoo") as raised:
        if which == "absent":
            inception_v3_keras()
        else:
            inception_v3_keras(path, sha256=sha256(path) if path.exists() else None)
    assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_the_real_network_reads_a_file_of_its_weights(tmp_path):
    built = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(299, 299, 3), pooling="avg")
    path = tmp_path / "inception.weights.h5"
    built.save_weights(path)
    extract = inception_v3_keras(path, sha256=sha256(path))
    assert extract.weights == weights_hash(built)
    images = pictures(0, n=1, side=64)
    features = extract(images)
    assert features.shape == (1, 2048)
    np.testing.assert_allclose(features, built(resized(images, (299, 299, 3)), training=False), rtol=1e-3, atol=1e-5)
