"""Times that mean something on a machine that others use too: interleaved rounds, medians, and the load of others."""

import os
import statistics
import time


def busy_seconds():
    """Processor seconds that all processes together have used since start-up, or None where the system does not say."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    except OSError:
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def interleave(turns, rounds):
    """Time several contenders in turn.

    Args:
        turns: `{name: callable}`; a call returns `(seconds, processor_seconds)`: what to compare, and what it used.
        rounds: How often each has its turn.

    Returns:
        `{name: [(seconds, others), ...]}`, `others` being the processors that other processes used meanwhile.
    """
    results = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            start, busy = time.perf_counter(), busy_seconds()
            seconds, used = turn()
            others = 0.0 if busy is None else (busy_seconds() - busy - used) / (time.perf_counter() - start)
            results[name].append((seconds, max(0.0, others)))
    return results


def medians(results):
    """Return `{name: median seconds}` over the half of the rounds in which others used least, a round as a whole."""
    rounds = list(zip(*results.values(), strict=True))
    rounds.sort(key=lambda turns: max(others for _, others in turns))
    quiet = rounds[: (len(rounds) + 1) // 2]
    return {name: statistics.median(turns[i][0] for turns in quiet) for i, name in enumerate(results)}


def load_of_others(results):
    """Return the processors that other processes used in the rounds that `medians` took, at worst."""
    rounds = sorted(max(others for _, others in turns) for turns in zip(*results.values(), strict=True))
    return rounds[(len(rounds) - 1) // 2]


def show(title, header, rows):
    """Print a table: a title, column names, and rows of strings."""
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
