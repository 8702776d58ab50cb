"""Names as they are, whatever they hold: in tables, on terminals of any encoding, in files."""

import io
import os
import subprocess
import sys

import pytest
from rich.table import Table

from keras_facegan import recipe
from keras_facegan.console import plain_console
from keras_facegan.errors import UserError
from keras_facegan.run_directory import RunDirectory

NAMES = ("me [old].png", "[bold]x[/bold].png", ":cat:.png", "[/].png", r"a\\[b].png")


def test_names_in_tables_and_lines_are_no_markup():
    text = io.StringIO()
    table = Table("photo [new]", box=None)
    for name in NAMES:
        table.add_row(name)
    console = plain_console(file=text, width=80)
    console.print(table)
    console.print("line of me [old].png")
    assert [line.strip() for line in text.getvalue().splitlines()] == ["photo [new]", *NAMES, "line of me [old].png"]


@pytest.mark.parametrize(("encoding", "cafe"), [("utf-8", "café"), ("ascii", r"caf\xe9")])
def test_a_terminal_of_any_encoding_shows_every_name(encoding, cafe):
    code = r"""
import sys
from rich.table import Table
from keras_facegan.cli import guarded
from keras_facegan.console import plain_console
from keras_facegan.errors import UserError

def main(argv):
    print("café-\udcff.png")
    table = Table("photo", box=None)
    table.add_row("table-\udcff.png")
    plain_console().print(table)
    print("warned-\udcff.png", file=sys.stderr)
    raise UserError("wrong-\udcff.png")

sys.exit(guarded(main, []))
"""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-X", "utf8=0", "-c", code], env=environment, capture_output=True)
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert (done.returncode, out.split()) == (1, [rf"{cafe}-\xff.png", "photo", r"table-\xff.png"]), err
    assert err.splitlines() == [r"warned-\xff.png", r"error: wrong-\xff.png"]


def test_results_do_not_go_to_folders_whose_names_tensorflow_cannot_write(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    with pytest.raises(UserError, match=r"caf\\xe9 is no UTF-8, .* choose another --run_dir"):
        RunDirectory(folder).create()
    assert not folder.exists()


def test_a_recipe_refuses_a_path_that_it_cannot_hold():
    with pytest.raises(UserError, match=r"train.init is `runs/caf\\xe9`, no UTF-8"):
        recipe.resolve("dcgan", "tiny", [("train.init", os.fsdecode(b"runs/caf\xe9"))])
