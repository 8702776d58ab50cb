"""Every metric of generated pictures against what is known of copies, of one picture again and again, and of noise."""

import numpy as np
import pytest
from skimage import color

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.evaluation.measures import recognition
from keras_facegan.metrics import frechet
from keras_facegan.registry import METRICS
from tests.evaluation.subjects import brightness, copying, faces, generator, pooled, stub_extractors, subject
from tests.runs import lively_model


@pytest.fixture(scope="module")
def examples():
    return faces()


def values(one, *names):
    return {result.name: result.value for name in names for result in one.measure(name)}


ALL = ("fid", "kid", "precision_recall", "density_coverage", "diversity", "neighbours", "sharpness", "classifier_score")


def test_copies_are_as_good_as_the_data_and_found_out(examples):
    found = values(subject(copying(examples), examples), *ALL)
    assert found["fid"] == pytest.approx(0, abs=1e-6)
    assert found["precision"] == found["recall"] == found["coverage"] == 1
    assert found["copies"] == 1 and found["neighbour_distance"] == pytest.approx(0, abs=1e-6)
    for ratio in ("diversity", "sharpness", "fine_detail"):
        assert found[ratio] == pytest.approx(1)
    assert found["ms_ssim"] == pytest.approx(found["ms_ssim_real"])
    assert found["classifier_score"] == pytest.approx(found["classifier_score_real"])


def test_one_picture_again_and_again_is_precise_and_nothing_else(examples):
    one = to_float(examples.images[:1])
    found = values(subject(generator(lambda n, seed: np.repeat(one, n, axis=0)), examples), *ALL)
    assert found["precision"] == 1 and found["recall"] < 0.05 and found["diversity"] == pytest.approx(0, abs=1e-6)
    assert found["ms_ssim"] == pytest.approx(1) and found["classifier_score"] == pytest.approx(1, abs=1e-6)
    assert found["fid"] > 0.1 and found["duplicates"] == 1


def test_pictures_that_come_twice_are_duplicates(examples):
    images = to_float(examples.images)
    quarter = len(images) // 4
    twice = np.concatenate([images[quarter:], images[quarter : 2 * quarter]])
    once, again = (values(subject(generator(lambda n, seed, x=x: x), examples), "neighbours") for x in (images, twice))
    # Real pictures are by definition as near to each other as a share of them is.
    assert once["duplicates"] == pytest.approx(0.01, abs=0.01) and once["copies"] == again["copies"] == 1
    assert again["duplicates"] == pytest.approx(2 * quarter / len(images), abs=0.02)


def test_noise_is_far_away_and_too_sharp(examples):
    noise = generator(lambda n, seed: np.random.default_rng(seed).uniform(-1, 1, (n, 16, 16, 3)).astype("float32"))
    found = values(subject(noise, examples), *ALL)
    assert found["precision"] == found["density"] == 0 and found["sharpness"] > 5 and found["fine_detail"] > 5
    assert found["neighbour_distance"] > 1.5 and found["copies"] == found["duplicates"] == 0


def test_values_are_those_of_the_definitions(examples):
    rng = np.random.default_rng(0)
    images = np.clip(to_float(examples.images) + rng.normal(0, 0.2, examples.images.shape), -1, 1).astype("float32")
    found = values(subject(generator(lambda n, seed: images), examples), *ALL)
    seen, real = to_float(to_uint8(images)), to_float(examples.images)
    a, b = pooled(real).astype("float64"), pooled(seen).astype("float64")
    assert found["fid"] == pytest.approx(frechet.frechet_distance(a, b), rel=1e-4)
    apart = np.linalg.norm(a[:, None] - a[None], axis=2)
    nearest, among = np.linalg.norm(b[:, None] - a[None], axis=2).min(1), np.sort(apart, axis=1)[:, 1]
    assert found["neighbour_distance"] == pytest.approx(nearest.mean() / among.mean(), rel=1e-4)
    assert found["copies"] == pytest.approx(np.mean(nearest < np.quantile(among, 0.01)))
    within_fake = np.linalg.norm(b[:, None] - b[None], axis=2)
    assert found["diversity"] == pytest.approx(within_fake.sum() / apart.sum(), rel=1e-4)

    def laplacian_variance(pictures):
        luma = color.rgb2yuv((pictures.astype("float64") + 1) / 2)[..., 0] * 2
        inner = (
            luma[:, :-2, 1:-1] + luma[:, 2:, 1:-1] + luma[:, 1:-1, :-2] + luma[:, 1:-1, 2:] - 4 * luma[:, 1:-1, 1:-1]
        )
        return inner.var(axis=(1, 2)).mean()

    assert found["sharpness"] == pytest.approx(laplacian_variance(seen) / laplacian_variance(real), rel=1e-3)
    p = brightness(seen)
    assert 1 <= found["classifier_score"] <= np.exp((p * np.log(p / p.mean(0))).sum(1).mean()) * 1.05


def test_every_result_says_what_it_was_taken_of(examples):
    one = subject(copying(examples), examples, seed=3)
    for name in ALL:
        for result in one.measure(name):
            assert result.seed == 3 and result.n_real + result.n_fake >= 120
            assert result.settings["dataset"] == "drawn_faces" and result.settings["split"] == "train"
            if result.extractor:
                assert result.extractor["extractor"] == "stub" and result.extractor["weights"] == "0" * 64
                assert "bicubic" in result.extractor["resize"]
    seen = {result.name for name in ALL for result in one.measure(name) if result.extractor}
    assert {"fid", "kid", "precision", "recall", "density", "coverage", "classifier_score"} <= seen


