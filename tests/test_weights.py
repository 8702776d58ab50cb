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
from keras_facegan.weights_check import SEAL, SIGNATURE
from tests import contract


@pytest.fixture(scope="module")
def model():
    return create_model("dcgan", "tiny", seed=1)


@pytest.fixture
def saved(model, tmp_path):
    save_inference_weights(model, tmp_path / "model.weights.h5")
    return tmp_path / "model.weights.h5"


def unsealed(path):
    """Copy a file to one of the kind of before, without a seal."""
    copy = path.with_name(f"old_{path.name}")
    with h5py.File(path) as sealed, h5py.File(copy, "w") as plain:
        for key in sealed:
            sealed.copy(key, plain)
    return copy


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
    saved = unsealed(saved)
    with h5py.File(saved, "r+") as file:
        groups = []
        file.visit(lambda name: groups.append(name) if name.endswith("/vars") else None)
        full = [name for name in groups if len(file[name])]
        del file[full[0].removesuffix("/vars")]
    with pytest.raises(UserError, match="does not hold the weights of this dcgan") as error:
        load_inference_weights(create_model("dcgan", "tiny"), saved)
    assert "\n" not in str(error.value)


KERNEL = "generator/layers/dense/vars/0"


def put(file, name, value=None, **settings):
    """Replace a dataset of an open HDF5 file."""
    del file[name]
    if value is None:
        file.create_dataset(name, **settings)
    else:
        file[name] = value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: put(file, KERNEL, file[KERNEL][()].T), r"`kernel` of layer `generator/dense` has the shape "),
        (lambda file: put(file, KERNEL, np.full((8, 256), np.nan)), "layer `generator/dense` holds 2,048 values that"),
        (lambda file: put(file, KERNEL, np.full((8, 256), np.inf)), "layer `generator/dense` holds 2,048 values that"),
        (
            lambda file: put(file, KERNEL, np.ones((8, 256), int)),
            "layer `generator/dense` holds values of the kind int",
        ),
        (lambda file: put(file, KERNEL, np.ones((8, 256), complex)), "holds values of the kind complex128"),
        (lambda file: put(file, KERNEL, "words"), "layer `generator/dense` holds values of the kind object"),
        (lambda file: put(file, KERNEL, h5py.Empty("f")), "layer `generator/dense` does not hold its values itself"),
        (lambda file: put(file, KERNEL, h5py.SoftLink("/")), "layer `generator/dense` is a link"),
        (lambda file: put(file, KERNEL, h5py.ExternalLink("other.h5", "/")), "layer `generator/dense` is a link"),
        (
            lambda file: put(file, KERNEL, shape=(8, 256), dtype="f4", external=[("/dev/zero", 0, 8192)]),
            "layer `generator/dense` does not hold its values itself",
        ),
        (
            lambda file: put(file, KERNEL, shape=(10**6, 10**6), dtype="f4", chunks=(1000, 1000)),
            r"layer `generator/dense` has the shape \(1000000, 1000000\), larger than any weight of the model",
        ),
        (lambda file: file.__delitem__(KERNEL), r"layer `generator/dense` lacks `kernel` of shape \(8, 256\)"),
        (lambda file: file.create_dataset(f"{KERNEL}0", data=[1.0]), "layer `generator/dense` has 1 weights more than"),
        (lambda file: file.__delitem__("generator"), "it has no network `generator`"),
        (lambda file: file.__setitem__(f"{KERNEL[:-2]}/again", file["/"]), "layer `generator/dense` is stored twice"),
    ],
)
def test_what_is_wrong_with_a_weight_is_said_with_its_layer(saved, change, message):
    saved = unsealed(saved)
    with h5py.File(saved, "r+") as file:
        change(file)
    model = create_model("dcgan", "tiny", seed=3)
    before = [np.array(value) for value in model.network("generator").get_weights()]
    with pytest.raises(UserError, match=f"does not hold the weights of this dcgan: .*{message}") as error:
        load_inference_weights(model, saved)
    assert "\n" not in str(error.value) and str(saved) in str(error.value) and len(str(error.value)) < 400
    if "finite" in str(error.value) or "kind" in str(error.value):
        for now, then in zip(model.network("generator").get_weights(), before, strict=True):
            np.testing.assert_array_equal(now, then)


def test_any_flipped_byte_is_refused_by_one_line(saved, tmp_path):
    whole = saved.read_bytes()
    target = create_model("dcgan", "tiny")
    places = np.random.default_rng(0).integers(0, len(whole), 300)
    for number, place in enumerate([*range(0, SEAL + 96, 3), *places]):
        damaged = bytearray(whole)
        damaged[place] ^= (0xFF, 0x01, 0x80)[number % 3]
        saved.write_bytes(damaged)
        with pytest.raises(UserError, match="does not hold the weights of this dcgan: it is damaged") as error:
            load_inference_weights(target, saved)
        assert "\n" not in str(error.value) and str(saved) in str(error.value)
    saved.write_bytes(whole)
    load_inference_weights(target, saved)


def test_a_file_of_before_has_no_seal_and_is_read(saved, model):
    without = unsealed(saved)
    assert without.read_bytes()[: len(SIGNATURE)] == SIGNATURE != saved.read_bytes()[: len(SIGNATURE)]
    loaded = create_model("dcgan", "tiny", seed=2)
    load_inference_weights(loaded, without)
    for value, expected in zip(
        loaded.network("generator").get_weights(), model.network("generator").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(value, contract.half_precision(expected))


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path, make):
    make(tmp_path / "model.weights.h5")
    with pytest.raises(UserError, match="it is not a plain file"):
        load_inference_weights(create_model("dcgan", "tiny"), tmp_path / "model.weights.h5")


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
