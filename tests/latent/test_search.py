"""The search on a linear generator, whose best codes are solutions of linear equations and programs."""

import os
import types

import numpy as np
import pytest
import scipy.optimize

from keras_facegan.errors import UserError
from keras_facegan.latent import search as search_module
from keras_facegan.latent import state
from keras_facegan.latent.denoising import add_noise, denoise
from keras_facegan.latent.inpainting import inpaint, square_hole
from keras_facegan.latent.inversion import invert
from tests.latent.linear import DIM, SHAPE, linear_model, pictures
from tests.runs import lively_model

FAST = {"learning_rate": 0.05, "steps": 1500, "restarts": 2}


@pytest.fixture(scope="module")
def linear():
    return linear_model()


def flat(images):
    return np.asarray(images, "float64").reshape(len(images), -1)


def least_squares(matrix, offset, images, weights=None):
    """Return the codes of smallest weighted squared error, (n, dim)."""
    roots = np.ones_like(flat(images)) if weights is None else np.sqrt(weights)
    return np.array(
        [
            np.linalg.lstsq(root[:, None] * matrix, root * (image - offset), rcond=None)[0]
            for image, root in zip(flat(images), roots, strict=True)
        ]
    )


def least_absolute(matrix, offset, image, known):
    """Return the smallest mean absolute error over known pixels, by linear programming over (z, errors)."""
    a, b = matrix[known], (image - offset)[known]
    pixels, dim = a.shape
    cost = np.r_[np.zeros(dim), np.ones(pixels)]
    bounds = [(None, None)] * dim + [(0, None)] * pixels
    sides = np.block([[a, -np.eye(pixels)], [-a, -np.eye(pixels)]])
    return scipy.optimize.linprog(cost, sides, np.r_[b, -b], bounds=bounds).fun / pixels


def test_l2_finds_the_least_squares(linear):
    model, matrix, offset = linear
    images = pictures(3)
    found = invert(model, images, **FAST)
    expected = least_squares(matrix, offset, images)
    np.testing.assert_allclose(found.latents, expected, atol=2e-3)
    residual = flat(images) - offset - expected @ matrix.T
    np.testing.assert_allclose(found.losses, np.square(residual).mean(1), rtol=1e-4)
    np.testing.assert_array_equal(found.images, model.decode(found.latents))


def test_l1_finds_the_least_absolute_deviations(linear):
    model, matrix, offset = linear
    images = pictures(3)
    found = invert(model, images, loss="l1", learning_rate=0.003, steps=3000, restarts=2)
    everywhere = np.ones(matrix.shape[0], bool)
    expected = [least_absolute(matrix, offset, image, everywhere) for image in flat(images)]
    np.testing.assert_allclose(found.losses, expected, rtol=5e-3)
    assert (found.losses >= np.array(expected) * (1 - 1e-5)).all()


def test_what_was_drawn_is_found_again(linear):
    model, _, _ = linear
    codes = model.sample_latents(4, seed=7)
    found = invert(model, model.decode(codes), **FAST)
    np.testing.assert_allclose(found.latents, codes, atol=2e-3)


def test_the_regulariser_is_ridge_regression(linear):
    model, matrix, offset = linear
    images, weight = pictures(2), 0.05
    found = invert(model, images, regulariser=weight, **FAST)
    ridge = matrix.T @ matrix / len(matrix) + weight / DIM * np.eye(DIM)
    expected = np.linalg.solve(ridge, matrix.T @ (flat(images) - offset).T / len(matrix)).T
    np.testing.assert_allclose(found.latents, expected, atol=2e-3)
    assert np.linalg.norm(expected) < 0.9 * np.linalg.norm(least_squares(matrix, offset, images))


def test_inpainting_goes_by_what_is_known(linear):
    model, matrix, offset = linear
    images, known = pictures(3), square_hole(SHAPE, 2, (1, 0))
    found = inpaint(model, images, known, loss="l2", **FAST)
    weights = np.broadcast_to(known.reshape(-1), flat(images).shape).astype(float)
    expected = least_squares(matrix, offset, images, weights)
    np.testing.assert_allclose(found.latents, expected, atol=5e-3)
    residual = (flat(images) - offset - expected @ matrix.T)[:, known.reshape(-1)]
    np.testing.assert_allclose(found.losses, np.square(residual).mean(1), rtol=1e-3)


def test_inpainting_takes_absolute_differences_unless_told(linear):
    model, matrix, offset = linear
    images, known = pictures(2), square_hole(SHAPE, 2)
    found = inpaint(model, images, known, learning_rate=0.003, steps=3000)
    expected = [least_absolute(matrix, offset, image, known.reshape(-1)) for image in flat(images)]
    np.testing.assert_allclose(found.losses, expected, rtol=5e-3)


