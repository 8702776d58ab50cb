"""The zoo's files: names, presets, and what is wrong with a file."""

import keras
import pytest

import keras_facegan
from keras_facegan import presets
from keras_facegan.errors import UserError

ZOO = """
[tiny.model]
filters = 4
[tiny.data]
dataset = "digits"
[tiny.train]
steps = 1
[Odd-Name.model]
[wrong.modle]
filters = 4
[weights.faces]
file = "weights/faces.weights.h5"
"""


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A zoo of its own, with the models `alpha` and `beta`."""
    (tmp_path / "alpha.toml").write_text(ZOO)
    (tmp_path / "beta.toml").write_text("[tiny.model]\n")
    (tmp_path / "broken.toml").write_text("[tiny")
    (tmp_path / "_template.toml").write_text("")
    monkeypatch.setattr(presets, "zoo_root", lambda: tmp_path)
    return tmp_path


def test_models_are_the_files_but_not_the_template(zoo):
    (zoo / "broken.toml").unlink()
    assert presets.list_models() == ["alpha", "beta"]
    assert presets.list_models("b*") == ["beta"]
    assert presets.list_models(pretrained=True) == ["alpha/faces"]
    assert presets.list_models("*faces", pretrained=True) == ["alpha/faces"]


def test_weights_are_no_preset(zoo):
    assert "weights" not in presets.preset_names("alpha") and "tiny" in presets.preset_names("alpha")
    with pytest.raises(UserError, match="`weights` is not a preset of alpha"):
        presets.read_preset("alpha", "weights")


def test_a_preset_is_a_copy_of_three_tables(zoo):
    first = presets.read_preset("alpha", "tiny")
    assert first == {"model": {"filters": 4}, "data": {"dataset": "digits"}, "train": {"steps": 1}}
    first["model"]["filters"] = 5
    assert presets.read_preset("alpha", "tiny")["model"] == {"filters": 4}
    assert presets.read_preset("beta", "tiny") == {"model": {}, "data": {}, "train": {}}


@pytest.mark.parametrize(
    ("model", "preset", "message"),
    [
        ("alhpa", "tiny", "`alhpa` is not a model. Did you mean `alpha`"),
        ("_template", "tiny", "`_template` is not a model"),
        ("../alpha", "tiny", "is not a model"),
        ("alpha", "tini", "`tini` is not a preset of alpha. Did you mean `tiny`"),
        ("alpha", "Odd-Name", "`Odd-Name` is not a preset"),
        ("alpha", "wrong", r"zoo/alpha.toml: \[wrong.modle\] is none of model, data, train"),
        ("broken", "tiny", "broken.toml cannot be read: Expected"),
    ],
)
def test_what_is_wrong_is_said(zoo, model, preset, message):
    with pytest.raises(UserError, match=message):
        presets.read_preset(model, preset)


def test_create_model_takes_presets_arguments_and_seeds():
    model = keras_facegan.create_model("dcgan", "tiny", seed=3, latent_dim=5)
    assert isinstance(model, keras.Model)
    assert model.get_config()["filters"] == 4 and model.get_config()["latent_dim"] == 5
    assert keras_facegan.create_model("gan").get_config()["hidden"] == 1200
    with pytest.raises(UserError, match="Did you mean `latent_dim`"):
        keras_facegan.create_model("dcgan", "tiny", latentdim=5)
    with pytest.raises(UserError, match="model.latent_dim must be a whole number"):
        keras_facegan.create_model("dcgan", "tiny", latent_dim="5")


def test_data_sets_are_listed():
    assert "drawn_faces" in keras_facegan.list_datasets()
    assert keras_facegan.list_datasets("dig*") == ["digits"]
