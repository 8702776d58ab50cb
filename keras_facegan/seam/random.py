"""Random numbers that are part of the training state and differ between replicas."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="keras_facegan")
class ReplicaSeedGenerator(keras.random.SeedGenerator):
    """A Keras `SeedGenerator` whose replicas under `tf.distribute` draw different numbers.

    Keras' own gives every replica the same seeds, so all of them would train on the same latents.
    """

    def next(self, ordered=True):
        seed = super().next(ordered)
        replica = tf.distribute.get_replica_context()
        if replica is None or replica.num_replicas_in_sync == 1:
            return seed
        return seed + tf.stack([tf.cast(replica.replica_id_in_sync_group, seed.dtype) * 0x9E3779, 0])


def normal_of_step(shape, seed, step):
    """Return standard normal numbers that are a function of (shape, seed, step) alone.

    Args:
        shape: Shape of the tensor.
        seed: Integer.
        step: Integer or int32 scalar tensor.

    Returns:
        float32 tensor.
    """
    return tf.random.stateless_normal(shape, (seed, step))
