"""An aged photo to look at: the photo in all its ages with close-ups of the faces and captions, in a row or moving."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_facegan.data.images import image_grid, to_float, to_uint8
from keras_facegan.photos.ageing import AgedPhoto
from keras_facegan.photos.alignment import Square

# Width of a column, the height that a photo may take of it, and the space between columns, in pixels.
WIDTH, HEIGHT, GAP = 480, 640, 12
# Height of a line of text with what is around it, and of its letters, above a column and below a face.
CAPTION, LETTERS = (44, 28), (30, 20)
# A close-up shows this many sides of the square of its face.
AROUND = 1.2
# Pictures of a morph between two ages; both ends stay for as many.
FRAMES = 10


def strip(aged: AgedPhoto) -> np.ndarray:
    """Return the photo as it was and in each of its groups, side by side.

    Each column shows an age, the whole photo and a close-up of each face.

    Args:
        aged: What became of a photo, without an error.

    Returns:
        uint8 array (H, W, 3).
    """
    columns = [_captioned(column, caption) for column, caption in zip(_columns(aged), _captions(aged), strict=True)]
    gap = np.full((len(columns[0]), GAP, 3), 255, "uint8")
    row = [part for column in columns for part in (gap, column)][1:]
    return np.concatenate(row, axis=1)


def morph(aged: AgedPhoto) -> np.ndarray:
    """Return the frames of an animation through the groups and back.

    Args:
        aged: What became of a photo, without an error.

    Returns:
        uint8 array (n, H, W, 3); each frame has the caption of the age that it is nearest to.
    """
    captions, columns, blank = _captions(aged), _columns(aged), _columns(aged, with_names=False)
    # Pictures melt into each other, names do not: those of the nearest age are drawn.
    names = [empty - column for empty, column in zip(blank, columns, strict=True)]
    frames = [
        _captioned(to_uint8(picture) - names[nearest], captions[nearest])
        for picture, nearest in _between([to_float(column) for column in blank])
    ]
    return np.stack(frames + frames[::-1])


def squares(aged: AgedPhoto) -> np.ndarray:
    """Return what the network saw of each face and made of it: a row per face, uint8 (H, W, 3)."""
    rows = _squares(aged)
    return image_grid(np.concatenate(rows), columns=len(rows[0]), padding=0)


def morph_of_squares(aged: AgedPhoto) -> np.ndarray:
    """Return the frames of an animation through what the network made of each face, and back: uint8 (n, H, W, 3)."""
    steps = [np.concatenate(faces, axis=1) for faces in zip(*_squares(aged), strict=True)]
    frames = [to_uint8(picture) for picture, _ in _between(steps)]
    return np.stack(frames + frames[::-1])


def _squares(aged):
    """Return what the network saw of each face and made of it, float (n, side, side, 3) per face."""
    return [np.stack([face.image, *face.images]) for face in aged.faces if not face.why]


def _between(pictures):
    """Yield float pictures from the first to the last, and the place of the nearest of them."""
    for _ in range(FRAMES):
        yield pictures[0], 0
    for place, (start, end) in enumerate(zip(pictures, pictures[1:], strict=False)):
        for step in range(FRAMES + 1) if place == 0 else range(1, FRAMES + 1):
            yield start + (end - start) * step / FRAMES, place + (2 * step > FRAMES)
    for _ in range(FRAMES):
        yield pictures[-1], len(pictures) - 1


def _captions(aged):
    """Return the line above each column."""
    return ["as it is", *(f"{group} years" for group in aged.groups)]


def _columns(aged, with_names=True):
    """Return the photo as it was and in each group, uint8 (H, WIDTH, 3): the whole of it, and the faces below."""
    faces = [face for face in aged.faces if not face.why]
    columns = []
    for group, picture in zip(("", *aged.groups), (aged.photo.pixels, *aged.pictures), strict=True):
        pixels = aged.photo.shown(picture)
        # A face that is past a group already keeps its own age.
        years = [group if group in face.groups else f"{face.age:.0f}" for face in faces]
        names = [
            f"{face.number}: {age} years" if len(faces) > 1 else f"{age} years"
            for face, age in zip(faces, years, strict=True)
        ]
        close_ups = _close_ups(pixels, [face.square for face in faces], names if with_names else [""] * len(faces))
        columns.append(np.concatenate([_fitted(pixels, WIDTH, HEIGHT), *close_ups]))
    return columns


def _close_ups(pixels, places, names):
    """Return rows of close-ups of all faces, each with its name below."""
    across = 1 if len(places) == 1 else 2
    side = (WIDTH - (across - 1) * GAP) // across
    cells = [
        np.concatenate([_close_up(pixels, square, side), _line(name, side, LETTERS)])
        for square, name in zip(places, names, strict=True)
    ]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % across)
    gap = np.full((len(cells[0]), WIDTH - across * side, 3), 255, "uint8")
    space = np.full((GAP, WIDTH, 3), 255, "uint8")
    rows = []
    for start in range(0, len(cells), across):
        row = cells[start] if across == 1 else np.concatenate([cells[start], gap, cells[start + 1]], axis=1)
        rows += [space, row]
    return rows


def _close_up(pixels, square: Square, side):
    """Return the part of a photo around a face, as it lies on the photo, uint8 (side, side, 3)."""
    height, width = pixels.shape[:2]
    reach = AROUND * square.side / 2
    rows, columns = (
        np.arange(math.floor(place - reach), math.ceil(place + reach)).clip(0, most - 1)
        for place, most in ((square.y, height), (square.x, width))
    )
    around = Image.fromarray(pixels[np.ix_(rows, columns)])
    return np.asarray(around.resize((side, side), Image.Resampling.LANCZOS))


def _fitted(pixels, width, height):
    """Return a picture as large as it fits into a width and height, on white of that width."""
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    size = tuple(max(round(scale * length), 1) for length in pixels.shape[1::-1])
    resized = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    sheet = np.full((size[1], width, 3), 255, "uint8")
    left = (width - size[0]) // 2
    sheet[:, left : left + size[0]] = resized
    return sheet


def _captioned(column, text):
    return np.concatenate([_line(text, column.shape[1], CAPTION), column])


def _line(text, width, sizes):
    """Return a line of black text in the middle of white, uint8 (height, width, 3)."""
    height, letters = sizes
    sheet = Image.new("RGB", (width, height), "white")
    font = ImageFont.load_default(letters)
    ImageDraw.Draw(sheet).text((width / 2, height / 2), text, fill="black", font=font, anchor="mm")
    return np.asarray(sheet)
