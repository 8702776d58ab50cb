"""Photos as files: read upright, and written with all that belongs to them besides the pixels.

Pillow decides what can be kept. Grey photos keep 16 bits; of colour photos with 16 bits per channel it reads the upper
eight. A palette becomes RGB and CMYK becomes RGB without its profile, since new colours fit neither.
"""

import dataclasses
import os
import pathlib

import numpy as np
from PIL import Image, ImageOps, JpegImagePlugin

from keras_facegan.data.files import printable
from keras_facegan.data.images import opened, to_rgb
from keras_facegan.errors import DataError, UserError
from keras_facegan.files import replacing

KINDS = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".bmp": "BMP", ".ppm": "PPM", ".pgm": "PPM",
}  # fmt: skip
# What each kind of file can hold besides RGB of eight bits.
TRANSPARENT, DEEP = ("PNG", "WEBP"), ("PNG", "PPM")
QUALITY = 95


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photo, turned as its EXIF says.

    Args:
        pixels: uint8 array (H, W, 1 or 3), or uint16 (H, W, 1).
        name: What messages call it: the path of its file.
        alpha: uint8 array (H, W), 0 where it is transparent; None where it is not.
        carried: What Pillow writes into a file beside the pixels: `icc_profile`, `exif`, and the tables of a JPEG.
        reduced: Whether the file has more bits per channel than `pixels`.
    """

    pixels: np.ndarray
    name: str = "the photo"
    alpha: np.ndarray | None = None
    carried: dict = dataclasses.field(default_factory=dict)
    reduced: bool = False

    @property
    def rgb(self) -> np.ndarray:
        """uint8 array (H, W, 3): what a detector and a network look at; transparent parts are white."""
        return self.shown(self.pixels)

    def shown(self, pixels: np.ndarray) -> np.ndarray:
        """Return uint8 (H, W, 3) as `rgb`, of other pixels with the shape and type of the photo's own."""
        return np.asarray(to_rgb(self._image(pixels)))

    def save(self, path: str | os.PathLike, pixels: np.ndarray | None = None, quality: int | None = None):
        """Write pixels to a file with all that the photo carried; a reader never meets half a file.

        Args:
            path: Path of the file; its suffix says the kind. Transparency is laid on white and 16 bits become eight
                where the kind cannot hold them.
            pixels: Array of the shape and type of the photo's own; None writes those.
            quality: From 1 to 100, for JPEG and WebP. None keeps the tables of a photo that was a JPEG, so that parts
                that did not change stay nearly what they were, and is 95 otherwise.

        Raises:
            UserError: The suffix is of no known kind, or the file cannot be written.
        """
        path, kind = pathlib.Path(path), kind_of(path)
        image = self._image(self.pixels if pixels is None else pixels)
        if image.has_transparency_data and kind not in TRANSPARENT or image.mode == "I;16" and kind not in DEEP:
            grey = image.mode in ("LA", "I;16")
            image = to_rgb(image)
            image = image.convert("L") if grey else image
        carried = {name: value for name, value in self.carried.items() if name in ("icc_profile", "exif")}
        if kind == "JPEG" and quality is None and "qtables" in self.carried:
            carried |= {name: self.carried[name] for name in ("qtables", "subsampling")}
        elif kind in ("JPEG", "WEBP"):
            carried["quality"] = quality or QUALITY
        try:
            with replacing(path) as unfinished:
                image.save(unfinished, format=kind, **carried)
        except OSError as error:
            raise UserError(f"{printable(path)} cannot be written: {error.strerror or error}.") from None
        except ValueError as error:
            # What a kind of file cannot hold, such as a WebP of more than 16,383 pixels a side.
            raise DataError(f"{printable(path)} cannot be written: {error}. Choose another kind of file.") from None

    def _image(self, pixels):
        """Return pixels and the photo's transparency as a Pillow image."""
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(self.alpha))
        return image


def read_photo(path: str | os.PathLike) -> Photo:
    """Read a photo.

    Args:
        path: Path of a picture file.

    Raises:
        DataError: It cannot be read, is no picture, is cut short or is too large.
    """
    with opened(path) as image:
        reduced, tables = _is_reduced(image), _tables(image)
        # The file of a CMYK picture holds a profile of CMYK.
        carried = {"icc_profile": image.info.get("icc_profile")} if image.mode != "CMYK" else {}
        image = ImageOps.exif_transpose(image)
        carried |= {"exif": image.getexif().tobytes() if image.getexif() else None} | tables
        alpha = None
        if image.mode.startswith("I"):
            pixels = np.asarray(image).clip(0, 65535).astype("uint16")[..., None]
        else:
            grey = image.mode in ("1", "L", "LA")
            if image.has_transparency_data:
                image = image.convert("LA" if grey else "RGBA")
                alpha = np.asarray(image.getchannel("A"))
            pixels = np.asarray(image.convert("L" if grey else "RGB")).reshape(image.height, image.width, -1)
    carried = {name: value for name, value in carried.items() if value is not None}
    return Photo(pixels, printable(path), alpha, carried, reduced)


def check_photo(path: str | os.PathLike) -> None:
    """Raise `DataError` where the header of a file says that it cannot be read as a photo."""
    with opened(path):
        pass


def kind_of(path: str | os.PathLike) -> str:
    """Return Pillow's name of the kind of file that a suffix stands for.

    Raises:
        UserError: It stands for none.
    """
    suffix = pathlib.Path(path).suffix.lower()
    if suffix not in KINDS:
        raise UserError(f"{printable(path)} must end in {', '.join(list(KINDS)[:-1])} or {list(KINDS)[-1]}.")
    return KINDS[suffix]


def _is_reduced(image):
    """Say whether Pillow reads fewer bits per channel than the file has."""
    form = image.tile[0].args if image.tile else None
    if image.format == "PPM":
        deep = isinstance(form, tuple) and isinstance(form[-1], int) and form[-1] > 255
    else:
        deep = isinstance(form, str) and form.endswith(";16B")
    return deep and not image.mode.startswith("I")


def _tables(image):
    """Return how a JPEG in colour or grey was compressed: its quantization tables, and how its colours were thinned."""
    if image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB"):
        return {}
    return {"qtables": image.quantization, "subsampling": JpegImagePlugin.get_sampling(image)}
