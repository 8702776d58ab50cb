"""From face parameters to the lengths and colours that the painters read, one row per face."""

import numpy as np

from keras_facegan.data.drawing import palette
from keras_facegan.data.drawing.canvas import MAX_ROLL, MAX_SHIFT, MAX_ZOOM, MIN_ZOOM


class Table:
    """Named float32 columns of n rows, read as attributes: lengths are (n, 1), colours (n, 3).

    Args:
        columns: Dict from name to an array (n,) or (n, 3).
    """

    def __init__(self, columns):
        arrays = {name: np.asarray(column, np.float32) for name, column in columns.items()}
        arrays = {name: array[:, None] if array.ndim == 1 else array for name, array in arrays.items()}
        edges = np.cumsum([0] + [array.shape[1] for array in arrays.values()])
        self._slices = {name: slice(edges[i], edges[i + 1]) for i, name in enumerate(arrays)}
        self._values = np.concatenate(list(arrays.values()), axis=1)

    def __len__(self):
        return len(self._values)

    def __getattr__(self, name):
        try:
            return self._values[:, self._slices[name]]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, rows):
        subset = object.__new__(Table)
        subset._slices = self._slices
        subset._values = self._values[rows]
        return subset


def lay_out(faces):
    """Return the `Table` of n faces.

    Lengths are in head units: the head is about 0.85 wide and 1.1 high, and its middle is (0, 0).

    Args:
        faces: `FaceParameters`.
    """
    has, trait, take = faces.attribute, faces.trait, faces.take

    def swing(name):
        return 2 * trait(name) - 1

    age = faces.age
    male = has("Male")
    # Three clocks of the face: childhood ends at 17, signs of age begin at 28, flesh sinks from 45.
    child = np.clip((17 - age) / 16, 0, 1) ** 0.8
    wear = np.clip((age - 28) / 57, 0, 1.1) * (0.75 + 0.5 * trait("wrinkles"))
    sag = np.clip((age - 45) / 45, 0, 1.1)
    grown_male = male * (1 - child)
    c = {"age": age, "child": child, "wear": wear, "sag": sag, "male": male, "grown_male": grown_male}

    # Pose and light.
    c["roll"] = MAX_ROLL * _centred(take("roll"))
    c["yaw"] = 0.11 * _centred(take("yaw"))
    c["shift_x"] = MAX_SHIFT * _centred(take("shift_x"))
    c["shift_y"] = MAX_SHIFT * _centred(take("shift_y"))
    c["zoom"] = MIN_ZOOM + (MAX_ZOOM - MIN_ZOOM) * np.clip(0.15 + 0.85 * take("zoom") - 0.15 * child, 0, 1)
    angle = 2 * np.pi * take("light_angle")
    c["light_x"], c["light_y"] = np.cos(angle), 0.6 * np.sin(angle) - 0.4
    c["light"] = 0.25 + 0.75 * take("light_strength")

    # Head: half-width at its widest, height above and below the middle, squareness of the jaw.
    chubby, oval = has("Chubby"), has("Oval_Face")
    c["head_width"] = 0.405 * (
        1 + 0.05 * swing("face_width") + 0.03 * grown_male + 0.13 * chubby - 0.04 * oval + 0.04 * child
    )
    c["head_top"] = 0.53 + 0.015 * child + 0.01 * swing("face_length")
    c["chin"] = chin = (
        0.54
        - 0.115 * child
        + 0.02 * grown_male
        + 0.035 * oval
        - 0.02 * chubby
        + 0.02 * swing("face_length")
        + 0.015 * sag
    )
    c["jaw"] = np.clip(
        0.3 + 0.2 * grown_male - 0.3 * oval + 0.2 * chubby + 0.1 * child + 0.15 * swing("jaw") + 0.12 * sag, -0.2, 0.68
    )
    c["taper"] = np.clip(0.1 + 0.06 * (1 - male) - 0.08 * child - 0.12 * chubby + 0.04 * oval - 0.08 * sag, -0.04, 0.2)
    c["jowl"] = 0.05 * sag * (1 - 0.5 * oval) + 0.03 * chubby
    c["ear_width"] = 0.06 * (1 + 0.2 * swing("ears"))
    c["ear_height"] = 0.105 * (1 + 0.15 * swing("ears") + 0.2 * sag)

    # Eyes: children have large and low ones, upper lids droop with age.
    c["eye_y"] = eye_y = 0.0 + 0.075 * child
    c["eye_x"] = 0.178 * (1 + 0.06 * swing("eye_spacing") + 0.03 * chubby)
    narrow = has("Narrow_Eyes")
    eye = (1 + 0.08 * swing("eye_size")) * (1 + 0.3 * child - 0.14 * wear)
    c["eye_width"] = 0.1 * eye**0.7
    c["eye_up"] = 0.062 * eye * (1 - 0.45 * narrow) * (1 - 0.12 * grown_male)
    c["eye_down"] = 0.036 * eye * (1 - 0.45 * narrow) * (1 - 0.25 * has("Smiling"))
    c["eye_tilt"] = 0.09 * swing("eye_tilt") + 0.05 * (1 - male) - 0.16 * wear
    c["iris"] = 0.05 * eye**0.8
    c["gaze"] = 0.016 * _centred(take("gaze"))
    c["lash"] = 0.008 + 0.007 * (1 - male) * (1 - 0.5 * child) + 0.008 * has("Heavy_Makeup")
    c["brow_y"] = eye_y - 0.135 - 0.012 * swing("brow_height") + 0.01 * grown_male + 0.01 * child
    c["brow_width"] = 0.125 * (1 - 0.1 * child)
    c["brow_arch"] = 0.018 + 0.05 * has("Arched_Eyebrows")
    bushy = has("Bushy_Eyebrows")
    c["brow_thick"] = 0.014 + 0.005 * swing("brow_thickness") + 0.005 * grown_male + 0.018 * bushy - 0.004 * child
    c["bags"] = np.maximum(has("Bags_Under_Eyes") * (0.6 + 0.4 * np.minimum(wear, 1)), 0.35 * np.clip(wear, 0, 1))

    # Nose and mouth.
    big_nose, pointy = has("Big_Nose"), has("Pointy_Nose")
    c["nose_y"] = nose_y = eye_y + 0.19 - 0.055 * child + 0.014 * swing("nose_length") + 0.03 * big_nose + 0.015 * sag
    c["nose_width"] = (0.066 + 0.007 * swing("nose_width") + 0.008 * grown_male + 0.008 * sag) * (
        (1 + 0.5 * big_nose) * (1 - 0.22 * pointy) * (1 - 0.2 * child)
    )
    c["pointy"] = pointy
    c["mouth_y"] = nose_y + (chin - nose_y) * (0.385 + 0.03 * swing("mouth_height"))
    smiling = has("Smiling")
    c["smile"] = smile = np.where(
        smiling > 0, 0.6 + 0.5 * take("smile_size"), -0.1 + 0.15 * take("smile_size") - 0.15 * sag
    )
    c["mouth_width"] = (0.12 + 0.012 * swing("mouth_width") - 0.025 * child) * (1 + 0.28 * np.maximum(smile, 0))
    c["mouth_open"] = has("Mouth_Slightly_Open") * (0.055 + 0.035 * take("smile_size")) * (1 - 0.15 * child)
    full = (1 + 0.15 * swing("lips")) * (1 + 0.75 * has("Big_Lips")) * (1 - 0.4 * wear) * (1 - 0.1 * child)
    c["lip_up"], c["lip_down"] = 0.03 * full, 0.038 * full

    # Marks of the skin.
    c["cheekbones"] = has("High_Cheekbones")
    c["rosy"] = has("Rosy_Cheeks")
    c["flush"] = 0.12 + 0.25 * child + 0.12 * has("Heavy_Makeup")
    c["freckles"] = np.clip((trait("freckles") - 0.72) * 3, 0, 1) * (trait("skin") < 0.45) + 0.6 * np.clip(
        sag - 0.4, 0, 1
    )
    c["makeup"], c["lipstick"] = has("Heavy_Makeup"), has("Wearing_Lipstick")
    c["double_chin"] = has("Double_Chin")

    c["neck_width"] = 0.18 + 0.05 * grown_male + 0.03 * chubby - 0.035 * child
    _hair(c, faces)
    _accessories(c, faces)
    c["shoulder_y"] = chin + 0.2 - 0.04 * child
    c["shoulder_slope"] = 0.34 - 0.1 * grown_male + 0.16 * child
    c["hollow"] = 0.75 * np.maximum(c["cheekbones"], 0.5 * np.minimum(sag, 1) * (1 - chubby))
    lined = np.minimum(wear, 1)
    c["lined"] = lined * (lined > 0.02)
    c["folded"] = np.clip(1.35 * c["lined"] + 0.45 * np.maximum(smile, 0) * (1 - child), 0, 1)
    c["spark_x"] = 0.36 * c["iris"] * np.sign(c["light_x"])
    c["phase"] = 6.2831853 * take("phase")
    c["blurry"] = has("Blurry")
    return Table(c | palette.colours(faces))


