"""Losses and penalties: functions of tensors that give what a network minimises."""

from keras_facegan.losses.adversarial import AdversarialLoss, adversarial_loss
from keras_facegan.losses.ages import soft_labels
from keras_facegan.losses.classification import cross_entropy
from keras_facegan.losses.contrastive import contrastive_loss
from keras_facegan.losses.identity import margin_softmax, triplet_loss
from keras_facegan.losses.laplacian_pyramid import laplacian_distance
from keras_facegan.losses.penalties import gradient_penalty, r1
from keras_facegan.losses.structural_similarity import ssim

__all__ = [
    "AdversarialLoss",
    "adversarial_loss",
    "contrastive_loss",
    "cross_entropy",
    "gradient_penalty",
    "laplacian_distance",
    "margin_softmax",
    "r1",
    "soft_labels",
    "ssim",
    "triplet_loss",
]
