"""The ladder of map sizes that a convolutional network halves down, or doubles up."""

from keras_facegan.errors import UserError


def scale_plan(image_shape, filters):
    """Return (side of the smallest map, channels at every scale from the image side inwards).

    Args:
        image_shape: (side, side, channels) with a side of 28, 32, 64, 128 or 256.
        filters: Channels at half the image side, doubled at each halving up to eightfold; or the list of channels
            at every scale, from the image side inwards.

    Raises:
        UserError: The side has no ladder down to 4 or 7, or the list has another length than the ladder.
    """
    side = image_shape[0]
    if len(image_shape) != 3 or image_shape[1] != side or side not in (28, 32, 64, 128, 256):
        raise UserError(
            "image_shape must be [side, side, channels] with a side of 28, 32, 64, 128 or 256, "
            f"got {list(image_shape)}."
        )
    smallest = 7 if side == 28 else 4
    scales = (side // smallest).bit_length() - 1
    if isinstance(filters, int):
        filters = [filters * min(2**scale, 8) for scale in range(scales)]
    if len(filters) != scales or min(filters) < 1:
        raise UserError(
            f"filters must be a positive number or {scales} of them for image_shape {list(image_shape)}, "
            f"got {list(filters)}."
        )
    return smallest, list(filters)
