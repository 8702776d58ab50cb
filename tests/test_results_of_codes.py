"""The numbers and pages of the experiments on codes and likelihoods, by models whose answers are known."""

import json
import types

import numpy as np
import pytest

from experiments import glo_codes, likelihood, vaegan_results
from experiments._kept import Kept, cell, interval, ratio
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.errors import UserError


def table_of(text, heading):
    """Return the rows of the first table below a heading, lists of cells."""
    lines = text.split(heading)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    rows = [line for line in lines[start + 1 :]]
    end = next((number for number, line in enumerate(rows) if not line.startswith("|")), len(rows))
    return [[each.strip() for each in row.strip("|").split("|")] for row in rows[:end]]


# What they share.


def test_what_was_measured_is_not_measured_again(tmp_path):
    path, calls = tmp_path / "runs" / "results.json", []
    first = Kept(path).get("a", lambda: calls.append(1) or {"x": 1.5})
    again = Kept(path).get("a", lambda: calls.append(2))
    assert first == again == {"x": 1.5} and calls == [1]
    assert json.loads(path.read_text()) == {"a": {"x": 1.5}}


def test_what_fails_is_not_kept(tmp_path):
    def fail():
        raise UserError("no")

    kept = Kept(tmp_path / "results.json")
    with pytest.raises(UserError):
        kept.get("a", fail)
    assert kept.get("a", lambda: {"x": 2.0}) == {"x": 2.0}


def test_an_interval_is_as_wide_as_the_standard_error_says():
    values = np.random.default_rng(0).normal(3.0, 2.0, 900)
    value, low, high = interval(np.mean, values)
    assert value == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * 2.0 / 30, rel=0.15) and low < value < high
    value, low, high = interval(ratio, values, 2 * values)
    assert value == low == high == pytest.approx(0.5)
    assert interval(np.mean, np.array([4.0])) == [4.0, 4.0, 4.0]
    assert cell([1.234, 1.0, 2.0], 2) == "1.23 (1.00 to 2.00)"


# VAE against VAE/GAN.


def test_the_error_of_features_is_a_share_of_what_two_pictures_are_apart():
    truth = np.array([[0.0, 0.0], [2.0, 0.0]])
    # Both pictures are 4 apart, and rebuilt 1 and 0 away.
    assert vaegan_results.error(truth + [[0.0, 1.0], [0.0, 0.0]], truth)[0] == 0.125
    assert vaegan_results.error(truth, truth) == [0.0, 0.0, 0.0]


def numbers(value, width=0.01):
    return [value, value - width, value + width]


def vaegan_rows(**changes):
    """Return rows in which VAE/GAN reaches every aim, but for those that change."""
    vae = {"psnr": 20.0, "features": 0.5, "matched": 0.8, "sharpness": 0.3, "drawn_sharpness": 0.3, "frechet": 2.0}
    vaegan = {"psnr": 19.0, "features": 0.4, "matched": 0.2, "sharpness": 0.6, "drawn_sharpness": 0.6, "frechet": 1.0}
    vaegan |= changes
    return {
        (dataset, name): {key: numbers(value) for key, value in each.items()} | {"pictures": [1000, 2000]}
        for dataset in vaegan_results.PRESETS
        for name, each in zip(vaegan_results.MODELS, (vae, vaegan), strict=True)
    }


def vaegan_flips(share):
    return {
        name: {
            attribute: {"faces": 30, "rebuilt": numbers(0.1), "added": numbers(0.6), "flipped": numbers(share)}
            for attribute in vaegan_results.ATTRIBUTES
        }
        for name in vaegan_results.MODELS
    }


def test_the_aims_of_vaegan_are_judged_by_their_direction():
    reached = dict(vaegan_results.aims(vaegan_rows(), vaegan_flips(0.55)))
    assert reached["celeba: rebuilt pictures of VAE/GAN are sharper"] == "yes, 0.60 against 0.30 of VAE"
    assert reached["cats: PSNR of VAE/GAN is lower, the price"] == "yes, 19.00 against 20.00 of VAE"
    assert reached["attributes added to codes of `vae` are seen"] == "0.55 of the faces, the mean over 6 attributes"
    worse = dict(vaegan_results.aims(vaegan_rows(features=0.505, psnr=21.0), vaegan_flips(0.5)))
    assert (
        worse["celeba: rebuilt pictures of VAE/GAN are nearer in features"]
        == "no, 0.505 against 0.500 of VAE, within the intervals"
    )
    assert worse["celeba: PSNR of VAE/GAN is lower, the price"] == "no, 21.00 against 20.00 of VAE"


