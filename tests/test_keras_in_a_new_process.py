"""Keras and this package in one process: saved models are found, and the backend is TensorFlow."""

import contextlib
import os
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from keras_facegan import create_model
from keras_facegan.errors import UserError
from keras_facegan.seam import backend, stand_ins
from keras_facegan.seam.imports import on_import

LOAD = """
import sys, warnings
import keras_facegan
assert "keras" not in sys.modules
import keras, numpy as np
assert not any(name.startswith("keras_facegan.models") for name in sys.modules)
warnings.simplefilter("error", UserWarning)
generator, model = (keras.models.load_model(f"{sys.argv[1]}/{name}.keras") for name in ("generator", "dcgan"))
codes = model.sample_latents(3)
# Without a warning of Keras: a bare tensor is what a network with one input takes.
assert np.abs(generator(codes)["images"] - model.generator(codes)["images"]).max() == 0
np.save(f"{sys.argv[1]}/drawn.npy", model.generate(3))
print(keras.config.backend())
"""


def test_a_new_process_loads_saved_models_and_runs_on_tensorflow(tmp_path):
    model = create_model("dcgan", "tiny", seed=0)
    model.compile()
    model.save(tmp_path / "dcgan.keras")
    model.generator.save(tmp_path / "generator.keras")
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "tensorflow"
    assert "keras_facegan runs on TensorFlow: KERAS_BACKEND=jax is set to tensorflow." in result.stderr.splitlines()
    np.testing.assert_array_equal(np.load(tmp_path / "drawn.npy"), model.generate(3))


def test_every_registered_class_has_a_stand_in(monkeypatch):
    from keras_facegan.layers.maxout import Maxout

    known = keras.saving.get_custom_objects()
    ours = {name: value for name, value in known.items() if name.startswith("keras_facegan>")}
    for name in ours:
        monkeypatch.delitem(known, name)
    stand_ins.register()
    assert {"keras_facegan>DCGAN", "keras_facegan>Maxout", "keras_facegan>Adam"} <= known.keys() >= ours.keys()
    layer = known["keras_facegan>Maxout"].from_config(Maxout(3).get_config())
    assert type(layer) is Maxout and layer.get_config() == Maxout(3, name=layer.name).get_config()


def test_keras_on_another_backend_is_refused_in_one_line(monkeypatch):
    stub = types.SimpleNamespace(config=types.SimpleNamespace(backend=lambda: "torch"))
    monkeypatch.setitem(sys.modules, "keras", stub)
    with pytest.raises(UserError, match="Keras was imported with the backend torch: set KERAS_BACKEND=tensorflow"):
        backend.choose()


@pytest.mark.parametrize(("asked", "said"), [(None, False), ("tensorflow", False), ("torch", True)])
def test_tensorflow_is_set_before_keras_is_imported(monkeypatch, capsys, asked, said):
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.setenv("KERAS_BACKEND", asked or "")
    if asked is None:
        monkeypatch.delenv("KERAS_BACKEND")
    backend.choose()
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert ("KERAS_BACKEND=torch is set to tensorflow" in capsys.readouterr().err) is said


def test_something_happens_around_the_first_import_alone(monkeypatch, tmp_path):
    (tmp_path / "module_of_a_test.py").write_text("import builtins; builtins.seen_by_a_test.append('module')")
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    monkeypatch.setattr("builtins.seen_by_a_test", seen, raising=False)

    @contextlib.contextmanager
    def around():
        seen.append("before")
        yield
        seen.append("after")

    on_import("module_of_a_test", around)
    import module_of_a_test

    monkeypatch.delitem(sys.modules, "module_of_a_test")
    import module_of_a_test  # noqa: F401, F811

    assert seen == ["before", "module", "after", "module"]
