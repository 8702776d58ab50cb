"""Begin a new model from the template.

usage: facegan new-model NAME
"""

import keyword
import re

from keras_facegan import paths
from keras_facegan.cli import _model_table
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.presets import list_models


def main(argv):
    """Copy the template's model and presets under a new name, and add the model to README's table.

    Nothing that exists is overwritten but that table.
    """
    names = Flags(__doc__).parse(argv)
    if len(names) != 1 or not re.fullmatch(r"[a-z][a-z0-9_]*", names[0]) or keyword.iskeyword(names[0]):
        received = " ".join(names) or "nothing"
        raise UserError(f"new-model expects one name such as my_gan (make new-model NAME=my_gan), received {received}.")
    (name,) = names
    zoo = paths.zoo_root()
    checkout = zoo.parent
    models, readme = checkout / "keras_facegan" / "models", checkout / "README.md"
    if not (checkout / "setup.cfg").is_file():
        raise UserError("new-model writes into a checkout of keras_facegan; this is an installed package.")
    if name in list_models() or (models / f"{name}.py").exists():
        raise UserError(f"`{name}` is already a model; choose another name.")
    before_table, after_table = _model_table.around(readme)
    (models / f"{name}.py").write_text(_code(models / "_template.py", name), encoding="utf-8")
    (zoo / f"{name}.toml").write_text((zoo / "_template.toml").read_text(encoding="utf-8"), encoding="utf-8")
    readme.write_text(before_table + _model_table.table(models) + after_table, encoding="utf-8")
    print(f"keras_facegan/models/{name}.py\nzoo/{name}.toml\nREADME.md")
    print(f"Now: python train.py --model {name} --preset tiny, and make test, which holds it to the contract.")
    return 0


def _code(template, name):
    """Return the template's code under another name, without what it says of itself."""
    title = "".join(part.capitalize() for part in name.split("_"))
    code = template.read_text(encoding="utf-8")
    code = re.sub(r"\n\nA working model to start from;.*?deviation\.\n", "", code, flags=re.DOTALL)
    return code.replace('"template"', f'"{name}"').replace("Template", title).replace("template_", f"{name}_")
