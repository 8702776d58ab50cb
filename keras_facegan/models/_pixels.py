"""The base of models that say how likely a picture is, pixel by pixel from the top left corner."""

import functools
import math
from collections.abc import Callable

import numpy as np
from keras import ops

from keras_facegan.errors import UserError
from keras_facegan.metrics.likelihood import bits_per_dim
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.chunks import chunk_size, in_chunks
from keras_facegan.networks.condition import Condition, check_names
from keras_facegan.networks.levels import Levels
from keras_facegan.networks.pixelwise import Pixels, pixel_network

# Held-out pictures whose lower half is drawn anew for a preview, and how often.
COMPLETED, COMPLETIONS = 6, 4


class PixelModel(ZooModel):
    """p(x) as the product over all values of p(x_i | x_1 ... x_i-1): rows from the top, pixels from the left, R, G, B.

    A subclass calls `predict_pixels`. Training maximises the exact likelihood, so there is no second player, and no
    latent code.

    Attributes:
        levels: `Levels` that a value may have.
        architecture: Callable `(picture, layers, outputs)`, see `keras_facegan.networks.pixelwise`.
    """

    networks = ("predictor",)
    inference = ("predictor",)
    terms = ("nll", "bits_per_dim")
    uses_held_out = True
    # `log_prob` gives probabilities.
    level_width = 1.0

    def predict_pixels(self, architecture: Callable, levels: int, condition: Condition | None, ema_decay: float):
        """Make the network.

        Args:
            architecture: Callable `(picture, layers, outputs)`.
            levels: Number of values of a pixel.
            condition: What pictures are conditioned on, or None.
            ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.
        """
        self.levels, self.architecture = Levels(levels), architecture
        self.conditions = () if condition is None else (condition,)
        self.reads = self.call_reads = ("image", *(each.column for each in self.conditions))
        self.predictor = pixel_network(architecture, self.image_shape, self.levels, condition)
        self.average("predictor", ema_decay)

    def check_examples(self, examples):
        self.levels.check_bytes(examples.images, self.name, examples.name)
        for condition in self.conditions:
            condition.check(examples)

    def check_data(self, data):
        # Pictures of a caller's own, or grey again because an augmentation has moved them.
        self.levels.check(ops.convert_to_numpy(data["image"]), self.name)

    def call(self, data, training=False):
        return self.predictor(self._inputs(data), training=training)["logits"]

    def train_step(self, data):
        def loss_fn():
            logits = self.predictor(self._inputs(data), training=True)["logits"]
            # The mean over values instead of their sum: float16 can hold its gradients.
            return -ops.mean(self.levels.log_prob(logits, data["image"])), {}

        loss, terms = self.minimize(loss_fn, "predictor")
        self.update_averages()
        dims = int(np.prod(self.image_shape))
        return self.log(nll=loss * dims, bits_per_dim=bits_per_dim(loss, 1), **terms)

    def validate(self, images, columns):
        """Return the negative log-likelihood of pictures that are not trained on, in nats and in bits per value."""
        wanted = {each.name: ops.convert_to_numpy(each.of(columns[each.column])) for each in self.conditions}
        nll = -float(self.log_prob(images, **wanted).astype("float64").mean())
        return {"nll": nll, "bits_per_dim": float(bits_per_dim(nll, int(np.prod(self.image_shape))))}

    def preview(self, images, columns):
        """Return rows of a picture, its upper half, and the picture with other lower halves."""
        rows, shown = self.image_shape[0] // 2, images[:COMPLETED]
        wanted = {
            each.name: ops.convert_to_numpy(each.of(columns[each.column]))[:COMPLETED] for each in self.conditions
        }
        cut = shown.copy()
        cut[:, rows:] = -1.0
        completed = [self.complete(shown, rows, seed, **wanted) for seed in range(COMPLETIONS)]
        return {"lower_half": np.stack([shown, cut, *completed], axis=1)}

    def log_prob(self, images, **wanted) -> np.ndarray:
        """Return the log-likelihood of pictures.

        Args:
            images: Float array or tensor (n, H, W, C) in [-1, 1], every value one of the model's levels.
            **wanted: Condition of a conditional model, such as label=3, see `Condition.values`. Without it, the
                likelihood is that of the mixture of all classes in equal parts.

        Returns:
            float32 array (n,), in nats.

        Raises:
            UserError: Pictures of another shape, kind or range, values between the levels, or an unknown condition.
        """
        images = self._checked(images)
        check_names(self.name, self.conditions, wanted)
        if not self.conditions:
            return in_chunks(self._log_prob, images)
        condition = self.conditions[0]
        if wanted:
            return in_chunks(self._log_prob, images, condition.values(wanted[condition.name], len(images)))
        each = [self.log_prob(images, **{condition.name: value}) for value in range(condition.width)]
        return np.logaddexp.reduce(each, axis=0) - np.float32(np.log(condition.width))

    def generate(self, num_images: int = 1, seed: int = 0, advance: Callable | None = None, **wanted) -> np.ndarray:
        """Return new pictures, drawn value by value.

        Args:
            num_images: Number of pictures.
            seed: Picture i depends on `seed` and i alone.
            advance: Called now and then with the number of pictures drawn since, which may be a fraction; or None.
            **wanted: Condition of a conditional model, such as label=3; drawn where it is not asked for.

        Returns:
            float32 array (num_images, H, W, C) in [-1, 1], every value one of the model's levels.

        Raises:
            UserError: An unknown condition.
        """
        check_names(self.name, self.conditions, wanted)
        canvas = np.full((num_images, *self.image_shape), -1.0, "float32")
        return self._draw(canvas, 0, seed, advance, wanted)

    def complete(self, images, rows: int, seed: int = 0, advance: Callable | None = None, **wanted) -> np.ndarray:
        """Return pictures whose upper rows are kept and whose other rows are drawn.

        Args:
            images: As for `log_prob`; what lies below the kept rows is not looked at.
            rows: Number of rows to keep, from 0 to H.
            seed: Picture i depends on `images[i]`, `seed` and i alone.
            advance: As for `generate`.
            **wanted: As for `generate`.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: As `log_prob` raises, or another number of rows.
        """
        check_names(self.name, self.conditions, wanted)
        if isinstance(rows, bool) or not isinstance(rows, int | np.integer) or not 0 <= rows <= self.image_shape[0]:
            raise UserError(f"rows must be a whole number from 0 to {self.image_shape[0]}, got {rows}.")
        images = np.array(ops.convert_to_numpy(images))
        if images.ndim == 4:
            images[:, rows:] = -1.0
        return self._draw(self._checked(images), int(rows), seed, advance, wanted)

    def export_signatures(self):
        """Return the signature `log_prob`: image (B, H, W, C) in [-1, 1], and a condition -> log_prob (B,) in nats."""
        names = ["image", *(each.name for each in self.conditions)]
        examples = {
            "image": self.levels.floats(
                np.random.default_rng(0).integers(self.levels.count, size=(5, *self.image_shape))
            )
        }
        examples |= {each.name: each.sample(5, 0) for each in self.conditions}

        def network(inputs, training=False):
            return {"log_prob": self._log_prob(*(inputs[name] for name in names))}

        return {"log_prob": (network, examples, lambda image, **wanted: self.log_prob(image, **wanted))}

    def _inputs(self, data):
        return {"image": data["image"], **{each.name: each.of(data[each.column]) for each in self.conditions}}

    def _log_prob(self, images, *conditions):
        inputs = dict(zip(("image", *(each.name for each in self.conditions)), (images, *conditions), strict=True))
        logits = self.network("predictor")(inputs, training=False)["logits"]
        return ops.sum(self.levels.log_prob(logits, images), axis=(1, 2, 3))

    def _draw(self, canvas, first_row, seed, advance, wanted):
        """Return a canvas (n, H, W, C) whose rows from `first_row` on are drawn."""
        # One stream of numbers in the order of the pictures: more pictures leave the first ones as they are.
        uniform = np.random.default_rng(seed).random(canvas.shape)
        conditions = [each.wanted(wanted.get(each.name), len(canvas), seed) for each in self.conditions]
        chunks = math.ceil(len(canvas) / chunk_size(canvas, uniform, *conditions))

        def row_done():
            if advance is not None:
                advance(len(canvas) / chunks / self.image_shape[0])

        # Chunks of one size: how many pictures are asked for must not change how a sum is rounded.
        fill = functools.partial(self._fill, first_row, row_done)
        return in_chunks(fill, canvas, uniform, *conditions) if chunks else canvas

    def _fill(self, first_row, row_done, canvas, uniform, *conditions):
        height, width, colours = self.image_shape
        canvas, vector = np.array(canvas), None
        if conditions:
            vector = ops.convert_to_numpy(self.conditions[0].vector(ops.convert_to_tensor(conditions[0])))[:, None]
        pixels = Pixels(self.network("predictor"), canvas, vector)
        architecture = functools.partial(self.architecture, outputs=colours * self.levels.logits)
        for row, column in np.ndindex(height, width):
            # Of rows that are kept, layers need to remember one look at every pixel.
            for colour in range(colours) if row >= first_row else (colours - 1,):
                logits = pixels.logits(architecture, row, column).reshape(len(canvas), colours, -1)
                if row >= first_row:
                    drawn = self.levels.draw(logits[:, colour], uniform[:, row, column, colour])
                    canvas[:, row, column, colour] = drawn
            if column == width - 1:
                row_done()
        return canvas

    def _checked(self, images):
        """Return pictures as float32 (n, H, W, C), after a look at their shape, kind and values."""
        images = ops.convert_to_numpy(images)
        if images.ndim != 4 or images.shape[1:] != self.image_shape:
            sizes = ", ".join(str(size) for size in self.image_shape)
            raise UserError(f"{self.name} reads images of shape (n, {sizes}), got {images.shape}. Resize them.")
        if images.dtype.kind != "f":
            raise UserError(
                f"images must be floats in [-1, 1], got {images.dtype}; keras_facegan.data.images.to_float converts "
                "bytes."
            )
        self.levels.check(images, self.name)
        return images.astype("float32", copy=False)
