"""The value range, and all that turns a file into it: decode, crop, resize, convert, tile and save."""

import contextlib
import functools
import io
import math
import struct
import threading
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps, PngImagePlugin

from keras_facegan.data.files import HEIC_EXTRA, check_regular
from keras_facegan.errors import DataError, UserError, printable
from keras_facegan.files import replacing
from keras_facegan.paths import pixel_limit

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "PPM", "TIFF", "GIF", "AVIF", "JPEG2000")
# Most pixels of a picture that is written.
MAX_PIXELS = 64_000_000
# How a HEIC file begins, from its fifth byte on.
_HEIC = tuple(b"ftyp" + brand for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
# Editors keep their whole state in one text of a PNG: let it take what Pillow allows all texts together.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

# Pillow's parsers raise all of these on broken bytes.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError)
_BROKEN += (RuntimeError, MemoryError, struct.error, zlib.error)


class NotAPicture(DataError):
    """The content is of no kind that is read, whatever the file is called."""


class TooLarge(DataError):
    """The header announces more pixels than are allowed."""


def decode(picture, max_pixels=None, size=None):
    """Decode a picture of any common kind to RGB.

    The rotation that EXIF asks for is applied; grey, palette, CMYK and 16-bit pictures are converted, and
    transparent ones are laid on white, the usual ground of cut-outs. Of several pages or frames the first is taken.

    Args:
        picture: Path of a file, or its bytes.
        max_pixels: Most pixels to decode to, checked in the header; `$KERAS_FACEGAN_MEGAPIXELS` unless given.
        size: Side in pixels that will be needed; a large JPEG is then decoded at a fraction of its size, never
            below twice `size`.

    Returns:
        uint8 array (H, W, 3).

    Raises:
        DataError: The file cannot be read, is no picture, is cut short or is too large. The message names it.
    """
    with opened(picture, max_pixels, size) as image:
        return np.asarray(to_rgb(ImageOps.exif_transpose(image)))


@contextlib.contextmanager
def opened(picture, max_pixels=None, size=None):
    """Open a picture: its header is read and checked, its pixels are not decoded yet.

    Args:
        picture: Path of a file, or its bytes.
        max_pixels: As for `decode`.
        size: As for `decode`.

    Yields:
        `PIL.Image.Image`. What Pillow raises while it is used becomes a `DataError`.

    Raises:
        DataError: As `decode` does.
    """
    in_memory = isinstance(picture, bytes)
    name = "the picture" if in_memory else printable(picture)
    try:
        if not in_memory:
            check_regular(picture)
        with io.BytesIO(picture) if in_memory else open(picture, "rb") as file, _open(file, name) as image:
            _check_size(image, name, max_pixels or pixel_limit(), size)
            if image.mode == "F":
                raise DataError(f"{name} holds numbers of an unknown range (floating point): convert it to PNG.")
            yield image
    except DataError:
        raise
    except _BROKEN as error:
        raise DataError(f"{name} cannot be decoded: {getattr(error, 'strerror', None) or error}.") from error


def _open(file, name):
    """Return the picture in an open file, whatever its size: Pillow's own limit is one number for a whole process."""
    # Wait for the disk outside the lock.
    start = file.read(12)
    file.seek(0)
    with _no_limit:
        allowed, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=_formats())
        except Image.UnidentifiedImageError:
            if start[4:] in _HEIC:
                raise NotAPicture(f"{name} is a HEIC picture: {HEIC_EXTRA}.") from None
            raise NotAPicture(f"{name} is not a picture of a known kind ({', '.join(_formats())}).") from None
        finally:
            Image.MAX_IMAGE_PIXELS = allowed


_no_limit = threading.Lock()


@functools.cache
def _formats():
    """Return Pillow's names of the kinds of files that can be read here."""
    try:
        import pillow_heif
    except ImportError:
        return FORMATS
    pillow_heif.register_heif_opener()
    return (*FORMATS, "HEIF")


def _check_size(image, name, max_pixels, size):
    """Have a JPEG decoded at a fraction where `size` allows it, and raise where too many pixels are left."""
    width, height = image.size
    # Decoding a progressive JPEG takes the memory of all its pixels, whatever comes out.
    needed = width * height if image.info.get("progressive") else 0
    if size is not None and image.format in ("JPEG", "MPO"):
        image.draft(None, (2 * size, 2 * size))
    needed = max(needed, image.width * image.height)
    if needed > max_pixels:
        raise TooLarge(
            f"{name} has {width} x {height} pixels, more than the {max_pixels / 1e6:g} million allowed: set "
            f"KERAS_FACEGAN_MEGAPIXELS={math.ceil(needed / 1e6)} or more to read it."
        )


