"""Dropout that stays out of frozen networks."""

import keras

from keras_facegan.seam import random


@keras.saving.register_keras_serializable(package="keras_facegan")
class Dropout(keras.layers.Dropout):
    """`keras.layers.Dropout` that does nothing once it is frozen, as Keras' batch normalisation does.

    A frozen network inside one that trains is called with `training=True`; its answer must not depend on chance. Under
    `tf.distribute` replicas leave out what one device would.

    Args:
        *args: As in `keras.layers.Dropout`.
        **kwargs: As in `keras.layers.Dropout`.

    Call arguments:
        inputs: Tensor of any shape.
        training: Whether parts are left out.

    Returns:
        Tensor of the shape of `inputs`.
    """

    def call(self, inputs, training=False):
        if not training or not self.trainable or not self.rate:
            return inputs
        return random.dropout(inputs, self.rate, self.noise_shape, self.seed_generator)
