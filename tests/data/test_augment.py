import colorsys

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.data.augment import (
    ANGLE,
    BRIGHTNESS,
    CROP,
    ERASED,
    MOVE,
    NOISE,
    SHIFT,
    TURN,
    ZOOM,
    make_augmentation,
)
from keras_facegan.errors import UserError

WHOLE = np.arange(8)
IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 16, 16, 3)).astype("float32")


def augmented(names, step=0, seed=0, images=IMAGES, part=WHOLE):
    augment = make_augmentation(names, 8, part, seed)
    return augment(tf.constant(images[part]), tf.constant(step, "int64")).numpy()


NAMES = ["flip", "translate", "rotate", "colour", "blur", "noise", "crop", "warp", "erase", "flip+translate+colour"]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("channels", [1, 3])
def test_augmentation_is_a_function_of_seed_and_step(names, channels):
    images = IMAGES[..., :channels]
    first = augmented(names, images=images)
    assert first.shape == images.shape and first.dtype == np.float32
    assert first.min() >= -1 and first.max() <= 1
    assert np.array_equal(augmented(names, images=images), first)
    assert not np.array_equal(first, images)
    assert not np.array_equal(augmented(names, step=1, images=images), first)
    assert not np.array_equal(augmented(names, seed=1, images=images), first)
    shards = [augmented(names, images=images, part=np.arange(start, start + 2)) for start in range(0, 8, 2)]
    assert np.allclose(np.concatenate(shards), first, atol=1e-5)


def test_no_names_change_nothing():
    assert np.array_equal(augmented(""), IMAGES) and np.array_equal(augmented(()), IMAGES)


def test_flip_does_without_keras_cv(monkeypatch):
    monkeypatch.setattr("keras_facegan.data.augment._keras_cv", None)
    assert not np.array_equal(augmented("flip"), IMAGES)


def test_flip_mirrors_about_half_of_the_pictures():
    flipped = 0
    for step in range(40):
        for before, after in zip(IMAGES, augmented("flip", step), strict=True):
            is_mirrored = np.array_equal(after, before[:, ::-1])
            assert is_mirrored or np.array_equal(after, before)
            flipped += is_mirrored
    # 320 throws, four standard deviations.
    assert abs(flipped - 160) < 36


def test_one_augmentation_does_not_change_the_draws_of_another():
    both, colour = augmented("flip+colour"), augmented("colour")
    for one, other in zip(both, colour, strict=True):
        assert np.allclose(one, other, atol=1e-6) or np.allclose(one, other[:, ::-1], atol=1e-6)


def test_translate_moves_by_an_eighth_at_most():
    dots = np.full((8, 33, 33, 1), -1, "float32")
    dots[:, 16, 16] = 1
    centres = []
    for step in range(8):
        light = augmented("translate", step, images=dots)[..., 0] + 1
        rows, columns = np.indices((33, 33))
        weight = light.sum((1, 2))
        centres += list(zip((light * rows).sum((1, 2)) / weight, (light * columns).sum((1, 2)) / weight, strict=True))
    offsets = np.array(centres) - 16
    assert 0.8 * SHIFT * 33 < np.abs(offsets).max() <= SHIFT * 33 + 1e-3
    assert np.abs(offsets.mean(0)).max() < 1


def test_colour_shifts_a_plain_grey_by_the_brightness_only():
    grey = np.zeros((8, 4, 4, 3), "float32")
    shifts = np.concatenate([augmented("colour", step, images=grey) for step in range(8)])
    assert np.ptp(shifts, axis=(1, 2, 3)).max() < 1e-5
    assert 1.6 * BRIGHTNESS < np.abs(shifts).max() <= 2 * BRIGHTNESS + 1e-5


def unchanged(before, after):
    """Which pictures came back as they were, but for rounding."""
    return np.abs(after - before).max((1, 2, 3)) < 1e-5


