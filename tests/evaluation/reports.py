"""Reports whose values are made up, to be shown."""

from keras_facegan.evaluation.candidates import Candidate
from keras_facegan.evaluation.measuring import Report
from keras_facegan.evaluation.results import Result

LOOKED = {"extractor": "cat_net/cats_64", "weights": "ab" * 32, "image_shape": [64, 64, 3], "resize": "bicubic"}
ABOUT = {"dataset": "cats", "split": "all"}


def result(name, value, metric="", group="", **about):
    """Return a `Result` of a metric that is called like its value unless said."""
    settings = {"settings": ABOUT, "n_real": 10, **about}
    name, metric = f"{name}_{group}" if group else name, metric or name
    return Result(name, value, metric=metric, group=group, **settings)


def report(*results, name="dcgan/cats_64", trained=True, left_out=None, pictures=None):
    """Return a `Report` of results, with nothing to draw new ones from."""
    candidate = Candidate(name, {"dataset": "cats"}, load=lambda report: None, trained=trained)
    made = Report(candidate, [*results], left_out or {}, examination=None)
    made.__dict__["pictures"] = pictures or {}
    return made
