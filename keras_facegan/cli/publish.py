"""Give the weights of a run a name, so that they load like those of the zoo.

usage: facegan publish my_cats runs/mine [--data_dir DIR] [--step best]

`load_pretrained("dcgan/my_cats")` then works from any folder. They lie in ~/.keras_facegan/zoo, or where
KERAS_FACEGAN_ZOO says. With --to_package they go into the package's own zoo, for a model that is to be committed.
"""

from absl import flags

from keras_facegan.cli import _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.run_directory import RunDirectory


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    flags.DEFINE_string("data", None, "What it was trained on, by its full name.", **text)
    flags.DEFINE_string("terms", None, "The terms of that data, as known.", **text)
    flags.DEFINE_string("data_dir", None, "Folder of the data set, or of the data sets.", **text)
    flags.DEFINE_string("step", None, _sources.STEP_HELP, **text)
    flags.DEFINE_boolean("skip_bad", False, "Leave unreadable pictures out.", **text)
    flags.DEFINE_boolean("to_package", False, "Into the package's zoo; needs --data and --terms.", **text)
    return values


def main(argv):
    """Publish the run and print its card."""
    given = _flags()
    rest = given.parse(argv)
    if len(rest) != 2:
        raise UserError("publish expects a name and the directory of a run, such as `publish my_cats runs/mine`.")
    if given.to_package and not (given.data and given.terms):
        raise UserError("publish expects --data and --terms with --to_package.")
    # Either may come first.
    name, run_dir = rest if not RunDirectory(rest[0]).recipe.is_file() else rest[::-1]
    if not RunDirectory(run_dir).recipe.is_file():
        raise UserError(f"{run_dir} holds no run: there is no recipe.toml in it.")
    step = _sources.wanted_step(given.step)
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan.publishing import publish

    about = {key: value for key in ("data", "terms") if (value := given[key].value)}
    settings = {key: getattr(given, key) for key in ("data_dir", "skip_bad", "to_package")}
    print(publish(run_dir, name, step=step, **settings, **about))
    return 0
