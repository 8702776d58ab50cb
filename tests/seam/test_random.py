"""Under tf.distribute replicas draw the rows of one device, and a step is that of the batch; noise of a step."""

import itertools
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.layers import Dropout
from keras_facegan.seam import random
from keras_facegan.seam.random import normal_of_step

# Seconds of the process of two replicas. It takes 8 s of one core, of which a busy machine gives it a tenth; a deadlock
# never ends.
LONGEST = 500

PROGRAM = """
import faulthandler
import json
import sys

# Where every thread stands, for the report of one that does not end.
faulthandler.dump_traceback_later(int(sys.argv[1]), exit=True)

import keras
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

from keras_facegan import create_model
from keras_facegan.layers import Dropout
from keras_facegan.seam import random, replicas
from keras_facegan.seam.gradients import leave_sums_to_minimize, minimize

with strategy.scope():
    seed, dropout = keras.random.SeedGenerator(5), Dropout(0.5, seed=7)

def on_replicas(fn):
    outputs = tf.function(lambda: strategy.run(fn))()
    return [each.numpy().tolist() for each in strategy.experimental_local_results(outputs)]

def number():
    return tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32)

kinds = {
    "normal": lambda: random.normal((3, 2), 2.0, seed=seed),
    "uniform": lambda: random.uniform((3,), -1.0, 2.0, seed=seed),
    "randint": lambda: random.randint((3,), 0, 100, seed=seed),
    "dropout": lambda: dropout(tf.ones((3, 4)), training=True),
}
draws = {name: [on_replicas(draw) for _ in range(2)] for name, draw in kinds.items()}
shared = {
    "mean": on_replicas(lambda: replicas.mean(number())),
    "means": on_replicas(lambda: replicas.means({"a": number(), "b": 3.0})["a"]),
    "sums": on_replicas(lambda: replicas.sums([None, number() + 1.0])[1]),
    "gather": on_replicas(lambda: replicas.gather(tf.reshape(number(), (1, 1)))),
}

def gated():
    # A branch of all replicas: the first step moves, the second does not.
    with strategy.scope():
        weight = keras.Variable([1.0, 1.0])
        optimizer = keras.optimizers.SGD(0.5)
        optimizer.build([weight])
        leave_sums_to_minimize(optimizer)
    after = []
    for moves in (True, False):
        def step():
            loss = lambda: (tf.reduce_sum(weight.value * (number() + 1.0)), {})
            return minimize(loss, [([weight], optimizer)], when=tf.constant(moves))[2][0]

        norms = on_replicas(step)
        after.append([norms, np.asarray(weight).tolist(), int(np.asarray(optimizer.iterations))])
    return after

def trained(distributed, optimizer):
    with strategy.scope() if distributed else tf.distribute.get_strategy().scope():
        model = create_model("dcgan", "tiny", seed=1, ema_decay=0.0)
        model.compile(optimizer)
    # Equal latents and sixteen equal pictures: half a batch has the statistics of a whole one.
    images = np.broadcast_to(np.linspace(-1, 1, 32 * 32 * 3, dtype="float32").reshape(1, 32, 32, 3), (16, 32, 32, 3))
    model.prior.draw = lambda batch_size, seed: tf.ones((batch_size, 8))
    seen = []
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(
        {name: float(value) for name, value in logs.items()}))
    data = tf.data.Dataset.from_tensors({"image": images}).repeat()
    model.fit(data, steps_per_epoch=2, callbacks=[keep], verbose=0, shuffle=False)
    return seen, [np.asarray(v).ravel().tolist() for v in model.trainable_variables]

def compared():
    from keras_facegan.layers.minibatch_discrimination import MinibatchDiscrimination

    with strategy.scope():
        layer = MinibatchDiscrimination(2, 3)
        layer.build((None, 4))
        model = create_model("gan", "tiny", seed=1, minibatch_kernels=2)
        model.compile({"name": "sgd", "learning_rate": 0.01})
    features = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    parts = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(features[3 * context.replica_id_in_sync_group :][:3]))
    apart = strategy.experimental_local_results(tf.function(lambda x: strategy.run(layer, args=(x,)))(parts))
    alone = [layer(features[:3]), layer(features[3:])]
    own = next(each for each in model.discriminator.layers if isinstance(each, MinibatchDiscrimination))
    start, sizes = own.start, []
    own.start = lambda features: sizes.append(len(features)) or start(features)
    images = np.random.default_rng(0).uniform(-1, 1, (16, 8, 8, 1)).astype("float32")
    model.fit(tf.data.Dataset.from_tensors({"image": images}), verbose=0, shuffle=False)
    finite = all(np.isfinite(np.asarray(each)).all() for each in model.trainable_variables)
    as_lists = [[np.asarray(each).tolist() for each in outputs] for outputs in (apart, alone)]
    return {"apart": as_lists[0], "alone": as_lists[1], "sizes": sizes, "finite": finite}

optimizer = {"name": "sgd", "learning_rate": 0.01}
steps = {"one": trained(False, optimizer), "two": trained(True, optimizer)}
print(json.dumps({"compared": compared(), "draws": draws, "shared": shared, "gated": gated(), **steps}))
"""


