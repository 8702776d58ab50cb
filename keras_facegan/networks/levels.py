"""The values that a pixel may have, and what logits say of them."""

import numpy as np
from keras import ops
from scipy.special import expit, softmax

from keras_facegan.errors import UserError

# A float32 picture is this near to the levels it was made of, in distances of levels.
ROUNDING = 1e-3


class Levels:
    """Evenly spaced values from -1 to 1: black and white, or those of bytes.

    Args:
        count: Number of values. Two have one logit, that of white; more have one logit each.
    """

    def __init__(self, count: int):
        self.count, self.logits = count, 1 if count == 2 else count

    def floats(self, numbers: np.ndarray) -> np.ndarray:
        """Return the values, float32 in [-1, 1], of numbers of levels from 0."""
        return numbers.astype("float32") / ((self.count - 1) / 2) - 1.0

    def check(self, images: np.ndarray, name: str):
        """Raise `UserError` where a value of float pictures in [-1, 1] lies between two levels.

        Args:
            images: Float array of any shape.
            name: Name of the model, for the message.
        """
        numbers = (images.astype("float32") + 1.0) * ((self.count - 1) / 2)
        # Written so that NaN fails.
        off = ~(np.abs(numbers - np.clip(np.rint(numbers), 0, self.count - 1)) <= ROUNDING)
        if off.any():
            value = images[off].flat[0]
            raise UserError(f"{name} {self._wanted()}, got the value {value:g}.{self._way_out()}")

    def check_bytes(self, images: np.ndarray, name: str, source: str):
        """Raise `UserError` where uint8 pictures of a data set have other values than the levels.

        Args:
            images: uint8 array (n, ...).
            name: Name of the model, for the message.
            source: Name of the data set.
        """
        if self.count == 2:
            # In pieces: pictures may be mapped from a file that is larger than memory.
            for start in range(0, len(images), 1000):
                piece = np.asarray(images[start : start + 1000])
                if ((piece != 0) & (piece != 255)).any():
                    raise UserError(f"{name} {self._wanted()}; `{source}` has grey ones.{self._way_out()}")

    def log_prob(self, logits, images):
        """Return the log-probability of every value in nats, float32 (B, H, W, C).

        Args:
            logits: float32 tensor (B, H, W, C), or (B, H, W, C, count) for more than two levels.
            images: Float tensor (B, H, W, C) in [-1, 1].
        """
        images = ops.cast(images, "float32")
        if self.count == 2:
            return -ops.softplus(-images * logits)
        numbers = ops.cast(ops.round((images + 1.0) * ((self.count - 1) / 2)), "int32")
        return ops.take_along_axis(ops.log_softmax(logits, axis=-1), numbers[..., None], axis=-1)[..., 0]

    def draw(self, logits: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Return values drawn by their probabilities, float32 (n,) in [-1, 1].

        Args:
            logits: Float array (n, 1), or (n, count) for more than two levels.
            uniform: Float array (n,) of uniform numbers in [0, 1).
        """
        if self.count == 2:
            return self.floats(uniform < expit(logits[:, 0]))
        below = np.cumsum(softmax(logits.astype("float64"), axis=1), axis=1)[:, :-1]
        return self.floats((uniform[:, None] >= below).sum(axis=1))

    def _wanted(self):
        if self.count == 2:
            return "takes black and white pictures, every pixel exactly -1 or 1"
        return f"takes pictures of {self.count} levels from -1 to 1"

    def _way_out(self):
        if self.count == 2:
            return (
                " Draw every pixel by its grey value, as the data sets `binary_mnist` and `binary_digits` do, at their "
                "own size; or set model.levels to 256."
            )
        return " keras_facegan.data.images.to_float makes them of bytes."
