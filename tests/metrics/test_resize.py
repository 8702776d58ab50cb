"""Pictures as measuring networks see them, against Pillow by hand and against what aliasing would do."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.errors import UserError
from keras_facegan.metrics.resize import quantised, resized

RNG = np.random.default_rng(0)


def pictures(*shape):
    return RNG.uniform(-1, 1, shape).astype("float32")


def test_each_channel_is_pillows_bicubic_in_floats():
    images = to_uint8(pictures(2, 12, 20, 3))
    seen = resized(images, (31, 17, 3))
    assert seen.shape == (2, 31, 17, 3) and seen.dtype == np.float32
    for channel in range(3):
        plane = Image.fromarray(images[1, ..., channel].astype("float32"))
        expected = np.asarray(plane.resize((17, 31), Image.Resampling.BICUBIC))
        np.testing.assert_allclose(seen[1, ..., channel], expected.clip(0, 255) / 127.5 - 1, atol=1e-6)
    # What the filter makes is not rounded a second time.
    assert (np.abs((seen + 1) * 127.5 - np.rint((seen + 1) * 127.5)) > 0.01).mean() > 0.9
    assert seen.min() == -1 and seen.max() == 1


def test_shrinking_does_not_alias():
    stripes = to_uint8(np.broadcast_to((-1.0) ** np.arange(128)[:, None], (1, 128, 128, 1)))
    assert np.abs(resized(stripes, (16, 16, 1))).max() < 0.05
    # Reading every eighth pixel makes a plain of them.
    assert np.abs(to_float(stripes)[:, ::8, ::8]).min() == 1


def test_smooth_pictures_keep_their_values_where_they_lie():
    ramp = np.broadcast_to(np.linspace(-0.9, 0.9, 32)[:, None, None], (1, 32, 32, 1))
    seen = resized(ramp, (96, 96, 1))[0, ..., 0]
    expected = ndimage.zoom(ramp[0, ..., 0], 3, order=1, grid_mode=True, mode="nearest")
    np.testing.assert_allclose(seen[6:-6], expected[6:-6], atol=0.01)


def test_floats_are_seen_as_the_bytes_they_are_saved_as():
    images = pictures(3, 16, 16, 3)
    for image_shape in ((16, 16, 3), (24, 24, 3)):
        np.testing.assert_array_equal(resized(images, image_shape), resized(to_uint8(images), image_shape))
    np.testing.assert_array_equal(resized(images, (16, 16, 3)), to_float(to_uint8(images)))
    assert quantised(images).dtype == np.uint8


def test_grey_and_colour_are_brought_to_each_other():
    images = pictures(2, 8, 8, 1)
    coloured = resized(images, (8, 8, 3))
    np.testing.assert_array_equal(coloured, np.repeat(resized(images, (8, 8, 1)), 3, axis=-1))
    colours = pictures(2, 8, 8, 3)
    luma = to_uint8(colours).astype("float64") @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(resized(colours, (8, 8, 1))[..., 0], luma / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((8, 8, 3), "uint8"), r"must be \(n, H, W, 1 or 3\)"),
        (np.zeros((1, 8, 8, 4), "uint8"), r"must be \(n, H, W, 1 or 3\)"),
        (np.full((1, 8, 8, 3), 100.0), r"in \[-1, 1\], got 100 to 100"),
        (np.zeros((1, 8, 8, 3), "int64"), "got int64"),
    ],
)
def test_what_are_no_pictures_is_refused(images, message):
    with pytest.raises(UserError, match=message):
        resized(images, (8, 8, 3))
