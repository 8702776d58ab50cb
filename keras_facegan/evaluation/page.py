"""The results as one page that holds its pictures and its style, and asks no server for anything."""

import base64
import html
import io

from PIL import Image

from keras_facegan.errors import printable
from keras_facegan.evaluation import layout

# Screen pixels that a picture may take.
WIDTH = 640

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222; }
h1 { line-height: 1.2; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .3em .8em; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.better { white-space: nowrap; color: #555; }
.small { font-size: 12px; color: #555; overflow-wrap: anywhere; } td .small { max-width: 32em; }
figure { margin: 1em 0; } img { max-width: 100%; image-rendering: pixelated; }
.untrained { background: #b00; color: #fff; padding: .6em 1em; }
.caution { background: #fff4d6; border-left: 4px solid #e0a800; padding: .5em 1em; }
"""


def as_html(reports) -> str:
    """Return the page.

    Args:
        reports: List of `Report`; with several, their values stand side by side.
    """
    alone = len(reports) == 1
    title = " and ".join(report.candidate.name for report in reports)
    body = [f"<h1>{_text(title)}</h1>"]
    for report in reports:
        if not report.candidate.trained:
            body.append(
                _paragraph(f"{report.candidate.name}: the weights are random, it was never trained.", "untrained")
            )
    body += [_paragraph(layout.common(each) if alone else _described(each)) for each in reports]
    if caution := layout.caution(reports):
        body.append(_paragraph(caution, "caution"))
    body += [_overall(reports), _paragraph(layout.LEGEND, "small")]
    for report in reports:
        for groups in layout.by_groups(report):
            body.append(_by_groups(groups, "" if alone else f"{report.candidate.name}: "))
    body += [_paragraph(note, "small") for note in layout.notes(reports)]
    for report in reports:
        body += [_paragraph(f"{name} is left out: {reason}", "small") for name, reason in report.left_out.items()]
    body += [_paragraph(text, "small") for text in _networks(reports)]
    for report in reports:
        if not alone:
            body.append(f"<h2>{_text(report.candidate.name)}</h2>")
        body += [_figure(caption, pixels) for caption, pixels in report.pictures.items()]
    head = f"<meta charset='utf-8'><title>{_text(title)}</title><style>{_STYLE}</style>"
    page = "\n".join(body)
    return f"<!doctype html>\n<html lang='en'><head>{head}</head>\n<body>\n{page}\n</body></html>\n"


def _overall(reports):
    """Return the table of the values that speak of all pictures: a column a model, what they are of below."""
    names = ["value"] if len(reports) == 1 else [report.candidate.name for report in reports]
    rows = ["<tr><th>metric</th><th>better</th>" + "".join(f'<th class="number">{_text(name)}</th>' for name in names)]
    rows[0] += "<th>of</th></tr>"
    split = any(map(layout.of_several_splits, reports))
    for row in layout.overall(reports):
        cells = "".join(f'<td class="number">{_text(layout.shown(cell))}</td>' for cell in row.cells)
        about = dict.fromkeys(layout.own(cell, split) for cell in row.cells if cell is not None)
        rows.append(f'<tr>{_head(row)}{cells}<td class="small">{_text(" | ".join(about))}</td></tr>')
    return _table(rows) if len(rows) > 1 else ""


def _by_groups(groups, prefix):
    """Return the table of a metric with a column a group, and how many pictures each is of."""
    rows = [
        f"<tr><th>{_text(prefix)}{_text(groups.metric)} by group</th><th>better</th>"
        + "".join(f'<th class="number">{_text(group)}</th>' for group in groups.groups)
        + "</tr>"
    ]
    for row in groups.rows:
        cells = "".join(f'<td class="number">{_text(layout.shown(cell))}</td>' for cell in row.cells)
        rows.append(f"<tr>{_head(row)}{cells}</tr>")
    for word, counts in {
        "real pictures": [cell and cell.n_real for cell in groups.rows[0].cells],
        "generated pictures": [cell and cell.n_fake for cell in groups.rows[0].cells],
    }.items():
        if any(counts):
            cells = "".join(f'<td class="number">{count:,}</td>' for count in counts)
            rows.append(f'<tr><td class="small">{word}</td><td></td>{cells}</tr>')
    return _table(rows)


def _head(row):
    text = f'<div class="small">{_text(row.meaning.text)}</div>'
    return f'<td>{_text(row.name)}{text}</td><td class="better">{_text(row.meaning.better)}</td>'


def _networks(reports):
    """Return a line on every network that looked at pictures."""
    lines = {}
    for result in (result for report in reports for result in report.results):
        judges = [{"judge": name, "weights": sha} for name, sha in result.settings.get("judges", {}).items()]
        for each in (*([result.extractor] if result.extractor else []), *judges):
            # A line is told once, a dict keeps the order.
            lines[", ".join(f"{key} {value}" for key, value in each.items())] = None
    return [*lines]


def _described(report):
    return f"{report.candidate.name}: {layout.common(report)}"


def _figure(caption, pixels):
    source, width = f"data:image/png;base64,{_png(pixels)}", pixels.shape[1]
    # Small pictures are shown larger, every pixel as a square of whole size.
    img = f'<img alt="{_text(caption)}" width="{width * max(1, WIDTH // width)}" src="{source}">'
    return f"<figure><figcaption>{_text(caption)}</figcaption>{img}</figure>"


def _table(rows):
    return '<div class="scroll"><table>\n' + "\n".join(rows) + "\n</table></div>"


def _paragraph(text, kind=""):
    return f'<p class="{kind}">{_text(text)}</p>' if kind else f"<p>{_text(text)}</p>"


def _text(text):
    return html.escape(printable(str(text)))


def _png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
