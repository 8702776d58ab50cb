"""Publishing a run: its file and card enter the zoo together and load by name; a run of other settings does not."""

import pathlib
import shutil

import numpy as np
import pytest

from keras_facegan import checkpoint, load_pretrained, paths, presets, pretrained
from keras_facegan.cli import publish
from keras_facegan.errors import UserError
from tests.runs import finished_run, lively_model

CARD = ["--data", "drawn faces", "--terms", "none", "--to_package"]


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    root = tmp_path / "zoo"
    root.mkdir()
    shutil.copy(pathlib.Path(paths.zoo_root()) / "dcgan.toml", root)
    text = (root / "dcgan.toml").read_text()
    (root / "dcgan.toml").write_text(text[: text.index("[weights.")])
    for module in (paths, presets, pretrained):
        monkeypatch.setattr(module, "zoo_root", lambda: root)
    return root


@pytest.fixture
def run(tmp_path):
    model = lively_model()
    directory = finished_run(tmp_path / "run", model)
    history = ["step,d_loss,g_loss,real_score,fake_score", *(f"{i},{i}.0,2.0,0.5,0.5" for i in range(1, 21))]
    (directory / "history.csv").write_text("\n".join(history) + "\n")
    return directory, model


def test_a_published_run_loads_by_name(zoo, run):
    directory, model = run
    assert publish.main([str(directory), "tiny", *CARD]) == 0
    card = presets.zoo_file("dcgan")["weights"]["tiny"]
    # The last tenth of twenty rows: 19 and 20.
    assert card["numbers"]["d_loss"] == pytest.approx(19.5)
    assert card["numbers"]["sample_diversity"] > 0.05
    loaded = load_pretrained("dcgan/tiny")
    np.testing.assert_allclose(loaded.generate(4, seed=1), model.generate(4, seed=1), atol=0.02)
    with pytest.raises(UserError, match="in the zoo already"):
        publish.main([str(directory), "tiny", *CARD])


def test_a_run_of_other_settings_is_refused(zoo, run):
    directory, _ = run
    recipe = directory / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("steps = 20", "steps = 30"))
    with pytest.raises(UserError, match="train.steps: expected 20, got 30"):
        publish.main([str(directory), "tiny", *CARD])
    with pytest.raises(UserError, match="is none of dcgan"):
        publish.main([str(directory), "cats", *CARD])
    with pytest.raises(UserError, match="publish expects"):
        publish.main([str(directory), "tiny", "--to_package"])
    assert not (zoo / "weights").exists()


def test_a_kept_step_of_a_run_is_published_with_its_number(zoo, run):
    directory, model = run
    average = model.network("generator")
    final = average.get_weights()
    average.set_weights([value * 0.5 for value in final])
    checkpoint.save(directory / "checkpoints", model, 10, {"rollbacks": 0})
    average.set_weights(final)
    assert publish.main([str(directory), "tiny", *CARD, "--step=10"]) == 0
    card = presets.zoo_file("dcgan")["weights"]["tiny"]
    # Rows after the step say nothing of these weights.
    assert card["step"] == 10 and card["numbers"]["d_loss"] == pytest.approx(10.0)
    for found, whole in zip(load_pretrained("dcgan/tiny").network("generator").get_weights(), final, strict=True):
        np.testing.assert_allclose(found, whole * 0.5, rtol=2e-3, atol=1e-3)


def test_a_stopped_run_is_published_as_far_as_it_came(zoo, run):
    directory, model = run
    checkpoint.save(directory / "checkpoints", model, 10, {"rollbacks": 0})
    (directory / "model.weights.h5").unlink()
    assert publish.main([str(directory), "tiny", *CARD]) == 0
    assert presets.zoo_file("dcgan")["weights"]["tiny"]["step"] == 10


def test_how_often_a_run_was_looked_at_does_not_matter(zoo, run):
    directory, _ = run
    recipe = directory / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("keep_checkpoints = 2", "keep_checkpoints = 9"))
    assert publish.main([str(directory), "tiny", *CARD]) == 0


def test_a_run_that_was_changed_is_no_preset(zoo, run):
    directory, _ = run
    with (directory / "recipe.toml").open("a") as file:
        file.write("[[changes]]\nstep = 5\n[changes.train]\nbatch_size = 8\n")
    with pytest.raises(UserError, match="The run is not what the preset tiny says: changes: expected None"):
        publish.main([str(directory), "tiny", *CARD])


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_FACEGAN_ZOO", str(tmp_path / "own"))
    return tmp_path / "own"


def test_a_run_of_any_recipe_loads_by_a_name_of_ones_own(zoo, own, run, monkeypatch, tmp_path):
    directory, model = run
    recipe = directory / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("steps = 20", "steps = 30"))
    before = (zoo / "dcgan.toml").read_bytes()
    assert publish.main(["my_faces", str(directory)]) == 0
    monkeypatch.chdir(tmp_path)
    loaded = load_pretrained("dcgan/my_faces")
    np.testing.assert_allclose(loaded.generate(4, seed=1), model.generate(4, seed=1), atol=0.02)
    assert "dcgan/my_faces" in presets.list_models(pretrained=True)
    # Its recipe is the preset of that name; the package's zoo is as it was.
    assert presets.read_preset("dcgan", "my_faces")["train"]["steps"] == 30
    assert (zoo / "dcgan.toml").read_bytes() == before and not (zoo / "weights").exists()
    assert publish.main([str(directory), "others"]) == 0
    assert sorted(path.name for path in (own / "weights").iterdir()) == [
        "dcgan_my_faces.weights.h5",
        "dcgan_others.weights.h5",
    ]


def test_names_that_do_not_fit_are_said_before_anything_is_written(zoo, own, run, tmp_path):
    directory, _ = run
    for name, message in (
        ("tiny", "tiny is a preset of dcgan; call the weights otherwise"),
        ("My-Cats", "`My-Cats` cannot be the name of weights"),
        ("weights", "`weights` cannot be the name of weights"),
    ):
        with pytest.raises(UserError, match=message):
            publish.main([name, str(directory)])
    with pytest.raises(UserError, match="holds no run"):
        publish.main(["mine", str(tmp_path)])
    assert not own.exists()
    publish.main(["mine", str(directory)])
    with pytest.raises(UserError, match="dcgan/mine is in the zoo already"):
        publish.main(["mine", str(directory)])


def test_a_damaged_zoo_of_ones_own_is_named(zoo, own, run):
    directory, _ = run
    publish.main(["mine", str(directory)])
    (own / "weights" / "dcgan_mine.weights.h5").write_bytes(b"damaged")
    with pytest.raises(UserError, match="dcgan_mine.weights.h5 is damaged: .*publish it again"):
        load_pretrained("dcgan/mine")
    (own / "dcgan.toml").write_text("[mine")
    with pytest.raises(UserError, match="own/dcgan.toml cannot be read: .*Mend it, or take it away"):
        presets.list_models(pretrained=True)
