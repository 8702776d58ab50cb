"""Eyes, brows, nose and mouth."""

import numpy as np

from keras_facegan.data.drawing.canvas import layer, mix, ramp

_WHITE = np.array([[0.985, 0.975, 0.965]], np.float32)
_TEETH = np.array([[0.98, 0.965, 0.94]], np.float32)
_INK = np.array([[0.13, 0.08, 0.08]], np.float32)
_MOUTH = np.array([[0.36, 0.09, 0.1]], np.float32)


@layer(box=(-0.32, -0.15, 0.32, 0.16))
def eyes(region, table):
    """Both eyes at once: folded over the middle of the face, x runs from the nose outwards."""
    x = np.abs(region.turned_x)
    x -= table.eye_x
    y = region.y - table.eye_y
    y += table.eye_tilt * x
    across = np.square(x * (1 / table.eye_width))
    arch = 1 - across
    above = table.eye_up * arch
    above += y  # height below the upper lid
    below = y - table.eye_down * arch  # height below the lower lid

    shadow = region.glow(x, y + 0.045, 1.35 * table.eye_width, 0.1)
    region.paint(shadow * np.maximum(0.85 * table.makeup, 0.22), table.eyeshadow)
    opening = region.cover(-0.8 * above)
    opening *= region.cover(0.8 * below)
    region.paint(opening, _WHITE)

    # The gaze and the highlights go to the same side in both eyes, so they undo the fold.
    side = np.sign(region.turned_x)
    iris_x = side * table.gaze
    np.subtract(x, iris_x, out=iris_x)
    iris_y = y + 0.15 * table.eye_up
    distance = np.square(iris_y)
    distance += np.square(iris_x)
    np.sqrt(distance, out=distance)
    colour = mix(table.iris_colour, 0.5 * table.iris_colour, ramp(iris_y, 0.03, -0.05))
    region.paint(opening * region.cover(distance - table.iris), colour)
    region.paint(opening * region.cover(distance - 0.46 * table.iris), _INK)
    region.paint(0.35 * opening * ramp(above, 0.3 * table.eye_up, 0 * table.eye_up), table.skin_line)

    # The upper lid is the darkest line of the face; made-up lashes end in a wing.
    lash = np.clip(x * (1 / table.eye_width), -1, 1)
    lash *= 0.5 * table.lash
    lash += 0.75 * table.lash
    above_line = np.abs(above)
    above_line -= lash
    lid = region.cover(above_line)
    lid *= ramp(across, 1.25 + 0.3 * table.makeup, 1.05 + 0.3 * table.makeup)
    region.paint(lid, table.lash_colour)
    region.paint(0.45 * region.line(below, 0.005) * ramp(across, 1.0, 0.9), table.skin_line)
    crease = above + 0.15 * table.eye_up * arch
    crease += 0.026 - 0.012 * table.sag
    crease = region.line(crease, 0.006)
    crease *= ramp(across, 1.0, 0.3)
    region.paint(0.6 * crease, table.skin_line)
    iris_x *= side
    iris_x -= table.spark_x
    iris_y += 0.36 * table.iris
    region.paint(0.95 * opening * region.ellipse(iris_x, iris_y, 0.28 * table.iris, 0.28 * table.iris), _WHITE)


@layer(box=(-0.33, -0.26, 0.33, -0.02))
def brows(region, table):
    """Tapered arcs; arched ones peak in their outer third."""
    x = np.abs(region.turned_x)
    x -= table.eye_x + 0.005
    x *= 1 / table.brow_width
    curve = np.square(x - 0.2)
    curve -= 0.7
    curve *= table.brow_arch
    np.subtract(region.y - table.brow_y, curve, out=curve)
    thick = 0.924 - 0.42 * x
    thick *= table.brow_thick
    distance = np.abs(curve, out=curve)
    distance -= thick
    alpha = region.cover(distance)
    alpha *= region.cover((np.abs(x) - 1) * table.brow_width)
    region.paint((0.92 - 0.35 * table.child) * alpha, table.brow)


