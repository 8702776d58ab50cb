"""Flags of one command, apart from every other's."""

import os
import sys

from absl import flags

from keras_facegan.errors import UserError


class Flags(flags.FlagValues):
    """Flag values of a command, parsed without absl's global state.

    Args:
        usage: What the command does and how it is called; the first thing `--help` shows.
    """

    def __init__(self, usage):
        super().__init__()
        self.__dict__["__usage"] = usage

    def parse(self, argv):
        """Parse arguments; return those that are no flags. `--help` prints the flags and leaves.

        Raises:
            UserError: An unknown flag (with the nearest ones), or a value of the wrong type.
        """
        if any(each in ("--help", "-h", "-help", "--helpfull") for each in argv):
            lines = [line for line in self.get_help().splitlines() if not line.rstrip().endswith(":")]
            print(self.__dict__["__usage"].strip(), *lines, sep="\n")
            sys.exit(0)
        try:
            # No name begins so, but a path may, where the shell has left it alone.
            return [os.path.expanduser(each) for each in self(["facegan", *argv])[1:]]
        except flags.Error as error:
            raise UserError(f"{error} `--help` lists the flags.") from None


class _PathParser(flags.ArgumentParser):
    """A path, in which `~` is the home folder: shells leave it alone in `--run_dir=~/runs`."""

    syntactic_help = "a path"

    def parse(self, argument):
        return os.path.expanduser(argument)

    def flag_type(self):
        return "path"


def define_path(values: Flags, name: str, words: str, default: str | None = None):
    """Define a flag that is a path.

    Args:
        values: Flags of the command.
        name: Name of the flag.
        words: What `--help` says.
        default: Value unless given.
    """
    flags.DEFINE(_PathParser(), name, default, words, flag_values=values, serializer=flags.ArgumentSerializer())
