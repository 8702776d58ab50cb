"""How far a long pass over pictures is: a bar on a terminal, a line now and then in a log."""

import contextlib
import sys
import time

SECONDS_BETWEEN_LINES = 30


@contextlib.contextmanager
def progress(title, total, unit="pictures"):
    """Show the progress of `total` pictures on stderr.

    Args:
        title: What is being done ("Decoding cats").
        total: Number of pictures.
        unit: What is counted, where it is not pictures.

    Yields:
        A function to call with the number of pictures just finished, which may be a fraction.
    """
    if sys.stderr.isatty():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from keras_facegan.console import plain_console

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=plain_console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=total)
            yield lambda count: bar.advance(task, count)
        return
    done, last = 0, time.monotonic()

    def advance(count):
        nonlocal done, last
        done += count
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{title}: {round(done):,} of {total:,} {unit}", file=sys.stderr, flush=True)

    yield advance
