"""Two domains within a set: by an attribute, by two labels, and what is refused."""

import numpy as np
import pytest

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data import load_dataset, open_dataset
from keras_facegan.errors import UserError

FACES = {"image_shape": (8, 8, 3), "size": 60}


def test_faces_with_an_attribute_are_a_and_those_without_are_b():
    examples = open_dataset("drawn_faces", domains="Eyeglasses", **FACES)
    has = examples.columns["attributes"][:, CELEBA_ATTRIBUTES.index("Eyeglasses")]
    np.testing.assert_array_equal(examples.columns["domain"], 1 - has)
    assert examples.columns["domain"].dtype == np.int32 and len(examples) == 60 and 0 < has.sum() < 60


def test_two_labels_are_a_and_b_and_others_are_left_out():
    both = open_dataset("digits", "all", image_shape=(8, 8, 1))
    examples = open_dataset("digits", "all", image_shape=(8, 8, 1), domains="label:8/3")
    label = examples.columns["label"]
    np.testing.assert_array_equal(examples.columns["domain"], label == 3)
    assert len(examples) == np.isin(both.columns["label"], (3, 8)).sum() and set(label.tolist()) == {3, 8}
    np.testing.assert_array_equal(examples.images, both.images[np.isin(both.columns["label"], (3, 8))])


def test_any_column_of_numbers_will_do():
    examples = open_dataset("drawn_faces", domains="gender:1/0", **FACES)
    np.testing.assert_array_equal(examples.columns["domain"], examples.columns["gender"] == 0)


def test_classes_go_by_their_names(folder, tmp_path, save_picture):
    for name in ("summer", "autumn", "winter"):
        for number in range(3):
            save_picture(tmp_path / "seasons" / name / f"{number}.png")
    arguments = {"image_shape": (8, 8, 3), "data_dir": tmp_path / "seasons"}
    examples = open_dataset("image_folder", "all", domains="label:summer/winter", **arguments)
    assert [key.split("/")[0] for key in examples.keys] == ["summer"] * 3 + ["winter"] * 3
    assert examples.columns["domain"].tolist() == [0, 0, 0, 1, 1, 1]
    with pytest.raises(UserError, match="`wintr` is not a label of `image_folder`. Did you mean `winter`"):
        open_dataset("image_folder", "all", domains="label:summer/wintr", **arguments)


def test_balanced_batches_hold_as_many_of_either():
    batches = load_dataset("drawn_faces", batch_size=6, sampler="balanced:domain", domains="Bald", **FACES)
    for batch in batches.take(20):
        assert sorted(np.asarray(batch["domain"]).tolist()) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("name", "domains", "message"),
    [
        ("drawn_faces", "Eyeglases", "`Eyeglases` is not an attribute. Did you mean `Eyeglasses`"),
        ("drawn_faces", "label:3/8", "needs whole numbers, a column of `label`; `drawn_faces` has attributes, age"),
        ("drawn_faces", "age:3/8", "needs whole numbers, a column of `age`"),
        ("drawn_faces", "gender:0", "got `gender:0`"),
        ("drawn_faces", "gender:0/0", "got `gender:0/0`"),
        ("drawn_faces", "gender:male/female", "`male` is not a gender of `drawn_faces`. They are numbers."),
        ("drawn_faces", "gender:0/7", r"`drawn_faces` has no pictures of domain B \(data.domains `gender:0/7`\)"),
        ("drawn_faces", "Attractive", "has no pictures of domain A"),
    ],
)
def test_domains_that_are_not_there(name, domains, message):
    with pytest.raises(UserError, match=message):
        open_dataset(name, domains=domains, **FACES)


def test_a_set_without_attributes_is_not_split_by_one():
    with pytest.raises(UserError, match="data.domains `Bald` needs the column `attributes`; `digits` has label"):
        open_dataset("digits", image_shape=(8, 8, 1), domains="Bald")
