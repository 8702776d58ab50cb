"""README's table of models, made of the docstrings in `models/` without importing Keras.

`make docs` and `facegan new-model` write it; a test compares.
"""

import ast
import re

from keras_facegan import paths
from keras_facegan.errors import UserError

BEGIN, END = "<!-- models, written by `make docs` -->\n", "<!-- end of models -->\n"
_ARXIV = re.compile(r"arXiv (\d{4}\.\d{4,5})")


def table(models):
    """Return the table as Markdown: a row per registered name, and the links to the papers.

    Args:
        models: Folder of the model files. The first line of a file's docstring is what the model is; the paper
            stands under `Reference:` in the docstring of its class, or of the file where it has no class.

    Raises:
        UserError: A file names no paper.
    """
    rows, numbers = {}, set()
    for path in sorted(models.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in _registered(tree):
            paper = _reference(tree)
            if paper is None:
                raise UserError(f"{path}: no docstring has a `Reference:` section, which says the paper of `{name}`.")
            summary = ast.get_docstring(tree).splitlines()[0].rstrip(".").replace("|", r"\|")
            numbers.update(_ARXIV.findall(paper))
            paper = _ARXIV.sub(r"[\1]", paper)
            rows[name] = f"| `{name}` | {summary} | {paper} |"
    head = ["| model | what it is | paper |", "|---|---|---|"]
    links = [f"[{number}]: https://arxiv.org/abs/{number}" for number in sorted(numbers)]
    return "\n".join([*head, *(rows[name] for name in sorted(rows)), "", *links, ""])


def around(readme):
    """Return the README's text up to its table, and the text behind it, each with its marker.

    Raises:
        UserError: The markers are missing, so that there is no place for the table.
    """
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise UserError(
            f"{readme} has no place for the table of models: expected the lines {BEGIN.strip()} and {END.strip()}."
        )
    return before + begin, end + after


def write(checkout):
    """Bring the README of a checkout up to date."""
    readme = checkout / "README.md"
    before, after = around(readme)
    readme.write_text(before + table(checkout / "keras_facegan" / "models") + after, encoding="utf-8")


def _registered(tree):
    """Return the names that a module registers as models."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.args[0].value for call in calls if ast.unparse(call.func) == "MODELS.register"]


def _reference(tree):
    """Return what the first `Reference:` section of a module's docstrings names, on one line."""
    for node in (*(node for node in tree.body if isinstance(node, ast.ClassDef)), tree):
        section = re.search(r"^Reference:\n((?: .*\n?)+)", ast.get_docstring(node) or "", re.MULTILINE)
        if section:
            # The table says which paper; its sections are for readers of the code.
            return re.sub(r", sections? [^;]*", "", " ".join(section[1].split())).rstrip(".")
    return None


if __name__ == "__main__":
    write(paths.zoo_root().parent)
