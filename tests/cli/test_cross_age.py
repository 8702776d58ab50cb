"""facegan cross-age: drawn people in the layouts of CACD, MORPH and FG-NET, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.abilities import require
from keras_facegan.cli import cross_age as command_module
from keras_facegan.data.drawing import draw, sample_parameters
from keras_facegan.errors import TooFewPicturesError
from keras_facegan.photos import search
from keras_facegan.photos.cross_age import cross_age, find_pair, older, widest_pairs
from keras_facegan.photos.networks import Network
from tests.cli.test_people import WHOLE, find_faces
from tests.photos.ageing_runs import strong

PEOPLE, SIDE = 4, 32
YOUNG, OLD = 25, 60


@pytest.fixture(scope="module")
def networks():
    """An ageing network, a younger one and a judge, of random weights."""
    models = {"pfa_gan/utkface_64": strong(), "pfa_gan/utkface_64_younger": strong(direction="younger")}
    models["facenet/judge_64"] = models["facenet/celeba_96"] = create_model("facenet", "tiny", seed=0)
    return {name: Network(name, model, WHOLE) for name, model in models.items()}


@pytest.fixture(scope="module")
def people():
    """Photos uint8 (people, 3, side, side, 3) as children, at 25 and at 60 years."""
    faces = sample_parameters(np.arange(PEOPLE), 0, identities=PEOPLE)
    return np.stack([draw(faces.at_age(age), SIDE) for age in (8, YOUNG, OLD)], axis=1)


@pytest.fixture(autouse=True)
def stand_ins(networks, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(search, "find_faces", find_faces)

    def load(name, ability, step=None):
        require(networks[name].model, ability)
        return networks[name]

    monkeypatch.setattr(command_module, "load_network", load)


@pytest.fixture(scope="module")
def pairs(people):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "find_faces", find_faces)
        return [find_pair(young, old, YOUNG, OLD) for _, young, old in people]


@pytest.fixture(scope="module")
def expected(pairs, networks):
    return cross_age(pairs, older(networks["pfa_gan/utkface_64"]), networks["facenet/judge_64"])


def test_of_every_person_the_widest_pair_of_an_adult_is_taken():
    ages = np.array([8, 20, 64, 33, 18, 27, 40, 50, 17, 90, 30])
    people = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4])
    np.testing.assert_array_equal(widest_pairs(ages, people, years=9), [[1, 2], [4, 5], [6, 7]])
    np.testing.assert_array_equal(widest_pairs(ages, people), [[1, 2], [6, 7]])
    drawn = [widest_pairs(ages, people, years=9, most=2, seed=seed).tolist() for seed in (0, 0, 1, 2, 3)]
    assert drawn[0] == drawn[1] and len({str(each) for each in drawn}) > 1
    with pytest.raises(TooFewPicturesError, match="at least 45 years later; 0 of 5 people have both, and 1 have one"):
        widest_pairs(ages, people, years=45)


def test_a_photo_that_becomes_the_old_one_is_nearer_and_noise_is_not(pairs, networks):
    judge = networks["facenet/judge_64"]
    truth = cross_age(pairs, lambda pair: pair.old.photo.pixels, judge)
    assert (truth.people, truth.nearer, truth.auc_aged) == (PEOPLE, 1.0, 1.0)
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype="uint8")
    lost = cross_age(pairs, lambda pair: noise, judge)
    assert lost.nearer < 0.5 and lost.auc_aged < truth.auc_young == lost.auc_young


def test_photos_are_made_as_old_as_the_person_was_and_left_out_within_a_group(people, pairs, networks):
    age = older(networks["pfa_gan/utkface_64"])
    model, (pair, other, *_) = networks["pfa_gan/utkface_64"].model, pairs
    [wanted] = model.age(people[:1, 1] / 127.5 - 1, to=OLD, source_group=0)
    # In the middle of the face the change is put back whole.
    middle = np.s_[12:20, 12:20]
    np.testing.assert_allclose(age(pair)[middle] / 127.5 - 1, wanted[middle], atol=0.02)
    alike = pair._replace(old_age=29.0)
    assert age(alike) is None
    done = []
    judge = networks["facenet/judge_64"]
    assert cross_age([alike, pair, other], age, judge, done.append).people == 2 and done == [1, 1, 1]
    with pytest.raises(TooFewPicturesError, match="of 2 the faces of 0 are large enough"):
        cross_age([alike, alike], age, judge)


FORMS = {"CACD2000": "{age}_Person_{i}_0001.png", "MORPH": "{i:06}_1M{age}.PNG", "FG-NET": "{i:03}A{age:02}.png"}


@pytest.fixture
def folder(people, tmp_path, monkeypatch):
    """Write the photos in a layout; returns the name of the folder."""
    monkeypatch.chdir(tmp_path)

    def write(layout):
        (tmp_path / layout).mkdir()
        for i, photos in enumerate(people):
            for age, photo in zip((8, YOUNG, OLD), photos, strict=True):
                Image.fromarray(photo).save(tmp_path / layout / FORMS[layout].format(i=i, age=age))
        return layout

    return write


@pytest.mark.parametrize("layout", FORMS)
def test_the_command_prints_what_the_function_gives(folder, expected, capsys, layout):
    name = folder(layout)
    assert cli.main(["cross-age", name]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    numbers = f"{expected.nearer:.3f} {expected.low:.3f} to {expected.high:.3f} {expected.auc_young:.3f}"
    change = f"{expected.auc_aged:.3f} {expected.auc_aged - expected.auc_young:+.3f}"
    assert row.split() == f"pfa_gan/utkface_64 {PEOPLE} {numbers} {change}".split()


def test_photos_that_show_no_face_or_several_are_left_out(folder, capsys):
    name = folder("FG-NET")
    Image.new("RGB", (SIDE, SIDE + 1)).save(f"{name}/002A{OLD}.png")
    Image.new("RGB", (2 * SIDE, SIDE)).save(f"{name}/003A{YOUNG}.png")
    assert cli.main(["cross-age", name]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[1].split()[1] == str(PEOPLE - 2)
    none, two = captured.err.splitlines()
    assert none.startswith("Left out: ") and none.endswith("FG-NET/002A60.png: no face was found.")
    assert two.startswith("Left out: ") and two.endswith("FG-NET/003A25.png has 2 faces, expected one.")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "cross-age takes one folder of photos, got 0"),
        (("MORPH", "CACD2000"), "takes one folder of photos, got 2"),
        (("nowhere",), "There is no folder nowhere"),
        (("other",), "No photo in other is named as one of CACD (14_Aaron_Johnson_0001.jpg), MORPH"),
        (("MORPH", "--years=36"), "at least 36 years later; 0 of 4 people have both, and 0 have one photo"),
        (("MORPH", "--weights=pfa_gan/utkface_64_younger"), "pfa_gan/utkface_64_younger makes faces younger"),
        (("MORPH", "--weights=facenet/judge_64"), "facenet cannot age faces; it can"),
        (("MORPH", "--judge=facenet/nobody"), "`facenet/nobody` is not the name of pretrained weights"),
        (("MORPH", "--num=1"), "--num=1"),
    ],
)
def test_what_cannot_be_done_is_one_line(folder, tmp_path, capsys, argv, message):
    folder("MORPH")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "anna.jpg").touch()
    assert cli.main(["cross-age", *argv]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error


def test_a_judge_of_the_training_is_refused(folder, networks, monkeypatch, capsys):
    name = folder("CACD2000")
    monkeypatch.setitem(networks["pfa_gan/utkface_64"].model.config, "face_network", "facenet/celeba_96")
    assert cli.main(["cross-age", name, "--judge=facenet/celeba_96"]) == 1
    assert "was trained with facenet/celeba_96, which would judge itself" in capsys.readouterr().err
