import pytest

from keras_facegan.errors import UserError
from keras_facegan.registry import DATASETS

NAMES = ["1_0_2_20161219140623097", "16_1_0_20170109150557335", "30_0_4_20170117", "116_1_3_20170112213500903"]


@pytest.fixture
def root(tmp_path, save_picture):
    for name in NAMES:
        save_picture(tmp_path / "UTKFace" / f"{name}.jpg.chip.jpg")
    return tmp_path / "UTKFace"


def utkface(root, split="all", **options):
    return DATASETS.create("utkface", data_dir=root, split=split, **options)


def test_labels_come_from_the_names(root, capsys):
    for data_dir in (root, root.parent):
        source = utkface(data_dir)
        labels = dict(
            zip(source.keys, zip(*(source.columns[n].tolist() for n in ("age", "gender")), strict=True), strict=True)
        )
        ages_and_genders = [(1, 0), (16, 1), (30, 0), (116, 1)]
        assert labels == {f"{name}.jpg.chip.jpg": pair for name, pair in zip(NAMES, ages_and_genders, strict=True)}
        assert source.columns["age"].dtype == "float32" and source.columns["gender"].dtype == "int32"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "ages"), [({"min_age": 16}, [16, 30, 116]), ({"min_age": 2, "max_age": 30}, [16, 30])]
)
def test_ages_can_be_limited(root, options, ages):
    assert sorted(utkface(root, **options).columns["age"]) == ages
    with pytest.raises(UserError, match="received 40 and 30"):
        utkface(root, min_age=40, max_age=30)


@pytest.mark.parametrize("name", ["61_1_20170109150557335.jpg.chip.jpg", "24_0_1_2017 .jpg", "x.jpg", "20_3_0_1.jpg"])
def test_badly_named_files_are_named_and_left_out(root, save_picture, capsys, name):
    save_picture(root / name)
    assert len(utkface(root)) == 4
    assert name in capsys.readouterr().err


def test_cropped_and_uncropped_releases_split_alike(tmp_path, save_picture):
    for number in range(40):
        save_picture(tmp_path / "cropped" / f"20_0_0_{number}.jpg.chip.jpg", size=(2, 2))
        save_picture(tmp_path / "whole" / "part1" / f"20_0_0_{number}.jpg", size=(2, 2))
    cropped = [key.split(".")[0] for key in utkface(tmp_path / "cropped", "train").keys]
    assert cropped == [key.split("/")[1].split(".")[0] for key in utkface(tmp_path / "whole", "train").keys]


def test_the_parts_of_the_release_are_read_together(root, save_picture):
    for number, name in enumerate(NAMES, 1):
        save_picture(root.parent / "release" / f"part{min(number, 3)}" / f"{name}.jpg")
    for data_dir in (root.parent / "release", root.parent / "release" / "part1"):
        ages = sorted(utkface(data_dir).columns["age"].tolist())
        assert ages == ([1, 16, 30, 116] if data_dir.name == "release" else [1])
