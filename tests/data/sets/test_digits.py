import numpy as np

from keras_facegan.registry import DATASETS


def test_digits_need_no_file():
    source = DATASETS.create("digits", split="all")
    assert len(source) == 1797 and source.class_names == tuple("0123456789")
    assert np.bincount(source.columns["label"]).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    picture = source.read(0, 8)
    assert picture.shape == (8, 8, 1) and picture.dtype == np.uint8
    # Row 0 of the first digit is 0 0 5 13 9 1 0 0 in steps of 255/16.
    assert picture[0, :, 0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]
    assert sum(len(DATASETS.create("digits", split=split)) for split in ("train", "validation", "test")) == 1797
