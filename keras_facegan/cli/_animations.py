"""Pictures one after the other, for ever."""

from PIL import Image

from keras_facegan.files import replacing

MILLISECONDS = 60


def save_animation(path, pictures):
    """Save pictures as a GIF that starts again for ever; a reader never meets half a file.

    Args:
        path: Path of the GIF.
        pictures: uint8 array (n, H, W, 1 or 3).
    """
    first, *others = [Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture) for picture in pictures]
    with replacing(path) as unfinished:
        first.save(unfinished, format="GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
