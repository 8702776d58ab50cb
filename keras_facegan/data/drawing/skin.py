"""Background, neck, ears, head, cheeks, and what the years write on the skin."""

import numpy as np

from keras_facegan.data.drawing.canvas import layer, mix, ramp

CHIN_TURN = 0.5  # share of the yaw by which the chin moves sideways


def head_radius(x, y, table, extra=0.0, longer=0.0):
    """Return the radius of the head's outline at each point: below 1 inside, float32 (n, pixels).

    Args:
        x, y: Coordinates in head units.
        table: `Table` of the pictures.
        extra: Head units added to the width.
        longer: Head units added to the chin.
    """
    low = np.clip(y, 0, 2)
    low *= 1 / (table.chin + longer)
    np.square(low, out=low)
    # The jaw narrows towards the chin; old flesh hangs at three quarters of the way.
    width = 1.45 - low
    np.clip(width, 0, 2, out=width)
    width *= table.jowl
    width -= table.taper * (table.head_width + extra)
    width *= low
    width += table.head_width + extra
    across = x - (CHIN_TURN * table.yaw) * low
    across /= width
    np.square(across, out=across)
    corner = np.clip(across, 0, 1)
    corner *= np.clip(low, 0, 1)
    corner *= table.jaw
    low += across
    low -= corner
    up = np.clip(y, -2, 0)
    up *= 1 / table.head_top
    low += np.square(up, out=up)
    return np.sqrt(low, out=low)


@layer(upright=True)
def background(region, table):
    """A gradient with a soft light behind the head."""
    share = region.x * table.background_x
    share += region.y * table.background_y
    share += 0.5
    share -= 0.3 * region.glow(region.x, region.y + 0.1, 1.1, 1.1)
    for plane, near, far in zip(region.planes, table.background.T, table.background_far.T, strict=True):
        np.multiply(share, (far - near)[:, None], out=plane)
        plane += near[:, None]


@layer(box=(-0.5, 0.2, 0.5, 1.2), upright=True)
def neck(region, table):
    """The neck and the skin above the neckline, in the shadow of the chin."""
    x = np.abs(region.x)
    widen = np.clip(region.y - (table.shoulder_y - 0.12), 0, 2)
    distance = x - table.neck_width - 2.2 * np.square(widen)
    fall = 0.9 * np.square(region.x)
    fall += region.y
    shade = 0.95 - 0.75 * ramp(fall, table.chin + 0.02, table.chin + 0.2)
    # The two cords of an old neck.
    shade += 0.3 * table.sag * region.glow(x - 0.05, region.y - table.chin - 0.12, 0.03, 0.14)
    region.paint(region.cover(distance), mix(table.skin, table.skin_shade, shade))


@layer(box=(-0.55, -0.1, 0.55, 0.26))
def ears(region, table):
    """Two ears, the nearer one turned towards us."""
    x = np.abs(region.x + 0.35 * table.yaw) - table.head_width + 0.005
    y = region.y - table.eye_y - 0.05
    region.paint(region.ellipse(x - 0.15 * y, y, table.ear_width, table.ear_height), table.skin)
    inner = region.ellipse(x - 0.01, y, 0.55 * table.ear_width, 0.62 * table.ear_height)
    region.paint(0.6 * inner, table.skin_shade)


@layer(box=(-0.32, 0.25, 0.32, 0.77), only="double_chin")
def double_chin(region, table):
    """A roll of flesh under the chin, and the fold below it."""
    y = region.y - table.chin + 0.06
    x = region.x - CHIN_TURN * table.yaw
    region.paint(region.ellipse(x, y - 0.012, 0.68 * table.head_width, 0.168), table.skin_line)
    shade = ramp(region.y, table.chin + 0.11, table.chin - 0.01)
    region.paint(region.ellipse(x, y, 0.675 * table.head_width, 0.165), mix(table.skin, table.skin_shade, shade))


@layer(box=(-0.52, -0.57, 0.52, 0.62))
def head(region, table):
    """The head, rounded by a soft shadow on the side away from the light."""
    radius = head_radius(region.x, region.y, table)
    alpha = region.cover((radius - 1) * table.head_width)
    shade = np.square(radius, out=radius)
    shade *= 0.42 * shade
    shade -= region.x * (0.95 * table.light * table.light_x)
    shade -= region.y * (0.95 * table.light * table.light_y)
    shade += 0.12
    region.paint(alpha, mix(table.skin, table.skin_shade, np.clip(shade, -0.35, 1.1, out=shade)))


@layer(box=(-0.42, 0.0, 0.42, 0.42))
def cheeks(region, table):
    """Flush, cheekbones and hollow cheeks."""
    x = np.abs(region.turned_x)
    y = region.y - table.eye_y
    blush = region.glow(x - 0.235, y - 0.17, 0.16, 0.125)
    blush *= np.maximum(table.flush, table.rosy)
    region.paint(blush, table.flush_colour)


