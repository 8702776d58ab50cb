"""How near restored faces and cats come to the true ones, by the restoration GAN and by every classical method.

usage: python -m experiments.restoration_results --data_dir DIR [--steps N]

The presets celeba_64_sr2, celeba_64_sr4, celeba_64_denoise, celeba_64_deblur and celeba_64_inpaint, two of them by L1
alone, and sr4 on men alone. Runs that are there, RUNS/restoration/sr4, sr4-l1, sr4-men and so on, are taken as they
are; the others are trained. Settings of the classical methods are those of the highest PSNR on 100 held-out faces that
nothing is reported of. Numbers are kept in RUNS/restoration/results.json: the same command goes on where it was
interrupted. Writes the page OUT/restoration.md.
"""

import dataclasses
import pathlib
import sys
import textwrap
from collections.abc import Callable

import keras
import numpy as np

from experiments import _trials
from experiments._kept import Kept, cell, interval, ratio
from keras_facegan import load_model
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.evaluation.extractors import fitting_extractor, open_extractors
from keras_facegan.files import write_text
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.pictures import sharpness
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.metrics.similarity import ssim
from keras_facegan.networks.degradations import Degradation, gaussian_kernel
from keras_facegan.presets import read_preset
from keras_facegan.restoration import baselines

# The classical settings are chosen on the first pictures of the first set.
SETS, CHOOSING = ("celeba", "cats"), 100
PRESET, SIDE = "celeba_64_{}", 64
SIGMA, BLUR, SEED = 0.1, 2.0, 0
# Besides the pictures by the full loss.
BY_L1 = ("sr4", "denoise")
# A network of its own for the faces of one attribute, and the task that it is trained for.
SUBSET, ATTRIBUTE, SUBSET_TASK = "men", "Male", "sr4"
GAN, L1, ALONE = "GAN", "GAN's network, L1 alone", f"GAN, trained on {SUBSET} alone"
# By network, what its run is called after the task, and what is changed in the preset.
NETWORKS = {
    GAN: ("", {}),
    L1: ("-l1", {"model.adversarial_weight": 0.0}),
    ALONE: (f"-{SUBSET}", {"data.only": ATTRIBUTE}),
}
STRENGTHS = [{"strength": strength} for strength in (0.4, 0.6, 0.8, 1.0, 1.2)]
KERNEL = gaussian_kernel(BLUR)


def _enlarging(scale):
    return {
        "nearest": (lambda images: baselines.nearest(images, scale), [{}]),
        "bicubic": (lambda images: baselines.bicubic(images, scale), [{}]),
    }


# By task: the method and the settings to choose from. What is spoilt alone is the first row of a task.
CLASSICAL: dict[str, dict[str, tuple[Callable, list[dict]]]] = {
    "sr2": _enlarging(2),
    "sr4": _enlarging(4),
    "denoise": {
        "noisy": (lambda images: images, [{}]),
        "median": (baselines.median, [{"size": 3}, {"size": 5}]),
        "non-local means": (lambda images, **each: baselines.non_local_means(images, SIGMA, **each), STRENGTHS),
        "non-local means of local means": (
            lambda images, **each: baselines.local_mean_nlm(images, SIGMA, **each),
            STRENGTHS,
        ),
    },
    "deblur": {
        "blurred": (lambda images: images, [{}]),
        "Wiener": (
            lambda images, **each: baselines.wiener(images, KERNEL, **each),
            [{"balance": balance} for balance in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)],
        ),
        "ADMM, total variation": (
            lambda images, **each: baselines.admm_tv(images, KERNEL, rho=0.1, **each),
            [{"weight": weight} for weight in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)],
        ),
    },
    "inpaint": {
        "grey hole": (lambda images, known: images, [{}]),
        "biharmonic": (baselines.biharmonic, [{}]),
    },
}


