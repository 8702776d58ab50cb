"""Background, neck, ears, head, cheeks, and what the years write on the skin."""

import numpy as np

from keras_facegan.data.drawing.canvas import mix, ramp

FACE = (-0.5, -0.6, 0.5, 0.66)


def head_radius(x, y, table, extra=0.0, longer=0.0):
    """Return the radius of the head's outline at each point: below 1 inside, float32 (n, pixels).

    Args:
        x, y: Coordinates in head units.
        extra: Head units added to the width.
        longer: Head units added to the chin.
    """
    down = np.maximum(y, 0) / (table.chin + longer)
    up = np.minimum(y, 0) / table.head_top
    low = np.square(down)
    # The jaw narrows towards the chin; old flesh hangs at three quarters of the way.
    width = (table.head_width + extra) * (1 - table.taper * low) + table.jowl * low * np.maximum(1.45 - low, 0)
    across = np.square(x / width)
    radius = across + low
    radius += np.square(up)
    radius -= table.jaw * np.minimum(across, 1) * np.minimum(low, 1)
    return np.sqrt(np.maximum(radius, 0, out=radius), out=radius)


def turned(region):
    """Return x as the features see it: a small turn of the head shifts the middle of the face, not its outline."""
    table = region.table
    return region.x - table.yaw * np.maximum(1 - np.square(region.x / (1.2 * table.head_width)), 0)


def background(canvas):
    """A gradient with a soft light behind the head."""
    region = canvas.region(upright=True)
    table = region.table
    share = region.x * table.background_x
    share += region.y * table.background_y
    share += 0.5
    share -= 0.3 * region.glow(region.x, region.y + 0.1, 1.1, 1.1)
    for plane, layer in zip(region.planes, mix(table.background, table.background_far, share), strict=True):
        plane[:] = layer
    region.close()


def neck(canvas):
    """The neck and the skin above the neckline, in the shadow of the chin."""
    region = canvas.region((-0.6, 0.2, 0.6, 1.2), upright=True)
    table = region.table
    widen = np.maximum(region.y - table.shoulder_y + 0.12, 0)
    distance = np.abs(region.x) - table.neck_width - 2.2 * np.square(widen)
    shade = 1 - ramp(region.y + 0.9 * np.square(region.x), table.chin + 0.02, table.chin + 0.2)
    shade *= 0.75
    shade += 0.2
    # The two cords and folds of an old neck.
    shade += 0.5 * table.sag * region.glow(np.abs(region.x) - 0.05, region.y - table.chin - 0.12, 0.03, 0.14)
    region.paint(region.cover(distance), mix(table.skin, table.skin_shade, shade))
    region.close()


def ears(canvas):
    """Two ears, the nearer one turned towards us."""
    region = canvas.region((-0.58, -0.2, 0.58, 0.3))
    table = region.table
    x = np.abs(region.x) - table.head_width + 0.005 - 0.35 * table.yaw * np.sign(region.x)
    y = region.y - table.eye_y - 0.05
    region.paint(region.ellipse(x - 0.15 * y, y, table.ear_width, table.ear_height), table.skin)
    inner = region.ellipse(x - 0.01, y, 0.55 * table.ear_width, 0.62 * table.ear_height)
    region.paint(0.6 * inner, table.skin_shade)
    region.close()


def double_chin(canvas):
    """A roll of flesh under the chin, and the fold below it."""
    rows = canvas.table.where("double_chin")
    if not len(rows):
        return
    region = canvas.region((-0.45, 0.25, 0.45, 0.8), rows)
    table = region.table
    y = region.y - table.chin + 0.06
    region.paint(region.ellipse(region.x, y - 0.015, 0.3, 0.185), table.skin_line)
    region.paint(region.ellipse(region.x, y, 0.295, 0.175), table.skin)
    region.close()


def head(canvas):
    """The head, rounded by a soft shadow on the side away from the light."""
    region = canvas.region((-0.56, -0.62, 0.56, 0.68))
    table = region.table
    radius = head_radius(region.x, region.y, table)
    alpha = region.cover((radius - 1) * table.head_width)
    lit = region.x * table.light_x
    lit += region.y * table.light_y
    lit *= table.light
    edge = np.square(radius)
    edge *= edge
    shade = 0.12 + 0.42 * edge - 0.95 * lit
    region.paint(alpha, mix(table.skin, table.skin_shade, np.clip(shade, -0.35, 1.1, out=shade)))
    # The chin casts the light back: a fold shows where a second chin begins.
    region.close()


