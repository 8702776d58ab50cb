"""What a trained model can do, as protocols: the signature to call, and the words that a user reads.

The command line, runs, evaluation and the contract test ask this file, and nothing else, what a model can do. The
first line of a docstring completes the sentence "it can ...".
"""

import inspect
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.registry import MODELS

# Models that a message names; more would not be read.
FEW = 5


@runtime_checkable
class Generates(Protocol):
    """draw new pictures"""

    def generate(self, num_images: int = 1, seed: int = 0) -> np.ndarray:
        """Return float32 pictures (num_images, H, W, C) in [-1, 1]; picture i depends on `seed` and i alone."""


@runtime_checkable
class Decodes(Protocol):
    """draw pictures from latent codes"""

    prior: Any
    conditions: tuple

    def sample_latents(self, n: int, seed: int = 0) -> np.ndarray:
        """Return float32 codes (n, latent_dim)."""

    def sample_inputs(self, n: int, seed: int = 0, **wanted) -> dict[str, np.ndarray]:
        """Return codes and conditions, the arguments of `decode`, for `n` pictures."""

    def grid(self, num: int, seed: int = 0, columns: int | None = None, **wanted) -> Any:
        """Return the arguments of `decode` for a grid of about `num` pictures, its columns, and names of its rows."""

    def condition_inputs(self, n: int, **conditions) -> dict[str, np.ndarray]:
        """Return the arguments of `decode` besides the codes, for `n` pictures whose conditions are known."""

    def decode(self, latents: np.ndarray, **conditions) -> np.ndarray:
        """Return float32 pictures (n, H, W, C) in [-1, 1] of codes (n, latent_dim)."""


@runtime_checkable
class Tempers(Protocol):
    """draw pictures at a temperature"""

    # Where none is asked for; `generate`, `grid` and `sample_inputs` take another one as `temperature`.
    sampling_temperature: float


@runtime_checkable
class Ages(Protocol):
    """age faces"""

    def age(self, images, target_group=None, source_group=None, *, to=None, gender=None) -> np.ndarray:
        """Return faces (n, side, side, 3) of other ages."""

    def age_path(self, images, source_group, *, gender=None) -> np.ndarray:
        """Return faces in all age groups, (n, groups, side, side, 3)."""


@runtime_checkable
class EstimatesAge(Protocol):
    """estimate ages"""

    def estimate_age(self, images) -> np.ndarray:
        """Return ages (n,) in years."""


@runtime_checkable
class Embeds(Protocol):
    """embed faces"""

    def embed(self, images) -> np.ndarray:
        """Return unit vectors (n, D)."""


@runtime_checkable
class Verifies(Protocol):
    """compare faces"""

    def verify(self, a, b, far: float = 1e-2) -> Any:
        """Say of pairs of pictures whether they show the same person."""


@runtime_checkable
class Identifies(Protocol):
    """name people"""

    def identify(self, images, gallery, names, neighbours: int = 1) -> Any:
        """Name the people of pictures by a gallery."""


@runtime_checkable
class Describes(Protocol):
    """give features of pictures"""

    def features(self, images) -> np.ndarray:
        """Return features (n, D)."""


@runtime_checkable
class Classifies(Protocol):
    """classify pictures"""

    def classify(self, images) -> np.ndarray:
        """Return probabilities (n, classes)."""


@runtime_checkable
class Encodes(Protocol):
    """encode pictures"""

    def encode(self, images) -> np.ndarray:
        """Return the codes (n, latent_dim) of pictures, those that `decode` or `rebuild` draws them from."""


@runtime_checkable
class Rebuilds(Protocol):
    """rebuild pictures from their codes"""

    def rebuild(self, images) -> np.ndarray:
        """Return float32 pictures (n, H, W, C) in [-1, 1], as near to the given ones as their codes allow."""


