"""Hair behind and in front of the head, and the hair of the face."""

import numpy as np

from keras_facegan.data.drawing.canvas import mix, ramp
from keras_facegan.data.drawing.skin import head_radius, turned


def _outline(region, table):
    """Return (signed distance to the outer edge of the hair, its radius above the ears), each (n, pixels)."""
    x, y = np.abs(region.x), region.y
    # Waves and curls ripple the edge; a product of two sines has no direction.
    ripple = np.sin(table.wave_turns * region.x + table.phase) * np.sin(table.wave_turns * y + 2 * table.phase)
    ripple *= table.wave
    up = np.minimum(y, 0) / table.hair_top
    across = x / (table.hair_width * (1 + table.hair_flare * np.maximum(y, 0)))
    radius = np.sqrt(np.square(across) + np.square(up))
    distance = (radius - 1) * table.hair_width
    distance += ripple
    return distance, radius


def _strands(region, table, radius):
    """Return the planes of the hair's colour: strands that fan out from the crown, and a gloss around it."""
    y = region.y
    # Lines of equal `flow` are strands: they leave the parting and hang down at the sides.
    flow = (region.x - table.open_x) / np.minimum(y + table.hair_top + 0.22, 0.85)
    bend = table.wavy * 0.22 * np.sin(11 * y + table.phase) + table.curly * 0.3 * np.sin(27 * y + 9 * region.x)
    light = np.sin(17 * flow + 6 * bend + table.phase)
    light += 0.6 * np.sin(41 * flow + 9 * bend)
    light *= 0.26 * table.streaks
    gloss = np.maximum(1 - np.square((radius - 0.86) / 0.13), 0) * ramp(y, np.float32(0.0), np.float32(-0.3))
    gloss *= 0.3 + 0.7 * ramp(region.x * np.sign(table.light_x), np.float32(-0.3), np.float32(0.4))
    light += 0.75 * gloss
    light -= 0.1 + 0.5 * ramp(y, np.float32(-0.1), np.float32(0.7))
    lighter = mix(table.hair, table.hair_light, np.maximum(light, 0))
    change = np.minimum(light, 0)
    return [
        plane + change * (table.hair[:, i : i + 1] - table.hair_dark[:, i : i + 1]) for i, plane in enumerate(lighter)
    ]


def back(canvas):
    """What falls behind the neck, and a bun on top."""
    rows = canvas.table.where("bun")
    if len(rows):
        region = canvas.region((-0.22, -0.9, 0.22, -0.4), rows)
        y = region.y + region.table.hair_top + 0.06
        bun = region.ellipse(region.x, y, np.float32(0.17), np.float32(0.14))
        region.paint(bun, mix(region.table.hair, region.table.hair_dark, ramp(y, np.float32(-0.12), np.float32(0.12))))
        region.close()
    rows = canvas.table.where("long_hair")
    if not len(rows):
        return
    region = canvas.region(None, rows)
    table = region.table
    distance, _ = _outline(region, table)
    ends = region.y - table.hair_length + 0.35 * np.square(region.x)
    alpha = region.cover(np.maximum(distance, ends))
    region.paint(alpha, mix(table.hair_dark, 0.78 * table.hair_dark, ramp(region.y, np.float32(-0.2), np.float32(0.6))))
    region.close()


def front(canvas):
    """The cap of hair around the opening that the face looks out of, and its shadow on the forehead."""
    region = canvas.region()
    table = region.table
    distance, radius = _outline(region, table)
    x = turned(region) - table.open_x * np.minimum(1.0, np.maximum(0.3 - region.y, 0) * 2.2)
    up = np.minimum(region.y - table.fringe_tilt * region.x, 0) / table.open_top
    up = np.square(up)
    across = np.square(x / table.open_width)
    opening = up + across - table.open_square * np.minimum(up, 1) * np.minimum(across, 1)
    opening = np.sqrt(np.maximum(opening, 0, out=opening), out=opening) - 1
    opening *= np.minimum(table.open_width, table.open_top)
    # Locks of a fringe and of curls.
    opening += (0.008 + 0.5 * table.wave) * np.sin((20 + table.wave_turns) * x + table.phase) * (up > 0.15)

    shadow = ramp(opening, np.float32(-0.075), np.float32(0.0)) * (region.y < 0.1) * region.cover(distance)
    region.paint(0.5 * shadow * (table.hair_start < 0), table.skin_shade)
    alpha = region.cover(distance) * region.cover(-opening)
    soft_end = 0.035 + 0 * table.front_end
    alpha *= 1 - ramp(
        region.y + 0.3 * np.square(region.x) * table.long_hair, table.front_end - soft_end, table.front_end + soft_end
    )
    alpha *= ramp(region.y, table.hair_start - 0.05, table.hair_start + 0.05)
    region.paint(alpha, _strands(region, table, radius))
    region.close()


