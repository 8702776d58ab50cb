"""What is measured of a model while it is trained."""

import functools

from keras_facegan.errors import TooFewPicturesError
from keras_facegan.evaluation.examination import Examination
from keras_facegan.evaluation.extractors import check_extractor, fitting_extractor, open_extractors
from keras_facegan.evaluation.subject import Part
from keras_facegan.registry import METRICS

# Few enough to be taken often; values of other numbers of pictures are not comparable with these.
NUM = 1000


def eval_metrics(recipe) -> list[str]:
    """Return the names of the metrics that a run takes as it goes on.

    Args:
        recipe: Checked `Recipe`.
    """
    return recipe.train.eval_metrics.split("+") if recipe.train.eval_every else []


def check_eval_extractor(recipe):
    """Raise `UserError` where a metric of a run needs a network that looks at pictures, and none can be had.

    Args:
        recipe: Checked `Recipe`.
    """
    if any({"extractor", "classifier"} & set(METRICS.get(name).needs) for name in eval_metrics(recipe)):
        check_extractor(_extractor(recipe))


def running_metrics(run):
    """Return a callable () -> {name: float}, the metrics of `train.eval_metrics` of a run's model as it stands.

    Args:
        run: `keras_facegan.run.Run` with its model and data.

    Raises:
        UserError: A metric that is unknown or that cannot be taken of this model.
    """
    recipe = run.recipe
    names, dataset = eval_metrics(recipe), recipe.data["dataset"]
    learnt = Part(dataset, recipe.data.get("split", "train"), lambda: run.examples)
    held_out = None if run.held_out is None else Part(dataset, "validation", lambda: run.held_out)
    opened = functools.cache(lambda: open_extractors(_extractor(recipe)))

    def examination():
        return Examination(run.model, recipe.name, learnt, held_out, opened, num=NUM, seed=recipe.train.seed)

    examination().check(names)

    @functools.cache
    def say_left_out(name, reason):
        run.report(f"{name} is left out: {reason}")

    def measure():
        current, values = examination(), {}
        for name in names:
            try:
                values |= {result.name: result.value for result in current.measure(name) if result.value is not None}
            except TooFewPicturesError as error:
                say_left_out(name, str(error))
        return values

    return measure


def _extractor(recipe):
    setting = "--set train.eval_extractor=NAME, for --eval_every"
    return recipe.train.eval_extractor or fitting_extractor(recipe.data["dataset"], setting)
