"""Charts put points where the numbers are, and say in words what they show."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from release_samples import SECRET, estimate, litter, survey

from countersign.errors import ReleaseError
from countersign.model.estimate import EstimateTable
from countersign.publishing import plot
from countersign.publishing.charting import DotChart, Mark, Row, drawer
from countersign.publishing.charting.axis import ticks, wrap
from countersign.publishing.charting.dots import extent
from countersign.publishing.language import Words

draw = drawer(Words())


def marks_of(svg: str, kind: str) -> list[float]:
    """Where the marks of one kind stand, from the left."""
    groups = re.findall(rf'<g class="{kind}"[^>]*>(.*?)</g>', svg, flags=re.S)
    return [float(x) for group in groups for x in re.findall(r"translate\(([-\d.]+)", group)]


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (0.021, 0.024, [0.021, 0.022, 0.023, 0.024]),
        (-3, 4, [-4, -2, 0, 2, 4]),
        (5, 5, None),
        (0, 0, None),
        (1e15, 1e15, None),
        (1e-12, 2e-12, None),
        (float("nan"), 3, None),
    ],
)
def test_axis_marks_are_round_and_cover_the_data(low: float, high: float, marks: list[float] | None) -> None:
    made = ticks(low, high)
    assert made[0] < made[-1]
    assert not made[0] > low
    assert not made[-1] < high
    if marks:
        assert made == marks


def test_points_stand_where_their_values_are() -> None:
    chart = DotChart("t", "d", (Row("a", (Mark(0.0),)), Row("b", (Mark(50.0),)), Row("c", (Mark(100.0),))))
    places = marks_of(draw(chart), "mark-1")
    assert places[1] == pytest.approx((places[0] + places[2]) / 2, abs=0.11)
    assert places[0] < places[1]


def test_an_interval_that_dwarfs_all_points_is_cut_and_marked() -> None:
    rows = (Row("a", (Mark(10.0),), low=9.0, high=11.0), Row("b", (Mark(12.0),), low=1.0, high=9000.0))
    chart = DotChart("t", "d", rows)
    assert extent(chart)[1] < 30
    assert draw(chart).count('class="beyond"') >= 1


@pytest.mark.parametrize("narrow", [False, True])
def test_a_chart_is_valid_xml_with_title_and_description_even_with_wild_labels(narrow: bool) -> None:
    chart = DotChart("<b>&", "x < y", (Row("</svg><script>", (Mark(1.0),), text="<i>"),), axis="a&b")
    root = ElementTree.fromstring(draw(chart, narrow=narrow))
    names = [child.tag.rpartition("}")[2] for child in root]
    assert names[:2] == ["title", "desc"]
    assert root.attrib["role"] == "img"
    assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}


def test_a_chart_of_one_value_or_none_can_be_drawn() -> None:
    ElementTree.fromstring(draw(DotChart("t", "d", (Row("a", (Mark(0.0),), low=0.0, high=0.0),))))
    ElementTree.fromstring(draw(DotChart("t", "d", (Row("withheld", text="withheld"),))))
    ElementTree.fromstring(
        draw(DotChart("t", "d", (Row("a", (Mark(100.0),), 100.0, 100.0),), floor=0.0, ceiling=100.0))
    )
    ElementTree.fromstring(
        draw(DotChart("t", "d", (Row("a", (Mark(120.0),), 120.0, 130.0),), floor=0.0, ceiling=100.0))
    )
    ElementTree.fromstring(draw(DotChart("t", "d", ())))


def test_long_labels_break_into_two_lines() -> None:
    assert wrap("short", 200) == ["short"]
    lines = wrap("a rather long label that does not fit on a single line at all, however hard one tries", 150)
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_a_plot_shows_itself_in_a_notebook() -> None:
    one = EstimateTable(tuple(one for one in litter().estimates if "country" in one.domain))
    picture = plot(one)
    svg = picture._repr_svg_()
    assert svg is not None
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "Country 1" in svg
    assert "14 figures" in str(picture)


def test_a_plot_of_several_indicators_gives_each_its_own_axis_and_keeps_the_synthetic_mark() -> None:
    page = plot(survey().estimates)._repr_html_()
    assert page.count("<svg") == 6
    assert "Synthetic data" in page
    assert len(set(re.findall(r'<title id="([^"]+)"', page))) == 6


def test_a_plot_of_nothing_says_what_to_look_at() -> None:
    with pytest.raises(ReleaseError, match="no figure to draw"):
        plot(EstimateTable(()))


def test_tables_findings_and_weights_show_themselves_escaped_and_without_withheld_numbers() -> None:
    release = survey(title="<b>")
    table = release.estimates._repr_html_()
    assert "&lt;b&gt; (synthetic data)" in table
    assert f"{SECRET:.4g}" not in table
    assert "suppressed" in table
    finding = replace(release.findings[3], message="<script>")
    assert "E1 fail" in finding._repr_html_()
    assert "<script>" not in finding._repr_html_()
    assert release.weights is not None
    assert "design effect 2.34" in release.weights._repr_html_()
    for text in (table, release.weights._repr_html_()):
        ElementTree.fromstring(text)


def test_rows_of_two_breakdowns_stand_under_few_headings_whichever_varies_first() -> None:
    for order in (("sex", "place"), ("place", "sex")):
        pairs = [("f", "town"), ("f", "land"), ("m", "town"), ("m", "land")]
        own = [dict(zip(("sex", "place"), pair, strict=True)) for pair in pairs]
        table = EstimateTable(
            tuple(estimate("x", "mean", 1.0, 0.1, 9, domain={name: one[name] for name in order}) for one in own)
        )
        (chart,) = plot(table).charts
        assert [row.label for row in chart.rows if row.header] == ["f", "m"]
        assert [row.label for row in chart.rows if not row.header] == ["town", "land"] * 2


def test_a_wide_range_is_drawn_in_full_where_the_axis_has_two_ends() -> None:
    row = Row("a", (Mark(50.0),), low=49.0, high=51.0, wide=(2.0, 97.0))
    assert extent(DotChart("t", "d", (row,), floor=0.0, ceiling=100.0)) == (0.0, 97.0)
    low, high = extent(DotChart("t", "d", (replace(row, wide=(-1e9, 1e9)),)))
    assert high - low < 1000  # on an open axis it does not dwarf the points


def test_a_band_is_behind_everything_and_shows_its_ends_without_colour() -> None:
    svg = str(draw(DotChart("t", "d", (Row("a", (Mark(50.0),)),), floor=0.0, ceiling=100.0, band=(20.0, 80.0))))
    assert svg.index('class="band"') < svg.index('class="grid"') < svg.index('class="mark-1"')
    (ends,) = re.findall(r'<g class="band-end"[^>]*>(.*?)</g>', svg)
    assert ends.count("<line") == 2
