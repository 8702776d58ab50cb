"""Every committed weight measured by all that it allows, as one page.

usage: python -m experiments.zoo_metrics --data_dir DIR [--num 2000] [--out docs/results/metrics.md]

A weight whose numbers lie in --reports already is not measured again.
"""

import dataclasses
import json
import pathlib
import sys

from absl import flags

from keras_facegan import evaluate
from keras_facegan.abilities import Generates
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.evaluation import new_folder, write
from keras_facegan.presets import list_models
from keras_facegan.registry import MODELS

# Headings of the tables, the values they show, and what is said above them.
TABLES = {
    "Generators": (
        ("fid", "kid", "precision", "recall", "density", "coverage", "diversity", "neighbour_distance", "copies",
         "sharpness", "fine_detail"),
        "Features of the extractor named; values of two extractors must not be compared, nor any with published FIDs, "
        "which Inception gives. Real pictures are those that the model learnt from. Diversity, neighbour distance, "
        "sharpness and fine detail are ratios to real pictures, 1 being as these; copies are samples nearer to a real "
        "picture than 99 % of real ones are to each other.",
    ),
    "Generators of digits, by classes": (
        ("classifier_score", "classifier_score_real", "ms_ssim", "ms_ssim_real", "class_accuracy"),
        "Beside each value that of real pictures. Class accuracy: the share of pictures that the extractor's "
        "classifier sees as the digit that was asked for.",
    ),
    "Likelihoods": (
        ("bits_per_dim", "nll"),
        "Bits per value and nats per picture, on held-out pictures; bounds where a model gives no more. See "
        "[how likely pictures are](likelihood.md).",
    ),
    "Rebuilt pictures": (("rebuilt_psnr",), "In dB, on held-out pictures."),
    "Attributes": (
        ("hamming_loss", "majority_hamming_loss", "macro_f1"),
        "Held-out faces. The share of attributes told wrongly, beside that where every face is told what most have.",
    ),
    "Age estimators": (("mae", "bias"), "Years, on held-out faces: validation and test together."),
    "Identity networks": (
        ("auc", "equal_error_rate", "tar_at_far_1e-2"),
        "Held-out people, validation and test together, all pairs of pictures.",
    ),
    "Classifiers": (("accuracy",), "Held-out pictures."),
    "Features under corruption": (
        ("two_halves", *(f"{kind}_{level}" for kind in ("blur", "noise", "cover", "tear") for level in (1, 4)),
         "rising_steps"),
        "Frechet distance of held-out pictures from the same ones spoilt, at the least and most of four levels; two "
        "halves of the pictures are as far apart by chance. Rising steps: share of the steps between levels that lead "
        "farther away.",
    ),
    "Ageing, by groups": (
        ("judged_age", "real_age", "in_group", "same_person", "frechet", "frechet_unaged", "pixel_change",
         "fine_detail"),
        "Held-out faces of the group that ageing begins with, its row first, judged by networks that took no part in "
        "training; read the judged ages against those of real faces.",
    ),
    "Ageing, along the path": (("path_correlation", "judge_accepts_real_pairs"), "The same faces."),
}  # fmt: skip

# What a model is for, where its features could be measured too.
PURPOSE = {"age_estimator": "ages"}
# Models that are measured against others alone, on pages of their own.
ELSEWHERE = {"cyclegan": "translation.md", "restoration_gan": "restoration.md"}


def main(argv):
    """Measure, write the page."""
    values = Flags(__doc__)
    flags.DEFINE_string("data_dir", None, "Folder of the data sets.", flag_values=values)
    flags.DEFINE_string("reports", "runs/zoo_metrics", "Folder of the reports.", flag_values=values)
    flags.DEFINE_string("out", "docs/results/metrics.md", "The page.", flag_values=values)
    flags.DEFINE_integer("num", 2000, "Pictures of either kind, of generators.", flag_values=values)
    values.parse(argv)
    names = [name for name in list_models(pretrained=True) if name.split("/")[0] not in ELSEWHERE]
    found = {name: measured(name, values) for name in names}
    elsewhere = " and ".join(f"[`{model}`]({page})" for model, page in ELSEWHERE.items())
    page = [_HEADING.format(num=values.num, elsewhere=elsewhere)]
    for title, (columns, text) in TABLES.items():
        split = by_group(found) if title == "Ageing, by groups" else found
        rows = {name: results for name, results in split.items() if columns[0] in results}
        if rows:
            page += [f"## {title}\n", f"{text}\n", table(columns, rows)]
    pathlib.Path(values.out).write_text("\n".join(page), encoding="utf-8")
    print(f"{values.out} is written.")
    return 0


def measured(name, values):
    """Return the results of a weight by their names, measured now if they were not before."""
    folder = pathlib.Path(values.reports) / name.replace("/", "-")
    path = folder / "metrics.json"
    if path.is_file():
        return {each["name"]: each for each in json.loads(path.read_text())["subjects"][0]["results"]}
    model = name.split("/")[0]
    num = values.num if issubclass(MODELS.get(model), Generates) else None
    try:
        report = evaluate(name, data_dir=values.data_dir, metrics=PURPOSE.get(model), num=num)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None
    print(report)
    with new_folder(folder) as empty:
        write(empty, [report])
    return {result.name: dataclasses.asdict(result) for result in report.results}


def by_group(found):
    """Return the results of ageing models with a row a weight and age group, named without their groups."""
    rows, first = {}, "judged_age_"
    for name, results in found.items():
        for group in (key.removeprefix(first) for key in results if key.startswith(first)):
            ending = f"_{group}"
            rows[f"{name}, {group}"] = {
                key.removesuffix(ending): value for key, value in results.items() if key.endswith(ending)
            }
    return rows


def table(columns, rows):
    """Return a Markdown table with a row a weight."""
    columns = [column for column in columns if any(column in results for results in rows.values())]
    lines = [f"| weights | data, pictures | {' | '.join(column.replace('_', ' ') for column in columns)} |"]
    lines.append(f"|{'---|' * (len(columns) + 2)}")
    for name, results in rows.items():
        first, told = results[columns[0]], [results[column] for column in columns if column in results]
        most = {word: max(each[key] for each in told) for key, word in (("n_real", "real"), ("n_fake", "generated"))}
        counts = [f"{count:,} {word}" for word, count in most.items() if count]
        about = f"{first['settings']['dataset']} ({first['settings']['split']}), {', '.join(counts)}"
        if first["extractor"]:
            about += f", {first['extractor']['extractor']}"
        lines.append(f"| `{name}` | {about} | {' | '.join(_cell(results.get(column)) for column in columns)} |")
    return "\n".join([*lines, ""])


def _cell(result):
    if result is None or result["value"] is None:
        return ""
    return f"{result['value']:.3g}" + (f" ± {result['error']:.1g}" if result["error"] is not None else "")


_HEADING = """# The zoo, measured

    python -m experiments.zoo_metrics --data_dir DIR --num {num}

Seed 0; pictures are rounded to 8 bits and resized without aliasing before a network looks at them. The same numbers
with all their settings, hashes of the extractors included, come from `python evaluate.py --weights NAME`. Distances of
distributions are too large by an amount that falls with the number of pictures: compare those of equal numbers alone.
{elsewhere} have pages of their own.
"""


if __name__ == "__main__":
    sys.exit(guarded(main))
