"""Whether an ageing model makes faces older, keeps the person and looks like real faces of that age.

usage: python -m experiments.ageing_results --data_dir DIR [--weights pfa_gan/utkface_64 | --run DIR] [--strips FILE]

Held-out faces of UTKFace of 18 to 30 years, aged into every later group and judged by `age_estimator/judge_64` and
`facenet/judge_64`, which no model was trained with.
"""

import pathlib
import sys

import keras
import numpy as np
from absl import flags

from experiments import _trials
from keras_facegan import load_pretrained
from keras_facegan.cli import _sources, guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.data.images import image_grid, save_image, to_float, to_uint8
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.metrics.ages import path_correlation
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.pictures import high_frequency_energy
from keras_facegan.networks.chunks import in_chunks

YOUNGEST, OLDEST = 18, 30
FAR = 1e-2


def main(argv):
    """Age, judge, print the table."""
    values = Flags(__doc__)
    flags.DEFINE_string("data_dir", None, "Folder of the data sets.", flag_values=values)
    flags.DEFINE_string("weights", "pfa_gan/utkface_64", "Ageing model of the zoo.", flag_values=values)
    flags.DEFINE_string("run", None, _sources.RUN_HELP, flag_values=values)
    flags.DEFINE_string("strips", None, "Picture of aged faces to write, for one's own eyes.", flag_values=values)
    values.parse(argv)
    model = _sources.load_model(None if values.run else values.weights, values.run)
    ages, people = load_pretrained("age_estimator/judge_64"), load_pretrained("facenet/judge_64")
    features = pooled_features(ages)

    shape = model.image_shape
    real = open_dataset("utkface", "all", image_shape=shape, data_dir=values.data_dir)
    real_group = model.groups.of(real.columns["age"])
    held_out = open_dataset("utkface", "validation+test", image_shape=shape, data_dir=values.data_dir)
    truth = held_out.columns["age"]
    chosen = (truth >= YOUNGEST) & (truth <= OLDEST)
    faces, judged_real = to_float(held_out.images[chosen]), ages.estimate_age(to_float(held_out.images[:]))
    path = model.age_path(faces, 0)
    if values.strips:
        save_strips(values.strips, path[:12])

    estimated = np.stack([ages.estimate_age(path[:, group]) for group in range(path.shape[1])], axis=1)
    embeddings = [people.embed(path[:, group]) for group in range(path.shape[1])]
    threshold, tar = people.calibration.threshold(FAR)
    unaged, energy = features(faces), high_frequency_energy(faces)
    rows = []
    for group, name in enumerate(model.groups.names):
        reference = features(to_float(real.images[np.flatnonzero(real_group == group)]))
        distance = np.square(embeddings[group] - embeddings[0]).sum(axis=1)
        before = frechet_distance(reference, unaged)
        rows.append(
            {
                "group": name,
                "judged age": float(estimated[:, group].mean()),
                "of real faces": float(judged_real[model.groups.of(truth) == group].mean()),
                "in the group": float(np.mean(model.groups.of(np.round(estimated[:, group])) == group)),
                "same person": float(np.mean(distance < threshold)),
                "Frechet": float(frechet_distance(reference, features(path[:, group]))),
                "unaged": float(before),
                "pixel change": float(np.abs(path[:, group] - faces).mean()),
                "energy near Nyquist": float(high_frequency_energy(path[:, group]) / energy),
            }
        )
        rows[-1]["ratio"] = rows[-1]["Frechet"] / before
    print(f"{len(faces)} faces of {YOUNGEST} to {OLDEST} years\n")
    _trials.table(rows)
    correlation = path_correlation(estimated, np.asarray(model.group_ages.means)).mean()
    print(f"\nPCC {correlation:.3f}. The judge accepts {tar:.1%} of real pairs of one person at FAR {FAR:g}.")
    return 0


def pooled_features(estimator):
    """Return a function from pictures to the features (n, d) that an age estimator's last layers stand on."""
    network = estimator.network("estimator")
    pooled = next(layer for layer in network.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D))
    inner = keras.Model(network.input, {"features": pooled.output})
    return lambda images: in_chunks(lambda x: inner({"image": x}, training=False)["features"], images)


def save_strips(path, faces):
    """Save aged faces (n, groups, H, W, 3), one row each."""
    rows, groups = faces.shape[:2]
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    save_image(path, image_grid(to_uint8(faces.reshape(rows * groups, *faces.shape[2:])), groups))


if __name__ == "__main__":
    sys.exit(guarded(main))
