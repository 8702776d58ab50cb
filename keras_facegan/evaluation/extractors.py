"""The network that looks at pictures, by its name in the zoo or by what the pictures show."""

import typing

from keras_facegan.abilities import Classifies, Describes, Embeds
from keras_facegan.errors import UserError
from keras_facegan.metrics.extractors import Extractor, inception_v3_keras
from keras_facegan.presets import list_models
from keras_facegan.pretrained import load_pretrained, weights_card

INCEPTION = "inception_v3_keras"

# By what is in the name of the data set, first match first; the zoo's other sets show faces.
_BY_DATA = {"mnist": "digit_net/mnist_28", "digits": "digit_net/default", "cats": "cat_net/cats_64"}
_OF_FACES = "facenet/celeba_96"


class Extractors(typing.NamedTuple):
    """What one network sees in pictures.

    Args:
        features: `Extractor` of features.
        probabilities: `Extractor` of the probabilities of classes, None where it tells none.
    """

    features: Extractor
    probabilities: Extractor | None


def default_extractor(dataset):
    """Return the name of the extractor for a data set, told by the name of the set."""
    return next((name for key, name in _BY_DATA.items() if key in dataset), _OF_FACES)


def open_extractors(name, inception_weights=None):
    """Load an extractor.

    Args:
        name: "model/weights" of the zoo, or "inception_v3_keras".
        inception_weights: Path of keras.applications' file of weights, for "inception_v3_keras".

    Raises:
        UserError: There are no such weights, or the model gives no features; says which do.
    """
    if name == INCEPTION:
        return Extractors(inception_v3_keras(inception_weights), None)
    if inception_weights is not None:
        raise UserError(f"--inception_weights belong to --extractor {INCEPTION}, got --extractor {name}.")
    _, card = weights_card(name)
    model = load_pretrained(name)
    if isinstance(model, Describes):
        method = model.features
    elif isinstance(model, Embeds):
        method = model.embed
    else:
        known = [each for each in list_models(pretrained=True) if each.split("/")[0] in _extracting()]
        raise UserError(f"{name} gives no features of pictures; these do: {', '.join([*known, INCEPTION])}.")

    def of(function):
        return Extractor(name, function, model.image_shape, card["sha256"])

    return Extractors(of(method), of(model.classify) if isinstance(model, Classifies) else None)


def _extracting():
    from keras_facegan.registry import MODELS

    return [name for name in MODELS.names() if issubclass(MODELS.get(name), Describes | Embeds)]
