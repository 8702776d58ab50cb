"""What TensorFlow says while it starts: notices are held back, everything else is passed on."""

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf

from keras_facegan.seam import backend

CHECKOUT = pathlib.Path(__file__).parents[2]
NOTICES = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795643673.901510   20622 port.cc:153] oneDNN custom operations are on.",
    "W0000 00:00:1795643673.901510   20622 gpu_device.cc:9] Cannot dlopen some GPU libraries.",
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.",
]
ERRORS = [
    "E0000 00:00:1795643686.722354   20622 cuda_dnn.cc:52] The driver is too old.",
    "F0000 00:00:1795643686.722354   20622 cpu_feature_guard.cc:52] AVX is missing.",
    "Illegal instruction",
]


def test_notices_are_held_back_and_errors_passed_on(capfd):
    with backend.without_notices():
        for line in [*NOTICES, *ERRORS]:
            os.write(2, f"{line}\n".encode())
    os.write(2, b"later\n")
    assert capfd.readouterr().err.splitlines() == [*ERRORS, "later"]


def test_what_is_said_before_an_exception_is_passed_on(capfd):
    with pytest.raises(ImportError, match="broken"), backend.without_notices():
        os.write(2, b"libcuda.so: version mismatch\n")
        raise ImportError("broken")
    assert capfd.readouterr().err == "libcuda.so: version mismatch\n"


def test_a_script_shows_its_own_errors_and_nothing_of_tensorflow():
    script = "import keras_facegan; keras_facegan.create_model('dcgan', 'tiny').generate(1)\n1 / 0"
    lines = said(script).splitlines()
    assert lines[0].startswith("Traceback") and lines[-1].startswith("ZeroDivisionError") and len(lines) <= 4


def test_who_asks_for_notices_gets_them():
    assert "oneDNN" in said("import keras_facegan, tensorflow", TF_CPP_MIN_LOG_LEVEL="0")


def said(code, **environment):
    """Return what a fresh process writes to stderr."""
    before = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=before | environment, cwd=CHECKOUT
    )
    return result.stderr


def test_the_device_is_named(monkeypatch):
    assert backend.device().startswith("CPU (")
    monkeypatch.setattr(backend.os, "sched_getaffinity", lambda process: {0}, raising=False)
    assert backend.device() == "CPU (1 core)"


def test_a_gpu_that_is_not_used_is_spoken_of(monkeypatch, tmp_path):
    monkeypatch.setattr(backend, "_DRIVER", tmp_path / "version")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert backend.unused_gpu() is None
    (tmp_path / "version").write_text("NVRM version")
    assert "keras-facegan[gpu]" in backend.unused_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert backend.unused_gpu() is None


def test_float32_is_not_rounded_to_tf32_on_gpus():
    tf.config.experimental.enable_tensor_float_32_execution(True)
    backend.start()
    assert not tf.config.experimental.tensor_float_32_execution_enabled()
