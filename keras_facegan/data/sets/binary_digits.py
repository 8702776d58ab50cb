"""scikit-learn's digits in black and white, every pixel drawn once: likelihoods without a download."""

from keras_facegan.data.sets.binary_mnist import drawn
from keras_facegan.data.sets.digits import digits
from keras_facegan.registry import DATASETS


@DATASETS.register("binary_digits", about={"extractor": "digit_net/default", "columns": ("label",)})
def binary_digits(data_dir=None, split="train"):
    """The digits of `digits`, each pixel white with the probability that its grey value says, drawn once for all.

    Args:
        data_dir: Not needed.
        split: As for `digits`.
    """
    return drawn(digits(data_dir, split), "binary_digits")
