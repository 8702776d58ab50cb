"""Photos for tests: drawn faces on a larger ground, at any place, size and angle."""

import functools

import numpy as np
from PIL import Image

from keras_facegan.data.drawing import draw, sample_parameters

# Faces of `sample_parameters(..., seed=0)` that the detector is sure of.
FOUND = (4, 12, 34, 26, 33, 14)


@functools.cache
def drawn_face(index, side):
    """uint8 (side, side, 3), one drawn person; not to be written to."""
    faces = sample_parameters(np.array([index]), 0, identities=10, first_identity=0, min_age=1, max_age=90)
    return draw(faces, side)[0]


def drawn_photo(places, size=(640, 360)):
    """Return a photo with drawn faces on a smooth ground.

    Args:
        places: (index of a drawn face, x and y of its centre, its side, its angle in degrees clockwise) of each.
        size: (width, height) in pixels.
    """
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    ground = np.stack([90 + 60 * x, 110 + 40 * y, 140 - 50 * x], axis=-1)
    photo = Image.fromarray(ground.astype("uint8"))
    for index, x, y, side, angle in places:
        # Pillow turns anticlockwise.
        turned = {"angle": -angle, "resample": Image.Resampling.BICUBIC, "expand": True}
        face = Image.fromarray(drawn_face(index, side)).rotate(**turned)
        mask = Image.new("L", (side, side), 255).rotate(**turned)
        photo.paste(face, (x - face.width // 2, y - face.height // 2), mask)
    return np.asarray(photo)