@dataclasses.dataclass
class Trial:
    """What the methods are compared on.

    Args:
        given: Flags of `_trials.parse`.
        images: Dict from a set to its held-out pictures, float32 (n, side, side, 3) in [-1, 1].
        choosing: Other held-out pictures, by which the classical settings are chosen.
    """

    given: object
    images: dict[str, np.ndarray]
    choosing: np.ndarray

    def __post_init__(self):
        self.folder = pathlib.Path(self.given.runs) / "restoration"
        self.kept = Kept(self.folder / "results.json")
        self.chosen, self.extractors, self.restorers = {}, {}, {}

    def row(self, dataset, task, name):
        """Return the numbers of a method on a set, kept from an earlier call or measured now."""
        steps = f", {self.given.steps} steps" if self.given.steps and name in NETWORKS else ""
        title = f"{dataset}, {task}, {name}{steps}"

        def measure():
            truth = self.images[dataset]
            restore, settings = self._method(task, name)
            return self._measured(dataset, restore(**spoilt(task, truth)), truth) | {"settings": settings}

        return self.kept.get(title, measure)

    def _method(self, task, name):
        """Return a method as a function of the spoilt pictures, and its settings in words."""
        if name in NETWORKS:
            return self._restorer(task, name), ""
        if (task, name) not in self.chosen:
            method, settings = CLASSICAL[task][name]
            truth = self.choosing
            best = settings[0]
            if len(settings) > 1:
                best = baselines.best_settings(method, settings, spoilt(task, truth), truth)
            self.chosen[task, name] = (lambda **each: method(**each, **best)), _in_words(best)
        return self.chosen[task, name]

    def _restorer(self, task, name):
        """Return `restore` of a network, trained unless its run is there."""
        suffix, changes = NETWORKS[name]
        run = f"{task}{suffix}"
        if run not in self.restorers:
            _trials.train(f"restoration/{run}", "restoration_gan", PRESET.format(task), changes, self.given)
            self.restorers[run] = load_model(self.folder / run).restore
        return self.restorers[run]

    def _measured(self, dataset, restored, truth):
        """Return [value, low, high] of every measure; of the Frechet distance the value alone."""
        sharp = [np.array([sharpness(each[None]) for each in images]) for images in (restored, truth)]
        if dataset not in self.extractors:
            seen_by = SETS[0] if dataset == SUBSET else dataset
            self.extractors[dataset] = open_extractors(fitting_extractor(seen_by, "SETS")).features
        features = [self.extractors[dataset](images) for images in (restored, truth)]
        return {
            "psnr": interval(np.mean, psnr(restored, truth)),
            "ssim": interval(np.mean, ssim(restored, truth)),
            "sharpness": interval(ratio, *sharp),
            "frechet": [float(frechet_distance(features[1], features[0]))],
        }


def main(argv):
    """Measure what is missing, write the page."""
    given = _trials.parse(__doc__, argv, steps=0)
    examples = {name: _held_out(name, given) for name in SETS}
    images = {name: to_float(np.asarray(each.images)) for name, each in examples.items()}
    has_it = examples[SETS[0]].columns["attributes"][CHOOSING:, CELEBA_ATTRIBUTES.index(ATTRIBUTE)] > 0.5
    choosing, images[SETS[0]] = np.split(images[SETS[0]], [CHOOSING])
    images[SUBSET] = images[SETS[0]][has_it]
    trial = Trial(given, images, choosing)
    compared = {(dataset, task): _names(task) for task in CLASSICAL for dataset in SETS}
    compared[SUBSET, SUBSET_TASK] = [*CLASSICAL[SUBSET_TASK], GAN, ALONE]
    rows = {place: {name: trial.row(*place, name) for name in names} for place, names in compared.items()}
    path = pathlib.Path(given.out) / "restoration.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page(rows, {name: len(each) for name, each in images.items()}, given.steps))
    print(path)
    return 0


def _held_out(name, given):
    """Open the pictures of a set that nothing was trained on."""
    return open_dataset(name, "validation+test", image_shape=(SIDE, SIDE, 3), data_dir=given.data_dir)


def _names(task):
    return [*CLASSICAL[task], GAN, *([L1] if task in BY_L1 else [])]


def spoilt(task, images):
    """Return the arguments of a method: spoilt pictures, the same for all methods."""
    degradation = Degradation(task, noise=(SIGMA, SIGMA), blur=BLUR)
    made = degradation(keras.ops.convert_to_tensor(images), keras.random.SeedGenerator(SEED))
    made = {name: keras.ops.convert_to_numpy(values) for name, values in made.items()}
    return {"images": made["image"]} | ({"known": made["known"][..., 0]} if "known" in made else {})


def _in_words(settings):
    return ", ".join(f"{key} {value:g}" for key, value in settings.items())


