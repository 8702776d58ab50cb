"""The iterative GAN in use: what a user asks of it, and what it refuses."""

import numpy as np
import pytest

from keras_facegan import create_model
from keras_facegan.abilities import Decodes, Encodes, Rebuilds, Recognises, Transforms
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from tests import contract
from tests.models.test_iterative_gan import NAMES, sigmoid, tiny


@pytest.fixture(scope="module")
def trained():
    model = create_model("iterative_gan", "tiny", attributes=(*NAMES, "Attractive"), pixel_weight=10.0, seed=0)
    examples = open_dataset("drawn_faces", "train", image_shape=(16, 16, 3), size=256)
    model.adapt(examples)
    model.compile({"name": "adam", "learning_rate": 2e-3, "beta_1": 0.5})
    model.fit(examples.batches(16, seed=0), steps_per_epoch=100, verbose=0)
    return model, to_float(examples.images[:20]), examples.columns


def test_it_has_its_abilities(trained):
    for ability in (Decodes, Encodes, Rebuilds, Recognises, Transforms):
        assert isinstance(trained[0], ability)


def test_rebuilding_draws_the_code_with_the_attributes_told(trained):
    model, images, _ = trained
    codes, told = model.encode(images), model.recognise(images)
    assert codes.shape == (20, 8) and told.shape == (20, 4) and np.abs(codes).max() <= 1
    rebuilt = model.rebuild(images)
    np.testing.assert_array_equal(rebuilt, model.decode(codes, attributes=told))
    np.testing.assert_array_equal(rebuilt[:3], model.rebuild(images[:3]))
    maps = model.network("trunk")({"image": images}, training=False)
    features = model.network("share")({"h3": maps["h3"]}, training=False)
    np.testing.assert_allclose(
        told, sigmoid(model.network("attribute_head")(features, training=False)["logits"]), atol=1e-5
    )


def test_transforming_changes_several_attributes_at_once_and_no_others(trained):
    model, images, _ = trained
    told = model.recognise(images)
    told[:, 1], told[:, 2] = 1, 0
    changed = model.transform(images, {"Eyeglasses": 1, "Smiling": 0})
    np.testing.assert_array_equal(changed, model.decode(model.encode(images), attributes=told))
    assert (changed != model.rebuild(images)).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Eyeglases": 1}, "`Eyeglases` is not an attribute of this model. Did you mean `Eyeglasses`"),
        ({"Male": 2}, "Male must be a number from 0 to 1, got 2"),
        ({"Attractive": 1}, "was trained on have the same Attractive: it cannot change"),
    ],
)
def test_wrong_changes_are_named(trained, changes, message):
    model, images, _ = trained
    with pytest.raises(UserError, match=message):
        model.transform(images, changes)


def test_pictures_of_another_size_are_refused(trained):
    for method in (trained[0].rebuild, trained[0].encode, trained[0].recognise):
        with pytest.raises(UserError, match="resize them first"):
            method(np.zeros((1, 32, 32, 3), "float32"))


def test_a_preview_shows_faces_rebuilt_and_with_four_attributes_turned_over(trained):
    model, images, columns = trained
    rows = model.preview(images, columns)["transformed"]
    # Male and Eyeglasses come first; in the place of Bangs and Bald, which it does not know, come others.
    assert rows.shape == (6, 8, 16, 16, 3)
    np.testing.assert_array_equal(rows[0], images[:8])
    np.testing.assert_array_equal(rows[1], model.rebuild(images[:8]))
    told, codes = model.recognise(images[:8]), model.encode(images[:8])
    told[:, 0] = told[:, 0] < 0.5
    np.testing.assert_array_equal(rows[2], model.decode(codes, attributes=told))
    told[:, 0], told[:, 2] = model.recognise(images[:8])[:, 0], told[:, 2] < 0.5
    np.testing.assert_array_equal(rows[4], model.decode(codes, attributes=told))
    full = create_model("iterative_gan", "tiny", seed=0)
    assert full.attributes == CELEBA_ATTRIBUTES
    assert full.preview(images, columns)["transformed"].shape == (6, 8, 16, 16, 3)


def test_validation_gives_recognition_and_rebuilding(trained):
    model, images, columns = trained
    numbers = model.validate(images, {"attributes": columns["attributes"][:20]})
    assert set(numbers) == {"hamming_loss", "macro_f1", "pixel_error"}
    assert numbers["pixel_error"] == pytest.approx(np.abs(images - model.rebuild(images)).mean(), rel=1e-5)


def test_training_rebuilds_faces_ever_better(trained):
    model, images, _ = trained
    fresh = create_model("iterative_gan", "tiny", attributes=(*NAMES, "Attractive"), seed=0)
    before, after = (np.abs(images - each.rebuild(images)).mean() for each in (fresh, model))
    assert after < 0.8 * before


def test_asking_for_attributes_moves_nothing():
    model = tiny()
    before = contract.values(model)
    model.generate(3, attributes={"Smiling": 1})
    model.transform(np.zeros((2, 16, 16, 3), "float32"), {"Male": 1})
    assert contract.changed(before, contract.values(model)) == set()
