"""The embedded data set of face models: pictures of persons who never lived, drawn by `keras_facegan.data.drawing`."""

import numpy as np

from keras_facegan.arguments import Age, ExampleCount, Seed
from keras_facegan.data.drawing import RENDERER_VERSION, FaceParameters, draw, sample_parameters
from keras_facegan.data.sources import Source, parse_split
from keras_facegan.registry import DATASETS

# Each split owns a range of indices that no size can outgrow.
_FIRST_INDEX = {"train": 0, "validation": 2**40, "test": 2**41}


@DATASETS.register(
    "drawn_faces", about={"extractor": "facenet/celeba_96", "columns": ("attributes", "age", "gender", "identity")}
)
def drawn_faces(
    data_dir=None,
    split="train",
    *,
    size: ExampleCount = 20000,
    identities: ExampleCount = 500,
    min_age: Age = 1.0,
    max_age: Age = 90.0,
    seed: Seed = 0,
):
    """Drawn faces with attributes, age, gender and identity.

    The splits share neither pictures nor persons. A face depends on its index and the other arguments, never on `size`.

    Args:
        data_dir: Ignored, nothing is read.
        split: "train", "validation", "test", several joined with "+", or "all".
        size: Number of faces of the training split, 1 or more; each of the others has a tenth of it.
        identities: Number of persons in the training split, 1 or more; each of the others has a tenth of it.
        min_age: Least age in years, 0 or more; the ages are spread evenly.
        max_age: Greatest age in years, at most 120.
        seed: Another seed gives other persons.

    Returns:
        `Source` with the columns `attributes` float32 (N, 40) in the order of `CELEBA_ATTRIBUTES`, of which
        `Attractive` is always 0, `age` float32 years, `gender` int32 (0 male, 1 female) and `identity` int32.
    """
    tenth = max(identities // 10, 1)
    persons = {"train": (0, identities), "validation": (identities, tenth), "test": (identities + tenth, tenth)}
    parts, keys = [], []
    for part in parse_split(split):
        first, count = _FIRST_INDEX[part], size if part == "train" else max(size // 10, 1)
        indices = np.arange(first, first + count)
        first_identity, number = persons[part]
        ages = {"min_age": min_age, "max_age": max_age}
        parts.append(sample_parameters(indices, seed, identities=number, first_identity=first_identity, **ages))
        keys += [f"drawn_faces/v{RENDERER_VERSION}/{seed}/{index}" for index in indices]
    faces = FaceParameters.join(parts)
    return Source(
        name="drawn_faces",
        keys=tuple(keys),
        columns={
            "attributes": faces.attributes,
            "age": faces.age,
            "gender": faces.gender,
            "identity": faces.identity,
        },
        read=lambda position, side: draw(faces[[position]], side)[0],
        read_many=lambda positions, side: draw(faces[positions], side),
        fingerprint=f"drawn_faces v{RENDERER_VERSION} identities={identities} ages={min_age}-{max_age}",
    )
