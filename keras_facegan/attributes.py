"""The forty binary attributes of CelebA, in their official order, and which of them exclude each other."""

import itertools
from collections.abc import Sequence

from keras_facegan.errors import UserError, did_you_mean

CELEBA_ATTRIBUTES = (
    "5_o_Clock_Shadow",
    "Arched_Eyebrows",
    "Attractive",
    "Bags_Under_Eyes",
    "Bald",
    "Bangs",
    "Big_Lips",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Blurry",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Chubby",
    "Double_Chin",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Heavy_Makeup",
    "High_Cheekbones",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Oval_Face",
    "Pale_Skin",
    "Pointy_Nose",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Sideburns",
    "Smiling",
    "Straight_Hair",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Wearing_Necklace",
    "Wearing_Necktie",
    "Young",
)

_HAIR = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair")
# Pairs that hardly a face of CelebA has, such as two colours of hair.
EXCLUSIVE = (
    *itertools.combinations(_HAIR, 2),
    ("Straight_Hair", "Wavy_Hair"),
    *(("Bald", name) for name in ("Bangs", "Black_Hair", "Blond_Hair", "Brown_Hair", "Straight_Hair", "Wavy_Hair")),
    *(("No_Beard", name) for name in ("Goatee", "Mustache", "Sideburns")),
)


def wanted_attributes(with_: str | None, without: str | None) -> dict[str, int]:
    """Return what the flags `--with` and `--without` ask for, a dict from names to 1 and 0.

    Args:
        with_: Names joined with commas, or None.
        without: The same of attributes that are not to be there.

    Raises:
        UserError: A name that comes twice.
    """
    wanted = {}
    for number, names in ((0, without), (1, with_)):
        for name in [] if names is None else names.split(","):
            if wanted.get(name, number) != number:
                raise UserError(f"`{name}` is named in --with and in --without; it can be in one of them.")
            if name in wanted:
                raise UserError(f"`{name}` is named twice.")
            wanted[name] = number
    return wanted


def check_changes(changes: dict[str, float], names: Sequence[str] = CELEBA_ATTRIBUTES, owner: str = "CelebA"):
    """Raise `UserError` where no face can be asked to have some attributes.

    Args:
        changes: Dict from names to numbers from 0 to 1.
        names: The names that there are.
        owner: Whose attributes these are, for the message.

    Raises:
        UserError: An unknown name, or two attributes that exclude each other.
    """
    for name in changes:
        if name not in names:
            raise UserError(f"`{name}` is not an attribute of {owner}.{did_you_mean(name, names)}")
    for one, other in EXCLUSIVE:
        if changes.get(one, 0) > 0.5 and changes.get(other, 0) > 0.5:
            raise UserError(f"{one} and {other} exclude each other: ask for one of them.")


def with_exclusions(changes: dict[str, float], names: tuple[str, ...]) -> dict[str, float]:
    """Return changes that also take away what the attributes that are asked for exclude.

    Args:
        changes: Dict from names to numbers from 0 to 1.
        names: Attributes that the model has; of others nothing is said.
    """
    excluded = {}
    for pair in EXCLUSIVE:
        for one, other in (pair, pair[::-1]):
            if changes.get(one, 0) > 0.5 and other in names and other not in changes:
                excluded[other] = 0
    return {**changes, **excluded}
