"""pixelcnn: the counts of the sheet, and masks that no weight gets past."""

import numpy as np
import pytest

from keras_facegan import create_model


@pytest.mark.parametrize(("preset", "count"), [("mnist_28_7", 100_449), ("cifar10_32", 5_340_416)])
def test_the_networks_have_the_counts_of_the_paper(preset, count):
    assert create_model("pixelcnn", preset).predictor.count_params() == count


def test_the_layers_have_the_sizes_of_the_paper():
    model = create_model("pixelcnn", "mnist_28_7")
    count = {layer.name: layer.count_params() for layer in model.predictor.layers if layer.weights}
    # Kernels with their masked weights, and biases.
    assert count["first"] == 7 * 7 * 64 + 64
    for block in range(7):
        names = [f"block_{block}_{part}" for part in ("in", "middle", "out")]
        assert [count[name] for name in names] == [64 * 32 + 32, 9 * 32 * 32 + 32, 32 * 64 + 64]
    assert [count[name] for name in ("head_0", "head_1", "logits")] == [64 * 32 + 32, 32 * 32 + 32, 33]
    assert "block_7_in" not in count


def test_the_conditional_preset_has_a_vector_per_class_in_both_stacks():
    model = create_model("pixelcnn", "cifar10_32_gated")
    plain = create_model("pixelcnn", "cifar10_32_gated", num_classes=0)
    more = model.predictor.count_params() - plain.predictor.count_params()
    # Two halves of 128 maps in 15 blocks of either stack; the vertical one ends with its last link.
    assert more == (15 + 14) * 10 * 2 * 128
    assert model.reads == ("image", "label")


def test_colour_logits_have_one_row_of_levels_per_value():
    model = create_model("pixelcnn", image_shape=(2, 3, 3), levels=256, filters=6, blocks=1, head=6)
    logits = model.predictor({"image": np.zeros((1, 2, 3, 3), "float32")})["logits"]
    assert logits.shape == (1, 2, 3, 3, 256)
