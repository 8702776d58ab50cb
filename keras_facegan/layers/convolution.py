"""Convolutions that take the faster path where they halve or double a picture with a 4 x 4 kernel."""

import keras
from keras import ops

from keras_facegan.seam import halving


def _is_dcgan_like(layer):
    settings = (layer.kernel_size, layer.strides, layer.padding, layer.dilation_rate, layer.data_format)
    return settings == ((4, 4), (2, 2), "same", (1, 1), "channels_last")


@keras.saving.register_keras_serializable(package="keras_facegan")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, faster to train with a 4 x 4 kernel and stride 2, "same", on even pictures.

    Args:
        *args: As in `keras.layers.Conv2D`.
        **kwargs: As in `keras.layers.Conv2D`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, H', W', filters).
    """

    def convolution_op(self, inputs, kernel):
        if not _is_dcgan_like(self) or self.groups > 1 or not halving.is_available(inputs):
            return super().convolution_op(inputs, kernel)
        if inputs.shape[1] % 2 or inputs.shape[2] % 2:
            return super().convolution_op(inputs, kernel)
        return halving.halve(inputs, kernel)


@keras.saving.register_keras_serializable(package="keras_facegan")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, faster with a 4 x 4 kernel and stride 2, "same".

    Args:
        *args: As in `keras.layers.Conv2DTranspose`.
        **kwargs: As in `keras.layers.Conv2DTranspose`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, H', W', filters), twice the size with a 4 x 4 kernel and stride 2, "same".
    """

    def call(self, inputs):
        if not _is_dcgan_like(self) or self.output_padding is not None or not halving.is_available(inputs):
            return super().call(inputs)
        outputs = halving.double(inputs, self.kernel)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)
