"""Training on several devices of one machine or of several ones: the strategy, and what all workers do in step.

A worker is a process. Each builds the same model, sees its part of every batch, and moves its own copy of the weights
by the gradients of the whole batch. Number 0 is the chief: what a run writes, it writes.
"""

import contextlib
import dataclasses
import hashlib
import os
import re
import signal
import sys
import threading

import keras
import tensorflow as tf

from keras_facegan.errors import UserError
from keras_facegan.seam import backend, replicas
from keras_facegan.seam.cluster import Cluster

# Seconds that a worker waits for the others to begin.
PATIENCE = 600
# What TensorFlow raises where another worker is gone.
_LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError)
# A process can have one strategy: a second one waits forever for the first (tensorflow#121429).
_started = None


@dataclasses.dataclass
class Distribution:
    """The devices that a run trains on; without arguments, the one device that TensorFlow takes by itself.

    Attributes:
        cluster: What was asked for.
        strategy: `tf.distribute.Strategy`, or None for one device.
    """

    cluster: Cluster = Cluster()
    strategy: tf.distribute.Strategy | None = None

    def __post_init__(self):
        self._asked = self._agreed = False

    @property
    def replicas(self) -> int:
        """Devices that take a step together, on all machines."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def workers(self) -> int:
        """Processes."""
        return max(1, len(self.cluster.workers))

    @property
    def is_chief(self) -> bool:
        """Whether this process writes what the run writes."""
        return self.cluster.worker == 0

    def scope(self) -> contextlib.AbstractContextManager:
        """Return the context in which models and optimizers are built."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def check_settings(self, train):
        """Raise `UserError` where a run with these settings cannot be trained on these devices.

        Args:
            train: `keras_facegan.recipe.Training`.
        """
        if self.strategy is None:
            return
        if train.jit_compile:
            raise UserError("train.jit_compile cannot be used with --distribute: add --nojit_compile.")
        if train.batch_size % self.replicas:
            raise UserError(
                f"train.batch_size {train.batch_size} cannot be divided among {self.replicas} devices: "
                f"set it to {max(1, round(train.batch_size / self.replicas)) * self.replicas}."
            )

    def in_words(self) -> str:
        """Return what computes, for people."""
        if self.strategy is None:
            return backend.device()
        kinds = sorted({tf.DeviceSpec.from_string(each).device_type for each in self.strategy.extended.worker_devices})
        machines = f" of {self.workers} workers" if self.workers > 1 else ""
        return f"{self.replicas} devices ({', '.join(kinds)}){machines}"

    def fit(self, model, batches_of, steps: int, callbacks: list):
        """Train as `model.fit` does, all devices in step.

        `keras.Model.fit` itself takes the mean of logs over workers along an axis that scalars do not have.

        Args:
            model: Compiled model, built in the `scope`.
            batches_of: Callable from `shard=(i, n)` to a `tf.data.Dataset`, the i-th of n equal parts of every batch.
            steps: Steps to take.
            callbacks: Keras callbacks.
        """
        self._asked = self._agreed = False
        if self.strategy is None:
            model.fit(batches_of(), steps_per_epoch=steps, callbacks=callbacks, verbose=0, shuffle=False)
            return
        # Initial values that follow the data do so everywhere alike.
        first = next(iter(batches_of().take(1)))
        model.check_data(first)
        model.begin(first)
        elements = iter(self.strategy.distribute_datasets_from_function(lambda context: self._own(batches_of)))
        step = self._step_of(model)
        callbacks = keras.callbacks.CallbackList(callbacks, model=model)
        model.stop_training = False
        callbacks.on_train_begin()
        model.reset_metrics()
        callbacks.on_epoch_begin(0)
        for number in range(steps):
            callbacks.on_train_batch_begin(number)
            logs, asking = step(next(elements), tf.constant(float(self._asked)))
            self._agreed = float(asking) > 0.0
            callbacks.on_train_batch_end(number, logs)
            if model.stop_training:
                break
        callbacks.on_epoch_end(0, logs)
        callbacks.on_train_end(logs)

    def _own(self, batches_of):
        """Return the batches of the replicas of this process, one replica after the other."""
        here = self.replicas // self.workers
        numbers = range(self.cluster.worker * here, (self.cluster.worker + 1) * here)
        parts = [batches_of(shard=(number, self.replicas)) for number in numbers]
        return tf.data.Dataset.choose_from_datasets(parts, tf.data.Dataset.range(here).repeat())

    def _step_of(self, model):
        """Return a compiled step: (batch, whether this worker asks to stop) -> (logs, whether any does)."""
        strategy = self.strategy

        @tf.function(autograph=False)
        def step(batch, asks):
            outputs = strategy.run(lambda batch: (model.train_step(batch), replicas.mean(asks)), args=(batch,))
            # All replicas have the same ones, for they are of the whole batch.
            return keras.tree.map_structure(lambda each: strategy.experimental_local_results(each)[0], outputs)

        return step

    def ask_to_stop(self):
        """Let all workers know, with the next step, that this one was asked to stop."""
        self._asked = True

    def must_stop(self) -> bool:
        """Return whether all workers stop after the step that was just taken, for one of them was asked to."""
        return self._agreed if self.workers > 1 else self._asked

    def check_alike(self, **facts: str):
        """Raise `UserError` on all workers where they do not agree.

        Args:
            **facts: What must be the same on every worker; the name of a fact is that for people, with _ for a space.
        """
        if self.workers == 1:
            return
        facts = {"versions": f"TensorFlow {tf.__version__}, Keras {keras.__version__}", **facts}
        # Seven hexadecimal digits are an int32, which every kind of device gathers.
        own = [int(hashlib.sha256(str(fact).encode()).hexdigest()[:7], 16) for fact in facts.values()]
        rows = self._of_all(own)
        for place, (name, fact) in enumerate(facts.items()):
            if len({*rows[:, place].tolist()}) > 1:
                # Who leaves while others still gather takes the reason away from them; now they know it too.
                with contextlib.suppress(*_LOST):
                    self.wait_for_all()
                shown = f" (here: {fact})" if len(str(fact)) < 40 else ""
                raise UserError(
                    f"The workers differ in their {name.replace('_', ' ')}{shown}. All of them need the same command, "
                    "the same pictures and the same --run_dir, on a file system that all machines share."
                )

    def wait_for_all(self):
        """Return when all workers have come here."""
        if self.workers > 1:
            self._of_all([0])

    def _of_all(self, numbers):
        """Return the int32 numbers (n) of all workers, (replicas, n)."""

        @tf.function
        def gathered():
            return self.strategy.run(lambda: replicas.gather(tf.constant([numbers], tf.int32)))

        return self.strategy.experimental_local_results(gathered())[0].numpy()

    @contextlib.contextmanager
    def watched(self):
        """Say in a `UserError` where another worker was lost."""
        try:
            yield
        except _LOST as error:
            if self.workers == 1:
                raise
            reason = re.search(r"aborted by: ([^\n]*)", error.message)
            reason = reason[1].rstrip(".") if reason else type(error).__name__
            others = ", ".join(self.cluster.workers)
            raise UserError(
                f"Worker {self.cluster.worker} lost another one of {others}: {reason}. See what the others said last, "
                "then start all of them again with the same commands: the run goes on from its newest checkpoint."
            ) from None


