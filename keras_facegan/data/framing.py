"""How the pictures of each set of faces lie around a face."""

from typing import NamedTuple


class Framing(NamedTuple):
    """How the pictures of a training set lie around a face.

    Attributes:
        eyes: Height of the eyes below the upper edge, in sides of the picture.
        size: Size of the face (see `Face`) in sides of the picture.
    """

    eyes: float
    size: float


# Medians of what the detector finds on the pictures of each set.
FRAMINGS = {
    "utkface": Framing(0.288, 0.392),
    "celeba_identity": Framing(0.416, 0.286),
    # Cropped as the set before.
    "celeba_people": Framing(0.416, 0.286),
    "celeba": Framing(0.512, 0.224),
    "drawn_faces": Framing(0.475, 0.186),
}
USUAL = FRAMINGS["utkface"]
