"""Recipes: every name, type and range is checked before data is read, and what is written is read back."""

import dataclasses
import tomllib

import hypothesis
import pytest
import tomli_w
from hypothesis import strategies as st

from keras_facegan import presets, recipe
from keras_facegan.errors import UserError


def resolve(*changes, name="dcgan", preset="tiny"):
    return recipe.resolve(name, preset, [recipe.parse_change(text) for text in changes])


def test_changes_reach_their_tables():
    plan = resolve("model.filters=8", "train.batch_size=32", "data.size=100", "train.optimizer.learning_rate=1e-3")
    assert plan.model["filters"] == 8 and plan.train.batch_size == 32 and plan.data["size"] == 100
    assert plan.train.optimizer == {"learning_rate": 1e-3}
    assert presets.read_preset("dcgan", "tiny")["model"]["filters"] == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("model.filtres=8", "model.filtres is not a parameter of dcgan. Did you mean `filters`"),
        ("modle.filters=8", "does not begin with a table of the recipe. Did you mean `model`"),
        ("train.step=8", "train.step is not a setting of training. Did you mean `steps`"),
        ("data.sise=8", "`sise` is not an option of the data set `drawn_faces`. Did you mean `size`"),
        ("data.dataset=catz", "`catz` is not a data set. Did you mean `cats`"),
        ("data.sampler=unifrom", "`unifrom` is not a sampler. Did you mean `uniform`"),
        ("data.augment=flop", "`flop` is not an augmentation. Did you mean `flip`"),
        ("train.mixed_precision=float61", "Did you mean `float16`"),
        ("train.on_divergence=rolback", "Did you mean `rollback`"),
        ("train.optimizer.name=adem", "is not an optimizer. Did you mean `adam`"),
        ("train.optimizer.learningrate=1", "Did you mean `learning_rate`"),
        ("model.filters.x=1", "filters is a value, not a table"),
    ],
)
def test_misspelt_names_are_answered_with_the_nearest(change, message):
    with pytest.raises(UserError, match=message):
        resolve(change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("train.steps=many", "train.steps must be a whole number from 0 to 1,000,000,000, got 'many'"),
        ("train.steps=2.5", "train.steps must be a whole number from 0 to 1,000,000,000, got 2.5"),
        ("train.batch_size=true", "train.batch_size must be a whole number from 1 to 65,536, got True"),
        ("train.deterministic=1", "train.deterministic must be true or false, got 1"),
        ("train.seed='1'", "train.seed must be a whole number from 0 to 4,294,967,295, got '1'"),
        ("train.mixed_precision=16", "train.mixed_precision must be one of `off`, `float16`, `bfloat16`, got 16"),
        ("model.filters=wide", "model.filters must be a whole number from 1 to 8,192 or a list of them, got 'wide'"),
        ("model.loss=1", "model.loss must be one of .*, got 1"),
        ("model.ema_decay=slow", "model.ema_decay must be a number from 0 to below 1, got 'slow'"),
        ("data.size=big", "data.size must be a whole number"),
        ("data.dataset=5", "data.dataset must be a string, got 5"),
        ("data.sampler=5", "data.sampler must be a string, got 5"),
        ("train.batch_size=0", "train.batch_size must be a whole number from 1 to 65,536, got 0"),
        ("train.log_every=0", "train.log_every must be a whole number from 1 to 1,000,000,000, got 0"),
        ("train.keep_checkpoints=0", "train.keep_checkpoints must be a whole number from 1 to 1,000, got 0"),
        ("train.seed=-1", "train.seed must be a whole number from 0 to 4,294,967,295, got -1"),
        ("train.steps=-5", "train.steps"),
        ("train.log_every=3", r"checkpoint_every \(10\) must be a multiple of train.log_every \(3\)"),
        ("train.optimizer.learning_rate=0", "between 0 and 100, got 0"),
        (
            "train.optimizer.learning_rate=fast",
            "train.optimizer.learning_rate must be a number between 0 and 100, got 'fast'",
        ),
        ("train.optimizer=adam", "train.optimizer must be a table"),
        ("train.optimizer.generator=1", "train.optimizer.generator must be a table"),
        ("train.optimizer.name=1", "train.optimizer.name must be a string"),
        ("train.optimizer.beta_1=half", "train.optimizer.beta_1 must be a number"),
    ],
)
def test_wrong_types_and_ranges_are_said(change, message):
    with pytest.raises(UserError, match=message):
        resolve(change)


