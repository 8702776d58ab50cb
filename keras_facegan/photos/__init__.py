"""Faces on photos: found, turned upright for a network, and put back changed; `age_photos` is the way in."""

from keras_facegan.photos.ageing import AgedFace, AgedPhoto, age_photos

__all__ = ["AgedFace", "AgedPhoto", "age_photos"]
