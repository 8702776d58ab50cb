import contextlib
import io
import os
import pathlib
import socket
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from keras_facegan.data import images
from keras_facegan.errors import DataError, UserError

RED = (204, 51, 51)


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width=40, height=30, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype="uint8"))


@pytest.mark.parametrize(
    ("mode", "kind", "tolerance"),
    [("RGB", "PNG", 0), ("P", "PNG", 0), ("RGBA", "PNG", 0), ("RGB", "BMP", 0), ("RGB", "PPM", 0)]
    + [("RGB", "JPEG", 3), ("CMYK", "JPEG", 3), ("RGB", "WEBP", 6), ("RGB", "TIFF", 0), ("CMYK", "TIFF", 0)]
    + [("P", "GIF", 0), ("RGB", "AVIF", 6), ("RGB", "JPEG2000", 0)],
)
def test_every_colour_mode_becomes_rgb(mode, kind, tolerance):
    image = Image.new("RGB", (9, 7), RED).convert(mode)
    decoded = images.decode(encoded(image, kind))
    assert decoded.shape == (7, 9, 3) and decoded.dtype == np.uint8
    assert np.abs(decoded.astype(int) - RED).max() <= tolerance


@pytest.mark.parametrize(("mode", "value", "expected"), [("L", 90, 90), ("1", 1, 255), ("LA", (90, 255), 90)])
def test_grey_modes_become_equal_channels(mode, value, expected):
    decoded = images.decode(encoded(Image.new(mode, (4, 5), value)))
    assert decoded.shape == (5, 4, 3) and (decoded == expected).all()


@pytest.mark.parametrize("kind", ["PNG", "PPM"])
def test_16_bit_grey_keeps_its_scale(kind):
    samples = np.array([[0, 257, 32896, 65535]], dtype="uint16")
    decoded = images.decode(encoded(Image.fromarray(samples), kind))
    assert decoded[0, :, 0].tolist() == [0, 1, 128, 255]


def test_transparent_pictures_lie_on_white():
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 0, 128))
    assert images.decode(encoded(image))[0, :, 0].tolist() == [255, 127]
    palette = Image.new("RGB", (2, 1), RED).quantize()
    assert (images.decode(encoded(palette)) == RED).all()
    assert (images.decode(encoded(palette, transparency=0)) == 255).all()


def test_the_rotation_that_exif_asks_for_is_applied():
    image = Image.new("RGB", (20, 10))
    image.paste((255, 255, 255), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by 90 degrees clockwise to see it upright.
    decoded = images.decode(encoded(image, "JPEG", exif=exif, quality=95))
    assert decoded.shape == (20, 10, 3)
    assert decoded[:8].min() > 240 and decoded[12:].max() < 15


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_picture_cut_short_is_refused_by_name(tmp_path, kind, share):
    content = encoded(noise(), kind)
    path = tmp_path / "cut.jpg"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=str(path)):
        images.decode(path)


@pytest.mark.parametrize("content", [b"hello", b"GIF89a", b"<svg/>", encoded(noise(), "TGA"), encoded(noise(), "PCX")])
def test_other_content_is_refused_whatever_its_name(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(images.NotAPicture, match="a.jpg is not a picture"):
        images.decode(tmp_path / "a.jpg")


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(DataError, match=str(path)):
            images.decode(path)


@pytest.mark.parametrize("size", [(8001, 8001), (16_000, 16_000), (60_000, 60_000)])
def test_a_bomb_is_refused_by_its_header(size, png_header):
    with warnings.catch_warnings():
        # Pillow itself warns beyond 89 million pixels.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with pytest.raises(images.TooLarge):
            images.decode(png_header(*size))
    with pytest.raises(images.TooLarge, match="40 x 30"):
        images.decode(encoded(noise()), max_pixels=1199)
    assert images.decode(encoded(noise()), max_pixels=1200).shape == (30, 40, 3)


def test_a_jpeg_may_be_larger_than_the_limit_where_a_fraction_is_decoded():
    content = encoded(noise(400, 300), "JPEG")
    assert images.decode(content, max_pixels=2000, size=16).shape == (38, 50, 3)
    with pytest.raises(images.TooLarge, match=r"400 x 300 pixels, more than the 0.002 million allowed"):
        images.decode(content, max_pixels=2000)
    # 7,500 pixels are the least that 32 pixels a side can be made of without going below twice as many.
    with pytest.raises(images.TooLarge):
        images.decode(content, max_pixels=7499, size=32)
    # A progressive one takes the memory of all its pixels.
    with pytest.raises(images.TooLarge):
        images.decode(encoded(noise(400, 300), "JPEG", progressive=True), max_pixels=119_999, size=16)


def test_the_limit_is_a_setting(monkeypatch, png_header):
    with pytest.raises(images.TooLarge, match=r"9000 x 8000 .* set KERAS_FACEGAN_MEGAPIXELS=72 or more to read it"):
        images.decode(png_header(9000, 8000))
    # Beyond what Pillow allows by itself.
    monkeypatch.setenv("KERAS_FACEGAN_MEGAPIXELS", "0.001")
    with pytest.raises(images.TooLarge, match="KERAS_FACEGAN_MEGAPIXELS=1 or more"):
        images.decode(encoded(noise()))
    monkeypatch.setenv("KERAS_FACEGAN_MEGAPIXELS", "400")
    allowed = Image.MAX_IMAGE_PIXELS
    with images.opened(png_header(20_000, 20_000)) as image:
        assert image.size == (20_000, 20_000)
    assert allowed == Image.MAX_IMAGE_PIXELS
    monkeypatch.setenv("KERAS_FACEGAN_MEGAPIXELS", "many")
    with pytest.raises(
        UserError, match="KERAS_FACEGAN_MEGAPIXELS must be a number of million pixels above 0, got `many`"
    ):
        images.decode(encoded(noise()))


def test_a_png_with_a_long_text_is_read():
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "x" * 3_000_000, zip=True)
    assert np.array_equal(images.decode(encoded(noise(), pnginfo=text)), np.asarray(noise()))


