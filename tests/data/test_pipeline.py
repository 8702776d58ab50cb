import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.data import load_dataset, open_dataset
from keras_facegan.data.pipeline import Examples
from keras_facegan.errors import DataError, UserError

RECIPES = [
    {},
    {"augment": "flip+translate+colour"},
    {"sampler": "balanced:label"},
    {"sampler": "identities:3x4", "augment": ["flip"]},
    {"sampler": "labelled:9"},
]


@pytest.fixture
def examples():
    random = np.random.default_rng(0)
    columns = {
        "label": np.arange(40, dtype="int32") % 4,
        "labelled": np.ones(40, bool),
        "identity": np.arange(40, dtype="int32") // 5,
        "attributes": random.integers(0, 2, (40, 40)).astype("float32"),
    }
    pictures = random.integers(0, 256, (40, 8, 8, 3), dtype="uint8")
    return Examples("made", pictures, columns, tuple(map(str, range(40))))


def elements(dataset, count):
    return [{name: value.numpy() for name, value in each.items()} for each in dataset.take(count)]


def same(one, other):
    return all(set(a) == set(b) and all(np.array_equal(a[k], b[k]) for k in a) for a, b in zip(one, other, strict=True))


def test_an_element_holds_pictures_and_columns(examples):
    dataset = examples.batches(12)
    assert set(dataset.element_spec) == set(examples.keys_available) == {"image", "index", *examples.columns}
    assert dataset.element_spec["image"] == tf.TensorSpec((12, 8, 8, 3), "float32")
    assert dataset.element_spec["index"] == tf.TensorSpec((12,), "int64")
    assert dataset.element_spec["attributes"] == tf.TensorSpec((12, 40), "float32")
    assert dataset.element_spec["labelled"] == tf.TensorSpec((12,), "bool")
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    for element in elements(dataset, 4):
        assert np.array_equal(element["image"], examples.images[element["index"]] / np.float32(127.5) - 1)
        for name, values in examples.columns.items():
            assert np.array_equal(element[name], values[element["index"]])


def test_the_names_of_labelled_examples_can_be_listed(examples):
    keys = examples.labelled_keys("labelled:9")
    assert len(keys) == 9 and len(set(keys)) == 9
    seen = {
        int(i) for each in elements(examples.batches(12, seed=5, sampler="labelled:9"), 5) for i in each["index"][::2]
    }
    assert {str(index) for index in seen} == set(keys)
    assert examples.labelled_keys("labelled:9:1") != keys


@pytest.mark.parametrize("recipe", RECIPES)
def test_starting_at_a_step_continues_an_unbroken_run(examples, recipe):
    unbroken = elements(examples.batches(12, seed=3, **recipe), 12)
    assert same(elements(examples.batches(12, seed=3, start_step=7, **recipe), 5), unbroken[7:])
    assert not same(elements(examples.batches(12, seed=4, **recipe), 5), unbroken[:5])


@pytest.mark.parametrize("recipe", RECIPES)
def test_shards_make_up_the_whole_batch(examples, recipe):
    whole = elements(examples.batches(12, **recipe), 3)
    shards = [elements(examples.batches(12, shard=(number, 3), **recipe), 3) for number in range(3)]
    for step, element in enumerate(whole):
        for name, values in element.items():
            union = np.concatenate([shard[step][name] for shard in shards])
            assert np.array_equal(union, values) if name != "image" else np.allclose(union, values, atol=1e-6)


def test_a_far_step_is_reached_at_once(examples):
    (element,) = elements(examples.batches(12, start_step=10**12), 1)
    assert element["index"].shape == (12,)


@pytest.mark.parametrize(("arguments", "words"), [((64,), "40 in `made` for batch_size 64"), ((40,), None)])
def test_a_batch_larger_than_the_set_is_refused(examples, arguments, words):
    if words is None:
        assert sorted(elements(examples.batches(*arguments), 1)[0]["index"]) == list(range(40))
        return
    with pytest.raises(UserError, match=words):
        examples.batches(*arguments)


def test_wrong_shards_and_names_are_refused(examples):
    with pytest.raises(UserError, match="cannot be divided among 5"):
        examples.batches(12, shard=(0, 5))
    with pytest.raises(UserError, match="sampler"):
        examples.batches(12, sampler="unifrm")
    with pytest.raises(UserError, match="augmentation"):
        examples.batches(12, augment="flop")


