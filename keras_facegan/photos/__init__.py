"""Faces on photos: found, turned upright for a network, and put back changed; the ways in are `age_photos` and
`transform_photos`."""

from keras_facegan.photos.ageing import AgedFace, AgedPhoto, age_photos
from keras_facegan.photos.changed import ChangedPhoto
from keras_facegan.photos.transforming import TransformedFace, transform_photos

__all__ = ["AgedFace", "AgedPhoto", "ChangedPhoto", "TransformedFace", "age_photos", "transform_photos"]
