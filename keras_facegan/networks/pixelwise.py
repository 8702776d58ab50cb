"""The layers of autoregressive networks, on whole maps to train and on one pixel at a time to draw.

An architecture is a function of a picture and of these layers. `Maps` makes a Keras network of it. `Pixels` runs the
same function at one pixel with the weights of that network: every layer keeps what later pixels look at, so drawing
does the work of each pixel once (once per colour) instead of that of the whole map.
"""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops
from scipy.special import expit

from keras_facegan.layers.masked_convolution import MaskedConv2D
from keras_facegan.layers.picture_lstm import DiagonalLSTM, RowLSTM
from keras_facegan.layers.place import Place, coordinates


def pixel_network(architecture: Callable, image_shape, levels, condition=None) -> keras.Model:
    """Return the network of an architecture: images (B, H, W, C) in [-1, 1], and a condition -> float32 logits.

    Args:
        architecture: Callable `(picture, layers, outputs)` -> map of `outputs` channels.
        image_shape: (H, W, C).
        levels: `Levels` of the values; logits are (B, H, W, C), or (B, H, W, C, levels) for more than two.
        condition: `Condition`, or None.
    """
    inputs, vector = {"image": keras.Input(image_shape, name="image")}, None
    if condition is not None:
        inputs[condition.name] = condition.input()
        vector = layers.Reshape((1, 1, condition.width))(condition.vector(inputs[condition.name]))
    x = architecture(inputs["image"], Maps(image_shape[-1], vector), image_shape[-1] * levels.logits)
    if levels.logits > 1:
        x = layers.Reshape((*image_shape, levels.logits))(x)
    logits = layers.Activation("linear", dtype="float32", name="scores")(x)
    return keras.Model(inputs, {"logits": logits}, name="predictor")


