"""Constant attributes: answered as they were in training, and no gradient for them."""

import keras
import numpy as np
import tensorflow as tf

from keras_facegan.layers.constant_attributes import CERTAIN, ConstantAttributes

LABELS = np.array([[0, 1, 0], [1, 1, 0], [0, 1, 0]], "float32")


def learned(labels=LABELS):
    layer = ConstantAttributes()
    layer.build((None, 3))
    layer.learn(labels)
    return layer


def test_what_varies_passes_and_what_does_not_is_certain():
    np.testing.assert_array_equal(learned()(np.array([[0.5, 0.5, 0.5]])), [[0.5, CERTAIN, -CERTAIN]])


def test_before_it_has_learned_all_logits_pass():
    logits = np.array([[0.0, -3.0, 7.0]], "float32")
    np.testing.assert_array_equal(ConstantAttributes()(logits), logits)


def test_constant_attributes_get_no_gradient_and_no_loss():
    layer, logits = learned(), tf.constant(np.full((3, 3), 0.3, "float32"))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = keras.ops.binary_crossentropy(LABELS, layer(logits), from_logits=True)
    gradient = np.asarray(tape.gradient(losses, logits))
    assert (gradient[:, 0] != 0).all() and not gradient[:, 1:].any()
    assert np.asarray(losses)[:, 1:].max() < 1e-8


def test_answers_do_not_train_and_its_configuration_comes_back():
    layer = learned()
    assert layer.trainable_variables == [] and len(layer.weights) == 1
    assert ConstantAttributes.from_config(layer.get_config()).name == layer.name
    assert keras.saving.get_registered_object("keras_facegan>ConstantAttributes") is ConstantAttributes
