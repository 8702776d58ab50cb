"""Random changes of pictures, each drawn from (seed, step) alone, so that a resumed run sees the same ones.

The layers of KerasCV do the work where it is more than a flip. Their own random state is neither seeded by step nor
resumable, hence the numbers are drawn here and handed to `augment_images`.
"""

import functools
import math
import zlib

import tensorflow as tf

from keras_facegan.errors import UserError, did_you_mean

# Largest shift, as a share of the side.
SHIFT = 0.125
# Largest change of brightness and contrast, as a share of the range.
BRIGHTNESS = 0.1
CONTRAST = 0.2
# KerasCV's scale: 0 is grey, 0.5 leaves the colours alone.
SATURATION = (0.4, 0.6)
# Largest angle in radians.
ANGLE = 0.15
# Largest amplitude of the noise, as a share of the range.
NOISE = 0.1
# Largest angle in radians, change of size as a logarithm, and shift as a share of the side, of a warp.
TURN, ZOOM, MOVE = 0.26, 0.15, 0.06
# Smallest side of a crop, and sides of what is erased, as shares of the side.
CROP = 0.75
ERASED = (0.2, 0.5)
# Share of pictures that lose their colours, and how bright red, green and blue look (ITU-R BT.601).
COLOURLESS = 0.2
LUMA = (0.299, 0.587, 0.114)


def make_augmentation(names, batch_size, part, seed):
    """Return a function that augments the pictures of a step.

    Args:
        names: "flip" (left to right, half of the pictures), "translate" (up to an eighth of the side, the border
            mirrored), "rotate" (half of the pictures, up to 9 degrees, the border mirrored), "crop" (half of the
            pictures, a square of three quarters of the side or more, enlarged), "warp" (moved by up to 6 % of the side
            in whole pixels, half of the pictures also turned by up to 15 degrees and scaled by up to 15 %, the border
            mirrored), "colour" (brightness, contrast, saturation), "hue" (half of the pictures, any other hue; grey
            stays grey), "grey" (a fifth of the pictures lose their colours),
            "blur" (half of the pictures, up to a Gaussian of 1.4 pixels), "noise" (half of the pictures, up to a tenth
            of the range), "erase" (half of the pictures, a rectangle becomes grey: Zhong et al. 2017, arXiv
            1708.04896); a sequence, or joined with "+".
            Applied in the order given.
        batch_size: Pictures per step, over all shards.
        part: Numbers of the pictures within the batch, or None for all.
        seed: Non-negative int.

    Returns:
        A function (images float32 (B, H, W, C) in [-1, 1], step) -> the same shape and range.

    Raises:
        UserError: No such augmentation.
    """
    names = parse_augment(names)

    def augment(images, step):
        for name in names:
            # A stream of its own for each name: adding one augmentation leaves the others' draws alone.
            stream = tf.random.experimental.stateless_fold_in([seed, step], zlib.crc32(name.encode()))
            images = _AUGMENTATIONS[name](images, functools.partial(_draw, stream, batch_size, part))
        return images

    return augment


def parse_augment(names):
    """Return a tuple of known names from a sequence or a string joined with "+"; an unknown one raises."""
    names = tuple(name for name in names.split("+") if name) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in _AUGMENTATIONS:
            raise UserError(f"`{name}` is not an augmentation.{did_you_mean(name, _AUGMENTATIONS)}")
    return names


def _draw(stream, batch_size, part, number, low, high, shape=()):
    """Draw floats (B, *shape) in [low, high), the same whatever the shard; `number` tells draws apart."""
    seed = tf.random.experimental.stateless_fold_in(stream, number)
    whole = tf.random.stateless_uniform([batch_size, *shape], seed, low, high)
    return whole if part is None else tf.gather(whole, part)


def _flip(images, draw):
    # Gather the columns in the wanted order: several times faster than reversing all and choosing.
    columns = tf.range(images.shape[2])
    order = tf.where(draw(0, 0.0, 1.0)[:, None] < 0.5, columns[::-1], columns)
    return tf.gather(images, order, axis=2, batch_dims=1)


def _translate(images, draw):
    shifts = {
        "height_translations": draw(0, -SHIFT, SHIFT)[:, None],
        "width_translations": draw(1, -SHIFT, SHIFT)[:, None],
    }
    return _keras_cv().RandomTranslation(SHIFT, SHIFT).augment_images(images, transformations=shifts)


def _rotate(images, draw):
    # Interpolation blurs: half of the pictures stay sharp, or a network would take sharpness for something new.
    turn = draw(0, -2.0, 2.0)
    angles = {"angles": ANGLE * tf.sign(turn) * tf.maximum(tf.abs(turn) - 1.0, 0.0)}
    return _keras_cv().RandomRotation(ANGLE / math.tau).augment_images(images, transformations=angles)


