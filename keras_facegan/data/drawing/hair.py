"""Hair behind and in front of the head, and the hair of the face."""

import numpy as np

from keras_facegan.data.drawing.canvas import layer, mix, ramp
from keras_facegan.data.drawing.skin import CHIN_TURN, head_radius

_LONG = (-0.76, -0.8, 0.76, 1.2)
_SHORT = (-0.58, -0.8, 0.58, 0.2)


def _outline(region, table):
    """Return (signed distance to the outer edge of the hair, its radius above the ears), each (n, pixels)."""
    across = np.clip(region.y, 0, 2)
    across *= table.hair_flare
    across += 1
    across *= table.hair_width
    np.divide(region.x, across, out=across)
    radius = np.square(across, out=across)
    up = np.clip(region.y, -2, 0)
    up *= 1 / table.hair_top
    radius += np.square(up, out=up)
    np.sqrt(radius, out=radius)
    # Waves and curls ripple the edge; a product of two sines has no direction.
    distance = np.sin(table.wave_turns * region.x + table.phase)
    distance *= np.sin(table.wave_turns * region.y + 2 * table.phase)
    distance *= table.wave
    distance += table.hair_width * radius
    distance -= table.hair_width
    return distance, radius


def _opening(region, table):
    """Return the signed distance to the hairline, negative on the face."""
    x = np.clip(0.66 - 2.2 * region.y, 0, 1)
    x *= -table.open_x
    x += region.turned_x
    up = region.y - table.fringe_tilt * region.x
    np.clip(up, -2, 0, out=up)
    up *= 1 / table.open_top
    np.square(up, out=up)
    across = np.square(x * (1 / table.open_width))
    corner = np.clip(up, 0, 1)
    corner *= np.clip(across, 0, 1)
    corner *= table.open_square
    across += up
    across -= corner
    distance = np.sqrt(across, out=across)
    distance -= 1
    distance *= np.minimum(table.open_width, table.open_top)
    # Locks of a fringe and of curls.
    locks = np.sin((20 + table.wave_turns) * x + table.phase)
    locks *= 0.008 + 0.5 * table.wave
    locks *= np.clip(4 * up, 0, 1)
    distance += locks
    return distance


def _strands(region, table, radius):
    """Return the planes of the hair's colour: strands that fan out from the crown, and a gloss around it."""
    # Lines of equal flow are strands: they leave the parting and hang down at the sides.
    flow = np.clip(region.y + (table.hair_top + 0.22), 0.05, 0.85)
    np.divide(region.x - table.open_x, flow, out=flow)
    bend = np.sin(table.strand_turns * region.y + table.phase)
    bend *= table.strand_bend
    light = np.sin(17 * flow + 6 * bend + table.phase)
    if region.size >= 96:  # on a coarser grid the finest strands would be noise
        light += 0.6 * np.sin(41 * flow + 9 * bend)
    light *= 0.26 * table.streaks
    gloss = np.square((radius - 0.86) * (1 / 0.13))
    np.subtract(1, gloss, out=gloss)
    np.clip(gloss, 0, 1, out=gloss)
    gloss *= ramp(region.y, 0.0, -0.3)
    gloss *= 0.42 + 0.4 * region.x * np.sign(table.light_x)
    light += gloss
    light -= 0.1 + 0.5 * ramp(region.y, -0.1, 0.7)
    lighter = mix(table.hair, table.hair_light, np.clip(light, 0, 2))
    np.clip(light, -2, 0, out=light)
    for plane, difference in zip(lighter, (table.hair - table.hair_dark).T, strict=True):
        plane += light * difference[:, None]
    return lighter


@layer(box=(-0.19, -0.82, 0.19, -0.4), only="bun")
def bun(region, table):
    """A bun on top of the head."""
    y = region.y + table.hair_top + 0.06
    alpha = region.ellipse(region.x, y, 0.17, 0.14)
    region.paint(alpha, mix(table.hair, table.hair_dark, ramp(y, -0.12, 0.12)))


@layer(box=(-0.76, -0.2, 0.76, 1.2), only="long_hair")
def back(region, table):
    """What falls behind the neck."""
    distance, _ = _outline(region, table)
    ends = 0.35 * np.square(region.x)
    ends += region.y - table.hair_length
    alpha = region.cover(np.maximum(distance, ends))
    region.paint(alpha, mix(table.hair_dark, 0.78 * table.hair_dark, ramp(region.y, -0.2, 0.6)))


def _front(region, table):
    distance, radius = _outline(region, table)
    opening = _opening(region, table)
    # However far the hairline recedes, hair hides what lies behind the head.
    np.maximum(opening, table.hair_width * radius - (table.head_width - 0.012), out=opening)
    hair = region.cover(distance)
    shadow = ramp(opening, -0.075, 0.0)
    shadow *= ramp(region.y, 0.1, 0.0)
    shadow *= hair
    region.paint(table.hair_shadow * shadow, table.skin_shade)
    hair *= region.cover(-opening)
    hang = 0.3 * table.long_hair * np.square(region.x)
    hang += region.y
    hair *= ramp(hang, table.front_end + 0.035, table.front_end - 0.035)
    hair *= ramp(region.y, table.hair_start - 0.05, table.hair_start + 0.05)
    region.paint(hair, _strands(region, table, radius))


