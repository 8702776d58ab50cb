"""Batch normalization as fast as the backend has it."""

import keras
from keras import ops

from keras_facegan.seam import fused


@keras.saving.register_keras_serializable(package="keras_facegan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' BatchNormalization, by one fused kernel on pictures in channels-last order.

    Variables, results and moving statistics are those of `keras.layers.BatchNormalization`, and saved weights go both
    ways; gradients may be differentiated again. Statistics are float32 whatever the precision of the layer. The
    kernel takes 4-D inputs with `axis=-1`, unmasked, unsynchronized and without renorm; all else is Keras' own code.

    Args:
        momentum: Share of the old moving statistics kept at a step, in [0, 1]; 0.9 mirrors PyTorch's default.
        epsilon: Number added to the variance; 1e-5 mirrors PyTorch's default.
        **kwargs: Any other argument of `keras.layers.BatchNormalization`.

    Call arguments:
        inputs: Tensor (B, H, W, C), or any that Keras' layer takes.
        training: Whether to normalise by the batch and to move the moving statistics.
        mask: Optional bool tensor (B, H, W) of the positions that count.

    Returns:
        Tensor of the shape of `inputs`, in the layer's compute dtype.
    """

    def __init__(self, momentum=0.9, epsilon=1e-5, **kwargs):
        super().__init__(momentum=momentum, epsilon=epsilon, **kwargs)

    def call(self, inputs, training=None, mask=None):
        last = self.axis in (-1, len(inputs.shape) - 1)
        if mask is not None or self.renorm or self.synchronized or not last or not fused.batch_norm_is_fused(inputs):
            return super().call(inputs, training=training, mask=mask)
        gamma = ops.convert_to_tensor(self.gamma) if self.scale else ops.ones_like(self.moving_variance)
        beta = ops.convert_to_tensor(self.beta) if self.center else ops.zeros_like(self.moving_mean)
        if training and self.trainable:
            outputs, mean, variance = fused.batch_norm(inputs, gamma, beta, self.epsilon)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        else:
            mean, variance = ops.convert_to_tensor(self.moving_mean), ops.convert_to_tensor(self.moving_variance)
            outputs = fused.normalize(inputs, gamma, beta, mean, variance, self.epsilon)
        return ops.cast(outputs, self.compute_dtype)

    def _move(self, moving, value):
        moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
