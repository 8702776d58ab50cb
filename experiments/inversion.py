"""Pictures as codes: inversion, denoising and inpainting by committed generators, absolute against squared differences.

usage: python -m experiments.inversion --data_dir DIR

Digits are MNIST's test pictures. The cats are those that the generator was trained on, for there are no others; the
faces of `celeba_identity` are people whom it never saw, cropped closer than those it was trained on. Every search
leaves its state in --runs, so that the same command goes on where it was stopped.
"""

import dataclasses
import pathlib
import sys
import time

import numpy as np

from experiments import _trials
from keras_facegan import load_pretrained
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.latent.curves import loss_curves
from keras_facegan.latent.denoising import add_noise, denoise
from keras_facegan.latent.inpainting import inpaint, square_hole
from keras_facegan.latent.inversion import invert
from keras_facegan.latent.settings import LEARNING_RATES, Settings
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.metrics.similarity import ssim

SIGMAS = (0.2, 0.3, 0.4)
HOLE, FARTHEST = 8, 4
# All but the rows that compare rates: a fifth of the default steps, at ten times the default rate where it is lower.
RATE, STEPS = 0.05, 1000
# What is asked of digits: MSE of drawn ones in how many cases, and MSE of real ones.
DRAWN_MSE, DRAWN_SHARE, REAL_MSE = 1e-3, 0.8, 0.06
NOISE_SEED, HOLE_SEED, CODE_SEED = 1, 2, 77


@dataclasses.dataclass(frozen=True)
class Case:
    """A generator and the pictures that it is asked for.

    Args:
        weights: Name of the zoo.
        sets: Dict from what pictures are to (data set, split, the first, the distance of two of them).
        pictures: How many of them.
        starts: Starts of a picture in denoising and inpainting.
    """

    weights: str
    sets: dict
    pictures: int
    starts: int


CASES = (
    Case("dcgan/mnist_32", {"test digits": ("mnist", "test", 0, 1)}, 24, 4),
    Case("dcgan/cats_64", {"cats, trained on": ("cats", "all", 0, 700)}, 12, 2),
    Case(
        "dcgan/celeba_64_narrow",
        {
            "faces, other people": ("celeba_identity", "test", 0, 64),
            "faces, trained on": ("celeba", "all", 0, 700),
        },
        12,
        2,
    ),
)


def main(argv):
    """Print the tables and save the loss curves."""
    given = _trials.parse(__doc__, argv, steps=0)
    runs = pathlib.Path(given.runs) / "inversion"
    runs.mkdir(parents=True, exist_ok=True)
    speeds, inverted, noisy, variants, holes, curves = [], [], [], [], [], {}
    for case in CASES:
        trial = Trial(case, given, runs)
        speeds.append(trial.speed())
        inverted += trial.inversions(curves)
        noisy += trial.denoising()
        variants += trial.variants()
        holes += trial.inpainting()
    path = pathlib.Path(given.out) / "inversion_losses.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    loss_curves(path, list(curves), list(curves.values()))
    titles = (
        "Speed, batches of 64",
        "Inversion, L2",
        "Denoising",
        "Denoising at sigma 0.3 in other ways",
        "Inpainting",
    )
    for title, rows in zip(titles, (speeds, inverted, noisy, variants, holes), strict=True):
        print(f"\n{title}\n")
        _trials.table(rows)
    return 0


