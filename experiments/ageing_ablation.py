"""What each part of PFA-GAN is for: trained with another age loss, without the identity loss, and without the chain.

usage: python -m experiments.ageing_ablation [--steps 1500]

The preset `pfa_gan/default` on drawn faces of 64 px, whose ages and attributes are known. Faces of 18 to 30 years are
aged into every group and judged by `experiments._drawn_judges`, trained on true labels and by no ageing model. A
picture shows some of them as they are and in the last group of every model, in the table's order.
"""

import pathlib
import sys

import keras
import numpy as np
from keras import layers

from experiments import _drawn_judges, _trials
from keras_facegan import recipe
from keras_facegan.cli import guarded
from keras_facegan.data.images import image_grid, save_image, to_float, to_uint8
from keras_facegan.metrics.ages import path_correlation
from keras_facegan.metrics.pictures import high_frequency_energy
from keras_facegan.models.pfa_gan import PFAGAN, residual_network
from keras_facegan.seam import backend

YOUNGEST, OLDEST = 18, 30
# Faces that are judged, and of these the ones that are shown.
FACES, SHOWN = 512, 5


class SingleNetwork(PFAGAN):
    """One conditional network of the size of the whole chain, told both groups, instead of the chain.

    Args:
        **settings: Arguments of `PFAGAN`.
    """

    def __init__(self, **settings):
        decay = settings.pop("ema_decay")
        super().__init__(**settings, ema_decay=0.0)
        # Parameters grow with the square of the channels.
        filters = round(self.config["filters"] * (len(self.groups) - 1) ** 0.5)
        self.generator = conditional_network(
            self.image_shape,
            len(self.groups),
            filters,
            *(self.config[key] for key in ("blocks", "kernel_size", "smooth")),
        )
        self.average("generator", decay)

    def age_path(self, images, source_group):
        """Go to every group at once, where the chain goes from one to the next."""
        aged = [self.age(images, group, source_group) for group in range(1, len(self.groups))]
        return np.stack([images, *aged], axis=1)


def conditional_network(image_shape, groups, filters, blocks, kernel_size, smooth):
    """Images, source_group (B,), target_group (B,) -> images; both groups enter as constant maps beside the colours."""
    side, _, channels = image_shape
    inputs = {
        "image": keras.Input(image_shape, name="image"),
        "source_group": keras.Input((), dtype="int32", name="source_group"),
        "target_group": keras.Input((), dtype="int32", name="target_group"),
    }
    maps = [
        layers.UpSampling2D(side)(
            layers.Reshape((1, 1, groups))(layers.CategoryEncoding(groups, output_mode="one_hot")(inputs[name]))
        )
        for name in ("source_group", "target_group")
    ]
    seen = layers.Concatenate()([inputs["image"], *maps])
    change = residual_network((side, side, channels + 2 * groups), filters, blocks, kernel_size, smooth, "change")(seen)
    return keras.Model(
        inputs, {"images": layers.Add(dtype="float32")([inputs["image"], change[..., :channels]])}, name="generator"
    )


TRIALS = {
    "all": (PFAGAN, {}),
    "without age loss": (PFAGAN, {"age_weight": 0.0}),
    "ten times the age loss": (PFAGAN, {"age_weight": 3e-4}),
    "without identity loss": (PFAGAN, {"identity_weight": 0.0, "warmup_steps": 0}),
    "one conditional network": (SingleNetwork, {}),
}


def main(argv):
    """Train the judges and the models, print the table and save the faces."""
    given = _trials.parse(__doc__, argv, steps=0)
    backend.start()
    years, kept = _drawn_judges.age_judge(), _drawn_judges.attribute_judge()
    faces = _drawn_judges.open_faces("test", 20_000)
    age = faces.columns["age"]
    young = to_float(faces.images[np.flatnonzero((age >= YOUNGEST) & (age <= OLDEST))[:FACES]])
    before, energy = kept(young), high_frequency_energy(young)
    judged = years.estimate_age(to_float(faces.images[:]))
    rows, shown = [], [young[:SHOWN]]
    for name, (kind, changes) in TRIALS.items():
        model = train(kind, changes, given.steps)
        path = model.age_path(young, 0)
        shown.append(path[:SHOWN, -1])
        estimated = np.stack([years.estimate_age(path[:, place]) for place in range(path.shape[1])], axis=1)
        real = [judged[model.groups.of(age) == group].mean() for group in range(len(model.groups))]
        rows.append(
            {
                "trained": name,
                "parameters": f"{model.generator.count_params():,}",
                "judged ages": ", ".join(f"{each:.1f}" for each in estimated.mean(axis=0)),
                "of real faces": ", ".join(f"{each:.1f}" for each in real),
                "PCC": float(path_correlation(estimated, np.asarray(model.group_ages.means)).mean()),
                "attributes kept": ", ".join(
                    f"{(kept(path[:, i]) == before).mean():.3f}" for i in range(1, path.shape[1])
                ),
                "pixel change": float(np.abs(path[:, -1] - young).mean()),
                "energy near Nyquist": float(high_frequency_energy(path[:, -1]) / energy),
            }
        )
    _trials.table(rows)
    pictures = to_uint8(np.stack(shown, axis=1).reshape(-1, *young.shape[1:]))
    save_image(
        pathlib.Path(given.out) / "ageing_ablation.png", image_grid(pictures.repeat(2, 1).repeat(2, 2), len(shown))
    )
    return 0


def train(kind, changes, steps):
    """Return a model of the preset `default` with changes, trained for its own number of steps, or for `steps`."""
    plan = recipe.resolve("pfa_gan", "default")
    keras.utils.set_random_seed(plan.train.seed)
    model = kind(**{**plan.model, **changes})
    model.compile(plan.train.optimizer)
    options = {key: value for key, value in plan.data.items() if key not in ("dataset", "sampler")}
    faces = _drawn_judges.open_faces("train", **options)
    model.adapt(faces)
    batches = faces.batches(plan.train.batch_size, seed=plan.train.seed, sampler=plan.data["sampler"])
    model.fit(batches, steps_per_epoch=steps or plan.train.steps, verbose=0)
    return model


if __name__ == "__main__":
    sys.exit(guarded(main))
