"""Weights files: half the size, complete or absent, and refused where they do not fit."""

import os
import shutil
import subprocess

import h5py
import numpy as np
import pytest

from keras_facegan import create_model
from keras_facegan.errors import UserError
from keras_facegan.weights import inference_bundle, load_inference_weights, save_inference_weights
from tests import contract


@pytest.fixture(scope="module")
def model():
    return create_model("dcgan", "tiny", seed=1)


@pytest.fixture
def saved(model, tmp_path):
    save_inference_weights(model, tmp_path / "model.weights.h5")
    return tmp_path / "model.weights.h5"


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, each: found.update({name: each[()]}) if isinstance(each, h5py.Dataset) else None)
    return found


def test_kernels_are_half_precision_and_vectors_are_not(saved):
    kinds = {(value.ndim > 1, value.dtype.name) for value in arrays(saved).values()}
    assert kinds == {(True, "float16"), (False, "float32")}


def test_the_file_has_no_holes(model, saved):
    data = sum(value.nbytes for value in arrays(saved).values())
    # A dataset of HDF5 costs a header, not the float32 values it replaced.
    assert saved.stat().st_size < data + 4096 * len(arrays(saved))
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_values_beyond_half_precision_stay_float32(tmp_path):
    model = create_model("dcgan", "tiny", seed=1)
    average = model.network("generator")
    kernels = [each for each in average.weights if len(each.shape) > 1]
    kernels[0].assign(np.full(kernels[0].shape, 7e4))
    save_inference_weights(model, tmp_path / "model.weights.h5")
    loaded = create_model("dcgan", "tiny", seed=2)
    load_inference_weights(loaded, tmp_path / "model.weights.h5")
    for found, expected in zip(loaded.network("generator").get_weights(), average.get_weights(), strict=True):
        beyond = np.abs(expected).max() > 6e4
        np.testing.assert_array_equal(found, expected if beyond else contract.half_precision(expected))


def test_averages_are_saved_rather_than_the_trained_network(tmp_path):
    model = create_model("dcgan", "tiny", seed=1)
    model.generator.set_weights([np.zeros_like(value) for value in model.generator.get_weights()])
    assert inference_bundle(model).generator is model.averages["generator"]
    save_inference_weights(model, tmp_path / "model.weights.h5")
    assert max(np.abs(value).max() for value in arrays(tmp_path / "model.weights.h5").values()) > 0


def test_a_model_without_averages_reads_the_file_of_one_with(saved, model):
    other = create_model("dcgan", "tiny", seed=2, ema_decay=0.0)
    load_inference_weights(other, saved)
    for found, expected in zip(other.generator.get_weights(), model.network("generator").get_weights(), strict=True):
        np.testing.assert_array_equal(found, contract.half_precision(expected))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not HDF5 at all"),
        lambda path: path.unlink(),
    ],
    ids=["cut", "empty", "foreign", "absent"],
)
def test_damaged_file_is_refused_in_one_line(saved, damage):
    damage(saved)
    with pytest.raises(UserError, match="does not hold the weights of this dcgan") as error:
        load_inference_weights(create_model("dcgan", "tiny"), saved)
    assert "\n" not in str(error.value) and str(saved) in str(error.value)


@pytest.mark.parametrize("arguments", [{"filters": 8}, {"image_shape": (64, 64, 3)}, {"latent_dim": 9}])
def test_file_of_another_configuration_is_refused(saved, arguments):
    other = create_model("dcgan", "tiny", **arguments)
    with pytest.raises(UserError, match="does not hold the weights of this dcgan"):
        load_inference_weights(other, saved)


def test_file_that_lacks_a_layer_is_refused_and_one_that_fits_brings_no_warning(saved, recwarn):
    load_inference_weights(create_model("dcgan", "tiny"), saved)
    assert not [each for each in recwarn if each.category is UserWarning]
    with h5py.File(saved, "r+") as file:
        groups = []
        file.visit(lambda name: groups.append(name) if name.endswith("/vars") else None)
        full = [name for name in groups if len(file[name])]
        del file[full[0].removesuffix("/vars")]
    with pytest.raises(UserError, match="does not hold the weights of this dcgan") as error:
        load_inference_weights(create_model("dcgan", "tiny"), saved)
    assert "\n" not in str(error.value)


def test_file_of_another_model_is_refused(saved):
    with pytest.raises(UserError, match="does not hold the weights of this gan"):
        load_inference_weights(create_model("gan", "tiny"), saved)


def test_failed_save_leaves_the_old_file_and_no_rest(model, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        path = disk / "model.weights.h5"
        path.write_bytes(b"old" * 30_000)
        with pytest.raises(UserError, match="model.weights.h5 could not be written") as error:
            save_inference_weights(model, path)
        assert "\n" not in str(error.value)
        assert path.read_bytes() == b"old" * 30_000
        assert [each.name for each in disk.iterdir()] == [path.name]
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_folder_that_is_not_there(model, tmp_path):
    with pytest.raises(UserError, match="could not be written"):
        save_inference_weights(model, tmp_path / "nowhere" / "model.weights.h5")
