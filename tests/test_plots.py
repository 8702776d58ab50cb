"""loss.png and scores.png: one panel per term, smoothed from the first row on, logarithmic where a term needs it."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import plots


def write(folder, **columns):
    """Write a history.csv of columns of one length."""
    steps = range(10, 10 * len(next(iter(columns.values()))) + 1, 10)
    rows = [",".join(["step", *columns])]
    rows += [",".join(map(str, row)) for row in zip(steps, *columns.values(), strict=True)]
    (folder / "history.csv").write_text("\n".join(rows) + "\n")
    return folder / "history.csv"


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn: by file name, a list of (names of curves, axes) per panel."""
    panels = []
    draw = plots._draw

    def remember(axes, steps, curves):
        draw(axes, steps, curves)
        panels.append((list(curves), axes))

    monkeypatch.setattr(plots, "_draw", remember)
    return panels


def test_every_loss_has_a_panel_and_scores_share_one(tmp_path, drawn):
    terms = ["d_loss", "g_loss", "age_loss", "real_score", "fake_score", "open_gates"]
    plots.history(write(tmp_path, **{term: np.arange(1.0, 31.0) for term in terms}), tmp_path)
    assert [names for names, _ in drawn] == [
        ["d_loss"], ["g_loss"], ["age_loss"], ["real_score", "fake_score"], ["open_gates"],
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.csv", "loss.png", "scores.png"]


@pytest.mark.parametrize(("count", "size"), [(1, (800, 450)), (2, (840, 260)), (4, (840, 520)), (8, (1260, 780))])
def test_a_figure_grows_with_its_panels(tmp_path, count, size):
    plots.history(write(tmp_path, **{f"{i}_loss": np.ones(30) for i in range(count)}), tmp_path)
    with Image.open(tmp_path / "loss.png") as picture:
        assert picture.size == size
    assert not (tmp_path / "scores.png").exists()


def test_a_term_of_large_numbers_flattens_no_other(tmp_path, drawn):
    small = np.linspace(0.5, 0.1, 30)
    plots.history(write(tmp_path, g_loss=small, age_loss=np.linspace(900, 800, 30)), tmp_path)
    low, high = drawn[0][1].get_ylim()
    assert 0.0 < low < 0.1 and 0.5 < high < 0.6


def test_values_are_pale_under_their_mean_from_the_first_row_on(tmp_path, drawn):
    values = np.random.default_rng(0).normal(size=100)
    plots.history(write(tmp_path, loss=values), tmp_path)
    raw, mean = drawn[0][1].lines
    assert raw.get_alpha() < 0.5 and mean.get_alpha() is None
    np.testing.assert_allclose(raw.get_ydata(), values)
    np.testing.assert_array_equal(mean.get_xdata(), np.arange(10, 1001, 10))
    assert mean.get_ydata().std() < 0.5 * values.std()


def test_few_points_are_marked_and_not_smoothed(tmp_path, drawn):
    plots.history(write(tmp_path, loss=np.array([3.0, 1.0, 2.0])), tmp_path)
    (line,) = drawn[0][1].lines
    assert line.get_marker() == "o"
    np.testing.assert_array_equal(line.get_ydata(), [3.0, 1.0, 2.0])


def test_a_mean_covers_as_much_on_either_side_and_less_at_the_ends():
    # A twentieth of 60 values on either side.
    values = np.random.default_rng(1).normal(size=60)
    smooth = plots.smoothed(values)
    for i in range(60):
        np.testing.assert_allclose(smooth[i], values[max(0, i - 3) : i + 4].mean())


def test_a_mean_leaves_out_what_is_not_finite():
    values = np.ones(40)
    values[[5, 6]] = np.nan, np.inf
    np.testing.assert_array_equal(plots.smoothed(values), np.ones(40))
    assert np.isnan(plots.smoothed(np.full(20, np.nan))).all()


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1000.0, 1.0], True), ([1.0, 99.0], False), ([1000.0, 0.0], False), ([-1000.0, 1.0], False), ([], False)],
)
def test_an_axis_is_logarithmic_where_a_positive_term_spans_decades(values, expected, tmp_path, drawn):
    assert plots.spans_decades(np.array(values)) is expected
    if values:
        plots.history(write(tmp_path, loss=np.array(values)), tmp_path)
        assert drawn[0][1].get_yscale() == ("log" if expected else "linear")


def test_no_rows_no_pictures(tmp_path):
    (tmp_path / "history.csv").write_text("step,loss\n")
    plots.history(tmp_path / "history.csv", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]