class Maps:
    """Layers on whole maps (B, H, W, C).

    Args:
        colours: Colours of the picture.
        vector: Tensor (B, 1, 1, K) of a condition, or None.
    """

    def __init__(self, colours: int, vector=None):
        self.colours, self.vector = colours, vector

    def conv(self, name, x, filters, size, mask="B", parts=1, dtype=None):
        """Return a masked convolution, see `MaskedConv2D`."""
        return MaskedConv2D(filters, size, mask, self.colours, parts, name=name, dtype=dtype)(x)

    def relu(self, x):
        """Return the positive part."""
        return layers.ReLU()(x)

    def gate(self, x):
        """Return the tanh of the first half of the channels times the sigmoid of the second."""
        content, gate = ops.split(x, 2, axis=-1)
        return ops.tanh(content) * ops.sigmoid(gate)

    def conditioned(self, name, x):
        """Return a map plus what the condition adds to each of its channels, the same at all pixels."""
        if self.vector is None:
            return x
        return x + layers.Dense(x.shape[-1], use_bias=False, name=name)(self.vector)

    def placed(self, name, x):
        """Return a map plus a linear function of the place, see `Place`."""
        return Place(name=name)(x)

    def row_lstm(self, name, gates):
        """Return hidden states, see `RowLSTM`."""
        return RowLSTM(gates.shape[-1] // 4, name=name)(gates)

    def diagonal_lstm(self, name, gates, reverse=False):
        """Return hidden states, see `DiagonalLSTM`."""
        return DiagonalLSTM(gates.shape[-1] // 4, reverse, name=name)(gates)

    def from_above(self, name, x, function, count):
        """Return `count` maps that see whole rows, moved one row down, so that a pixel gets those above its own.

        Args:
            name: Name under which `Pixels` keeps rows.
            x: Map, or the picture.
            function: Callable `(x, layers)` -> list of `count` maps.
            count: Number of maps.
        """

        def moved_down(rows):
            return layers.Cropping2D(((0, 1), (0, 0)))(layers.ZeroPadding2D(((1, 0), (0, 0)))(rows))

        return [moved_down(rows) for rows in function(x, self)]


class Pixels:
    """The same layers at one pixel, float32 arrays (n, 1, C), or on a row (n, W, C) within `from_above`.

    Args:
        network: Network that `Maps` has made.
        canvas: float32 (n, H, W, C), the picture. It may change at any pixel that comes after those asked for.
        vector: float32 (n, 1, K) of a condition, or None.
    """

    def __init__(self, network: keras.Model, canvas: np.ndarray, vector: np.ndarray | None = None):
        self.network, self.canvas, self.vector = network, canvas, vector
        self.place(0, 0, 1)
        self.coordinates = coordinates(*canvas.shape[1:3])
        self.weights, self.windows, self.states, self.rows, self.above = {}, {}, {}, {}, {}

    def logits(self, architecture: Callable, row: int, column: int) -> np.ndarray:
        """Return the logits (n, outputs) at a pixel. Pixels are asked for in order; one may be asked for again.

        Args:
            architecture: What the network was made of, with its outputs.
            row: Row of the pixel.
            column: Column of the pixel.
        """
        self.place(row, column, 1)
        return architecture(self.canvas, self)[:, 0]

    def place(self, row: int, column: int, width: int):
        """Go to `width` pixels of a row."""
        self.row, self.start, self.stop = row, column, column + width

    def conv(self, name, x, *settings, **more):
        """Return the convolution of the network's layer, of what was handed over here and at earlier pixels."""
        (height, width), left, kernel, bias = self._weights(name, _convolution)
        if (height, width) == (1, 1):
            return self._here(x) @ kernel + bias
        window = self._window(name, x, height, left, width - 1 - left)
        seen = np.lib.stride_tricks.sliding_window_view(window, width, axis=2)
        return seen.transpose(0, 2, 1, 4, 3).reshape(len(window), self.stop - self.start, -1) @ kernel + bias

    def relu(self, x):
        """Return the positive part."""
        return np.maximum(x, 0.0)

    def gate(self, x):
        """Return the tanh of the first half of the channels times the sigmoid of the second."""
        content, gate = np.split(x, 2, axis=-1)
        return np.tanh(content) * expit(gate)

    def conditioned(self, name, x):
        """Return `x` plus what the condition adds to each of its channels."""
        return x if self.vector is None else x + self.vector @ self._weights(name, _kernel)

    def placed(self, name, x):
        """Return `x` plus what its place adds to each of its channels."""
        return x + self.coordinates[self.row, self.start : self.stop] @ self._weights(name, _kernel)

    def row_lstm(self, name, gates):
        """Return the hidden states of the row's LSTM here."""
        kernel = self._weights(name, _kernel)
        state = self._state(name, len(gates), kernel.shape[1])
        above = state.above[0][:, self.start : self.stop + 2]
        seen = np.concatenate([above[:, :-2], above[:, 1:-1], above[:, 2:]], axis=-1)
        here = slice(self.start + 1, self.stop + 1)
        gates = gates + seen @ kernel.reshape(-1, kernel.shape[-1])
        return state.move(here, gates, state.above[1][:, here])

    def diagonal_lstm(self, name, gates, reverse=False):
        """Return the hidden states of the diagonal LSTM here, pixel by pixel along the row."""
        kernel = self._weights(name, _kernel)
        state = self._state(name, len(gates), kernel.shape[1])
        hidden = np.empty((*gates.shape[:2], kernel.shape[1]), "float32")
        for place in range(gates.shape[1])[:: -1 if reverse else 1]:
            column = self.start + place + 1
            beside = column + (1 if reverse else -1)
            total = gates[:, place] + state.above[0][:, column] @ kernel[0] + state.here[0][:, beside] @ kernel[1]
            hidden[:, place] = state.move(column, total, state.here[1][:, beside])
        return hidden

    def from_above(self, name, x, function, count):
        """Return what `function` gives for the row above, at this column; zeros in the first row."""
        row, column, width = self.row, self.start, self.canvas.shape[2]
        if x is self.canvas:
            whole = x
        else:
            # Rows with an even and with an odd number take turns: the row above is kept until this one is full.
            if name not in self.rows:
                self.rows[name] = np.zeros((2, len(x), width, x.shape[-1]), "float32")
            self.rows[name][row % 2, :, column] = x[:, 0]
            whole = self.rows[name][(row - 1) % 2]
        if row == 0:
            return [np.float32(0.0)] * count
        if self.above.get(name, (0, None))[0] != row:
            self.place(row - 1, 0, width)
            self.above[name] = row, function(whole, self)
            self.place(row, column, 1)
        return [each[:, column : column + 1] for each in self.above[name][1]]

    def _here(self, x):
        return self.canvas[:, self.row, self.start : self.stop] if x is self.canvas else x

    def _weights(self, name, read):
        if name not in self.weights:
            self.weights[name] = read(self.network.get_layer(name))
        return self.weights[name]

    def _state(self, name, n, hidden):
        if name not in self.states:
            self.states[name] = _State(n, self.canvas.shape[2] + 2, hidden)
        self.states[name].go_to(self.row)
        return self.states[name]

    def _window(self, name, x, height, left, right):
        """Return what a kernel reads here: (n, height, w + left + right, C), the last of the rows that of the pixel."""
        n, _, width, _ = self.canvas.shape
        row, rows = self.windows.get(name, (0, None))
        if rows is None:
            rows = np.zeros((n, height, left + width + right, x.shape[-1]), "float32")
        if x is self.canvas:
            # The picture may have changed since a pixel was looked at.
            known = min(height, self.row + 1)
            rows[:, height - known :, left : left + width] = x[:, self.row + 1 - known : self.row + 1]
        else:
            if row != self.row:
                rows[:, :-1] = rows[:, 1:]
            rows[:, -1, left + self.start : left + self.stop] = x
        self.windows[name] = self.row, rows
        return rows[:, :, self.start : self.stop + left + right]


class _State:
    """Hidden states and cells of an LSTM in the row above and in this one, (n, W + 2, hidden) with zeros around."""

    def __init__(self, n, width, hidden):
        self.row = 0
        self.above, self.here = ([np.zeros((n, width, hidden), "float32") for _ in range(2)] for _ in range(2))

    def go_to(self, row):
        """Make this row the one above, where another row begins."""
        if row != self.row:
            self.row, self.above = row, self.here
            self.here = [np.zeros_like(each) for each in self.above]

    def move(self, places, gates, cell):
        """Set the state at places of this row by its gates and the cell that it follows; return the hidden state."""
        outer, forget, inner, new = np.split(gates, 4, axis=-1)
        cell = expit(forget) * cell + expit(inner) * np.tanh(new)
        hidden = expit(outer) * np.tanh(cell)
        self.here[0][:, places], self.here[1][:, places] = hidden, cell
        return hidden


def _convolution(layer):
    kernel = ops.convert_to_numpy(layer.masked_kernel()).astype("float32")
    left = layer.kernel_size[1] // 2
    return kernel.shape[:2], left, kernel.reshape(-1, kernel.shape[-1]), ops.convert_to_numpy(layer.bias)


def _kernel(layer):
    return ops.convert_to_numpy(layer.kernel).astype("float32")
