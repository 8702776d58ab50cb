"""Clothes, necktie, necklace, earrings, glasses and hats."""

import numpy as np

from keras_facegan.data.drawing.canvas import mix, ramp
from keras_facegan.data.drawing.skin import turned

_WHITE = np.array([[1, 1, 1]], np.float32)
_PLAIN, _V_NECK, _SHIRT = 0, 1, 2


def _shoulders(region, table):
    """Return the signed distance to the line of the shoulders, negative below it."""
    across = np.square(region.x)
    line = table.shoulder_y + table.shoulder_slope * (np.sqrt(across + 0.012) - 0.11) * 0.8 + 0.1 * np.square(across)
    return line - region.y


def clothes(canvas):
    """A jumper with a round or a V neck, or a shirt with a collar under a jacket."""
    region = canvas.region((-1.3, 0.45, 1.3, 1.3), upright=True)
    table = region.table
    x = np.abs(region.x)
    y = region.y - table.shoulder_y
    torso = region.cover(_shoulders(region, table))
    reach = table.neck_width
    round_neck = y - 0.14 * np.maximum(1 - np.square(x / (1.15 * reach)), -0.6)
    v_neck = y - 0.3 + 0.3 / (1.1 * reach) * x
    neckline = np.where(
        table.collar == _PLAIN, round_neck, np.where(table.collar == _V_NECK, 0.6 * v_neck, y - 0.1 + 0.5 * x)
    )
    shade = (
        0.15 + 0.55 * ramp(x + 0.3 * y, np.float32(0.2), np.float32(1.0)) - 0.4 * table.light * table.light_x * region.x
    )
    cloth = torso * region.cover(-neckline)
    region.paint(cloth, mix(table.clothes, table.clothes_dark, shade))
    trim = cloth * region.line(neckline - 0.018, np.float32(0.016)) * (table.collar != _SHIRT)
    region.paint(0.8 * trim, table.clothes_dark)
    rows = np.flatnonzero(table.collar[:, 0] == _SHIRT)
    if len(rows):
        # Two points of a white collar; the shirt shows between the lapels.
        alpha = np.zeros_like(x)
        some = table[rows]
        near, low = x[rows], y[rows]
        front = np.clip((0.16 - near + 0.12 * low) * region.sharp[rows] + 0.5, 0, 1) * torso[rows]
        front *= np.clip((low - 0.1 + 0.5 * near) * region.sharp[rows] + 0.5, 0, 1)
        points = np.clip(
            (0.055 - np.abs(near - some.neck_width * 0.62 + 0.45 * (low - 0.08))) * region.sharp[rows] + 0.5, 0, 1
        )
        points *= np.clip((0.17 - np.abs(low - 0.03) - 0.2 * near) * region.sharp[rows] + 0.5, 0, 1)
        alpha[rows] = np.maximum(front, points)
        shadow = np.zeros_like(x)
        shadow[rows] = 0.2 * ramp(low, np.float32(0.1), np.float32(0.3))
        region.paint(alpha, mix(table.shirt, 0.7 * table.shirt, shadow))
    region.close()


def necklace(canvas):
    """A chain with a pendant."""
    rows = canvas.table.where("necklace")
    if not len(rows):
        return
    region = canvas.region((-0.4, 0.4, 0.4, 1.2), rows, upright=True)
    table = region.table
    hang = table.shoulder_y + 0.11
    half = table.neck_width + 0.03
    y = region.y - hang + 0.24 * np.square(region.x / half)
    chain = region.line(y, np.float32(0.015)) * region.cover(np.abs(region.x) - half)
    region.paint(chain, table.metal)
    region.paint(region.ellipse(region.x, region.y - hang - 0.035, np.float32(0.036), np.float32(0.045)), table.metal)
    region.paint(
        0.8 * region.ellipse(region.x + 0.01, region.y - hang - 0.025, np.float32(0.014), np.float32(0.016)), _WHITE
    )
    region.close()


def necktie(canvas):
    """A knot and a blade."""
    rows = canvas.table.where("necktie")
    if not len(rows):
        return
    region = canvas.region((-0.25, 0.5, 0.25, 1.3), rows, upright=True)
    table = region.table
    x, y = np.abs(region.x), region.y - table.shoulder_y - 0.05
    blade = region.cover(x - 0.05 - 0.14 * y) * region.cover(0.02 - y)
    stripes = ramp(np.sin(48 * (region.y + 0.7 * region.x)), np.float32(0.2), np.float32(0.6)) * (
        table.glasses_round > 0.5
    )
    region.paint(blade, mix(table.tie, 0.6 * table.tie + 0.35, stripes))
    knot = region.cover(x - 0.085 + 0.35 * y) * region.cover(np.abs(y - 0.025) - 0.055)
    region.paint(knot, 0.82 * table.tie)
    region.close()


