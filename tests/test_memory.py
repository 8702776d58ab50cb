"""What a training step takes in memory, and weights that are never allocated."""

import keras
import numpy as np
import pytest

from keras_facegan import create_model, memory, recipe, run
from keras_facegan.errors import UserError
from keras_facegan.layers.age_gate import AgeGate
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.seam import runtime
from keras_facegan.seam.allocation import weight_limit


def test_memory_holds_the_state_and_grows_with_the_batch():
    model = run.build(recipe.resolve("dcgan", "tiny"))
    state = [*model.variables, *(each for optimizer in model.optimizers.values() for each in optimizer.variables)]
    stored = sum(int(np.prod(variable.shape)) * 4 for variable in state)
    small, large = memory.training_memory(model, 16), memory.training_memory(model, 32)
    assert stored < small < large < 2 * small


def test_activations_are_counted_at_the_size_of_the_pictures():
    image = keras.Input((None, None, 3), name="image")
    small = ResizeTo(8)(image)
    x = keras.layers.Conv2D(4, 3, padding="same")(small)
    network = keras.Model({"image": image}, keras.layers.GlobalAveragePooling2D()(x))
    counted = 4 * (8 * 8 * 3 + 8 * 8 * 4 + 4)
    assert memory.activations(network, (8, 8, 3)) == counted
    # What is resized does not grow with the picture, what is not does.
    assert memory.activations(network, (16, 16, 3)) == counted
    free = keras.Model(image, keras.layers.Conv2D(4, 3, padding="same")(image))
    assert memory.activations(free, (16, 16, 3)) == 4 * memory.activations(free, (8, 8, 3)) == 4 * 16 * 16 * 4


def test_a_layer_called_twice_counts_twice_and_half_precision_half():
    def network():
        image = keras.Input((8, 8, 4), name="image")
        relu = keras.layers.ReLU()
        return keras.Model(image, relu(keras.layers.Conv2D(4, 3, padding="same")(relu(image))))

    assert memory.activations(network(), (8, 8, 4)) == 3 * 4 * 8 * 8 * 4
    with runtime.precision("mixed_bfloat16"):
        assert memory.activations(network(), (8, 8, 4)) == 3 * 2 * 8 * 8 * 4


def test_networks_inside_layers_and_models_are_counted():
    inside = keras.Input((8, 8, 3), name="image")
    residual = keras.Model(inside, keras.layers.Conv2D(3, 3, padding="same")(keras.layers.ReLU()(inside)))
    image, group = keras.Input((8, 8, 3), name="image"), keras.Input((), dtype="int32", name="group")
    chain = keras.Model({"image": image, "group": group}, AgeGate(residual, 0)(image, group, group))
    one = 4 * 8 * 8 * 3
    assert memory.activations(chain, (8, 8, 3)) == 3 * one
    assert memory.activations(keras.Model(image, residual(image)), (8, 8, 3)) == 2 * one


def test_an_estimate_leaves_the_model_as_it_is():
    model = run.build(recipe.resolve("facenet", "tiny"))
    before = [np.asarray(each) for each in model.variables]
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype("float32")
    embedded = model.embed(images)
    assert memory.training_memory(model, 16) == memory.training_memory(model, 16)
    for old, each in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(each))
    np.testing.assert_array_equal(embedded, model.embed(images))


def test_weights_beyond_the_limit_are_never_allocated():
    with weight_limit(4 * 30), pytest.raises(UserError, match="The weights alone take more than"):
        keras.layers.Dense(10).build((None, 3))
    with weight_limit(4 * 40):
        keras.layers.Dense(10).build((None, 3))
    # Outside nothing is counted.
    assert keras.layers.Dense(10)(np.zeros((1, 3))).shape == (1, 10)


def test_a_model_too_wide_for_any_machine_is_refused_in_a_moment():
    with pytest.raises(UserError, match="Lower the width of the networks"):
        create_model("dcgan", image_shape=(256, 256, 3), filters=8192)
