"""pixelrnn: the counts of the sheet per layer."""

import pytest

from keras_facegan import create_model


def layer_counts(hidden, network="row_lstm"):
    """Return the parameters of the parts of the first LSTM layer by name."""
    arguments = {"image_shape": (4, 4, 1), "network": network, "filters": hidden, "blocks": 1, "head": 4}
    model = create_model("pixelrnn", **arguments)
    return {each.name: each.count_params() for each in model.predictor.layers if each.name.startswith("lstm_0")}


@pytest.mark.parametrize(("hidden", "total"), [(16, 9_824), (128, 623_360)])
def test_a_row_lstm_layer_has_the_count_of_the_sheet(hidden, total):
    counts = layer_counts(hidden)
    assert sum(counts.values()) == total
    assert counts == {
        "lstm_0_gates": 3 * 2 * hidden * 4 * hidden + 4 * hidden,
        "lstm_0": 3 * hidden * 4 * hidden,
        "lstm_0_out": hidden * 2 * hidden + 2 * hidden,
    }


def test_a_diagonal_bilstm_layer_has_both_directions():
    h = 16
    gates, states = 2 * h * 4 * h + 4 * h, 2 * h * 4 * h
    assert layer_counts(h, "diagonal_bilstm") == {
        "lstm_0_left_gates": gates,
        "lstm_0_left": states,
        "lstm_0_right_gates": gates,
        "lstm_0_right": states,
        "lstm_0_out": h * 2 * h + 2 * h,
    }


@pytest.mark.parametrize(
    ("preset", "network", "blocks", "filters"),
    [
        ("mnist_28_diagonal", "diagonal_bilstm", 1, 32),
        ("mnist_28_diagonal_7", "diagonal_bilstm", 7, 16),
        ("cifar10_32", "row_lstm", 12, 128),
    ],
)
def test_presets_of_the_paper(preset, network, blocks, filters):
    from keras_facegan import recipe

    model = recipe.resolve("pixelrnn", preset).model
    assert (model["network"], model["blocks"], model["filters"]) == (network, blocks, filters)