def earrings(canvas):
    """Studs, drops or hoops at the lobes."""
    rows = canvas.table.where("earrings")
    if not len(rows):
        return
    region = canvas.region((-0.56, 0.02, 0.56, 0.42), rows)
    table = region.table
    x = np.abs(region.x) - table.head_width - 0.012 - 0.35 * table.yaw * np.sign(region.x)
    y = region.y - table.eye_y - 0.05 - table.ear_height
    hoop = table.earring_style > 0.6
    drop = (table.earring_style > 0.25) & ~hoop
    ring = np.sqrt(np.square(x) + np.square(y - 0.055))
    alpha = np.where(
        hoop,
        region.line(ring - 0.055, np.float32(0.014)),
        region.ellipse(x, y - 0.01, np.float32(0.032), np.float32(0.032)),
    )
    alpha = np.maximum(alpha, drop * region.ellipse(x, y - 0.075, np.float32(0.03), np.float32(0.05)))
    region.paint(alpha, table.metal)
    region.paint(0.8 * region.ellipse(x + 0.008, y - 0.002, np.float32(0.011), np.float32(0.011)) * ~hoop, _WHITE)
    region.close()


def glasses(canvas):
    """Two lenses, round to square, with a bridge and temples."""
    rows = canvas.table.where("glasses")
    if not len(rows):
        return
    region = canvas.region((-0.5, -0.22, 0.5, 0.26), rows)
    table = region.table
    turned_x = turned(region)
    x = np.abs(turned_x) - table.eye_x - 0.005
    y = region.y - table.eye_y - 0.012
    half_width, half_height = 0.142, 0.098 + 0.025 * table.glasses_round
    corner = 0.03 + 0.075 * table.glasses_round
    out = np.sqrt(
        np.square(np.maximum(np.abs(x) - half_width + corner, 0))
        + np.square(np.maximum(np.abs(y) - half_height + corner, 0))
    )
    inner = np.minimum(np.maximum(np.abs(x) - half_width, np.abs(y) - half_height) + corner, 0)
    distance = out + inner - corner
    lens = region.cover(distance)
    shine = ramp(np.sin(14 * (turned_x + region.y) + 1), np.float32(0.55), np.float32(0.8))
    region.paint(lens * (0.08 + 0.16 * shine), _WHITE)
    frame = region.line(distance, np.float32(0.0135))
    gap = np.abs(turned_x) - table.eye_x + half_width
    bridge = region.line(y + 0.02 + 0.25 * np.square(turned_x), np.float32(0.012)) * region.cover(gap)
    temple = (
        region.line(y + 0.045, np.float32(0.012))
        * region.cover(half_width - x)
        * region.cover(np.abs(region.x) - table.head_width)
    )
    region.paint(np.maximum(frame, np.maximum(bridge, temple)), table.frame)
    region.close()


def hat(canvas):
    """A woollen hat, a cap or a hat with a brim."""
    rows = canvas.table.where("hat")
    if not len(rows):
        return
    region = canvas.region((-0.9, -0.95, 0.9, 0.05), rows)
    table = region.table
    x, y = region.x, region.y
    wool, brimmed = table.hat_style == 0, table.hat_style == 2
    band_y = table.brow_y - 0.13 + 0.14 * np.square(x / table.hair_width)
    top = np.maximum(table.hair_top, table.head_top + 0.06) + np.where(wool, 0.05, np.where(brimmed, 0.1, 0.03))
    wide = np.maximum(table.hair_width, table.head_width + 0.03) + 0.015
    across = np.square(x / wide)
    up = np.square((y + 0.1) / (top - 0.1))
    dome = (
        np.sqrt(
            across + up - np.where(brimmed, 0.75, np.where(wool, 0.2, 0.35)) * np.minimum(across, 1) * np.minimum(up, 1)
        )
        - 1
    )
    body = region.cover(dome * 0.42) * region.cover(y - band_y)
    shade = 0.2 + 0.7 * across - 0.5 * table.light * table.light_x * x + 0.25 * wool * np.sin(60 * x)
    region.paint(body, mix(table.hat_colour, table.hat_dark, shade))
    band = body * region.cover(band_y - 0.12 - y)
    region.paint(0.85 * band * (wool + brimmed), table.hat_dark)
    pompon = region.ellipse(x, y + top + 0.03, np.float32(0.09), np.float32(0.08)) * (
        wool & (table.glasses_round > 0.5)
    )
    region.paint(pompon, mix(table.hat_colour, table.hat_dark, 0.25 + 0.25 * np.sin(70 * x) * np.sin(70 * y)))
    peak = (
        region.ellipse(x - table.yaw, y - band_y + 0.005, 0.95 * wide, np.float32(0.065))
        * region.cover(band_y - 0.05 - y)
        * (table.hat_style == 1)
    )
    region.paint(peak, mix(table.hat_dark, 0.8 * table.hat_dark, ramp(y, band_y - 0.05, band_y + 0.07)))
    brim = region.ellipse(x, y - band_y + 0.02 - 0.08 * np.square(x), wide + 0.28, np.float32(0.06)) * brimmed
    region.paint(brim, mix(table.hat_colour, table.hat_dark, 0.3 + 0.6 * ramp(y, band_y - 0.06, band_y + 0.05)))
    region.close()
