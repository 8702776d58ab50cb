"""What the commands that search for latents share: flags, photos, the file to go on from, results and loss curves."""

import dataclasses
import pathlib
import sys

import numpy as np
from absl import flags

from keras_facegan.abilities import Decodes
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._conditions import define_condition_flags, wanted_conditions
from keras_facegan.cli._flags import Flags
from keras_facegan.cli._outputs import output_file
from keras_facegan.cli._strips import captioned_strip, enlargement
from keras_facegan.data.files import printable
from keras_facegan.data.images import MAX_PIXELS, image_grid, save_image, to_uint8
from keras_facegan.errors import UserError
from keras_facegan.latent.settings import LEARNING_RATES, STOPS, Settings, make_settings

SETTINGS = tuple(field.name for field in dataclasses.fields(Settings))
# The window of SSIM does not fit into smaller pictures.
_LEAST_SSIM = 11
# Pictures of a strip: two that were given, those on the way, the result.
_COLUMNS = 3 + len(STOPS)
# Pictures by which the ground is known that a model draws on, and from where on it is even: a median of [-1, 1].
LOOKED_AT, EVEN = 64, 0.8
# What the name of a strip adds to that of its result.
STRIP = "-strip"


def search_flags(usage, loss):
    """Return the flags of a command that searches; it may define more.

    Args:
        usage: Docstring of the command.
        loss: Its default distance, "l1" or "l2".
    """
    values = Flags(usage)
    values.set_gnu_getopt()
    rates = ", ".join(f"{rate:g} for {kind}" for kind, rate in LEARNING_RATES.items())
    text = {"flag_values": values}
    _sources.define_flags(values)
    flags.DEFINE_string("out", None, "Result to write; named after the first photo unless given.", **text)
    flags.DEFINE_string("curves", None, "Another .png, with the loss of every photo over the steps.", **text)
    flags.DEFINE_integer("steps", Settings.steps, "Steps of Adam from every start.", **text)
    flags.DEFINE_float("learning_rate", None, f"Adam's; {rates} unless given.", **text)
    flags.DEFINE_integer("restarts", Settings.restarts, "Starts per photo, of which the best is kept.", **text)
    flags.DEFINE_enum("loss", loss, ["l1", "l2"], "Squared (l2) or absolute (l1) differences.", **text)
    flags.DEFINE_float("regulariser", Settings.regulariser, "Weight of the mean square of the code.", **text)
    flags.DEFINE_integer("seed", Settings.seed, "Fixes the starts, and any noise.", **text)
    usage = "Swap light and dark in the photos: a model of light digits on a dark ground knows no ink on paper."
    flags.DEFINE_boolean("negative", False, usage, **text)
    define_condition_flags(values)
    return values


