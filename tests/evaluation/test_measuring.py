"""The public way: one call from a name, a run or a model to numbers, with every mistake answered before work begins."""

import doctest

import numpy as np
import pytest
from PIL import Image

import keras_facegan
from keras_facegan import evaluate, load_pretrained
from keras_facegan.errors import UserError
from keras_facegan.evaluation import compare, measuring
from keras_facegan.evaluation.candidates import Candidate
from tests.evaluation.subjects import SIDE, copying, faces, generator, stub_extractors
from tests.runs import finished_run, lively_model

FACES = {"dataset": "drawn_faces", "size": 120, "identities": 12, "extractor": stub_extractors}


def quiet(line):
    """Show nothing."""


def test_the_example_of_its_docstring_runs():
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder(recurse=False).find(evaluate, "evaluate", globs={}):
        runner.run(test)
    assert runner.tries == 4 and runner.failures == 0


def test_it_is_public():
    assert "evaluate" in dir(keras_facegan) and keras_facegan.evaluate is measuring.evaluate


def test_a_model_at_hand_is_measured_on_the_set_that_is_named():
    report = evaluate(copying(faces()), **FACES, num=120, metrics=["fid", "precision_recall"])
    assert report["fid"].value == pytest.approx(0, abs=1e-6) and report["recall"].value == 1
    assert report["fid"].settings == {"dataset": "drawn_faces", "split": "train"} and report["fid"].n_fake == 120
    assert [result.metric for result in report.results] == ["fid", "precision_recall", "precision_recall"]
    with pytest.raises(KeyError, match=r"kid\. Available: fid, precision, recall"):
        report["kid"]
    text = str(report)
    assert text.startswith("stub: drawn_faces, train, looked at by stub") and "↓" in text


def test_names_runs_and_models_give_equal_numbers(tmp_path):
    model = load_pretrained("digit_net/default")
    named = evaluate("digit_net/default", metrics="accuracy")["accuracy"]
    assert evaluate(model, dataset="digits", metrics="accuracy")["accuracy"] == named
    lively = lively_model()
    directory = finished_run(tmp_path / "run", lively)
    settings = {"num": 30, "metrics": "sharpness", "report": quiet}
    run, at_hand = evaluate(directory, **settings), evaluate(lively, dataset="drawn_faces", size=256, **settings)
    # Weights files hold half the digits.
    assert run["sharpness"].value == pytest.approx(at_hand["sharpness"].value, rel=1e-3)
    assert run.candidate.name == str(directory) and run.candidate.file_name == "run"


@pytest.mark.parametrize(
    ("learnt", "kept", "note"),
    [
        ("train", "validation+test", ""),
        ("train+validation", "test", ""),
        ("train+test", "validation", ""),
        ("all", "validation+test", "The model was trained on these pictures."),
    ],
)
def test_held_out_is_what_was_not_learnt(learnt, kept, note):
    model = generator(lambda n, seed: np.zeros((n, SIDE, SIDE, 3), "float32"))
    model.estimate_age = lambda images: np.full(len(images), 40.0)
    data = {"dataset": "drawn_faces", "split": learnt, "size": 60, "identities": 10}
    candidate = Candidate("both", data, lambda report: model)
    report = evaluate(candidate, extractor=stub_extractors, num=20, metrics="sharpness,ages", report=quiet)
    assert report["sharpness"].settings["split"] == learnt and report["mae"].settings["split"] == kept
    assert report["mae"].note == note and not report["sharpness"].note
    both = evaluate(candidate, split="validation", metrics="sharpness,ages", report=quiet)
    assert {result.settings["split"] for result in both.results} == {"validation"}


def test_what_needs_more_pictures_is_left_out_with_a_line():
    said = []
    report = evaluate(copying(faces()), **FACES, num=3, metrics="precision_recall,fid,sharpness", report=said.append)
    assert said == ["precision_recall is left out: real must come from at least 4 pictures, got 3."]
    assert {result.metric for result in report.results} == {"fid", "sharpness"}
    assert report.left_out == {"precision_recall": "real must come from at least 4 pictures, got 3."}
    with pytest.raises(UserError, match="stub cannot be measured with so few pictures: features must come from"):
        evaluate(copying(faces()), **FACES, num=1, metrics="fid,kid", report=quiet)