@runtime_checkable
class GivesLikelihood(Protocol):
    """say how likely pictures are"""

    # Distance of neighbouring values of a picture as its density sees them; 1 where `log_prob` gives probabilities.
    level_width: float

    def log_prob(self, images) -> np.ndarray:
        """Return float32 (n,): the log-likelihood of pictures in [-1, 1], or a lower bound of it, in nats."""


@runtime_checkable
class Completes(Protocol):
    """complete pictures from their upper rows"""

    # `Levels` that a value may have, and what pictures are conditioned on.
    levels: Any
    conditions: tuple

    def complete(self, images, rows: int, seed: int = 0, advance: Callable | None = None) -> np.ndarray:
        """Return float32 pictures (n, H, W, C) in [-1, 1] with the given upper rows, what lies below drawn anew."""


@runtime_checkable
class Recognises(Protocol):
    """recognise attributes"""

    attributes: tuple[str, ...]

    def recognise(self, images) -> np.ndarray:
        """Return the probabilities (n, attributes) that faces have attributes, in the order of `attributes`."""


@runtime_checkable
class Transforms(Protocol):
    """change attributes of faces"""

    attributes: tuple[str, ...]

    def transform(self, images, changes: dict[str, int]) -> np.ndarray:
        """Return float32 faces (n, H, W, C) in [-1, 1] with some attributes set to 1 or 0, the others kept."""


@runtime_checkable
class Translates(Protocol):
    """translate pictures from one domain to another"""

    def translate(self, images, to: str) -> np.ndarray:
        """Return float32 pictures (n, H, W, C) in [-1, 1] of the domain `to`, "A" or "B"."""


@runtime_checkable
class Restores(Protocol):
    """restore pictures"""

    # What is undone ("sr4"), how many times larger the result is, and how far around a place its result depends on.
    task: str
    scale: int
    reach: int

    def restore(self, images, known=None) -> np.ndarray:
        """Return float32 pictures (n, scale H, scale W, C) in [-1, 1] of spoilt ones (n, H, W, C) of any size."""


@runtime_checkable
class Exports(Protocol):
    """be exported"""

    def export_signatures(self) -> dict[str, tuple[Any, dict, Callable]]:
        """Return `{name: (network, example inputs, the method it equals)}`."""


ABILITIES = (
    Generates, Decodes, Tempers, Encodes, Rebuilds, GivesLikelihood, Completes, Ages, EstimatesAge, Embeds, Verifies,
    Identifies, Describes, Classifies, Recognises, Transforms, Translates, Restores, Exports,
)  # fmt: skip


def words(ability: type) -> str:
    """Return what completes the sentence "it can ..."."""
    return ability.__doc__.splitlines()[0]


def can(model, ability: type) -> bool:
    """Say whether a model, or every model of a class, has an ability.

    What a class lacks before a model of it is built, such as the prior of its codes, does not count: methods do. An
    ability without methods is one that classes say by themselves.

    Args:
        model: Model, or class of models.
        ability: One of `ABILITIES`.
    """
    if not isinstance(model, type):
        return isinstance(model, ability)
    methods = [name for name, member in vars(ability).items() if inspect.isfunction(member) and name[0] != "_"]
    return all(hasattr(model, name) for name in methods or inspect.get_annotations(ability))


def require(model, *abilities: type, name: str | None = None):
    """Raise `UserError` that says what a model can do and, where they are few, which models can do what it cannot.

    Args:
        model: Model, or class of models, which can be asked before any weights are loaded.
        *abilities: What it must be able to do.
        name: Its name for the message; that of the model unless given.
    """
    for ability in abilities:
        if not can(model, ability):
            others = ", ".join(words(each) for each in ABILITIES if can(model, each))
            capable = [other for other in MODELS.names() if can(MODELS.get(other), ability)]
            hint = f" Models that can: {', '.join(capable)}." if len(capable) <= FEW else ""
            raise UserError(
                f"{name or model.name} cannot {words(ability)}; it can {others or 'be trained only'}.{hint}"
            )
