"""Flow, bars, radar, trend and map: to scale, whole without a number, and no line across a break."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest

from countersign.publishing.charting import Bar, BarChart, DotChart, FlowChart, Mark, Row, Stage, drawer
from countersign.publishing.charting.areas import AreaMap, AreaShade
from countersign.publishing.charting.canvas import Form
from countersign.publishing.charting.drawing import specification
from countersign.publishing.charting.radar import Axis, RadarChart
from countersign.publishing.charting.trend import Moment, Rupture, TrendChart, pieces
from countersign.publishing.language import Words

ENGLISH, ARABIC = Words(), Words(language="ar", asked="ar")
FLOW = FlowChart("f", "words", (Stage("in", 100, 0, "100"), Stage("gate", 75, 25, "75", "25 set aside")))
BARS = BarChart("b", "words", (Bar("a", 2, 1, 1, "2 of 4", marked=True), Bar("none", 0, 0, 0, "")), ("s", "c", "h"))
RADAR = RadarChart("r", "words", (Axis("one", 1), Axis("two", None), Axis("three", 4)), 4, ("1", "2", "3", "4"), "none")
TREND = TrendChart(
    "t",
    "words",
    tuple(
        Moment(str(2015 + at), value, None if value is None else value - 4, None if value is None else value + 4)
        for at, value in enumerate((40.0, 45.0, None, 50.0, 60.0, 66.0))
    ),
    (Rupture(4, "the form changed"),),
)
SQUARE = ((((30.0, 0.0), (31.0, 0.0), (31.0, 1.0), (30.0, 1.0), (30.0, 0.0)),),)
TILES = AreaMap("m", "words", (AreaShade("North", 4, "90 %"), AreaShade("South", None, "withheld")), ("low", "high"))
MAP = AreaMap("m", "words", (AreaShade("North", 4, "90 %", SQUARE),), ("low", "high"))
DOTS = DotChart("d", "words", (Row("row", (Mark(3.0),), 1.0, 9.0, "3 (1–9)"),))
ALL = (FLOW, BARS, RADAR, TREND, TILES, MAP, DOTS)


def widths(chart: object, name: str) -> list[float]:
    """The widths of the bars of one kind, from the specification."""
    layers = specification(chart, Form())["layer"]  # type: ignore[arg-type]
    rows = [row for layer in layers if layer["name"].startswith(name) for row in layer["data"]["values"]]
    return [row["x2"] - row["x"] for row in rows]


def texts(chart: object, words: Words) -> list[str]:
    """Every text of a drawing."""
    svg = str(drawer(words)(chart))  # type: ignore[arg-type]
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("words", [ENGLISH, ARABIC])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("chart", ALL, ids=lambda chart: type(chart).__name__)
def test_every_chart_is_one_picture_with_words_and_asks_nothing_of_the_network(chart, narrow: bool, words) -> None:
    svg = str(drawer(words)(chart, narrow=narrow, number="n1"))
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "n1-t n1-d"
    assert re.fullmatch(r"0 0 \d+ \d+", root.attrib["viewBox"])
    assert "width" not in root.attrib
    assert re.findall(r' id="([^"]+)"', svg) == ["n1-t", "n1-d"]
    assert "NaN" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "Noto Sans" in svg


def test_the_same_chart_gives_the_same_bytes() -> None:
    again = TrendChart(TREND.title, TREND.description, TREND.moments, TREND.ruptures)
    assert drawer(ENGLISH)(TREND) == drawer(ENGLISH)(again)


def test_the_flow_draws_what_each_gate_sets_aside_to_scale() -> None:
    kept, aside = widths(FLOW, "kept"), widths(FLOW, "aside")
    assert kept[1] / kept[0] == pytest.approx(0.75)
    assert aside[0] / kept[0] == pytest.approx(0.25)


def test_bars_are_divided_to_scale_and_a_group_without_figures_has_none() -> None:
    assert widths(BARS, "shown")[1] / widths(BARS, "hidden")[1] == pytest.approx(2.0)
    assert len(widths(BARS, "shown")) == 2  # the legend and one group


def test_no_line_of_a_trend_crosses_a_break_or_a_moment_without_a_value() -> None:
    joined = [[moment.period for moment in piece] for piece in pieces(TREND)]
    assert joined == [["2015", "2016"], ["2018"], ["2019", "2020"]]
    layers = specification(TREND, Form())["layer"]
    lines = [row for layer in layers if layer["name"].startswith("trend") for row in layer["data"]["values"]]
    assert {(row["x"], row["x2"]) for row in lines} == {(0.0, 1.0), (4.0, 5.0)}
    assert "the form changed" in texts(TREND, ENGLISH)


def test_times_stand_as_far_apart_as_they_are() -> None:
    chart = TrendChart("t", "d", tuple(Moment(str(at), 1.0, at=float(at)) for at in (2010, 2011, 2020)))
    layers = specification(chart, Form())["layer"]
    places = [row["x"] for layer in layers if layer["name"].startswith("moment") for row in layer["data"]["values"]]
    assert [b - a for a, b in itertools.pairwise(places)] == [1.0, 9.0]


@pytest.mark.parametrize("values", [(), (None,), (5.0,), (5.0, 5.0)])
def test_a_trend_of_little_or_nothing_can_be_drawn(values: tuple[float | None, ...]) -> None:
    moments = tuple(Moment(str(at), value, value, value) for at, value in enumerate(values))
    ElementTree.fromstring(str(drawer(ENGLISH)(TrendChart("t", "d", moments))))


def test_a_map_without_outlines_is_a_field_of_tiles_that_names_every_area() -> None:
    assert {"North", "South", "90 %", "withheld"} <= set(texts(TILES, ENGLISH))
    half = AreaMap("m", "d", (*MAP.areas, *TILES.areas), ("low",))
    assert "South" in texts(half, ENGLISH)


def test_where_the_language_runs_from_right_to_left_so_does_the_chart() -> None:
    left, right = (specification(DOTS, Form(words=words)) for words in (ENGLISH, ARABIC))
    assert left["padding"]["left"] == right["padding"]["right"]
    (scale,) = {repr(one["encoding"]["x"]["scale"]) for one in right["layer"] if one["name"].startswith("mark")}
    assert "'reverse': True" in scale
    aligned = [one["mark"]["align"] for made in (left, right) for one in made["layer"] if "label" in one["name"]]
    assert aligned == ["left", "right"]
    # a map keeps east at the right, whatever the language
    shapes = [
        one["mark"]["shape"]
        for words in (ENGLISH, ARABIC)
        for one in specification(MAP, Form(words=words))["layer"]
        if one["name"].startswith("area")
    ]
    assert shapes[0] == shapes[1]
