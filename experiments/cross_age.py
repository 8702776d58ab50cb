"""Whether ageing helps to recognise drawn people over the years, for all ageing weights of the zoo.

usage: python -m experiments.cross_age [--people 100] [--runs DIR/older,DIR/other]

Persons who never lived are drawn at two ages, with another pose, light, expression and clothes each time, as on photos.
Their young photo is made older by every ageing model, runs of one's own among them, and compared with the old one. The
first row has the young photo drawn at the later age: what a model that ages drawn faces perfectly would reach.
"""

import sys

import numpy as np
from absl import flags

from experiments import _trials
from keras_facegan.abilities import Ages, Embeds, can
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.data.drawing import draw, sample_parameters
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.cross_age import JUDGE, YOUNGEST, cross_age, find_pair, older, widest_pairs
from keras_facegan.photos.networks import load_network
from keras_facegan.presets import list_models
from keras_facegan.registry import MODELS
from keras_facegan.seam import backend

# Photos per person, of which the two furthest apart are taken, the oldest age on them, and the side of a photo.
PHOTOS, OLDEST, SIDE = 6, 75, 160
SEED = 7


def main(argv):
    """Draw the people, find their faces, print the table."""
    given = Flags(__doc__)
    flags.DEFINE_integer("people", 100, "People that are drawn.", lower_bound=2, flag_values=given)
    flags.DEFINE_list("runs", [], "Directories of runs of ageing models.", flag_values=given)
    given.parse(argv)
    backend.start()
    photos = sample_parameters(
        np.arange(PHOTOS * given.people), SEED, identities=given.people, min_age=YOUNGEST, max_age=OLDEST
    )
    pairs, truth = [], []
    for young, old in widest_pairs(photos.age, photos.identity):
        pictures = draw(photos[[young, old]], SIDE)
        try:
            pairs.append(find_pair(*pictures, photos.age[young], photos.age[old]))
        except DataError:
            continue
        truth += [*draw(photos[[young]].at_age(photos.age[old]), SIDE)]
    print(f"One face was found on both photos of {len(pairs)} of {given.people} people.", file=sys.stderr)
    judge = load_network(JUDGE, Embeds)
    later = iter(truth)
    rows = [_row("drawn at the later age", cross_age(pairs, lambda pair: next(later), judge))]
    for name in [*ageing_weights(), *given.runs]:
        try:
            age = older(load_network(name, Ages))
        except UserError as error:
            print(f"Left out: {error}", file=sys.stderr)
            continue
        rows.append(_row(name, cross_age(pairs, age, judge)))
    _trials.table(rows)
    return 0


def ageing_weights():
    """Return the names of the weights in the zoo whose models age faces."""
    names = list_models(pretrained=True)
    return [name for name in names if can(MODELS.get(name.partition("/")[0]), Ages)]


def _row(name, result):
    return {
        "model": name,
        "people": result.people,
        "nearer once aged": result.nearer,
        "95 % interval": f"{result.low:.3f} to {result.high:.3f}",
        "AUC as they are": result.auc_young,
        "AUC aged": result.auc_aged,
    }


if __name__ == "__main__":
    sys.exit(guarded(main))
