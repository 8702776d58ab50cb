"""Dropout that stays out of frozen networks."""

import keras
from keras import ops

from keras_facegan.seam import replicas


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
        training = training and self.trainable
        if not training or not self.rate or self.noise_shape is not None or replicas.count() == 1:
            return super().call(inputs, training=training)

        def drop(shape):
            return keras.random.dropout(ops.ones(shape, inputs.dtype), self.rate, seed=self.seed_generator)

        return inputs * replicas.rows_of_batch(drop, ops.shape(inputs))
