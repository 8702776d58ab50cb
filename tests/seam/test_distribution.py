"""What holds of devices and workers without starting any; `tests/test_distributed.py` starts them."""

import dataclasses
import signal
import time
import types

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import recipe
from keras_facegan.errors import UserError
from keras_facegan.seam import distribution
from keras_facegan.seam.cluster import Cluster
from keras_facegan.seam.distribution import Distribution

TWO = Cluster("multi_worker", 0, ("10.0.0.1:2222", "10.0.0.2:2222"), 1)


def of_replicas(count, cluster=TWO):
    return Distribution(cluster, types.SimpleNamespace(num_replicas_in_sync=count))


def test_without_arguments_it_is_one_device():
    one = Distribution()
    assert (one.replicas, one.workers, one.is_chief) == (1, 1, True)
    with one.scope():
        assert not tf.distribute.has_strategy()
    # Nobody is asked.
    one.check_alike(recipe="any")
    one.wait_for_all()
    one.check_settings(recipe.Training(steps=1, batch_size=7, jit_compile=True))
    assert not one.must_stop()
    one.ask_to_stop()
    assert one.must_stop()


def test_a_worker_stops_when_all_have_agreed():
    worker = of_replicas(2)
    assert (worker.workers, worker.is_chief) == (2, False)
    worker.ask_to_stop()
    assert not worker.must_stop()


@pytest.mark.parametrize(
    ("replicas", "settings", "words"),
    [
        (3, {"batch_size": 64}, "train.batch_size 64 cannot be divided among 3 devices: set it to 63"),
        (4, {"batch_size": 1}, "set it to 4"),
        (2, {"jit_compile": True}, "train.jit_compile cannot be used with --distribute: add --nojit_compile"),
        (4, {"batch_size": 64}, None),
    ],
)
def test_settings_that_devices_cannot_share_are_refused(replicas, settings, words):
    train = dataclasses.replace(recipe.Training(steps=1), **settings)
    if words is None:
        of_replicas(replicas).check_settings(train)
        return
    with pytest.raises(UserError, match=words):
        of_replicas(replicas).check_settings(train)


def test_replicas_of_a_process_get_their_parts_one_after_the_other():
    asked = []

    def batches_of(shard):
        asked.append(shard)
        return tf.data.Dataset.from_tensor_slices(10 * np.arange(3) + shard[0])

    worker = of_replicas(4)
    assert [int(each) for each in worker._own(batches_of)] == [2, 3, 12, 13, 22, 23]
    assert asked == [(2, 4), (3, 4)]


def test_a_lost_worker_is_one_line_and_another_error_is_not():
    message = "Detected at node X\nCollective ops is aborted by: Socket closed\nAdditional"
    with pytest.raises(UserError) as error, of_replicas(2).watched():
        raise tf.errors.UnavailableError(None, None, message)
    said = str(error.value)
    assert said.startswith("Worker 1 lost another one of 10.0.0.1:2222, 10.0.0.2:2222: Socket closed. ")
    with pytest.raises(tf.errors.UnavailableError), Distribution().watched():
        raise tf.errors.UnavailableError(None, None, message)
    with pytest.raises(tf.errors.InvalidArgumentError), of_replicas(2).watched():
        raise tf.errors.InvalidArgumentError(None, None, "Shape mismatch")


def test_a_process_has_one_strategy(monkeypatch):
    started = of_replicas(2)
    monkeypatch.setattr(distribution, "_started", started)
    assert distribution.start(TWO) is started
    with pytest.raises(UserError, match="other devices already"):
        distribution.start(Cluster("mirrored", 2))


def test_waiting_for_others_has_an_end(monkeypatch, capfd):
    codes, before = [], signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(distribution.os, "_exit", codes.append)
    with distribution._no_longer_than(60, TWO):
        # Python's own handler would wait for the native code that waits.
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is before and not codes
    with distribution._no_longer_than(0, TWO):
        until = time.monotonic() + 60
        while not codes and time.monotonic() < until:
            time.sleep(0.01)
    assert codes == [1]
    assert "error: Worker 1 has waited for the others for 0 s: start all of 10.0.0.1:2222" in capfd.readouterr().err