@layer(box=(-0.17, -0.02, 0.17, 0.31))
def nose(region, table):
    """The side of the bridge away from the light, the tip, the wings and the nostrils."""
    width, length = table.nose_width, table.nose_y - table.eye_y
    turned_x, y = region.turned_x, region.y - table.nose_y
    x = np.abs(turned_x)
    away = -np.sign(table.light_x)

    middle = y + 0.5 * length
    bridge = region.glow(turned_x - away * (0.3 * width + 0.02), middle, 0.5 * width + 0.008, 0.62 * length)
    region.paint(0.65 * bridge, table.skin_shade)
    region.paint(0.5 * region.glow(turned_x + 0.008 * away, middle, 0.024, 0.55 * length), table.skin_light)
    region.paint(0.55 * region.glow(x, y - 0.03, 1.25 * width, 0.045), table.skin_shade)
    body = np.square(x * (1 / width))
    body += np.square((y + 0.035) * (1 / 0.052))
    np.sqrt(body, out=body)
    body -= 1
    body *= 0.052
    region.paint(0.45 * region.cover(body), table.skin)
    wing = region.line(body, 0.008)
    wing *= ramp(x, 0.55 * width, 0.9 * width)
    region.paint(0.75 * wing, table.skin_line)
    # A round tip ends in an arc, a pointed one in a wedge.
    tip = table.pointy * 0.54 * x
    tip -= (1 - table.pointy) * (0.2 / width) * np.square(x)
    tip += y
    tip -= 0.012 + 0.007 * table.pointy
    under = region.line(tip, 0.007) * region.cover(x - 0.62 * width)
    region.paint((0.55 + 0.35 * table.pointy) * under, table.skin_line)
    region.paint(0.85 * region.ellipse(x - 0.52 * width, y - 0.002, 0.24 * width, 0.013), 0.75 * table.skin_line)
    region.paint(0.7 * region.glow(turned_x + 0.01 * away, y + 0.05, 0.55 * width, 0.035), table.skin_light)


@layer(box=(-0.21, 0.18, 0.21, 0.54))
def mouth(region, table):
    """Lips around a line that smiles or not; an open mouth shows teeth."""
    x = region.turned_x * (1 / table.mouth_width)
    across = np.square(x)
    arch = 1 - across
    y = 0.4 - across
    y *= -0.075 * table.smile
    y += region.y - table.mouth_y
    gap = np.clip(arch, 0, 1)
    gap *= table.mouth_open
    over = y + 0.3 * gap  # height below the edge of the upper lip
    under = y - 0.7 * gap  # height below the edge of the lower lip
    bow = np.clip(1 - np.square(3.2 * x), 0, 1)
    bow *= -0.3
    bow += arch
    bow *= table.lip_up

    shadow = region.glow(x, y - (table.lip_down + 0.7 * table.mouth_open + 0.025), 0.75, 0.03)
    region.paint(0.5 * shadow, table.skin_shade)
    lips = region.cover(-over - bow)
    lips *= region.cover(under - table.lip_down * arch)
    region.paint(lips, mix(table.lips, 0.84 * table.lips, ramp(under, 0.004, -0.012)))
    gloss = region.glow(x + 0.2 * np.sign(table.light_x), under - 0.45 * table.lip_down, 0.45, 0.4 * table.lip_down)
    region.paint(lips * gloss * (0.25 + 0.25 * table.lipstick), _WHITE)

    side = np.abs(x)
    wide = region.cover((side - 1.02) * table.mouth_width)
    closed = 0.9 * (table.mouth_open == 0)
    region.paint(region.line(y, 0.0075) * wide * closed, table.lips_dark)
    wide *= region.cover(-over)
    wide *= region.cover(under)
    wide *= table.mouth_open > 0
    region.paint(wide, _MOUTH)
    wide *= region.cover(over - (0.45 + 0.25 * np.maximum(table.smile, 0)) * gap)
    region.paint(0.96 * wide, _TEETH)
    # The corners turn into the cheek.
    region.paint(0.7 * region.glow((side - 1.04) * table.mouth_width, y, 0.022, 0.02), table.skin_line)
