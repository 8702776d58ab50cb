"""Whole photos restored: no seams, and all that a photo carries is kept."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from PIL import Image

from keras_facegan import create_model
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.files import Photo, read_photo
from keras_facegan.photos.restoring import comparison, restore_photo
from keras_facegan.photos.tiles import in_tiles

RNG = np.random.default_rng(0)


def restorer(task, **changes):
    """Return an untrained model whose output is far from the picture that it reads."""
    model = create_model(
        "restoration_gan", "tiny", seed=0, task=task, image_shape=(16, 16, 3), ema_decay=0.0, **changes
    )
    for layer in model.generator.layers:
        if "batch_norm" in layer.name:
            gamma = layer.trainable_variables[0]
            gamma.assign(np.ones(gamma.shape))
    return model


def pixels(height, width, channels=3, dtype="uint8"):
    return RNG.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype, endpoint=True)


@given(
    height=strategies.integers(1, 40), width=strategies.integers(1, 40),
    side=strategies.integers(1, 20), reach=strategies.integers(0, 6), scale=strategies.sampled_from((1, 2)),
)  # fmt: skip
@settings(max_examples=60)
def test_tiles_of_any_size_make_up_the_whole(height, width, side, reach, scale):
    values = np.arange(height * width, dtype="float64").reshape(height, width, 1)

    def means_of_neighbours(pieces):
        """A function that sees `reach` pixels, and zeros beyond the border as a convolution does."""
        padded = np.pad(pieces, [(0, 0), (reach, reach), (reach, reach), (0, 0)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1, 2 * reach + 1), axis=(1, 2))
        return windows.sum(axis=(-1, -2)).repeat(scale, axis=1).repeat(scale, axis=2)

    shares = []
    result = in_tiles(means_of_neighbours, [values], scale, reach, side, shares.append)
    np.testing.assert_array_equal(result, means_of_neighbours(values[None])[0])
    assert sum(shares) == pytest.approx(1.0)


@pytest.mark.parametrize("task", ["sr2", "sr4", "denoise", "inpaint"])
def test_a_large_photo_has_no_seams(task):
    model = restorer(task)
    # Larger than a tile by an odd number of pixels, and so that several are read.
    photo = Photo(pixels(115, 131))
    known = RNG.uniform(size=(115, 131)) > 0.3 if task == "inpaint" else None
    restored = restore_photo(model, photo, known)
    masks = {} if known is None else {"known": known}
    whole = model.restore(photo.pixels[None].astype("float32") / 127.5 - 1, **masks)[0]
    expected = np.rint(whole * 127.5 + 127.5)
    assert restored.pixels.shape == (115 * model.scale, 131 * model.scale, 3)
    # Sums in another order may round to the neighbouring level.
    assert np.abs(restored.pixels - expected).max() <= 1
    assert (restored.pixels == expected).mean() > 0.999


def test_the_tiles_matter_to_that_test():
    model = restorer("denoise")
    model.reach = 0
    photo = Photo(pixels(115, 131))
    whole = model.restore(photo.pixels[None].astype("float32") / 127.5 - 1)[0]
    assert np.abs(restore_photo(model, photo).pixels - np.rint(whole * 127.5 + 127.5)).max() > 1


@pytest.mark.parametrize(("channels", "dtype"), [(1, "uint8"), (1, "uint16"), (3, "uint8")])
def test_grey_stays_grey_and_keeps_its_depth(channels, dtype):
    model = restorer("sr2", skip=True)
    photo = Photo(pixels(7, 9, channels, dtype))
    restored = restore_photo(model, photo).pixels
    assert restored.dtype == dtype and restored.shape == (14, 18, channels)
    top = np.iinfo(dtype).max
    images = model.restore(photo.pixels[None].astype("float32") / (top / 2) - 1)[0]
    images = images.mean(axis=-1, keepdims=True) if channels == 1 else images
    np.testing.assert_allclose(restored, (images + 1) * top / 2, atol=0.51 + top / 255 * 0.01)


def test_transparency_becomes_larger_with_the_photo(tmp_path):
    alpha = np.zeros((8, 10), "uint8")
    alpha[:, 5:] = 255
    Image.fromarray(np.dstack([pixels(8, 10), alpha])).save(tmp_path / "cut.png")
    restored = restore_photo(restorer("sr4"), read_photo(tmp_path / "cut.png"))
    restored.save(tmp_path / "large.png")
    saved = Image.open(tmp_path / "large.png")
    assert saved.mode == "RGBA" and saved.size == (40, 32)
    larger = np.asarray(saved)[..., 3]
    assert (larger[:, :16] == 0).all() and (larger[:, 24:] == 255).all()


def test_profile_and_exif_are_kept_and_the_photo_is_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    Image.fromarray(pixels(8, 12)).save(tmp_path / "a.jpg", exif=exif, icc_profile=b"profile")
    restore_photo(restorer("sr2"), read_photo(tmp_path / "a.jpg")).save(tmp_path / "b.jpg")
    saved = Image.open(tmp_path / "b.jpg")
    assert saved.size == (16, 24)
    assert saved.info["icc_profile"] == b"profile"
    assert saved.getexif()[0x010F] == "maker" and saved.getexif().get(0x0112, 1) == 1


def test_a_comparison_shows_both_at_the_larger_size():
    photo = Photo(pixels(20, 30))
    large = Photo(pixels(40, 60))
    both = comparison(photo, large)
    assert both.shape == (40, 60 + 12 + 60, 3)
    np.testing.assert_array_equal(both[:, 72:], large.pixels)
    assert (both[:, 60:72] == 255).all()
    assert comparison(Photo(pixels(10, 4000)), Photo(pixels(10, 4000))).shape == (5, 4012, 3)


def test_what_is_no_use_is_said():
    with pytest.raises(DataError, match="mask is 9 x 8 pixels, the photo is 12 x 10: they must be of one size"):
        restore_photo(restorer("inpaint"), Photo(pixels(10, 12)), np.ones((8, 9), bool))
    with pytest.raises(UserError, match="trained for inpaint and needs a mask"):
        restore_photo(restorer("inpaint"), Photo(pixels(10, 12)))
    with pytest.raises(UserError, match="trained for sr2 and takes no mask"):
        restore_photo(restorer("sr2"), Photo(pixels(10, 12)), np.ones((10, 12), bool))
    huge = Photo(np.broadcast_to(np.uint8(0), (3000, 4000, 3)))
    with pytest.raises(DataError, match="would become 16000 x 12000 pixels, more than the 64 million"):
        restore_photo(restorer("sr4"), huge)
    with pytest.raises(UserError, match="cannot restore pictures"):
        restore_photo(create_model("digit_net", "tiny"), Photo(pixels(10, 12)))