def test_the_page_of_vaegan_has_a_row_per_model_and_attribute():
    text = vaegan_results.page(vaegan_rows(), vaegan_flips(0.5), steps=7)
    assert "--data_dir DIR --steps 7\n" in text and "1,000 of celeba, 1,000 of cats" in text
    assert len(table_of(text, "# VAE and VAE/GAN")) == 2 * len(vaegan_results.AIMS) + 2
    measured = table_of(text, "In brackets")
    assert [row[:2] for row in measured] == [[s, f"`{m}`"] for s in ("celeba", "cats") for m in ("vae", "vaegan")]
    assert measured[1][2:] == [
        "19.00 (18.99 to 19.01)", "0.400 (0.390 to 0.410)", "0.200 (0.190 to 0.210)", "0.60 (0.59 to 0.61)",
        "0.60 (0.59 to 0.61)", "1.000 (0.990 to 1.010)",
    ]  # fmt: skip
    added = table_of(text, "## Attributes added to codes")
    assert len(added) == 2 * len(vaegan_results.ATTRIBUTES)
    assert added[0] == [
        "Eyeglasses", "`vae`", "30", "0.10 (0.09 to 0.11)", "0.60 (0.59 to 0.61)", "0.50 (0.49 to 0.51)",
    ]  # fmt: skip


def test_flips_are_counted_among_faces_on_which_nothing_was_seen(monkeypatch):
    """Codes are pictures: their first value says Eyeglasses, and the judge sees them above 0."""
    values = {"train": [1.0, 1.0, -1.0, -1.0], "validation+test": [-0.5, -0.9, 0.1, -1.0, 1.0]}
    labels = {"train": [1, 1, 0, 0], "validation+test": [0, 0, 0, 0, 1]}
    place = CELEBA_ATTRIBUTES.index("Eyeglasses")

    def pictures(dataset, split, given):
        attributes = np.zeros((len(labels[split]), 40))
        attributes[:, place] = labels[split]
        images = np.rint(np.array(values[split]) * 127.5 + 127.5).astype("uint8").reshape(-1, 1, 1, 1)
        return types.SimpleNamespace(images=images, columns={"attributes": attributes})

    judge = types.SimpleNamespace(
        attributes=("Eyeglasses",), recognise=lambda images: (images.reshape(-1, 1) > 0).astype("float32")
    )
    # What is added to a code is a third of the vector, which is 2.
    model = types.SimpleNamespace(
        encode=lambda images: images.reshape(-1, 1) / 3, decode=lambda codes: codes.reshape(-1, 1, 1, 1) * 1.5 - 0.25
    )
    monkeypatch.setattr(vaegan_results, "pictures", pictures)
    monkeypatch.setattr(vaegan_results, "load_model", lambda name: judge)
    monkeypatch.setattr(vaegan_results, "ATTRIBUTES", ("Eyeglasses",))
    (row,) = vaegan_results.attributes_added(model, None).values()
    # Pictures of -0.5, -0.9, 0.1 and -1 lack it, and rebuilt are -0.5, -0.7, -0.2 and -0.75: none is seen. Two thirds
    # more of code are 1 more of picture.
    assert row["faces"] == 4
    assert row["rebuilt"][0] == 0.0 and row["added"][0] == 1.0 and row["flipped"][0] == 1.0


def test_a_frechet_distance_has_an_interval():
    rng = np.random.default_rng(0)
    value, low, high = vaegan_results.distance(rng.normal(size=(400, 2)), rng.normal(3.0, 1.0, size=(400, 2)))
    assert value == pytest.approx(18.0, rel=0.1) and low < value < high and high - low < 6.0


# Likelihoods.


