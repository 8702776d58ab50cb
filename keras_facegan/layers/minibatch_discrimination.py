"""How near the features of an example are to those of the others of its batch: what a collapsed generator shows."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class MinibatchDiscrimination(keras.layers.Layer):
    """Sums of similarities within a batch, one per kernel.

    Features f (A) are projected to M = f T (kernels, dims). The similarity of two examples is
    exp(-|M_i - M_j|_1) per kernel, and o_i is its sum over the other examples, plus a bias. Columns of T have norm
    exp(log_scale). Batches are compared within themselves, and under `tf.distribute` each replica its own part: hand
    over real and generated pictures apart. All is computed in float32, for exp forgives no rounding.

    Distances far from 1 give similarities that are all 0 or all 1 and teach nothing: call `start` on the features of
    one real batch before training.

    Args:
        kernels: Number of similarities per example, B in the paper.
        dims: Length of the projections that one of them compares, C in the paper.
        include_self: Count an example as similar to itself too, as the paper prints: adds exactly 1.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (n, A).

    Returns:
        float32 tensor (n, kernels): bias to bias + n - 1. A batch of one gives the bias.

    Reference:
        Salimans et al. 2016, arXiv 1606.03498, section 3.2.
    """

    def __init__(self, kernels=100, dims=5, include_self=False, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.kernels, self.dims, self.include_self = kernels, dims, include_self

    def build(self, input_shape):
        shape = (input_shape[-1], self.kernels, self.dims)
        self.theta = self.add_weight(shape=shape, initializer=keras.initializers.RandomNormal(0.0, 0.05), name="theta")
        self.log_scale = self.add_weight(shape=shape[1:], initializer="zeros", name="log_scale")
        self.bias = self.add_weight(shape=(self.kernels,), initializer=keras.initializers.Constant(-1.0), name="bias")
        # 1 once scale and bias follow the data; saved, so that a run that goes on does not begin anew.
        self.started = self.add_weight(shape=(), initializer="zeros", trainable=False, name="started")

    def call(self, inputs):
        return self._sums(self._distances(inputs)) + self.bias

    def has_started(self) -> bool:
        """Return whether scale and bias follow the data, in this process or in the one that saved them."""
        return bool(ops.convert_to_numpy(self.started))

    def start(self, features):
        """Set scale and bias by a batch: half the mean L1 distance to the nearest example is 1, the mean output 0.

        Args:
            features: Tensor (n, A), n >= 2, as many as a batch of training holds.
        """
        distances = self._distances(ops.cast(features, "float32"))
        others = distances + ops.expand_dims(1e6 * ops.eye(ops.shape(distances)[0]), -1)
        # Equal examples have no scale.
        half = ops.maximum(0.5 * ops.mean(ops.min(others, axis=1), axis=0), 1e-6)
        self.log_scale.assign(self.log_scale - ops.log(half)[:, None])
        self.bias.assign(-ops.mean(self._sums(distances / half), axis=0))
        self.started.assign(1.0)

    def _distances(self, features):
        """Return the L1 distances (n, n, kernels) of the projections; sums over `dims` one by one to save memory."""
        norms = ops.sqrt(ops.sum(ops.square(self.theta), axis=0))
        projected = ops.tensordot(features, self.theta * (ops.exp(self.log_scale) / norms), axes=1)
        return sum(
            ops.abs(ops.expand_dims(projected[..., dim], 1) - ops.expand_dims(projected[..., dim], 0))
            for dim in range(self.dims)
        )

    def _sums(self, distances):
        others = 1.0 - ops.expand_dims(ops.eye(ops.shape(distances)[0]), -1)
        return ops.sum(ops.exp(-distances) * others, axis=1) + float(self.include_self)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.kernels)

    def get_config(self):
        own = {"kernels": self.kernels, "dims": self.dims, "include_self": self.include_self}
        return {**super().get_config(), **own}