def _hair(c, faces):
    """Add the outline of the hair, its hairline, and where it ends."""
    has, trait, take = faces.attribute, faces.trait, faces.take
    male, child, age = has("Male"), c["child"], faces.age
    bald, receding, bangs = has("Bald"), has("Receding_Hairline"), has("Bangs")
    straight, wavy = has("Straight_Hair"), has("Wavy_Hair")
    curly = (1 - straight) * (1 - wavy)
    volume = trait("hair_volume") * np.clip((age - 0.5) / 3, 0.15, 1)
    length = trait("hair_length")
    # Women: short, to the chin, or long; men short but for a few.
    long = np.where(male > 0, length > 0.9, length > 0.3) & (bald < 1) & (age > 3)
    reach = np.where(length > 0.66, 0.95, 0.36 + 0.5 * (length - 0.3))
    c["hair_length"] = np.where(long, reach, 0.06 + 0.06 * trait("hair_volume"))
    c["long_hair"] = long
    c["short_hair"] = ~long
    thinning = 1 - 0.35 * c["sag"]
    lift = (0.03 + 0.05 * volume + 0.08 * curly * volume + 0.02 * wavy) * thinning
    c["hair_width"] = np.where(
        bald > 0,
        c["head_width"] + 0.02,
        c["head_width"] + np.where(long, 0.045, 0.012) + lift * np.where(long, 0.9, 0.5),
    )
    c["hair_top"] = np.where(bald > 0, c["head_top"], c["head_top"] + 0.025 + lift)
    c["hair_flare"] = np.where(long, 0.1 * trait("hair_volume") + 0.12 * curly, 0.0)
    c["wave"] = 0.016 * wavy + 0.026 * curly * (0.4 + 0.6 * volume)
    c["wave_turns"] = 13 * wavy + 24 * curly
    c["streaks"] = np.where(straight > 0, 1.0, np.where(wavy > 0, 0.75, 0.35))
    c["strand_turns"] = 11 * wavy + 27 * curly
    c["strand_bend"] = 0.22 * wavy + 0.12 * curly

    # The face looks out of an opening: its half-width, its top edge, its middle, how square it is.
    part = 0.1 * np.sign(trait("hair_part") - 0.5) * (np.abs(trait("hair_part") - 0.5) > 0.12)
    c["open_x"] = np.where(bangs + receding + bald > 0, 0.25 * part, part)
    c["open_width"] = c["head_width"] * np.where(bald > 0, 0.93, np.where(long, 0.93, 0.965))
    top = 0.37 - 0.03 * child + 0.08 * receding
    c["open_top"] = np.where(bald > 0, 0.9, np.where(bangs > 0, -c["brow_y"] + 0.035, top))
    pointed = -0.6 * (trait("hair_part") - 0.2) * (1 - male) - 0.2
    c["open_square"] = np.where(
        bald > 0, 0.9, np.where(bangs > 0, 0.86, np.where(receding > 0, 0.93, pointed * 0.6 + 0.3 * male))
    )
    c["fringe_tilt"] = np.where(bangs > 0, 0.22 * (2 * trait("hair_part") - 1), 0.0)
    c["hair_start"] = np.where(bald > 0, np.where(trait("hair_volume") > 0.3, -0.14, 9.0), -9.0)
    c["hair_shadow"] = 0.5 * (1 - bald)
    tucked = long & (trait("tucked_hair") < 0.4)
    c["front_end"] = np.where(bald > 0, 0.13, np.where(long & ~tucked, c["hair_length"] - 0.02, -0.01))
    c["bun"] = (1 - male) * (1 - has("Wearing_Hat")) * ~long * (take("bun") < 0.6) * (age > 4) * (bald < 1)

    # Facial hair.
    c["stubble"] = has("5_o_Clock_Shadow")
    c["goatee"] = has("Goatee")
    c["mustache"] = has("Mustache")
    c["full_beard"] = (has("No_Beard") < 1) & (c["stubble"] < 1) & (c["goatee"] < 1)
    c["beard_length"] = 0.02 + 0.07 * trait("beard") * c["full_beard"]
    c["sideburns"] = has("Sideburns")


