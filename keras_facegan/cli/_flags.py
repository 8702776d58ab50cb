"""Flags of one command, apart from every other's."""

import math
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
            rest = self(["facegan", *map(_expanded, argv)])[1:]
        except flags.Error as error:
            raise UserError(f"{_one_line(error)}. `--help` lists the flags.") from None
        for name in self:
            # No bound of a flag catches a number that is none.
            if isinstance(self[name].value, float) and not math.isfinite(self[name].value):
                raise UserError(f"--{name} must be a finite number, got {self[name].value}.")
        return rest


def _one_line(error, most=300):
    text = " ".join(str(error).split()).rstrip(".")
    return text if len(text) <= most else f"{text[:most]}..."


def _expanded(argument):
    """Put the home folder in the place of `~`, which shells leave alone in `--run_dir=~/runs`; only paths begin so."""
    flag, equals, value = argument.partition("=")
    return f"{flag}={os.path.expanduser(value)}" if flag.startswith("-") and equals else os.path.expanduser(argument)
