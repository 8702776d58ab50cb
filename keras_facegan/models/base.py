"""The base of every model of the zoo: named networks, an optimizer and at most one moving average each."""

import keras
from keras import ops

from keras_facegan.networks.ema import average_towards, averaged_copy
from keras_facegan.optimizers import DEFAULT, build_optimizers
from keras_facegan.seam.gradients import minimize
from keras_facegan.seam.random import ReplicaSeedGenerator


class ZooModel(keras.Model):
    """Named networks, each trained by an optimizer of its own.

    A subclass sets `self.<name>` for every name in `networks` and defines `train_step`. What a run reads of it:

    - `networks`: names of the trained networks; `inference`: names of those a weights file holds;
    - `terms`: names of the scalars of a step; `reads`: names that an element of the data must hold;
    - `batches_per_step`: batches of pictures a step takes;
    - `check_examples(examples)`, where there is one, raises `UserError` for data that cannot be trained on;
    - `adapt(examples)`, where there is one, fits initial values to the data of a fresh run;
    - `validate(images, columns)`, where there is one, returns `{name: float}` on pictures that are not trained on;
    - `calibrate(images, columns)`, where there is one, takes from such pictures what the trained networks still need;
    - `diagnose(logs)`, where there is one, says what is wrong with a run whose terms show it, else None.

    Args:
        config: The constructor's arguments, `locals()` as its first statement; they are what `get_config` returns.
    """

    batches_per_step = 1
    reads = ("image",)

    def __init__(self, config):
        super().__init__(name=config["name"])
        self.config = {key: value for key, value in config.items() if key not in ("self", "__class__")}
        self.image_shape = tuple(config["image_shape"])
        self.seed_generator = ReplicaSeedGenerator()
        self.averages, self.averaged_with = {}, {}
        self.ema_decay = 0.0
        self.built = True

    def average(self, name, decay, trained_as=None):
        """Keep a moving average of a network's weights.

        Args:
            name: Name of the network.
            decay: Decay a step in [0, 1); 0 keeps none.
            trained_as: Name of the trained network that it is a part of, where it is not one itself.
        """
        self.ema_decay = decay
        if decay:
            self.averages[name] = averaged_copy(getattr(self, name))
            self.averaged_with[name] = trained_as or name

    def compile(self, optimizer=DEFAULT, learning_rate_scale=1.0, **kwargs):
        """Build one optimizer a network.

        Args:
            optimizer: Table of settings, see `keras_facegan.optimizers.build_optimizers`.
            learning_rate_scale: Factor on every learning rate.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` of `keras.Model.compile`.
        """
        super().compile(optimizer=None, **kwargs)
        self.optimizers = build_optimizers(optimizer, self.networks, learning_rate_scale)
        for name, each in self.optimizers.items():
            network = getattr(self, name)
            if network.compute_dtype == "float16":
                self.optimizers[name] = each = keras.optimizers.LossScaleOptimizer(each, name=each.name)
            each.build(network.trainable_variables)

    def get_config(self):
        return dict(self.config)

    def get_compile_config(self):
        # A saved model is an architecture and weights; the recipe holds what trained it.
        return None

    def minimize(self, loss_fn, network):
        """Take one step down `loss_fn() -> (loss, terms)` with the weights of `network`; return (loss, terms)."""
        variables = getattr(self, network).trainable_variables
        loss, terms = minimize(loss_fn, variables, self.optimizers[network])
        terms[f"{network}_gradient_norm"] = terms.pop("gradient_norm")
        return loss, terms

    def log(self, **terms):
        """Return the step's scalars in float32, as `fit` hands them to callbacks."""
        return {name: ops.cast(value, "float32") for name, value in terms.items()}

    def update_averages(self):
        """Move every moving average one step towards its network."""
        for name, average in self.averages.items():
            steps = self.optimizers[self.averaged_with[name]].iterations
            average_towards(average, getattr(self, name), self.ema_decay, steps)

    def network(self, name):
        """Return the network to use: the moving average where there is one, else the trained one."""
        return self.averages.get(name, getattr(self, name))
