"""What the replicas of a step under `tf.distribute` do together; on one device each of these does nothing.

Every replica sees its part of the batch. What a step says of the whole batch, a sum of gradients, a mean, the rows of
all, is asked for here, by all replicas alike and outside of branches: one that does not ask lets the others wait.
"""

import keras
import tensorflow as tf


def count() -> int:
    """Return how many replicas take the step; 1 outside of one."""
    replica = tf.distribute.get_replica_context()
    return 1 if replica is None else replica.num_replicas_in_sync


def own_rows(whole):
    """Return the rows of a whole batch (replicas * B, ...) that are this replica's, (B, ...)."""
    replicas = count()
    if replicas == 1:
        return whole
    number = tf.distribute.get_replica_context().replica_id_in_sync_group
    return tf.reshape(whole, (replicas, -1, *keras.ops.shape(whole)[1:]))[number]


def rows_of_batch(draw, shape):
    """Return the rows that one device would draw for the pictures of this replica.

    Args:
        draw: Callable from a shape to a tensor of it, the same on every replica.
        shape: Shape of what this replica needs, its rows first.
    """
    rows, *rest = shape
    return own_rows(draw((count() * rows, *rest)))


def mean(value):
    """Return the mean of a tensor over the replicas."""
    if count() == 1:
        return value
    # A tensor from outside of the replicas is on none of their devices.
    own = tf.identity(tf.convert_to_tensor(value))
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, own)


def means(terms: dict) -> dict:
    """Return the means of float32 scalars over the replicas, by name."""
    if count() == 1 or not terms:
        return terms
    together = mean(tf.stack([tf.cast(value, tf.float32) for value in terms.values()]))
    return dict(zip(terms, tf.unstack(together), strict=True))


def sums(gradients: list) -> list:
    """Return the sums of gradients over the replicas; those that are None stay None."""
    if count() == 1:
        return gradients
    known = [each for each in gradients if each is not None]
    total = iter(tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, known))
    return [None if each is None else next(total) for each in gradients]


def gather(rows):
    """Return the rows (B, ...) of all replicas, one replica after the other."""
    return rows if count() == 1 else tf.distribute.get_replica_context().all_gather(rows, axis=0)


class Mean(keras.metrics.Mean):
    """A `keras.metrics.Mean` that every replica keeps for itself: hand it the same values everywhere, see `means`.

    Reading Keras' own asks all machines, so one of them alone could not save it.
    """

    def add_variable(self, shape, initializer, dtype=None, aggregation="none", name=None):
        with keras.name_scope(self.name, caller=self):
            return keras.Variable(
                keras.initializers.get(initializer), shape=shape, dtype=dtype, trainable=False, name=name
            )
