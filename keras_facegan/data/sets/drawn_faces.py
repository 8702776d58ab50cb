"""The embedded data set of face models: pictures of persons who never lived, drawn by `keras_facegan.data.drawing`."""

import numpy as np

from keras_facegan.data.drawing import RENDERER_VERSION, draw, sample_parameters
from keras_facegan.data.sources import Source
from keras_facegan.errors import UserError
from keras_facegan.registry import DATASETS

# Each split owns a range of indices that no size can outgrow.
_FIRST_INDEX = {"train": 0, "validation": 2**40, "test": 2**41}


@DATASETS.register("drawn_faces")
def drawn_faces(data_dir=None, split="train", *, size=20000, identities=500, min_age=1.0, max_age=90.0, seed=0):
    """Drawn faces with attributes, age, gender and identity.

    The splits share neither pictures nor persons. A face depends on its index and the other arguments, never on `size`.

    Args:
        data_dir: Nothing is read; must be None.
        split: "train", "validation" or "test".
        size: Number of faces of the training split; each of the others has a tenth of it.
        identities: Number of persons in the training split, 1 or more; each of the others has a tenth of it.
        min_age, max_age: Range of the ages in years, 0 <= min_age <= max_age <= 120; the ages are spread evenly.
        seed: Another seed gives other persons.

    Returns:
        `Source` with the columns `attributes` float32 (N, 40) in the order of `CELEBA_ATTRIBUTES`, of which
        `Attractive` is always 0, `age` float32 years, `gender` int32 (0 male, 1 female) and `identity` int32.
    """
    if data_dir is not None:
        raise UserError(f"drawn_faces reads no files: leave data_dir out instead of {str(data_dir)!r}.")
    if split not in _FIRST_INDEX:
        raise UserError(f"drawn_faces has no split {split!r}, only {', '.join(_FIRST_INDEX)}.")
    if size < 1:
        raise UserError(f"drawn_faces needs a size of 1 or more, not {size}.")
    if identities < 1:
        raise UserError(f"drawn_faces needs 1 or more identities, not {identities}.")
    tenth = max(identities // 10, 1)
    count = size if split == "train" else max(size // 10, 1)
    first_identity, persons = {
        "train": (0, identities),
        "validation": (identities, tenth),
        "test": (identities + tenth, tenth),
    }[split]
    first = _FIRST_INDEX[split]

    def sample(positions):
        return sample_parameters(
            first + np.asarray(positions, np.int64),
            seed,
            identities=persons,
            first_identity=first_identity,
            min_age=min_age,
            max_age=max_age,
        )

    faces = sample(np.arange(count))
    columns = {
        "attributes": faces.attributes,
        "age": faces.age,
        "gender": faces.gender,
        "identity": faces.identity,
    }
    return Source(
        name="drawn_faces",
        keys=tuple(f"drawn_faces/v{RENDERER_VERSION}/{seed}/{first + position}" for position in range(count)),
        columns=columns,
        read=lambda position, side: draw(sample([position]), side)[0],
        read_many=lambda positions, side: draw(sample(positions), side),
        fingerprint=f"drawn_faces v{RENDERER_VERSION} identities={persons}+{first_identity} ages={min_age}-{max_age}",
    )
