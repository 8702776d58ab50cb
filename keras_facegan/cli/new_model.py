"""Begin a new model from the template.

usage: facegan new-model NAME
"""

import keyword
import re

from keras_facegan import paths
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.presets import list_models


def main(argv):
    """Copy the template's model and presets under a new name; nothing that exists is overwritten."""
    names = Flags(__doc__).parse(argv)
    if len(names) != 1 or not re.fullmatch(r"[a-z][a-z0-9_]*", names[0]) or keyword.iskeyword(names[0]):
        given = " ".join(names) or "nothing"
        raise UserError(f"new-model expects one name such as my_gan (make new-model NAME=my_gan), got {given}.")
    (name,) = names
    checkout = paths.zoo_root().parent
    models = checkout / "keras_facegan" / "models"
    if not (checkout / "setup.cfg").is_file():
        raise UserError("new-model writes into a checkout of keras_facegan; this is an installed package.")
    if name in list_models() or (models / f"{name}.py").exists():
        raise UserError(f"`{name}` is already a model; choose another name.")
    title = "".join(part.capitalize() for part in name.split("_"))
    code = (models / "_template.py").read_text(encoding="utf-8")
    code = re.sub(r"^\nA working model to start from;.*?deviation\.\n", "", code, flags=re.DOTALL | re.MULTILINE)
    code = code.replace('"template"', f'"{name}"').replace("Template", title).replace("template_", f"{name}_")
    for path, text in {
        models / f"{name}.py": code,
        paths.zoo_root() / f"{name}.toml": (paths.zoo_root() / "_template.toml").read_text(encoding="utf-8"),
    }.items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(checkout))
    print(f"Now: python train.py --model {name} --preset tiny, and make test, which holds it to the contract.")
    return 0
