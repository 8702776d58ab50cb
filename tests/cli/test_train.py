"""train.py as a user meets it: one clear line for what is wrong, runs that stop when asked and go on."""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import filelock
import numpy as np
import pytest
from PIL import Image

from keras_facegan import checkpoint
from keras_facegan.cli import run, train

CHECKOUT = pathlib.Path(__file__).parents[2]
TINY = ["--model=gan", "--preset=tiny"]
AGEING = ["--model=pfa_gan", "--preset=tiny"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that came to its end."""
    folder = tmp_path_factory.mktemp("runs") / "gan"
    assert run("train", [*TINY, f"--run_dir={folder}"]) == 0
    return folder


def refused(capsys, argv):
    """Run train.py with something wrong; return the one line it says."""
    assert run("train", argv) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1, said
    return said


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "--model is missing"),
        (["--model=dcgn"], "`dcgn` is not a model. Did you mean `dcgan`"),
        (["--model=dcgan", "--preset=tinny"], "`tinny` is not a preset of dcgan. Did you mean `tiny`?"),
        (["--modle=dcgan"], "Unknown command line flag 'modle'. Did you mean: model"),
        ([*TINY, "--dataset=digit"], "`digit` is not a data set. Did you mean `digits`?"),
        ([*TINY, "--steps=many"], "--steps=many: invalid literal"),
        ([*TINY, "--steps=0"], "train.steps or train.epochs must be set"),
        ([*TINY, "--batch_size=-1"], "train.batch_size must be a whole number from 1 to 65,536, got -1"),
        ([*TINY, "--set=model.hiden=5"], "model.hiden is not a parameter of gan. Did you mean `hidden`?"),
        ([*TINY, "--set=model.hidden=wide"], "model.hidden must be a whole number"),
        ([*TINY, "--set=train.log_evry=5"], "train.log_evry is not a setting of training. Did you mean `log_every`"),
        ([*TINY, "--set=hidden"], "--set expects table.key=value, got `hidden`"),
        ([*TINY, "--mixed_precision=half"], "train.mixed_precision `half` is unknown"),
        ([*TINY, "tiny"], "`tiny` is not a flag"),
        ([*TINY, "--distribute=mirrored"], "--distribute mirrored finds no GPU here; --devices 2"),
        ([*TINY, "--distribute=mirror"], "--distribute must be one of mirrored, multi_worker, got `mirror`"),
        ([*TINY, "--workers=a:1,b:1", "--worker=0"], "--workers belongs to --distribute multi_worker"),
        (["--resume", "--run_dir=nowhere"], "There is no run in nowhere to resume"),
        (["--run_dir=nowhere"], "--model is missing"),
        ([*TINY, "--dataset=mnist"], "--data_dir"),
        ([*TINY, "--dataset=cats", "--data_dir=nowhere"], "nowhere"),
        (
            [*AGEING, "--dataset=digits"],
            "The model reads `age`, which `digits` does not have: it has image, index, label",
        ),
        ([*AGEING, "--set=data.max_age=40"], "no pictures of some ages (0-30: 159, 31-40: 97, 41-50: 0, 51+: 0)"),
        (
            [*AGEING, "--set=model.age_network=age_estimator/nobody"],
            "`age_estimator/nobody` is neither trained weights of age_estimator nor a run. Name one of "
            "age_estimator/drawn_faces_64, ",
        ),
        ([*AGEING, "--set=model.age_network=nobody"], "or the directory of a run of `train.py --model age_estimator`"),
        ([*AGEING, "--set=model.age_groups=[30,50]"], "train an age_estimator with model.age_groups equal to them"),
        ([*AGEING, "--set=model.direction=back"], "direction `back` is unknown"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_before_anything_is_written(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused(capsys, argv)
    assert not list(tmp_path.rglob("*.h5")) + list(tmp_path.rglob("history.csv"))


def test_empty_folder(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    argv = [*TINY, "--dataset=image_folder", f"--data_dir={tmp_path / 'empty'}", f"--run_dir={tmp_path / 'run'}"]
    assert f"expects pictures in {tmp_path / 'empty'}" in refused(capsys, argv)


def test_one_picture_for_a_large_batch(tmp_path, capsys):
    (tmp_path / "one").mkdir()
    Image.fromarray(np.zeros((9, 9, 3), "uint8")).save(tmp_path / "one" / "1.png")
    argv = ["--dataset=image_folder", f"--data_dir={tmp_path / 'one'}", f"--run_dir={tmp_path / 'run'}"]
    argv += [*TINY, "--batch_size=64", "--set=data.split=all"]
    assert "Too few pictures: 1 in `image_folder` for batch_size 64" in refused(capsys, argv)


def test_ages_of_ones_own_that_leave_a_group_empty(tmp_path, capsys):
    for number, age in enumerate((20, 25, 35, 60)):
        Image.fromarray(np.full((9, 9, 3), number, "uint8")).save(tmp_path / f"{number}.png")
        with (tmp_path / "ages.txt").open("a") as file:
            print(f"{number}.png {age}", file=file)
    argv = [*AGEING, "--dataset=age_list", f"--data_dir={tmp_path}", "--set=data.split=all", "--batch_size=4"]
    said = refused(capsys, [*argv, f"--run_dir={tmp_path / 'run'}"])
    assert "`age_list` has no pictures of some ages (0-30: 2, 31-40: 1, 41-50: 0, 51+: 1)" in said
    assert "set model.age_groups to others" in said


def test_a_file_where_the_run_should_be(tmp_path, capsys):
    (tmp_path / "run").write_text("")
    said = refused(capsys, [*TINY, f"--run_dir={tmp_path / 'run'}"])
    assert f"{tmp_path / 'run'} cannot be written" in said and "Choose another --run_dir" in said


def test_finished_run_holds_what_it_promises(finished):
    names = "checkpoints history.csv loss.png model.weights.h5 recipe.toml run.lock samples scores.png tensorboard"
    assert sorted(path.name for path in finished.iterdir()) == names.split()
    assert checkpoint.steps(finished / "checkpoints") == [10, 20]
    rows = (finished / "history.csv").read_text().splitlines()
    assert rows[0] == "step,d_loss,g_loss,real_score,fake_score"
    assert [row.split(",")[0] for row in rows[1:]] == ["5", "10", "15", "20"]
    assert sorted(path.name for path in (finished / "samples").iterdir()) == ["step_00000010.png", "step_00000020.png"]


@pytest.mark.parametrize("argv", [TINY, [], ["--resume"]])
def test_finished_run_says_so(finished, capsys, argv):
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    assert run("train", [*argv, f"--run_dir={finished}"]) == 0
    assert f"The run in {finished} is finished: 20 steps" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()} == before


def test_another_recipe_is_named_key_by_key(finished, capsys):
    changes = ["--batch_size=32", "--set=model.hidden=24", "--set=train.optimizer.beta_1=0.9"]
    for argv in ([*TINY, *changes], changes):
        said = refused(capsys, [*argv, f"--run_dir={finished}"])
        for line in (
            "train.batch_size: expected 16, got 32",
            "model.hidden: expected 16, got 24",
            "train.optimizer.beta_1: expected 0.5, got 0.9",
        ):
            assert line in said
    assert "preset: expected 'tiny', got 'default'" in refused(capsys, ["--model=gan", f"--run_dir={finished}"])


def test_damaged_recipe_is_named(finished, tmp_path, capsys):
    (tmp_path / "recipe.toml").write_bytes((finished / "recipe.toml").read_bytes()[:-20] + b"\x00")
    assert f"{tmp_path / 'recipe.toml'}" in refused(capsys, [*TINY, f"--run_dir={tmp_path}"])


def test_second_process_is_refused(finished, capsys):
    with filelock.FileLock(finished / "run.lock"):
        said = refused(capsys, [*TINY, f"--run_dir={finished}"])
    assert f"Another process is training in {finished}" in said


def test_dry_run_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("train", [*TINY, "--dry_run"]) == 0
    said = capsys.readouterr().out
    assert "steps: 20 of 16 pictures" in said and "pictures of digits" in said
    assert list(tmp_path.iterdir()) == []


def test_help_shows_every_flag(capsys):
    with pytest.raises(SystemExit) as left:
        run("train", ["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    values = train._flags()
    shown = re.findall(r"^ *--(?:\[no\])?(\w+): ", said, re.MULTILINE)
    assert set(values) <= set(shown) and len(list(values)) >= 20
    words = " ".join(said.split())
    for name in values:
        assert f"{name}: {' '.join(values[name].help.split())}" in words


def test_list_shows_models_presets_and_data_sets(capsys):
    assert run("train", ["--list"]) == 0
    said = capsys.readouterr().out
    assert "dcgan" in said and "tiny" in said and "drawn_faces" in said


def begin(folder):
    """Start train.py on a run without end, and wait until it trains."""
    command = [sys.executable, CHECKOUT / "train.py", *TINY, f"--run_dir={folder}", "--steps=1000000"]
    command += ["--set=train.log_every=1", "--set=train.checkpoint_every=1000000", "--set=train.sample_every=1000000"]
    before = rows(folder)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder.parent)
    until = time.monotonic() + 120
    # A resumed history is cut to its checkpoint first, which holds all of its rows here.
    while rows(folder) < before + 3 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    return process


def rows(folder):
    history = folder / "history.csv"
    return max(history.read_bytes().count(b"\n") - 1, 0) if history.exists() else 0


def test_ctrl_c_before_the_first_step_is_one_line(tmp_path, monkeypatch, capsys):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_facegan.run.open_examples", interrupted)
    assert run("train", [*TINY, f"--run_dir={tmp_path / 'run'}"]) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_signals_save_a_checkpoint_and_the_same_command_resumes(tmp_path):
    folder, step = tmp_path / "run", 0
    for each in (signal.SIGTERM, signal.SIGINT):
        process = begin(folder)
        process.send_signal(each)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 128 + each, said
        assert "Traceback" not in said
        if step:
            assert f"Resumed at step {step} of 1000000" in said
        newest = checkpoint.newest(folder / "checkpoints")[0]
        assert newest >= step + 3 and rows(folder) == newest
        assert f"Stopped by {each.name} after step {newest} of 1000000" in said and "same command resumes" in said
        step = newest
    told = [line.split(",")[0] for line in (folder / "history.csv").read_text().splitlines()[1:]]
    assert told == [str(number) for number in range(1, step + 1)]


def test_a_run_goes_on_with_more_steps_and_what_is_allowed(finished, tmp_path, capsys):
    folder = shutil.copytree(finished, tmp_path / "run")
    assert run("train", [f"--run_dir={folder}", "--steps=22"]) == 0
    assert "Resumed at step 20 of 22" in capsys.readouterr().out
    assert "Add --allow_changes" in refused(capsys, [f"--run_dir={folder}", "--steps=24", "--batch_size=8"])
    assert run("train", [f"--run_dir={folder}", "--steps=24", "--batch_size=8", "--allow_changes"]) == 0
    assert "Changed from step 22 on: train.batch_size: was 16, is now 8." in capsys.readouterr().out
    # With the change recorded, neither the first command nor the shortest one has to repeat it.
    for argv in ([*TINY, "--steps=26"], ["--steps=28"]):
        assert run("train", [*argv, f"--run_dir={folder}"]) == 0
    assert (folder / "history.csv").read_text().splitlines()[-1].startswith("28,")


def test_a_run_begins_from_another_one(finished, tmp_path, capsys):
    argv = [*TINY, f"--run_dir={tmp_path / 'run'}", "--steps=2"]
    assert run("train", [*argv, f"--init={finished}"]) == 0
    assert f"Begun from {finished}: the generator has 3 of 3 layers from there." in capsys.readouterr().out
    assert "there is no recipe.toml" in refused(capsys, [*TINY, f"--run_dir={tmp_path / 'x'}", f"--init={tmp_path}"])


def test_home_is_expanded_in_every_path(finished, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(finished.parent))
    assert run("train", [*TINY, "--run_dir=~/gan"]) == 0
    assert f"The run in {finished} is finished" in capsys.readouterr().out
    assert run("generate", ["--run=~/gan", "--num=4", f"--out={tmp_path / 'grid.png'}"]) == 0
    assert run("generate", ["~/gan", "--num=4", f"--out={tmp_path / 'other.png'}", "--step=10"]) == 0
    assert f"The weights are those of step 10 of the run in {finished}." in capsys.readouterr().out


@pytest.mark.parametrize("step", ["best", "5", "first", "-1"])
def test_steps_that_are_not_kept(finished, tmp_path, capsys, step):
    assert run("generate", [f"--run={finished}", f"--step={step}", f"--out={tmp_path / 'grid.png'}"]) == 1
    said = capsys.readouterr().err
    assert "Available: 10, 20" in said or "--step is the number of a step, or `best`" in said
