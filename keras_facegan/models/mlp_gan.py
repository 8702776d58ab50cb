"""The first GAN: two multilayer perceptrons, the discriminator of maxout units.

Generative Adversarial Nets. Goodfellow et al. 2014, arXiv 1406.2661; layers, initial values and optimizer follow the
authors' configuration for MNIST.
"""

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.layers.maxout import Maxout
from keras_facegan.losses.adversarial import adversarial_loss
from keras_facegan.models.gan import GAN
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.registry import MODELS


@keras.saving.register_keras_serializable(package="keras_facegan")
class MomentumRampSGD(keras.optimizers.SGD):
    """SGD whose learning rate decays at every step and whose momentum rises linearly.

    Args:
        learning_rate: Rate at the first step.
        decay: The rate is divided by this at every step, >= 1.
        floor: Smallest rate.
        momentum: Momentum at the first step.
        final_momentum: Momentum from step `ramp_steps` on.
        ramp_steps: Steps of the rise (250 epochs of 500 in the paper's configuration).
        name: Name of the optimizer.
    """

    def __init__(
        self,
        learning_rate=0.1,
        decay=1.000004,
        floor=1e-6,
        momentum=0.5,
        final_momentum=0.7,
        ramp_steps=125000,
        name="momentum_ramp_sgd",
    ):
        super().__init__(learning_rate, momentum=momentum, name=name)
        self.decay, self.floor, self.final_momentum, self.ramp_steps = decay, floor, final_momentum, ramp_steps

    def update_step(self, gradient, variable, learning_rate):
        step = ops.cast(self.iterations, "float32")
        rate = ops.maximum(ops.cast(learning_rate, "float32") * ops.exp(-step * np.log(self.decay)), self.floor)
        risen = ops.minimum(step / self.ramp_steps, 1.0)
        momentum = self.momentum + (self.final_momentum - self.momentum) * risen
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, momentum * velocity - rate * ops.cast(gradient, variable.dtype))
        self.assign_add(variable, velocity)

    def get_config(self):
        own = ("decay", "floor", "final_momentum", "ramp_steps")
        known = {key: super(MomentumRampSGD, self).get_config()[key] for key in ("learning_rate", "momentum", "name")}
        return {**known, **{key: getattr(self, key) for key in own}}


def _uniform(limit):
    return keras.initializers.RandomUniform(-limit, limit)


def mlp_generator(image_shape, hidden, latent_dim):
    """Latents (B, latent_dim) -> images (B, H, W, C) in [-1, 1]."""
    latents = x = keras.Input((latent_dim,), name="latents")
    for _ in range(2):
        x = layers.Dense(hidden, "relu", kernel_initializer=_uniform(0.05))(x)
    x = layers.Dense(int(np.prod(image_shape)), kernel_initializer=_uniform(0.05), name="pixels")(x)
    x = layers.Activation("sigmoid", dtype="float32")(x)
    images = layers.Rescaling(2.0, -1.0, dtype="float32")(layers.Reshape(image_shape)(x))
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def mlp_discriminator(image_shape, maxout_units, maxout_pieces):
    """Images (B, H, W, C) -> logits (B, 1)."""
    image = keras.Input(image_shape, name="image")
    x = layers.Flatten()(layers.Rescaling(0.5, 0.5)(image))
    # Paper: inputs are kept with probability 0.8, hidden units with 0.5.
    for dropped in (0.2, 0.5):
        x = layers.Dense(maxout_units * maxout_pieces, kernel_initializer=_uniform(0.005))(layers.Dropout(dropped)(x))
        x = Maxout(maxout_pieces)(x)
    x = layers.Dense(1, kernel_initializer=_uniform(0.005))(layers.Dropout(0.5)(x))
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


@MODELS.register("gan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class MLPGAN(GAN):
    """GAN of two multilayer perceptrons, 2,503,984 and 1,231,441 parameters on MNIST.

    Args:
        image_shape: (H, W, C), any.
        hidden: Width of the generator's two rectified layers.
        maxout_units: Units of each of the discriminator's two maxout layers.
        maxout_pieces: Linear pieces a maxout unit.
        latent_dim: Length of a latent code.
        latent: "uniform" (the paper's) or "normal".
        latent_range: Half the width of the uniform interval; sqrt(3) gives unit variance.
        loss: Name of an adversarial loss.
        ema_decay: Decay a step of the generator's moving average in [0, 1); 0 keeps none.

    Reference:
        Goodfellow et al. 2014, arXiv 1406.2661, section 5.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        hidden=1200,
        maxout_units=240,
        maxout_pieces=5,
        latent_dim=100,
        latent="uniform",
        latent_range=3**0.5,
        loss="non_saturating",
        ema_decay=0.0,
        name="gan",
    ):
        super().__init__(locals())
        self.generator = mlp_generator(image_shape, hidden, latent_dim)
        self.discriminator = mlp_discriminator(image_shape, maxout_units, maxout_pieces)
        self.play(adversarial_loss(loss), LatentPrior(latent_dim, latent, latent_range), ema_decay=ema_decay)

    def adapt(self, examples):
        """Start the output bias at the logit of every pixel's mean, as the authors' configuration does.

        Args:
            examples: `Examples` that it is trained on.
        """
        mean = np.clip(examples.images.mean(axis=0, dtype=np.float64) / 255.0, 1e-3, 1.0 - 1e-3)
        pixels = self.generator.get_layer("pixels")
        pixels.bias.assign(np.log(mean / (1.0 - mean)).reshape(-1))
        for average in self.averages.values():
            average.set_weights(self.generator.get_weights())
