"""Photos as files: what belongs to them besides the pixels is there again after they are written."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.files import Photo, check_photo, kind_of, read_photo
from tests.photos.pictures import drawn_face

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION, ARTIST = 0x0112, 0x013B


def colours(height=40, width=56, channels=3, seed=0):
    """A smooth random picture."""
    small = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, channels), dtype="uint8")
    small = small[..., 0] if channels == 1 else small
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).reshape(
        height, width, channels
    )


def brighter(pixels):
    """Other pixels of the same kind: a square in the middle is changed."""
    changed = pixels.copy()
    changed[8:24, 16:32] //= 2
    return changed


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_profile_and_exif_are_kept_and_the_orientation_is_applied_once(tmp_path, suffix):
    exif = Image.Exif()
    # Six: the photo is to be turned clockwise by a right angle.
    exif[ORIENTATION], exif[ARTIST] = 6, "Anna"
    stored = colours()
    Image.fromarray(stored).save(tmp_path / f"a{suffix}", exif=exif, icc_profile=PROFILE, quality=95)
    photo = read_photo(tmp_path / f"a{suffix}")
    assert photo.pixels.shape == (56, 40, 3)
    assert np.abs(photo.pixels.astype(int) - np.rot90(stored, -1)).mean() < 4
    photo.save(tmp_path / f"b{suffix}")
    with Image.open(tmp_path / f"b{suffix}") as image:
        assert image.info["icc_profile"] == PROFILE
        assert image.getexif()[ARTIST] == "Anna" and image.getexif().get(ORIENTATION, 1) == 1
        assert image.size == (40, 56)
    again = read_photo(tmp_path / f"b{suffix}")
    assert np.abs(again.pixels.astype(int) - photo.pixels).mean() < 3


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_transparency_is_kept(tmp_path, mode, suffix):
    alpha = np.linspace(0, 255, 40 * 56).reshape(40, 56).astype("uint8")
    image = Image.fromarray(colours()).convert(mode[:-1])
    image.putalpha(Image.fromarray(alpha))
    image.save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    np.testing.assert_array_equal(photo.alpha, alpha)
    np.testing.assert_array_equal(photo.pixels, np.asarray(image)[..., : len(mode) - 1])
    # Where it is transparent it is white for a network.
    assert photo.rgb.shape == (40, 56, 3) and (photo.rgb[0, 0] == 255).all()
    photo.save(tmp_path / f"b{suffix}", brighter(photo.pixels), quality=100)
    again = read_photo(tmp_path / f"b{suffix}")
    np.testing.assert_array_equal(again.alpha, alpha)
    if suffix == ".png":
        np.testing.assert_array_equal(again.pixels, brighter(photo.pixels))


def test_transparency_is_laid_on_white_where_the_kind_has_none(tmp_path):
    photo = Photo(np.zeros((16, 16, 3), "uint8"), alpha=np.zeros((16, 16), "uint8"))
    photo.save(tmp_path / "a.jpg")
    assert (read_photo(tmp_path / "a.jpg").pixels >= 254).all()


def test_a_transparent_palette_becomes_colours_with_transparency(tmp_path):
    Image.fromarray(colours()).quantize(16).save(tmp_path / "a.png", transparency=3)
    photo = read_photo(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(photo.alpha == 0, np.asarray(image) == 3)
    assert photo.pixels.shape == (40, 56, 3)


@pytest.mark.parametrize("suffix", [".png", ".pgm"])
def test_sixteen_bits_of_grey_are_kept(tmp_path, suffix):
    deep = np.random.default_rng(0).integers(0, 65536, (20, 30, 1), dtype="uint16")
    Image.fromarray(deep[..., 0]).save(tmp_path / f"a{suffix}")
    photo = read_photo(tmp_path / f"a{suffix}")
    assert photo.pixels.dtype == np.uint16 and not photo.reduced
    np.testing.assert_array_equal(photo.pixels, deep)
    np.testing.assert_array_equal(photo.rgb, np.repeat(deep // 257, 3, axis=-1))
    photo.save(tmp_path / f"b{suffix}", deep // 2)
    np.testing.assert_array_equal(read_photo(tmp_path / f"b{suffix}").pixels, deep // 2)
    photo.save(tmp_path / "c.jpg")
    assert read_photo(tmp_path / "c.jpg").pixels.dtype == np.uint8


def test_sixteen_bits_of_colour_are_said_to_be_reduced(tmp_path, deep_png):
    deep_png(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    assert photo.reduced and photo.pixels.dtype == np.uint8 and photo.pixels.shape == (4, 5, 3)
    (tmp_path / "a.ppm").write_bytes(b"P6 5 4 65535\n" + bytes(5 * 4 * 6))
    assert read_photo(tmp_path / "a.ppm").reduced
    Image.fromarray(colours()).save(tmp_path / "b.ppm")
    Image.fromarray(colours()).save(tmp_path / "b.png")
    assert not read_photo(tmp_path / "b.ppm").reduced and not read_photo(tmp_path / "b.png").reduced


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_keeps_its_tables_so_that_what_did_not_change_stays(tmp_path, mode):
    Image.fromarray(drawn_face(0, 96)).convert(mode).save(tmp_path / "a.jpg", quality=60)
    photo = read_photo(tmp_path / "a.jpg")
    photo.save(tmp_path / "b.jpg", brighter(photo.pixels))
    with Image.open(tmp_path / "a.jpg") as before, Image.open(tmp_path / "b.jpg") as after:
        assert before.quantization == after.quantization and after.mode == mode
    photo.save(tmp_path / "other.jpg", brighter(photo.pixels), quality=95)
    kept, other = (
        np.abs(read_photo(tmp_path / f"{name}.jpg").pixels.astype(int) - photo.pixels) for name in ("b", "other")
    )
    # Two blocks of colour away from the change.
    assert kept[40:, 48:].mean() < 0.25 * other[40:, 48:].mean()
    assert kept[8:24, 16:32].max() > 30
    photo.save(tmp_path / "coarse.jpg", quality=5)
    photo.save(tmp_path / "fine.jpg", quality=100)
    sizes = [(tmp_path / f"{name}.jpg").stat().st_size for name in ("coarse", "b", "fine")]
    assert sizes == sorted(sizes)


def test_other_kinds_are_converted_and_named_by_their_suffix(tmp_path):
    Image.fromarray(colours()).convert("CMYK").save(tmp_path / "a.jpg", icc_profile=b"of inks", quality=95)
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.pixels.shape == (40, 56, 3) and "icc_profile" not in photo.carried
    for suffix, kind in {".png": "PNG", ".JPG": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"}.items():
        photo.save(tmp_path / f"b{suffix}")
        with Image.open(tmp_path / f"b{suffix}") as image:
            assert image.format == kind == kind_of(tmp_path / f"b{suffix}")
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_cannot_be_read_or_written_is_one_line(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for check in (check_photo, read_photo):
        with pytest.raises(DataError, match=r"text\.png is not a picture of a known kind"):
            check(tmp_path / "text.png")
        with pytest.raises(DataError, match=r"gone\.png cannot be decoded: No such file"):
            check(tmp_path / "gone.png")
    photo = Photo(colours())
    with pytest.raises(UserError, match=r"a\.tiff must end in \.jpg, .* or \.pgm"):
        photo.save(tmp_path / "a.tiff")
    with pytest.raises(UserError, match=r"a\.png cannot be written: No such file or directory"):
        photo.save(tmp_path / "nowhere" / "a.png")