def test_of_several_frames_the_first_is_taken():
    frames = [Image.new("L", (4, 3), value) for value in (10, 200)]
    for kind in ("GIF", "TIFF"):
        content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert (images.decode(content) == 10).all()


def test_a_tiff_is_turned_once():
    image = Image.new("RGB", (20, 10))
    image.paste((255, 255, 255), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = images.decode(encoded(image, "TIFF", exif=exif))
    assert decoded.shape == (20, 10, 3) and decoded[:10].min() == 255 and decoded[10:].max() == 0


def test_numbers_without_a_range_are_refused(tmp_path):
    Image.fromarray(np.zeros((3, 4), "float32")).save(tmp_path / "depth.tiff")
    with pytest.raises(DataError, match=r"depth.tiff holds numbers of an unknown range"):
        images.decode(tmp_path / "depth.tiff")


def test_heic_names_the_extra_that_reads_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(images, "_formats", images._formats.__wrapped__)
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(images.NotAPicture, match=r"IMG_1.HEIC is a HEIC picture: `pip install keras_facegan\[heic\]`"):
        images.decode(tmp_path / "IMG_1.HEIC")


def test_heic_is_read_with_the_extra(tmp_path, monkeypatch):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    Image.new("RGB", (64, 48), RED).save(tmp_path / "a.heic", quality=95)
    decoded = images.decode(tmp_path / "a.heic")
    assert decoded.shape == (48, 64, 3) and np.abs(decoded.astype(int) - RED).max() <= 8


def test_a_large_jpeg_is_decoded_at_a_fraction():
    gradient = np.linspace(0, 255, 800).astype("uint8")[None, :, None].repeat(600, 0).repeat(3, 2)
    content = encoded(Image.fromarray(gradient), "JPEG", quality=95)
    small = images.decode(content, size=32)
    assert small.shape == (75, 100, 3)
    exact = images.prepare(images.decode(content), (32, 32, 3)).astype(int)
    assert np.abs(images.prepare(small, (32, 32, 3)) - exact).max() <= 2


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_or_decoded(content):
    with contextlib.suppress(DataError):
        assert images.decode(content).dtype == np.uint8


@settings(max_examples=150)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "PPM", "TIFF", "GIF", "AVIF", "JPEG2000"]), st.data())
def test_a_damaged_picture_is_refused_or_decoded(kind, data):
    content = bytearray(encoded(noise(16, 12), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            decoded = images.decode(bytes(content), max_pixels=1_000_000)
        except DataError:
            return
    assert decoded.dtype == np.uint8 and decoded.ndim == 3 and decoded.shape[2] == 3


def test_centre_square_and_resize():
    wide = np.zeros((2, 6, 3), "uint8")
    wide[:, 2:4] = 255
    assert (images.centre_square(wide) == 255).all()
    assert images.centre_square(wide.transpose(1, 0, 2)).shape == (2, 2, 3)
    # A fine chessboard must turn grey, not into another pattern.
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype("uint8")[..., None]
    assert np.abs(images.resize(board, 16).astype(int) - 127).max() <= 2
    same = np.full((5, 5, 3), 77, "uint8")
    assert (images.resize(same, 13) == 77).all() and (images.resize(same, 2) == 77).all()
    assert images.resize(same, 5) is same


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.integers(1, 40), st.sampled_from([1, 3]))
def test_prepare_gives_the_shape_asked_for(height, width, channels, side, wanted):
    prepared = images.prepare(np.full((height, width, channels), 60, "uint8"), (side, side, wanted))
    assert prepared.shape == (side, side, wanted) and (prepared == 60).all()


@pytest.mark.parametrize("shape", [(32, 64, 3), (32, 32), (32, 32, 4), (0, 0, 3), (32, 32, 3, 1)])
def test_an_impossible_image_shape_is_refused(shape):
    with pytest.raises(UserError, match="image_shape"):
        images.check_image_shape(shape)


def test_the_value_range_is_exact_both_ways_for_arrays_and_tensors():
    import keras

    levels = np.arange(256, dtype="uint8")
    for values in (levels, keras.ops.convert_to_tensor(levels)):
        floats = images.to_float(values)
        assert np.asarray(floats).dtype == np.float32
        assert np.asarray(floats)[[0, 255]].tolist() == [-1.0, 1.0]
        back = images.to_uint8(floats)
        assert np.asarray(back).dtype == np.uint8 and np.array_equal(back, levels)
    wild = np.array([-9.0, np.nan, 0.0, 9.0, np.inf], "float32")
    for values in (wild, keras.ops.convert_to_tensor(wild)):
        assert np.asarray(images.to_uint8(values)).tolist() == [0, 0, 128, 255, 255]


def test_image_grid_tiles_row_by_row_on_white():
    tiles = np.stack([np.full((1, 2, 1), value, "uint8") for value in (1, 2, 3)])
    expected = [
        [255, 255, 255, 255, 255, 255, 255],
        [255, 1, 1, 255, 2, 2, 255],
        [255, 255, 255, 255, 255, 255, 255],
        [255, 3, 3, 255, 255, 255, 255],
        [255, 255, 255, 255, 255, 255, 255],
    ]
    assert images.image_grid(tiles, columns=2, padding=1)[..., 0].tolist() == expected
    assert images.image_grid(images.to_float(tiles), padding=1)[..., 0].tolist() == expected


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (32, 3), (64, 1)])
def test_rows_of_a_grid_have_names_beside_them(side, channels):
    pictures = np.full((6, side, side, channels), 200, "uint8")
    plain = images.image_grid(pictures, columns=2)
    grid = images.image_grid(pictures, columns=2, row_names=["I", "", "a longer name"])
    assert grid.dtype == np.uint8 and grid.shape[::2] == plain.shape[::2]
    margin, rest = np.split(grid, [grid.shape[1] - plain.shape[1]], axis=1)
    np.testing.assert_array_equal(rest, plain)
    assert (margin == margin[..., :1]).all()
    # Ink stands beside its own row, within the margin, and the longest name has the most of it.
    ink = [255.0 - margin[2 + row * (side + 2) : 2 + row * (side + 2) + side, ..., 0] for row in range(3)]
    assert ink[0].sum() > 0 and ink[1].sum() == 0 and ink[2].sum() > 3 * ink[0].sum()
    assert sum(row.sum() for row in ink) == (255.0 - margin[..., 0]).sum()
    assert not (255.0 - margin[:, [0, -1]]).any()
    middle = (ink[0].sum(axis=1) * np.arange(side)).sum() / ink[0].sum()
    assert middle == pytest.approx(side / 2, abs=max(2, side / 8))


@pytest.mark.parametrize("channels", [1, 3])
def test_save_image_writes_png_and_leaves_nothing_else(tmp_path, channels):
    image = np.random.default_rng(0).integers(0, 256, (5, 4, channels), dtype="uint8")
    images.save_image(tmp_path / "a.png", images.to_float(image))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert np.array_equal(images.decode(tmp_path / "a.png"), np.broadcast_to(image, (5, 4, 3)))


def pipe(path):
    os.mkfifo(path)


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def link_to_zeros(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, unix_socket, link_to_zeros])
def test_a_pipe_a_socket_and_a_device_are_refused_by_name_and_not_waited_for(tmp_path, monkeypatch, make):
    # The name of a socket may have 100 characters.
    monkeypatch.chdir(tmp_path)
    make(pathlib.Path("wait.png"))
    with pytest.raises(DataError, match=r"^wait\.png is no regular file but a pipe, a socket or a device") as error:
        images.decode("wait.png")
    assert "\n" not in str(error.value)
