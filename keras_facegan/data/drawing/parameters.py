"""Who is drawn and how: each number is a hash of (seed, person) or (seed, index), so any index costs the same."""

from dataclasses import dataclass, replace

import numpy as np

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.errors import UserError, did_you_mean

# What stays with a person: geometry, colouring, habits, and when age shows. Numbers are hashed by place: append only.
TRAITS = (
    *("gender", "skin", "undertone", "hair_colour", "hair_shade", "hair_length", "hair_volume", "hair_texture"),
    *("hair_part", "bangs", "grey_onset", "bald_onset", "receding_onset", "dyes_hair", "face_width", "face_length"),
    *("oval", "jaw", "weight", "cheekbones", "eye_spacing", "eye_size", "eye_tilt", "narrow_eyes", "eye_colour"),
    *("bags_onset", "brow_height", "brow_thickness", "brow_arch", "nose_width", "nose_length", "nose_point"),
    *("mouth_width", "mouth_height", "lips", "ears", "glasses", "beard", "mustache", "makeup", "lipstick"),
    *("earrings", "wrinkles", "freckles", "double_chin", "tucked_hair"),
)
# What changes from picture to picture: pose, light, expression, clothes, background.
TAKES = (
    *("roll", "yaw", "shift_x", "shift_y", "zoom", "light_angle", "light_strength", "smiling", "smile_size"),
    *("mouth_open", "gaze", "background_hue", "background_turn", "background_angle", "background_light"),
    *("clothes_hue", "clothes_saturation", "clothes_light", "collar", "hat", "hat_style", "hat_hue", "glasses"),
    *("glasses_style", "frame_hue", "earrings", "necklace", "necktie", "tie_hue", "lipstick", "lipstick_hue"),
    *("makeup", "rosy", "blurry", "shaven", "sideburns", "bangs", "bun", "phase"),
)
_COLUMN = {name: column for column, name in enumerate(CELEBA_ATTRIBUTES)}


