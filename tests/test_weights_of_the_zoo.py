"""Every committed weights file: its card is complete and true, and its model works."""

import numpy as np
import pytest

from keras_facegan import list_models, load_pretrained
from keras_facegan.callbacks.samples import COLLAPSED, diversity
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.files import sha256
from keras_facegan.metrics.pictures import high_frequency_energy
from keras_facegan.paths import zoo_root
from keras_facegan.presets import preset_names
from keras_facegan.pretrained import weights_card, weights_file

NAMES = list_models(pretrained=True)


def test_the_promised_weights_are_there():
    assert {"cgan/mnist_32", "dcgan/mnist_32", "dcgan/cats_64", "dcgan/celeba_64_narrow"} <= set(NAMES)
    assert {"facegan/cats_64", "age_estimator/utkface_112", "age_estimator/utkface_64"} <= set(NAMES)
    assert {"age_estimator/judge_64", "age_estimator/drawn_faces_64"} <= set(NAMES)
    assert {"facenet/celeba_64", "facenet/celeba_96", "facenet/judge_64"} <= set(NAMES)
    assert {"pfa_gan/utkface_64", "pfa_gan/utkface_64_younger"} <= set(NAMES)
    assert {"digit_net/default", "digit_net/mnist_28", "cat_net/cats_64"} <= set(NAMES)
    assert {"acgan/mnist_32", "attribute_cnn/celeba_64", "sgan/mnist_28", "vae/mnist_28"} <= set(NAMES)
    assert {"glow/cats_32", "pixelcnn/mnist_28", "vaegan/celeba_64_narrow"} <= set(NAMES)
    assert {"pixelrnn/mnist_28", "pixelrnn/mnist_28_diagonal"} <= set(NAMES)
    assert {"attribute_cnn/drawn_faces_64", "cyclegan/drawn_faces", "glo/cats_64"} <= set(NAMES)
    assert {"restoration_gan/celeba_64_denoise", "restoration_gan/celeba_64_sr4"} <= set(NAMES)
    assert {"iterative_gan/celeba_64", "iterative_gan/drawn_faces_64", "stargan/celeba_64"} <= set(NAMES)


def test_the_folder_holds_what_the_cards_name_and_is_small():
    files = sorted((zoo_root() / "weights").glob("*"))
    assert [f"weights/{path.name}" for path in files] == sorted(weights_card(name)[1]["file"] for name in NAMES)
    sizes = [path.stat().st_size for path in files]
    assert max(sizes) < 8e6 and sum(sizes) < 48e6


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_complete_and_true(name):
    model, card = weights_card(name)
    path = weights_file(name)
    assert set(card) >= {"file", "sha256", "bytes", "data", "terms", "command", "numbers"}
    assert card["bytes"] == path.stat().st_size and card["sha256"] == sha256(path)
    assert card.get("preset", name.split("/")[1]) in preset_names(model)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("dcgan/", "facegan/", "cgan/"))])
def test_its_pictures_are_finite_and_unlike_each_other(name):
    model = load_pretrained(name)
    images = model.generate(32, seed=3)
    assert images.shape == (32, *model.image_shape) and images.dtype == np.float32
    assert np.isfinite(images).all() and np.abs(images).max() <= 1
    assert diversity(images) > 5 * COLLAPSED
    np.testing.assert_array_equal(images[:4], model.generate(4, seed=3))


@pytest.fixture(scope="module")
def drawn():
    return open_dataset("drawn_faces", "validation", image_shape=(64, 64, 3), size=2000)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("age_estimator/")])
def test_its_ages_follow_those_of_drawn_faces(name, drawn):
    ages = load_pretrained(name).estimate_age(to_float(drawn.images))
    truth = drawn.columns["age"]
    assert ages.shape == truth.shape and ages.min() >= 0 and ages.max() <= 100
    # Networks that saw real faces only need not know drawn wrinkles, but look at more than chance.
    least = 0.9 if name.endswith("drawn_faces_64") else 0.05
    assert np.corrcoef(ages, truth)[0, 1] > least


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("facenet/")])
def test_its_embeddings_tell_people_apart_and_are_calibrated(name):
    model = load_pretrained(name)
    people = open_dataset("drawn_faces", "train", image_shape=model.image_shape, size=200, identities=20)
    images = to_float(people.images)
    assert model.validate(images, people.columns)["auc"] > 0.6
    verdict = model.verify(images[:4], images[:4])
    assert verdict.same.all() and np.allclose(verdict.distance, 0, atol=1e-5) and 0 < verdict.threshold < 4
    model.feature_network()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("pfa_gan/")])
def test_it_ages_step_by_step_without_a_grid(name, drawn):
    model = load_pretrained(name)
    means = np.asarray(model.group_ages.means)
    assert (np.diff(means) > 5).all()
    first = 0 if model.older else len(means) - 1
    faces = to_float(drawn.images[np.flatnonzero(model.groups.of(drawn.columns["age"]) == first)[:32]])
    path = model.age_path(faces, first)
    np.testing.assert_array_equal(path[:, 0], faces)
    changes = [np.abs(path[:, place] - faces).mean() for place in range(len(means))]
    assert (np.diff(changes) > 0).all() and changes[-1] < 0.3
    # Drawn lines are finer than anything a photo has; a grid would multiply the energy at the finest scale.
    assert high_frequency_energy(path[:, -1]) < 2 * high_frequency_energy(faces)
