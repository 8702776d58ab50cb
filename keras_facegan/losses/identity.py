"""Losses that pull the pictures of a person together and those of others apart, on unit embeddings."""

from keras import ops

from keras_facegan.losses.classification import cross_entropy


def squared_distances(embeddings):
    """Return the squared L2 distances (B, B) in [0, 4] of unit embeddings (B, D)."""
    return ops.clip(2.0 - 2.0 * ops.matmul(embeddings, ops.transpose(embeddings)), 0.0, 4.0)


def triplet_loss(embeddings, identity, margin):
    """Return the triplet loss over all anchor-positive pairs of a batch, each with its semi-hard negative.

    The negative of a pair (a, p) is the nearest one that is farther from a than p is: inside the margin it is
    semi-hard, beyond it the hardest easy one, whose loss is 0. Where every negative is nearer than p, the farthest
    is taken, since the hardest ones collapse f(x) to a point early on.

    Args:
        embeddings: float32 tensor (B, D) of unit vectors.
        identity: int tensor (B,).
        margin: alpha, the squared distance by which negatives must be farther.

    Returns:
        Dict of float32 scalars: `triplet_loss`, the mean over the triplets whose loss is positive (0 without one),
        `active_share`, the share of these, and the mean `positive_distance` and `negative_distance` of all pairs.

    Reference:
        FaceNet, Schroff et al. 2015, arXiv 1503.03832, equations 1 to 4.
    """
    distances = squared_distances(embeddings)
    same = ops.equal(identity[:, None], identity[None, :])
    positive = ops.logical_and(same, ops.logical_not(ops.eye(ops.shape(identity)[0], dtype="bool")))
    negative_distance = ops.take_along_axis(distances, ops.stop_gradient(_negatives(distances, same)), axis=1)
    loss = ops.relu(distances - negative_distance + margin) * ops.cast(positive, "float32")
    active = ops.cast(loss > 0, "float32")
    return {
        "triplet_loss": ops.sum(loss) / ops.maximum(ops.sum(active), 1.0),
        "active_share": ops.sum(active) / ops.maximum(ops.sum(ops.cast(positive, "float32")), 1.0),
        "positive_distance": _mean_where(distances, positive),
        "negative_distance": _mean_where(distances, ops.logical_not(same)),
    }


def margin_softmax(cosines, identity, scale, margin):
    """Return the cross-entropy of the normalised softmax whose true class must lead by a margin, and the accuracy.

    Args:
        cosines: float32 tensor (B, K) in [-1, 1], of embeddings and class centres.
        identity: int tensor (B,) in [0, K).
        scale: Factor on the cosines.
        margin: Taken from the cosine of the true class.

    Returns:
        Two float32 scalars; the accuracy is that of the cosines without the margin.

    Reference:
        CosFace, Wang et al. 2018, arXiv 1801.09414, equation 4.
    """
    truth = ops.one_hot(identity, cosines.shape[-1], dtype="float32")
    loss = cross_entropy(truth, scale * (cosines - margin * truth))
    right = ops.equal(ops.cast(ops.argmax(cosines, axis=-1), "int32"), ops.cast(identity, "int32"))
    return loss, ops.mean(ops.cast(right, "float32"))


def _negatives(distances, same):
    """Return int32 (B, B): for the pair (a, p) the negative of a that `triplet_loss` describes.

    In the order of each row, the next negative after p is the nearest one that is farther: one sort per row finds it
    for all p, without the cube of the batch size.
    """
    count = distances.shape[0] or ops.shape(distances)[0]
    order = ops.argsort(distances, axis=1)
    places = ops.broadcast_to(ops.arange(count, dtype="int32")[None, :], ops.shape(distances))
    is_negative = ops.logical_not(ops.take_along_axis(same, order, axis=1))
    negatives = ops.sort(ops.where(is_negative, places, count), axis=1)
    passed = ops.cumsum(ops.cast(is_negative, "int32"), axis=1)
    following = ops.take_along_axis(negatives, ops.minimum(passed, count - 1), axis=1)
    farthest = ops.max(ops.where(is_negative, places, 0), axis=1, keepdims=True)
    chosen = ops.where(following < count, following, farthest)
    sorted_negatives = ops.take_along_axis(order, chosen, axis=1)
    return ops.take_along_axis(sorted_negatives, ops.argsort(order, axis=1), axis=1)


def _mean_where(values, mask):
    mask = ops.cast(mask, "float32")
    return ops.sum(values * mask) / ops.maximum(ops.sum(mask), 1.0)
