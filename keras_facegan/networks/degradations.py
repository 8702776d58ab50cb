"""What spoils a picture: fewer pixels, noise, blur, holes. Functions of tensors that gradients pass through."""

import dataclasses
import math
from typing import Literal

import numpy as np
from keras import ops

from keras_facegan.errors import UserError
from keras_facegan.seam import random

TaskName = Literal["sr2", "sr4", "denoise", "deblur", "inpaint"]
SCALES = {"sr2": 2, "sr4": 4}
# Standard deviation, on values in [0, 1], of the noise that a blurred picture has as well.
BLUR_NOISE = 0.01


@dataclasses.dataclass(frozen=True)
class Degradation:
    """What a task undoes.

    Attributes:
        task: "sr2" and "sr4" (a half and a quarter of the side), "denoise", "deblur" or "inpaint".
        noise: For "denoise", the smallest and the largest standard deviation of the noise, on values in [0, 1].
        blur: For "deblur", the standard deviation of the Gaussian in pixels.
    """

    task: TaskName
    noise: tuple[float, float] = (0.01, 0.1)
    blur: float = 2.0

    @property
    def scale(self) -> int:
        """How many times larger the side of the true picture is."""
        return SCALES.get(self.task, 1)

    def __call__(self, images, seed) -> dict:
        """Spoil pictures.

        Args:
            images: Tensor (B, H, W, C) in [-1, 1].
            seed: Keras `SeedGenerator`, which moves on where the task draws anything.

        Returns:
            Dict with "image", float32 (B, H / scale, W / scale, C) in [-1, 1]; for "inpaint" with "known" too,
            float32 (B, H, W, 1), 0 where the picture is missing.
        """
        if self.task == "inpaint":
            return hide(images, draw_known(ops.shape(images), seed))
        if self.task == "denoise":
            sigma = random.uniform((ops.shape(images)[0], 1, 1, 1), *self.noise, seed=seed)
            return {"image": add_noise(images, sigma, seed)}
        if self.task == "deblur":
            return {"image": add_noise(blur(images, gaussian_kernel(self.blur)), BLUR_NOISE, seed)}
        return {"image": shrink(images, self.scale)}


def shrink(images, factor: int):
    """Return pictures of fewer pixels, each the mean of `factor` x `factor`; what is left over at the end is cut off.

    Args:
        images: Tensor (B, H, W, C).
        factor: How many times smaller the side becomes.
    """
    return ops.average_pool(images, factor, factor)


def add_noise(images, sigma, seed):
    """Return pictures with normal noise, cut to the range that a file can hold.

    Args:
        images: Tensor (B, H, W, C) in [-1, 1].
        sigma: Standard deviation on values in [0, 1], a number or a tensor (B, 1, 1, 1).
        seed: Keras `SeedGenerator`, or an int.
    """
    noise = random.normal(ops.shape(images), seed=seed)
    return ops.clip(images + 2.0 * sigma * noise, -1.0, 1.0)


def gaussian_kernel(sigma: float) -> np.ndarray:
    """Return a Gaussian float32 (k, k) of sum 1 that reaches to two standard deviations: 9 x 9 pixels for 2.

    Args:
        sigma: Standard deviation in pixels, above 0.
    """
    radius = max(math.ceil(2 * sigma), 1)
    row = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return np.outer(row, row).astype("float32") / np.float32(row.sum() ** 2)


def blur(images, kernel: np.ndarray):
    """Return pictures that are blurred, mirrored at the border.

    Args:
        images: Tensor (B, H, W, C), H and W larger than half the kernel.
        kernel: float32 (k, k), k odd.

    Raises:
        UserError: The pictures are too small for the kernel.
    """
    side, channels = len(kernel), images.shape[-1]
    check_fits(images.shape[1:3], side)
    around = [side // 2] * 2
    padded = ops.pad(images, [[0, 0], around, around, [0, 0]], mode="reflect")
    kernels = ops.convert_to_tensor(np.repeat(kernel[:, :, None, None], channels, axis=2))
    return ops.depthwise_conv(padded, ops.cast(kernels, images.dtype), padding="valid")


def check_fits(size, kernel_side: int):
    """Raise `UserError` where pictures are too small to be mirrored at the border for a kernel.

    Args:
        size: (H, W), None where it is not known.
        kernel_side: Side of the kernel in pixels.
    """
    least = kernel_side // 2 + 1
    if any(each is not None and each < least for each in size):
        raise UserError(
            f"A blur of {kernel_side} x {kernel_side} pixels needs pictures of at least {least} x {least}, got "
            f"{size[1]} x {size[0]}."
        )


def draw_known(shape, seed):
    """Return masks with one rectangular hole per picture, its sides an eighth to three eighths of the picture's.

    Args:
        shape: (B, H, W, ...) of the pictures.
        seed: Keras `SeedGenerator`, or an int.

    Returns:
        float32 tensor (B, H, W, 1), 0 in the hole and 1 elsewhere.
    """
    draws = random.uniform((shape[0], 4), seed=seed)

    def is_inside(length, share, place):
        size = ops.floor(ops.cast(length, "float32") * (0.125 + 0.25 * share))
        start = ops.floor(place * (ops.cast(length, "float32") - size + 1.0))
        pixel = ops.cast(ops.arange(length), "float32")
        return ops.cast(ops.logical_and(pixel >= start[:, None], pixel < (start + size)[:, None]), "float32")

    rows = is_inside(shape[1], draws[:, 0], draws[:, 1])
    columns = is_inside(shape[2], draws[:, 2], draws[:, 3])
    return 1.0 - rows[:, :, None, None] * columns[:, None, :, None]


def hide(images, known) -> dict:
    """Return pictures whose missing part is middle grey, and their masks: "image" and "known".

    Args:
        images: Tensor (B, H, W, C) in [-1, 1].
        known: Tensor (B, H, W, 1) of 0 and 1.
    """
    return {"image": images * known, "known": known}
