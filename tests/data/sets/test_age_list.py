import csv
import os
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS

PICTURES = {"a.png": 20, "b b.png": 34.5, "old/c.png": 71, "old/d, e.png": 0}


@pytest.fixture
def root(tmp_path, save_picture):
    for number, name in enumerate(PICTURES):
        save_picture(tmp_path / "faces" / name, seed=number)
    return tmp_path / "faces"


def write(root, text, name="ages.csv", encoding="utf-8"):
    path = root / name
    path.write_text(text, encoding=encoding, newline="")
    return path


def age_list(data_dir, split="all", **options):
    return DATASETS.create("age_list", data_dir=data_dir, split=split, **options)


def ages(source):
    return dict(zip(source.keys, source.columns["age"].tolist(), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        'a.png,20\nb b.png,34.5\nold/c.png,71\n"old/d, e.png",0\n',
        'path,age\r\na.png,20\r\nb b.png,34.5\r\nold/c.png,71\r\n"old/d, e.png",0',
        'Age, Path\n20, a.png\n34.5, b b.png\n71, ./old/c.png\n0,"old/d, e.png"\n\n',
        "path;age\na.png;20\nb b.png;34.5\nold/c.png;71\nold/d, e.png;0\n",
        "a.png\t20\nb b.png\t34.5\nold/c.png\t71\nold/d, e.png\t0\n",
        "a.png 20\n\n b b.png   34.5 \nold/c.png 71\nold/d, e.png 0",
        "path age\na.png 20\nb b.png 34.5\nold/c.png 71\nold/d, e.png 0",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_and_lines_say_the_same(root, text, encoding):
    file = write(root, text, encoding=encoding)
    for place in (file, root, str(root)):
        source = age_list(place)
        assert ages(source) == PICTURES and set(source.columns) == {"age"}
        assert source.columns["age"].dtype == "float32"
    assert source.read(1, 8).shape == (10, 12, 3)


def test_a_list_in_another_encoding_names_files_in_it(root, save_picture):
    name = os.fsdecode("müller.png".encode("latin-1"))
    save_picture(root / name)
    write(root, "müller.png,40\n", encoding="latin-1")
    assert ages(age_list(root)) == {name: 40}


def test_people_and_genders_come_where_they_are_told(root):
    write(root, "a.png,20,Zoe,F\nb b.png,34.5,adam,m\nold/c.png,71,Zoe,female\n")
    source = age_list(root)
    assert source.keys == ("a.png", "b b.png", "old/c.png")
    # In the order of their names, capital letters first.
    np.testing.assert_array_equal(source.columns["identity"], [0, 1, 0])
    np.testing.assert_array_equal(source.columns["gender"], [1, 0, 1])
    assert source.columns["identity"].dtype == source.columns["gender"].dtype == "int32"
    write(root, "gender,age,path\n0,20,a.png\n1,71,old/c.png\n")
    np.testing.assert_array_equal(age_list(root).columns["gender"], [0, 1])
    assert "identity" not in age_list(root).columns


def test_nobody_is_in_two_splits(root):
    (root / "many").mkdir()
    rows = [f"many/{number}.png,{20 + number % 50},person {number // 3}" for number in range(120)]
    for row in rows:
        (root / row.split(",")[0]).touch()
    write(root, "\n".join(rows))
    parts = [age_list(root, split) for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == 120 and min(map(len, parts)) > 0
    people = [set(part.columns["identity"].tolist()) for part in parts]
    assert sum(map(len, people)) == len(set.union(*people)) == 40
    # The number of a person does not depend on what else is left out.
    everybody = age_list(root)
    numbers = dict(zip(everybody.keys, everybody.columns["identity"].tolist(), strict=True))
    for part in (*parts, age_list(root, min_age=50)):
        assert [numbers[key] for key in part.keys] == part.columns["identity"].tolist()


def test_ages_can_be_limited(root):
    write(root, "a.png,20\nb b.png,34.5\nold/c.png,71\n")
    assert sorted(ages(age_list(root, min_age=20, max_age=35)).values()) == [20, 34.5]
    with pytest.raises(UserError, match="age_list needs min_age <= max_age, received 40 and 30"):
        age_list(root, min_age=40, max_age=30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.png,20\nnobody.png,30\n", r"ages.csv, line 2: there is no picture .*nobody.png"),
        ("a.png,20\nold,30\n", r"line 2: there is no picture .*old"),
        ("a.png,20\n\nb b.png,thirty\n", r"line 3: an age is a number of years from 0 to 120, got `thirty`"),
        ("a.png,121\n", "line 1: an age is a number of years from 0 to 120, got `121`"),
        ("a.png,-1\n", "got `-1`"),
        ("a.png,nan\n", "got `nan`"),
        ("a.png,\n", "got ``"),
        ("path,age\na.png,20\nb b.png,3\n./a.png,21\n", "line 4: a.png stands in line 2 already"),
        ("a.png,20,Zoe\nb b.png,30,\n", "line 2: the identity is missing"),
        ("a.png,20,Zoe\nb b.png,30\n", r"line 2: expected 3 values \(path, age, identity\), got 2"),
        ("a.png,20,Zoe,x\n", "line 1: gender must be M or F, male or female, 0 or 1, got `x`"),
        ("a.png,20,Zoe,F,1\n", r"line 1: expected 4 values \(path, age, identity, gender\), got 5"),
        ("a.png\n", r"line 1: expected 2 values \(path, age\), got 1"),
        ("path,ages\na.png,20\n", "line 1: `ages` is no column of a list of ages. Did you mean `age`"),
        ("path,gender\na.png,0\n", "line 1: the column `age` is there 0 times, expected once"),
        ("path,age,age\na.png,20,20\n", "the column `age` is there 2 times"),
        ("", "ages.csv lists no pictures"),
        ("path,age\n\n", "ages.csv lists no pictures"),
        ("a.png,200\nb b.png,300\nold/c.png,70\nx,1\n", "got `200`. In all 3 lines cannot be used"),
        ("a.png 20\nb b.png thirty\n", "line 2: an age .* got `thirty`"),
    ],
)
def test_the_first_wrong_line_is_named(root, text, message):
    write(root, text)
    with pytest.raises(DataError, match=message) as error:
        age_list(root)
    assert "\n" not in str(error.value)


def test_a_picture_is_no_list(root):
    with pytest.raises(DataError, match=r"a.png cannot be read as a list of pictures: it is no text"):
        age_list(root / "a.png")


@pytest.mark.parametrize("place", ["", "nowhere", "nowhere.csv"])
def test_a_missing_list_is_named(root, place):
    with pytest.raises(DataError, match=r"`age_list` expects a list of pictures and ages \(.csv, .tsv, .txt\) in"):
        age_list(root / place)


def test_no_place_at_all_and_several_lists_are_refused(root):
    with pytest.raises(UserError, match="say with --data_dir"):
        age_list(None)
    write(root, "a.png 20\n", "train.txt")
    write(root, "b b.png 30\n", "test.txt")
    with pytest.raises(UserError, match=r"holds 2 lists \(test.txt, train.txt\): name the one as --data_dir"):
        age_list(root)
    assert ages(age_list(root / "train.txt")) == {"a.png": 20}


WORDS = st.text(string.ascii_letters + string.digits + " ,;'\"-_é陳", min_size=1).map(str.strip).filter(bool)


@given(rows=st.lists(st.tuples(st.floats(0, 120, width=32), WORDS, st.sampled_from("MFmf01")), min_size=1, max_size=8))
def test_what_a_spreadsheet_writes_comes_back(tmp_path_factory, rows):
    root = tmp_path_factory.mktemp("faces")
    names = [f"{number} of, many;.png" for number in range(len(rows))]
    for name in names:
        (root / name).touch()
    with open(root / "ages.tsv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerows((name, *row) for name, row in zip(names, rows, strict=True))
    source = age_list(root)
    assert list(source.keys) == names
    np.testing.assert_array_equal(source.columns["age"], np.array([row[0] for row in rows], "float32"))
    people = sorted({row[1] for row in rows})
    assert [people[number] for number in source.columns["identity"]] == [row[1] for row in rows]
    assert source.columns["gender"].tolist() == ["Mm0Ff1".index(row[2]) // 3 for row in rows]
