"""Sphinx: the README, docs/*.md, and one page of docstrings per package, found by itself: `make docs`."""

import importlib
import os
import pathlib
import pkgutil
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
from sphinx.util import inspect

import keras_facegan

project = "keras_facegan"
release = keras_facegan.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

smartquotes = False

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_context = {"default_mode": "light"}
html_theme_options = {"secondary_sidebar_items": ["page-toc"], "navigation_with_keys": False}
html_show_sourcelink = False

myst_heading_anchors = 3
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_custom_sections = ["Reference"]
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True


def packages(package=keras_facegan):
    """Yield the package and all packages below it, but the command line."""
    yield package
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.ispkg and module.name != "keras_facegan.cli":
            yield from packages(importlib.import_module(module.name))


def page(package):
    """Return the page of a package: the names in its `__all__`, or else all that its modules define."""
    name = package.__name__
    lines = [name, "=" * len(name), "", f".. automodule:: {name}", "   :imported-members:", ""]
    if not hasattr(package, "__all__"):
        for module in pkgutil.iter_modules(package.__path__):
            if not module.ispkg and module.name != "_template":
                lines += [module.name, "-" * len(module.name), "", f".. automodule:: {name}.{module.name}", ""]
    return "\n".join(lines)


def write_pages(app):
    """Write `api/<package>.rst` for every package; leave pages that would not change alone."""
    folder = pathlib.Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    pages = {folder / f"{package.__name__}.rst": page(package) for package in packages()}
    for path in set(folder.glob("*.rst")) - set(pages):
        path.unlink()
    for path, text in pages.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# An example up to its empty line, code, or a character that reStructuredText would read as a sign.
MARKUP = re.compile(r"^ *>>>.*(?:\n *\S.*)*|`([^`]+)`|[*|]", re.MULTILINE)


def plain_text(app, what, name, obj, options, lines):
    """Keep every character of a docstring as it stands: its only markup is `code`, its only block an example."""

    def replacement(match):
        if match[1]:
            return rf"\ ``{match[1]}``\ "
        return rf"\{match[0]}" if len(match[0]) == 1 else match[0]

    lines[:] = MARKUP.sub(replacement, "\n".join(lines)).split("\n")


def constructor(app, what, name, obj, options, signature, returned):
    """Show the constructor's arguments of a layer or model, where Keras' own `__new__` would show `*args`."""
    if what == "class" and issubclass(obj, keras.layers.Layer):
        return inspect.stringify_signature(inspect.signature(obj.__init__, bound_method=True)), None
    return None


def setup(app):
    """Write the pages before Sphinx looks for sources; read docstrings before napoleon does."""
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-signature", constructor)
    app.connect("autodoc-process-docstring", plain_text, priority=400)
