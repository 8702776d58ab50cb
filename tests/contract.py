"""What the tests of the contract stand on: a model of the zoo, fitted for a few steps by its [tiny] preset."""

import dataclasses
import json
import pathlib
import subprocess

import keras
import numpy as np
import tensorflow as tf

from keras_facegan import checkpoint, recipe, run
from keras_facegan.seam import runtime

STEPS = 4
HALF = 2

if tf.config.list_physical_devices("GPU"):
    # A GPU adds up in any order unless it is told not to.
    runtime.deterministic_kernels()


@dataclasses.dataclass
class Fitted:
    """A model after `STEPS` steps, and what was seen on the way. Tests only look at it."""

    name: str
    recipe: recipe.Recipe
    examples: object
    model: keras.Model
    logs: list
    state: dict
    folder: pathlib.Path


class Recorder(keras.callbacks.Callback):
    """Keep the logs of every step, and save a checkpoint half-way."""

    def __init__(self, folder=None):
        super().__init__()
        self.folder, self.logs = folder, []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append({name: float(value) for name, value in logs.items()})
        # Keras' logs are means: begin anew, so that each one speaks of its step.
        self.model.reset_metrics()
        if self.folder is not None and len(self.logs) == HALF:
            checkpoint.save(self.folder, self.model, HALF, {})


def tiny(name, **training):
    """Return the recipe of a model's [tiny] preset, with some settings of training changed."""
    return recipe.resolve(name, "tiny", [(f"train.{key}", value) for key, value in training.items()])


def fitted(name, folder):
    """Build and fit a model's [tiny] preset."""
    plan = tiny(name, seed=1)
    model = run.build(plan)
    examples = run.open_examples(plan, model)
    model.adapt(examples)
    recorder = Recorder(folder)
    fit(model, plan, examples, 0, STEPS, recorder)
    return Fitted(name, plan, examples, model, recorder.logs, values(model), folder)


def fit(model, plan, examples, start, stop, recorder):
    """Train from one global step to another, on the data that belong to these steps."""
    batches = element_dataset(model, plan, examples, start)
    model.fit(batches, steps_per_epoch=stop - start, callbacks=[recorder], verbose=0, shuffle=False)


def element_dataset(model, plan, examples, start=0):
    """Return the training data of a recipe from a step on."""
    size = plan.train.batch_size * model.batches_per_step
    sampler, augment = plan.data.get("sampler", "uniform"), plan.data.get("augment", ())
    return examples.batches(size, seed=plan.train.seed, start_step=start, sampler=sampler, augment=augment)


def element(model, plan, examples):
    """Return the data of step 0."""
    return next(iter(element_dataset(model, plan, examples)))


def values(model):
    """Return a copy of everything that training changes, by name."""
    return {name: np.asarray(variable).copy() for name, variable in checkpoint.training_state(model).items()}


def network_values(model):
    """Return copies of the trainable weights, by network and path."""
    return {
        network: {each.path: np.asarray(each).copy() for each in getattr(model, network).trainable_variables}
        for network in model.networks
    }


def changed(before, after):
    """Return the names whose arrays differ in any bit."""
    assert set(before) == set(after)
    return {name for name in before if before[name].tobytes() != after[name].tobytes()}


def half_precision(array):
    """Round as a weights file does: kernels to float16, vectors not at all."""
    return array.astype("float16").astype("float32") if array.ndim > 1 else array


class Reader:
    """One process that reads all exports back in place of `subprocess`: each by itself would import TensorFlow anew."""

    PIPE = subprocess.PIPE
    LOOP = (
        "import json, runpy, sys\nfor line in sys.stdin:\n    runpy.run_path(sys.argv[1])['main'](*json.loads(line))\n"
    )
    LOOP += "    print(flush=True)\n"

    def __init__(self):
        self.process = None

    def run(self, command, env, **_):
        """Do what `[python, -P, script, *arguments]` does."""
        script, *arguments = map(str, command[2:])
        if self.process is None:
            started = [command[0], "-P", "-c", self.LOOP, script]
            self.process = subprocess.Popen(started, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        answered = self.process.stdout.readline()
        return subprocess.CompletedProcess(command, 0 if answered else 1, stderr="see above")

    def close(self):
        if self.process is not None:
            self.process.communicate()
