import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_facegan.data.sampling import make_sampler
from keras_facegan.errors import UserError

N = 60
COLUMNS = {
    "label": np.repeat(np.arange(3, dtype="int32"), [30, 20, 10]),
    "labelled": np.ones(N, dtype=bool),
    "gender": (np.arange(N) % 7 == 0).astype("int32"),
    "age": np.linspace(1, 90, N).astype("float32"),
    "identity": np.repeat(np.arange(15, dtype="int32"), 4),
    "attributes": np.zeros((N, 40), dtype="float32"),
}
NAMES = [
    "uniform",
    "views:2",
    "views:3",
    "balanced:label",
    "balanced:age",
    "balanced:age:30/50",
    "identities:3x4",
    "labelled:7",
]


def draw(name, steps, batch_size=12, seed=0, columns=COLUMNS):
    sample, _ = make_sampler(name, columns, N, batch_size, seed)
    return [sample(step) for step in steps]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_does_not_depend_on_the_steps_before(name):
    forwards = draw(name, range(40))
    backwards = draw(name, reversed(range(40)))[::-1]
    assert np.array_equal(forwards, backwards)
    assert np.array_equal(draw(name, [33]), forwards[33:34])
    assert all(step.dtype == np.int64 and step.shape == (12,) for step in forwards)
    assert np.min(forwards) >= 0 and np.max(forwards) < N
    assert not np.array_equal(draw(name, range(40), seed=1), forwards)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**40), st.integers(0, 10**9))
def test_uniform_meets_every_example_once_an_epoch(num_examples, batch_size, seed, first):
    batch_size = min(batch_size, num_examples)
    sample, _ = make_sampler("uniform", {}, num_examples, batch_size, seed)
    # Whole epochs lie between multiples of both numbers.
    start = first * num_examples
    drawn = np.concatenate([sample(start + step) for step in range(num_examples)])
    for epoch in drawn.reshape(batch_size, num_examples):
        assert np.array_equal(np.sort(epoch), np.arange(num_examples))


def test_epochs_are_shuffled_differently():
    first, second = np.reshape(draw("uniform", range(10)), (2, N))
    assert not np.array_equal(first, second) and not np.array_equal(first, np.arange(N))


def test_views_repeat_every_picture_of_an_epoch_next_to_itself():
    drawn = np.reshape(draw("views:3", range(15)), (N, 3))
    assert (drawn == drawn[:, :1]).all()
    assert np.array_equal(np.sort(drawn[:, 0]), np.arange(N))


