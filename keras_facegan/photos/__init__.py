"""Photos: their faces found, turned upright for a network and put back changed, or the whole of them restored."""

from keras_facegan.photos.ageing import AgedFace, AgedPhoto, age_photos
from keras_facegan.photos.changed import ChangedPhoto
from keras_facegan.photos.files import Photo, read_photo
from keras_facegan.photos.restoring import restore_photo
from keras_facegan.photos.transforming import TransformedFace, transform_photos

__all__ = [
    "AgedFace",
    "AgedPhoto",
    "ChangedPhoto",
    "Photo",
    "TransformedFace",
    "age_photos",
    "read_photo",
    "restore_photo",
    "transform_photos",
]
