"""The colours of a face: skin, hair, eyes, clothes and background, in [0, 1]."""

import numpy as np

from keras_facegan.data.drawing.parameters import greyness, natural_hair

# Skin from light to dark; each step keeps its warmth.
_SKIN = np.array(
    [[255, 226, 205], [250, 211, 180], [240, 190, 150], [219, 161, 116], [178, 118, 79], [134, 84, 58], [94, 58, 43]],
    np.float32,
)
_EYES = np.array(
    [[88, 54, 34], [66, 40, 28], [112, 76, 42], [86, 122, 76], [70, 120, 158], [108, 150, 186], [112, 124, 134]],
    np.float32,
)
_INK = np.array([0.13, 0.08, 0.08], np.float32)
# Muted walls: sand, cream, rose, coral, sage, mint, teal, powder blue, slate, lavender, mustard, linen.
_WALLS = np.array(
    [
        *([226, 205, 172], [250, 224, 200], [232, 178, 176], [222, 150, 138], [176, 194, 160], [190, 222, 204]),
        *([122, 176, 176], [176, 206, 228], [134, 156, 184], [204, 192, 226], [232, 196, 116], [236, 228, 214]),
    ],
    np.float32,
)
_METALS = np.array([[232, 190, 92], [206, 210, 218], [226, 142, 120], [240, 236, 226]], np.float32)


def colours(faces):
    """Return a dict of colours, float32 (n, 3), for `FaceParameters`."""
    has, trait, take = faces.attribute, faces.trait, faces.take
    sag = np.clip((faces.age - 45) / 45, 0, 1)[:, None]
    pale = has("Pale_Skin")
    tone = np.where(pale > 0, 0.0, np.maximum(trait("skin"), 0.14))
    skin = _blend(_SKIN, tone)
    skin *= 1 + 0.025 * (2 * trait("undertone")[:, None] - 1) * np.array([0.4, -0.2, -1.6], np.float32)
    skin = np.where(pale[:, None] > 0, 0.55 * skin + 0.45 * np.array([1, 0.95, 0.93], np.float32), skin)
    # Old skin is a little greyer and yellower.
    grey = skin.mean(axis=1, keepdims=True)
    skin = skin + 0.2 * sag * (grey * np.array([1.06, 0.98, 0.86], np.float32) - skin)
    c = {"skin": skin, "skin_shade": skin * np.array([0.82, 0.69, 0.68], np.float32)}
    c["skin_light"] = np.minimum(skin * np.array([1.06, 1.07, 1.08], np.float32) + 0.015, 1)
    c["skin_line"] = skin * np.array([0.62, 0.47, 0.45], np.float32)
    c["flush_colour"] = skin * 0.45 + np.array([0.93, 0.36, 0.36], np.float32) * (
        0.35 + 0.2 * skin.mean(axis=1, keepdims=True)
    )

    c["hair"] = hair = _hair(faces)
    c["hair_light"] = np.minimum(hair * 1.22 + np.array([0.085, 0.07, 0.06], np.float32), 1)
    c["hair_dark"] = hair * np.array([0.66, 0.62, 0.64], np.float32)
    c["brow"] = hair * 0.72 + 0.05 * skin
    c["beard"] = hair * 0.82 + 0.08 * skin
    c["stubble_colour"] = 0.55 * skin + 0.45 * np.minimum(hair * 0.7, np.array([0.34, 0.35, 0.4], np.float32))
    # Blue and green eyes go with light skin.
    c["iris_colour"] = (
        _EYES[
            np.where(
                trait("eye_colour") > 0.35 + 0.9 * trait("skin"),
                2 + (trait("eye_colour") * 23 % 5),
                trait("eye_colour") * 7 % 2,
            ).astype(int)
        ]
        / 255
    )

    natural_lip = skin * np.array([0.86, 0.6, 0.6], np.float32) + np.array([0.03, 0, 0.01], np.float32)
    hue = np.where(take("lipstick_hue") < 0.7, 0.96 + 0.05 * take("lipstick_hue"), 0.88 + 0.06 * take("lipstick_hue"))
    stick = hsv(hue % 1, 0.78, 0.62 + 0.25 * take("lipstick_hue"))
    c["lips"] = lips = np.where(has("Wearing_Lipstick")[:, None] > 0, stick, natural_lip)
    c["lips_dark"] = lips * 0.62
    shadow = 0.7 * hsv((0.72 + 0.35 * take("lipstick_hue")) % 1, 0.4, 0.62) + 0.3 * c["skin_shade"]
    c["eyeshadow"] = np.where(has("Heavy_Makeup")[:, None] > 0, shadow, c["skin_shade"])
    c["lash_colour"] = np.where(has("Heavy_Makeup")[:, None] > 0, _INK, 0.65 * _INK + 0.175 * c["brow"])

    wall = _WALLS[(len(_WALLS) * take("background_hue")).astype(int)] / 255
    wall = wall + (0.12 * take("background_light")[:, None] - 0.04) * (1 - wall)
    neighbour = _WALLS[(len(_WALLS) * (take("background_hue") * 31 % 1)).astype(int)] / 255
    c["background"] = wall
    c["background_far"] = 0.82 * (wall + (0.15 + 0.35 * take("background_turn")[:, None]) * (neighbour - wall))
    angle = 6.2831853 * take("background_angle")
    c["background_x"], c["background_y"] = 0.35 * np.cos(angle), 0.35 * np.sin(angle)
    clothes = hsv(take("clothes_hue"), 0.15 + 0.5 * take("clothes_saturation"), 0.28 + 0.6 * take("clothes_light"))
    c["clothes"], c["clothes_dark"] = clothes, clothes * np.array([0.74, 0.72, 0.76], np.float32)
    c["shirt"] = hsv(take("clothes_hue") * 3 % 1, 0.06 + 0 * clothes[:, 0], 0.96)
    c["tie"] = hsv(take("tie_hue"), 0.68, 0.3 + 0.45 * take("clothes_saturation"))
    c["hat_colour"] = hat = hsv(
        take("hat_hue"), 0.3 + 0.4 * take("clothes_light"), 0.35 + 0.5 * take("clothes_saturation")
    )
    c["hat_dark"] = hat * np.array([0.7, 0.68, 0.72], np.float32)
    dark_frame = hsv(take("frame_hue"), 0.3, 0.16)
    c["frame"] = np.where(take("frame_hue")[:, None] < 0.72, dark_frame, hsv(take("frame_hue") * 5 % 1, 0.7, 0.5))
    c["metal"] = _METALS[(take("earrings") * 29 % 4).astype(int)] / 255
    return c