def _accessories(c, faces):
    """Add what is worn."""
    has, take = faces.attribute, faces.take
    c["glasses"] = has("Eyeglasses")
    c["glasses_round"] = take("glasses_style")
    c["hat"] = has("Wearing_Hat")
    style = np.floor(3 * take("hat_style"))
    c["hat_wool"], c["hat_cap"], c["hat_brim"] = wool, cap, brim = style == 0, style == 1, style == 2
    c["hat_pompon"] = wool & (take("glasses_style") > 0.5)
    c["hat_height"] = np.where(wool, 0.05, np.where(brim, 0.1, 0.03))
    c["hat_square"] = np.where(wool, 0.2, np.where(cap, 0.35, 0.75))
    c["earrings"] = has("Wearing_Earrings")
    c["hoops"] = take("earrings") * 7 % 1 > 0.6
    c["drops"] = (take("earrings") * 7 % 1 > 0.25) & ~c["hoops"]
    c["necklace"] = has("Wearing_Necklace")
    c["necktie"] = tie = has("Wearing_Necktie")
    c["tie_striped"] = take("glasses_style") > 0.5
    collar = np.floor(3 * take("collar"))
    c["shirt_worn"] = shirt = (tie > 0) | (collar == 2)
    v_neck = ~shirt & (collar == 1)
    c["neck_depth"] = np.where(v_neck, 0.3, np.where(shirt, 0.1, 0.14))
    c["neck_curve"] = np.where(v_neck | shirt, 0, 1 / (1.15 * c["neck_width"]) ** 2)
    c["neck_slant"] = np.where(v_neck, 1 / (1.1 * c["neck_width"]), np.where(shirt, 5, 0))


def _centred(uniform):
    """Turn [0, 1) into a hump in (-1, 1) that favours the middle."""
    swing = 2 * uniform - 1
    return swing * (0.45 + 0.55 * swing * swing)