def test_what_is_hidden_changes_nothing(linear):
    model, _, _ = linear
    images, known = pictures(2), square_hole(SHAPE, 2)
    other = np.where(known[..., None], images, -images)
    first, second = (inpaint(model, each, known, steps=50) for each in (images, other))
    np.testing.assert_array_equal(first.latents, second.latents)


def test_a_composite_keeps_what_is_known(linear):
    model, _, _ = linear
    images = pictures(2)
    known = np.stack([square_hole(SHAPE, 2), square_hole(SHAPE, 3, (1, 1))])
    plain, composite = (inpaint(model, images, known, steps=50, composite=each) for each in (False, True))
    np.testing.assert_array_equal(plain.latents, composite.latents)
    np.testing.assert_array_equal(composite.images[known], images[known])
    np.testing.assert_array_equal(composite.images[~known], plain.images[~known])
    assert np.abs(plain.images - images)[known].max() > 0.05


def test_denoising_is_least_squares_too_and_averages_noise_away(linear):
    model, matrix, offset = linear
    clean = model.decode(model.sample_latents(3, seed=5))
    noisy = add_noise(clean, 0.3, seed=2)
    found = denoise(model, noisy, **FAST)
    np.testing.assert_allclose(found.latents, least_squares(matrix, offset, noisy), atol=2e-3)
    assert np.square(found.images - clean).mean() < 0.5 * np.square(noisy - clean).mean()