def to_rgb(image):
    """Return a Pillow picture of any mode as one of mode RGB: 16-bit samples scaled, transparency laid on white."""
    if image.mode.startswith("I"):
        # 16-bit samples: 65535 becomes 255.
        image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype("uint8"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def check_image_shape(image_shape):
    """Return `image_shape` as three ints (side, side, channels); anything but a square of 1 or 3 channels raises."""
    shape = tuple(int(size) for size in image_shape)
    if len(shape) != 3 or shape[0] != shape[1] or shape[0] < 1 or shape[2] not in (1, 3):
        raise UserError(f"`image_shape` must be (side, side, 1 or 3), received {shape}.")
    return shape


def centre_square(image):
    """Return the largest centre square of an array (H, W, C)."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def resize(image, side):
    """Resize an array uint8 (H, W, 1 or 3) to `side` x `side` pixels.

    Lanczos over the whole footprint of an output pixel when shrinking, so nothing aliases; bicubic when enlarging.
    """
    height, width, channels = image.shape
    if (height, width) == (side, side):
        return image
    kernel = Image.Resampling.LANCZOS if min(height, width) > side else Image.Resampling.BICUBIC
    resized = Image.fromarray(image[..., 0] if channels == 1 else image).resize((side, side), kernel)
    return np.asarray(resized).reshape(side, side, channels)


def prepare(image, image_shape):
    """Bring a picture to the shape a network reads: centre square, then size, then grey or RGB.

    Args:
        image: uint8 array (H, W, 1 or 3) of any size.
        image_shape: `(side, side, 1 or 3)`.

    Returns:
        uint8 array of shape `image_shape`.
    """
    side, _, channels = image_shape
    image = resize(centre_square(image), side)
    if channels == 3:
        return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
    return image if image.shape[-1] == 1 else np.asarray(Image.fromarray(image).convert("L"))[..., None]


def to_float(images):
    """Return uint8 images (array or tensor, any shape) as float32 in [-1, 1]."""
    if isinstance(images, np.ndarray):
        return images.astype("float32") / 127.5 - 1.0
    from keras import ops

    return ops.cast(images, "float32") / 127.5 - 1.0


def to_uint8(images):
    """Return float images in [-1, 1] (array or tensor, any shape) as uint8; values beyond are clipped, NaN is black."""
    if isinstance(images, np.ndarray):
        return np.rint(np.nan_to_num(np.clip(images, -1, 1), nan=-1) * 127.5 + 127.5).astype("uint8")
    from keras import ops

    return ops.cast(ops.round(ops.nan_to_num(ops.clip(images, -1, 1), nan=-1) * 127.5 + 127.5), "uint8")


def image_grid(images, columns=None, padding=2, row_names=None):
    """Tile images on a white ground, row by row.

    Args:
        images: (N, H, W, 1 or 3), uint8, or float in [-1, 1]; array or tensor.
        columns: Images a row; the nearest square by default.
        padding: White pixels between and around the images.
        row_names: What to write to the left of the rows, one string per row.

    Returns:
        uint8 array (rows * (H + padding) + padding, columns * (W + padding) + padding, 1 or 3); wider where the rows
        have names.
    """
    images = np.asarray(images)
    images = images if images.dtype == np.uint8 else to_uint8(images)
    count, height, width, channels = images.shape
    columns = columns or int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    grid = np.full((rows * (height + padding) + padding, columns * (width + padding) + padding, channels), 255, "uint8")
    for number, image in enumerate(images):
        top = padding + number // columns * (height + padding)
        left = padding + number % columns * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid if row_names is None else np.concatenate([_row_names(row_names, height + padding, grid), grid], axis=1)


def _row_names(names, step, grid):
    """Return the white margin of a grid with the names of its rows, which are `step` pixels apart."""
    font = ImageFont.load_default(min(max(step // 2, 8), 16))
    width = round(max(font.getlength(name) for name in names)) + 6
    margin = Image.new("L", (width, grid.shape[0]), 255)
    pen = ImageDraw.Draw(margin)
    for row, name in enumerate(names):
        pen.text((width - 3, row * step + step // 2), name, fill=0, font=font, anchor="rm")
    return np.repeat(np.asarray(margin)[..., None], grid.shape[-1], axis=-1)


def save_image(path, image):
    """Save one image (H, W, 1 or 3), uint8 or float in [-1, 1], as PNG; a reader never meets half a file."""
    image = np.asarray(image)
    image = image if image.dtype == np.uint8 else to_uint8(image)
    with replacing(path) as unfinished:
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(unfinished, format="PNG")