def test_the_page_of_likelihoods_judges_what_is_there_and_names_what_is_not():
    vae, pixelcnn, *others = likelihood.BINARY
    told = {vae: [98.95, 0.2, 10_000], pixelcnn: [83.4, 0.3, 10_000], **dict.fromkeys(others)}
    told |= {entry: None for entry in likelihood.GREY[1:]} | {likelihood.GREY[0]: [1.25, 0.002, 10_000]}
    parzen = {"sgan/mnist_28": [150.0, 1.5, 0.2], "training digits": [243.2, 2.1, 0.167], "gan/mnist_28": None}
    text = likelihood.page({"black or white alike": 543.427, "every pixel on its own": 206.01}, told, parzen)
    binary = table_of(text, "## Digits in black and white")
    assert [row[:2] for row in binary[:2]] == [
        ["black or white alike", "543.43"], ["every pixel on its own", "206.01"],
    ]  # fmt: skip
    assert binary[2][:4] == ["`vae/mnist_28`", "98.95 ± 0.20", vae.kind, "at most 106: reached"]
    assert binary[3][3:] == ["at most 83: missed by 0.40", "81.30"] and len(binary) == 4
    grey = table_of(text, "## Grey and colour pictures")
    assert [row[:2] for row in grey] == [["every value alike", "8, or 5"], ["`glow/mnist_32`", "1.250 ± 0.002"]]
    sampled = table_of(text, "## Beside the Parzen windows")
    assert [row[0] for row in sampled] == ["sgan/mnist_28", "training digits", "the first paper's GAN"]
    missing = "pixelrnn/mnist_28, pixelrnn/mnist_28_diagonal, glow/cats_32, glow/cats_32_5bit, vae/cats_64"
    assert f"were there when this page was written: {missing}, vae/celeba_64_narrow, gan/mnist_28.\n" in text


def test_weights_go_before_runs_and_what_is_finished_in_neither_place_is_none(tmp_path):
    given = types.SimpleNamespace(runs=tmp_path)
    run = tmp_path / "likelihood" / "glow-none"
    run.mkdir(parents=True)
    assert likelihood.source_of("vae/mnist_28", given) == "vae/mnist_28"
    assert likelihood.source_of("glow/none", given) is None
    (run / "model.weights.h5").touch()
    assert likelihood.source_of("glow/none", given) == run
    assert likelihood.source_of("pixelrnn/none", given) is None
    assert likelihood.told_by(likelihood.Entry("pixelrnn/none", "nll", ""), None, given) is None


# GLO.


def test_errors_of_rebuilt_pictures_are_known_ones():
    images = np.zeros((3, 16, 16, 3), "float32")
    found = glo_codes.errors(images, images + 0.2)
    assert found["mse"] == pytest.approx([0.04] * 3, rel=1e-5)
    # Peak to peak 2: 10 log10(4 / 0.04).
    assert found["psnr"] == pytest.approx([20.0] * 3, rel=1e-5)
    # Only the blurred rest of a pyramid sees a constant.
    assert found["laplacian"] == pytest.approx([0.2] * 3, rel=1e-4)


def test_the_page_of_codes_says_what_is_reached_and_which_models_give_a_likelihood():
    def result(laplacian, mse, psnr):
        return {"laplacian": numbers(laplacian, 0.0), "mse": numbers(mse, 0.0), "psnr": numbers(psnr, 0.1)}

    training = {
        glo_codes.GLO: result(0.2, 0.05, 19.0), glo_codes.PCS: result(0.3, 0.04, 20.0), glo_codes.MEAN: result(1, 1, 6),
    }  # fmt: skip
    held_out = {glo_codes.GLO: result(0.3, 0.06, 18.05), glo_codes.DCGAN: result(0.3, 0.06, 18.0)}
    text = glo_codes.page(training, held_out, 100, 7565)
    assert [row[1] for row in table_of(text, "# Codes of pictures")] == [
        "yes, 0.2000 and 0.3000", "no, 0.0500 and 0.0400", "yes, 18.05 and 18.00 dB, within the intervals",
    ]  # fmt: skip
    assert len(table_of(text, "## Pictures that it was trained on")) == 3
    assert "All 7,565 training pictures" in text
    gives, others = text.split("## Which models say")[1].split("These draw pictures")
    for name in ("glow", "pixelcnn", "pixelrnn", "vae"):
        assert f"`{name}`" in gives
    for name in ("dcgan", "glo", "vaegan"):
        assert f"`{name}`" in others.split("\n")[0] and f"`{name}`" not in gives
