"""Rows of pictures with a caption over every column, large enough to be looked at."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_facegan.data.images import image_grid

# Smaller pictures are enlarged until a side has this many pixels.
SIDE = 128
FONT, MARGIN, PADDING = 14, 6, 2


def enlargement(side: int) -> int:
    """Return how often every pixel is repeated per axis so that pictures of a side are large enough."""
    return math.ceil(SIDE / side)


def captioned_strip(rows: np.ndarray, captions: list[str]) -> np.ndarray:
    """Return rows of enlarged pictures under their captions, on white.

    Args:
        rows: uint8 (n, k, side, side, 1 or 3).
        captions: k strings; a line break starts a second line.

    Returns:
        uint8 (height, width, 3).
    """
    count, columns, side = rows.shape[:3]
    factor = enlargement(side)
    pictures = rows.reshape(count * columns, *rows.shape[2:]).repeat(factor, axis=1).repeat(factor, axis=2)
    grid = image_grid(pictures, columns, PADDING)
    if grid.shape[-1] == 1:
        grid = grid.repeat(3, axis=-1)
    font = ImageFont.load_default(FONT)
    lines = max(caption.count("\n") + 1 for caption in captions)
    head = Image.new("RGB", (grid.shape[1], 2 * MARGIN + lines * (FONT + 4)), "white")
    draw = ImageDraw.Draw(head)
    for column, caption in enumerate(captions):
        middle = PADDING + column * (side * factor + PADDING) + side * factor / 2
        place = (middle, head.height - MARGIN)
        draw.multiline_text(place, caption, "black", font, anchor="md", align="center")
    return np.concatenate([np.asarray(head), grid])
