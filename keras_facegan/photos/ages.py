"""How old the people on a photo look, and how wrong such an estimate is."""

import numpy as np

from keras_facegan.abilities import EstimatesAge
from keras_facegan.photos.networks import Network, data_set_of, is_run, load_network
from keras_facegan.photos.search import Found
from keras_facegan.pretrained import weights_card

# The best estimator for photos of real faces.
ESTIMATOR = "age_estimator/utkface_112"


def estimator_of(ageing: Network) -> Network:
    """Load the age estimator for the faces of an ageing network, so that a photo has one age for all commands.

    It is `ESTIMATOR`, unless the network knows faces of another data set; then it is the one that it was trained by, or
    the network itself where it estimates ages.

    Args:
        ageing: Network that ages faces.

    Raises:
        UserError: It cannot be had.
    """
    own = ageing.model.age_network
    if data_set_of(own or ageing.name) == data_set_of(ESTIMATOR):
        return load_network(ESTIMATOR, EstimatesAge)
    return load_network(own, EstimatesAge) if own else ageing


def estimate_ages(estimator: Network, found: Found) -> dict[int, tuple[float, float | None]]:
    """Estimate the ages of the faces of a photo.

    Args:
        estimator: Network that can estimate ages.
        found: A photo and its faces.

    Returns:
        By number of the face its age in years and `error_of_ages` of it; faces that are too small are left out.

    Raises:
        DataError: There is no face, or all are too small.
    """
    seen = [face for face in estimator.look(found) if face.image is not None]
    ages = estimator.model.estimate_age(np.stack([face.image for face in seen]))
    return {
        face.number: (float(age), error_of_ages(estimator.name, float(age)))
        for face, age in zip(seen, ages, strict=True)
    }


def error_of_ages(name: str, age: float) -> float | None:
    """Return how many years an estimated age is wrong on average, in its decade.

    Args:
        name: Name of an age estimator's weights in the zoo, or the directory of a run.
        age: Estimated age in years.

    Returns:
        The mean absolute error on held-out faces of that decade; None where it was not measured.
    """
    if is_run(name):
        return None
    decades = weights_card(name)[1].get("mae_by_decade", {})
    return next((error for first, error in reversed(decades.items()) if age >= int(first)), None)
