"""The rules of the house that a reader relies on: who imports whom, what docstrings promise, how large files get."""

import ast
import importlib
import json
import math
import pathlib
import re
import subprocess
import sys
import warnings

import pytest

import keras_facegan
from keras_facegan import list_models, presets, recipe
from keras_facegan.errors import UserError
from keras_facegan.registry import DATASETS, MODELS

PACKAGE = pathlib.Path(keras_facegan.__file__).parent
CHECKOUT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

# What each floor may stand on, besides itself.
GROUND = {"abilities", "arguments", "attributes", "console", "contents", "errors", "files", "paths", "registry", "seam"}
FLOORS = {
    "seam": GROUND,
    "layers": GROUND,
    "losses": GROUND | {"layers"},
    "networks": GROUND | {"layers", "losses"},
    "models": GROUND | {"latent", "layers", "loading", "losses", "metrics", "networks", "optimizers"},
    "pretrained": GROUND | {"presets", "weights"},
    "loading": GROUND | {"checkpoint", "presets", "pretrained", "recipe", "run_directory", "weights"},
    "data": GROUND,
    "latent": GROUND | {"data", "networks"},
    "metrics": GROUND | {"data", "losses", "networks"},
    "recipe": GROUND | {"data", "optimizers", "presets"},
    "callbacks": GROUND | {"checkpoint", "data", "evaluation"},
    "evaluation": GROUND
    | {"_version", "callbacks", "data", "latent", "loading", "losses", "metrics", "plots", "presets", "pretrained"}
    | {"recipe", "run_directory"},
    "run": GROUND
    | {"callbacks", "changes", "checkpoint", "data", "evaluation", "memory", "opening", "optimizers", "plots"}
    | {"preparation", "recipe", "run_directory", "stages", "transfer", "weights"},
    "restoration": GROUND | {"metrics"},
    "photos": GROUND | {"data", "layers", "loading", "metrics", "presets", "pretrained", "recipe", "run_directory"},
    "cli": GROUND
    | {
        "callbacks",
        "changes",
        "checkpoint",
        "data",
        "dry_run",
        "evaluation",
        "export",
        "latent",
        "loading",
        "metrics",
        "photos",
    }
    | {"preparation", "presets", "pretrained", "publishing", "recipe", "run", "run_directory", "stages", "weights"},
}
BACKENDS = {"tensorflow", "jax", "torch"}
MAY_USE_BACKEND = ("seam/", "data/", "export.py", "checkpoint.py", "callbacks/")


def relative(path):
    return path.relative_to(PACKAGE).as_posix()


def module_name(path):
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """Return the dotted names that a file imports, at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_parts(path):
    """Return the parts of the package that a file imports: "seam" for keras_facegan.seam.gradients."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("keras_facegan.")}


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_imports_go_one_way(floor):
    files = [path for path in SOURCES if relative(path).split("/")[0].removesuffix(".py") == floor]
    assert files
    for path in files:
        above = own_parts(path) - FLOORS[floor] - {floor}
        assert not above, f"{relative(path)} imports {sorted(above)}"


@pytest.mark.parametrize("part", ["metrics", "latent", "data"])
def test_tools_do_not_know_the_models(part):
    for path in PACKAGE.glob(f"{part}/**/*.py"):
        assert not own_parts(path) & {"models", "cli", "run", "presets"}, relative(path)


def test_only_the_seam_the_data_and_the_files_know_a_backend():
    for path in SOURCES:
        used = {name.split(".")[0] for name in imports(path)} & BACKENDS
        assert not used or relative(path).startswith(MAY_USE_BACKEND), f"{relative(path)} imports {sorted(used)}"


def test_numbers_of_a_step_are_drawn_by_the_seam():
    # Every device of a distributed run would draw the same ones by keras.random.
    for part in ("models", "networks", "losses", "layers"):
        for path in PACKAGE.glob(f"{part}/**/*.py"):
            drawn = set(re.findall(r"keras\.random\.(\w+)\(", path.read_text(encoding="utf-8"))) - {"SeedGenerator"}
            assert not drawn, (
                f"{relative(path)} draws by keras.random: take {sorted(drawn)} from keras_facegan.seam.random"
            )