def test_fewer_pictures_than_asked_for_are_said():
    said = []
    report = evaluate(copying(faces()), **FACES, num=200, metrics="fid", report=said.append)
    assert said == ["drawn_faces has 120 pictures, fewer than 200: all are taken."]
    assert (report["fid"].n_real, report["fid"].n_fake) == (120, 200)


def test_pictures_of_ones_own_take_a_named_extractor(tmp_path):
    for number in range(30):
        pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), "uint8")
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    model, settings = copying(faces()), {"dataset": "image_folder", "data_dir": tmp_path, "num": 20, "report": quiet}
    for metrics in (None, "fid"):
        with pytest.raises(UserError, match=r"named with --extractor \(extractor= in Python\): facenet/celeba_96 fits"):
            evaluate(model, metrics=metrics, **settings)
    assert evaluate(model, metrics="sharpness", **settings)["sharpness"].n_real == 20
    assert evaluate(model, metrics="fid", extractor="digit_net/default", **settings)["fid"].value > 0


def test_all_are_compared_through_the_same_eyes():
    opened = []

    def open_once():
        opened.append(1)
        return stub_extractors()

    settings = {**FACES, "extractor": open_once, "num": 60, "metrics": "fid"}
    first, second = compare(
        copying(faces()), generator(lambda n, seed: np.zeros((n, 16, 16, 3), "float32")), **settings
    )
    assert first["fid"].value < second["fid"].value
    assert first["fid"].extractor == second["fid"].extractor
    digits, named = compare("digit_net/default", "digit_net/default", metrics="accuracy")
    assert digits.results == named.results


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dataset": None}, "does not say what it learnt: name the data set of stub with dataset="),
        ({"dataset": "drawn_face"}, "Did you mean `drawn_faces`"),
        ({"size": -1}, "data.size must be a whole number from 1"),
        ({"sise": 5}, "Did you mean `size`"),
        ({"num": 0}, "num must be a whole number from 1 to 10,000,000"),
        ({"num": 10**9}, "num must be"),
        ({"num": 2.5}, "num must be"),
        ({"num": "many"}, "num must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"batch_size": None}, "batch_size must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**70}, "seed must be"),
        ({"metrics": "fidd"}, "Did you mean `fid`"),
        ({"metrics": ["ages"], "extractor": stub_extractors}, "ages cannot be taken: stub cannot estimate ages"),
        ({"split": "trian"}, "Did you mean `train`"),
        ({"extractor": "cat_net/cats_46"}, "Did you mean `cat_net/cats_64`"),
        ({"extractor": "facenet/celeba_96", "inception_weights": "x.h5"}, "--inception_weights belong to"),
    ],
)
def test_mistakes_are_answered_before_work_begins(settings, words):
    def never(n, seed):
        raise AssertionError("work began")

    with pytest.raises(UserError, match=words) as caught:
        evaluate(generator(never), **{"dataset": "drawn_faces", **settings})
    assert "\n" not in str(caught.value)


def test_a_run_is_measured_at_the_step_that_is_asked_for(tmp_path):
    changes = {"train.steps": 4, "train.log_every": 1, "train.checkpoint_every": 2, "model.ema_decay": 0.0}
    keras_facegan.train("dcgan", "tiny", run_dir=tmp_path, changes=changes, report=quiet)
    settings, said = {"metrics": "sharpness", "num": 40}, []
    values = [evaluate(tmp_path, step=s, report=said.append, **settings)["sharpness"].value for s in (None, 4, 2)]
    assert values[0] == pytest.approx(values[1], rel=1e-2) and values[2] != values[1]
    assert any("step 2" in line for line in said)
    with pytest.raises(UserError, match="keeps no checkpoint of step 3. Available: 2, 4"):
        evaluate(tmp_path, step=3, report=quiet, **settings)
    with pytest.raises(UserError, match="Only runs have steps; digit_net/default is none"):
        evaluate("digit_net/default", step=3)


def test_sources_that_are_none(tmp_path):
    with pytest.raises(UserError, match="holds no run: there is no recipe.toml"):
        evaluate(tmp_path)
    with pytest.raises(UserError, match="Did you mean `dcgan/mnist_32`"):
        evaluate("dcgan/mnist_23")