def start(cluster: Cluster, report=print) -> Distribution:
    """Start TensorFlow on the devices that are asked for; nothing may have used it before.

    Args:
        cluster: What is asked for.
        report: Callable that shows a line of text.

    Raises:
        UserError: There are not so many devices, the other workers cannot be reached, or this process trains on other
            devices already.
    """
    global _started
    if not cluster.kind:
        backend.start()
        return Distribution()
    if _started is not None:
        if _started.cluster != cluster:
            raise UserError("This process trains on other devices already: start another one.")
        return _started
    backend.prepare_gpus()
    strategy = _mirrored(cluster.devices) if cluster.kind == "mirrored" else _multi_worker(cluster, report)
    _started = Distribution(cluster, strategy)
    return _started


def _mirrored(devices):
    gpus, cpus = (tf.config.list_physical_devices(kind) for kind in ("GPU", "CPU"))
    if gpus:
        if devices > len(gpus):
            raise UserError(f"--devices {devices}: this machine has {len(gpus)} GPU{'s' if len(gpus) > 1 else ''}.")
        return tf.distribute.MirroredStrategy([f"GPU:{number}" for number in range(devices or len(gpus))])
    if not devices:
        raise UserError("--distribute mirrored finds no GPU here; --devices 2 tries it out on parts of the CPU.")
    tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * devices)
    return tf.distribute.MirroredStrategy([f"CPU:{number}" for number in range(devices)])


def _multi_worker(cluster, report):
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": cluster.workers}),
        task_type="worker",
        task_id=cluster.worker,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
        rpc_layer="grpc",
    )
    # XLA with the ring diverges (tensorflow#120986), hence no jit_compile.
    ring = tf.distribute.experimental.CommunicationImplementation.RING
    options = tf.distribute.experimental.CommunicationOptions(implementation=ring)
    report(f"Worker {cluster.worker} of {len(cluster.workers)} waits for the others: {', '.join(cluster.workers)}.")
    with _no_longer_than(PATIENCE, cluster):
        try:
            return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver, communication_options=options)
        except (tf.errors.OpError, RuntimeError) as error:
            own, reason = cluster.workers[cluster.worker], str(error).splitlines()[0].rstrip(".")
            raise UserError(
                f"Worker {cluster.worker} could not start at {own}: {reason}. Is the port free, and the address "
                "that of this machine?"
            ) from None


@contextlib.contextmanager
def _no_longer_than(seconds, cluster):
    """End the process, and let Ctrl-C end it, where native code waits for others who do not come."""

    def give_up():
        others = ", ".join(cluster.workers)
        print(
            f"error: Worker {cluster.worker} has waited for the others for {seconds} s: start all of {others}, with "
            "the same --workers.",
            file=sys.stderr,
            flush=True,
        )
        os._exit(1)

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_DFL) if is_main else None
    try:
        yield
    finally:
        timer.cancel()
        if is_main:
            signal.signal(signal.SIGINT, before)