def hsv(hue, saturation, value):
    """Return RGB float32 (n, 3) of hues in [0, 1), saturations and values in [0, 1], (n,) or numbers."""
    wheel = np.abs((hue[:, None] * 6 + np.array([0, 4, 2], np.float32)) % 6 - 3) - 1
    wheel = np.clip(wheel, 0, 1)
    saturation = np.broadcast_to(saturation, hue.shape)[:, None]
    value = np.broadcast_to(value, hue.shape)[:, None]
    return (value * (1 - saturation + saturation * wheel)).astype(np.float32)


def _hair(faces):
    has, trait = faces.attribute, faces.trait
    natural = natural_hair(trait("hair_colour"), trait("skin"))
    worn = [has(name) > 0 for name in ("Black_Hair", "Brown_Hair", "Blond_Hair")]
    labelled = worn[0] | worn[1] | worn[2]
    black, brown, blond = (np.where(labelled, own, born) for own, born in zip(worn, natural, strict=True))
    shade = trait("hair_shade")[:, None]
    dark_to_light = {
        "black": ([0.09, 0.075, 0.09], [0.17, 0.125, 0.12]),
        "brown": ([0.29, 0.17, 0.11], [0.5, 0.31, 0.18]),
        "blond": ([0.8, 0.6, 0.3], [0.96, 0.83, 0.55]),
        "red": ([0.56, 0.2, 0.1], [0.8, 0.38, 0.16]),
    }
    ramps = {
        name: np.float32(dark) + shade * (np.float32(light) - np.float32(dark))
        for name, (dark, light) in dark_to_light.items()
    }
    hair = np.where(blond[:, None], ramps["blond"], ramps["red"])
    hair = np.where(brown[:, None], ramps["brown"], hair)
    hair = np.where(black[:, None], ramps["black"], hair)
    grey = greyness(faces)[:, None]
    silver = np.float32([0.6, 0.6, 0.62]) + np.float32([0.3, 0.29, 0.28]) * np.clip(grey * 2.2 - 1.3, 0, 1)
    return hair + (silver - hair) * grey


def _blend(stops, position):
    """Return the colour at `position` in [0, 1] of a ramp of colours given in [0, 255]."""
    place = np.clip(position, 0, 1) * (len(stops) - 1)
    low = np.minimum(place.astype(int), len(stops) - 2)
    share = (place - low).astype(np.float32)[:, None]
    return (stops[low] + share * (stops[low + 1] - stops[low])) / 255
