"""`facegan` itself: its commands, its exit codes, and one line for what a user can mend."""

import pathlib
import subprocess
import sys

import pytest

import keras_facegan.__main__
from benchmarks.__main__ import NAMES
from benchmarks.__main__ import main as benchmarks
from keras_facegan import cli
from keras_facegan.cli import _outputs

COMMANDS = [
    "age", "age-of", "cross-age", "data", "denoise", "evaluate", "export", "generate", "identify", "inpaint",
    "interpolate", "invert", "list", "new-model", "publish", "recognise", "train", "transform", "verify",
]  # fmt: skip


def test_facegan_names_its_commands(capsys):
    assert cli.main([]) == 2 and cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {command} " in said for command in COMMANDS)
    assert cli.main(["trian"]) == 2
    assert "`trian` is not a command. Did you mean `train`?" in capsys.readouterr().err


def test_the_package_is_the_command():
    assert keras_facegan.__main__.main is cli.main
    asked = subprocess.run([sys.executable, "-m", "keras_facegan", "trian"], capture_output=True, text=True)
    assert asked.returncode == 2 and "Did you mean `train`?" in asked.stderr and asked.stdout == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([command, "--help"])
    assert left.value.code == 0
    assert "usage: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        ["generate", "dcgan/cats_64", "--num=2147483648"],
        ["generate", "dcgan/cats_64", "--num=99999999999999999999999"],
        ["generate", "dcgan/cats_64", f"--out={'a' * 300}.png"],
        ["generate", "dcgan/cats_64", "--scale=2147483648"],
        ["generate", "dcgan/cats_64", "--seed=4294967296"],
        ["generate", "a" * 300],
        ["generate", "--run", "a" * 300],
        ["invert", "dcgan/cats_64", f"{'a' * 300}.png"],
        ["invert", "dcgan/cats_64", "a.png", "--steps=2147483648"],
        ["invert", "dcgan/cats_64", "a.png", "--loss=l3"],
        ["invert", "dcgan/cats_64", "a.png", "--regulariser=nan"],
        ["denoise", "dcgan/cats_64", "a.png", "--add_noise=1.5"],
        ["denoise", "dcgan/cats_64", "a.png", "--add_noise=nan"],
        ["inpaint", "dcgan/cats_64", "a.png", "--hole=0"],
        ["inpaint", "dcgan/cats_64", "a.png", f"--mask={'a' * 300}.png"],
        ["interpolate", "dcgan/cats_64", "a.png", "b.png", "--frames=2147483648"],
        ["data", "check", "a" * 300],
        ["age", f"{'a' * 300}.png", "--to=50"],
        ["train", "--model=dcgan", "--preset=tiny", f"--run_dir={'a' * 300}"],
        ["export", "dcgan/cats_64", "a" * 300],
    ],
)
def test_extreme_values_and_names_are_one_clear_line(argv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(argv) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and len(error) < 600
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["generate", "invert", "denoise", "inpaint", "interpolate", "export"])
def test_what_a_model_cannot_do_is_said_before_its_weights_are_read(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_facegan.loading.load_model", None)
    more = {"generate": [], "inpaint": ["a.png", "--hole=8"], "interpolate": ["a.png", "b.png"], "export": ["out"]}
    source = "cat_net/cats_64" if command == "export" else "pfa_gan/utkface_64"
    if command == "export":
        monkeypatch.delattr("keras_facegan.models.cat_net.CatNet.export_signatures")
    assert cli.main([command, source, *more.get(command, ["a.png"])]) == 1
    assert capsys.readouterr().err.startswith(f"error: {source} cannot ")


def test_an_error_of_the_system_is_one_line_with_the_file(capsys):
    def fail(argv):
        pathlib.Path("/nowhere/at\nall").read_text()

    assert cli.guarded(fail, []) == 1
    assert capsys.readouterr().err == "error: /nowhere/at\\nall: No such file or directory.\n"
    with pytest.raises(OSError, match="a fault of ours"):
        cli.guarded(lambda argv: (_ for _ in ()).throw(OSError("a fault of ours")), [])


def test_ctrl_c_is_130(capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    assert cli.guarded(interrupted, []) == 130
    assert capsys.readouterr().err == "error: interrupted.\n"


def test_default_names_replace_nothing(tmp_path):
    path = tmp_path / "cats.png"
    assert _outputs.free_name(path) == path
    path.touch()
    assert _outputs.free_name(path) == tmp_path / "cats-2.png"
    (tmp_path / "cats-2.png").mkdir()
    assert _outputs.free_name(path) == tmp_path / "cats-3.png"
    (tmp_path / "cats-3-strip.png").touch()
    assert _outputs.free_name(path, ("-strip",)) == tmp_path / "cats-4.png"
    assert _outputs.output_file(str(path), "other.png") == path


def test_benchmarks_have_help_and_know_their_names(capsys):
    with pytest.raises(SystemExit) as left:
        benchmarks(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in NAMES) and "Start-up in fresh processes" in said
    with pytest.raises(SystemExit) as left:
        benchmarks(["train_stop"])
    assert left.value.code == 2
    assert "`train_stop` is not a benchmark" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("cgan/mnist_32", ["label (--label): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"]),
        ("acgan/tiny", ["label (--label): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"]),
        (
            "cgan",
            [
                "attributes (--with, --without): Bald, Blond_Hair, Eyeglasses, Male, Smiling, Wearing_Hat, Young",
            ],
        ),
        ("dcgan/cats_64", ["dcgan/cats_64 draws pictures on no condition."]),
        ("digit_net", ["digit_net draws no pictures."]),
    ],
)
def test_conditions_of_a_model_are_listed(name, lines, capsys):
    assert cli.main(["list", "--conditions", name]) == 0
    assert capsys.readouterr().out.splitlines() == lines


def test_a_long_list_of_conditions_is_broken(capsys):
    assert cli.main(["list", "--conditions", "cgan/celeba_64"]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("attributes (--with, --without): Bald, Bangs") and others[-1].endswith("Young")
    assert all(len(line) <= 100 for line in (first, *others)) and all(line.startswith("    ") for line in others)


@pytest.mark.parametrize(
    ("name", "message"),
    [("cgn/mnist_32", "`cgn` is not a model. Did you mean `cgan`"), ("cgan/mnits_32", "Did you mean `mnist_32`")],
)
def test_conditions_of_no_model(name, message, capsys):
    assert cli.main(["list", "--conditions", name]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
