"""The results as text: a table of values, and one by groups where a metric gives such."""

import io

from rich.console import Group
from rich.table import Table
from rich.text import Text

from keras_facegan.console import plain_console
from keras_facegan.evaluation import layout


def as_renderable(reports) -> Group:
    """Return what rich prints: what the values depend on, the tables, and the notes.

    Args:
        reports: List of `Report`; with several, each has a column.
    """
    alone = len(reports) == 1
    parts = [Text.assemble((each.candidate.name, "bold"), f": {layout.common(each)}") for each in reports]
    if rows := layout.overall(reports):
        table = _table("metric", ["value", "of"] if alone else [report.candidate.name for report in reports])
        split = layout.of_several_splits(reports[0])
        for row in rows:
            about = [layout.own(row.cells[0], split)] if alone else []
            _add(table, row, about)
        parts.append(table)
    for report in reports:
        for groups in layout.by_groups(report):
            title = groups.metric if alone else f"{report.candidate.name}: {groups.metric}"
            table = _table(f"{title} by group", groups.groups)
            for row in groups.rows:
                _add(table, row)
            parts += ["", table]
    closing = [layout.LEGEND, layout.caution(reports)]
    parts += [Text(text, style="dim") for text in closing if text]
    return Group(*parts, *(Text(note, style="yellow") for note in layout.notes(reports)))


def as_text(reports) -> str:
    """Return the same as plain text, for `print`.

    Args:
        reports: List of `Report`.
    """
    text = io.StringIO()
    plain_console(file=text, width=100).print(as_renderable(reports))
    return text.getvalue().rstrip()


def _table(first, headings):
    table = Table(first, "", box=None, pad_edge=False)
    for heading in headings:
        # Names may hold brackets, which rich would read as a style.
        table.add_column(Text(heading))
    return table


def _add(table, row, about=()):
    table.add_row(*map(Text, (row.name, row.meaning.better, *map(layout.shown, row.cells), *about)))
