"""The same numbers as torch-fidelity and clean-fid, where they are installed."""

import numpy as np
import pytest
from scipy import special

from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.inception_score import classifier_score
from keras_facegan.metrics.kernel import kernel_distance
from keras_facegan.metrics.manifold import precision_recall
from keras_facegan.metrics.resize import resized

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(600, 24)).astype("float32")
FAKE = RNG.normal(0.2, 1.3, size=(600, 24)).astype("float32")


@pytest.fixture(scope="module")
def fidelity():
    """Return torch-fidelity's measures of features, which need PyTorch but neither network nor weights."""
    for name in ("torch", "torch_fidelity"):
        pytest.importorskip(name, reason="torch-fidelity, an independent implementation, is not installed")
    from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

    return {
        "fid": metric_fid.fid_statistics_to_metric,
        "isc": metric_isc.isc_features_to_metric,
        "kid": metric_kid.kid_features_to_metric,
        "prc": metric_prc.prc_features_to_metric,
    }


def test_frechet_distance_is_torch_fidelitys(fidelity):
    both = [{"mu": each.mean(0, dtype="float64"), "sigma": np.cov(each, rowvar=False)} for each in (REAL, FAKE)]
    expected = fidelity["fid"](*both, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(REAL, FAKE) == pytest.approx(expected, rel=1e-6)


def test_kernel_distance_is_torch_fidelitys(fidelity):
    import torch

    both = [torch.from_numpy(each.astype("float64")) for each in (REAL, FAKE)]
    found = fidelity["kid"](*both, kid_subsets=1, kid_subset_size=600, verbose=False)
    mean, _ = kernel_distance(REAL, FAKE, subsets=1, subset_size=600)
    assert mean == pytest.approx(found["kernel_inception_distance_mean"], rel=1e-6)


def test_precision_and_recall_are_torch_fidelitys(fidelity):
    import torch

    found = fidelity["prc"](torch.from_numpy(FAKE), torch.from_numpy(REAL), prc_neighborhood=3, verbose=False)
    # Theirs are distances in float32: one picture may lie on the other side of a sphere.
    assert precision_recall(REAL, FAKE) == pytest.approx((found["precision"], found["recall"]), abs=1.1 / 600)


def test_classifier_score_is_torch_fidelitys(fidelity):
    import torch

    logits = 3 * RNG.normal(size=(500, 10))
    found = fidelity["isc"](torch.from_numpy(logits), splits=1)["inception_score_mean"]
    assert classifier_score(special.softmax(logits, axis=1), splits=1)[0] == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize(("height", "width", "side"), [(64, 64, 299), (400, 310, 299)])
def test_pictures_are_resized_as_by_clean_fid(height, width, side):
    pytest.importorskip("torch", reason="clean-fid needs PyTorch, which is not installed")
    clean = pytest.importorskip("cleanfid.resize", reason="clean-fid, an independent implementation, is not installed")
    image = RNG.integers(0, 256, (height, width, 3)).astype("uint8")
    expected = clean.make_resizer("PIL", False, "bicubic", (side, side))(image)
    np.testing.assert_allclose((resized(image[None], (side, side, 3))[0] + 1) * 127.5, expected, atol=1e-4)
