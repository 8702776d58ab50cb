"""Inversion: the latents z with G(z) = I."""

import numpy as np

from keras_facegan.latent.search import search_latents
from keras_facegan.latent.settings import make_settings
from keras_facegan.latent.targets import check_targets


def invert(model, images, *, title=None, state_file=None, **settings):
    """Find latents whose pictures are nearest to given ones: min over z of the mean of (G(z) - I)^2 or |G(z) - I|.

    The loss has many local minima, so that several starts are worth more than a longer search from one.

    Args:
        model: Trained model with `sample_latents`, `decode` and an exported generator, such as every GAN of the zoo.
        images: float (n, H, W, C) in [-1, 1], of the model's `image_shape`.
        title: What a progress bar calls it; none is shown without it.
        state_file: Path of a file that lets the same call go on where a killed process stopped; remove it once the
            result is safe.
        **settings: What is to be other than in `Settings`: `loss`, `learning_rate`, `steps`, `restarts`, `seed`,
            `regulariser`.

    Returns:
        `Found`: latents, pictures, losses and loss curves, and pictures on the way.

    Raises:
        UserError: Pictures or settings that do not fit, or a model without latents.
    """
    settings = make_settings(settings)
    images = check_targets(images, model.image_shape)
    known = np.ones((*images.shape[:3], 1), "float32")
    return search_latents(model, images, known, settings, title=title, state_file=state_file)
