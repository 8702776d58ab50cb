"""Trained networks that look at faces: loaded by name, each with the framing of the pictures that it was trained on."""

import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from keras_facegan import presets
from keras_facegan import recipe as recipes
from keras_facegan.abilities import require
from keras_facegan.data.files import printable
from keras_facegan.data.framing import FRAMINGS, USUAL, Framing
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.alignment import Square, cut, square_of
from keras_facegan.photos.search import Found
from keras_facegan.pretrained import weights_card
from keras_facegan.run_directory import RunDirectory


class Seen(NamedTuple):
    """A face of a photo, as a network sees it.

    Attributes:
        number: Place of the face on the photo, from 1 at the left.
        square: Where the network looks.
        image: float32 (side, side, 3) in [-1, 1], what it sees; None where the face is too small.
        why: Why there is no image, else "".
    """

    number: int
    square: Square
    image: np.ndarray | None
    why: str = ""


class Network(NamedTuple):
    """A trained model for faces.

    Attributes:
        name: Name of its weights in the zoo, or the directory of its run.
        model: The `keras.Model`.
        framing: How the pictures that it was trained on lie around a face.
    """

    name: str
    model: Any
    framing: Framing

    def look(self, found: Found) -> list[Seen]:
        """Return what the network sees of the faces of a photo; a face needs a quarter of the network's side.

        Args:
            found: A photo and its faces.

        Raises:
            DataError: There are none, or all are too small; the message names the photo.
        """
        found.check()
        side, pixels, seen = self.model.image_shape[0], found.photo.rgb, []
        for number, face in found.faces.items():
            square = square_of(face, self.framing)
            if square.side < side / 4:
                why = f"the face is only {square.side:.0f} pixels wide; the network reads faces of {side}"
                seen.append(Seen(number, square, None, why))
            else:
                seen.append(Seen(number, square, cut(pixels, square, side)))
        if all(face.image is None for face in seen):
            raise DataError(f"{found.name}: {seen[0].why}.")
        return seen

    def per_face(self, found: Found, function: Callable) -> dict[int, np.ndarray]:
        """Return what a function gives for the faces of a photo by their numbers, too small ones left out.

        Args:
            found: A photo and its faces.
            function: From float32 pictures (n, side, side, C) in [-1, 1] to n rows.

        Raises:
            DataError: There is no face, or all are too small.
        """
        seen = [face for face in self.look(found) if face.image is not None]
        rows = function(np.stack([face.image for face in seen]))
        return {face.number: row for face, row in zip(seen, rows, strict=True)}


def load_network(name: str, ability: type, step: int | str | None = None) -> Network:
    """Load a trained model that can do something to faces.

    Args:
        name: "model/weights" of the zoo, or the directory of a run.
        ability: What it must be able to do, see `keras_facegan.abilities`.
        step: Of a run, see `load_model`.

    Raises:
        UserError: It cannot be had, or cannot do that.
    """
    from keras_facegan.loading import load_model

    model = load_model(name, step)
    require(model, ability)
    return Network(name, model, FRAMINGS.get(data_set_of(name), USUAL))


def is_run(name: str) -> bool:
    """Say whether a name is the directory of a run."""
    return _recipe_file(name).is_file()


def data_set_of(name: str) -> str:
    """Return the name of the data set that weights were trained on.

    Raises:
        UserError: The name is neither that of weights in the zoo nor the directory of a run.
    """
    file = _recipe_file(name)
    if file.is_file():
        return recipes.read(file)["data"]["dataset"]
    if pathlib.Path(name).is_dir():
        raise UserError(f"{printable(name)} holds no run: there is no {file.name}.")
    model, card = weights_card(name)
    return presets.read_preset(model, card.get("preset", name.partition("/")[2]))["data"]["dataset"]


def _recipe_file(name):
    return RunDirectory(name).last_stage().recipe
