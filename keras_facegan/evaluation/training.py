"""What is measured of a model while it is trained."""

import functools

from keras_facegan.evaluation.extractors import default_extractor, open_extractors
from keras_facegan.evaluation.subject import Subject

# Few enough to be taken often; values of other numbers of pictures are not comparable with these.
NUM = 1000


def running_metrics(model, recipe, examples):
    """Return a callable () -> {name: float}, the metrics of `train.eval_metrics` of a model as it stands.

    Args:
        model: Model that is being trained.
        recipe: Its `Recipe`.
        examples: `Examples` that it is trained on.

    Raises:
        UserError: A metric that is unknown or that cannot be taken of this model.
    """
    names = recipe.train.eval_metrics.split("+")
    opened = functools.cache(lambda: open_extractors(default_extractor(recipe.data["dataset"])))
    about = {"split": recipe.data.get("split", "train"), "num": NUM, "seed": recipe.train.seed}
    Subject(model, recipe.name, examples, open_extractors=opened, **about).check(names)

    def measure():
        subject = Subject(model, recipe.name, examples, open_extractors=opened, **about)
        found = [result for name in names for result in subject.measure(name)]
        return {result.name: result.value for result in found if result.value is not None}

    return measure
