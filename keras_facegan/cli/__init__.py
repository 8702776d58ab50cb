"""The command line: `facegan COMMAND ...`, one module per command."""

import codecs
import importlib
import io
import pkgutil
import signal
import sys

from keras_facegan.errors import UserError, did_you_mean, escaped, printable

# For names of files in another encoding than that of the terminal.
codecs.register_error("escaped", lambda error: (escaped(error.object[error.start : error.end]), error.end))


def main(argv=None):
    """Run `facegan COMMAND ...` and return its exit code: 0 done, 1 an error the user can mend, 2 wrong usage."""
    argv = sys.argv[1:] if argv is None else [*argv]
    modules = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    commands = {name.replace("_", "-"): name for name in modules}
    if not argv or argv[0] in ("-h", "--help", "help"):
        print("usage: facegan COMMAND [--flags]\n")
        for name, module in commands.items():
            summary = importlib.import_module(f"{__name__}.{module}").__doc__.splitlines()[0]
            print(f"  {name:<11} {summary}")
        print("\n`facegan COMMAND --help` lists a command's flags.")
        return 0 if argv else 2
    if argv[0] not in commands:
        error = UserError(f"`{printable(argv[0])}` is not a command.{did_you_mean(argv[0], commands)}")
        print(f"error: {error}", file=sys.stderr)
        return 2
    return run(commands[argv[0]], argv[1:])


def run(command, argv=None):
    """Run one command and return its exit code, see `guarded`."""
    return guarded(lambda argv: importlib.import_module(f"{__name__}.{command}").main(argv), argv)


def guarded(main, argv=None):
    """Call `main(argv)` and return its exit code; what a user can mend becomes one line on stderr and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Python keeps what goes into a pipe or file until there are 8 KB of it.
            stream.reconfigure(line_buffering=True, errors="escaped")
    try:
        return main(sys.argv[1:] if argv is None else argv) or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted.", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        # A name that is too long, a folder that may not be read, a full disk: the system's words say it.
        if error.filename is None:
            raise
        print(f"error: {_shortened(printable(error.filename))}: {error.strerror}.", file=sys.stderr)
        return 1


def _shortened(name, most=100):
    return name if len(name) <= most else f"{name[:most]}... ({len(name):,} characters)"
