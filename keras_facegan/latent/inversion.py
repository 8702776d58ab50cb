"""Inversion: the latents z with G(z) = I."""

import numpy as np

from keras_facegan.latent.search import search_latents
from keras_facegan.latent.settings import split_options
from keras_facegan.latent.targets import check_targets


def invert(model, images, *, title=None, state_file=None, **options):
    """Find latents whose pictures are nearest to given ones: min over z of the mean of (G(z) - I)^2 or |G(z) - I|.

    The loss has many local minima, so that several starts are worth more than a longer search from one.

    Args:
        model: Trained model that draws pictures from latent codes, such as every GAN of the zoo.
        images: float (n, H, W, C) in [-1, 1], of the model's `image_shape`.
        title: What a progress bar calls it; none is shown without it.
        state_file: Path of a file that lets the same call go on where a killed process stopped; remove it once the
            result is safe.
        **options: Settings that differ from those of `Settings` (`loss`, `learning_rate`, `steps`, `restarts`, `seed`,
            `regulariser`), and what the pictures show for a model with conditions (`label=3`).

    Returns:
        `Found`: latents, pictures, losses and loss curves, and pictures on the way.

    Raises:
        UserError: Pictures or settings that do not fit, or a model without latents.
    """
    images = check_targets(images, model.image_shape)
    settings, conditions = split_options(model, len(images), options)
    known = np.ones((*images.shape[:3], 1), "float32")
    return search_latents(model, images, known, settings, conditions, title=title, state_file=state_file)
