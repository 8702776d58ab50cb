"""The 1,797 handwritten digits of 8 x 8 pixels inside scikit-learn: a set that needs no file."""

import numpy as np

from keras_facegan.data.sources import Source, split_by_hash
from keras_facegan.registry import DATASETS


@DATASETS.register("digits", about={"extractor": "digit_net/default", "columns": ("label",)})
def digits(data_dir=None, split="train"):
    """Grey digits 0 to 9 with `label`.

    Args:
        data_dir: Not needed.
        split: "train", "validation", "test", several joined with "+", or "all".
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    # 17 levels of ink, 0..16, become 0..255.
    images = np.rint(data.images * (255 / 16)).astype("uint8")[..., None]
    keys = tuple(f"digits/{index}" for index in range(len(images)))
    source = Source(
        name="digits",
        keys=keys,
        columns={"label": data.target.astype("int32")},
        read=lambda index, size: images[index],
        class_names=tuple("0123456789"),
    )
    return source.take(split_by_hash(keys, split))