def _blur(images, draw):
    # The binomial filter of eight passes over two neighbours is a Gaussian of variance 2.
    line = tf.constant([1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0]) / 256.0
    channels = images.shape[-1]
    padded = tf.pad(images, [[0, 0], [4, 4], [4, 4], [0, 0]], "REFLECT")
    for shape in ((9, 1, 1, 1), (1, 9, 1, 1)):
        kernel = tf.tile(tf.reshape(line, shape), [1, 1, channels, 1])
        padded = tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
    share = tf.maximum(draw(0, -1.0, 1.0), 0.0)[:, None, None, None]
    return images + share * (padded - images)


def _noise(images, draw):
    amplitude = 2.0 * NOISE * tf.maximum(draw(0, -1.0, 1.0), 0.0)[:, None, None, None]
    return tf.clip_by_value(images + amplitude * draw(1, -1.0, 1.0, images.shape[1:]), -1.0, 1.0)


def _crop(images, draw):
    # As with turns, half of the pictures stay sharp.
    side = 1.0 - (1.0 - CROP) * tf.maximum(draw(0, -1.0, 1.0), 0.0)[:, None]
    start = (1.0 - side) * draw(1, 0.0, 1.0, (2,))
    boxes = tf.concat([start, start + side], axis=1)
    return tf.image.crop_and_resize(images, boxes, tf.range(tf.shape(images)[0]), images.shape[1:3])


def _warp(images, draw):
    # One interpolation does all; half of the pictures, moved by whole pixels, stay sharp.
    height, width = images.shape[1:3]
    bent = tf.cast(draw(0, -1.0, 1.0) > 0.0, "float32")
    angle, zoom = bent * draw(1, -TURN, TURN), tf.exp(bent * draw(2, -ZOOM, ZOOM))
    shift = tf.round(draw(3, -MOVE, MOVE, (2,)) * (width, height))
    cos, sin = zoom * tf.cos(angle), zoom * tf.sin(angle)
    # The row (a, b, c, d, e, f) reads the pixel (x, y) of the new picture at (a x + b y + c, d x + e y + f) of the old.
    x, y = (width - 1) / 2, (height - 1) / 2
    right, down = x + shift[:, 0] - cos * x + sin * y, y + shift[:, 1] - sin * x - cos * y
    zero = tf.zeros_like(angle)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([cos, -sin, right, sin, cos, down, zero, zero], axis=1),
        output_shape=(height, width),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _erase(images, draw):
    height, width = images.shape[1:3]
    chosen = draw(0, -1.0, 1.0) > 0.0
    size, centre = draw(1, *ERASED, (2,)), draw(2, 0.0, 1.0, (2,))
    rows = tf.abs((tf.range(height, dtype="float32") + 0.5) / height - centre[:, :1]) < size[:, :1] / 2
    columns = tf.abs((tf.range(width, dtype="float32") + 0.5) / width - centre[:, 1:]) < size[:, 1:] / 2
    erased = chosen[:, None, None] & rows[:, :, None] & columns[:, None, :]
    return tf.where(erased[..., None], 0.0, images)


def _colour(images, draw):
    layers, unit = _keras_cv(), (0.0, 1.0)
    images = images * 0.5 + 0.5
    brightness = draw(0, -BRIGHTNESS, BRIGHTNESS)[:, None, None, None]
    images = layers.RandomBrightness(BRIGHTNESS, unit).augment_images(images, transformations=brightness)
    contrast = draw(1, 1 - CONTRAST, 1 + CONTRAST)[:, None, None, None]
    images = layers.RandomContrast(unit, CONTRAST).augment_images(images, transformations=contrast)
    if images.shape[-1] == 3:
        saturation = draw(2, *SATURATION)
        images = layers.RandomSaturation(SATURATION).augment_images(images, transformations=saturation)
    return images * 2.0 - 1.0


def _grey(images, draw):
    if images.shape[-1] != 3:
        return images
    chosen = draw(0, 0.0, 1.0) < COLOURLESS
    return tf.where(chosen[:, None, None, None], tf.reduce_sum(images * LUMA, axis=-1, keepdims=True), images)


def _hue(images, draw):
    if images.shape[-1] != 3:
        return images
    turn = draw(0, -1.0, 1.0)
    # As a share of the circle of hues, from -0.5 to 0.5.
    turn = tf.sign(turn) * tf.maximum(tf.abs(turn) - 0.5, 0.0)
    unit = images * 0.5 + 0.5
    return _keras_cv().RandomHue(1.0, (0.0, 1.0)).augment_images(unit, transformations=turn) * 2.0 - 1.0


def _keras_cv():
    # Import late: KerasCV takes seconds.
    from keras_cv import layers

    return layers


_AUGMENTATIONS = {
    "flip": _flip,
    "translate": _translate,
    "rotate": _rotate,
    "colour": _colour,
    "hue": _hue,
    "grey": _grey,
    "blur": _blur,
    "noise": _noise,
    "crop": _crop,
    "warp": _warp,
    "erase": _erase,
}
