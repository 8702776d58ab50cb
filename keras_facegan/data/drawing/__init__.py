"""Faces drawn by our own code: `sample_parameters` decides who and how, `draw` paints it at any size."""

from keras_facegan.data.drawing.parameters import FaceParameters, sample_parameters
from keras_facegan.data.drawing.renderer import RENDERER_VERSION, draw

__all__ = ["RENDERER_VERSION", "FaceParameters", "draw", "sample_parameters"]