def test_rotate_turns_half_of_the_pictures_by_nine_degrees_at_most():
    line = np.full((8, 33, 33, 1), -1, "float32")
    line[:, 16] = 1
    angles, sharp = [], 0
    rows, columns = np.indices((33, 33)) - 16
    for step in range(20):
        light = augmented("rotate", step, images=line)
        sharp += unchanged(line, light).sum()
        weight = light[..., 0] + 1
        angles += list(np.arctan((weight * rows * columns).sum((1, 2)) / (weight * columns**2).sum((1, 2))))
    # 160 throws, four standard deviations.
    assert abs(sharp - 80) < 26
    assert 0.7 * ANGLE < np.abs(angles).max() <= 1.05 * ANGLE


def test_blur_smooths_half_of_the_pictures_and_keeps_plain_ones():
    plain = np.full((8, 16, 16, 3), 0.3, "float32")
    np.testing.assert_allclose(augmented("blur", images=plain), plain, atol=1e-6)
    dot = np.full((8, 33, 33, 1), 0, "float32")
    dot[:, 16, 16] = 1
    sharp, widest = 0, 0.0
    rows, columns = np.indices((33, 33)) - 16
    for step in range(20):
        after = augmented("blur", step, images=dot)[..., 0]
        np.testing.assert_allclose(after.sum((1, 2)), 1.0, rtol=1e-4)
        variance = (after * rows**2).sum((1, 2))
        np.testing.assert_allclose(variance, (after * columns**2).sum((1, 2)), atol=1e-4)
        sharp, widest = sharp + (variance < 1e-6).sum(), max(widest, variance.max())
    assert abs(sharp - 80) < 26
    # A Gaussian of 1.4 pixels.
    assert 1.7 < widest <= 2.0 + 1e-4


def test_noise_stays_below_a_tenth_of_the_range():
    grey = np.zeros((8, 16, 16, 3), "float32")
    noise = np.stack([augmented("noise", step, images=grey) for step in range(20)])
    assert 1.8 * NOISE < np.abs(noise).max() <= 2 * NOISE
    assert abs(noise.mean()) < 0.01
    assert abs((np.abs(noise).max((2, 3, 4)) < 1e-6).sum() - 80) < 26


def test_crop_enlarges_half_of_the_pictures_by_a_third_at_most():
    # Both coordinates of every pixel as colours: slopes tell the enlargement, means the place.
    ramp = np.linspace(-1, 1, 32, dtype="float32")
    ramps = np.stack([*np.meshgrid(ramp, ramp, indexing="ij"), np.zeros((32, 32), "float32")], axis=-1)
    images = np.repeat(ramps[None], 8, axis=0)
    sharp, smallest, places = 0, 1.0, []
    for step in range(20):
        after = augmented("crop", step, images=images)
        sharp += unchanged(images, after).sum()
        spans = np.ptp(after[..., :2], axis=(1, 2)) / 2
        np.testing.assert_allclose(spans[:, 0], spans[:, 1], atol=1e-5)
        smallest = min(smallest, spans.min())
        places.append(after[..., :2].mean((1, 2)))
    assert abs(sharp - 80) < 26
    assert smallest + 1e-6 >= CROP and smallest < CROP + 0.05
    assert np.abs(np.concatenate(places)).max() <= 1 - CROP + 1e-5
    assert np.abs(np.concatenate(places).mean(0)).max() < 0.04