@layer(box=_LONG, only="long_hair")
def front_long(region, table):
    """Long hair around the opening that the face looks out of, and its shadow on the forehead."""
    _front(region, table)


@layer(box=_SHORT, only="short_hair")
def front_short(region, table):
    """The same for hair that ends above the ears or is a fringe around a bald head."""
    _front(region, table)


def _cheek_edge(region, table, x):
    """Return the signed distance to the edge of a beard on the cheeks, negative below it, where it grows.

    Args:
        region: The window.
        table: `Table` of its pictures.
        x: Distances from the middle of the face.
    """
    lip = table.mouth_y + table.lip_down + 0.7 * table.mouth_open + 0.012
    beside = ramp(x, 0.8 * table.mouth_width, table.mouth_width + 0.06)
    beside *= table.mouth_y - 0.03 - lip
    beside -= 0.95 * np.clip(x - 0.2, 0, 1)
    beside += lip
    beside -= region.y
    return beside


@layer(box=(-0.47, 0.05, 0.47, 0.62), only="stubble")
def stubble(region, table):
    """A bluish shadow where a beard would be."""
    x = np.abs(region.turned_x)
    alpha = ramp(_cheek_edge(region, table, x), 0.04, -0.06)
    lip = region.glow(x, region.y - table.mouth_y + 0.055, 1.25 * table.mouth_width, 0.075)
    alpha = np.maximum(alpha, np.clip(1.6 * lip, 0, 1))
    grain = np.sin(83 * region.x + table.phase)
    grain *= np.sin(79 * region.y)
    alpha *= 0.73 + 0.12 * grain
    alpha *= region.cover((head_radius(region.x, region.y, table) - 1) * table.head_width)
    region.paint(alpha, table.stubble_colour)


@layer(box=(-0.5, 0.0, 0.5, 0.74), only="full_beard")
def full_beard(region, table):
    """A beard along the jaw."""
    x = np.abs(region.turned_x)
    radius = head_radius(region.x, region.y, table, extra=0.012, longer=table.beard_length)
    radius -= 1
    radius *= table.head_width
    radius += 0.006 * np.sin(30 * x + 20 * region.y)
    alpha = region.cover(radius)
    alpha *= ramp(_cheek_edge(region, table, x), 0.012, -0.025)
    shade = np.sin(70 * region.x / (0.8 + region.y))
    shade *= np.sin(25 * region.y + table.phase)
    shade *= 0.22
    shade += ramp(region.y, table.mouth_y - 0.05, table.chin + table.beard_length)
    region.paint(0.97 * alpha, mix(table.beard, 0.72 * table.beard, shade))


@layer(box=(-0.2, 0.3, 0.2, 0.68), only="goatee")
def goatee(region, table):
    """A beard on the chin."""
    top = table.mouth_y + table.lip_down + 0.7 * table.mouth_open + 0.018
    middle = 0.5 * (top + table.chin + 0.045)
    x, y = region.x - CHIN_TURN * table.yaw, region.y - middle
    across = np.square(x * (1 / (0.1 - 0.12 * y)))
    down = np.square(y * (1 / (middle - top)))
    shape = np.sqrt(across + down - 0.6 * np.clip(across, 0, 1) * np.clip(down, 0, 1)) - 1
    alpha = region.cover(0.09 * shape + 0.005 * np.sin(90 * x + table.phase))
    shade = ramp(region.y, top, table.chin) + 0.25 * np.sin(95 * x - 30 * y)
    region.paint(0.95 * alpha, mix(table.beard, 0.75 * table.beard, shade))


@layer(box=(-0.23, 0.14, 0.23, 0.46), only="mustache")
def mustache(region, table):
    """Two wings under the nose."""
    x = np.abs(region.turned_x)
    x *= 1 / (table.mouth_width + 0.035)
    across = np.square(x)
    middle = 0.45 * table.nose_y + 0.55 * (table.mouth_y - table.lip_up) + 0.012
    y = region.y - middle - 0.024 * np.maximum(table.smile, 0)
    y -= (0.05 - 0.06 * np.maximum(table.smile, 0)) * across
    thick = np.sqrt(np.clip(1 - across, 0, 1))
    thick *= 0.04 - 0.014 * np.clip(1 - 6 * x, 0, 1)
    alpha = region.cover(np.abs(y) - thick)
    alpha *= ramp(across, 1.0, 0.95)
    region.paint(0.97 * alpha, mix(table.beard, 0.75 * table.beard, ramp(y, -0.03, 0.04)))


@layer(box=(-0.48, -0.17, 0.48, 0.2), only="sideburns")
def sideburns(region, table):
    """Strips of hair in front of the ears."""
    alpha = region.cover((head_radius(region.x, region.y, table) - 1) * table.head_width)
    alpha *= region.cover(table.head_width - 0.075 + 0.12 * np.clip(region.y, 0, 1) - np.abs(region.x))
    alpha *= region.cover(region.y - 0.17)
    alpha *= ramp(region.y, -0.16, -0.08)
    region.paint(0.95 * alpha, table.beard)
