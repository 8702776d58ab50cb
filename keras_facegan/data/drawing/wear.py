"""Clothes, necktie, necklace, earrings, glasses and hats."""

import numpy as np

from keras_facegan.data.drawing.canvas import layer, mix, ramp

_WHITE = np.array([[1, 1, 1]], np.float32)


@layer(box=(-1.3, 0.5, 1.3, 1.3), upright=True)
def clothes(region, table):
    """A jumper with a round or a V neck, or the jacket over a shirt: a neckline below a line of shoulders."""
    x = np.abs(region.x)
    y = region.y - table.shoulder_y
    across = np.square(region.x)
    shoulders = np.sqrt(across + 0.012)
    shoulders -= 0.11
    shoulders *= 0.8 * table.shoulder_slope
    shoulders += 0.1 * np.square(across)
    shoulders -= y
    cloth = region.cover(shoulders)
    # A neckline is a hanging curve: an arc for the round neck, straight lines for the others.
    depth = 1 - across * table.neck_curve - x * table.neck_slant
    np.clip(depth, -0.6, 1, out=depth)
    depth *= table.neck_depth
    np.subtract(y, depth, out=depth)
    cloth *= region.cover(-depth)
    shade = 0.55 * ramp(x + 0.3 * y, 0.2, 1.0)
    shade -= 0.4 * table.light * table.light_x * region.x
    shade += 0.15
    region.paint(cloth, mix(table.clothes, table.clothes_dark, shade))
    cloth *= region.line(depth - 0.018, 0.016)
    region.paint(0.8 * (1 - table.shirt_worn) * cloth, table.clothes_dark)


@layer(box=(-0.4, 0.5, 0.4, 1.3), only="shirt_worn", upright=True)
def shirt(region, table):
    """The white front of a shirt between the lapels, and the two points of its collar."""
    x = np.abs(region.x)
    y = region.y - table.shoulder_y
    front = region.cover(x - 0.16 - 0.12 * y)
    front *= region.cover(0.1 - y - 0.5 * x)
    points = region.cover(np.abs(x - 0.62 * table.neck_width + 0.45 * (y - 0.08)) - 0.055)
    points *= region.cover(np.abs(y - 0.03) + 0.2 * x - 0.17)
    region.paint(np.maximum(front, points), mix(table.shirt, 0.7 * table.shirt, 0.2 * ramp(y, 0.1, 0.3)))


@layer(box=(-0.28, 0.5, 0.28, 1.1), only="necklace", upright=True)
def necklace(region, table):
    """A chain with a pendant."""
    half = table.neck_width + 0.03
    y = region.y - table.shoulder_y - 0.11
    chain = region.line(y + 0.24 * np.square(region.x * (1 / half)), 0.015)
    chain *= region.cover(np.abs(region.x) - half)
    region.paint(chain, table.metal)
    region.paint(region.ellipse(region.x, y - 0.035, 0.036, 0.045), table.metal)
    region.paint(0.8 * region.ellipse(region.x + 0.01, y - 0.025, 0.014, 0.016), _WHITE)


@layer(box=(-0.2, 0.5, 0.2, 1.3), only="necktie", upright=True)
def necktie(region, table):
    """A knot and a blade, plain or striped."""
    x, y = np.abs(region.x), region.y - table.shoulder_y - 0.05
    blade = region.cover(x - 0.05 - 0.14 * y)
    blade *= region.cover(0.02 - y)
    stripes = table.tie_striped * ramp(np.sin(48 * (region.y + 0.7 * region.x)), 0.2, 0.6)
    region.paint(blade, mix(table.tie, 0.6 * table.tie + 0.35, stripes))
    knot = region.cover(x - 0.085 + 0.35 * y)
    knot *= region.cover(np.abs(y - 0.025) - 0.055)
    region.paint(knot, 0.82 * table.tie)


