"""Make photos larger, take noise or blur away, or fill in what is missing.

usage: facegan restore photo.jpg --task sr4 --out big.png
       facegan restore photo.jpg --task denoise --compare
       facegan restore photo.jpg --task inpaint --mask mask.png
       facegan restore photos/ --task sr2 --out large/
       facegan restore photo.jpg --run runs/mine

Tasks are sr2 and sr4 (two and four times the side), denoise, deblur and inpaint. The whole photo is restored, of any
size, and keeps its profile, transparency and kind of file. A mask is as large as the photo, white where it is known and
black where it is missing. A folder that was half done goes on by the same command.
"""

from absl import flags

from keras_facegan.abilities import Restores
from keras_facegan.cli import _photos
from keras_facegan.cli._masks import read_mask
from keras_facegan.cli._results import Results
from keras_facegan.cli._sources import open_model
from keras_facegan.data.files import printable
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.photos.files import Photo, read_photo
from keras_facegan.photos.restoring import WEIGHTS, comparison, restore_photo

# What is added to the name of a restored photo for the comparison.
COMPARED = "-before-after"


def _flags():
    values = _photos.network_flags(__doc__, None, "Restoring model of the zoo, unless that of the task.")
    own = {"flag_values": values}
    flags.DEFINE_enum("task", None, list(WEIGHTS), "What to do; that of the weights unless said.", **own)
    flags.DEFINE_string(
        "mask", None, "For inpaint: picture of what is known (white) and what is missing (black).", **own
    )
    flags.DEFINE_boolean("compare", False, f"Also save <name>{COMPARED}, before and after side by side.", **own)
    flags.DEFINE_string("out", None, "Picture to write, or folder for several photos.", **own)
    usage = "Quality of a JPEG or WebP, 1 to 100. Without it, a JPEG keeps its own."
    flags.DEFINE_integer("quality", None, usage, lower_bound=1, upper_bound=100, **own)
    return values


def main(argv):
    """Check the flags, restore the photos, save them."""
    given = _flags()
    places = given.parse(argv)
    photos = _photos.find_named_photos(places)
    _check_model(given)
    _photos.check_files([path for path, _ in photos])
    name, _ = _photos.network_source(given)
    known = None if given.mask is None else read_mask(given.mask)
    results = Results(given, photos, places, "restored", companions=(COMPARED,) if given.compare else ())
    pending = results.pending()
    if not pending:
        return 0
    model = open_model(name, Restores, step=given.step)
    _check_task(given, name, model.task)
    failures = _photos.Failures(len(pending))
    with progress("Restoring", len(pending)) as advance:
        for path, out in pending:
            with failures.collecting():
                results.prepare(out)
                _restore(given, model, path, known, out, advance)
                print(f"{printable(path)}: saved as {printable(out)}")
    failures.finish()
    return 0


def _check_model(given):
    """Raise `UserError` where no one model is named, or not what it needs; set the weights of the task."""
    if not (given.task or given.weights or given.run):
        raise UserError(f"Say what to do: --task {', '.join(WEIGHTS)}; or name a model of your own with --run DIR.")
    if given.task and (given.task == "inpaint") != (given.mask is not None):
        wanted = "needs --mask mask.png" if given.mask is None else "takes no --mask"
        raise UserError(f"--task {given.task} {wanted}.")
    given.weights = given.weights or WEIGHTS.get(given.task)


def _check_task(given, name, task):
    """Raise `UserError` where a model is trained for another task, or lacks its mask or has one too many."""
    if given.task not in (None, task):
        raise UserError(
            f"{printable(name)} is trained for {task}, not for {given.task}: leave --task out, or name others."
        )
    if (task == "inpaint") != (given.mask is not None):
        wanted = "needs --mask mask.png" if given.mask is None else "takes no --mask"
        raise UserError(f"{printable(name)} is trained for {task} and {wanted}.")


def _restore(given, model, path, known, out, advance):
    """Restore one photo and write what is wanted of it."""
    photo = read_photo(path)
    restored = restore_photo(model, photo, known, advance)
    if given.compare:
        Photo(comparison(photo, restored)).save(_compared(out), quality=given.quality)
    restored.save(out, quality=given.quality)
    if photo.reduced:
        print(f"{photo.name}: of 16 bits per channel, eight are kept; only grey photos keep all")


def _compared(out):
    return out.with_name(f"{out.stem}{COMPARED}{out.suffix}")
