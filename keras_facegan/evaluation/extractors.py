"""The network that looks at pictures: the one that their data set declares, or the one that the user names."""

import typing

from keras_facegan.abilities import Classifies, Describes, Embeds
from keras_facegan.data.options import declared_extractor
from keras_facegan.errors import UserError
from keras_facegan.metrics.extractors import Extractor, inception_v3_keras
from keras_facegan.presets import list_models
from keras_facegan.pretrained import load_pretrained, weights_card

INCEPTION = "inception_v3_keras"
# What fits pictures of one's own.
FITTING = (
    "facenet/celeba_96 fits faces, cat_net/cats_64 cats, digit_net/mnist_28 digits; anything else takes "
    f"{INCEPTION}, whose weights come from keras.applications"
)


class Extractors(typing.NamedTuple):
    """What one network sees in pictures.

    Args:
        features: `Extractor` of features.
        probabilities: `Extractor` of the probabilities of classes, None where it tells none.
    """

    features: Extractor
    probabilities: Extractor | None


def fitting_extractor(dataset: str, setting: str) -> str:
    """Return the name of the extractor that a data set declares.

    Args:
        dataset: Name of the set.
        setting: How the user names one ("--extractor"), for the message.

    Raises:
        UserError: The set declares none, because nobody but its owner knows what it shows; says what fits.
    """
    name = declared_extractor(dataset)
    if name is None:
        raise UserError(
            f"`{dataset}` does not say what its pictures show, so the network that compares them must be named with "
            f"{setting}: {FITTING}."
        )
    return name


def check_extractor(name: str):
    """Raise `UserError` where a name is neither weights of the zoo nor `inception_v3_keras`."""
    if name != INCEPTION:
        weights_card(name)


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
