"""Latent tools on a model with a condition: it is held for each picture, and nothing else of the search changes."""

import numpy as np
import pytest

from keras_facegan import create_model
from keras_facegan.errors import UserError
from keras_facegan.latent.decoder import differentiable_decoder
from keras_facegan.latent.denoising import denoise
from keras_facegan.latent.inpainting import inpaint, square_hole
from keras_facegan.latent.inversion import invert

FAST = {"steps": 60, "restarts": 2, "learning_rate": 0.1, "seed": 1}
LABELS = [3, 0, 7]


@pytest.fixture(scope="module")
def model():
    """A generator of digits whose pictures depend on code and class alike."""
    made = create_model("cgan", image_shape=(28, 28, 1), filters=4, latent_dim=6, seed=0)
    made.generator.set_weights([value * (12.0 if value.ndim > 1 else 1.0) for value in made.generator.get_weights()])
    return made


@pytest.fixture(scope="module")
def pictures(model):
    return model.decode(model.sample_latents(3, seed=9), label=LABELS)


def test_the_decoder_takes_the_condition(model, pictures):
    decoder = differentiable_decoder(model)
    images = decoder(model.sample_latents(3, seed=9), label=np.array(LABELS, "int32"))
    np.testing.assert_allclose(images, pictures, atol=1e-5)


def test_the_class_is_held(model, pictures):
    found = invert(model, pictures, label=LABELS, **FAST)
    np.testing.assert_array_equal(found.images, model.decode(found.latents, label=LABELS))
    np.testing.assert_allclose(found.losses, np.square(found.images - pictures).mean(axis=(1, 2, 3)), rtol=1e-3)
    assert (found.losses < 0.5 * found.curves[:, 0]).all()
    # Another class does not come as near.
    wrong = invert(model, pictures, label=[4, 4, 4], **FAST)
    assert (wrong.losses > 1.5 * found.losses).all()


def test_pictures_on_the_way_are_on_the_condition_too(model, pictures):
    found = invert(model, pictures, label=LABELS, **FAST)
    start = np.repeat(model.sample_latents(FAST["restarts"], FAST["seed"])[None], 3, axis=0)
    drawn = np.stack([model.decode(codes, label=label) for codes, label in zip(start, LABELS, strict=True)])
    # The first picture of the way is that of the start that is best in the end.
    gaps = np.abs(drawn - found.way[:, :1]).max(axis=(2, 3, 4)).min(axis=1)
    np.testing.assert_allclose(gaps, 0.0, atol=1e-5)


def test_a_picture_is_found_alone_as_in_company(model, pictures):
    together = invert(model, pictures, label=LABELS, **FAST)
    alone = invert(model, pictures[1:2], label=LABELS[1], **FAST)
    np.testing.assert_allclose(alone.losses, together.losses[1:2], rtol=1e-3)


def test_one_value_serves_all_pictures(model, pictures):
    one, many = (invert(model, pictures, label=label, **FAST) for label in (3, [3, 3, 3]))
    np.testing.assert_array_equal(one.latents, many.latents)


def test_denoising_and_inpainting_hold_it(model, pictures):
    found = denoise(model, pictures, label=LABELS, **FAST)
    np.testing.assert_array_equal(found.images, model.decode(found.latents, label=LABELS))
    found = inpaint(model, pictures, square_hole((28, 28, 1), 6), label=LABELS, **FAST)
    np.testing.assert_array_equal(found.images, model.decode(found.latents, label=LABELS))


def test_a_state_of_other_conditions_is_refused(model, pictures, tmp_path):
    state = tmp_path / "search.state"
    invert(model, pictures, label=LABELS, state_file=state, **FAST)
    with pytest.raises(UserError, match="the state of a search for other pictures"):
        invert(model, pictures, label=[*LABELS[:2], 8], state_file=state, **FAST)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "cgan draws pictures on the condition `label`: give label=..., or --label on the command line"),
        ({"label": [1, 2]}, "label must be one value or 3 of them"),
        ({"label": 11}, "from 0 to 9, got 11"),
        ({"label": 1, "stepps": 3}, "Did you mean `steps`"),
    ],
)
def test_what_is_refused(model, pictures, options, message):
    with pytest.raises(UserError, match=message):
        invert(model, pictures, **options)
