"""Convolutions that see only what comes before a pixel: rows from the top, pixels from the left, then R, G, B."""

import keras
import numpy as np
from keras import ops


def colour_groups(channels, colours, parts=1):
    """Return the colour that every channel of a map belongs to, int (channels,) from 0.

    Args:
        channels: Number of channels.
        colours: Colours of a picture.
        parts: Equal parts that the channels fall into, such as the gates of an LSTM; each is shared out anew.
    """
    width = channels // parts
    return np.tile(np.arange(width) * colours // width, parts)


@keras.saving.register_keras_serializable(package="keras_facegan")
class MaskedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` of stride 1, "same", whose kernel is multiplied by a mask at every call.

    The mask leaves the rows above, and the pixels to the left in the same row. At the pixel itself, channels are
    shared out among the colours: a channel sees those of earlier colours, and with mask "B" of its own colour.

    Args:
        filters: Channels of the output.
        kernel_size: Odd number, or two.
        mask: "A" hides the own colour of the pixel, for the layer that reads the picture. "B" shows it, for all later
            ones. "rows" shows whole rows up to that of the pixel in all colours.
        colours: Colours of the picture, 1 or 3.
        parts: Equal parts of the output, such as the gates of an LSTM, which are shared out apart.
        **kwargs: Arguments of `keras.layers.Conv2D`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, H, W, filters).

    Reference:
        van den Oord et al. 2016, arXiv 1601.06759, section 3.4.
    """

    def __init__(self, filters, kernel_size, mask="B", colours=1, parts=1, **kwargs):
        super().__init__(filters, kernel_size, **{**kwargs, "padding": "same"})
        self.mask, self.colours, self.parts = mask, colours, parts

    def build(self, input_shape):
        super().build(input_shape)
        height, width = self.kernel_size
        ones = np.ones(self.kernel.shape, "float32")
        if self.mask != "rows":
            read, written = (
                colour_groups(channels, self.colours, parts)
                for channels, parts in ((input_shape[-1], 1), (self.filters, self.parts))
            )
            visible = read[:, None] < written if self.mask == "A" else read[:, None] <= written
            ones[height // 2, width // 2] = visible
            ones[height // 2, width // 2 + 1 :] = 0.0
        # What lies below, and to the right in a kernel of one row, is hidden in all channels: it is never computed.
        self.seen = (height // 2 + 1, width // 2 + 1 if height == 1 and self.mask != "rows" else width)
        self.visible = ones[: self.seen[0], : self.seen[1]]

    def masked_kernel(self):
        """Return the part of the kernel that sees anything: tensor (seen rows, seen columns, C, filters)."""
        return self._mask(self.kernel)

    def _mask(self, kernel):
        kernel = kernel[: self.seen[0], : self.seen[1]]
        return kernel * ops.cast(self.visible, kernel.dtype)

    def convolution_op(self, inputs, kernel):
        (rows, columns), left = self.seen, self.kernel_size[1] // 2
        if (rows, columns) != (1, 1):
            inputs = ops.pad(inputs, [[0, 0], [rows - 1, 0], [left, columns - 1 - left], [0, 0]])
        return ops.conv(inputs, self._mask(kernel), strides=1, padding="valid")

    def get_config(self):
        return {**super().get_config(), "mask": self.mask, "colours": self.colours, "parts": self.parts}
