"""What the README shows exists and works: models, data sets, weights, commands, flags, pictures and examples."""

import configparser
import contextlib
import io
import pathlib
import re

import pytest
from PIL import Image

import keras_facegan
from keras_facegan import list_datasets, list_models
from keras_facegan.cli import _model_table, run
from keras_facegan.errors import UserError
from keras_facegan.presets import preset_names

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands():
    """Return the README's commands as lists of words, without comments, lines joined at a backslash."""
    lines = "".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [words for words in (line.partition("#")[0].split() for line in lines) if words]


def flags_of(command):
    """Return the flags that a command's `--help` lists, without dashes; those of a boolean under both spellings."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), pytest.raises(SystemExit):
        run(command, ["--help"])
    listed = re.findall(r"^  --(\[no\])?(\w+):", text.getvalue(), re.MULTILINE)
    return {spelling for no, name in listed for spelling in ({name, f"no{name}"} if no else {name})}


def test_the_table_of_models_is_what_their_docstrings_say():
    _, begin, rest = README.partition(_model_table.BEGIN)
    assert begin and rest.partition(_model_table.END)[0] == _model_table.table(CHECKOUT / "keras_facegan" / "models")


def test_the_table_of_models_names_all_models():
    table = README.split("## Models")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list_models()


def test_the_table_of_data_sets_names_all_data_sets():
    table = README.split("### Data sets")[1].split("|---|---|---|")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = [name.partition(":")[0] for row in rows for name in re.findall(r"`(.+?)`", row)]
    assert sorted(named) == list_datasets()


def test_the_weights_it_names_exist():
    words = re.split(r"[\s`\"(),]+", README)
    named = {word for word in words if re.fullmatch(r"[a-z]\w*/\w+", word) and not word.startswith("runs/")}
    assert named >= {"dcgan/cats_64", "dcgan/mnist_32", "facegan/cats_64", "dcgan/celeba_64_narrow"}
    assert named <= set(list_models(pretrained=True))


def test_the_presets_it_names_exist():
    named = [re.findall(r"--(?:model|preset) (\w+)", " ".join(words)) for words in commands() if "--preset" in words]
    named += re.findall(r'\w+\("(\w+)", preset="(\w+)"', "".join(blocks("python")))
    assert len(named) >= 6
    for model, preset in named:
        assert preset in preset_names(model)


def test_its_commands_and_their_flags_exist():
    scripts = {"train.py": "train", "evaluate.py": "evaluate"}
    checked = set()
    for words in commands():
        if words[0] == "facegan":
            command = words[1].replace("-", "_")
        elif words[0] == "python" and words[1] in scripts:
            command = scripts[words[1]]
        else:
            continue
        if command == "help":
            continue
        flags = {word[2:].partition("=")[0] for word in words if word.startswith("--")}
        assert flags <= flags_of(command), words
        checked.add(command)
    assert checked >= {"train", "evaluate", "generate", "export", "age", "verify", "invert", "data"}


def test_every_target_of_make_that_it_names_exists():
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", README))
    assert named >= {"demo", "test", "docs", "new-model"}
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_the_extras_it_installs_exist():
    setup = configparser.ConfigParser()
    setup.read(CHECKOUT / "setup.cfg")
    named = set(re.findall(r"\.\[(\w+)\]", README))
    assert "gpu" in named and named <= set(setup["options.extras_require"])


def test_its_links_and_pictures_exist():
    targets = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r"^\[[^]]+\]: (\S+)$", README, re.MULTILINE)
    local = [target for target in targets if not target.startswith("https://")]
    assert len(local) >= 15
    for target in local:
        assert (CHECKOUT / target).is_file(), target


def test_no_link_lacks_its_address():
    text = re.sub(r"```.*?```|`[^`]*`", "", README, flags=re.DOTALL)
    defined = set(re.findall(r"^\[([^]]+)\]: \S+$", text, re.MULTILINE))
    used = set(re.findall(r"\[([^]]+)\](?![:(\]])", text))
    assert used == defined


def test_the_changelog_has_the_version_and_what_came_after_it():
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert headings[:2] == ["Unreleased", keras_facegan.__version__]


def test_lines_are_short():
    # A row of a table cannot be broken.
    long = [line for line in README.splitlines() if len(line) > 100 and not line.startswith("| `")]
    assert not long


@pytest.mark.parametrize("place", range(len(blocks("python"))))
def test_its_examples_in_python_run(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Image.open(CHECKOUT / "docs" / "pictures" / "drawn_faces.png") as sheet:
        sheet.convert("RGB").crop((0, 0, 80, 80)).save("photo.jpg")
    code = blocks("python")[place]
    exec(compile(code, f"README.md, example {place}", "exec"), {})
    # It has written what it says that it writes.
    for name in re.findall(r"(?:run_dir=|save\()\"([\w./]+)\"", code):
        assert (tmp_path / name).exists()


MODEL = '''"""Alpha: the first model.

Some title. Author 2014.
"""
@MODELS.register("alpha")
class Alpha:
    """One line.

    Reference:
        Author et al. 2014,
        arXiv 1406.2661, sections 3 and 4; Other 2020, arXiv 2012.03459.
    """
'''
FLAVOUR = '"""Beta: a | b.\n\nReference:\n    Nobody 1998.\n"""\nMODELS.register("beta", loss="x")(Alpha)\n'


def test_a_row_holds_the_first_line_and_the_papers_with_links(tmp_path):
    (tmp_path / "alpha.py").write_text(MODEL)
    (tmp_path / "beta.py").write_text(FLAVOUR)
    (tmp_path / "_base.py").write_text('"""Base."""\nclass Base:\n    """No model."""\n')
    assert _model_table.table(tmp_path).splitlines() == [
        "| model | what it is | paper |",
        "|---|---|---|",
        "| `alpha` | Alpha: the first model | Author et al. 2014, [1406.2661]; Other 2020, [2012.03459] |",
        r"| `beta` | Beta: a \| b | Nobody 1998 |",
        "",
        "[1406.2661]: https://arxiv.org/abs/1406.2661",
        "[2012.03459]: https://arxiv.org/abs/2012.03459",
    ]


def test_a_model_without_a_paper_is_named(tmp_path):
    (tmp_path / "gamma.py").write_text('"""Gamma."""\nMODELS.register("gamma")(Gamma)\n')
    with pytest.raises(UserError, match=r"gamma.py: no docstring has a `Reference:` section"):
        _model_table.table(tmp_path)


def test_the_text_around_the_table_stays_as_it_is(tmp_path):
    (tmp_path / "keras_facegan" / "models").mkdir(parents=True)
    (tmp_path / "keras_facegan" / "models" / "beta.py").write_text(FLAVOUR)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{_model_table.BEGIN}old row\n{_model_table.END}after\n")
    _model_table.write(tmp_path)
    first = readme.read_text()
    assert first.startswith(f"before\n{_model_table.BEGIN}| model |") and first.endswith(f"{_model_table.END}after\n")
    assert "old row" not in first and "| `beta` |" in first
    _model_table.write(tmp_path)
    assert readme.read_text() == first


def test_a_readme_without_a_place_for_the_table_is_refused(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"only {_model_table.BEGIN}")
    with pytest.raises(UserError, match=r"README.md has no place for the table of models"):
        _model_table.write(tmp_path)
    assert readme.read_text() == f"only {_model_table.BEGIN}"
