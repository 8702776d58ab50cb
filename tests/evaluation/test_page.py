"""What a reader sees: which way is better, what a value means, models side by side, groups as columns."""

import html.parser

import numpy as np

from keras_facegan.evaluation import layout
from keras_facegan.evaluation.page import as_html
from keras_facegan.evaluation.table import as_text
from tests.evaluation.reports import ABOUT, LOOKED, report, result


class Tables(html.parser.HTMLParser):
    """Collect the tables of a page as lists of rows of cells."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.in_cell = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag):
        self.in_cell = self.in_cell and tag not in ("td", "th")

    def handle_data(self, data):
        if self.in_cell:
            self.tables[-1][-1][-1] += f"{data} "


def cats(fid, **about):
    return report(
        result("fid", fid, extractor=LOOKED), result("recall", 0.8, "precision_recall", extractor=LOOKED), **about
    )


def test_a_value_stands_with_its_direction_and_its_meaning():
    table = Tables(as_html([cats(0.425)])).tables[0]
    assert table[0] == ["metric ", "better ", "value ", "of "]
    name, better, value, _ = table[1]
    assert name.startswith("fid Frechet distance of the features") and better == "↓ " and value == "0.425 "
    assert table[2][1] == "↑ " and "variety" in table[2][0]


def test_models_stand_side_by_side_in_one_table():
    other = report(result("fid", 1.083, extractor=LOOKED), name="facegan/cats_64")
    tables = Tables(as_html([cats(0.425), other])).tables
    assert len(tables) == 1
    assert tables[0][0][2:4] == ["dcgan/cats_64 ", "facegan/cats_64 "]
    assert tables[0][1][2:4] == ["0.425 ", "1.083 "] and tables[0][2][2:4] == ["0.8 ", ""]
    text = as_text([cats(0.425), other])
    assert any(line.split()[:4] == ["fid", "↓", "0.425", "1.083"] for line in text.splitlines())


def test_groups_are_columns():
    groups = ("0-30", "31-40", "41-50", "51+")
    values = [
        result(name, 10 * place + start, "ageing", group, n_real=100 + place, n_fake=7)
        for place, group in enumerate(groups)
        for name, start in (("judged_age", 1), ("real_age", 2), ("same_person", 3))
    ]
    one = report(result("path_correlation", 0.9, "ageing"), *values)
    tables = Tables(as_html([one])).tables
    assert [len(table) for table in tables] == [2, 6]
    heading, judged, real, same, counted, generated = tables[1]
    assert [cell.strip() for cell in heading] == ["ageing by group", "better", *groups]
    assert judged[1:] == ["→ real ", "1 ", "11 ", "21 ", "31 "] and "independent estimator" in judged[0]
    assert real[2:] == ["2 ", "12 ", "22 ", "32 "] and same[1] == "↑ "
    assert counted[2:] == ["100 ", "101 ", "102 ", "103 "] and set(generated[2:]) == {"7 "}
    assert "judged_age" in as_text([one]) and "judged_age_0-30" not in as_text([one])


def test_the_warning_goes_with_features_and_only_with_these():
    page = as_html([cats(0.4)])
    assert 'class="caution"' in page and "never with published ones" in page and "cat_net/cats_64, not of" in page
    assert LOOKED["weights"] in page
    plain = as_html([report(result("accuracy", 0.9))])
    assert 'class="caution"' not in plain and "published" not in plain


def test_what_a_reader_must_know_is_said_once():
    note = "The model was trained on these pictures."
    one = report(result("mae", 5.0, "ages", note=note), result("mae", 4.0, "ages", "20-29", note=note), trained=False)
    page = as_html([one])
    assert page.count(note) == 1 and f"mae: {note}" in page and "never trained" in page


def test_splits_are_told_with_each_value_where_they_differ():
    ages = result("mae", 5.0, "ages", settings={**ABOUT, "split": "test"})
    one = report(result("fid", 0.4, extractor=LOOKED), ages)
    assert layout.common(one).startswith("cats, all and cats, test, looked at by cat_net/cats_64 (abababab)")
    assert [row[3] for row in Tables(as_html([one])).tables[0][1:]] == ["all, 10 real ", "test, 10 real "]
    assert Tables(as_html([cats(1.0)])).tables[0][1][3] == "10 real "


def test_names_with_signs_of_markup_are_shown_as_they_are():
    odd = "runs/me [old] <b>&"
    one = cats(1.0, name=odd, left_out={"kid": "[few] <i>"})
    assert odd in as_text([one])
    page = as_html([one])
    assert "runs/me [old] &lt;b&gt;&amp;" in page and "<b>" not in page and "<i>" not in page


def test_small_pictures_are_shown_large_and_large_ones_as_they_are():
    pictures = {"small": np.zeros((20, 100, 3), "uint8"), "grey": np.zeros((9, 700, 1), "uint8")}
    page = as_html([cats(1.0, pictures=pictures)])
    assert 'alt="small" width="600"' in page and 'alt="grey" width="700"' in page