def renames(path):
    """Return the lines of a file that give a file or a folder another name."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    calls = [call for call in calls if isinstance(call.func, ast.Attribute)]
    lines = []
    for call in calls:
        owner = getattr(call.func.value, "id", None)
        moves = owner in ("os", "shutil") and call.func.attr in ("replace", "rename", "renames", "move")
        # `str.replace` takes two arguments.
        moves |= owner != "os" and call.func.attr in ("replace", "rename") and len(call.args) == 1 and not call.keywords
        lines += [call.lineno] * moves
    return lines


def test_files_and_folders_get_their_final_names_in_one_place():
    # A download that was cut keeps its own name, so that it can go on.
    exempt = {"files.py", "pretrained.py", "run.py", "checkpoint.py", "callbacks/history.py"}
    named = {relative(path): renames(path) for path in SOURCES if renames(path)}
    assert named.keys() <= exempt and {"files.py", "pretrained.py"} <= named.keys(), named


def test_model_files_are_short():
    for path in PACKAGE.glob("models/*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, relative(path)


def described(docstring):
    """Return the argument names under `Args:`, without their stars; None where there is no such section."""
    lines = docstring.splitlines()
    if "Args:" not in [line.strip() for line in lines]:
        return None
    start = next(i for i, line in enumerate(lines) if line.strip() == "Args:")
    indent = len(lines[start]) - len(lines[start].lstrip()) + 4
    names = []
    for line in lines[start + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        if match := re.match(rf" {{{indent}}}(\*{{0,2}}\w+(?:, \w+)*): ", line):
            names += match[1].lstrip("*").split(", ")
    return names


def parameters(node, method):
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    names += [arguments.vararg.arg] if arguments.vararg else []
    names += [each.arg for each in arguments.kwonlyargs]
    names += [arguments.kwarg.arg] if arguments.kwarg else []
    bound = method and not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    return names[1:] if bound else names


def signatures():
    """Yield (place, docstring, parameters) of all public functions, classes and methods."""
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                yield f"{relative(path)}:{node.name}", node, parameters(node, method=False)
            elif isinstance(node, ast.ClassDef):
                methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
                if "__init__" in methods:
                    # The name of a Keras object needs no words.
                    names = [each for each in parameters(methods["__init__"], method=True) if each != "name"]
                    yield f"{relative(path)}:{node.name}", node, names
                elif fields := [each.target.id for each in node.body if isinstance(each, ast.AnnAssign)]:
                    yield f"{relative(path)}:{node.name}", node, fields
                else:
                    yield f"{relative(path)}:{node.name}", node, None
                for name, method in methods.items():
                    yield f"{relative(path)}:{node.name}.{name}", method, parameters(method, method=True)


def test_docstrings_name_the_arguments_of_their_signatures():
    wrong = []
    for place, node, names in signatures():
        docstring = ast.get_docstring(node)
        if place.rpartition(":")[2].split(".")[-1].startswith("_") or docstring is None:
            continue
        told = described(docstring)
        # A class without a constructor of its own takes what its base class takes.
        if (
            told is not None
            and names is not None
            and [each for each in told if each != "name" or each in names] != names
        ):
            wrong.append(f"{place}: Args {told}, signature {names}")
    assert not wrong, "\n".join(wrong)


def test_public_functions_and_classes_say_what_they_do():
    silent = [
        place
        for place, node, _ in signatures()
        if "." not in place.rpartition(":")[2]
        and not place.rpartition(":")[2].startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert not silent, silent


def test_modules_say_what_they_are():
    texts = {relative(path): path.read_text(encoding="utf-8") for path in SOURCES if path.name != "_version.py"}
    silent = [name for name, text in texts.items() if text and not ast.get_docstring(ast.parse(text))]
    assert not silent, silent


def test_zoo_files_and_registered_models_are_the_same_names():
    assert list_models() == MODELS.names()


def all_presets():
    return [(model, preset) for model in list_models() for preset in presets.preset_names(model)]


# Presets of points, which are arrays and no pictures: experiments hand them to `fit`.
WITHOUT_PICTURES = [("unrolled_gan", "ring")]


@pytest.mark.parametrize(("model", "preset"), all_presets())
def test_every_preset_resolves(model, preset):
    if (model, preset) in WITHOUT_PICTURES:
        with pytest.raises(UserError, match=f"data.dataset is not set for {model}; name one with --dataset"):
            recipe.resolve(model, preset)
        return
    plan = recipe.resolve(model, preset)
    assert plan.name == model and plan.preset == preset
    assert plan.data["dataset"].partition(":")[0] in DATASETS.names()


@pytest.mark.parametrize("model", list_models())
def test_every_model_has_a_tiny_and_a_default_preset_that_need_no_files(model):
    for preset in ("tiny", "default"):
        assert recipe.resolve(model, preset).data["dataset"] in ("drawn_faces", "digits", "binary_digits")


PAPER_SIZES = {
    "celeba_64": (3_576_704, 2_765_568),
    "cats_final": (378_080, 175_296),
    "cats_trial1": (81_400, 18_028),
    "cats_trial2": (49_760, 10_148),
}


@pytest.mark.parametrize("preset", sorted(PAPER_SIZES))
def test_dcgan_presets_have_the_parameter_counts_of_their_tables(preset):
    model = keras_facegan.create_model("dcgan", preset)
    networks = (model.generator, model.discriminator)
    sizes = tuple(sum(math.prod(each.shape) for each in network.trainable_variables) for network in networks)
    assert sizes == PAPER_SIZES[preset]
    assert model.prior.latent_dim == 100


def loaded_modules(code):
    """Run code in a fresh interpreter and return the top-level names of what it imported."""
    tail = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    command = [sys.executable, "-c", f"{code}\n{tail}"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_importing_the_package_loads_no_backend():
    assert not loaded_modules("import keras_facegan; keras_facegan.list_models()") & {"keras", "tensorflow", "numpy"}


def test_listing_loads_no_backend():
    code = "from keras_facegan.cli import run\nassert run('train', ['--list']) == 0"
    assert not loaded_modules(code) & {"keras", "tensorflow"}


def test_public_names_exist_and_unknown_ones_do_not():
    for name in keras_facegan.__all__:
        assert getattr(keras_facegan, name) is not None
    assert dir(keras_facegan) == sorted(keras_facegan.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lost'"):
        keras_facegan.lost  # noqa: B018


@pytest.mark.parametrize("part", ["data", "latent", "layers", "losses", "metrics"])
def test_a_package_names_what_it_offers(part):
    package = importlib.import_module(f"keras_facegan.{part}")
    modules = {path.stem for path in PACKAGE.glob(f"{part}/*")}
    assert package.__all__ == sorted(set(package.__all__)) and not set(package.__all__) & modules
    # A module that is imported becomes an attribute of its package: import all before the names are looked at.
    for path in PACKAGE.glob(f"{part}/[!_]*.py"):
        importlib.import_module(module_name(path))
    for name in package.__all__:
        thing = getattr(package, name)
        assert callable(thing) and thing.__name__ == name and thing.__module__.startswith(f"keras_facegan.{part}.")
        assert name in dir(package)
    with pytest.raises(ImportError, match="cannot import name 'lost'"):
        exec(f"from keras_facegan.{part} import lost")


def test_tables_of_contents_load_nothing_of_what_they_name():
    loaded = loaded_modules("import keras_facegan.data, keras_facegan.latent, keras_facegan.metrics")
    assert not loaded & {"keras", "numpy", "sklearn", "tensorflow"}


def test_a_warning_of_our_own_code_fails_a_test():
    with pytest.raises(UserWarning):
        warnings.warn_explicit("ours", UserWarning, "x.py", 1, module="keras_facegan.models.x")