def cheeks(canvas):
    """Flush, cheekbones, freckles and the spots of age."""
    region = canvas.region((-0.42, -0.1, 0.42, 0.42))
    table = region.table
    x = np.abs(turned(region))
    y = region.y - table.eye_y
    blush = region.glow(x - 0.235, y - 0.17, 0.15, 0.12)
    region.paint(blush * np.maximum(table.flush, 0.95 * table.rosy), table.flush_colour)
    bone = region.glow(x - 0.25, y - 0.105 - 0.1 * (0.25 - x), 0.13, 0.055)
    region.paint(0.75 * table.cheekbones * bone, table.skin_light)
    hollow = region.glow(x - 0.28, y - 0.245 + 0.55 * (x - 0.28), 0.12, 0.075)
    region.paint(
        0.75 * np.maximum(table.cheekbones, 0.5 * np.minimum(table.sag, 1) * (table.jowl < 0.06)) * hollow,
        table.skin_shade,
    )
    rows = table.where("freckles")
    if len(rows):
        some = table[rows]
        pattern = np.sin(61 * region.x[rows] + some.phase) * np.sin(67 * region.y[rows] + 2 * some.phase)
        spots = ramp(pattern, np.float32(0.55), np.float32(0.9))
        spots *= region.glow(x[rows] - 0.18, y[rows] - 0.15, 0.22, 0.16)
        alpha = np.zeros_like(x)
        alpha[rows] = 0.75 * some.freckles * spots
        region.paint(alpha, table.skin_line)
    region.close()


def wrinkles(canvas):
    """Lines of the forehead, crow's feet, folds from nose to mouth and from mouth to chin; bags under the eyes."""
    rows = np.flatnonzero((canvas.table.wear[:, 0] > 0.02) | (canvas.table.bags[:, 0] > 0))
    if not len(rows):
        return
    region = canvas.region(FACE, rows)
    table = region.table
    turned_x = turned(region)
    x, y = np.abs(turned_x), region.y
    wear = np.minimum(table.wear, 1)

    # Forehead: three waves above the brows, in turn with the years; two short lines between the brows.
    alpha = np.zeros_like(x)
    fade = np.maximum(1 - np.square(x / 0.27), 0)
    wave = y - table.brow_y - 0.05 * np.square(x / 0.27) + 0.008 * np.sin(22 * turned_x + table.phase)
    for turn in range(3):
        line = region.line(wave + 0.085 + 0.06 * turn, 0.004 + 0.005 * wear)
        alpha += line * fade * np.clip(1.6 * wear - 0.25 * turn, 0, 1)
    frown = region.line(x - 0.028, 0.003 + 0.004 * wear)
    alpha += frown * region.glow(x, y - table.brow_y - 0.01, 0.06, 0.075) * wear

    # Crow's feet fan out from the outer corner of each eye.
    out = x - table.eye_x - 0.95 * table.eye_width
    height = y - table.eye_y
    window = ramp(out, np.float32(0.0), np.float32(0.02)) * np.maximum(1 - np.square((out - 0.05) / 0.06), 0)
    for slope in (-0.55, 0.0, 0.55):
        alpha += (
            region.line(height - slope * (out + 0.02), 0.003 + 0.004 * wear) * window * np.clip(1.7 * wear - 0.15, 0, 1)
        )

    # From the wing of the nose past the corner of the mouth, and on towards the chin.
    start, end = table.nose_y - 0.02, table.mouth_y + 0.02
    along = (y - start) / (end - start)
    fold_x = table.nose_width + 0.025 + (table.mouth_width + 0.02 - table.nose_width) * along * (1.25 - 0.25 * along)
    fade = np.maximum(1 - np.square(2 * along - 1), 0)
    smiling = 0.45 * np.maximum(table.smile, 0) * (1 - table.child)
    alpha += region.line(x - fold_x, 0.004 + 0.007 * wear) * np.sqrt(fade) * np.clip(1.35 * wear + smiling, 0, 1)
    along = (y - table.mouth_y - 0.03) / (0.75 * (table.chin - table.mouth_y))
    fade = np.maximum(1 - np.square(2 * along - 1), 0)
    alpha += (
        region.line(x - table.mouth_width - 0.015 - 0.03 * along, 0.003 + 0.006 * wear)
        * fade
        * np.clip(1.5 * wear - 0.4, 0, 1)
    )
    region.paint(np.clip(0.72 * alpha, 0, 0.8), table.skin_line)

    # Bags: a shadow with a lower rim.
    side = x - table.eye_x
    under = y - table.eye_y - table.eye_down - 0.012
    bag = np.maximum(table.bags, 0.35 * wear)
    region.paint(0.75 * bag * region.glow(side, under - 0.02, 1.05 * table.eye_width, 0.05), table.skin_shade)
    rim = 0.05 * np.maximum(1 - np.square(side / (1.1 * table.eye_width)), 0)
    alpha = region.line(under - rim, np.float32(0.007)) * (rim > 0.004)
    region.paint(0.8 * bag * alpha, table.skin_line)
    region.close()
