"""Files that a command makes of photos: one command fills a folder, and goes on where it was stopped."""

import contextlib
import hashlib
import itertools
import json
import os
import pathlib

from keras_facegan.cli._outputs import numbered, output_file
from keras_facegan.data.files import printable
from keras_facegan.errors import UserError
from keras_facegan.photos.files import KINDS

# The file that says which command made which picture of a folder: a line of JSON for each.
MARK = "made_by.jsonl"


class Results:
    """One file per photo: for one photo a file, for several, or for a folder, a folder of the same structure.

    Nothing is lost: a file of a folder is only written over by the command that made it.

    Args:
        given: Flags of the command. All but `--out` count as what makes the pictures.
        photos: What `find_named_photos` found.
        places: What was named.
        done: What the photos become, for names: "aged".
        suffix: Ending of the files; None takes that of the photo, or ".png" where no photo is written as that.
        suffixes: Endings that a file of one photo may have.
        companions: What is added to the stem of a file for those that are made with it.

    Attributes:
        files: Paths, one per photo.

    Raises:
        UserError: A wrong ending, a folder that is a file, two photos of one name, a photo or another file that would
            be lost.
    """

    def __init__(self, given, photos, places, done, *, suffix=None, suffixes=tuple(KINDS), companions=()):
        def ending(path):
            return suffix or (path.suffix if path.suffix.lower() in KINDS else ".png")

        self._photos, self._companions, self._folder = [path for path, _ in photos], companions, None
        if len(photos) == 1 and not pathlib.Path(places[0]).is_dir():
            (path,) = self._photos
            self.files = [output_file(given.out, f"{path.stem}-{done}{ending(path)}", suffixes, companions=companions)]
        else:
            self._command = _digest(given, places, done)
            self._folder = self._find_folder(given.out, done)
            self.files = [self._folder / below.with_suffix(ending(below)) for _, below in photos]
        self._check()

    def pending(self):
        """Return (photo, file) of those that are still to be made, after a line about the others."""
        pairs = list(zip(self._photos, self.files, strict=True))
        if self._folder is None:
            return pairs
        missing = [pair for pair in pairs if not self._is_done(*pair)]
        if len(missing) < len(pairs):
            done = f"{len(pairs) - len(missing)} of {len(pairs)} photos are"
            print(f"{done} in {printable(self._folder)} already and left alone.")
        return missing

    def prepare(self, file):
        """Make the folder of a file that is about to be written, and say in it which command makes the file."""
        _make(file.parent)
        if self._folder is None:
            return
        files = [each.relative_to(self._folder).as_posix() for each in self._written(file)]
        # First the end of the line: what follows one that was cut off would be lost with it.
        lines = "".join("\n" + json.dumps({"file": each, "command": self._command}) for each in files)
        try:
            with open(self._folder / MARK, "a", encoding="utf-8") as mark:
                mark.write(lines)
        except OSError as error:
            raise UserError(f"{printable(self._folder / MARK)} cannot be written: {error.strerror or error}.") from None

    def _find_folder(self, out, done):
        if out is None:
            folders = numbered(pathlib.Path(done))
            return next(each for each in folders if not each.exists() or self._command in _made(each).values())
        folder = pathlib.Path(out)
        if folder.exists() and not folder.is_dir():
            raise UserError(f"--out must be a folder for several photos, {printable(folder)} is a file.")
        return folder

    def _check(self):
        if len(set(self.files)) < len(self.files):
            double = next(path for path in self.files if self.files.count(path) > 1)
            raise UserError(f"Two photos would both become {printable(double)}: give their folders one at a time.")
        originals = {path.resolve() for path in self._photos}
        made = {} if self._folder is None else _made(self._folder)
        for written in itertools.chain.from_iterable(map(self._written, self.files)):
            if written.resolve() in originals:
                raise UserError(f"{printable(written)} is a photo itself and would be lost: choose another --out.")
            if self._folder is not None and written.exists() and made.get(written) != self._command:
                raise UserError(f"{printable(written)} is there and not made by this command: choose another --out.")

    def _is_done(self, photo, file):
        """Say whether all that is made of a photo is there and newer than it; files appear only when they are whole."""
        return photo.exists() and all(
            each.is_file() and each.stat().st_mtime >= photo.stat().st_mtime for each in self._written(file)
        )

    def _written(self, file):
        return [file.with_name(f"{file.stem}{more}{file.suffix}") for more in ("", *self._companions)]


def _make(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{printable(folder)} cannot be made: {error.strerror or error}.") from None


def _made(folder):
    """Return {path: command that made it} of the files in a folder, as far as its mark says."""
    try:
        lines = (folder / MARK).read_bytes().splitlines()
    except OSError:
        return {}
    made = {}
    for line in lines:
        # A line may be cut off, where the command was killed.
        with contextlib.suppress(ValueError, TypeError, KeyError):
            entry = json.loads(line)
            made[folder / entry["file"]] = entry["command"]
    return made


def _digest(given, places, done):
    """Return what stands for a command: what it makes of which photos by which flags, models and masks."""
    flags = {name: given[name].value for name in given if name != "out" and given[name].value != given[name].default}
    # A run goes on, and a mask is drawn anew.
    stamps = [_stamp(flags[name]) for name in ("run", "mask") if name in flags]
    told = [done, [os.path.abspath(place) for place in places], flags, stamps]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _stamp(path):
    """Return when a file, or what a run has kept, was last changed."""
    path = pathlib.Path(path)
    return [each.stat().st_mtime_ns for each in (path, path / "checkpoints") if each.exists()]
