"""The base of every model of the zoo: named networks, one optimizer per network, and the hooks that a run calls."""

import warnings
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from keras_facegan.arguments import check_arguments
from keras_facegan.errors import UserError
from keras_facegan.models._fitting import FittedModel
from keras_facegan.networks.ema import average_towards, averaged_copy
from keras_facegan.optimizers import DEFAULT, OptimizerGroup, build_optimizers
from keras_facegan.seam import replicas
from keras_facegan.seam.gradients import leave_sums_to_minimize, minimize, minimize_each


class ZooModel(FittedModel):
    """Named networks, each trained by its own optimizer.

    A subclass sets `self.<name>` for every name in `networks`, and defines `train_step`. It overrides the hooks that
    its paper needs; all of them have a default that does nothing. What a trained model can do for its user is said in
    `keras_facegan.abilities`.

    Attributes:
        networks: Names of the trained networks.
        inference: Names of the networks that a weights file holds.
        terms: Names of the scalars of a step, the columns of its history.
        details: Names of further scalars that a step may give, which TensorBoard shows.
        reads: Names that an element of the data must hold; the first one besides "image" is that of the labels of
            pairs (image, label).
        call_reads: Those of them that a call needs.
        uses_held_out: Whether a run opens the validation split for `validate`, `calibrate` and `preview`.
        batches_per_step: Batches of pictures that one step takes.
        steps_ahead: Optimizer steps of a network that are kept in memory to be differentiated through, by its name.
        conditions: Tuple of `Condition` that pictures are drawn on, empty for a model without.

    Args:
        config: The constructor's arguments, `locals()` as its first statement; they are what `get_config` returns.
    """

    inference: tuple[str, ...] = ()
    uses_held_out = False
    conditions: tuple = ()

    def __init__(self, config: dict):
        # Keras can collect the arguments itself, but then reports the default for an argument that was passed as 5.
        config = {key: value for key, value in config.items() if key not in ("self", "__class__")}
        config |= config.pop("game", {})
        check_arguments(config["name"], type(self), config, "model.")
        super().__init__(name=config["name"])
        self.config = config
        self.image_shape = tuple(config["image_shape"])
        self.seed_generator = keras.random.SeedGenerator(name="seed_generator")
        self.averages, self.averaged_with = {}, {}
        self.ema_decay = 0.0
        # Networks that the weights this model was loaded with do not hold.
        self.fresh_networks = ()
        self.steps_ahead = {}
        norms = [f"{network}_gradient_norm" for network in self.networks]
        self.means = {term: replicas.Mean(name=term) for term in (*self.terms, *self.details, *norms)}
        self.built = True

    # Hooks of a run, in the order in which it calls them.

    def check_examples(self, examples):
        """Raise `UserError` where the data cannot be trained on.

        Args:
            examples: `keras_facegan.data.Examples` of the training split.
        """

    def check_batch(self, size: int):
        """Raise `UserError` where batches of a size cannot be trained on.

        Args:
            size: Pictures per batch of one network.
        """

    def adapt(self, examples):
        """Fit initial values to the data of a fresh run.

        Args:
            examples: `keras_facegan.data.Examples` of the training split.
        """

    def check_held_out(self, held_out, examples) -> str | None:
        """Raise `UserError` where held-out data tell nothing; return what to know of numbers taken on them, or None.

        Args:
            held_out: `keras_facegan.data.Examples` of the validation split.
            examples: Those of the training split.
        """

    def diagnose(self, logs: dict[str, float]) -> str | None:
        """Return what is wrong with a run whose terms show it, else None.

        Args:
            logs: Means of the terms over the last interval.
        """

    def validate(self, images: np.ndarray, columns: dict[str, np.ndarray]) -> dict[str, float]:
        """Return numbers by name on pictures that are not trained on.

        Args:
            images: float32 (n, H, W, C) in [-1, 1].
            columns: Labels by name.
        """
        return {}

    def preview(self, images: np.ndarray, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return what the model makes of pictures that are not trained on, for people to look at.

        Args:
            images: float32 (n, H, W, C) in [-1, 1].
            columns: Labels by name.

        Returns:
            Dict from a short name to float32 (rows, columns, H, W, C) in [-1, 1].
        """
        return {}

    def calibrate(self, images: np.ndarray, columns: dict[str, np.ndarray]):
        """Learn at the end of a run what the trained networks still need, such as thresholds.

        Args:
            images: float32 (n, H, W, C) in [-1, 1], not trained on.
            columns: Labels by name.
        """

    # What a subclass builds on.

    def average(self, name: str, decay: float, trained_as: str | None = None):
        """Keep a moving average of a network's weights.

        Args:
            name: Name of the network.
            decay: Decay per step in [0, 1); 0 keeps none.
            trained_as: Name of the trained network that it is a part of, where it is not one itself.
        """
        self.ema_decay = decay
        if decay:
            self.averages[name] = averaged_copy(getattr(self, name))
            self.averaged_with[name] = trained_as or name

    def network(self, name: str) -> keras.Model:
        """Return the network to use: the moving average where there is one, else the trained one."""
        return self.averages.get(name, getattr(self, name))

    def shape_read_by(self, name: str) -> tuple[int, ...]:
        """Return the (H, W, C) of the pictures that a network reads in training, for one that takes any size.

        Args:
            name: Name of the network.
        """
        return self.image_shape

    def say_if_fresh(self, *names: str):
        """Warn, once, that networks which are used now were not in the weights that the model was loaded with."""
        fresh = [name for name in names if name in self.fresh_networks]
        if fresh:
            self.fresh_networks = tuple(name for name in self.fresh_networks if name not in fresh)
            warnings.warn(
                f"{self.name}: the {' and the '.join(fresh)} of this model {'is' if len(fresh) == 1 else 'are'} "
                "untrained, for its weights hold only what it is used with. A run keeps all networks: begin from one "
                "with `train.py --init RUN`.",
                stacklevel=3,
            )

    def minimize(self, loss_fn: Callable, *networks: str):
        """Take one step down a loss with the weights of some networks.

        Args:
            loss_fn: Callable `() -> (loss, terms)`: a float32 scalar and a dict of scalars.
            *networks: Names of the networks that move, each by its own optimizer and loss scale.

        Returns:
            `(loss, terms)`, where the terms gain "<network>_gradient_norm" of each network. While `evaluate` looks at a
            batch nothing moves, and no gradient is taken.
        """
        if self.evaluated is not None:
            return loss_fn()
        players = [(getattr(self, name).trainable_variables, self.optimizers[name]) for name in networks]
        loss, terms, norms = minimize(loss_fn, players)
        return loss, terms | {f"{name}_gradient_norm": norm for name, norm in zip(networks, norms, strict=True)}

    def minimize_each(self, loss_fn: Callable, when: Callable = lambda terms: {}):
        """Take one step down the losses of several networks, all told by one forward pass.

        Args:
            loss_fn: Callable `() -> (losses, terms)`: a dict from the name of a network to the float32 scalar that it
                alone minimises, and a dict of scalars.
            when: Callable from the terms to a dict from the name of a network to a bool scalar: where it is false the
                network rests. Those that it does not name always move.

        Returns:
            `(losses, terms)`, with gradient norms as `minimize` has them.
        """
        if self.evaluated is not None:
            return loss_fn()
        players = {name: (getattr(self, name).trainable_variables, self.optimizers[name]) for name in self.networks}
        losses, terms, norms = minimize_each(loss_fn, players, when)
        return losses, terms | {f"{name}_gradient_norm": norm for name, norm in norms.items()}

    def batches_of(self, data: dict) -> list[dict]:
        """Cut every array of a step's data into `batches_per_step` batches; an evaluation takes all at once."""
        if self.batches_per_step == 1 or self.evaluated is not None:
            return [data]
        parts = {name: ops.split(values, self.batches_per_step) for name, values in data.items()}
        return [dict(zip(parts, batch, strict=True)) for batch in zip(*parts.values(), strict=True)]

    def log(self, **terms) -> dict:
        """Return the scalars of a step as `fit` hands them to callbacks: float32 means since the epoch began.

        A scalar that is a mean over the pictures is that of the whole batch on however many devices.
        """
        for name, value in replicas.means(terms).items():
            # Batches of an evaluation may differ in size, and count by it.
            self.means[name].update_state(ops.cast(value, "float32"), sample_weight=self.evaluated)
        return {name: self.means[name].result() for name in terms}

    def update_averages(self):
        """Move every moving average one step towards its network."""
        for name, average in self.averages.items() if self.evaluated is None else ():
            steps = self.optimizers[self.averaged_with[name]].iterations
            average_towards(average, getattr(self, name), self.ema_decay, steps)

    # Keras.

    def compile(self, optimizer=DEFAULT, loss=None, learning_rate_scale=1.0, **kwargs):
        """Build one optimizer per network: `model.optimizers[name]`.

        Args:
            optimizer: The name of an optimizer, a Keras optimizer, a dict of them by network, or a table of settings,
                see `keras_facegan.optimizers.build_optimizers`.
            loss: None: the model has its own.
            learning_rate_scale: Factor on every learning rate of a table.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` of `keras.Model.compile`.

        Raises:
            UserError: A wrong optimizer, or a loss or metrics, which the model brings itself.
        """
        self.say_if_fresh(*self.networks)
        own = {
            "loss": loss,
            **{name: kwargs.pop(name, None) for name in ("loss_weights", "metrics", "weighted_metrics")},
        }
        for name, value in own.items():
            if value is not None:
                terms = ", ".join(self.terms)
                raise UserError(f"{self.name} brings its own losses and metrics ({terms}): leave `{name}` out.")
        # Without `optimizer=None` Keras would build an RMSprop that nobody uses, and save it.
        super().compile(optimizer=None, **kwargs)
        # Keras' own, which is saved with the others. Set past Keras, which tracks what is set as an attribute.
        self.__dict__["_loss_tracker"] = replicas.Mean(name="loss")
        self.optimizers = build_optimizers(optimizer, self.networks, learning_rate_scale)
        for name, each in self.optimizers.items():
            network = getattr(self, name)
            if network.compute_dtype == "float16" and not isinstance(each, keras.optimizers.LossScaleOptimizer):
                self.optimizers[name] = each = keras.optimizers.LossScaleOptimizer(each, name=each.name)
            each.build(network.trainable_variables)
            leave_sums_to_minimize(each)
        self.optimizer = OptimizerGroup(self.optimizers.values())

    def get_config(self):
        return dict(self.config)

    def get_compile_config(self):
        # A saved model is an architecture and weights; the recipe holds what trained it.
        return None