@dataclass(frozen=True)
class FaceParameters:
    """Everything that decides the pixels of n faces, one row per face.

    Args:
        identity: int32 (n,), number of the person.
        age: float32 (n,), years.
        attributes: float32 (n, 40) in {0, 1}, in the order of `CELEBA_ATTRIBUTES`; they decide what is drawn.
        traits: float32 (n, len(TRAITS)) in [0, 1), what stays with the person.
        takes: float32 (n, len(TAKES)) in [0, 1), what belongs to the picture.
    """

    identity: np.ndarray
    age: np.ndarray
    attributes: np.ndarray
    traits: np.ndarray
    takes: np.ndarray

    def __len__(self):
        return len(self.age)

    def __getitem__(self, rows):
        """Return the faces of a slice or an index array."""
        return FaceParameters(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def join(cls, parts):
        """Return the faces of several in one."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))

    @property
    def gender(self):
        """int32 (n,), 0 male and 1 female."""
        return 1 - self.attributes[:, _COLUMN["Male"]].astype(np.int32)

    def trait(self, name):
        """Return the column `name` of `traits`, float32 (n,)."""
        return self.traits[:, TRAITS.index(name)]

    def take(self, name):
        """Return the column `name` of `takes`, float32 (n,)."""
        return self.takes[:, TAKES.index(name)]

    def attribute(self, name):
        """Return the attribute called `name`, float32 (n,) in {0, 1}."""
        return self.attributes[:, _attribute_column(name)]

    def at_age(self, age):
        """Return the same pictures of the same persons at another age.

        Attributes that come or go between the two ages (grey hair, a beard, bags under the eyes) do; all others stay.

        Args:
            age: Years, a number or float (n,), from 0 to 120.
        """
        age = _ages(np.broadcast_to(age, self.age.shape))
        before = _attributes(self.traits, self.takes, self.age)
        after = _attributes(self.traits, self.takes, age)
        return replace(self, age=age, attributes=np.where(before == after, self.attributes, after))

    def with_attributes(self, **values):
        """Return the same faces with attributes set by name, each to 0 or 1 or an array (n,) of them.

        No other attribute follows: a head made bald keeps its label of a hair colour. Where `No_Beard` is 0 and neither
        a goatee nor a 5 o'clock shadow is set, a full beard grows. `Young` is a matter of age and `Attractive` is not
        drawn, so neither can be set.
        """
        attributes = self.attributes.copy()
        for name, value in values.items():
            if name in ("Young", "Attractive"):
                raise UserError(
                    f"`{name}` cannot be set: Young follows the age (see `at_age`), Attractive is not drawn."
                )
            if not np.isin(value, (0, 1)).all():
                raise UserError(f"`{name}` must be 0 or 1, not {value!r}.")
            attributes[:, _attribute_column(name)] = value
        return replace(self, attributes=attributes)


def sample_parameters(indices, seed=0, *, identities=500, first_identity=0, min_age=1.0, max_age=90.0):
    """Decide the faces of some indices; a face depends on its own index only, never on its neighbours.

    Index i shows person `first_identity + i % identities`. The ages of one person walk over the whole range.

    Args:
        indices: Integers (n,), 0 or more, without an upper limit below 2**63.
        seed: Another seed gives other persons and other pictures.
        identities: Number of persons, 1 or more.
        first_identity: Number of the first person.
        min_age, max_age: Range of the ages in years, 0 <= min_age <= max_age <= 120.

    Returns:
        `FaceParameters` of n faces.
    """
    indices = np.asarray(indices, dtype=np.int64).reshape(-1)
    if indices.size and indices.min() < 0:
        raise UserError(f"The index of a face must be 0 or more, not {indices.min()}.")
    if identities < 1:
        raise UserError(f"identities must be 1 or more, not {identities}.")
    if not 0 <= min_age <= max_age <= 120:
        raise UserError(f"Expected 0 <= min_age <= max_age <= 120, received min_age={min_age} and max_age={max_age}.")
    identity = first_identity + indices % identities
    traits = _uniform(seed, 1, identity, len(TRAITS))
    takes = _uniform(seed, 2, indices, len(TAKES))
    # The golden ratio spreads the pictures of one person evenly over the range, whatever their number.
    turn = _uniform(seed, 3, identity, 1)[:, 0] + (indices // identities % 2**20) * 0.6180339887498949
    age = (min_age + (max_age - min_age) * (turn % 1.0)).astype(np.float32)
    return FaceParameters(identity.astype(np.int32), age, _attributes(traits, takes, age), traits, takes)


def _ages(age):
    age = np.array(age, dtype=np.float32)
    if not ((age >= 0) & (age <= 120)).all():
        raise UserError(f"An age must be between 0 and 120 years, received {age.min():g} to {age.max():g}.")
    return age


def _attribute_column(name):
    if name not in _COLUMN:
        raise UserError(f"`{name}` is not an attribute of CelebA.{did_you_mean(name, _COLUMN)}")
    return _COLUMN[name]


def _uniform(seed, stream, keys, columns):
    """Return float32 (n, columns) in [0, 1): SplitMix64 of (seed, stream, key, column)."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    root = _scramble(np.array([(int(seed) * 8 + stream) % 2**64], np.uint64) + golden)
    rows = _scramble(_scramble(keys.astype(np.uint64) + root) + golden)
    cells = _scramble(rows[:, None] + np.arange(1, columns + 1, dtype=np.uint64) * golden)
    return (cells >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def _scramble(values):
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def greyness(faces):
    """Return how grey the hair is, float32 (n,) in [0, 1]: at least 0.5 exactly where the attribute is set."""
    grey = faces.attribute("Gray_Hair") > 0
    natural = _natural_grey(faces.trait("grey_onset"), faces.age)
    return np.where(grey, np.maximum(natural, 0.7), np.minimum(natural, 0.45)).astype(np.float32)


def natural_hair(colour, skin):
    """Return whether the hair is black, brown, blond by nature, three bool (n,); what is none of them is red."""
    black_edge = 0.08 + 0.75 * skin
    blond_edge = 1 - 0.5 * (1 - skin) ** 2
    black = colour < black_edge
    blond = ~black & (colour >= blond_edge)
    brown = ~black & ~blond & (colour < blond_edge - 0.13 * (1 - skin) ** 2)
    return black, brown, blond


def _natural_grey(onset, age):
    return np.clip((age - 42 - 26 * onset) / 24 + 0.5, 0, 1)


def _attributes(traits, takes, age):
    """Decide the attributes, float32 (n, 40), from what is drawn by lot and the age in years."""
    t = dict(zip(TRAITS, traits.T, strict=True))
    u = dict(zip(TAKES, takes.T, strict=True))
    male, adult, elder = t["gender"] < 0.5, age >= 18, age >= 60
    man, woman = male & adult, ~male & (age >= 15)

    # Hair: dark skin makes black hair likelier, grey replaces the colour, baldness all of it.
    bald = man & (t["bald_onset"] < 0.5) & (age > 28 + 80 * t["bald_onset"])
    receding = (man | (elder & (t["receding_onset"] < 0.4))) & (age > 26 + 60 * t["receding_onset"]) & ~bald
    grey = (_natural_grey(t["grey_onset"], age) >= 0.5) & (male | (t["dyes_hair"] > 0.3)) & ~bald
    black, brown, blond = natural_hair(t["hair_colour"], t["skin"])
    coloured = ~bald & ~grey
    likes_bangs = np.where(male, 0.22, 0.36) + 0.2 * (age < 13)
    bangs = (0.7 * t["bangs"] + 0.3 * u["bangs"] < likes_bangs) & ~bald & ~receding
    straight = (t["hair_texture"] < 0.4) & ~bald
    wavy = (t["hair_texture"] > 0.64) & ~bald

    # A man keeps his style of beard, and is shaven in some pictures.
    beard = np.where(man & (u["shaven"] > 0.2), t["beard"], 0)
    stubble = (beard > 0.28) & (beard < 0.5)
    goatee = (beard >= 0.5) & (beard < 0.7)
    full = beard >= 0.7
    mustache = (goatee & (t["mustache"] < 0.5)) | (full & (t["mustache"] < 0.8))
    mustache |= (beard > 0.06) & (beard <= 0.28) & (t["mustache"] < 0.8)
    sideburns = man & (full | (u["sideburns"] < 0.18)) & ~bald

    lipstick = woman & (t["lipstick"] * 0.6 + u["lipstick"] * 0.4 < 0.52)
    makeup = lipstick & (t["makeup"] * 0.5 + u["makeup"] * 0.5 < 0.5)
    smiling = u["smiling"] < 0.48
    chubby = t["weight"] > np.where(age < 6, 0.6, 0.84)
    necktie = man & (u["necktie"] < 0.24)
    set_to = {
        "5_o_Clock_Shadow": stubble,
        "Arched_Eyebrows": t["brow_arch"] > np.where(male, 0.86, 0.52),
        "Bags_Under_Eyes": age > 34 + 70 * t["bags_onset"],
        "Bald": bald,
        "Bangs": bangs,
        "Big_Lips": (t["lips"] > 0.74) & (age < 75),
        "Big_Nose": (t["nose_width"] > 0.76) & (age > 12),
        "Black_Hair": black & coloured,
        "Blond_Hair": blond & coloured,
        "Blurry": u["blurry"] < 0.045,
        "Brown_Hair": brown & coloured,
        "Bushy_Eyebrows": (t["brow_thickness"] > np.where(male, 0.74, 0.9)) & (age > 10),
        "Chubby": chubby,
        "Double_Chin": (chubby & (age > 25)) | (elder & (t["double_chin"] < 0.25)),
        "Eyeglasses": (t["glasses"] < np.where(age < 10, 0.12, np.where(age < 50, 0.24, 0.46))) & (u["glasses"] < 0.7),
        "Goatee": goatee,
        "Gray_Hair": grey,
        "Heavy_Makeup": makeup,
        "High_Cheekbones": (t["cheekbones"] * 0.75 + smiling * 0.25 > 0.56) & ~chubby,
        "Male": male,
        "Mouth_Slightly_Open": u["mouth_open"] < np.where(smiling, 0.6, 0.2),
        "Mustache": mustache,
        "Narrow_Eyes": t["narrow_eyes"] < 0.16,
        "No_Beard": ~(stubble | goatee | full),
        "Oval_Face": (t["oval"] < 0.34) & ~chubby,
        "Pale_Skin": t["skin"] < 0.12,
        "Pointy_Nose": (t["nose_point"] > 0.68) & (t["nose_width"] <= 0.76),
        "Receding_Hairline": receding,
        "Rosy_Cheeks": u["rosy"] < np.where(makeup, 0.55, np.where(age < 12, 0.3, 0.08)),
        "Sideburns": sideburns,
        "Smiling": smiling,
        "Straight_Hair": straight,
        "Wavy_Hair": wavy,
        "Wearing_Earrings": u["earrings"] < np.where(male, 0.05 * adult, np.where(adult, 0.45, 0.2)),
        "Wearing_Hat": u["hat"] < 0.09,
        "Wearing_Lipstick": lipstick,
        "Wearing_Necklace": (u["necklace"] < np.where(male, 0.05 * adult, 0.36)) & ~necktie,
        "Wearing_Necktie": necktie,
        "Young": age < 40,
    }
    attributes = np.zeros((len(age), len(CELEBA_ATTRIBUTES)), np.float32)
    for name, value in set_to.items():
        attributes[:, _COLUMN[name]] = value
    return attributes
