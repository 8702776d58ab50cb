"""Distance of pairs of pictures in the feature maps of a network."""

import numpy as np

from keras_facegan.errors import UserError


def perceptual_distance(maps, reference_maps):
    """Return the distance of each pair of pictures, given their feature maps at several stages of one network.

    At each place the features are brought to length 1; the squared differences are averaged over channels and places
    and added over the stages. Learnt weights of channels, which LPIPS has, are left out: the values are of another
    size than its.

    Args:
        maps: Sequence of arrays (n, h, w, c), one a stage, of any sizes.
        reference_maps: Sequence of arrays of the same shapes.

    Returns:
        float64 array (n,), >= 0, and at most the sum of 4 / c over the stages.

    Raises:
        UserError: Shapes differ, or a value that is not finite.

    Reference:
        Zhang et al. 2018, The unreasonable effectiveness of deep features as a perceptual metric, arXiv 1801.03924,
        equation 1.
    """
    maps, reference_maps = [np.asarray(each) for each in maps], [np.asarray(each) for each in reference_maps]
    shapes, others = ([each.shape for each in stages] for stages in (maps, reference_maps))
    if not maps or shapes != others or any(len(shape) != 4 for shape in shapes) or len({s[0] for s in shapes}) > 1:
        raise UserError(f"maps and reference_maps must be lists of arrays (n, h, w, c), got {shapes} and {others}.")
    distance = np.zeros(len(maps[0]))
    for a, b in zip(maps, reference_maps, strict=True):
        for picture in range(len(distance)):
            squared = np.square(_unit(a[picture]) - _unit(b[picture]))
            distance[picture] += squared.mean()
    if not np.isfinite(distance).all():
        raise UserError("maps or reference_maps hold NaN or infinite values.")
    return distance


def _unit(features):
    features = features.astype("float64")
    return features / (np.sqrt(np.square(features).sum(axis=-1, keepdims=True)) + 1e-10)
