"""A loss that finds the views of a picture among those of all others, on unit embeddings."""

from keras import ops


def contrastive_loss(embeddings, picture, temperature):
    """Return the cross-entropy of telling, for each view, which others are views of the same picture.

    The similarities of a view to all others, over the temperature, are logits; the loss is the mean over its partners
    of -log softmax, and over all views that have a partner. Without any it is 0.

    Args:
        embeddings: float32 tensor (B, D) of unit vectors.
        picture: int tensor (B,), equal for views of one picture.
        temperature: Positive float.

    Returns:
        Dict of float32 scalars: `loss`, `accuracy` (share of views whose nearest other one is a partner), and the mean
        cosines `positive_cosine` of partners and `negative_cosine` of views of different pictures.

    Reference:
        Supervised contrastive learning, Khosla et al. 2020, arXiv 2004.11362, equation 2; with two views a picture it
        is NT-Xent of SimCLR, Chen et al. 2020, arXiv 2002.05709, equation 1.
    """
    cosines = ops.matmul(embeddings, ops.transpose(embeddings))
    count = ops.shape(cosines)[0]
    others = 1.0 - ops.eye(count, dtype="float32")
    same = ops.cast(ops.equal(picture[:, None], picture[None, :]), "float32")
    partners = same * others
    # A view is no answer to its own question.
    logits = cosines / temperature - 1e9 * (1.0 - others)
    partner_count = ops.sum(partners, axis=1)
    each = -ops.sum(partners * ops.log_softmax(logits, axis=1), axis=1) / ops.maximum(partner_count, 1.0)
    has_partner = ops.cast(partner_count > 0, "float32")
    found = ops.take_along_axis(partners, ops.argmax(logits, axis=1)[:, None], axis=1)[:, 0]
    return {
        "loss": _mean(each, has_partner),
        "accuracy": _mean(found, has_partner),
        "positive_cosine": _mean(cosines, partners),
        "negative_cosine": _mean(cosines, 1.0 - same),
    }


def _mean(values, weights):
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)
