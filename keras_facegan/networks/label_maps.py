"""What a network is told of a whole picture, at every place of it."""

from keras import layers


def label_maps(vector, size):
    """Return a vector as maps that are the same everywhere, to be concatenated with others.

    Args:
        vector: Symbolic tensor (B, C).
        size: Side of the maps, or (height, width).

    Returns:
        Symbolic tensor (B, height, width, C).
    """
    return layers.UpSampling2D(size)(layers.Reshape((1, 1, vector.shape[1]))(vector))