def test_values_do_not_depend_on_the_batch_size():
    examples, model = faces(96), lively_model()
    small, large = (values(subject(model, examples, num=90, batch_size=size), *ALL) for size in (7, 90))
    assert small == pytest.approx(large, rel=1e-4)
    other = values(subject(model, examples, num=90, seed=1), "fid")
    assert other["fid"] != small["fid"] and other["fid"] == pytest.approx(small["fid"], rel=0.5)


def test_too_few_pictures_are_said_on_the_result(examples):
    result = subject(copying(examples), examples, num=20).measure("fid")[0]
    assert result.n_real == result.n_fake == 20 and "covariance is singular" in result.note
    assert not subject(copying(examples), examples).measure("fid")[0].note


def test_what_models_look_at_is_told_by_their_labels(examples):
    truth = np.minimum(examples.columns["age"], 100)
    teller = generator(None)
    del teller.generate
    teller.estimate_age = lambda images: np.full(len(images), 40.0)
    found = values(subject(teller, examples, num=None), "ages")
    assert found["mae"] == pytest.approx(np.abs(40 - truth).mean(), rel=1e-6)
    assert found["bias"] == pytest.approx((40 - truth).mean(), rel=1e-5)
    decade = (truth >= 20) & (truth < 30)
    assert found["bias_20-29"] == pytest.approx((40 - truth[decade]).mean(), rel=1e-5)

    teller.embed = _people(examples)
    found = values(subject(teller, examples, num=None), "verification")
    assert found["auc"] == 1 and found["equal_error_rate"] == 0

    # An attribute that is always told, one that never is, and one that is told rightly.
    teller.attributes = ("Male", "Eyeglasses", "Smiling")
    labels = examples.columns["attributes"][:, [CELEBA_ATTRIBUTES.index(name) for name in teller.attributes]]
    smiles = {image.tobytes(): row[2] for image, row in zip(to_float(examples.images), labels, strict=True)}
    teller.recognise = lambda images: np.array([[1.0, 0.0, smiles[image.tobytes()]] for image in images])
    found = values(subject(teller, examples, num=None), "attributes")
    assert found["hamming_loss"] == pytest.approx((1 - labels[:, 0].mean() + labels[:, 1].mean()) / 3)
    assert found["majority_hamming_loss"] == pytest.approx(np.minimum(labels.mean(0), 1 - labels.mean(0)).mean())
    males = labels[:, 0].mean()
    assert found["macro_f1"] == pytest.approx((2 * males / (1 + males) + 0 + 1) / 3)

    columns = {**examples.columns, "label": (examples.images.mean(axis=(1, 2, 3)) > 127).astype("int32")}
    labelled = faces()
    object.__setattr__(labelled, "columns", columns)
    teller.classify = brightness
    results = subject(teller, labelled, num=None).measure("accuracy")
    assert results[0].value > 0.95 and results[0].n_real == 120
    assert results[0].error == pytest.approx(np.sqrt(results[0].value * (1 - results[0].value) / 120))
    assert recognition.FAR == 1e-2


def _people(examples):
    """Return an embedding that knows everybody by the pictures of the data set."""
    people = {
        image.tobytes(): person
        for image, person in zip(to_float(examples.images), examples.columns["identity"], strict=True)
    }
    directions = np.eye(500, dtype="float32")
    return lambda images: directions[[people[image.tobytes()] for image in images]]


def test_a_metric_says_what_is_missing(examples):
    one = subject(
        copying(examples),
        examples,
        open_extractors=lambda: stub_extractors(classes=False),
    )
    can = one.metrics()
    assert can == ["fid", "density_coverage", "diversity", "kid", "neighbours", "precision_recall", "sharpness"]
    for name, words in {
        "ages": "cannot estimate ages",
        "stability": "has no history of 20 rows or more",
        "classifier_score": "stub, which tells no classes",
    }.items():
        with pytest.raises(ValueError, match=words) as caught:
            one.check([name])
        assert str(caught.value).endswith(f"It can be measured by {', '.join(sorted(can))}.")
    with pytest.raises(ValueError, match="Did you mean `fid`"):
        one.check(["fidd"])
    one.model.classify = brightness
    with pytest.raises(ValueError, match="`drawn_faces`, which has no `label`"):
        one.check(["accuracy"])


def test_losses_that_settle_are_told_from_a_history(examples, tmp_path):
    path = tmp_path / "history.csv"
    rows = [f"{50 * i},{1.0 + 0.1 * (i % 2)},{1.2 - 0.1 * (i % 2)}" for i in range(1, 201)]
    path.write_text("step,d_loss,g_loss\n" + "\n".join(rows) + "\n")
    model = copying(examples)
    model.terms = ("d_loss", "g_loss")
    found = values(subject(model, examples, history=path), "stability")
    assert found["settled_at_step"] == 50 and found["d_oscillation"] == pytest.approx(0.1)
    assert found["distance_mean"] == pytest.approx(0.1)


def test_all_metrics_are_described():
    for name in METRICS.names():
        metric = METRICS.get(name)
        assert metric.__doc__ and metric.needs
