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

import json
import os
import pathlib

from absl import flags

from keras_facegan.abilities import Restores
from keras_facegan.cli import _photos
from keras_facegan.cli._masks import read_mask
from keras_facegan.cli._outputs import output_file
from keras_facegan.cli._sources import open_model
from keras_facegan.data.files import printable
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.files import replacing
from keras_facegan.photos.files import KINDS, Photo, read_photo
from keras_facegan.photos.restoring import WEIGHTS, comparison, restore_photo

# What is added to the name of a restored photo for the comparison.
COMPARED = "-before-after"
# The file that says what made the pictures of a folder.
MARK = "restored.json"


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
    is_folder = len(photos) > 1 or pathlib.Path(places[0]).is_dir()
    made_by = {
        "model": name,
        "step": given.step,
        "mask": given.mask,
        "photos": [os.path.abspath(each) for each in places],
    }
    folder = _folder(given, made_by) if is_folder else None
    outputs = _outputs(folder, photos) if is_folder else [_output(given, photos[0][0])]
    _check_originals(photos, outputs)
    model = open_model(name, Restores, step=given.step)
    _check_task(given, name, model.task)
    if is_folder:
        _mark(folder, made_by)
    failures = _photos.Failures(len(photos))
    with progress("Restoring", len(photos)) as advance:
        for (path, _), out in zip(photos, outputs, strict=True):
            if is_folder and _is_done(given, path, out):
                print(f"{printable(path)}: {printable(out)} is there already")
                advance(1)
                continue
            with failures.collecting():
                _restore(given, model, path, known, out, advance)
                print(f"{printable(path)}: saved as {printable(out)}")
    failures.finish()
    return 0


def _check_model(given):
    """Raise `UserError` where no one model is named, or not what it needs; set the weights of the task."""
    if given.weights and given.run:
        raise UserError("--weights and --run name 2 models; give one.")
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


def _folder(given, made_by):
    """Return the folder for several photos: a new one, or one that the same command has begun."""
    folder = pathlib.Path("restored" if given.out is None else given.out)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out must be a folder for several photos, {printable(folder)} is a file.")
    if folder.is_dir() and any(folder.iterdir()) and _read_mark(folder) != made_by:
        raise UserError(f"{printable(folder)} holds files that this command has not written: choose another --out.")
    return folder


def _read_mark(folder):
    """Return what has made the pictures of a folder, or None where nothing says so."""
    try:
        return json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _mark(folder, made_by):
    """Write what makes the pictures of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / MARK) as unfinished:
        unfinished.write_text(json.dumps(made_by), encoding="utf-8")


def _outputs(folder, photos):
    """Return a path below the folder per photo."""
    outputs = [folder / below.with_suffix(_suffix(below)) for _, below in photos]
    if len(set(outputs)) < len(outputs):
        double = next(out for out in outputs if outputs.count(out) > 1)
        raise UserError(f"Two photos would both become {printable(double)}: restore their folders one at a time.")
    return outputs


def _output(given, path):
    """Return the path to write for one photo."""
    companions = (COMPARED,) if given.compare else ()
    return output_file(given.out, f"{path.stem}-restored{_suffix(path)}", tuple(KINDS), companions=companions)


def _check_originals(photos, outputs):
    """Raise `UserError` where a photo would be written over."""
    originals = {path.resolve() for path, _ in photos}
    for out in outputs:
        for each in (out, _compared(out)):
            if each.resolve() in originals:
                raise UserError(f"{printable(each)} is a photo itself and would be lost: choose another --out.")


def _is_done(given, path, out):
    """Say whether all that is wanted of a photo is there, and newer than the photo; files appear only when whole."""
    wanted = [out, _compared(out)] if given.compare else [out]
    return path.exists() and all(each.is_file() and each.stat().st_mtime >= path.stat().st_mtime for each in wanted)


def _restore(given, model, path, known, out, advance):
    """Restore one photo and write what is wanted of it."""
    photo = read_photo(path)
    restored = restore_photo(model, photo, known, advance)
    out.parent.mkdir(parents=True, exist_ok=True)
    if given.compare:
        Photo(comparison(photo, restored)).save(_compared(out), quality=given.quality)
    restored.save(out, quality=given.quality)
    if photo.reduced:
        print(f"{photo.name}: of 16 bits per channel, eight are kept; only grey photos keep all")


def _compared(out):
    return out.with_name(f"{out.stem}{COMPARED}{out.suffix}")


def _suffix(path):
    return path.suffix if path.suffix.lower() in KINDS else ".png"
