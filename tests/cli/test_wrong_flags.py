"""Wrong and extreme values for every flag of every command: one line, before a model or a picture is opened."""

import importlib
import pkgutil

import pytest

from keras_facegan import cli
from keras_facegan.cli import _flags
from keras_facegan.errors import UserError

COMMANDS = [module.name for module in pkgutil.iter_modules(cli.__path__) if not module.name.startswith("_")]
# What makes a command look at its numbers: names that exist, and a photo that does not.
ENOUGH = {
    "age": ["none.png", "--to=50"],
    "age_of": ["none.png"],
    "complete": ["dcgan/cats_64"],
    "cross_age": ["none"],
    "denoise": ["dcgan/cats_64", "none.png"],
    "evaluate": ["--weights=dcgan/cats_64"],
    "generate": ["dcgan/cats_64"],
    "identify": ["none.png", "--gallery=none"],
    "inpaint": ["dcgan/cats_64", "none.png", "--hole=8"],
    "interpolate": ["dcgan/cats_64", "none.png", "other.png"],
    "invert": ["dcgan/cats_64", "none.png"],
    "recognise": ["none.png"],
    "restore": ["none.png", "--task=sr4"],
    "train": ["--model=dcgan", "--preset=tiny"],
    "transform": ["none.png", "--with=Smiling"],
    "verify": ["none.png", "other.png"],
}
NO_NUMBER = ["", "x", "nan", "NaN", "inf", "-inf", "1e999", "[1]", "1,5", "0x", "--", "9" * 5000, "\x1b[2J", "a\nb"]
NEGATIVE = [-1, -0.5, -(2**31), -(2**63), -1e30]
HUGE = [10**9 + 1, 2**31, 2**32, 2**63, 2**70, 1e30]


class _ReachedWorkError(UserError):
    """A command is done with its checks."""


class _CapturedFlags(Exception):
    """Carries the flags of a command, at the moment when it would parse its arguments."""


def flags_of(command, *wanted):
    """Return {name: kind} of the flags of a command that have one of the kinds wanted."""

    def stop(values, argv):
        raise _CapturedFlags(values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_flags.Flags, "parse", stop)
        with pytest.raises(_CapturedFlags) as captured:
            importlib.import_module(f"keras_facegan.cli.{command}").main([])
    (values,) = captured.value.args
    kinds = {name: values[name].flag_type() for name in values}
    return {name: kind for name, kind in kinds.items() if kind in wanted}


FLAGS = [(command, flag, kind) for command in COMMANDS for flag, kind in flags_of(command, "int", "float").items()]
TEXTS = [(command, flag) for command in ENOUGH for flag in flags_of(command, "string")]


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Call a command with one more flag, and return the line that it refuses it by; None where it would begin to work.

    Nothing that loads, trains or measures is reached.
    """

    def reach(*args, **kwargs):
        raise _ReachedWorkError("reached")

    monkeypatch.chdir(tmp_path)
    # Where a relative folder of the tests would be written.
    (tmp_path / "none").mkdir()
    monkeypatch.setattr("keras_facegan.cli._sources.open_model", reach)
    monkeypatch.setattr("keras_facegan.run.train_recipe", reach)
    monkeypatch.setattr("keras_facegan.evaluation.compare", reach)
    monkeypatch.setattr("keras_facegan.cli._photos.read_photos", reach)

    def call(command, flag, value):
        code = cli.run(command, [*ENOUGH[command], f"--{flag}={value}"])
        error = capsys.readouterr().err
        assert code in (1, 2)
        assert error.startswith("error: ") and error.count("\n") == 1 and len(error) < 1000, error
        assert [path.name for path in tmp_path.iterdir()] == ["none"]
        assert error.removesuffix("\n").isprintable()
        # The commands on photos look at those first.
        began = error.startswith(("error: reached", "error: none.png cannot be decoded", "error: No photo in none is"))
        return None if began else error

    (tmp_path / "none" / "person.png").write_bytes(b"")
    return call


def test_all_commands_with_numbers_are_called():
    assert sorted({command for command, *_ in FLAGS}) == sorted(ENOUGH)
    assert len(FLAGS) > 30


@pytest.mark.parametrize(("command", "flag", "kind"), FLAGS)
def test_a_value_of_the_wrong_kind_is_refused_with_the_name_of_the_flag(refused, command, flag, kind):
    for value in [*NO_NUMBER, *(["1.5", "1e3"] if kind == "int" else [])]:
        error = refused(command, flag, value)
        assert error is not None and flag in error, (value, error)


@pytest.mark.parametrize(("command", "flag", "kind"), FLAGS)
def test_a_negative_value_is_refused_with_the_name_of_the_flag(refused, command, flag, kind):
    for value in NEGATIVE:
        error = refused(command, flag, value)
        assert error is not None and flag in error, (value, error)


@pytest.mark.parametrize(("command", "flag", "kind"), FLAGS)
def test_a_huge_value_is_refused_with_the_name_of_the_flag(refused, command, flag, kind):
    for value in HUGE:
        error = refused(command, flag, value)
        # Seeds have 32 bits; a face that a photo does not have is refused once the photo is read.
        if (flag == "seed" and value in (10**9 + 1, 2**31)) or (flag == "face" and isinstance(value, int)):
            assert error is None
        else:
            assert error is not None and flag in error, (value, error)


@pytest.mark.parametrize(("command", "flag", "kind"), FLAGS)
def test_zero_and_one_are_refused_with_the_name_of_the_flag_or_taken(refused, command, flag, kind):
    answers = [refused(command, flag, value) for value in (0, 1)]
    assert all(error is None or flag in error for error in answers)
    # Frames and people are two at least, and a rate is between the two; devices and workers need --distribute.
    two = flag in ("frames", "far", "devices", "worker") or (command, flag) == ("cross_age", "num")
    assert None in answers or two


@pytest.mark.parametrize(("command", "flag"), TEXTS)
@pytest.mark.parametrize("value", ["a" * 300, "a/" * 5000, "a\nb", "\udcff", "~nobody/a", "/dev/null/a"])
def test_a_name_that_no_file_can_have_is_one_line_or_reaches_the_work(refused, command, flag, value):
    refused(command, flag, value)


def test_long_names_of_models_and_folders_are_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a" * 300, "a/" * 5000, "\udcff"):
        for argv in (
            ["generate", name],
            ["generate", f"dcgan/{name}"],
            ["export", "--run", name, "out"],
            ["data", "check", name],
            ["new-model", name],
            ["publish", name, name],
            ["train", "--model", name],
            ["train", "--model=dcgan", "--preset", name],
            ["evaluate", "--model", name],
            [name],
        ):
            assert cli.main(argv) in (1, 2)
            error = capsys.readouterr().err
            assert error.startswith("error: ") and error.count("\n") == 1 and len(error) < 1000, (argv, error)
    assert list(tmp_path.iterdir()) == []
