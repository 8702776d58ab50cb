"""LSTMs that go over a picture row by row, or along its diagonals, whole rows or diagonals at a time."""

import keras
import numpy as np
from keras import ops


class _PictureLSTM(keras.layers.Layer):
    """What both share: one kernel from states to gates, and float32, for the states add up over the whole picture."""

    def __init__(self, hidden, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.hidden = hidden

    def build(self, input_shape):
        shape = (self.neighbours, self.hidden, 4 * self.hidden)
        self.kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="kernel")

    def scan(self, gates, neighbours_of, keep=None):
        """Return the hidden states of all steps, (steps, B, places, hidden).

        Args:
            gates: Tensor (steps, B, places, 4 hidden) of what the input adds to the gates.
            neighbours_of: Callable from hidden states (B, places, hidden) to (B, places, neighbours * hidden).
            keep: Tensor (steps, 1, places, 1) that is 0 where a place has no pixel at a step, else 1; or None.
        """
        kernel = ops.reshape(self.kernel, (-1, 4 * self.hidden))
        zeros = ops.zeros_like(gates[0, ..., : self.hidden])

        def step(state, at):
            hidden, cell = state
            outer, forget, inner, new = ops.split(at[0] + ops.matmul(neighbours_of(hidden), kernel), 4, axis=-1)
            cell = ops.sigmoid(forget) * cell + ops.sigmoid(inner) * ops.tanh(new)
            hidden = ops.sigmoid(outer) * ops.tanh(cell)
            state = (hidden, cell) if keep is None else (hidden * at[1], cell * at[1])
            return state, state

        _, (hidden, _) = ops.scan(step, (zeros, zeros), (gates,) if keep is None else (gates, keep))
        return hidden

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.hidden)

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden}


@keras.saving.register_keras_serializable(package="keras_facegan")
class RowLSTM(_PictureLSTM):
    """The state of a pixel follows from those of the three pixels above it.

    Args:
        hidden: Length of a state.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, 4 hidden): what the input adds to the gates output, forget, input and content.

    Returns:
        float32 tensor (B, H, W, hidden).

    Reference:
        van den Oord et al. 2016, arXiv 1601.06759, section 3.1.
    """

    neighbours = 3

    def call(self, inputs):
        def above(hidden):
            padded = ops.pad(hidden, [[0, 0], [1, 1], [0, 0]])
            return ops.concatenate([padded[:, :-2], hidden, padded[:, 2:]], axis=-1)

        rows = ops.transpose(inputs, (1, 0, 2, 3))
        return ops.transpose(self.scan(rows, above), (1, 0, 2, 3))


@keras.saving.register_keras_serializable(package="keras_facegan")
class DiagonalLSTM(_PictureLSTM):
    """The state of a pixel follows from those of the pixel above and of the pixel beside it.

    Every row is shifted one pixel further than the one above, so that a diagonal is a column, computed at once.

    Args:
        hidden: Length of a state.
        reverse: Whether the pixel beside is that on the right, instead of that on the left.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, 4 hidden): what the input adds to the gates output, forget, input and content.

    Returns:
        float32 tensor (B, H, W, hidden).

    Reference:
        van den Oord et al. 2016, arXiv 1601.06759, section 3.2.
    """

    neighbours = 2

    def __init__(self, hidden, reverse=False, **kwargs):
        super().__init__(hidden, **kwargs)
        self.reverse = reverse

    def call(self, inputs):
        def above_and_beside(hidden):
            return ops.concatenate([ops.pad(hidden[:, :-1], [[0, 0], [1, 0], [0, 0]]), hidden], axis=-1)

        height, width = inputs.shape[1:3]
        gates = skew(ops.flip(inputs, 2) if self.reverse else inputs)
        row, column = np.mgrid[:height, : width + height - 1]
        is_pixel = ((column >= row) & (column < row + width)).astype("float32").T[:, None, :, None]
        hidden = self.scan(ops.transpose(gates, (2, 0, 1, 3)), above_and_beside, ops.convert_to_tensor(is_pixel))
        hidden = unskew(ops.transpose(hidden, (1, 2, 0, 3)))
        return ops.flip(hidden, 2) if self.reverse else hidden

    def get_config(self):
        return {**super().get_config(), "reverse": self.reverse}


def skew(x):
    """Return a map (B, H, W, C) as (B, H, W + H - 1, C), row i moved by i pixels to the right, zeros around it."""
    height, width, channels = x.shape[1:]
    x = ops.pad(x, [[0, 0], [0, 0], [0, height], [0, 0]])
    x = ops.reshape(x, (-1, height * (width + height), channels))[:, :-height]
    return ops.reshape(x, (-1, height, width + height - 1, channels))


def unskew(x):
    """Return the map that `skew` made (B, H, W + H - 1, C) of, (B, H, W, C)."""
    height, wide, channels = x.shape[1:]
    x = ops.pad(ops.reshape(x, (-1, height * wide, channels)), [[0, 0], [0, height], [0, 0]])
    return ops.reshape(x, (-1, height, wide + 1, channels))[:, :, : wide + 1 - height]
