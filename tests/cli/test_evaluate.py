"""The command from flags to report, and what it answers to bad ones, without a traceback."""

import html.parser
import json
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_facegan import cli, create_model
from keras_facegan.pretrained import weights_card
from tests.runs import finished_run, lively_model

CHROMIUM = "/usr/bin/chromium"
# Small and quick, and a classifier.
SMALL = ["--extractor", "digit_net/default", "--num", "60"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    directory = finished_run(tmp_path_factory.mktemp("runs") / "mine", lively_model())
    rows = [f"{5 * i},{1.0 / i},{1.0 + 1.0 / i},0.6,0.4" for i in range(1, 31)]
    text = "\n".join(["step,d_loss,g_loss,real_score,fake_score", *rows])
    (directory / "history.csv").write_text(f"{text}\n")
    return directory


@pytest.fixture(scope="module")
def reported(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    assert cli.main(["evaluate", "--run", str(run), *SMALL, "--out", str(out)]) == 0
    return out


def evaluate(*flags):
    return cli.main(["evaluate", *map(str, flags)])


class Page(html.parser.HTMLParser):
    """Collect what a page asks for from elsewhere, its text and its pictures."""

    def __init__(self, text):
        super().__init__()
        self.sources, self.text, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href", "data", "action")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_numbers_are_complete(reported):
    subject = json.loads((reported / "metrics.json").read_text())["subjects"][0]
    results = {each["name"]: each for each in subject["results"]}
    assert {"fid", "kid", "precision", "recall", "density", "coverage", "diversity", "copies"} <= set(results)
    assert {"classifier_score", "sharpness", "distance_mean", "neighbour_distance"} <= set(results)
    fid = results["fid"]
    assert (fid["n_real"], fid["n_fake"], fid["seed"]) == (60, 60, 0) and fid["value"] > 0
    assert fid["extractor"]["extractor"] == "digit_net/default"
    assert fid["extractor"]["weights"] == weights_card("digit_net/default")[1]["sha256"]
    assert fid["extractor"]["image_shape"] == [8, 8, 1] and "bicubic" in fid["extractor"]["resize"]
    assert fid["settings"] == {"dataset": "drawn_faces", "split": "train"}
    assert results["distance_mean"]["value"] == pytest.approx(1.0) and subject["trained"]


def test_the_page_asks_nobody_for_anything(reported):
    text = (reported / "report.html").read_text()
    page = Page(text)
    assert page.sources and all(each.startswith("data:image/png;base64,") for each in page.sources)
    assert not page.open
    assert "http" not in text.replace("data:image", "") and "url(" not in text and "@import" not in text
    shown = " ".join(page.text)
    # Several values stand on one network, whose hash is told once.
    assert text.count(weights_card("digit_net/default")[1]["sha256"]) == 1
    assert "<h2>" not in text
    for words in ("From code to code", "Samples (left)", "Training: loss", "digit_net/default", "fid"):
        assert words in shown
    assert "Features are those of digit_net/default" in shown and "never with published ones" in shown


@pytest.mark.skipif(not pathlib.Path(CHROMIUM).exists(), reason="no chromium")
def test_a_browser_opens_the_page(reported):
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"]
    command = [CHROMIUM, *flags, (reported / "report.html").as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert dom.count("<img") >= 3 and "</table>" in dom


def test_scalars_reach_tensorboard(reported):
    folder = next((reported / "tensorboard").iterdir())
    board = EventAccumulator(str(folder)).Reload()
    results = json.loads((reported / "metrics.json").read_text())["subjects"][0]["results"]
    fid = next(each["value"] for each in results if each["name"] == "fid")
    assert board.Scalars("evaluation/fid")[0].value == pytest.approx(fid, rel=1e-6)


def test_the_same_again_gives_the_same_numbers_whatever_the_batch_size(reported, run, tmp_path):
    flags = ["--run", run, *SMALL, "--batch_size", 17, "--metrics", "fid,kid,precision_recall,sharpness"]
    assert evaluate(*flags, "--out", tmp_path) == 0
    first, again = (
        {
            each["name"]: each["value"]
            for each in json.loads((out / "metrics.json").read_text())["subjects"][0]["results"]
        }
        for out in (reported, tmp_path)
    )
    assert set(again) == {"fid", "kid", "precision", "recall", "sharpness", "fine_detail"}
    assert again == pytest.approx({name: first[name] for name in again}, rel=1e-4)


def test_models_side_by_side(run, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(run, other)
    out = tmp_path / "out"
    assert evaluate("--compare", run, other, *SMALL, "--metrics", "fid", "--out", out) == 0
    subjects = json.loads((out / "metrics.json").read_text())["subjects"]
    assert [each["name"] for each in subjects] == [str(run), str(other)]
    assert subjects[0]["results"] == subjects[1]["results"]
    assert "fid" in capsys.readouterr().out and len(list((out / "tensorboard").iterdir())) == 2


def test_no_report_is_overwritten(run, tmp_path, capsys):
    flags = ["--run", run, *SMALL, "--metrics", "sharpness", "--out", tmp_path / "out"]
    written = []
    for name in ("out", "out-2", "out-3"):
        assert evaluate(*flags) == 0
        said = capsys.readouterr().out
        assert f"Report: {tmp_path / name / 'report.html'}" in said
        assert json.loads((tmp_path / name / "metrics.json").read_text())["subjects"][0]["name"] == str(run)
        written.append((tmp_path / "out" / "report.html").stat().st_mtime_ns)
    assert len(set(written)) == 1 and len(list(tmp_path.iterdir())) == 3


def test_a_folder_of_cats_is_not_judged_by_a_face_network(run, tmp_path, capsys):
    pictures = tmp_path / "cats"
    pictures.mkdir()
    for number in range(40):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), "uint8")
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    mine = tmp_path / "mine"
    shutil.copytree(run, mine)
    text = (mine / "recipe.toml").read_text()
    assert 'dataset = "drawn_faces"' in text
    data = text[text.index("[data]") : text.index("[train")]
    (mine / "recipe.toml").write_text(text.replace(data, '[data]\ndataset = "image_folder"\n\n'))
    flags = ["--run", mine, "--data_dir", pictures, "--num", 20, "--out", tmp_path / "out"]
    assert evaluate(*flags) == 1
    message = one_line(capsys)
    assert "`image_folder` does not say what its pictures show" in message and "cat_net/cats_64 cats" in message
    assert not (tmp_path / "out").exists()
    assert evaluate(*flags, "--extractor", "cat_net/cats_64") == 0
    results = json.loads((tmp_path / "out" / "metrics.json").read_text())["subjects"][0]["results"]
    fid = next(each for each in results if each["name"] == "fid")
    assert fid["extractor"]["extractor"] == "cat_net/cats_64" and fid["n_real"] == 20


def test_an_untrained_model_is_shouted_about(tmp_path, capsys):
    flags = ["--model", "dcgan", "--preset", "tiny", *SMALL, "--metrics", "sharpness", "--out", tmp_path]
    assert evaluate(*flags) == 0
    assert "NOT TRAINED" in capsys.readouterr().err
    assert json.loads((tmp_path / "metrics.json").read_text())["subjects"][0]["trained"] is False
    assert "never trained" in (tmp_path / "report.html").read_text()


def test_estimators_are_measured_on_pictures_they_have_not_seen(tmp_path):
    directory = finished_run(tmp_path / "run", create_model("age_estimator", "tiny", seed=0))
    assert evaluate("--run", directory, "--out", tmp_path / "out") == 0
    results = json.loads((tmp_path / "out" / "metrics.json").read_text())["subjects"][0]["results"]
    found = {each["name"]: each for each in results}
    assert found["mae"]["settings"]["split"] == "validation+test" and found["mae"]["n_real"] == 50
    assert found["mae"]["extractor"] == {} and np.isfinite(found["bias_20-29"]["value"])


@pytest.mark.slow
def test_aged_faces_are_judged_group_by_group(tmp_path):
    # A fresh chain leaves faces almost as they are: all of them stay who they were, and young.
    flags = ["--model", "pfa_gan", "--preset", "tiny", "--metrics", "ageing", "--out", tmp_path]
    assert evaluate(*flags) == 0
    found = {
        each["name"]: each for each in json.loads((tmp_path / "metrics.json").read_text())["subjects"][0]["results"]
    }
    assert found["same_person_0-30"]["value"] == 1 and found["pixel_change_0-30"]["value"] == 0
    assert found["real_age_51+"]["value"] > found["real_age_0-30"]["value"]
    assert set(found["frechet_51+"]["settings"]["judges"]) == {"age_estimator/judge_64", "facenet/judge_64"}
    assert "Faces in all age groups" in (tmp_path / "report.html").read_text()
    assert 0 < found["judge_accepts_real_pairs"]["value"] < 1 and "singular" in found["frechet_51+"]["note"]
    assert not found["judged_age_51+"]["note"]


def test_fewer_pictures_than_asked_for_are_all_taken(run, tmp_path, capsys):
    flags = ["--run", run, "--extractor", "digit_net/default", "--num", 300, "--metrics", "fid", "--out", tmp_path]
    assert evaluate(*flags) == 0
    assert "drawn_faces has 256 pictures, fewer than 300: all are taken." in capsys.readouterr().err
    result = json.loads((tmp_path / "metrics.json").read_text())["subjects"][0]["results"][0]
    assert (result["n_real"], result["n_fake"]) == (256, 300)


def one_line(capsys):
    error = capsys.readouterr().err
    lines = [line for line in error.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "Traceback" not in error
    return lines[0]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "Give one of --weights, --run and --model"),
        (["--weights", "dcgan/mnist_32", "--model", "dcgan"], "Give one of"),
        (["--weights", "dcgan/celeba_64"], "`train.py --model dcgan --preset celeba_64` trains"),
        (["--weights", "dcgan/mnist_23"], "Did you mean `dcgan/mnist_32`"),
        (["--model", "dcgna"], "Did you mean `dcgan`"),
        (["--model", "dcgan", "--preset", "tinny"], "Did you mean `tiny`"),
        (["--weights", "dcgan/mnist_32", "--preset", "tiny"], "--preset belongs to --model"),
        (["--run", "nowhere"], "nowhere holds no run"),
        (["--run", "nowhere", "--step", "late"], "--step is the number of a step, or `best`; got `late`"),
        (["--weights", "dcgan/mnist_32", "--step", "5"], "--step belongs to --run"),
        (["--compare", "dcgan/mnist_32"], "--compare takes two or more"),
        (["--model", "dcgan", "--num", "0"], "flag --num=0"),
        (["--model", "dcgan", "--num", "2147483648"], "flag --num=2147483648"),
        (["--model", "dcgan", "--num", "many"], "flag --num=many"),
        (["--model", "dcgan", "--batch_size", "0"], "flag --batch_size=0"),
        (["--model", "dcgan", "--seed", "-1"], "flag --seed=-1"),
        (["dcgan/mnist_32"], "`dcgan/mnist_32` is not a flag"),
        (
            ["--weights", "dcgan/mnist_32", "--inception_weights", "x.h5", "--extractor", "digit_net/default"],
            "--inception_weights belong to",
        ),
        (["--weights", "dcgan/mnist_32"], "`mnist` is read from disk: say with --data_dir"),
        (["--model", "dcgan", "--preset", "tiny", "--metrics", "fdi"], "`fdi` is not a metric. Did you mean `fid`?"),
        (
            ["--model", "dcgan", "--preset", "tiny", "--num", "1", *SMALL[:2], "--metrics", "fid,kid"],
            "cannot be measured with so few pictures: features must come from at least 2 pictures, got 1.",
        ),
        (["--model", "dcgan", "--preset", "tiny", "--extractor", "dcgan/mnist_32"], "gives no features of pictures"),
        (["--model", "dcgan", "--preset", "tiny", "--split", "trian"], "`trian` is not a split"),
        (
            ["--model", "age_estimator", "--preset", "tiny", "--metrics", "fid"],
            "cannot draw new pictures. It can be measured by ages, corruptions.",
        ),
        (
            ["--model", "dcgan", "--preset", "tiny", "--metrics", "stability", *SMALL],
            "has no history of 20 rows or more",
        ),
    ],
)
def test_bad_flags_are_answered_in_one_line(flags, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert evaluate(*flags) == 1
    assert message in one_line(capsys)
    assert not list(tmp_path.iterdir())


def test_weights_of_another_extractor(capsys, tmp_path):
    path = tmp_path / "other.h5"
    path.write_bytes(b"other weights")
    common = ["--model", "dcgan", "--preset", "tiny", "--metrics", "fid", "--inception_weights", path]
    assert evaluate(*common, "--num", 20) == 1
    assert "other.h5 is not keras.applications' file" in one_line(capsys)
    assert evaluate(*common, "--extractor", "digit_net/default") == 1
    assert "--inception_weights belong to --extractor inception_v3_keras" in one_line(capsys)


def test_a_folder_without_pictures_and_one_with_a_single_one(capsys, tmp_path):
    flags = [
        "--model",
        "dcgan",
        "--preset",
        "tiny",
        "--dataset",
        "image_folder",
        "--data_dir",
        tmp_path,
        "--split",
        "all",
    ]
    assert evaluate(*flags, *SMALL) == 1
    assert "image_folder` expects pictures" in one_line(capsys)
    # Any size is cropped and resized; one picture is no distribution, but it has edges.
    Image.fromarray(np.zeros((50, 70, 3), "uint8")).save(tmp_path / "one.png")
    assert evaluate(*flags, *SMALL, "--metrics", "fid") == 1
    assert "at least 2 pictures" in one_line(capsys)
    assert evaluate(*flags, *SMALL, "--metrics", "fid,sharpness", "--out", tmp_path / "out") == 0
    assert "fid is left out: features must come from at least 2 pictures, got 1." in capsys.readouterr().err
    subject = json.loads((tmp_path / "out" / "metrics.json").read_text())["subjects"][0]
    assert [each["name"] for each in subject["results"]] == ["sharpness", "fine_detail"]
    assert "at least 2 pictures" in subject["left_out"]["fid"]
    assert "fid is left out" in (tmp_path / "out" / "report.html").read_text()


def test_a_cache_that_cannot_be_used(capsys, tmp_path, monkeypatch):
    (tmp_path / "features").write_text("in the way")
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(tmp_path))
    flags = ["--model", "dcgan", "--preset", "tiny", *SMALL, "--metrics", "fid"]
    assert evaluate(*flags) == 1
    assert "Set KERAS_FACEGAN_CACHE to a folder that can be written" in one_line(capsys)


def test_a_place_that_cannot_be_written(capsys, tmp_path):
    (tmp_path / "taken").write_text("")
    flags = ["--model", "dcgan", "--preset", "tiny", *SMALL, "--metrics", "sharpness", "--out", tmp_path / "taken"]
    assert evaluate(*flags) == 1
    assert "taken cannot be written" in one_line(capsys)
