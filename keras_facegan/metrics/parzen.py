"""Log-likelihood of held-out data under Gaussians around samples: the measure of the first GANs."""

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.checks import checked_features
from keras_facegan.metrics.distances import distance_rows

SIGMAS = tuple(np.logspace(-1, 0, 10).tolist())


def parzen_log_likelihood(samples, validation, test, sigmas=SIGMAS):
    """Choose the width of the Gaussians on validation data and return the likelihood of test data, in nats.

    The paper's protocol is 10,000 samples, 1,000 validation and 10,000 test pictures, flattened, with values in
    [0, 1]. It rewards samples learnt by heart, and values of other sizes or widths are not comparable.

    Args:
        samples: Array (n, D), the generator's.
        validation: Array (m, D).
        test: Array (l, D), l >= 2.
        sigmas: Widths to choose from.

    Returns:
        Dict: "log_likelihood" (mean over the test data), "standard_error", "sigma" and "validation" (mean over the
        validation data at that sigma).

    Raises:
        UserError: Shapes do not fit, or a value that is not finite.

    Reference:
        Goodfellow et al. 2014, Generative adversarial nets, arXiv 1406.2661, section 5.
    """
    tried = log_likelihoods(validation, samples, sigmas).mean(axis=1)
    best = int(tried.argmax())
    test = checked_features(test, "test", 2)
    found = log_likelihoods(test, samples, sigmas[best : best + 1])[0]
    return {
        "log_likelihood": float(found.mean()),
        "standard_error": float(found.std() / np.sqrt(len(found))),
        "sigma": float(sigmas[best]),
        "validation": float(tried[best]),
    }


def log_likelihoods(data, samples, sigmas):
    """Return the log density in nats of each row under equal mixtures of Gaussians around samples.

    Args:
        data: Array (m, D).
        samples: Array (n, D).
        sigmas: Sequence of s widths, > 0.

    Returns:
        float64 array (s, m).

    Raises:
        UserError: Shapes do not fit, a width that is none, or a value that is not finite.
    """
    data, samples = checked_features(data, "data"), checked_features(samples, "samples")
    if data.shape[1] != samples.shape[1]:
        raise UserError(f"data {data.shape} and samples {samples.shape} must have as many columns.")
    if not len(sigmas) or not min(sigmas) > 0:
        raise UserError(f"sigmas must be one or more widths above 0, got {sigmas}.")
    likelihood = np.empty((len(sigmas), len(data)))
    for rows, squared in distance_rows(data, samples):
        nearest = squared.min(axis=1, keepdims=True)
        squared -= nearest
        for i, sigma in enumerate(sigmas):
            # The nearest sample's term is 1: the sum neither overflows nor vanishes.
            others = np.exp(squared * (-0.5 / sigma**2)).mean(axis=1)
            likelihood[i, rows] = np.log(others) - nearest[:, 0] / (2 * sigma**2)
    normaliser = data.shape[1] * np.log(np.asarray(sigmas) * np.sqrt(2 * np.pi))
    return likelihood - normaliser[:, None]
