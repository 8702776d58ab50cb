"""The results as files: metrics.json for programs, report.html for people, scalars for TensorBoard."""

import base64
import dataclasses
import html
import io
import json

from PIL import Image

from keras_facegan._version import __version__
from keras_facegan.callbacks.base import Schedule
from keras_facegan.callbacks.tensorboard import TensorBoard
from keras_facegan.files import replacing

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; } th, td { padding: .25em .8em; border-bottom: 1px solid #ddd; }
th { text-align: left; } td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.small { font-size: 12px; color: #555; overflow-wrap: anywhere; } figure { margin: 1em 0; }
img { max-width: 100%; image-rendering: pixelated; } .warning { background: #b00; color: #fff; padding: .6em 1em; }
"""


def write_json(path, reports):
    """Write every value with what it depends on.

    Args:
        path: Path of the file.
        reports: List of dicts: "name", "trained", "results" (list of `Result`), "pictures".
    """
    subjects = [
        {
            "name": each["name"],
            "trained": each["trained"],
            "results": [dataclasses.asdict(result) for result in each["results"]],
        }
        for each in reports
    ]
    text = json.dumps({"version": __version__, "subjects": subjects}, indent=2, allow_nan=False)
    _replace(path, f"{text}\n")


def write_html(path, reports):
    """Write one page that holds its pictures and its style and asks no server for anything.

    Args:
        path: Path of the file.
        reports: As for `write_json`; "pictures" is a dict from titles to uint8 (H, W, C).
    """
    title = " and ".join(each["name"] for each in reports)
    body = [f"<h1>{html.escape(title)}</h1>"]
    for report in reports:
        body.append("<section>")
        if len(reports) > 1:
            body.append(f"<h2>{html.escape(report['name'])}</h2>")
        if not report["trained"]:
            body.append('<p class="warning">The weights are random: this model was never trained.</p>')
        body.append(_table(report["results"]))
        for caption, pixels in report["pictures"].items():
            source = f"data:image/png;base64,{_png(pixels)}"
            text = html.escape(caption)
            body.append(f'<figure><figcaption>{text}</figcaption><img alt="{text}" src="{source}"></figure>')
        body.append("</section>")
    head = f"<meta charset='utf-8'><title>{html.escape(title)}</title><style>{_STYLE}</style>"
    page = "\n".join(body)
    _replace(path, f"<!doctype html>\n<html lang='en'><head>{head}</head>\n<body>\n{page}\n</body></html>\n")


def write_scalars(folder, report):
    """Write the values as "evaluation/<name>" for TensorBoard.

    Args:
        folder: Folder of the event file.
        report: As one of `write_json`.
    """
    values = {f"evaluation/{each.name}": each.value for each in report["results"] if each.value is not None}
    board = TensorBoard(folder, {"model": report["name"]}, images_per_step=1, schedule=Schedule(0, 0), every=1)
    try:
        board.scalars(0, values)
    finally:
        board.close()


def shown(result):
    """Return a result's value, with its error where it has one, as text."""
    if result.value is None:
        return "none"
    return f"{result.value:.4g}" if result.error is None else f"{result.value:.4g} ± {result.error:.2g}"


def common(results):
    """Return what all values of a subject depend on, as one line."""
    about = results[0].settings
    looked = next((each.extractor for each in results if each.extractor), None)
    through = f", looked at by {looked['extractor']} ({looked['weights'][:8]})" if looked else ""
    return f"{about['dataset']}, {about['split']}{through}, seed {results[0].seed}"


def own(result):
    """Return what a value depends on besides, as one line."""
    counts = {"real": result.n_real, "generated": result.n_fake}
    counted = [f"{count:,} {name}" for name, count in counts.items() if count]
    settings = [
        f"{name} {value}" for name, value in result.settings.items() if name not in ("dataset", "split", "judges")
    ]
    return ", ".join([*counted, *settings])


def _table(results):
    rows = [f"<p>{html.escape(common(results))}</p>", "<table><tr><th>metric</th><th>value</th><th>of</th></tr>"]
    networks = {}
    for result in results:
        looked = [result.extractor] if result.extractor else []
        judges = [{"extractor": name, "weights": sha} for name, sha in result.settings.get("judges", {}).items()]
        networks |= {each["extractor"]: each for each in (*looked, *judges)}
        text = "; ".join([own(result), *(each["extractor"] for each in (*looked, *judges))])
        note = f" <strong>{html.escape(result.note)}</strong>" if result.note else ""
        rows.append(
            f'<tr><td>{html.escape(result.name)}</td><td class="number">{html.escape(shown(result))}</td>'
            f'<td class="small">{html.escape(text)}{note}</td></tr>'
        )
    rows.append("</table>")
    for each in networks.values():
        text = ", ".join(f"{key} {value}" for key, value in each.items())
        rows.append(f'<p class="small">{html.escape(text)}</p>')
    return "\n".join(rows)


def _png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _replace(path, text):
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
