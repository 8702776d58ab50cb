"""PixelRNN: a picture as the product of the probabilities of its pixels, told by LSTMs that go over its rows.

Pixel Recurrent Neural Networks. van den Oord, Kalchbrenner, Kavukcuoglu 2016, arXiv 1601.06759.
"""

import functools
from typing import Literal

import keras

from keras_facegan.arguments import ImageShape, OpenFraction, SmallCount, Width
from keras_facegan.models._pixels import PixelModel
from keras_facegan.registry import MODELS


def row_lstm(x, net, name, filters):
    """Return the hidden states (..., filters) of a layer that sees a triangle above the pixel."""
    return net.row_lstm(name, net.conv(f"{name}_gates", x, 4 * filters, (1, 3), parts=4))


def diagonal_bilstm(x, net, name, filters):
    """Return the hidden states (..., filters) of a layer that sees what comes before the pixel.

    As in the paper, the last pixel of the row above is out of its sight, but for the reach of the first layer's kernel.
    """
    left = net.diagonal_lstm(f"{name}_left", net.conv(f"{name}_left_gates", x, 4 * filters, 1, parts=4))

    def right(rows, net):
        # It sees the pixels on the right, so only whole rows above may be looked at, in all their colours.
        gates = net.conv(f"{name}_right_gates", rows, 4 * filters, 1, "rows", 4)
        return [net.diagonal_lstm(f"{name}_right", gates, reverse=True)]

    return left + net.from_above(name, x, right, 1)[0]


def recurrent(picture, net, outputs, states, filters, blocks, head):
    """Return the logits (..., outputs) of the paper's residual LSTM layers."""
    x = net.conv("first", picture, 2 * filters, 7, "A")
    for block in range(blocks):
        hidden = states(x, net, f"lstm_{block}", filters)
        x = x + net.conv(f"lstm_{block}_out", hidden, 2 * filters, 1)
    for number in range(2):
        x = net.conv(f"head_{number}", net.relu(x), head, 1)
    return net.conv("logits", net.relu(x), outputs, 1, dtype="float32")


@MODELS.register("pixelrnn")
@keras.saving.register_keras_serializable(package="keras_facegan")
class PixelRNN(PixelModel):
    """Exact likelihoods by LSTMs over rows or diagonals.

    Args:
        image_shape: (H, W, C) of any sides.
        levels: Values of a pixel: 2 for black and white, 256 for bytes.
        network: "row_lstm", or "diagonal_bilstm" (slower, sees more).
        filters: Length h of a state; the maps between layers have 2 h channels.
        blocks: LSTM layers.
        head: Channels of the 1 x 1 convolutions before the logits.
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        van den Oord et al. 2016, arXiv 1601.06759.
    """

    def __init__(
        self,
        image_shape: ImageShape = (28, 28, 1),
        levels: Literal[2, 256] = 2,
        network: Literal["row_lstm", "diagonal_bilstm"] = "row_lstm",
        filters: Width = 16,
        blocks: SmallCount = 2,
        head: Width = 32,
        ema_decay: OpenFraction = 0.0,
        name: str = "pixelrnn",
    ):
        super().__init__(locals())
        states = {"row_lstm": row_lstm, "diagonal_bilstm": diagonal_bilstm}[network]
        architecture = functools.partial(recurrent, states=states, filters=filters, blocks=blocks, head=head)
        self.predict_pixels(architecture, levels, None, ema_decay)