@dataclasses.dataclass(frozen=True)
class Job:
    """One call of a command, checked.

    Args:
        given: Parsed flags.
        source: What `load_model` takes.
        paths: Photos.
        out: Path of the picture to write.
        settings: Settings of the search by name.
    """

    given: Flags
    source: str
    paths: list[pathlib.Path]
    out: pathlib.Path
    settings: dict

    def load_model(self, columns=_COLUMNS):
        """Start the backend and load the model.

        Args:
            columns: Pictures that will stand in a row.

        Raises:
            UserError: The model has no latents, or there are more photos than one picture has room for.
        """
        model = _sources.open_model(self.source, Decodes, step=self.given.step)
        side = model.image_shape[0] * enlargement(model.image_shape[0])
        most = max(1, MAX_PIXELS // (columns * side**2))
        if len(self.paths) > most:
            raise UserError(f"{len(self.paths):,} photos are too many for one picture; give {most:,} or fewer.")
        return model

    def read_photos(self, model):
        """Return the photos as float32 (n, side, side, channels) in [-1, 1]; what they look wrong for is said."""
        return self.as_drawn(_photos.read_photos(self.paths, model.image_shape), model)

    def as_drawn(self, photos, model):
        """Return photos as the model draws such pictures: negatives where they are asked for."""
        if self.given.negative:
            return -photos
        for line in unlike_grounds(self.paths, photos, model):
            print(line, file=sys.stderr)
        return photos

    @property
    def state_file(self):
        """Path of what a killed search goes on from."""
        return self.out.with_name(f"{self.out.name}.state")

    def conditions(self, model):
        """Return what the flags say that the photos show, by name of the condition."""
        return wanted_conditions(self.given, model)

    def searching(self, title, model):
        """Return the keyword arguments of `invert`, `denoise` and `inpaint`.

        Args:
            title: Of the progress bar.
            model: Model that draws.
        """
        if self.state_file.exists():
            print(f"{printable(self.state_file)} is there: the search goes on where it was stopped.")
        return {"title": title, "state_file": self.state_file, **self.settings, **self.conditions(model)}

    @property
    def strip(self):
        """Path of the captioned strip."""
        return self.out.with_name(f"{self.out.stem}{STRIP}{self.out.suffix}")

    def save_results(self, found, before):
        """Save the results alone, and beside them a captioned strip of how they came about.

        One result is saved as it is, several as a grid. Once all is saved, the state is no longer needed.

        Args:
            found: `Found`.
            before: Dict from a caption to float (n, side, side, channels), what the strip begins with.
        """
        results = to_uint8(found.images)
        alone = results[0] if len(results) == 1 else image_grid(results)
        self.save(self.out, lambda path: save_image(path, alone))
        on_the_way = {
            f"after {stop:,}\n{'step' if stop == 1 else 'steps'}": found.way[:, i] for i, stop in enumerate(found.stops)
        }
        columns = {**before, **on_the_way, "result": found.images}
        strip = captioned_strip(to_uint8(np.stack([*columns.values()], axis=1)), [*columns])
        self.save(self.strip, lambda path: save_image(path, strip))
        self.save_curves(found)
        self.finish()

    def save_curves(self, found):
        """Draw the loss curves of `Found` where `--curves` asks for them."""
        if self.given.curves:
            from keras_facegan.latent.curves import loss_curves

            names = [printable(path.name) for path in self.paths]
            self.save(self.given.curves, lambda path: loss_curves(path, names, found.curves))

    def save(self, path, write):
        """Call `write(path)`; a file that cannot be written is a `UserError`, and the search need not be done again."""
        try:
            write(path)
        except OSError as error:
            raise UserError(
                f"{printable(path)} cannot be written: {error.strerror or error}. What was found is safe in "
                f"{printable(self.state_file)}: make room and start the same command again."
            ) from None

    def finish(self):
        """Remove the state of a search whose result is saved."""
        self.state_file.unlink(missing_ok=True)


def parse(given, argv, ending, suffixes=(".png",), least=1):
    """Check a command line before anything is loaded.

    Args:
        given: Flags of `search_flags`.
        argv: Arguments of the command.
        ending: What the default name of the output adds to that of the first photo.
        suffixes: Endings that `--out` may have.
        least: Fewest photos.

    Returns:
        `Job`.

    Raises:
        UserError: No such model, no photos, or a flag out of its range.
    """
    rest = given.parse(argv)
    # Where a run stands in for the name, all that is no flag is a photo.
    source = _sources.model_source([], given.run) if given.run else _sources.model_source(rest[:1], None)
    paths = _photos.find_photos(rest if given.run else rest[1:])
    if len(paths) < least:
        raise UserError(f"Expected {least} photos or more, got {len(paths)}.")
    settings = {each: getattr(given, each) for each in SETTINGS}
    make_settings(settings)
    out = output_file(given.out, f"{paths[0].stem}-{ending}.png", suffixes, companions=(STRIP,))
    if given.curves is not None:
        output_file(given.curves, "", flag="--curves")
    return Job(given, source, paths, out, settings)


def unlike_grounds(paths, photos, model):
    """Return a line per photo that is dark on a light ground where the model draws light on a dark one, or vice versa.

    Args:
        paths: Paths of the photos.
        photos: float (n, side, side, channels) in [-1, 1].
        model: Model that draws. One whose pictures have no even ground says nothing.
    """
    ground = np.median(model.decode(**model.sample_inputs(LOOKED_AT, 0)))
    if abs(ground) < EVEN:
        return []
    words = ("dark on light", "light on dark")
    photo, drawn = words if ground < 0 else words[::-1]
    return [
        f"{printable(path)} looks {photo}, and {model.name} draws {drawn}: --negative swaps light and dark."
        for path, pixels in zip(paths, photos, strict=True)
        if np.median(pixels) * ground < 0
    ]


def likeness(images, references):
    """Return one string per pair of pictures: how alike they are."""
    from keras_facegan.metrics.signal_to_noise import psnr
    from keras_facegan.metrics.similarity import ssim

    ratios = psnr(images, references)
    if min(images.shape[1:3]) < _LEAST_SSIM:
        return [f"PSNR {ratio:.1f} dB" for ratio in ratios]
    pairs = zip(ratios, ssim(images, references), strict=True)
    return [f"PSNR {ratio:.1f} dB, SSIM {similarity:.3f}" for ratio, similarity in pairs]


def report(job, found, texts):
    """Print one line per photo, and one that names the files.

    Args:
        job: `Job`.
        found: `Found`.
        texts: List of what to say of every photo.
    """
    for path, loss, text in zip(job.paths, found.losses, texts, strict=True):
        print(f"{printable(path)}: {job.given.loss} {loss:.4f}{', ' if text else ''}{text}")
    print(f"Result: {printable(job.out)}, with the way to it in {printable(job.strip)}")