def test_a_folder_is_opened_cropped_and_resized(folder, save_picture):
    examples = open_dataset("image_folder", "all", image_shape=(8, 8, 1), data_dir=folder)
    assert examples.images.shape == (30, 8, 8, 1) and len(examples) == 30
    assert examples.keys_available == ("image", "index")
    assert examples.keys[:2] == ("00.png", "01.png")
    splits = [
        open_dataset("image_folder", s, image_shape=(8, 8, 1), data_dir=folder) for s in ("train", "validation+test")
    ]
    assert sorted(splits[0].keys + splits[1].keys) == list(examples.keys)


def test_load_dataset_is_open_then_batches():
    arguments = {"seed": 5, "start_step": 2, "sampler": "balanced:label", "augment": "flip"}
    loaded = load_dataset("digits", "validation", image_shape=(16, 16, 1), batch_size=8, **arguments)
    opened = open_dataset("digits", "validation", image_shape=(16, 16, 1)).batches(8, **arguments)
    assert same(elements(loaded, 2), elements(opened, 2))


def test_bad_pictures_stop_or_are_left_out(folder):
    (folder / "04.png").write_bytes(b"")
    with pytest.raises(DataError, match="04.png"):
        open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=folder)
    examples = open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=folder, skip_bad=True)
    assert len(examples) == len(examples.keys) == 29 and "04.png" not in examples.keys


def test_an_empty_split_says_the_way_out(tmp_path, save_picture):
    save_picture(tmp_path / "1.jpg")
    with pytest.raises(DataError, match="`validation` of `image_folder` holds no pictures.*`all`"):
        open_dataset("image_folder", "validation", image_shape=(8, 8, 3), data_dir=tmp_path)
    with pytest.raises(UserError, match="Too few pictures: 1 in"):
        load_dataset("image_folder", "all", image_shape=(8, 8, 3), batch_size=2, data_dir=tmp_path)


def test_wrong_names_are_refused_before_any_file_is_read():
    with pytest.raises(UserError, match="not an option"):
        open_dataset("utkface", image_shape=(8, 8, 3), data_dir="/nowhere", min_aeg=3)
    for wrong in ({"sampler": "unifrm"}, {"augment": "flop"}):
        with pytest.raises(UserError, match="Did you mean `(uniform|flip)`"):
            load_dataset("cats", image_shape=(8, 8, 3), batch_size=4, data_dir="/nowhere", **wrong)


@pytest.mark.parametrize("name", ["binary_digits", "digits", "drawn_faces"])
def test_sets_have_the_columns_that_they_are_registered_with(name):
    from keras_facegan.registry import DATASETS

    opened = open_dataset(name, image_shape=(8, 8, 3), **({"size": 40} if name == "drawn_faces" else {}))
    assert set(DATASETS.entry(name).about["columns"]) == set(opened.columns) - {"labelled"}


def test_sets_that_have_what_a_model_reads_are_named():
    named = r"\. Data sets with `label`: binary_digits, binary_mnist, digits, image_folder, mnist\.$"
    with pytest.raises(UserError, match=rf"reads `label`.*it has .*{named}"):
        open_dataset("drawn_faces", image_shape=(8, 8, 3), size=40, reads=("image", "label"))
    with pytest.raises(UserError, match=r"it has image, index, label, labelled\.$"):
        open_dataset("digits", image_shape=(8, 8, 1), reads=("nothing",))


def test_fit_takes_the_batches_without_a_warning(examples, recwarn):
    import keras

    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model({"image": image}, keras.layers.Dense(1)(keras.layers.Flatten()(image)))
    model.compile("sgd", "mse")
    pairs = examples.batches(12).map(lambda e: ({"image": e["image"]}, tf.cast(e["label"], "float32")))
    history = model.fit(pairs, steps_per_epoch=3, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    assert not [each for each in recwarn if "keras_facegan" in str(each.filename)]


def test_two_iterations_at_once_agree(examples):
    dataset = examples.batches(12, augment="flip+translate")
    pairs = itertools.islice(zip(dataset, dataset, strict=False), 6)
    assert all(np.array_equal(one["image"], other["image"]) for one, other in pairs)