@pytest.mark.parametrize("text", ["", "=", "steps=5", "train.steps", "train"])
def test_a_change_has_a_dotted_key_and_a_value(text):
    with pytest.raises(UserError, match="--set expects table.key=value"):
        recipe.parse_change(text)


def test_values_are_toml_or_plain_text():
    assert recipe.parse_change("a.b=3") == ("a.b", 3)
    assert recipe.parse_change("a.b=[1, 2]") == ("a.b", [1, 2])
    assert recipe.parse_change("a.b=0.5") == ("a.b", 0.5)
    assert recipe.parse_change("a.b=true") == ("a.b", True)
    assert recipe.parse_change("a.b='3'") == ("a.b", "3")
    assert recipe.parse_change("a.b=cats") == ("a.b", "cats")
    assert recipe.parse_change("a.b=labelled:100") == ("a.b", "labelled:100")
    assert recipe.parse_change("a.b=x=y") == ("a.b", "x=y")
    assert recipe.parse_change("a.b=") == ("a.b", "")


@hypothesis.given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_parsed_or_refused_by_one_error(key, value):
    try:
        found, _ = recipe.parse_change(f"{key}={value}")
    except UserError:
        assert "." not in key.partition("=")[0]
    else:
        assert found == key.partition("=")[0].strip()


@hypothesis.given(
    st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.floats(allow_nan=False),
        st.lists(st.integers(-1000, 1000), max_size=5),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20),
    )
)
def test_values_written_as_toml_come_back(value):
    text = tomli_w.dumps({"value": value}).partition("=")[2].strip()
    assert recipe.parse_change(f"a.b={text}") == ("a.b", value)


KEYS = [
    "model.filters",
    "model.loss",
    "model.image_shape",
    "model.latent_dim",
    "data.dataset",
    "data.size",
    "data.split",
    "data.sampler",
    "train.steps",
    "train.seed",
    "train.optimizer",
    "train.optimizer.name",
    "train.optimizer.beta_1",
]


@hypothesis.settings(deadline=None, max_examples=200)
@hypothesis.given(
    st.sampled_from(KEYS),
    st.one_of(st.integers(-5, 5), st.floats(), st.booleans(), st.text(max_size=5), st.lists(st.text())),
)
def test_any_value_anywhere_gives_a_recipe_or_one_error(key, value):
    try:
        plan = recipe.resolve("dcgan", "tiny", [(key, value)])
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(plan, recipe.Recipe)


def test_the_last_of_steps_and_epochs_holds():
    plan = resolve("train.epochs=3")
    assert (plan.train.steps, plan.train.epochs) == (0, 3)
    plan = resolve("train.epochs=3", "train.steps=7")
    assert (plan.train.steps, plan.train.epochs) == (7, 0)
    with pytest.raises(UserError, match="train.steps or train.epochs must be set, got 0 and 0"):
        resolve("train.steps=0")


def test_another_data_set_takes_the_options_of_the_old_one_away():
    plan = resolve("data.dataset=digits", "data.split=all")
    assert plan.data == {"dataset": "digits", "split": "all"}
    assert resolve("data.dataset=drawn_faces").data["size"] == 256
    assert resolve("data.dataset=digits", "data.dataset=drawn_faces", "data.size=9").data["size"] == 9


def test_unknown_model_and_preset():
    with pytest.raises(UserError, match="`dcgn` is not a model. Did you mean `dcgan`"):
        resolve(name="dcgn")
    with pytest.raises(UserError, match="`tini` is not a preset of dcgan. Did you mean `tiny`"):
        resolve(preset="tini")


