"""Eyes, brows, nose and mouth."""

import numpy as np

from keras_facegan.data.drawing.canvas import mix, ramp
from keras_facegan.data.drawing.skin import turned

_WHITE = np.array([[0.985, 0.975, 0.965]], np.float32)
_TEETH = np.array([[0.98, 0.965, 0.94]], np.float32)
_INK = np.array([[0.13, 0.08, 0.08]], np.float32)
_MOUTH = np.array([[0.36, 0.09, 0.1]], np.float32)


def eyes(canvas):
    """Both eyes at once: folded over the middle of the face, x runs from the nose outwards."""
    region = canvas.region((-0.34, -0.17, 0.34, 0.19))
    table = region.table
    turned_x = turned(region)
    side = np.where(turned_x < 0, np.float32(-1), np.float32(1))
    x = np.abs(turned_x) - table.eye_x
    y = region.y - table.eye_y + table.eye_tilt * x
    across = np.square(x / table.eye_width)
    arch = 1 - across
    upper = -table.eye_up * arch  # heights of the two lids
    lower = table.eye_down * arch
    near = np.maximum(1 - 0.55 * across, 0)

    shadow = region.glow(x, y + 0.045, 1.35 * table.eye_width, 0.1)
    region.paint(shadow * np.maximum(0.85 * table.makeup, 0.22), mix(table.skin_shade, table.eyeshadow, table.makeup))
    opening = region.cover((upper - y) * 0.8) * region.cover((y - lower) * 0.8)
    region.paint(opening, _WHITE)
    iris_x = x - side * table.gaze
    iris_y = y + 0.15 * table.eye_up
    distance = np.sqrt(np.square(iris_x) + np.square(iris_y))
    region.paint(
        opening * region.cover(distance - table.iris),
        mix(table.iris_colour, 0.5 * table.iris_colour, ramp(iris_y, 0.03, -0.05)),
    )
    region.paint(opening * region.cover(distance - 0.46 * table.iris), _INK)
    region.paint(opening * ramp(y - upper, 0.3 * table.eye_up, 0 * table.eye_up) * 0.35, table.skin_line)

    # The upper lid is the darkest line of the face; made-up lashes end in a wing.
    lash = table.lash * (0.75 + 0.5 * np.clip(x / table.eye_width, -1, 1))
    lid = region.line(y - upper, lash) * (across < 1.12 + 0.25 * table.makeup)
    region.paint(lid, mix(_INK, 0.5 * table.brow, np.float32(0.35) * (1 - table.makeup)))
    region.paint(0.45 * region.line(y - lower, np.float32(0.005)) * (across < 1), table.skin_line)
    crease = region.line(y - 1.15 * upper + 0.026 - 0.012 * table.sag, np.float32(0.006)) * near * (across < 1.05)
    region.paint(0.6 * crease, table.skin_line)
    # One highlight on the same side of both pupils.
    spark_x = iris_x * side - 0.36 * table.iris * np.sign(table.light_x)
    region.paint(
        0.95
        * opening
        * region.cover(np.sqrt(np.square(spark_x) + np.square(iris_y + 0.36 * table.iris)) - 0.27 * table.iris),
        _WHITE,
    )
    region.close()


def brows(canvas):
    """Tapered arcs; arched ones peak in their outer third."""
    region = canvas.region((-0.36, -0.32, 0.36, 0.04))
    table = region.table
    x = (np.abs(turned(region)) - table.eye_x - 0.005) / table.brow_width
    y = region.y - table.brow_y
    peak = x - 0.3
    curve = table.brow_arch * (np.square(peak) - 0.6) + 0.012 * x * table.wear
    thick = table.brow_thick * np.clip(1.05 - 0.42 * (x + 0.3), 0.2, 1.2)
    alpha = region.cover(np.abs(y - curve) - thick)
    alpha *= region.cover((np.abs(x) - 1) * table.brow_width)
    region.paint((0.92 - 0.35 * table.child) * alpha, table.brow)
    region.close()


