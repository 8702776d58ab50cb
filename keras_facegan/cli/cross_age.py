"""Say whether ageing helps to recognise people over the years.

usage: facegan cross-age FOLDER [--weights pfa_gan/utkface_64] [--years 10] [--num 500]

The folder holds photos named as those of CACD (14_Aaron_Johnson_0001.jpg: age, name, number), MORPH (009055_1M54.JPG:
person, number, sex, age) or FG-NET (001A02.JPG: person, age). Of every person the youngest photo from 18 years on is
made as old as the oldest one. Both versions of it, as it is and aged, are compared with the oldest photo by a network
that the ageing was not trained with.
"""

import pathlib
import sys

from absl import flags
from rich.table import Table

from keras_facegan.abilities import Ages, Embeds
from keras_facegan.cli import _photos
from keras_facegan.console import plain_console
from keras_facegan.data.progress import progress
from keras_facegan.data.sets.people_over_years import people_over_years
from keras_facegan.errors import UserError
from keras_facegan.photos.ageing import OLDER
from keras_facegan.photos.cross_age import JUDGE, cross_age, find_pair, older, widest_pairs
from keras_facegan.photos.networks import data_set_of, load_network


def _flags():
    values = _photos.network_flags(__doc__, OLDER, "Ageing model of the zoo.")
    own = {"flag_values": values}
    flags.DEFINE_string("judge", JUDGE, "Identity network of the zoo that compares.", **own)
    usage = "Years between the two photos of a person at least."
    flags.DEFINE_float("years", 10.0, usage, lower_bound=1.0, upper_bound=100.0, **own)
    flags.DEFINE_integer("num", 500, "People at most; drawn where there are more.", 2, 10**6, **own)
    flags.DEFINE_integer("seed", 0, "Fixes who is drawn.", 0, 2**32 - 1, **own)
    return values


def main(argv):
    """Pair the photos, age the young ones, compare, print the table."""
    given = _flags()
    rest = given.parse(argv)
    if len(rest) != 1:
        raise UserError(f"cross-age takes one folder of photos, got {len(rest)}.")
    name, step = _photos.network_source(given)
    data_set_of(given.judge)
    photos = people_over_years(rest[0])
    chosen = widest_pairs(photos.columns["age"], photos.columns["identity"], given.years, given.num, given.seed)
    ageing, judge = load_network(name, Ages, step), load_network(given.judge, Embeds, None)
    if ageing.model.config.get("face_network") == given.judge:
        raise UserError(f"{name} was trained with {given.judge}, which would judge itself: choose another --judge.")
    age = older(ageing)
    pairs = _found(photos, chosen)
    with progress("Ageing", len(pairs), "people") as advance:
        result = cross_age(pairs, age, judge, advance)
    _show(name, result)
    return 0


def _found(photos, chosen):
    """Return a `Pair` per person whose two photos show one face each; the others are named on stderr."""
    failures, pairs = _photos.Failures(len(chosen)), []
    with progress("Looking for faces", len(chosen), "people") as advance:
        for rows in chosen:
            paths = (pathlib.Path(photos.root, photos.keys[row]) for row in rows)
            with failures.collecting():
                pairs.append(find_pair(*paths, *photos.columns["age"][rows]))
            advance(1)
    for message in failures.messages:
        print(f"Left out: {message}", file=sys.stderr)
    return pairs


def _show(name, result):
    """Print the table and what its columns are."""
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "people", "nearer once aged", "95 % interval", "AUC as they are", "AUC aged", "change"):
        table.add_column(heading)
    change = result.auc_aged - result.auc_young
    table.add_row(
        name,
        str(result.people),
        f"{result.nearer:.3f}",
        f"{result.low:.3f} to {result.high:.3f}",
        f"{result.auc_young:.3f}",
        f"{result.auc_aged:.3f}",
        f"{change:+.3f}",
    )
    console = plain_console()
    console.print(table)
    console.print(
        "Nearer once aged: share of people whose young photo, made older, is nearer to their old photo than it was. "
        "AUC: chance that the young and the old photo of one person are nearer than those of two people."
    )
