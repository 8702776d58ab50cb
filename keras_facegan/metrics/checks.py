"""What every measure asks of its arrays, said in one line where it is not so."""

import numpy as np

from keras_facegan.errors import TooFewPicturesError, UserError


def checked_features(features, name="features", at_least=1):
    """Return features as an array, after a look at them.

    Args:
        features: Array or tensor (n, d) of finite numbers, one row per picture.
        name: What to call them in a message.
        at_least: The fewest rows that the measure makes sense of.

    Raises:
        TooFewPicturesError: Too few rows.
        UserError: Another rank, no dimensions, or a value that is NaN or infinite.
    """
    features = np.asarray(features)
    if features.ndim != 2 or not features.shape[1]:
        raise UserError(f"{name} must be an array (n, d), one row of features a picture, got {features.shape}.")
    if len(features) < at_least:
        raise TooFewPicturesError(f"{name} must come from at least {at_least:,} pictures, got {len(features):,}.")
    broken = ~np.isfinite(features).all(axis=1)
    if broken.any():
        raise UserError(
            f"{name} of {broken.sum():,} of {len(features):,} pictures are NaN or infinite, first in row "
            f"{broken.argmax()}: look at those pictures and at the extractor."
        )
    return features


def checked_feature_pair(real, fake, at_least=1):
    """Return the features of real and of generated pictures as arrays, after a look at both.

    Args:
        real: Array (n, d).
        fake: Array (m, d).
        at_least: The fewest rows of either.

    Raises:
        UserError: As `checked_features`, or the dimensions differ.
    """
    real, fake = checked_features(real, "real", at_least), checked_features(fake, "fake", at_least)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"real and fake have {real.shape[1]:,} and {fake.shape[1]:,} features a picture: take both from the same "
            "extractor."
        )
    return real, fake


def checked_images(images, name="images", least_side=1):
    """Return pictures as an array, after a look at them.

    Args:
        images: Array or tensor (n, H, W, 1 or 3), n >= 1, floats in [-1, 1].
        name: What to call them in a message.
        least_side: The smallest height and width that the measure can look at.

    Raises:
        UserError: Another shape, pictures that are too small, whole numbers, or values beyond [-1, 1] or NaN.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise UserError(f"{name} must be (n, H, W, 1 or 3), n >= 1, got {images.shape}.")
    if min(images.shape[1:3]) < least_side:
        raise UserError(f"{name} must be at least {least_side} pixels high and wide, got {images.shape[1:3]}.")
    if not np.issubdtype(images.dtype, np.floating):
        raise UserError(f"{name} must be floats in [-1, 1], got {images.dtype}: data.images.to_float converts uint8.")
    # A comparison with NaN is false, so NaN is beyond the range as well.
    if not (images.min() >= -1.001 and images.max() <= 1.001):
        raise UserError(f"{name} must be in [-1, 1], got {images.min():g} to {images.max():g}.")
    return images


def checked_image_pair(images, references, least_side=1):
    """Return pictures and what they are compared with as arrays of one shape, after a look at both.

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1].
        references: Array of the same shape.
        least_side: The smallest height and width that the measure can look at.

    Raises:
        UserError: As `checked_images`, or the shapes differ.
    """
    images, references = checked_images(images, "images", least_side), checked_images(references, "references")
    if images.shape != references.shape:
        raise UserError(f"images {images.shape} and references {references.shape} must have one shape.")
    return images, references
