"""PixelCNN: a picture as the product of the probabilities of its pixels, told by masked convolutions.

Pixel Recurrent Neural Networks. van den Oord, Kalchbrenner, Kavukcuoglu 2016, arXiv 1601.06759: the plain network,
whose masks leave a blind spot on the right. Conditional Image Generation with PixelCNN Decoders. van den Oord et al.
2016, arXiv 1606.05328: the gated network without it, on a class where one is wanted.
"""

import functools
from typing import Literal

import keras

from keras_facegan.arguments import ImageShape, KernelCount, OpenFraction, SmallCount, Width
from keras_facegan.errors import UserError
from keras_facegan.models._pixels import PixelModel
from keras_facegan.networks.conditions import Classes
from keras_facegan.registry import MODELS


def plain(picture, net, outputs, filters, blocks, head, coordinates):
    """Return the logits (..., outputs) of the first paper's residual network."""
    x = net.conv("first", picture, 2 * filters, 7, "A")
    x = net.placed("place", x) if coordinates else x
    for block in range(blocks):
        inner = net.conv(f"block_{block}_in", net.relu(x), filters, 1)
        inner = net.conv(f"block_{block}_middle", net.relu(inner), filters, 3)
        x = x + net.conv(f"block_{block}_out", net.relu(inner), 2 * filters, 1)
    for number in range(2):
        x = net.conv(f"head_{number}", net.relu(x), head, 1)
    return net.conv("logits", net.relu(x), outputs, 1, dtype="float32")


def gated(picture, net, outputs, filters, blocks, head, coordinates):
    """Return the logits (..., outputs) of the second paper's two stacks; the vertical one sees all rows above."""

    def size(block):
        return 7 if block == 0 else 3

    def vertical(x, net):
        links = []
        for block in range(blocks):
            if block:
                x = net.gate(net.conditioned(f"vertical_condition_{block}", x))
            x = net.conv(f"vertical_{block}", x, 2 * filters, size(block), "rows", 2)
            x = net.placed("place", x) if coordinates and block == 0 else x
            links.append(net.conv(f"link_{block}", x, 2 * filters, 1, "rows", 2))
        return links

    links, x = net.from_above("vertical", picture, vertical, blocks), picture
    for block in range(blocks):
        mask = "A" if block == 0 else "B"
        inner = net.conv(f"horizontal_{block}", x, 2 * filters, (1, size(block)), mask, 2) + links[block]
        inner = net.gate(net.conditioned(f"condition_{block}", inner))
        inner = net.conv(f"horizontal_{block}_out", inner, filters, 1)
        x = inner if block == 0 else x + inner
    x = net.conv("head", net.relu(x), head, 1)
    return net.conv("logits", net.relu(x), outputs, 1, dtype="float32")


@MODELS.register("pixelcnn")
@keras.saving.register_keras_serializable(package="keras_facegan")
class PixelCNN(PixelModel):
    """Exact likelihoods by masked convolutions; 100,449 parameters on MNIST, 5,340,416 on CIFAR-10.

    Args:
        image_shape: (H, W, C) of any sides.
        levels: Values of a pixel: 2 for black and white, 256 for bytes.
        network: "plain" (residual blocks), or "gated" (two stacks, no blind spot).
        filters: Channels h of the inner maps; the maps between blocks of the plain network have 2 h.
        blocks: Blocks; the first of the gated network reads the picture.
        head: Channels of the 1 x 1 convolutions before the logits.
        coordinates: Whether the first layer knows where a pixel lies, which is not in the papers: a convolution sees
            only how far the border is, and only from near.
        num_classes: Classes that the gated network draws pictures of; 0 for no condition.
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        van den Oord et al. 2016, arXiv 1601.06759; van den Oord et al. 2016, arXiv 1606.05328.
    """

    def __init__(
        self,
        image_shape: ImageShape = (28, 28, 1),
        levels: Literal[2, 256] = 2,
        network: Literal["plain", "gated"] = "plain",
        filters: Width = 32,
        blocks: SmallCount = 7,
        head: Width = 32,
        coordinates: bool = False,
        num_classes: KernelCount = 0,
        ema_decay: OpenFraction = 0.0,
        name: str = "pixelcnn",
    ):
        super().__init__(locals())
        if num_classes and network != "gated":
            raise UserError(f"model.num_classes is for the gated network: set model.network to gated, got {network}.")
        layers = {"plain": plain, "gated": gated}[network]
        architecture = functools.partial(layers, filters=filters, blocks=blocks, head=head, coordinates=coordinates)
        self.predict_pixels(architecture, levels, Classes(num_classes) if num_classes else None, ema_decay)
