"""The base of every model that turns latent codes into pictures, under conditions where it has some."""

from typing import NamedTuple

import keras
import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.condition import Condition, check_names
from keras_facegan.networks.latents import LatentPrior


class Grid(NamedTuple):
    """What a grid of pictures shows.

    Attributes:
        inputs: Arguments of `LatentModel.decode`.
        columns: Pictures per row; None for the nearest square.
        row_names: What the pictures of a row have in common, one string per row; None where they have nothing.
    """

    inputs: dict[str, np.ndarray]
    columns: int | None
    row_names: list[str] | None


class LatentModel(ZooModel):
    """Draws pictures from codes of a prior.

    A subclass calls `draw_from` once its networks exist. Its network `decoder_name` takes `{"latents": (B, dim)}`
    and one input per condition, and gives `{"images": (B, H, W, C)}`.

    Called on codes, the model draws them: `model(codes)`, or a dict of "latents" and conditions. Called on anything
    else it does what `call` says.

    Attributes:
        decoder_name: Name of the network that draws.
        prior: `LatentPrior` of the codes.
        conditions: Tuple of `Condition`, empty for a model without.
    """

    inference = ("generator",)
    decoder_name = "generator"

    def draw_from(self, prior: LatentPrior, conditions: tuple[Condition, ...] = ()):
        """Set the distribution of the codes and what pictures are conditioned on.

        Args:
            prior: Distribution of the codes.
            conditions: One per input of the decoder besides the codes.
        """
        self.prior, self.conditions = prior, tuple(conditions)
        self.reads = self.call_reads = ("image", *(condition.column for condition in self.conditions))
        for condition in self.conditions:
            if condition.memory is not None:
                # Part of the model, so that weights files and checkpoints hold it.
                setattr(self, condition.memory.name, condition.memory)
                self.inference = (*self.inference, condition.memory.name)

    def __call__(self, data, *args, **kwargs):
        data = self.as_inputs(data)
        if "latents" not in data:
            return super().__call__(data, *args, **kwargs)
        decoder = self.network(self.decoder_name)
        return decoder({name: data[name] for name in decoder.input}, *args, **kwargs)["images"]

    def name_bare(self, values):
        """Return bare codes (n, latent_dim) or pictures (n, H, W, C) under their name."""
        shape, latent_dim = tuple(values.shape), self.prior.latent_dim
        if len(shape) == 4:
            return super().name_bare(values)
        if len(shape) != 2 or shape[1] != latent_dim:
            pictures = ", ".join(map(str, self.image_shape))
            raise UserError(f"{self.name} takes codes (n, {latent_dim}) or pictures (n, {pictures}), got {shape}.")
        return {"latents": values}

    def needed(self, data):
        """Return the names of the decoder's inputs where codes are drawn, else those of pictures and their labels."""
        return tuple(self.network(self.decoder_name).input) if "latents" in data else self.call_reads

    def check_examples(self, examples):
        for condition in self.conditions:
            condition.check(examples)

    def adapt(self, examples):
        for condition in self.conditions:
            condition.adapt(examples)

    def conditions_of(self, data: dict) -> dict:
        """Return the inputs that the labels of real pictures stand for: `{condition: tensor (B, ...)}`."""
        return {condition.name: condition.of(data[condition.column]) for condition in self.conditions}

    def sample_latents(self, n: int, seed: int = 0) -> np.ndarray:
        """Return float32 (n, latent_dim) codes; code i depends on `seed` and i alone."""
        return self.prior.sample(n, seed)

    def sample_inputs(self, n: int, seed: int = 0, **wanted) -> dict[str, np.ndarray]:
        """Return what `decode` takes for `n` pictures.

        Args:
            n: Number of pictures.
            seed: Row i of every array depends on `seed` and i alone.
            **wanted: By name of the condition, one value or `n` values, see `Condition.wanted`; the others are drawn.

        Returns:
            `{"latents": (n, latent_dim), <condition>: (n, ...)}`.

        Raises:
            UserError: A condition that the model does not have, or a value that it does not know.
        """
        check_names(self.name, self.conditions, wanted)
        inputs = {"latents": self.sample_latents(n, seed)}
        for condition in self.conditions:
            inputs[condition.name] = condition.wanted(wanted.get(condition.name), n, seed)
        return inputs

    def grid(self, num: int, seed: int = 0, columns: int | None = None, **wanted) -> Grid:
        """Return what a grid of about `num` pictures shows.

        A condition that is not asked for has one value per row, on the same codes in every row. Without one, or where
        there are more values than pictures, the grid shows what `generate` draws.

        Args:
            num: Number of pictures.
            seed: Fixes the codes, and the conditions that are drawn.
            columns: Pictures per row; None lets `num` decide.
            **wanted: As for `sample_inputs`.
        """
        shown = next((condition for condition in self.conditions if condition.name not in wanted), None)
        values, names = shown.rows(seed) if shown else ((), [])
        per_row = columns or (num // len(names) if names else 0)
        if not names or not per_row:
            return Grid(self.sample_inputs(num, seed, **wanted), columns, None)
        row, column = np.divmod(np.arange(per_row * len(names)), per_row)
        inputs = {name: each[column] for name, each in self.sample_inputs(per_row, seed, **wanted).items()}
        return Grid({**inputs, shown.name: values[row]}, per_row, names)

    def condition_inputs(self, n: int, **conditions) -> dict[str, np.ndarray]:
        """Return the inputs of `n` pictures besides their codes, where all conditions are known.

        Args:
            n: Number of pictures.
            **conditions: By name of the condition, one value or `n` values, see `Condition.values`.

        Raises:
            UserError: A condition is missing or unknown.
        """
        check_names(self.name, self.conditions, conditions)
        for condition in self.conditions:
            if conditions.get(condition.name) is None:
                flags = " or ".join(f"--{flag}" for flag in condition.flags)
                raise UserError(
                    f"{self.name} draws pictures on the condition `{condition.name}`: give {condition.name}=..., or "
                    f"{flags} on the command line."
                )
        return {condition.name: condition.values(conditions[condition.name], n) for condition in self.conditions}

    def decode(self, latents: np.ndarray, **conditions) -> np.ndarray:
        """Return float32 NumPy pictures (n, H, W, C) in [-1, 1].

        Args:
            latents: float (n, latent_dim).
            **conditions: As for `condition_inputs`. All of them are needed: a default would depend on how many
                pictures are asked for.

        Raises:
            UserError: A condition is missing or unknown.
        """
        inputs = {"latents": latents, **self.condition_inputs(len(latents), **conditions)}
        decoder = self.network(self.decoder_name)

        def draw(*rows):
            return decoder(dict(zip(inputs, rows, strict=True)), training=False)["images"]

        return np.clip(in_chunks(draw, *inputs.values()), -1.0, 1.0)

    def decode_between(self, latents: np.ndarray, start, end, t: np.ndarray) -> np.ndarray:
        """Return pictures whose condition goes from one value to another while their codes stay.

        Between two classes the decoder sees a mixture of both, which it was never trained on.

        Args:
            latents: float (n, latent_dim).
            start: Where the condition begins: one value or `n`, see `Condition.values`.
            end: Where it ends.
            t: How far along, (steps,) from 0 at `start` to 1 at `end`.

        Returns:
            float32 NumPy array (n, steps, H, W, C) in [-1, 1].

        Raises:
            UserError: The model does not have one condition, or does not know a value.
        """
        if len(self.conditions) != 1:
            raise UserError(f"{self.name} has {len(self.conditions)} conditions; one can be changed along a walk.")
        (condition,), n, steps = self.conditions, len(latents), len(t)
        first, last = (condition.vectors(condition.values(value, n))[:, None] for value in (start, end))
        share = np.asarray(t, "float32")[:, None]
        vectors = ((1.0 - share) * first + share * last).reshape(n * steps, condition.width)
        decoder = self.network(self.decoder_name)
        # A list, for the tensor inside the decoder has a name of Keras' own.
        on_vectors = keras.Model([decoder.input["latents"], condition.vector_in(decoder)], decoder.output["images"])

        def draw(codes, vectors):
            return on_vectors([codes, vectors], training=False)

        images = in_chunks(draw, np.repeat(np.asarray(latents, "float32"), steps, axis=0), vectors)
        return np.clip(images, -1.0, 1.0).reshape(n, steps, *self.image_shape)

    def generate(self, num_images: int = 1, seed: int = 0, **wanted) -> np.ndarray:
        """Return new pictures.

        Args:
            num_images: Number of pictures.
            seed: Fixes the codes, and the conditions that are not asked for.
            **wanted: As for `sample_inputs`.

        Returns:
            float32 NumPy array (num_images, H, W, C) in [-1, 1].
        """
        return self.decode(**self.sample_inputs(num_images, seed, **wanted))

    def export_signatures(self) -> dict:
        """Return `{name: (network, example inputs, the method it equals)}`, what `keras_facegan.export` writes."""
        return {"generate": (self.network(self.decoder_name), self.sample_inputs(5), self.decode)}