def test_warp_moves_all_by_whole_pixels_and_turns_and_scales_half():
    # Both coordinates of every pixel as colours, from the middle on: slopes tell turn and scale, the middle the place.
    side = 51
    place = (np.arange(side, dtype="float32") - 25) / 25
    rows, columns = np.meshgrid(place, place, indexing="ij")
    images = np.repeat(np.stack([columns, rows, 0 * rows], axis=-1)[None], 8, axis=0)
    angles, scales, shifts, sharp = [], [], [], 0
    for step in range(20):
        after = 25 * augmented("warp", step, images=images)[..., :2]
        for picture in after:
            across, down = picture[25, 30] - picture[25, 20], picture[30, 25] - picture[20, 25]
            across, down = across / 10, down / 10
            # A turn and a scale, nothing else: both directions are as long as each other and at right angles.
            np.testing.assert_allclose(down, [-across[1], across[0]], atol=1e-3)
            angles.append(np.arctan2(across[1], across[0]))
            scales.append(np.log(np.hypot(*across)))
            shifts.append(picture[25, 25])
            sharp += np.allclose(across, (1, 0), atol=1e-4)
    assert abs(sharp - 80) < 26
    assert 0.9 * TURN < np.abs(angles).max() <= TURN + 1e-3
    assert 0.9 * ZOOM < np.abs(scales).max() <= ZOOM + 1e-3
    np.testing.assert_allclose(shifts, np.rint(shifts), atol=1e-3)
    assert np.abs(shifts).max() == pytest.approx(round(MOVE * side), abs=1e-3)
    assert np.abs(np.mean([angles, scales], axis=1)).max() < 0.03 and np.abs(np.mean(shifts, axis=0)).max() < 0.6


def test_grey_takes_the_colours_of_a_fifth_of_the_pictures_and_keeps_their_brightness():
    grey = 0
    for step in range(40):
        for before, after in zip(IMAGES, augmented("grey", step), strict=True):
            if not np.array_equal(before, after):
                for channel in np.moveaxis(after, -1, 0):
                    np.testing.assert_allclose(channel, before @ (0.299, 0.587, 0.114), atol=1e-6)
                grey += 1
    # 320 throws, four standard deviations.
    assert abs(grey - 64) < 29
    np.testing.assert_array_equal(augmented("grey", images=IMAGES[..., :1]), IMAGES[..., :1])


def test_hue_turns_half_of_the_pictures_and_leaves_saturation_and_value():
    def hsv(picture):
        return np.array([colorsys.rgb_to_hsv(*pixel) for pixel in (picture.reshape(-1, 3).astype("float64") + 1) / 2])

    turns = []
    for step in range(10):
        for before, after in zip(IMAGES, augmented("hue", step), strict=True):
            if not unchanged(before[None], after[None])[0]:
                old, new = hsv(before), hsv(after)
                np.testing.assert_allclose(new[:, 1:], old[:, 1:], atol=1e-5)
                turn = (new[:, 0] - old[:, 0]) % 1
                vivid = old[:, 1] > 0.1
                assert np.ptp((turn - turn[vivid][0] + 0.5)[vivid] % 1) < 1e-4
                turns.append(turn[vivid][0])
    # 80 throws, four standard deviations; all around the circle.
    assert abs(len(turns) - 40) < 18
    assert min(turns) < 0.15 and max(turns) > 0.85
    grey = np.repeat(IMAGES[..., :1], 3, axis=-1)
    np.testing.assert_allclose(augmented("hue", images=grey), grey, atol=1e-6)
    np.testing.assert_array_equal(augmented("hue", images=grey[..., :1]), grey[..., :1])


def test_erase_greys_one_rectangle_of_half_of_the_pictures():
    white = np.ones((8, 40, 40, 3), "float32")
    untouched, widths = 0, []
    for step in range(40):
        for picture in augmented("erase", step, images=white):
            grey = (picture == 0).all(-1)
            assert np.array_equal(~grey, (picture == 1).all(-1))
            untouched += not grey.any()
            if grey.any():
                rows, columns = np.flatnonzero(grey.any(1)), np.flatnonzero(grey.any(0))
                assert grey.sum() == len(rows) * len(columns)
                assert np.ptp(rows) == len(rows) - 1 and np.ptp(columns) == len(columns) - 1
                widths += [len(rows), len(columns)]
    # 320 throws, four standard deviations.
    assert abs(untouched - 160) < 36
    assert 0.9 * ERASED[1] * 40 <= max(widths) <= ERASED[1] * 40 + 1


def test_an_unknown_name_is_refused():
    with pytest.raises(UserError, match="Did you mean `flip`"):
        make_augmentation("flipp+colour", 8, WHOLE, 0)