@layer(box=(-0.56, 0.08, 0.56, 0.42), only="earrings")
def earrings(region, table):
    """Studs, drops or hoops at the lobes."""
    x = np.abs(region.x + 0.35 * table.yaw) - table.head_width - 0.012
    y = region.y - table.eye_y - 0.05 - table.ear_height
    stud = region.ellipse(x, y - 0.01, 0.032, 0.032)
    ring = np.sqrt(np.square(x) + np.square(y - 0.055))
    alpha = (1 - table.hoops) * stud
    alpha += table.hoops * region.line(ring - 0.055, 0.014)
    drop = region.ellipse(x, y - 0.075, 0.03, 0.05)
    drop *= table.drops
    region.paint(np.maximum(alpha, drop), table.metal)
    region.paint(0.8 * (1 - table.hoops) * region.ellipse(x + 0.008, y - 0.002, 0.011, 0.011), _WHITE)


@layer(box=(-0.48, -0.14, 0.48, 0.22), only="glasses")
def glasses(region, table):
    """Two lenses, round to square, with a bridge and temples."""
    half_width, half_height = 0.142, 0.098 + 0.025 * table.glasses_round
    corner = 0.03 + 0.075 * table.glasses_round
    fold = np.abs(region.turned_x)
    x = np.abs(fold - table.eye_x - 0.005)
    lens_y = region.y - table.eye_y - 0.012
    y = np.abs(lens_y)
    x -= half_width - corner
    y -= half_height - corner
    distance = np.sqrt(np.square(np.clip(x, 0, 1)) + np.square(np.clip(y, 0, 1)))
    distance += np.clip(np.maximum(x, y), -1, 0)
    distance -= corner
    shine = ramp(np.sin(14 * (region.turned_x + region.y) + 1), 0.55, 0.8)
    region.paint(region.cover(distance) * (0.08 + 0.16 * shine), _WHITE)
    frame = region.line(distance, 0.0135)
    bridge = region.line(lens_y + 0.02 + 0.25 * np.square(fold), 0.012)
    bridge *= region.cover(fold - table.eye_x + half_width)
    temple = region.line(lens_y + 0.045, 0.012)
    temple *= region.cover(corner - x)
    temple *= region.cover(np.abs(region.x) - table.head_width)
    region.paint(np.maximum(frame, np.maximum(bridge, temple)), table.frame)


@layer(box=(-0.82, -0.84, 0.82, 0.08), only="hat")
def hat(region, table):
    """A woollen hat, a cap or a hat with a brim."""
    x, y = region.x, region.y
    wide = np.maximum(table.hair_width, table.head_width + 0.03) + 0.015
    top = np.maximum(table.hair_top, table.head_top + 0.06) + table.hat_height
    bend = np.square(x * (1 / table.hair_width))
    band_y = y - (table.brow_y - 0.13) - 0.14 * np.clip(bend, 0, 1)
    across = np.square(x * (1 / wide))
    up = np.square((y + 0.1) * (1 / (top - 0.1)))
    dome = across + up - table.hat_square * np.clip(across, 0, 1) * np.clip(up, 0, 1)
    body = region.cover(0.42 * np.sqrt(dome) - 0.42)
    body *= region.cover(band_y)
    shade = 0.2 + 0.7 * across - 0.5 * table.light * table.light_x * x
    shade += 0.25 * table.hat_wool * np.sin(60 * x)
    region.paint(body, mix(table.hat_colour, table.hat_dark, shade))
    body *= region.cover(-0.12 - band_y)
    region.paint(0.85 * (1 - table.hat_cap) * body, table.hat_dark)
    pompon = region.ellipse(x, y + top + 0.03, 0.09, 0.08)
    pompon *= table.hat_pompon
    region.paint(pompon, mix(table.hat_colour, table.hat_dark, 0.25 + 0.25 * np.sin(70 * x) * np.sin(70 * y)))
    peak = region.ellipse(x - table.yaw, band_y + 0.005, 0.95 * wide, 0.065)
    peak *= region.cover(-0.05 - band_y)
    peak *= table.hat_cap
    region.paint(peak, mix(table.hat_dark, 0.8 * table.hat_dark, ramp(band_y, -0.05, 0.07)))
    brim_y = y - (table.brow_y - 0.09) - 0.045 * bend
    brim = region.ellipse(x, brim_y, wide + 0.24, 0.075)
    brim *= table.hat_brim
    region.paint(brim, mix(table.hat_colour, table.hat_dark, 0.2 + 0.7 * ramp(brim_y, -0.06, 0.06)))
