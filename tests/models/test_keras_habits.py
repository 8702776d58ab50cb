"""What Keras users do with a model: compile, call, fit, evaluate, predict, callbacks, inside other models."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_facegan import create_model, load_dataset
from keras_facegan.data import to_float
from keras_facegan.errors import UserError
from keras_facegan.networks.training_data import training_data

# A test of pytest begins with the filters of warnings anew; tests/test_keras_in_a_new_process.py sees them at work.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The structure of `inputs`"),
    pytest.mark.filterwarnings("ignore:Your input ran out of data"),
]
COUNT = 40
RNG = np.random.default_rng(0)
DIGITS = RNG.uniform(-1, 1, (COUNT, 8, 8, 1)).astype("float32")
LABELS = RNG.integers(0, 10, COUNT)
FACES = RNG.uniform(-1, 1, (COUNT, 32, 32, 3)).astype("float32")
PAIRS = {"image": DIGITS, "label": LABELS}


def tiny(name, **arguments):
    model = create_model(name, "tiny", seed=0, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    return model


@pytest.fixture(scope="module")
def dcgan():
    """A compiled DCGAN whose moving statistics and averages have moved."""
    model = tiny("dcgan")
    model.fit(FACES, batch_size=20, verbose=0)
    return model


@pytest.fixture(scope="module")
def digit_net():
    model = tiny("digit_net", dropout=0.3)
    model.fit(DIGITS, LABELS, batch_size=20, verbose=0)
    return model


@pytest.fixture(scope="module")
def cgan():
    return create_model("cgan", "tiny", seed=0)


def one_line(error):
    return "\n" not in str(error.value) and len(str(error.value)) < 400


def state(model):
    variables = [*model.variables, *(each for optimizer in model.optimizers.values() for each in optimizer.variables)]
    return [np.array(variable) for variable in variables]


def assert_equal_states(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


# compile


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd",
        keras.optimizers.SGD(0.01),
        {"generator": keras.optimizers.SGD(0.01), "discriminator": keras.optimizers.SGD()},
    ],
)
def test_compile_takes_a_name_an_optimizer_or_one_per_network(optimizer):
    model = create_model("gan", "tiny", seed=0)
    model.compile(optimizer)
    generator, discriminator = model.optimizers["generator"], model.optimizers["discriminator"]
    assert type(generator) is type(discriminator) is keras.optimizers.SGD and generator is not discriminator
    assert float(generator.learning_rate) == pytest.approx(0.01)
    model.optimizer.learning_rate = 0.5
    assert [float(each.learning_rate) for each in (generator, discriminator)] == [0.5, 0.5]


@pytest.mark.parametrize("arguments", [("adam", "mse"), {"loss": "mse"}, {"metrics": ["accuracy"]}])
def test_losses_and_metrics_of_ones_own_are_refused(arguments):
    model = create_model("gan", "tiny", seed=0)
    with pytest.raises(
        UserError, match="gan brings its own losses and metrics .*: leave `(loss|metrics)` out"
    ) as error:
        model.compile(*arguments) if isinstance(arguments, tuple) else model.compile(**arguments)
    assert one_line(error)


# Calls


def test_a_model_called_on_codes_draws_them_and_on_pictures_judges_them(dcgan):
    codes = dcgan.sample_latents(4)
    drawn = dcgan(codes)
    np.testing.assert_allclose(drawn, dcgan.decode(codes), atol=1e-5)
    np.testing.assert_array_equal(dcgan({"latents": codes}), drawn)
    np.testing.assert_array_equal(dcgan(FACES[:4]), dcgan({"image": FACES[:4]}))
    assert dcgan(FACES[:4]).shape == (4, 1)


def test_a_network_with_one_input_takes_it_bare(dcgan):
    codes = dcgan.sample_latents(4)
    np.testing.assert_array_equal(dcgan.generator(codes)["images"], dcgan.generator({"latents": codes})["images"])
    with pytest.raises(ValueError, match=r"expected shape=\(None, 8\), found shape=\(4, 3\)") as error:
        dcgan.generator(codes[:, :3])
    assert one_line(error)


def test_networks_that_embed_and_classify_take_bare_pictures(digit_net):
    np.testing.assert_array_equal(digit_net(DIGITS), digit_net(PAIRS))
    facenet = create_model("facenet", "tiny", seed=0)
    np.testing.assert_array_equal(facenet(FACES[:4]), facenet({"image": FACES[:4]}))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((4, 3), "float32"), r"dcgan takes codes \(n, 8\) or pictures \(n, 32, 32, 3\), got \(4, 3\)"),
        (np.zeros((4, 16, 16, 3), "float32"), r"reads images of shape \(batch, 32, 32, 3\), got \(4, 16, 16, 3\)"),
        (np.zeros((4, 32, 32, 3), "uint8"), "must be floats in .* got uint8. `to_float` of keras_facegan.data"),
        (np.full((4, 32, 32, 3), 255.0, "float32"), "got values from 255 to 255"),
        ({"picture": FACES}, 'dcgan needs "image" here: give {"image": ...}, got picture alone'),
    ],
)
def test_other_calls_are_refused_in_one_line(dcgan, values, message):
    for use in (dcgan, dcgan.predict):
        with pytest.raises(UserError, match=message) as error:
            use(values)
        assert one_line(error)


def test_a_condition_that_is_missing_is_named(cgan):
    codes = cgan.sample_latents(4)
    with pytest.raises(UserError, match='cgan needs "attributes" here: give {"latents": ..., "attributes": ...}'):
        cgan(codes)
    with pytest.raises(UserError, match='cgan needs "attributes" here: give {"image": ..., "attributes": ...}'):
        cgan(FACES[:4])
    inputs = cgan.sample_inputs(4, seed=1)
    np.testing.assert_allclose(cgan(inputs), cgan.generate(4, seed=1), atol=1e-5)


def test_predict_gives_what_a_call_gives(dcgan, digit_net):
    codes = dcgan.sample_latents(20)
    np.testing.assert_allclose(dcgan.predict(codes, batch_size=8, verbose=0), dcgan.decode(codes), atol=1e-5)
    expected = np.array(digit_net(DIGITS))
    pairs = tf.data.Dataset.from_tensor_slices((DIGITS, LABELS)).batch(16)
    for data in (DIGITS, PAIRS, pairs):
        np.testing.assert_allclose(digit_net.predict(data, verbose=0), expected, atol=1e-5)


# Data


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return DIGITS[16 * index : 16 * (index + 1)], LABELS[16 * index : 16 * (index + 1)]


FORMS = {
    "dict": lambda: (PAIRS,),
    "two arrays": lambda: (DIGITS, LABELS),
    "pair": lambda: ((DIGITS, LABELS[:, None]),),
    "doubles and a list": lambda: (DIGITS.astype("float64"), LABELS.tolist()),
    "tf.data of pairs": lambda: (tf.data.Dataset.from_tensor_slices((DIGITS, LABELS)).batch(16),),
    "tf.data of dicts": lambda: (tf.data.Dataset.from_tensor_slices(PAIRS).batch(16),),
    "PyDataset": lambda: (Batches(),),
    "generator": lambda: ((Batches()[index] for index in range(3)),),
}


def test_all_forms_of_data_are_the_same_data(digit_net):
    """The hand-computed numbers come from `classify`; the last of three batches is smaller than the others."""
    probabilities = digit_net.classify(DIGITS)
    accuracy = (probabilities.argmax(axis=1) == LABELS).mean()
    loss = -np.log(probabilities[np.arange(COUNT), LABELS]).mean()
    for name, form in FORMS.items():
        logs = digit_net.evaluate(*form(), batch_size=16, return_dict=True, verbose=0)
        assert set(logs) == {"loss", "accuracy"}, name
        assert (logs["loss"], logs["accuracy"]) == pytest.approx((loss, accuracy), rel=1e-5), name
    assert digit_net.evaluate(PAIRS, verbose=0) == pytest.approx([loss, accuracy], rel=1e-5)
    assert digit_net.test_on_batch(DIGITS, LABELS) == pytest.approx([loss, accuracy], rel=1e-5)


def test_a_folder_of_pictures_is_scaled_by_to_float(digit_net, tmp_path):
    for number in range(12):
        folder = tmp_path / f"class_{number % 2}"
        folder.mkdir(exist_ok=True)
        Image.fromarray(RNG.integers(0, 256, (8, 8), dtype="uint8")).save(folder / f"{number}.png")
    batches = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(8, 8), color_mode="grayscale", batch_size=6, verbose=False
    )
    with pytest.raises(UserError, match="got values from .* `to_float` of keras_facegan.data scales 0 to 255") as error:
        digit_net.fit(batches, verbose=0)
    assert one_line(error)
    history = digit_net.fit(batches.map(lambda image, label: (to_float(image), label)), verbose=0).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((DIGITS,), 'digit_net needs "label" in the data, got "image". Give {"image": ..., "label": ...}'),
        ((DIGITS[..., 0], LABELS), r"got \(32, 8, 8\). Give images\[\.\.\., None\]"),
        ((DIGITS, np.eye(10)[LABELS]), r"one whole number per picture, got float32 of shape \(32, 10\).*argmax"),
        ((DIGITS, LABELS[:30]), "The data differ in length: image 40, label 30"),
        ((127.5 * (DIGITS + 1), LABELS), "got values from 0.* to 255"),
        ((tf.data.Dataset.from_tensor_slices(PAIRS).batch(8), LABELS), "Labels come with the pictures"),
        ((tf.data.Dataset.from_tensor_slices(PAIRS).batch(8).repeat(),), "This dataset has no end: give steps"),
        ((tf.data.Dataset.from_tensor_slices(PAIRS).batch(64, drop_remainder=True),), "The data hold no batch"),
        ((["a.png", "b.png"],), "digit_net reads pictures as one array, got str"),
    ],
)
def test_data_that_are_not_read_are_refused_in_one_line(digit_net, arguments, message):
    for use in (digit_net.fit, digit_net.evaluate):
        with pytest.raises(UserError, match=message) as error:
            use(*arguments, verbose=0)
        assert one_line(error)


def test_pictures_from_0_to_1_are_warned_of(digit_net):
    with pytest.warns(UserWarning, match=r"in \[-1, 1\], and these hold nothing below 0.*give 2 \* images - 1"):
        digit_net.evaluate((DIGITS + 1) / 2, LABELS, verbose=0)


def test_labels_below_0_are_those_that_are_not_known():
    sgan = create_model("sgan", "tiny", seed=0)
    data, first = training_data(sgan, RNG.uniform(-1, 1, (4, *sgan.image_shape)), [3, -1, 0, -1], batch_size=2)
    assert data["labelled"].tolist() == [True, False, True, False] and first["label"].tolist() == [3, -1]


def test_weights_of_samples_are_refused(digit_net):
    with pytest.raises(UserError, match="digit_net weighs all pictures alike: leave `sample_weight` out"):
        digit_net.fit(DIGITS, LABELS, sample_weight=np.ones(COUNT))


def test_epochs_of_load_dataset_end_when_every_picture_came(digit_net):
    batches = load_dataset("digits", image_shape=(8, 8, 1), batch_size=500)
    before = int(digit_net.optimizer.iterations)
    history = digit_net.fit(batches, epochs=2, validation_data=batches, verbose=0)
    pictures = len(np.unique(np.concatenate([e["index"] for e in batches.take(batches.steps_per_epoch)])))
    assert batches.steps_per_epoch == -(-pictures // 500) > 1
    assert int(digit_net.optimizer.iterations) - before == 2 * batches.steps_per_epoch
    assert len(history.history["val_loss"]) == 2


def test_batches_that_cannot_be_cut_for_the_critic_are_refused():
    model = tiny("gan", n_critic=3)
    with pytest.raises(UserError, match="A step of gan takes 3 batches at once: give a multiple of 3, got 32"):
        model.fit(DIGITS, verbose=0)
    # Of 40 pictures 39 make whole batches.
    model.fit(DIGITS, batch_size=18, verbose=0)
    assert [int(optimizer.iterations) for optimizer in model.optimizers.values()] == [3, 9]
    assert np.isfinite(model.evaluate(DIGITS, verbose=0)).all()


# Numbers


def test_logs_are_means_over_the_epoch_of_what_single_steps_give():
    whole, single = tiny("digit_net"), tiny("digit_net")
    logs = whole.fit(DIGITS, LABELS, batch_size=10, shuffle=False, verbose=0).history
    steps = [
        single.train_on_batch(DIGITS[i : i + 10], LABELS[i : i + 10], return_dict=True) for i in range(0, COUNT, 10)
    ]
    for name in ("loss", "accuracy"):
        assert logs[name] == pytest.approx([np.mean([step[name] for step in steps])], rel=1e-5)
    assert single.train_on_batch(PAIRS) == pytest.approx(whole.train_on_batch(PAIRS), rel=1e-4)


def test_evaluate_gives_the_losses_of_the_networks_in_use_and_moves_nothing(dcgan):
    before = state(dcgan)
    logs = dcgan.evaluate(FACES, batch_size=16, return_dict=True, verbose=0)
    assert set(logs) == set(dcgan.terms)
    assert dcgan.evaluate(FACES, batch_size=16, return_dict=True, verbose=0) == logs
    assert_equal_states(before, state(dcgan))
    # In inference: batch statistics would give other logits.
    logits = np.array(dcgan(FACES), "float64")
    assert logs["real_score"] == pytest.approx((1 / (1 + np.exp(-logits))).mean(), rel=1e-4)
    in_training = np.array(dcgan.discriminator({"image": FACES}, training=True)["logits"], "float64")
    assert abs(logs["real_score"] - (1 / (1 + np.exp(-in_training))).mean()) > 1e-3


def test_training_is_the_same_with_and_without_validation():
    plain, validated = tiny("gan"), tiny("gan")
    plain.fit(DIGITS, batch_size=20, epochs=2, shuffle=False, verbose=0)
    history = validated.fit(
        DIGITS, batch_size=20, epochs=2, shuffle=False, verbose=0, validation_data=(DIGITS[:30], None)
    ).history
    assert_equal_states(state(plain), state(validated))
    assert {f"val_{term}" for term in validated.terms} <= set(history)


# Callbacks


def test_callbacks_of_keras_serve_all_optimizers(tmp_path):
    model = tiny("gan")
    plateau = keras.callbacks.ReduceLROnPlateau("val_d_loss", 0.1, patience=1, mode="min", min_delta=100.0)
    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
        plateau,
        keras.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), "val_g_loss", save_best_only=True, mode="min"),
        keras.callbacks.ModelCheckpoint(str(tmp_path / "last.weights.h5"), save_weights_only=True),
        keras.callbacks.TensorBoard(str(tmp_path / "tensorboard")),
        keras.callbacks.EarlyStopping("val_d_loss", patience=2, mode="min", min_delta=100.0),
    ]
    logs = model.fit(DIGITS, validation_split=0.25, epochs=9, verbose=0, callbacks=callbacks).history
    assert len(logs["val_d_loss"]) == 3
    # Halved at the beginning of three epochs, a tenth after the second and the third.
    for name in ("generator", "discriminator"):
        assert float(model.optimizers[name].learning_rate) == pytest.approx(1e-3 / 8 / 100, rel=1e-4)
        assert logs[f"learning_rate_{name}_optimizer"][0] == pytest.approx(5e-4)
    best, last = keras.models.load_model(tmp_path / "best.keras"), tiny("gan")
    assert np.isfinite(best.generate(2)).all()
    last.load_weights(tmp_path / "last.weights.h5")
    np.testing.assert_array_equal(last.generate(2), model.generate(2))


class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_backup_and_restore_goes_on_with_the_moments_of_every_optimizer(tmp_path):
    def fit(model, *callbacks):
        backup = keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))
        model.fit(DIGITS, LABELS, batch_size=20, epochs=4, shuffle=False, verbose=0, callbacks=[backup, *callbacks])
        return state(model)

    with pytest.raises(KeyboardInterrupt):
        fit(tiny("digit_net"), Stop())
    resumed = fit(tiny("digit_net"))
    assert_equal_states(resumed, fit(tiny("digit_net")))


# Models in models


def test_generators_are_layers_of_other_models(dcgan):
    codes = dcgan.sample_latents(4)
    for draw in (lambda x: dcgan.generator(x)["images"], dcgan):
        inputs = keras.Input((8,))
        outer = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(draw(inputs)))
        np.testing.assert_allclose(outer(codes), np.mean(draw(codes), axis=(1, 2)), atol=1e-5)
        assert len(outer.weights) == len(dcgan.generator.weights)


def test_summaries_clones_and_plots(dcgan, tmp_path):
    lines = []
    dcgan.summary(print_fn=lines.append)
    assert "generator" in "".join(lines) and "discriminator" in "".join(lines)
    clone = keras.models.clone_model(dcgan)
    assert type(clone) is type(dcgan) and clone.get_config() == dcgan.get_config()
    try:
        keras.utils.plot_model(dcgan.generator, str(tmp_path / "generator.png"))
    except ImportError as error:
        assert "pip install pydot" in str(error) or "graphviz" in str(error)
    else:
        assert (tmp_path / "generator.png").stat().st_size