@layer(box=(-0.44, -0.02, 0.44, 0.48), only="hollow")
def cheekbones(region, table):
    """High cheekbones catch the light above a hollow; the cheeks of old people sink in as well."""
    x = np.abs(region.turned_x) - 0.25
    y = region.y - table.eye_y
    region.paint(0.75 * table.cheekbones * region.glow(x, y + 0.1 * x - 0.105, 0.13, 0.055), table.skin_light)
    x -= 0.03
    region.paint(table.hollow * region.glow(x, y + 0.55 * x - 0.245, 0.12, 0.075), table.skin_shade)


@layer(box=(-0.4, -0.02, 0.4, 0.4), only="freckles")
def freckles(region, table):
    """Freckles, or the spots of age."""
    spots = np.sin(61 * region.x + table.phase)
    spots *= np.sin(67 * region.y + 2 * table.phase)
    spots = ramp(spots, 0.55, 0.9)
    spots *= region.glow(np.abs(region.turned_x) - 0.18, region.y - table.eye_y - 0.15, 0.22, 0.16)
    region.paint(0.6 * table.freckles * spots, table.skin_line)


@layer(box=(-0.28, -0.46, 0.28, 0.04), only="lined")
def forehead_lines(region, table):
    """Three waves above the brows, in turn with the years, and two short lines between the brows."""
    x, y = region.turned_x, region.y - table.brow_y
    across = np.square(x / 0.27)
    fade = np.clip(1 - across, 0, 1)
    across *= -0.05
    across += y
    across += 0.008 * np.sin(22 * x + table.phase)
    width = 0.004 + 0.005 * table.lined
    alpha = np.zeros_like(x)
    for turn in range(3):
        line = region.line(across + (0.085 + 0.06 * turn), width)
        line *= np.clip(1.6 * table.lined - 0.25 * turn, 0, 1)
        alpha += line
    alpha *= fade
    x = np.abs(x)
    alpha += region.line(x - 0.028, 0.003 + 0.004 * table.lined) * region.glow(x, y - 0.01, 0.06, 0.075) * table.lined
    _wrinkle(region, table, alpha)


@layer(box=(-0.4, -0.08, 0.4, 0.16), only="lined")
def crows_feet(region, table):
    """Three lines that fan out from the outer corner of each eye."""
    out = np.abs(region.turned_x) - table.eye_x - 0.95 * table.eye_width
    height = region.y - table.eye_y
    alpha = region.line(height, 0.003 + 0.004 * table.lined)
    out += 0.02
    # The height folded over the middle line draws the upper and the lower line as one.
    alpha += region.line(np.abs(height) - 0.55 * out, 0.003 + 0.004 * table.lined)
    alpha *= ramp(out, 0.02, 0.04)
    alpha *= np.clip(1 - np.square((out - 0.07) / 0.06), 0, 1)
    alpha *= np.clip(1.7 * table.lined - 0.15, 0, 1)
    _wrinkle(region, table, alpha)


@layer(box=(-0.27, 0.08, 0.27, 0.56), only="folded")
def mouth_folds(region, table):
    """Folds from the wings of the nose past the corners of the mouth, and on towards the chin."""
    x, y = np.abs(region.turned_x), region.y
    start = table.nose_y - 0.02
    along = (y - start) * (1 / (table.mouth_y + 0.02 - start))
    fold = 1.25 - 0.25 * along
    fold *= along
    fold *= table.mouth_width + 0.02 - table.nose_width
    fold += table.nose_width + 0.025
    np.subtract(x, fold, out=fold)
    alpha = region.line(fold, 0.004 + 0.007 * table.lined)
    alpha *= np.sqrt(np.clip(1 - np.square(2 * along - 1), 0, 1))
    alpha *= table.folded
    along = (y - table.mouth_y - 0.03) * (1 / (0.75 * (table.chin - table.mouth_y)))
    chin = region.line(x - 0.03 * along - (table.mouth_width + 0.015), 0.003 + 0.006 * table.lined)
    chin *= np.clip(1 - np.square(2 * along - 1), 0, 1)
    chin *= np.clip(1.5 * table.lined - 0.4, 0, 1)
    alpha += chin
    _wrinkle(region, table, alpha)


@layer(box=(-0.31, 0.0, 0.31, 0.24), only="bags")
def bags(region, table):
    """Under each eye a shadow with a lower rim."""
    x = np.abs(region.turned_x) - table.eye_x
    y = region.y - (table.eye_y + table.eye_down + 0.012)
    region.paint(0.75 * table.bags * region.glow(x, y - 0.02, 1.05 * table.eye_width, 0.05), table.skin_shade)
    rim = np.clip(1 - np.square(x * (1 / (1.1 * table.eye_width))), 0, 1)
    alpha = region.line(y - 0.05 * rim, 0.007)
    alpha *= np.clip(6 * rim, 0, 1)
    region.paint(0.8 * table.bags * alpha, table.skin_line)


def _wrinkle(region, table, alpha):
    alpha *= 0.72
    region.paint(np.clip(alpha, 0, 0.8, out=alpha), table.skin_line)
