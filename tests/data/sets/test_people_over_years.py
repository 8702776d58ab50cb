import pytest

from keras_facegan.data.pipeline import open_dataset
from keras_facegan.data.sets.people_over_years import people_over_years
from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS

# Names of each set, and the age, person and gender that they tell.
NAMES = {
    "cacd": {
        "53_Robert_De_Niro_0001.jpg": (53, "Robert_De_Niro"),
        "14_Aaron_Johnson_0012.jpg": (14, "Aaron_Johnson"),
        "62_Robert_De_Niro_0003.jpg": (62, "Robert_De_Niro"),
        "31_Robert_Downey_Jr._0001.jpg": (31, "Robert_Downey_Jr."),
        "40_Zoë_O'Hara_0007.JPG": (40, "Zoë_O'Hara"),
    },
    "morph": {
        "000001_0M54.jpg": (54, "000001", 0),
        "000001_1M55.JPG": (55, "000001", 0),
        "009055_12F16.JPG": (16, "009055", 1),
        "012345_3f77.png": (77, "012345", 1),
    },
    "fgnet": {
        "001A02.JPG": (2, "001"),
        "001A43a.JPG": (43, "001"),
        "001A43b.JPG": (43, "001"),
        "082A00.jpg": (0, "082"),
        "045a69.png": (69, "045"),
    },
}
FOLDERS = {"cacd": "CACD2000", "morph": "MORPH", "fgnet": "FGNET"}
EACH_SET = pytest.mark.parametrize("name", sorted(NAMES))


@pytest.fixture
def fill(tmp_path):
    """Make empty files of a set; labels are read without looking into a picture."""

    def make(name, files):
        root = tmp_path / FOLDERS[name]
        for file in files:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).touch()
        return root

    return make


def labels(source):
    names = [name for name in ("age", "identity", "gender") if name in source.columns]
    return dict(zip(source.keys, zip(*(source.columns[n].tolist() for n in names), strict=True), strict=True))


@EACH_SET
@pytest.mark.parametrize("sub_folder", ["", "images/"])
def test_labels_come_from_the_names(fill, name, sub_folder, capsys):
    told = {sub_folder + file: values for file, values in NAMES[name].items()}
    root = fill(name, told)
    people = sorted({values[1] for values in told.values()})
    expected = {file: (age, people.index(person), *rest) for file, (age, person, *rest) in told.items()}
    for data_dir in (root, root.parent):
        source = DATASETS.create(name, data_dir=data_dir, split="all")
        assert labels(source) == expected and source.name == name
    assert source.columns["age"].dtype == "float32" and source.columns["identity"].dtype == "int32"
    assert capsys.readouterr().err == ""


@EACH_SET
def test_nobody_is_in_two_splits(fill, name):
    form = {"cacd": "{1}_A_Name_{0}_0001.jpg", "morph": "{0:06}_0M{1}.jpg", "fgnet": "{0:03}A{1}.JPG"}[name]
    root = fill(name, [form.format(person, age) for person in range(100) for age in (20, 30, 40)])
    parts = [DATASETS.create(name, data_dir=root, split=split) for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == 300 and min(map(len, parts)) > 0
    people = [set(part.columns["identity"].tolist()) for part in parts]
    assert sum(map(len, people)) == len(set.union(*people)) == 100
    # Limits of age leave sides and numbers as they are.
    everybody = labels(DATASETS.create(name, data_dir=root, split="all"))
    old = labels(DATASETS.create(name, data_dir=root, split="train", min_age=35, max_age=40))
    assert set(old) == {key for key in parts[0].keys if everybody[key][0] == 40}
    assert all(everybody[key] == values for key, values in old.items())
    with pytest.raises(UserError, match=f"{name} needs min_age <= max_age, received 40 and 30"):
        DATASETS.create(name, data_dir=root, min_age=40, max_age=30)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("cacd", "Robert_De_Niro_0001.jpg"),
        ("cacd", "53_Robert_De_Niro.jpg"),
        ("cacd", "121_Robert_De_Niro_0001.jpg"),
        ("morph", "000001_M54.jpg"),
        ("morph", "000001_0X54.jpg"),
        ("fgnet", "A02.JPG"),
        ("fgnet", "001A43ab.JPG"),
    ],
)
def test_badly_named_files_are_named(fill, capsys, name, file):
    root = fill(name, [file])
    with pytest.raises(DataError, match=rf"`{name}` expects pictures named \[.*; none of the 1 in .* is: {file}"):
        DATASETS.create(name, data_dir=root, split="all")
    fill(name, NAMES[name])
    assert len(DATASETS.create(name, data_dir=root, split="all")) == len(NAMES[name])
    told = capsys.readouterr().err
    assert told.startswith(f"{name}: 1 files in ") and told.endswith(f": {file}\n")


def test_a_message_does_not_list_thousands_of_files(fill, capsys):
    root = fill("cacd", [*NAMES["cacd"], *(f"{number:03}.jpg" for number in range(500))])
    assert len(DATASETS.create("cacd", data_dir=root, split="all")) == len(NAMES["cacd"])
    told = capsys.readouterr().err
    assert "500 files" in told and "009.jpg and 490 more" in told and "010.jpg" not in told


@EACH_SET
def test_a_missing_folder_is_named(tmp_path, name):
    with pytest.raises(DataError, match=rf"expects pictures named \[.*{FOLDERS[name]} or"):
        DATASETS.create(name, data_dir=tmp_path)


def test_batches_hold_every_group_of_ages_equally_often(tmp_path, save_picture):
    for number in range(24):
        age = (20, 20, 20, 20, 20, 35, 45, 60)[number % 8]
        save_picture(tmp_path / f"{age}_Some_Body_{number:04}.jpg", size=(8, 8), seed=number)
    examples = open_dataset("cacd", "all", data_dir=tmp_path, image_shape=(8, 8, 3), reads=("image", "age"))
    batch = next(iter(examples.batches(16, sampler="balanced:age:30/40/50")))
    ages = batch["age"].numpy()
    assert [int((ages == age).sum()) for age in (20, 35, 45, 60)] == [4, 4, 4, 4]
    assert set(batch["identity"].numpy()) == {0}


@EACH_SET
def test_the_layout_of_a_folder_is_told_by_its_names(fill, name):
    root = fill(name, NAMES[name])
    source, expected = people_over_years(root), DATASETS.create(name, data_dir=root, split="all")
    assert source.name == name and labels(source) == labels(expected)


def test_a_folder_of_no_known_layout_names_those_that_are_known(tmp_path):
    (tmp_path / "anna-1990.jpg").touch()
    # UTKFace tells ages, but not people.
    (tmp_path / "26_0_2_20170116184024662.jpg.chip.jpg").touch()
    with pytest.raises(DataError, match=r"CACD \(14_Aaron_Johnson_0001.jpg\), MORPH \(0.*JPG\) or FG-NET \(001A02"):
        people_over_years(tmp_path)
    with pytest.raises(DataError, match="There is no folder"):
        people_over_years(tmp_path / "nowhere")
