"""The smallest low-pass filter of pictures."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class BinomialBlur(keras.layers.Layer):
    """[1, 2, 1] / 4 along height and width, the border repeated: nothing is left at the highest frequency.

    After a transposed convolution it takes away the grid that such layers draw (Odena et al. 2016, Deconvolution and
    checkerboard artifacts).

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor of the shape of `inputs`.
    """

    def call(self, inputs):
        x = ops.concatenate([inputs[:, :1], inputs, inputs[:, -1:]], axis=1)
        x = ops.concatenate([x[:, :, :1], x, x[:, :, -1:]], axis=2)
        # Two means of 2 x 2 are the filter, and cost a third of the sum of shifted pictures.
        return ops.average_pool(ops.average_pool(x, 2, 1), 2, 1)

    def compute_output_shape(self, input_shape):
        return input_shape
