"""Where the faces of a photo are: MTCNN, and what this project needs of its landmarks."""

import functools
import importlib.resources
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_facegan.seam import backend

# The detector sees photos with this longer side at most: it finds faces from 20 pixels on, 2 % of that.
LONGEST = 1024
# How sure the detector must be of a face, and the smallest side of a photo that it accepts.
SURE, SMALLEST = 0.9, 20
# Two faces whose eyes are nearer than this many face sizes are one face that was found twice.
APART = 0.5


class Face(NamedTuple):
    """A face on a photo, in pixels of the photo; coordinates begin at the upper left corner.

    Attributes:
        x: Horizontal place of the middle between the eyes.
        y: Vertical place of the middle between the eyes.
        size: Mean of two distances, between the eyes and from the eyes to the mouth. Of the two, one shrinks where a
            head is turned to the side and the other where it nods.
        tilt: Angle of the line through the eyes in radians, positive clockwise.
    """

    x: float
    y: float
    size: float
    tilt: float


def find_faces(pixels: np.ndarray) -> list[Face]:
    """Find all faces of a photo.

    Args:
        pixels: uint8 array (H, W, 3).

    Returns:
        The faces from left to right.

    Reference:
        Zhang et al. 2016, arXiv 1604.02878.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    size = (round(width * scale), round(height * scale))
    if min(size) < SMALLEST:
        return []
    small = pixels if scale == 1.0 else np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    found = [each for each in _detector().detect_faces(small) or () if each["confidence"] >= SURE]
    faces = []
    for detection in sorted(found, key=lambda each: -each["confidence"]):
        face = _face(detection["keypoints"], scale)
        # A face without a size is none.
        if face.size > 0 and all(_is_another(face, other) for other in faces):
            faces.append(face)
    return sorted(faces)


def _face(points, scale):
    """Return the `Face` of the landmarks of one detection."""
    left, right, *mouth = (
        (np.array(points[name], "float64") + 0.5) / scale
        for name in ("left_eye", "right_eye", "mouth_left", "mouth_right")
    )
    eyes, across = (left + right) / 2, right - left
    size = (np.hypot(*across) + np.hypot(*(np.mean(mouth, axis=0) - eyes))) / 2
    return Face(float(eyes[0]), float(eyes[1]), float(size), float(np.arctan2(across[1], across[0])))


def _is_another(face, other):
    return np.hypot(face.x - other.x, face.y - other.y) > APART * max(face.size, other.size)


@functools.cache
def _detector():
    backend.start()
    from mtcnn import MTCNN
    from mtcnn.stages import StageONet, StagePNet, StageRNet

    # By its name alone, the package would prefer a file of that name in the current folder, and unpickle it.
    weights = importlib.resources.files("mtcnn.assets.weights")
    stages = {"pnet.lz4": StagePNet, "rnet.lz4": StageRNet, "onet.lz4": StageONet}
    from keras_facegan.seam import runtime

    with runtime.precision("float32"):
        return MTCNN([stage(weights=str(weights / name)) for name, stage in stages.items()])