def _beard_edge(region, table, x):
    """Return the signed distance to the region below the edge of a beard on the cheeks, negative where it grows."""
    y = region.y
    lip = table.mouth_y + table.lip_down + 0.7 * table.mouth_open + 0.012
    beside = ramp(x, 0.8 * table.mouth_width, table.mouth_width + 0.06)
    edge = lip - beside * (lip - table.mouth_y + 0.03) - 0.95 * np.maximum(x - 0.2, 0)
    return edge - y


def stubble(canvas):
    """A bluish shadow where a beard would be."""
    rows = canvas.table.where("stubble")
    if not len(rows):
        return
    region = canvas.region((-0.48, 0.0, 0.48, 0.68), rows)
    table = region.table
    x = np.abs(turned(region))
    inside = region.cover((head_radius(region.x, region.y, table) - 1) * table.head_width)
    cheek = 1 - ramp(_beard_edge(region, table, x), np.float32(-0.06), np.float32(0.04))
    lip = region.glow(x, region.y - table.mouth_y + 0.055, table.mouth_width * 1.25, 0.075)
    grain = 0.86 + 0.14 * np.sin(83 * region.x + table.phase) * np.sin(79 * region.y)
    region.paint(0.85 * inside * grain * np.maximum(cheek, np.minimum(1.6 * lip, 1)), table.stubble_colour)
    region.close()


def beard(canvas):
    """A full beard along the jaw, or a goatee on the chin."""
    rows = canvas.table.where("full_beard")
    if len(rows):
        region = canvas.region((-0.52, -0.1, 0.52, 0.8), rows)
        table = region.table
        x = np.abs(turned(region))
        radius = head_radius(region.x, region.y, table, extra=0.012, longer=table.beard_length)
        alpha = region.cover((radius - 1) * table.head_width + 0.006 * np.sin(30 * x + 20 * region.y))
        alpha *= 1 - ramp(_beard_edge(region, table, x), np.float32(-0.025), np.float32(0.012))
        shade = ramp(region.y, table.mouth_y - 0.05, table.chin + table.beard_length)
        shade += 0.22 * np.sin(70 * region.x / (0.8 + region.y)) * np.sin(25 * region.y + table.phase)
        region.paint(0.97 * alpha, mix(table.beard, 0.72 * table.beard, shade))
        region.close()
    rows = canvas.table.where("goatee")
    if len(rows):
        region = canvas.region((-0.2, 0.25, 0.2, 0.75), rows)
        table = region.table
        x = turned(region)
        top = table.mouth_y + table.lip_down + 0.7 * table.mouth_open + 0.018
        middle = 0.5 * (top + table.chin + 0.045)
        alpha = region.ellipse(x, region.y - middle, np.float32(0.115), middle - top)
        region.paint(0.96 * alpha, mix(table.beard, 0.75 * table.beard, ramp(region.y, top, table.chin)))
        region.close()


def mustache(canvas):
    """Two wings under the nose."""
    rows = canvas.table.where("mustache")
    if not len(rows):
        return
    region = canvas.region((-0.26, 0.08, 0.26, 0.5), rows)
    table = region.table
    x = np.abs(turned(region)) / (table.mouth_width + 0.035)
    middle = 0.45 * table.nose_y + 0.55 * (table.mouth_y - table.lip_up) + 0.012
    bend = middle + 0.05 * np.square(x) - 0.075 * np.maximum(table.smile, 0) * (np.square(x) - 0.4) * 0.8
    thick = 0.04 * np.sqrt(np.maximum(1 - np.square(x), 0)) * (1 - 0.35 * np.maximum(1 - 6 * x, 0))
    alpha = region.cover(np.abs(region.y - bend) - thick) * (x < 1)
    region.paint(0.97 * alpha, mix(table.beard, 0.75 * table.beard, ramp(region.y, bend - 0.03, bend + 0.04)))
    region.close()


def sideburns(canvas):
    """Strips of hair in front of the ears."""
    rows = canvas.table.where("sideburns")
    if not len(rows):
        return
    region = canvas.region((-0.5, -0.2, 0.5, 0.3), rows)
    table = region.table
    inside = region.cover((head_radius(region.x, region.y, table) - 1) * table.head_width)
    inner = table.head_width - 0.075 + 0.12 * np.maximum(region.y, 0)
    alpha = inside * region.cover(inner - np.abs(region.x)) * region.cover(region.y - 0.17)
    region.paint(0.95 * alpha * ramp(region.y, np.float32(-0.16), np.float32(-0.08)), table.beard)
    region.close()