class Trial:
    """The searches with one generator.

    Args:
        case: `Case`.
        given: Flags of `_trials.parse`; `steps` shortens every search.
        runs: Folder of the states.
    """

    def __init__(self, case, given, runs):
        self.case, self.given, self.runs = case, given, runs
        self.model = load_pretrained(case.weights)
        self.sets = {name: self._read(*place) for name, place in case.sets.items()}
        # The others only show what training on a picture is worth.
        self.name, self.clean = next(iter(self.sets.items()))

    def _read(self, dataset, split, first, step):
        shape = self.model.image_shape
        examples = open_dataset(dataset, split, image_shape=shape, data_dir=self.given.data_dir)
        return to_float(np.asarray(examples.images[first::step][: self.case.pictures]))

    def settings(self, name, **changes):
        """Return the keyword arguments of a search, and the file that it goes on from.

        Args:
            name: Of the search.
            **changes: Settings other than `RATE` and `STEPS`.
        """
        settings = {"learning_rate": RATE, "steps": STEPS, **changes}
        if self.given.steps:
            settings["steps"] = self.given.steps
        title = f"{self.case.weights} {name}"
        return {
            "title": title,
            "state_file": self.runs / f"{title.replace('/', '-').replace(' ', '_')}.state",
            **settings,
        }

    def speed(self):
        """Return steps a second of processor time, a picture and start."""
        targets = self.model.generate(16, seed=CODE_SEED)

        def seconds(steps):
            begin = time.process_time()
            invert(self.model, targets, steps=steps, restarts=4)
            return time.process_time() - begin

        # Both compile, so that the difference is of steps alone.
        short, long = 5, 105
        return {
            "weights": self.case.weights,
            "steps / s": round(64 * (long - short) / (seconds(long) - seconds(short))),
        }

    def inversions(self, curves):
        """Return rows of the inversions; add median loss curves by name."""
        usual = LEARNING_RATES["digits" if self.model.image_shape[-1] == 1 else "faces"]
        drawn = self.model.generate(self.case.pictures, seed=CODE_SEED)
        plans = [("drawn by G", drawn, f"drawn {each}", {"restarts": each}) for each in (1, 4)]
        plans += [(name, images, f"real {i}", {"restarts": 4}) for i, (name, images) in enumerate(self.sets.items())]
        # The default rate and steps take faces long, so fewer of them, and the same ones the short way.
        few = self.clean if usual == RATE else self.clean[: len(self.clean) // 2]
        plans.append((self.name, few, "short", {"restarts": 1}))
        plans.append((self.name, few, "long", {"restarts": 1, "steps": Settings.steps, "learning_rate": usual}))
        rows = []
        for name, images, key, changes in plans:
            settings = self.settings(f"invert {key}", **changes)
            found = invert(self.model, images, **settings)
            mse = np.square(found.images - images).mean(axis=(1, 2, 3))
            row = {
                "weights": self.case.weights,
                "pictures": f"{len(images)} {name}",
                "rate": f"{settings['learning_rate']:g}",
                "steps": settings["steps"],
                "starts": changes["restarts"],
                "MSE": f"{mse.mean():.4f}",
                "median": f"{np.median(mse):.4f}",
                "worst": f"{mse.max():.4f}",
                "below 0.001": f"{(mse < DRAWN_MSE).mean():.0%}",
                "below 0.06": f"{(mse < REAL_MSE).mean():.0%}",
                "PSNR": f"{psnr(found.images, images).mean():.1f}",
                "SSIM": f"{ssim(found.images, images).mean():.3f}",
                "size of z": f"{np.sqrt(np.square(found.latents).mean()):.2f}",
            }
            rows.append(row)
            if changes["restarts"] == 4 or key == "long":
                label = f"{self.case.weights}: {name}, rate {row['rate']}, {row['starts']} starts"
                curves[label] = np.median(np.minimum.accumulate(found.curves, axis=1), axis=0)
        return rows

    def denoising(self):
        """Return a row a standard deviation, absolute against squared differences."""
        rows = []
        for sigma in SIGMAS:
            noisy = add_noise(self.clean, sigma, NOISE_SEED)
            before, ratios, likeness = psnr(np.clip(noisy, -1.0, 1.0), self.clean), {}, {}
            for loss in ("l1", "l2"):
                found = denoise(
                    self.model, noisy, **self.settings(f"denoise {sigma} {loss}", loss=loss, restarts=self.case.starts)
                )
                ratios[loss], likeness[loss] = psnr(found.images, self.clean), ssim(found.images, self.clean)
            rows.append(
                {
                    "pictures": self.name,
                    "sigma": f"{sigma:g}",
                    "PSNR noisy": f"{before.mean():.1f}",
                    "gain L1": _with_error(ratios["l1"] - before),
                    "gain L2": _with_error(ratios["l2"] - before),
                    "L1 - L2": _with_error(ratios["l1"] - ratios["l2"]),
                    "SSIM noisy": f"{ssim(np.clip(noisy, -1.0, 1.0), self.clean).mean():.3f}",
                    "SSIM L1": f"{likeness['l1'].mean():.3f}",
                    "SSIM L2": f"{likeness['l2'].mean():.3f}",
                }
            )
        return rows

    def variants(self):
        """Return a row a way to denoise: clipped noise, noise drawn afresh, codes kept likely."""
        sigma, rows = 0.3, []
        noisy = add_noise(self.clean, sigma, NOISE_SEED)
        clipped = np.clip(noisy, -1.0, 1.0)
        before = psnr(clipped, self.clean)
        plans = {
            "clipped to the range, L2": (clipped, {"loss": "l2"}),
            "fresh noise at every step, L2": (noisy, {"loss": "l2", "literal_fresh_noise": sigma}),
            "regulariser 0.01, L2": (noisy, {"loss": "l2", "regulariser": 1e-2}),
        }
        for number, (name, (images, changes)) in enumerate(plans.items()):
            found = denoise(
                self.model, images, **self.settings(f"variant {number}", restarts=self.case.starts, **changes)
            )
            rows.append(
                {"pictures": self.name, "way": name, "gain": _with_error(psnr(found.images, self.clean) - before)}
            )
        return rows

    def inpainting(self):
        """Return a row of absolute, squared differences and the mean of what is known, inside the hole."""
        rng = np.random.default_rng(HOLE_SEED)
        shifts = rng.integers(-FARTHEST, FARTHEST + 1, (len(self.clean), 2))
        known = np.stack([square_hole(self.model.image_shape, HOLE, tuple(shift)) for shift in shifts])
        mask = known[..., None]
        means = (self.clean * mask).sum(axis=(1, 2), keepdims=True) / mask.sum(axis=(1, 2), keepdims=True)
        fill = in_holes(np.broadcast_to(means, self.clean.shape), known)
        truth = in_holes(self.clean, known)
        ratios = {"mean": psnr(fill, truth)}
        for loss in ("l1", "l2"):
            found = inpaint(
                self.model, self.clean, known, **self.settings(f"inpaint {loss}", loss=loss, restarts=self.case.starts)
            )
            ratios[loss] = psnr(in_holes(found.images, known), truth)
        return [
            {
                "pictures": self.name,
                "PSNR of mean fill": f"{ratios['mean'].mean():.1f}",
                "PSNR L1": f"{ratios['l1'].mean():.1f}",
                "PSNR L2": f"{ratios['l2'].mean():.1f}",
                "L1 - mean fill": _with_error(ratios["l1"] - ratios["mean"]),
                "L1 better": f"{(ratios['l1'] > ratios['mean']).mean():.0%}",
                "L2 - mean fill": _with_error(ratios["l2"] - ratios["mean"]),
                "L2 better": f"{(ratios['l2'] > ratios['mean']).mean():.0%}",
                "L1 - L2": _with_error(ratios["l1"] - ratios["l2"]),
            }
        ]


def in_holes(images, known):
    """Return what square holes hide, (n, side, side, C)."""
    side = round((~known[0]).sum() ** 0.5)
    return np.stack([image[~mask].reshape(side, side, -1) for image, mask in zip(images, known, strict=True)])


def _with_error(values):
    return f"{values.mean():+.2f} +- {values.std(ddof=1) / len(values) ** 0.5:.2f}"


if __name__ == "__main__":
    sys.exit(guarded(main))
