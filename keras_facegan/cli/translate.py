"""Translate whole pictures from one domain to another.

usage: facegan translate photo.jpg --to B --weights NAME --out translated.png
       facegan translate photos/ --to A --run runs/mine --out translated/

The domains are those that the model was trained on: A are the faces with the attribute of `data.domains`, or the
pictures of its first label or folder, and B the others. A picture is brought to the scale of the model, its shorter
side to the side of the training pictures. A folder that was half done goes on by the same command.
"""

from absl import flags

from keras_facegan.abilities import Translates
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._results import Results
from keras_facegan.data.files import printable
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.photos.files import Photo
from keras_facegan.photos.translating import translate_photo


def _flags():
    values = _photos.network_flags(__doc__, None, "Model of the zoo that translates.")
    flags.DEFINE_enum("to", None, ["A", "B"], "Domain to arrive at.", flag_values=values)
    flags.DEFINE_string("out", None, "Picture to write, or folder for several.", flag_values=values)
    return values


def main(argv):
    """Check the flags, translate, save."""
    given = _flags()
    places = given.parse(argv)
    photos = _photos.find_named_photos(places)
    if given.to is None:
        raise UserError("Say which domain to arrive at: --to A or --to B.")
    if given.weights is None and given.run is None:
        raise UserError("Name one model that translates: --weights NAME of the zoo, or --run DIR.")
    name, _ = _photos.network_source(given)
    results = Results(given, photos, places, "translated")
    pending = results.pending()
    if not pending:
        return 0
    _photos.check_files([path for path, _ in pending])
    model = _sources.open_model(name, Translates, step=given.step)
    failures = _photos.Failures(len(pending))
    with progress("Translating", len(pending)) as advance:
        for path, out in pending:
            with failures.collecting():
                results.prepare(out)
                Photo(translate_photo(model, path, given.to)).save(out)
                print(f"{printable(path)}: saved as {printable(out)}")
            advance(1)
    failures.finish()
    return 0
