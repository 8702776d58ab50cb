"""A normal distribution fitted to latent codes, kept with the weights of what draws from them."""

import keras
import numpy as np
from keras import ops

# Added to the variances, so that directions no code has taken yet do no harm.
FLOOR = 1e-6


@keras.saving.register_keras_serializable(package="keras_facegan")
class CodeGaussian(keras.layers.Layer):
    """N(mean, factor factor^T) over codes in the unit ball; codes drawn beyond it are brought to its surface.

    It stands where other models have a `LatentPrior`.

    Args:
        latent_dim: Length of a code.
        **kwargs: Arguments of `keras.layers.Layer`.

    Attributes:
        latent: "normal", by which codes between two others are chosen.
    """

    latent = "normal"

    def __init__(self, latent_dim, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.latent_dim = latent_dim

    def build(self, input_shape=None):
        shape = (self.latent_dim, self.latent_dim)
        self.mean = self.add_weight(shape=shape[:1], initializer="zeros", trainable=False, name="mean")
        self.factor = self.add_weight(shape=shape, initializer="identity", trainable=False, name="factor")

    def fit_to(self, codes):
        """Take mean and full covariance of codes.

        Args:
            codes: float32 tensor (N, latent_dim).
        """
        mean = ops.mean(codes, axis=0)
        centred = codes - mean
        covariance = ops.matmul(ops.transpose(centred), centred) / ops.cast(ops.shape(codes)[0], "float32")
        self.mean.assign(mean)
        self.factor.assign(ops.cholesky(covariance + FLOOR * ops.eye(self.latent_dim)))

    def sample(self, n, seed):
        """Return float32 (n, latent_dim) codes; code i depends on `seed` and i alone.

        Args:
            n: Number of codes.
            seed: Fixes them.
        """
        normal = np.random.default_rng(seed).standard_normal((n, self.latent_dim), dtype="float32")
        # Row by row: a matrix product rounds by how many rows it has.
        factor = ops.convert_to_numpy(self.factor)
        codes = ops.convert_to_numpy(self.mean) + np.einsum("ij,kj->ki", factor, normal)
        return to_ball(codes, np).astype("float32")

    def get_config(self):
        return {**super().get_config(), "latent_dim": self.latent_dim}


def to_ball(codes, numpy=ops):
    """Return codes divided by their length where it is more than 1.

    Args:
        codes: float (n, latent_dim).
        numpy: Module that computes: `keras.ops` for tensors, `numpy` for arrays.
    """
    lengths = numpy.sqrt(numpy.sum(numpy.square(codes), axis=-1, keepdims=True))
    return codes / numpy.maximum(lengths, 1.0)
