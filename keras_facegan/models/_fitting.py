"""A model as Keras users use it: called, fitted and evaluated on what they have.

Every model of the zoo is one. `_base` adds networks, optimizers and hooks.
"""

import contextlib
import warnings

import keras
import numpy as np
from keras import ops

from keras_facegan.errors import UserError
from keras_facegan.networks.in_use import InUse
from keras_facegan.networks.training_data import check_call_pictures, epoch_steps, named, training_data
from keras_facegan.seam.peek import is_stream, map_elements, peek

# Networks with one named input take it bare as well: `generator(codes)`. Keras does so, but warns.
warnings.filterwarnings(
    "ignore",
    r"The structure of `inputs` doesn't match the expected structure\.\nExpected: \{'(\w+)': '\1'\}\n"
    r"Received: inputs=Tensor",
)


class FittedModel(keras.Model):
    """A model that is trained and evaluated by its `train_step` on dicts, and takes what Keras users hand over.

    Attributes:
        evaluated: Pictures of the batch that `evaluate` looks at; None while training.
        The others are those of `ZooModel`.
    """

    networks: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    reads: tuple[str, ...] = ("image",)
    call_reads: tuple[str, ...] = ("image",)
    batches_per_step = 1
    evaluated = None

    def __call__(self, data, *args, **kwargs):
        return super().__call__(self.as_inputs(data), *args, **kwargs)

    def as_inputs(self, data) -> dict:
        """Return what `call` reads.

        Args:
            data: A dict, or pictures as an array or tensor.

        Raises:
            UserError: A missing name, or pictures of another shape, kind or range.
        """
        if not isinstance(data, dict):
            data = self.name_bare(data if hasattr(data, "shape") else np.asarray(data))
        for name in self.needed(data):
            if name not in data:
                wanted = ", ".join(f'"{each}": ...' for each in self.needed(data))
                raise UserError(f'{self.name} needs "{name}" here: give {{{wanted}}}, got {", ".join(data)} alone.')
        return data

    def name_bare(self, values) -> dict:
        """Return bare pictures under their name; a subclass that takes something else as well tells it by its shape."""
        check_call_pictures(self, values)
        return {"image": values}

    def needed(self, data: dict) -> tuple[str, ...]:
        """Return the names that a call with these data needs."""
        return self.call_reads

    def check_data(self, data: dict):
        """Raise `UserError` where the first batch of `fit` or `evaluate` has values that the model cannot take.

        Args:
            data: What the first step reads.
        """

    def begin(self, data: dict):
        """Fit initial values to the first data of `fit`, unless that was done before.

        Args:
            data: What the first step reads.
        """

    def fit(self, x=None, y=None, batch_size=None, epochs=1, validation_data=None, **kwargs):
        """Train as `keras.Model.fit` does, after a look at the first batch.

        Args:
            x: Batches of dicts, `tf.data.Dataset` or `keras.utils.PyDataset`; a dict of arrays; or pictures or pairs
                (pictures, labels) in place of a dict. Images are floats in [-1, 1].
            y: Labels, where `x` is an array of pictures.
            batch_size: Pictures per step, of arrays; Keras' 32 for None.
            epochs: Number of epochs. That of a dataset of `load_dataset` ends when every picture came once.
            validation_data: As `x`; its terms are in the logs as "val_<term>".
            **kwargs: Of `keras.Model.fit`, but no weights of samples or classes.

        Returns:
            `keras.callbacks.History`; its numbers are means over an epoch.

        Raises:
            UserError: Data of another shape, kind or range than the model reads, or data without an end and no
                `steps_per_epoch`.
        """
        for name in ("sample_weight", "class_weight"):
            if kwargs.pop(name, None) is not None:
                raise UserError(f"{self.name} weighs all pictures alike: leave `{name}` out.")
        if kwargs.get("validation_split") and self.batches_per_step > 1:
            raise UserError(
                f"{self.name} takes {self.batches_per_step} batches per step: give validation_data instead."
            )
        kwargs["steps_per_epoch"] = epoch_steps(x, kwargs.get("steps_per_epoch"), "steps_per_epoch")
        x, first = training_data(self, x, y, batch_size, cut=self.batches_per_step)
        if first is not None:
            self.begin(first)
        if is_stream(x):
            # Keras would warn that it cannot shuffle.
            kwargs["shuffle"] = False
        if validation_data is not None:
            kwargs["validation_steps"] = epoch_steps(
                validation_data, kwargs.get("validation_steps"), "validation_steps"
            )
            size = kwargs.get("validation_batch_size") or batch_size
            validation_data, _ = training_data(self, validation_data, batch_size=size)
        return super().fit(x, batch_size=batch_size, epochs=epochs, validation_data=validation_data, **kwargs)

    def evaluate(self, x=None, y=None, batch_size=None, return_dict=False, **kwargs):
        """Return the terms of a training step, as means over pictures that are not learned from.

        The trained networks are used as in inference: with moving statistics, and without dropout. Nothing of the model
        moves, and the random codes are the same at every evaluation of the same state.

        Args:
            x: As for `fit`.
            y: As for `fit`.
            batch_size: As for `fit`.
            return_dict: Return a dict by name, rather than a list in the order of `terms`.
            **kwargs: Of `keras.Model.evaluate`.

        Returns:
            Dict, list, or one number where there is one term.

        Raises:
            UserError: As for `fit`.
        """
        # `fit` has looked at its validation data.
        if not kwargs.get("_use_cached_eval_dataset"):
            kwargs["steps"] = epoch_steps(x, kwargs.get("steps"), "steps")
            x, _ = training_data(self, x, y, batch_size)
        kept = [(variable, np.array(ops.convert_to_numpy(variable))) for variable in self.variables]
        try:
            logs = super().evaluate(x, batch_size=batch_size, return_dict=True, **kwargs)
        finally:
            # Among them the state of the seed generators, so that looking changes no training.
            for variable, value in kept:
                variable.assign(value)
        return logs if return_dict else self._in_order(logs)

    def test_step(self, data):
        """Return the terms of a training step on data without taking it."""
        with self._at_rest(ops.shape(data["image"])[0]):
            return self.train_step(data)

    def predict(self, x, *args, **kwargs):
        """Return what a call gives, batch by batch, as NumPy arrays.

        Args:
            x: What a call takes, or a stream of batches of it.
            *args: Of `keras.Model.predict`.
            **kwargs: Of `keras.Model.predict`.

        Raises:
            UserError: As for a call.
        """
        if not is_stream(x):
            return super().predict(self.as_inputs(x), *args, **kwargs)

        def inputs(element):
            return self.as_inputs(named(self, element) if isinstance(element, tuple | list) else element)

        first, x = peek(x)
        if first is not None:
            # Outside of a graph, where an error is one line.
            inputs(first)
        return super().predict(map_elements(inputs, x), *args, **kwargs)

    def train_on_batch(self, x, y=None, return_dict=False):
        """Take one step, and return its terms.

        Args:
            x: As for `fit`, arrays.
            y: As for `fit`.
            return_dict: Return a dict by name, rather than a list in the order of `terms`.

        Raises:
            UserError: As for `fit`.
        """
        if not self.compiled:
            raise UserError(f"Compile {self.name} before it is trained: model.compile().")
        data, _ = training_data(self, x, y, batch_size=_rows(x), cut=self.batches_per_step)
        self.begin(data)
        self.make_train_function()
        self.reset_metrics()
        logs = {name: float(value) for name, value in self.train_function(iter([data])).items()}
        return logs if return_dict else self._in_order(logs)

    def test_on_batch(self, x, y=None, return_dict=False):
        """Return the terms of one batch as `evaluate` does.

        Args:
            x: As for `fit`, arrays.
            y: As for `fit`.
            return_dict: Return a dict by name, rather than a list in the order of `terms`.

        Raises:
            UserError: As for `fit`.
        """
        return self.evaluate(x, y, batch_size=_rows(x), return_dict=return_dict, verbose=0)

    def _in_order(self, logs):
        """Return the terms of logs as Keras does without `return_dict`: a list, or a number where there is one."""
        values = [logs[name] for name in (*self.terms, *self.details) if name in logs]
        return values[0] if len(values) == 1 else values

    @contextlib.contextmanager
    def _at_rest(self, pictures):
        """Let a training step only look: every network is as in use, and `minimize` moves nothing."""
        networks = {name: getattr(self, name) for name in self.networks}
        # Past Keras, which tracks what is set as an attribute.
        self.__dict__.update({name: InUse(network) for name, network in networks.items()}, evaluated=pictures)
        try:
            yield
        finally:
            self.__dict__.update(networks, evaluated=None)


def _rows(x):
    """Return how many pictures arrays hold, whatever they are in."""
    while not hasattr(x, "shape"):
        x = next(iter(x.values() if isinstance(x, dict) else x))
    return len(x)