@pytest.mark.parametrize(
    "change", ["train.epochs=2", "model.filters=[4, 6, 8]", "train.optimizer.discriminator.beta_1=0.9"]
)
def test_written_recipes_are_read_back(tmp_path, change):
    plan = resolve(change, "train.seed=5")
    recipe.write(plan, tmp_path / "recipe.toml", {"keras": "3"})
    assert tomllib.loads((tmp_path / "recipe.toml").read_text())["versions"] == {"keras": "3"}
    assert recipe.from_tables(recipe.read(tmp_path / "recipe.toml")) == plan
    assert recipe.differences(recipe.read(tmp_path / "recipe.toml"), plan.tables()) == []


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"[[[", b"", b"name = 'dcgan'", b"name = 5\npreset = 3"])
def test_damaged_recipe_file_is_named(tmp_path, content):
    (tmp_path / "recipe.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"recipe.toml"):
        recipe.from_tables(recipe.read(tmp_path / "recipe.toml"))


def test_differences_name_every_key():
    expected = {"model": {"filters": 64, "loss": "hinge"}, "train": {"seed": 1}, "name": "dcgan"}
    received = {"model": {"filters": 32, "latent_dim": 5}, "train": {"seed": 1}, "name": "dcgan"}
    assert recipe.differences(expected, received) == [
        "model.filters: expected 64, got 32",
        "model.latent_dim: expected None, got 5",
        "model.loss: expected 'hinge', got None",
    ]
    assert recipe.differences({"a": (1, 2)}, {"a": [1, 2]}) == []


def test_a_recipe_is_frozen():
    plan = resolve()
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.name = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.train.steps = 5


def test_changes_are_written_and_read_back(tmp_path):
    changes = (recipe.Change(5, {"batch_size": 32}), recipe.Change(9, {}, 300, "ab"))
    plan = dataclasses.replace(resolve(), changes=changes)
    recipe.write(plan, tmp_path / "recipe.toml", {})
    assert recipe.from_tables(recipe.read(tmp_path / "recipe.toml")) == plan
    assert tomllib.loads((tmp_path / "recipe.toml").read_text())["changes"] == [
        {"step": 5, "train": {"batch_size": 32}},
        {"step": 9, "pictures": 300, "stamp": "ab"},
    ]


def test_a_change_holds_from_its_step_on():
    changes = (recipe.Change(5, {"batch_size": 32}), recipe.Change(9, {"batch_size": 8, "seed": 4}))
    plan = dataclasses.replace(resolve("train.batch_size=16"), changes=changes)
    sizes = [plan.after(step).train.batch_size for step in (-1, 0, 4, 5, 8, 9, 100)]
    assert sizes == [16, 16, 16, 32, 32, 8, 8]
    assert plan.after(9).train.seed == 4 and plan.after(9).changes == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ("nothing", "changes must be a list"),
        ([{"train": {}}], "every one needs its step"),
        ([{"step": -1}], "changes.step must be a whole number"),
        ([{"step": 1, "trian": {}}], "changes.trian is not known. Did you mean `train`"),
        ([{"step": 1, "train": {"batch_sise": 1}}], "changes.train.batch_sise is not a setting"),
        ([{"step": 1, "train": {"batch_size": 0}}], "train.batch_size must be"),
        ([{"step": 1, "train": {"optimizer": {"learning_rate": "x"}}}], "train.optimizer.learning_rate must be"),
    ],
)
def test_damaged_changes_are_one_line(changes, message):
    with pytest.raises(UserError, match=message) as error:
        recipe.from_tables({**resolve().tables(), "changes": changes})
    assert "\n" not in str(error.value)


def test_what_was_asked_for_is_known():
    plan = resolve("train.optimizer.beta_1=0.9", "train.steps=4")
    assert plan.asks("train.steps") and plan.asks("train.optimizer.beta_1")
    assert not plan.asks("train.optimizer") and not plan.asks("train.step") and not plan.asks("train.seed")
    assert recipe.from_tables(plan.tables()).asks("train.seed")


@pytest.mark.parametrize(
    ("model", "preset", "helper", "message"),
    [
        ("pfa_gan", "default", "age_estimator:tiny", "only presets called `tiny` may have one"),
        ("pfa_gan", "tiny", "age_estimator:default", "an untrained helper is called `age_estimator:tiny`"),
    ],
)
def test_untrained_helpers_only_try_a_model_out(model, preset, helper, message):
    with pytest.raises(UserError, match=message):
        recipe.resolve(model, preset, [("model.age_network", helper)])
    recipe.resolve(model, "tiny", [("model.age_network", "age_estimator:tiny")])
