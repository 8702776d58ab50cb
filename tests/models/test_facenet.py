"""FaceNet: counts of the sheet, embeddings, verdicts, names, clusters, bad input, gradients to the picture."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, load_pretrained
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.layers.resize_to import ResizeTo
from tests.models.pictures import assert_slope_is_the_gradient, drawn_people


@pytest.fixture(scope="module")
def tiny():
    model = create_model("facenet", "tiny", seed=0)
    images, columns = drawn_people(32, people=12, pictures=5)
    model.calibrate(images, columns)
    return model, images, columns["identity"]


@pytest.mark.parametrize(
    ("backbone", "side", "count", "feature_layer"),
    [
        ("nn2", 224, 7_456_304, "inception_3c"),
        ("nn4_small2", 96, 3_724_656, "inception_3c"),
        ("nn1", 220, 140_025_664, "conv3"),
    ],
)
def test_parameters_are_those_of_the_sheet(backbone, side, count, feature_layer):
    model = create_model(
        "facenet", image_shape=(side, side, 3), backbone=backbone, batch_norm=False, feature_layer=feature_layer
    )
    assert sum(int(np.prod(each.shape)) for each in model.embedder.trainable_variables) == count


def test_embeddings_are_unit_vectors(tiny):
    model, images, _ = tiny
    embeddings = model.embed(images)
    assert embeddings.shape == (60, 16) and embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1.0, rtol=1e-5)
    assert model.embed(images[:0]).shape == (0, 16)
    np.testing.assert_allclose(model.embed(images[:3]), embeddings[:3], atol=1e-5)


@pytest.mark.parametrize("side", [20, 32, 64, 96])
def test_pictures_of_any_size(tiny, side):
    assert tiny[0].embed(drawn_people(side)[0]).shape == (40, 16)


def test_a_mirrored_picture_is_the_same_face(tiny):
    model, images, _ = tiny
    np.testing.assert_allclose(model.embed(images[:, :, ::-1]), model.embed(images), atol=1e-5)
    one, other = (model.embedder({"image": x})["embedding"] for x in (images, images[:, :, ::-1].copy()))
    mean = np.asarray(one) + np.asarray(other)
    np.testing.assert_allclose(model.embed(images), mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-5)


def test_a_second_look_is_closer(tiny):
    model = create_model("facenet", "tiny", seed=0, close_up=1.5)
    images = tiny[1][:8]
    # 1.5 times 32 pixels: the 32 in the middle of 48.
    close = np.asarray(ResizeTo(48)(images))[:, 8:40, 8:40]
    views = [model.embedder({"image": x})["embedding"] for y in (images, close) for x in (y, y[:, :, ::-1].copy())]
    mean = np.sum([np.asarray(each) for each in views], axis=0)
    np.testing.assert_allclose(model.embed(images), mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-5)
    _, _, export = model.export_signatures()["embed"]
    np.testing.assert_allclose(np.asarray(export(images)), model.embed(images), atol=1e-5)


def test_verdicts_follow_the_rates_of_the_calibration(tiny):
    model, images, identity = tiny
    left, right = np.triu_indices(len(images), 1)
    verdict = model.verify(images[left], images[right], far=0.1)
    impostor = identity[left] != identity[right]
    assert verdict.same[impostor].mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_array_equal(verdict.same, verdict.distance < verdict.threshold)
    rejected = (~verdict.same[~impostor]).mean()
    np.testing.assert_allclose(verdict.error_rate[verdict.same], 0.1)
    np.testing.assert_allclose(verdict.error_rate[~verdict.same], rejected, atol=0.01)


def test_verify_takes_equally_many(tiny):
    with pytest.raises(UserError, match="got 2 and 3"):
        tiny[0].verify(tiny[1][:2], tiny[1][:3])


def test_a_network_that_was_never_calibrated_says_so():
    model = create_model("facenet", "tiny", seed=0)
    images, _ = drawn_people(32)
    for ask in (lambda: model.verify(images[:1], images[1:2]), model.feature_network):
        with pytest.raises(UserError, match="never calibrated"):
            ask()


def test_identify_votes_among_the_nearest(tiny):
    model = tiny[0]
    gallery = np.eye(16, dtype="float32")[[0, 1, 2, 3]]
    names = ["ann", "bob", "bob", "cid"]
    query = np.zeros((1, 16), "float32")
    query[0, :4] = [0.9, 0.3, 0.3, 0.1]
    query /= np.linalg.norm(query)
    found, distance = model.identify(query, gallery, names)
    assert found == ["ann"] and distance[0] == pytest.approx(np.square(query - gallery[0]).sum(), rel=1e-5)
    found, distance = model.identify(query, gallery, names, neighbours=3)
    assert found == ["bob"] and distance[0] == pytest.approx(np.square(query - gallery[1]).sum(), rel=1e-5)
    # One vote each: the nearest wins.
    assert model.identify(query, gallery[[0, 1, 3]], ["ann", "bob", "cid"], neighbours=3)[0] == ["ann"]


def test_identify_finds_pictures_that_are_in_the_gallery(tiny):
    model, images, identity = tiny
    found, distance = model.identify(images, images, identity)
    assert found == identity.tolist() and np.allclose(distance, 0, atol=1e-4)


@pytest.mark.parametrize(("names", "neighbours"), [(["a"], 1), (["a", "b"], 3), (["a", "b"], 0)])
def test_galleries_that_do_not_fit(tiny, names, neighbours):
    with pytest.raises(UserError, match="as many pictures as neighbours"):
        tiny[0].identify(tiny[1][:1], tiny[1][:2], names, neighbours)


def test_clusters_are_those_of_the_clouds(tiny):
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(5), 6)
    points = np.eye(16)[truth] + 0.02 * rng.normal(size=(30, 16))
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype("float32")
    found = tiny[0].cluster(points, people=5)
    assert len({(a, b) for a, b in zip(found, truth, strict=True)}) == 5 and len(set(found)) == 5
    model = create_model("facenet", "tiny", seed=0)
    model.calibration.fit(np.full(2000, 0.05), np.linspace(1.0, 2.0, 2000))
    assert len({(a, b) for a, b in zip(model.cluster(points), truth, strict=True)}) == 5


def test_features_of_different_people_are_one_apart(tiny):
    model, images, identity = tiny
    network = model.feature_network()
    assert not network.trainable_variables
    features = np.asarray(network({"image": images})["features"])
    left, right = np.triu_indices(len(images), 1)
    apart = identity[left] != identity[right]
    gaps = np.mean(np.square(features[left[apart]] - features[right[apart]]), axis=(1, 2, 3))
    # The scale is from a thousand random pairs.
    assert gaps.mean() == pytest.approx(1.0, rel=0.05)


def test_softmax_steps_come_first_then_triplets():
    model = create_model("facenet", "tiny", seed=0, softmax_steps=2)
    model.compile({"name": "sgd", "learning_rate": 1e-3})
    images, columns = drawn_people(32, people=10, pictures=4)
    element = {"image": tf.constant(images), "identity": tf.constant(columns["identity"])}
    centres = model.classifier.layers[-1].centres
    differences = []
    for _ in range(3):
        before = np.asarray(centres).copy()
        logs = model.train_step(element)
        differences.append(abs(float(logs["loss"] - logs["triplet_loss"])))
        # The next logs speak of the next step alone.
        model.reset_metrics()
        moved = not np.array_equal(before, np.asarray(centres))
        assert moved == (len(differences) <= 2)
    assert differences[0] > 0.1 and differences[1] > 0.1 and differences[2] == 0


def test_collapse_is_named_with_the_way_out():
    model = create_model("facenet", "tiny")
    fine = {"triplet_loss": 0.15, "negative_distance": 1.2}
    assert model.diagnose(fine) is None
    assert model.diagnose({"triplet_loss": 0.2, "negative_distance": 1.2}) is None
    assert "all embeddings are alike" in model.diagnose({"triplet_loss": 0.2, "negative_distance": 1e-4})


def labelled(identity):
    examples = open_dataset("drawn_faces", "train", image_shape=(32, 32, 3), size=len(identity))
    return dataclasses.replace(examples, columns=examples.columns | {"identity": np.array(identity, "int32")})


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ([0, 1, 2, 3], "4 people, 0 with two pictures or more"),
        ([0, 0, 1, 2], "3 people, 1 with two pictures or more"),
        ([0, 0, 40, 40], "set model.identities to 41 or more, got 20"),
    ],
)
def test_people_that_cannot_be_learned_from_are_named(identity, message):
    with pytest.raises(UserError, match=message):
        create_model("facenet", "tiny").check_examples(labelled(identity))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"feature_layer": "stage33"}, "Did you mean `stage3`"),
        ({"identities": 0}, "softmax_steps needs model.identities"),
        ({"backbone": "resnett"}, "Did you mean `resnet`"),
        ({"batch_norm": False}, "model.batch_norm is not a parameter of the backbone resnet"),
        ({"image_shape": (16, 16, 3)}, "needs an image side of 32"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        create_model("facenet", "tiny", **settings)


@pytest.mark.parametrize("name", ["celeba_96", "judge_64"])
def test_gradients_reach_the_picture(name):
    model = load_pretrained(f"facenet/{name}")
    embedder = model.network("embedder")
    embedder.trainable = False
    images, _ = drawn_people(64, people=2, pictures=1)
    other = embedder({"image": images[::-1]})["embedding"]

    def distance(x):
        return tf.reduce_sum(tf.square(embedder({"image": x}, training=False)["embedding"] - other), axis=1)

    assert_slope_is_the_gradient(distance, images)
    features = model.feature_network()
    assert_slope_is_the_gradient(lambda x: tf.reduce_sum(features({"image": x})["features"], axis=(1, 2, 3)), images)


@pytest.mark.parametrize("network", ["embedder", "features"])
def test_frozen_it_stays_as_it_is_even_in_training(network):
    model = load_pretrained("facenet/celeba_96")
    frozen = model.feature_network() if network == "features" else model.network("embedder")
    frozen.trainable = False
    before = [np.asarray(each).copy() for each in frozen.variables]
    images, _ = drawn_people(96)
    outer = keras.Sequential([keras.Input((96, 96, 3)), keras.layers.Lambda(lambda x: frozen({"image": x}))])
    outer(images, training=True)
    for old, new in zip(before, frozen.variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


@pytest.mark.parametrize(
    ("identity", "message"),
    [([5, 5, 5, 5], "holds out 1 people, 1 with two"), ([5, 6, 7, 8], "holds out 4 people, 0 with")],
)
def test_held_out_people_without_pairs_are_refused(identity, message):
    with pytest.raises(UserError, match=message):
        create_model("facenet", "tiny").check_held_out(labelled(identity), labelled([0, 0, 1, 1]))


def test_few_pairs_say_how_sure_they_are():
    model, train = create_model("facenet", "tiny"), labelled([0, 0, 1, 1])
    # Two pairs of one person, four of two people.
    note = model.check_held_out(labelled([5, 5, 6, 6]), train)
    assert "2 pairs of one person and 4 of two" in note and "+-71%" in note and "trained on as well" not in note
    known = model.check_held_out(labelled([0, 0, 1, 1]), train)
    assert known.startswith(note) and "These people are trained on as well" in known
    many = labelled(np.repeat([7, 8], 33))
    assert model.check_held_out(many, train) is None
    assert "trained on as well" in model.check_held_out(many, labelled([7, 7, 1, 1]))