@pytest.fixture(scope="module")
def told():
    # Two replicas on two devices need no more threads than that.
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(LONGEST)],
        capture_output=True,
        text=True,
        cwd=pathlib.Path(__file__).parents[2],
        env=os.environ | threads,
        timeout=LONGEST + 60,
    )
    assert "Timeout (" not in done.stderr, f"No end within {LONGEST} s; its threads:\n{done.stderr[-5000:]}"
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_replicas_together_draw_what_a_single_device_draws(told):
    seed, dropout = keras.random.SeedGenerator(5), Dropout(0.5, seed=7)
    kinds = {
        "normal": lambda: random.normal((6, 2), 2.0, seed=seed),
        "uniform": lambda: random.uniform((6,), -1.0, 2.0, seed=seed),
        "randint": lambda: random.randint((6,), 0, 100, seed=seed),
        "dropout": lambda: dropout(tf.ones((6, 4)), training=True),
    }
    for name, draw in kinds.items():
        for found in told["draws"][name]:
            np.testing.assert_allclose(np.concatenate(found), draw(), rtol=1e-6, err_msg=name)
    draws = np.array(told["draws"]["normal"])
    assert draws.shape == (2, 2, 3, 2) and len(np.unique(draws)) == draws.size


def test_replicas_know_what_all_of_them_have(told):
    assert told["shared"] == {
        "mean": [0.5, 0.5],
        "means": [0.5, 0.5],
        "sums": [3.0, 3.0],
        "gather": [[[0.0], [1.0]]] * 2,
    }


def test_a_step_that_is_gated_moves_all_replicas_or_none(told):
    # The loss is the mean of w and 2 w, so the gradient 1.5 for both weights.
    norm = pytest.approx(1.5 * 2**0.5)
    (first, moved, steps), (second, stays, still) = told["gated"]
    assert first == [norm, norm] and moved == [0.25, 0.25] and steps == 1
    assert second == [norm, norm] and stays == moved and still == 1


def test_two_replicas_take_the_step_of_one_device(told):
    (one, one_weights), (two, two_weights) = told["one"], told["two"]
    assert len(one) == len(two) == 2
    for expected, found in zip(one, two, strict=True):
        for name in ("d_loss", "g_loss", "real_score", "fake_score"):
            assert found[name] == pytest.approx(expected[name], rel=1e-4), name
    for expected, found in zip(one_weights, two_weights, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_replicas_compare_their_own_pictures(told):
    compared = told["compared"]
    np.testing.assert_allclose(compared["apart"], compared["alone"], rtol=1e-5)
    # Started by what one replica sees of the first batch.
    assert compared["sizes"] == [8] and compared["finite"]


def test_without_replicas_the_numbers_are_those_of_keras():
    mine, theirs = keras.random.SeedGenerator(7), keras.random.SeedGenerator(7)
    np.testing.assert_array_equal(random.normal((4, 3), seed=mine), keras.random.normal((4, 3), seed=theirs))
    np.testing.assert_array_equal(random.uniform((4,), -2.0, seed=mine), keras.random.uniform((4,), -2.0, seed=theirs))
    np.testing.assert_array_equal(random.randint((4,), 0, 9, seed=mine), keras.random.randint((4,), 0, 9, seed=theirs))


def test_normal_numbers_of_a_step_are_a_function_of_seed_and_step():
    draws = {(seed, step): normal_of_step((500,), seed, step).numpy() for seed in (0, 1) for step in (0, 1)}
    for first, second in itertools.combinations(draws.values(), 2):
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
    compiled = tf.function(lambda step: normal_of_step((500,), 1, step))
    np.testing.assert_array_equal(compiled(tf.constant(1)), draws[1, 1])
    together = np.concatenate(list(draws.values()))
    np.testing.assert_allclose((together.mean(), together.std()), (0.0, 1.0), atol=0.08)