def page(rows, counts, steps):
    """Return the page of results as Markdown.

    Args:
        rows: Dict from (set, task) to {method: its numbers}.
        counts: Held-out pictures of every set.
        steps: Steps of every network; 0 for those of the presets.
    """
    trained = read_preset("restoration_gan", PRESET.format(BY_L1[0]))["train"]
    first = f"{counts[SETS[0]]:,} held-out pictures of {SETS[0]}"
    others = "".join(f", all {counts[name]:,} of {name}" for name in SETS[1:])
    others += f"; of the first, {counts[SUBSET]:,} are {SUBSET}"
    parts = [
        "# Restored pictures\n",
        f"How near restored pictures come to the true ones: {first}{others}. Networks are trained on faces alone; cats "
        "stand in for pictures of another kind.\n",
        f"    python -m experiments.restoration_results --data_dir DIR{f' --steps {steps}' if steps else ''}\n",
        f"Pictures have {SIDE} pixels a side. sr2 and sr4: means of 2 x 2 and 4 x 4 pixels. denoise: normal noise of "
        f"{SIGMA:g} on values in [0, 1], clipped. deblur: a Gaussian of {BLUR:g} pixels, known to Wiener and ADMM, and "
        "noise of 0.01. inpaint: a rectangle of an eighth to three eighths of the side. PSNR in dB, SSIM, and the "
        "sharpness as a share of that of the true pictures are means over pictures, with 95 % intervals over 1,000 "
        "resamples. The "
        "Frechet distance is between all restored and all true pictures, by the network that the data set declares. "
        f"Settings of classical methods are the best on {CHOOSING} other held-out pictures. Every network has had "
        f"{steps or trained['steps']:,} steps of {trained['batch_size']} pictures.\n",
        "| aim | reached |\n|---|---|",
        *(f"| {aim} | {reached} |" for aim, reached in _aims(rows)),
        "",
    ]
    for (dataset, task), methods in rows.items():
        parts += [f"## {task}, {dataset}\n", "| method | settings | PSNR | SSIM | sharpness | Frechet distance |"]
        parts.append("|---|---|---|---|---|---|")
        for name, numbers in methods.items():
            cells = [cell(numbers[key], digits) for key, digits in (("psnr", 2), ("ssim", 3), ("sharpness", 2))]
            cells.append(f"{numbers['frechet'][0]:.3g}")
            parts.append(f"| {name} | {numbers['settings']} | {' | '.join(cells)} |")
        parts.append("")
    # Tables stay as they are.
    return "\n".join(part if "|" in part else "\n".join(_wrapped(part)) for part in parts)


def _wrapped(text):
    return [line for each in text.split("\n") for line in textwrap.wrap(each, 120) or [""]]


def _aims(rows):
    """Return (what is claimed or aimed at, what was measured) of faces."""

    def value(task, name, measure="psnr", dataset=SETS[0]):
        return rows[dataset, task][name][measure][0]

    def over(task, name, other):
        return value(task, name) - value(task, other)

    def gain(task, dataset):
        """How many dB the network is above the best classical method."""
        return value(task, GAN, dataset=dataset) - max(value(task, name, dataset=dataset) for name in CLASSICAL[task])

    for task, margin in (("sr2", -1.0), ("sr4", 0.0)):
        wanted = "at most 1 dB below bicubic" if margin else "above bicubic"
        yield f"{task}: {wanted}", _judged(over(task, GAN, "bicubic"), margin)
        sharp = [value(task, name, "sharpness") for name in (GAN, "bicubic")]
        yield (
            f"{task}: sharper than bicubic",
            f"{'yes' if sharp[0] > sharp[1] else 'no'}, {sharp[0]:.2f} and {sharp[1]:.2f}",
        )
    yield "denoise: 6 dB above the noisy picture", _judged(over("denoise", GAN, "noisy"), 6.0)
    for name in ("median", "non-local means"):
        yield f"denoise: above {name}", _judged(over("denoise", GAN, name), 0.0)
    yield "deblur: at most 1 dB below Wiener with the known kernel", _judged(over("deblur", GAN, "Wiener"), -1.0)
    for task in BY_L1:
        sharp = [value(task, name, "sharpness") for name in (GAN, L1)]
        yield (
            f"{task}: what the adversarial loss costs and buys",
            f"{over(task, GAN, L1):+.2f} dB, sharpness {sharp[0]:.2f} in place of {sharp[1]:.2f}",
        )
    for task in CLASSICAL:
        gains = [gain(task, dataset) for dataset in SETS]
        yield (
            f"{task}: faces gain more over the best classical method than {SETS[-1]}",
            f"{'yes' if gains[0] > gains[-1] else 'no'}, {gains[0]:+.2f} and {gains[-1]:+.2f} dB",
        )
    alone, every = (rows[SUBSET, SUBSET_TASK][name]["psnr"] for name in (ALONE, GAN))
    certain = alone[1] > every[2] or alone[2] < every[1]
    yield (
        f"{SUBSET_TASK} of {SUBSET}: better by a network trained on {SUBSET} alone",
        _judged(alone[0] - every[0], 0.0) if certain else f"not for certain, {alone[0] - every[0]:+.2f} dB",
    )


def _judged(difference, least):
    return f"{'yes' if difference >= least else 'no'}, {difference:+.2f} dB"


if __name__ == "__main__":
    sys.exit(guarded(main))
