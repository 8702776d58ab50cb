import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_facegan.data.sources import SPLITS, Source, parse_split, picture_source, split_by_hash
from keras_facegan.errors import UserError


def test_splits_are_disjoint_complete_and_of_the_stated_size():
    keys = [f"{number}.jpg" for number in range(20_000)]
    parts = {name: split_by_hash(keys, name) for name in SPLITS}
    assert sorted(np.concatenate(list(parts.values()))) == list(range(20_000))
    # Within four standard deviations of the binomial.
    assert abs(len(parts["train"]) - 18_000) < 170
    assert abs(len(parts["validation"]) - 1_000) < 125
    assert np.array_equal(split_by_hash(keys, "all"), np.arange(20_000))
    both = np.union1d(parts["train"], parts["validation"])
    assert np.array_equal(split_by_hash(keys, "train+validation"), both)


def test_the_split_of_a_name_never_changes():
    # SHA-256 puts these at 0.298, 0.904 and 0.966.
    sides = {"1.jpg": "train", "62.jpg": "validation", "13.jpg": "test"}
    for name, side in sides.items():
        assert [split for split in SPLITS if split_by_hash([name], split).size] == [side]


@given(st.lists(st.binary(min_size=1, max_size=20).map(os.fsdecode), min_size=1, max_size=20), st.data())
def test_an_example_stays_on_its_side_whatever_others_exist(keys, data):
    kept = data.draw(st.sets(st.sampled_from(keys)).map(sorted))
    train = {keys[index] for index in split_by_hash(keys, "train")}
    assert {kept[index] for index in split_by_hash(kept, "train")} == train & set(kept)


@pytest.mark.parametrize("split", ["trian", "", "train+", "all+train"])
def test_an_unknown_split_is_refused(split):
    with pytest.raises(UserError, match="not a split"):
        parse_split(split)


def test_take_reorders_everything_and_composes():
    images = np.arange(5, dtype="uint8").reshape(5, 1, 1, 1)
    source = Source(
        name="five",
        keys=tuple("abcde"),
        columns={"label": np.arange(5)},
        read=lambda index, size: images[index],
        read_many=lambda indices, size: images[indices],
    )
    taken = source.take([4, 2, 0]).take(np.array([True, False, True]))
    assert taken.keys == ("e", "a")
    assert taken.columns["label"].tolist() == [4, 0]
    assert [taken.read(index, 1).item() for index in range(2)] == [4, 0]
    assert taken.read_many(np.array([1, 0]), 1).ravel().tolist() == [0, 4]


def test_picture_source_reads_files(folder):
    source = picture_source("mine", folder, ["00.png", "01.png"])
    assert source.read(1, 8).shape == (10, 12, 3)
    assert source.root == str(folder)
    assert len(source) == 2


def test_a_stamp_follows_names_and_sizes_wherever_they_lie(tmp_path):
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        for name, size in (("a.png", 3), ("b.png", 5)):
            (tmp_path / place / name).write_bytes(b"x" * size)
    here, there = (picture_source("mine", tmp_path / place, ["a.png", "b.png"]) for place in ("here", "there"))
    os.utime(tmp_path / "there" / "a.png", (1, 1))
    assert here.stamp() == there.stamp() != here.take([0]).stamp() != here.take([1]).stamp()
    (tmp_path / "there" / "a.png").write_bytes(b"xxxx")
    assert there.stamp() != here.stamp()