@pytest.mark.parametrize(("name", "bins"), [("balanced:label", 3), ("balanced:gender", 2), ("balanced:age:30/50", 3)])
def test_balanced_draws_classes_equally_and_all_of_a_class(name, bins):
    drawn = np.concatenate(draw(name, range(30)))
    column = name.split(":")[1]
    values = COLUMNS[column] if column != "age" else np.digitize(COLUMNS["age"], [30, 50], right=True)
    assert np.bincount(values[drawn], minlength=bins).tolist() == [360 // bins] * bins
    # A class of n examples is gone through without repeats.
    rarest = drawn[values[drawn] == bins - 1]
    size = (values == bins - 1).sum()
    assert len(set(rarest[:size])) == size


def test_balanced_age_counts_an_edge_to_the_lower_bin():
    ages = {"age": np.array([10.0] * 59 + [10.5], dtype="float32")}
    assert (np.concatenate(draw("balanced:age", range(10), columns=ages)) == 59).mean() == 0.5


def test_identities_are_distinct_people_with_distinct_pictures():
    for batch in draw("identities:3x4", range(50)):
        groups = COLUMNS["identity"][batch].reshape(3, 4)
        assert (groups == groups[:, :1]).all() and len(set(groups[:, 0])) == 3
        assert len(set(batch)) == 12
    # Everybody appears once an epoch of 5 steps.
    people = COLUMNS["identity"][np.concatenate(draw("identities:3x4", range(5)))]
    assert np.bincount(people).tolist() == [4] * 15


def test_identities_leaves_out_people_with_too_few_pictures():
    columns = {"identity": np.array([0] * 50 + [1] * 4 + [2] * 3 + [3, 4, 5], dtype="int32")}
    for batch in draw("identities:2x4", range(5), batch_size=8, columns=columns):
        assert set(columns["identity"][batch]) == {0, 1}
    with pytest.raises(UserError, match="3 people with 4 pictures or more; 2 of 6 people"):
        draw("identities:3x4", [0], columns=columns)


def test_labelled_keeps_few_labels_of_every_class_in_every_other_place():
    sample, columns = make_sampler("labelled:7", COLUMNS, N, 12, 0)
    assert columns["labelled"].sum() == 7
    assert sorted(np.bincount(COLUMNS["label"][columns["labelled"]])) == [2, 2, 3]
    assert np.array_equal(columns["label"] != -1, columns["labelled"])
    assert np.array_equal(columns["label"][columns["labelled"]], COLUMNS["label"][columns["labelled"]])
    drawn = np.stack([sample(step) for step in range(20)])
    assert columns["labelled"][drawn[:, ::2]].all()
    # The other places go through all examples: 120 draws are two epochs.
    assert np.bincount(drawn[:, 1::2].ravel()).tolist() == [2] * N
    assert np.bincount(drawn[:, ::2].ravel()).max() == -(-120 // 7)
    assert COLUMNS["labelled"].all()


def test_which_examples_are_labelled_is_a_matter_of_their_own_seed():
    def shown(name, seed):
        return make_sampler(name, COLUMNS, N, 12, seed)[1]["labelled"]

    np.testing.assert_array_equal(shown("labelled:7", 0), shown("labelled:7", 5))
    np.testing.assert_array_equal(shown("labelled:7:3", 0), shown("labelled:7:3", 5))
    np.testing.assert_array_equal(shown("labelled:7", 0), shown("labelled:7:0", 0))
    assert (shown("labelled:7", 0) != shown("labelled:7:3", 0)).any()
    # The order in which they come is the run's.
    assert not np.array_equal(draw("labelled:7:3", range(9)), draw("labelled:7:3", range(9), seed=1))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unifrom", "Did you mean `uniform`"),
        ("uniform:3", "no argument"),
        ("balanced:lable", "Did you mean `label`"),
        ("balanced:attributes", "one class"),
        ("balanced:label:30", "one class"),
        ("balanced:age:young", "upper edges"),
        ("identities:8", "8 people with 4"),
        ("identities:5x4", "batch_size 12"),
        ("views", "every picture twice"),
        ("views:0", "every picture twice"),
        ("views:5", "batch_size 12 is no multiple"),
        ("labelled:many", "100 labelled"),
        ("labelled:7:a", "those of seed 3"),
        ("labelled:61", "there are 60"),
        ("labelled:2", "a class without a label: there are 3 classes"),
    ],
)
def test_a_wrong_sampler_is_refused(name, words):
    with pytest.raises(UserError, match=words):
        draw(name, [0])


def test_a_missing_column_is_named():
    with pytest.raises(UserError, match="needs the column `identity`"):
        draw("identities:3x4", [0], columns={})


def test_phases_take_turns_at_their_steps():
    name = "uniform until 5 then identities:3x4 until 9 then balanced:label"
    drawn = draw(name, range(12))
    for first, last, single in ((0, 5, "uniform"), (5, 9, "identities:3x4"), (9, 12, "balanced:label")):
        np.testing.assert_array_equal(drawn[first:last], draw(single, range(first, last)))
    np.testing.assert_array_equal(draw(name, [10, 2]), [drawn[10], drawn[2]])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("uniform until 5 then identitys:3x4", "Did you mean `identities`"),
        ("uniform then identities:3x4", "names a later step each time"),
        ("uniform until 5 then uniform until 5 then uniform", "names a later step each time"),
        ("uniform until 5", "is not a sampler"),
        ("labelled:7 until 5 then uniform", "no phase of one"),
    ],
)
def test_wrong_phases_are_refused(name, message):
    with pytest.raises(UserError, match=message):
        draw(name, [0])
