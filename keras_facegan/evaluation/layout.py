"""Results in the order of a table, for the terminal and for the page: values of all pictures, and values by groups."""

import typing

from keras_facegan.evaluation.results import Meaning, Result, meaning

LEGEND = "↑ higher is better, ↓ lower is better, → the nearer to that value the better."


class Row(typing.NamedTuple):
    """One line of a table.

    Args:
        name: What is shown as its name.
        meaning: How to read its values.
        cells: A `Result` a column, None where there is none.
    """

    name: str
    meaning: Meaning
    cells: list[Result | None]


class Groups(typing.NamedTuple):
    """A table of one metric with a column a group.

    Args:
        metric: Name of the metric.
        groups: Names of the groups, in the order in which they were measured.
        rows: A `Row` a quantity.
    """

    metric: str
    groups: list[str]
    rows: list[Row]


def overall(reports) -> list[Row]:
    """Return the values that speak of all pictures, a column a report."""
    columns = [{result.name: result for result in report.results if not result.group} for report in reports]
    rows = []
    for name in dict.fromkeys(name for column in columns for name in column):
        cells = [column.get(name) for column in columns]
        rows.append(Row(name, meaning(next(filter(None, cells))), cells))
    return rows


def by_groups(report) -> list[Groups]:
    """Return the values that speak of groups of pictures, such as ages, a table a metric."""
    tables = []
    grouped = [result for result in report.results if result.group]
    for metric in dict.fromkeys(result.metric for result in grouped):
        own = {(result.quantity, result.group): result for result in grouped if result.metric == metric}
        groups = list(dict.fromkeys(group for _, group in own))
        rows = []
        for quantity in dict.fromkeys(quantity for quantity, _ in own):
            cells = [own.get((quantity, group)) for group in groups]
            rows.append(Row(quantity, meaning(next(filter(None, cells))), cells))
        tables.append(Groups(metric, groups, rows))
    return tables


def shown(result: Result | None) -> str:
    """Return a result's value, with its error where it has one; empty where there is no result."""
    if result is None:
        return ""
    if result.value is None:
        return "none"
    return f"{result.value:.4g}" if result.error is None else f"{result.value:.4g} ± {result.error:.2g}"


def common(report) -> str:
    """Return what all values of a model depend on, as one line."""
    splits = dict.fromkeys(f"{each.settings['dataset']}, {each.settings['split']}" for each in report.results)
    extractor = next((each.extractor for each in report.results if each.extractor), None)
    through = f", looked at by {extractor['extractor']} ({extractor['weights'][:8]})" if extractor else ""
    return f"{' and '.join(splits)}{through}, seed {report.results[0].seed}"


def own(result: Result, with_split: bool = False) -> str:
    """Return what a value depends on besides, as one line.

    Args:
        result: `Result`.
        with_split: Whether the split is told, where other values are of another one.
    """
    counts = {"real": result.n_real, "generated": result.n_fake}
    counted = [f"{count:,} {name}" for name, count in counts.items() if count]
    about = [f"{name} {value}" for name, value in result.settings.items() if name not in ("dataset", "split", "judges")]
    return ", ".join([*([result.settings["split"]] if with_split else []), *counted, *about])


def of_several_splits(report) -> bool:
    """Say whether the values of a report are of different splits."""
    return len({result.settings["split"] for result in report.results}) > 1


def notes(reports) -> list[str]:
    """Return what a reader must know of some values, each said once with the names of those."""
    told = {}
    for report in reports:
        for result in report.results:
            if result.note:
                told.setdefault(result.note, {})[result.quantity] = None
    return [f"{', '.join(names)}: {note}" for note, names in told.items()]


def caution(reports) -> str:
    """Return the warning that goes with distances of features, empty where there are none."""
    names = dict.fromkeys(each.extractor["extractor"] for one in reports for each in one.results if each.extractor)
    if not names:
        return ""
    return (
        f"Features are those of {' and '.join(names)}, not of the Inception network of 2015 that published FIDs are "
        "taken with: compare these values with each other, never with published ones. Values depend on the number of "
        "pictures as well."
    )
