"""Denoising: the picture of the generator that is nearest to a noisy one has no noise, since G never draws any."""

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.latent.search import search_latents
from keras_facegan.latent.settings import split_options
from keras_facegan.latent.targets import NOISY_RANGE, check_targets


def denoise(model, noisy, *, literal_fresh_noise=0.0, title=None, state_file=None, **options):
    """Find the latents whose pictures are nearest to noisy ones.

    The formula argmin |(G(z) + N) - I|, N ~ N(0, sigma^2), leaves open which N is meant. The realised noise is not
    known, and subtracting it would be inversion of the clean picture. Noise that is drawn afresh has zero mean: it
    adds a constant to the expected squared error, and variance to its gradient. So N is left out by default, which is
    the maximum-likelihood estimate of z: under normal noise by "l2", under Laplace's by "l1".

    Args:
        model: Trained model that draws pictures from latent codes, such as every GAN of the zoo.
        noisy: float (n, H, W, C), pictures in [-1, 1] plus noise, of the model's `image_shape`.
        literal_fresh_noise: Standard deviation of an N that is drawn at every step, as the formula has it; 0 draws
            none. The loss that the best code is chosen by then varies with the draw.
        title: What a progress bar calls it; none is shown without it.
        state_file: Path of a file that lets the same call go on where a killed process stopped; remove it once the
            result is safe.
        **options: As for `invert`.

    Returns:
        `Found`; its losses are distances to the noisy pictures.

    Raises:
        UserError: Pictures or settings that do not fit, or a model without latents.
    """
    if not 0 <= literal_fresh_noise <= 1:
        raise UserError(f"literal_fresh_noise must be from 0 to 1, got {literal_fresh_noise:g}.")
    noisy = check_targets(noisy, model.image_shape, NOISY_RANGE)
    settings, conditions = split_options(model, len(noisy), options)
    known = np.ones((*noisy.shape[:3], 1), "float32")
    return search_latents(model, noisy, known, settings, conditions, literal_fresh_noise, title, state_file)


def add_noise(images, sigma, seed=0):
    """Add normal noise; values leave [-1, 1] where the noise carries them.

    Args:
        images: float (n, H, W, C) in [-1, 1].
        sigma: Standard deviation on the scale of [-1, 1]: 0.1 is 12.75 levels of 255.
        seed: Fixes the noise; that of picture i depends on (seed, i, sigma) alone.

    Returns:
        float32 array (n, H, W, C).
    """
    images = np.asarray(images, "float32")
    noise = np.random.default_rng(seed).standard_normal(images.shape, dtype="float32")
    return images + np.float32(sigma) * noise
