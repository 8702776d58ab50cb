"""Pictures that a generator made earlier, mixed among those that it makes now."""

import keras
from keras import ops

from keras_facegan.seam import random, replicas


@keras.saving.register_keras_serializable(package="keras_facegan")
class PicturePool(keras.layers.Layer):
    """Holds `pictures` float32 (size, H, W, C) and how many of them are `filled`; both are part of the training state.

    Args:
        size: Pictures that it holds at most, not fewer than come at a time.
        **kwargs: Arguments of `keras.layers.Layer`.

    Reference:
        Shrivastava et al. 2017, arXiv 1612.07828, section 2.3, as CycleGAN has it.
    """

    def __init__(self, size: int, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.size = size

    def build(self, input_shape):
        settings = {"initializer": "zeros", "trainable": False, "aggregation": "only_first_replica"}
        self.pictures = self.add_weight(shape=(self.size, *input_shape[1:]), name="pictures", **settings)
        self.filled = self.add_weight(shape=(), dtype="int32", name="filled", **settings)

    def exchange(self, pictures, seed):
        """Return the pictures (B, H, W, C), each with probability 1/2 exchanged for an earlier one.

        Until the pool is full, pictures are kept as well as returned. An earlier one that is returned makes room for
        the new one that it replaces. Where B does not divide the size, the rest of the pool stays empty. Of several
        devices each holds the pictures of all.

        Args:
            pictures: float32 tensor (B, H, W, C), all of a step at most `size`.
            seed: Seed generator.
        """
        pictures = replicas.gather(pictures)
        count, places = ops.shape(pictures)[0], ops.arange(self.size, dtype="int32")
        used = self.size - self.size % count
        is_filling = self.filled < used
        # Take places that differ, so that no picture is returned twice.
        order = ops.where(places < used, random.uniform_for_all((self.size,), seed), 1.0)
        drawn = ops.cast(ops.argsort(order), "int32")
        places = ops.where(is_filling, self.filled + places, drawn)[:count]
        earlier = ops.take(self.pictures, places, axis=0)
        is_swapped = random.uniform_for_all((count, 1, 1, 1), seed) < 0.5
        is_earlier = ops.logical_and(ops.logical_not(is_filling), is_swapped)
        kept = ops.where(ops.logical_or(is_filling, is_swapped), pictures, earlier)
        self.pictures.assign(ops.scatter_update(self.pictures, places[:, None], kept))
        self.filled.assign(ops.minimum(self.filled + count, used))
        return replicas.own_rows(ops.where(is_earlier, earlier, pictures))

    def get_config(self):
        return {**super().get_config(), "size": self.size}
