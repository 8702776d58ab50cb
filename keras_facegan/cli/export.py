"""Export a trained model as a TensorFlow SavedModel.

usage: facegan export dcgan/cats_64 OUT
       facegan export --run runs/dcgan-default OUT

The SavedModel needs no Keras. Its signatures take and give named tensors with a free batch axis, such as
`generate` (latents -> float32 images in [-1, 1]) and `generate_uint8` (latents -> uint8 images) of a GAN.
"""

from absl import flags

from keras_facegan.abilities import Exports
from keras_facegan.cli import _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    _sources.define_flags(values)
    flags.DEFINE_boolean("overwrite", False, "Replace an earlier export in OUT.", flag_values=values)
    return values


def main(argv):
    """Load the model, export it, and compare what a fresh process reads with it."""
    given = _flags()
    rest = given.parse(argv)
    if len(rest) != (2 if given.run is None else 1):
        raise UserError("Expected a model and a folder, such as `facegan export dcgan/cats_64 OUT`.")
    source, directory = _sources.model_source(rest[:-1], given.run), rest[-1]
    from keras_facegan import export

    export.check_directory(directory, given.overwrite)
    export.export(_sources.open_model(source, Exports, step=given.step), directory, given.overwrite)
    return 0