def nose(canvas):
    """The side of the bridge away from the light, the tip, the wings and the nostrils."""
    region = canvas.region((-0.2, -0.16, 0.2, 0.36))
    table = region.table
    width, bottom = table.nose_width, table.nose_y
    turned_x = turned(region)
    x, y = np.abs(turned_x), region.y - bottom
    away = -np.sign(table.light_x)

    length = bottom - table.eye_y
    bridge = region.glow(turned_x - away * (0.3 * width + 0.02), y + 0.5 * length, 0.5 * width + 0.008, 0.62 * length)
    region.paint(0.65 * bridge, table.skin_shade)
    region.paint(0.5 * region.glow(turned_x + away * 0.008, y + 0.5 * length, 0.024, 0.55 * length), table.skin_light)
    region.paint(0.55 * region.glow(x, y - 0.03, 1.25 * width, 0.045), table.skin_shade)
    # A round tip ends in an arc, a pointed one in a wedge.
    tip = np.where(table.pointy > 0, 0.9 * x - 0.012, -0.34 * np.square(x / width) * width)
    body = np.sqrt(np.square(x / width) + np.square((y + 0.035) / 0.052)) - 1
    region.paint(0.45 * region.cover(body * 0.05), table.skin)
    wing = region.line(body * 0.052, np.float32(0.008)) * ramp(x, 0.55 * width, 0.9 * width)
    region.paint(0.75 * wing, table.skin_line)
    under = region.line(y + tip * 0.6 - 0.012, np.float32(0.007)) * region.cover(x - 0.62 * width)
    region.paint((0.55 + 0.35 * table.pointy) * under, table.skin_line)
    region.paint(0.85 * region.ellipse(x - 0.52 * width, y - 0.002, 0.24 * width, 0.013), table.skin_line * 0.75)
    region.paint(0.7 * region.glow(turned_x + away * 0.01, y + 0.05, 0.55 * width, 0.035), table.skin_light)
    region.close()


def mouth(canvas):
    """Lips around a line that smiles or not; an open mouth shows teeth."""
    region = canvas.region((-0.26, 0.12, 0.26, 0.56))
    table = region.table
    x = turned(region) / table.mouth_width
    across = np.square(x)
    arch = 1 - across
    inside = np.maximum(arch, 0)
    line = table.mouth_y - 0.075 * table.smile * (across - 0.4)
    y = region.y - line
    gap = table.mouth_open * inside
    upper, lower = -0.3 * gap, 0.7 * gap
    bow = np.maximum(1 - np.square(3.2 * x), 0)
    top = upper - table.lip_up * (arch - 0.3 * bow)
    bottom = lower + table.lip_down * arch

    region.paint(
        0.5 * region.glow(x, (region.y - line - table.lip_down - 0.7 * table.mouth_open - 0.025), 0.75, 0.03),
        table.skin_shade,
    )
    lips = region.cover(top - y) * region.cover(y - bottom)
    shade = ramp(y, lower + 0.004, upper - 0.012)
    region.paint(lips, mix(table.lips, 0.84 * table.lips, shade))
    gloss = region.glow(
        x + 0.2 * np.sign(table.light_x), y - lower - 0.45 * table.lip_down, 0.45, 0.4 * table.lip_down + 0.002
    )
    region.paint(lips * gloss * (0.25 + 0.25 * table.lipstick), _WHITE)

    wide = region.cover(np.abs(x) * table.mouth_width - 1.02 * table.mouth_width)
    region.paint(0.9 * wide * region.line(y, np.float32(0.0075)) * (table.mouth_open == 0), table.lips_dark)
    interior = region.cover(upper - y) * region.cover(y - lower) * (table.mouth_open > 0) * wide
    region.paint(interior, _MOUTH)
    teeth = interior * region.cover(y - upper - (0.45 + 0.25 * np.maximum(table.smile, 0)) * gap)
    region.paint(0.96 * teeth, _TEETH)
    # Corners turn into the cheek.
    dimple = region.glow((np.abs(x) - 1.04) * table.mouth_width, y, 0.022, 0.02)
    region.paint(0.7 * dimple, table.skin_line)
    region.close()