def test_fresh_noise_only_blurs_the_way_to_the_same_code(linear):
    model, matrix, offset = linear
    images = pictures(2)
    sigma, steps = 0.1, 3000
    found = denoise(model, images, literal_fresh_noise=sigma, learning_rate=0.01, steps=steps, restarts=1)
    expected = least_squares(matrix, offset, images)
    assert 1e-3 < np.abs(found.latents - expected).max() < 0.3
    # The expected loss is that of the residual plus the variance of what is drawn.
    residual = np.square(flat(images) - offset - expected @ matrix.T).mean(1)
    np.testing.assert_allclose(found.curves[:, steps // 2 :].mean(1), residual + sigma**2, rtol=0.05)
    assert np.std(found.curves[:, steps // 2 :], axis=1).min() > 1e-3
    again = denoise(model, images[1:], literal_fresh_noise=sigma, learning_rate=0.01, steps=50, restarts=1)
    np.testing.assert_allclose(again.curves[0], found.curves[1, :51], rtol=1e-3)


def test_curves_stops_and_the_best_of_all_starts(linear):
    model, _, _ = linear
    images = pictures(2)
    found = invert(model, images, learning_rate=0.05, steps=200, restarts=3, seed=4)
    assert found.curves.shape == (2, 201)
    np.testing.assert_array_equal(found.stops, [0, 2, 6, 20, 60])
    assert found.way.shape == (2, 5, *SHAPE)
    starts = model.sample_latents(3, seed=4)
    errors = np.square(images[:, None] - model.decode(starts)[None]).mean((2, 3, 4))
    for each, error in zip(found.curves, errors, strict=True):
        assert np.abs(error - each[0]).min() < 1e-6
    np.testing.assert_allclose(found.losses, found.curves.min(axis=1), rtol=1e-6)
    on_the_way = np.square(found.way - images[:, None]).mean((2, 3, 4))
    best_until = np.minimum.accumulate(found.curves, axis=1)[:, found.stops]
    np.testing.assert_allclose(on_the_way, best_until, rtol=1e-4)
    singles = [invert(model, images, learning_rate=0.05, steps=200, restarts=1, seed=4).losses]
    assert (found.losses <= singles[0] * (1 + 1e-6)).all()


def test_the_rate_is_that_of_the_kind_of_picture():
    # Adam's first step is the rate, whatever the gradient.
    for channels, rate in ((1, 0.05), (3, 0.005)):
        model, _, _ = linear_model(shape=(4, 4, channels))
        start = model.sample_latents(1, 0)
        found = invert(model, pictures(1, (4, 4, channels)), steps=1, restarts=1)
        moved = np.abs(found.latents - start)
        assert (moved == 0).all() or np.allclose(moved, rate, rtol=1e-2)
        assert found.losses < found.curves[0, 0]


@pytest.fixture(scope="module")
def lively():
    return lively_model()


def test_pictures_in_a_batch_end_where_they_end_alone(lively, monkeypatch):
    images = lively.generate(5, seed=3) * 0.9
    settings = {"learning_rate": 0.05, "steps": 40, "restarts": 2}
    together = invert(lively, images, **settings)
    for i in (0, 3):
        alone = invert(lively, images[i : i + 1], **settings)
        np.testing.assert_allclose(together.latents[i], alone.latents[0], atol=2e-3)
        np.testing.assert_allclose(together.losses[i], alone.losses[0], rtol=2e-3)
    assert (together.losses < 0.7 * together.curves[:, 0]).all()
    # In three batches, the last of them smaller.
    monkeypatch.setattr(search_module, "ROWS", 4)
    pieces = invert(lively, images, **settings)
    np.testing.assert_allclose(pieces.latents, together.latents, atol=2e-3)


def test_nothing_of_the_model_moves(lively):
    network = lively.network("generator")
    before = [np.asarray(each).copy() for each in network.variables]
    invert(lively, lively.generate(2, seed=3), steps=5)
    for old, new in zip(before, network.variables, strict=True):
        np.testing.assert_array_equal(old, new)


def test_half_precision_models_are_searched_in_float32(lively):
    half = lively_model("mixed_bfloat16")
    images = lively.generate(2, seed=3)
    settings = {"learning_rate": 0.05, "steps": 20, "restarts": 1}
    np.testing.assert_allclose(
        invert(half, images, **settings).curves, invert(lively, images, **settings).curves, rtol=0.02
    )
    assert half.network("generator").compute_dtype == "bfloat16"


class Killed(BaseException):
    pass


@pytest.mark.parametrize(("kind", "blows"), [("linear", 1), ("linear", 5), ("lively", 2)])
def test_a_search_that_was_killed_ends_as_an_unbroken_one(linear, lively, tmp_path, monkeypatch, kind, blows):
    model = {"linear": linear[0], "lively": lively}[kind]
    monkeypatch.setattr(search_module, "ROWS", 4)
    monkeypatch.setattr(search_module, "BLOCK", 7)
    monkeypatch.setattr(state, "SECONDS_BETWEEN_SAVES", 0.0)
    images, path = model.decode(model.sample_latents(3, seed=3)) * 0.9, tmp_path / "strip.png.state"
    settings = {"learning_rate": 0.05, "steps": 25, "restarts": 2}
    unbroken = invert(model, images, **settings)
    left, go_on, taken = [blows], search_module._go_on, []

    def deadly(at, part, run, first, last, data):
        go_on(at, part, run, first, last, data)
        taken.append((part.start, first))
        # Once more a life, so that every life does something.
        if left[0] and len(taken) % 3 == 0:
            left[0] -= 1
            raise Killed

    monkeypatch.setattr(search_module, "_go_on", deadly)
    for _ in range(blows):
        with pytest.raises(Killed):
            invert(model, images, state_file=path, **settings)
        assert [each.name for each in tmp_path.iterdir()] == [path.name]
    broken = invert(model, images, state_file=path, **settings)
    for name, value in unbroken._asdict().items():
        np.testing.assert_array_equal(getattr(broken, name), value, err_msg=name)
    # Only what was not saved is done again.
    assert len(taken) == len(set(taken)) + blows
    # A search that is done is not done again either.
    count = len(taken)
    np.testing.assert_array_equal(invert(model, images, state_file=path, **settings).latents, unbroken.latents)
    assert len(taken) == count


def test_the_state_of_another_search_is_refused(linear, tmp_path):
    model, _, _ = linear
    path, images = tmp_path / "state", pictures(2)
    invert(model, images, steps=5, state_file=path)
    others = [
        lambda: invert(model, images, steps=6, state_file=path),
        lambda: invert(model, images, steps=5, seed=1, state_file=path),
        lambda: invert(model, images + 0.01, steps=5, state_file=path),
        lambda: invert(linear_model(seed=9)[0], images, steps=5, state_file=path),
        lambda: inpaint(model, images, square_hole(SHAPE, 2), loss="l2", steps=5, state_file=path),
        lambda: denoise(model, images, literal_fresh_noise=0.1, steps=5, state_file=path),
    ]
    before = path.read_bytes()
    for other in others:
        with pytest.raises(UserError, match="is the state of a search for other pictures.*delete it"):
            other()
    assert path.read_bytes() == before


def test_a_damaged_state_is_refused(linear, tmp_path):
    model, _, _ = linear
    path, images = tmp_path / "state", pictures(1)
    invert(model, images, steps=5, state_file=path)
    sound = bytearray(path.read_bytes())
    for damage in (b"", b"text", bytes(sound[:-40])):
        path.write_bytes(damage)
        with pytest.raises(UserError, match="cannot be read.*delete it"):
            invert(model, images, steps=5, state_file=path)
    sound[len(sound) // 2] ^= 0xFF
    path.write_bytes(sound)
    with pytest.raises(UserError, match="delete it"):
        invert(model, images, steps=5, state_file=path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(linear, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        invert(linear[0], pictures(1), steps=5, state_file=tmp_path / "state")


def test_a_state_without_a_folder(linear, tmp_path):
    with pytest.raises(UserError, match="cannot be written: No such file"):
        invert(linear[0], pictures(1), steps=5, state_file=tmp_path / "nowhere" / "state")


def test_models_that_cannot_be_inverted(linear):
    model, _, _ = linear
    embedder = types.SimpleNamespace(name="facenet", image_shape=SHAPE)
    with pytest.raises(UserError, match="facenet cannot draw pictures from latent codes"):
        invert(embedder, pictures(1))
    network, _, decode = model.export_signatures()["generate"]
    labelled = types.SimpleNamespace(**vars(model))
    labelled.export_signatures = lambda: {"generate": (network, {"latents": 0, "label": 0}, decode)}
    with pytest.raises(UserError, match="linear draws pictures from latents, label"):
        invert(labelled, pictures(1))


def test_broken_weights_are_told():
    model, _, _ = linear_model()
    network = model.export_signatures()["generate"][0]
    network.set_weights([np.full_like(each, np.nan) for each in network.get_weights()])
    with pytest.raises(UserError, match="No code has a finite loss"):
        invert(model, pictures(1), steps=3)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (pictures(1)[0], r"images must be \(n, 5, 5, 1\) with n >= 1, got \(5, 5, 1\)"),
        (pictures(1, (4, 4, 1)), r"got \(1, 4, 4, 1\); .*prepare"),
        (pictures(0), "n >= 1"),
        (pictures(1).astype("uint8"), "got uint8.*to_float"),
        (np.full((1, *SHAPE), 255.0), "finite and in"),
        (np.full((1, *SHAPE), np.nan), "finite and in"),
    ],
)
def test_pictures_that_do_not_fit(linear, images, message):
    for call in (invert, denoise, lambda model, images: inpaint(model, images, square_hole(SHAPE, 2))):
        with pytest.raises(UserError, match=message):
            call(linear[0], images)


def test_noisy_pictures_may_leave_the_range_but_only_when_denoised(linear):
    noisy = np.full((1, *SHAPE), 1.5, "float32")
    assert denoise(linear[0], noisy, steps=2).images.max() <= 1.0
    with pytest.raises(UserError, match="finite and in"):
        invert(linear[0], noisy, steps=2)


def test_noise_depends_on_seed_and_place_alone():
    images = np.zeros((200, 8, 8, 1), "float32")
    noise = add_noise(images, 0.5, seed=3)
    np.testing.assert_allclose((noise.mean(), noise.std()), (0.0, 0.5), atol=0.02)
    np.testing.assert_array_equal(add_noise(images[:7], 0.5, seed=3), noise[:7])
    assert (add_noise(images, 0.5, seed=4) != noise).mean() > 0.99
    with pytest.raises(UserError, match="literal_fresh_noise must be from 0 to 1"):
        denoise(linear_model()[0], pictures(1), literal_fresh_noise=-0.1)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (np.ones((4, 5), bool), r"The mask must be \(5, 5\) or \(2, 5, 5\) as the pictures are, got \(4, 5\)"),
        (np.ones((3, 5, 5), bool), r"got \(3, 5, 5\)"),
        (np.full((5, 5), 0.5), "1 where a picture is known and 0"),
        (np.zeros((5, 5)), "hides a whole picture"),
        (np.stack([np.ones((5, 5)), np.zeros((5, 5))]), "hides a whole picture"),
    ],
)
def test_masks_that_do_not_fit(linear, known, message):
    with pytest.raises(UserError, match=message):
        inpaint(linear[0], pictures(2), known)


def test_holes():
    known = square_hole((9, 8, 3), 2)
    assert known.shape == (9, 8) and (~known).sum() == 4 and not known[3:5, 3:5].any()
    assert not square_hole((8, 8, 1), 3, (2, -2))[4:7, 0:3].any()
    for side in (0, 8, 9):
        with pytest.raises(UserError, match="a side of 1 to 7"):
            square_hole((8, 8, 1), side)
    with pytest.raises(UserError, match="leaves a picture"):
        square_hole((8, 8, 1), 4, (3, 0))
