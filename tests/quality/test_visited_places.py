"""Visited places beside all places, points beside a boundary, effort; each by hand, and on real files."""

from __future__ import annotations

import csv
import gzip
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import dataset, found, plan, shared

from countersign.errors import DataError
from countersign.intake import read_boundary
from countersign.model.boundary import Boundary
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.held_against import PlacesPlan
from countersign.quality import assess
from countersign.quality.visited import difference, visited

PASS, WARN, FAIL, OPEN = State.PASS, State.WARN, State.FAIL, State.NOT_ASSESSED
SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]]


def beaches(engine, seen, *, by=("beach",), **more):
    columns = {"beach": ["a", "b", "c", "d"], "coast": ["north", "north", "south", None],
               "road": [1.0, 2.0, 3.0, None]}  # fmt: skip
    frame = dataset(engine, columns)
    data = dataset(engine, {"beach": seen}, unit="survey event")
    told = plan(places=PlacesPlan("all", by, strata=("coast",), covariates=("road", "coast")))
    findings = assess(data, plan=told, measures=[visited], documents=Documents(datasets={"d": data, "all": frame}))
    return {(f.check, f.subject): f for f in findings}


def test_places_and_kinds_of_places_are_counted_against_the_list(engine):
    told = beaches(engine, ["a", "a", "b", "z", None])
    share = told["places_visited", ""]
    assert (share.value, share.count, share.state) == (0.5, 2, PASS)
    assert share.evidence == {"places": 4, "visited": 2, "unknown_places": 1, "visits_to_unknown": 1}
    kinds = told["strata_visited", "coast"]
    assert (kinds.value, kinds.evidence["never"], kinds.state) == (0.5, ["south"], FAIL)


def test_visited_places_are_held_against_all_in_every_covariate(engine):
    road = beaches(engine, ["a", "b"])["visited_balance", "road"]
    # All: 1, 2, 3 with mean 2 and SD sqrt(2/3); visited 1, 2 with mean 1.5.
    assert road.value == pytest.approx(0.5 / math.sqrt(2 / 3))
    assert road.evidence["kolmogorov"] == pytest.approx(1 / 3)
    coast = beaches(engine, ["a", "b"])["visited_balance", "coast"]
    assert coast.value == pytest.approx((1 - 2 / 3) / math.sqrt(2 / 9))
    assert coast.evidence["category"] == "north"


def test_all_places_visited_differ_in_nothing(engine):
    told = beaches(engine, ["a", "b", "c", "d"])
    assert told["places_visited", ""].value == 1
    assert told["visited_balance", "road"].value == 0
    assert told["strata_visited", "coast"].state is PASS


@pytest.mark.parametrize(("places", "state"), [(9, WARN), (10, WARN), (11, WARN), (49, WARN), (50, PASS)])
def test_few_visited_places_warn_and_never_fail(engine, places, state):
    frame = dataset(engine, {"beach": list(range(100))})
    data = dataset(engine, {"beach": list(range(places))}, unit="survey event")
    told = plan(places=PlacesPlan("all", ("beach",)))
    finding = found(data, "places_visited", plan=told, documents=Documents(datasets={"all": frame}))
    assert finding.state is state


def test_without_a_list_it_is_said_what_is_missing_and_what_can_be_said(engine):
    data = dataset(engine, {"beach": ["a", "a", "a", "b", None]}, unit="survey event")
    finding = found(data, "places_visited", plan=plan(places=PlacesPlan("", ("beach",))))
    assert (finding.state, finding.count) == (OPEN, 2)
    assert finding.evidence == {"places": 2, "visits": 4, "median": 2, "most": 3, "once": 1}
    assert "No list of all places" in found(data, "places_visited").message


def test_a_column_that_is_not_there_is_named(engine):
    assert "'all' has no column beech" not in beaches(engine, ["a"])["places_visited", ""].message
    data = dataset(engine, {"beach": ["a"]}, unit="survey event")
    finding = found(data, "places_visited", plan=plan(places=PlacesPlan("", ("beech",))))
    assert "beech" in finding.message


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.data())
def test_the_kolmogorov_distance_is_that_of_the_slow_definition(values, draw):
    seen = np.array(draw.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    whole = np.array(values, dtype=float)
    apart = difference(whole, seen, "v").kolmogorov
    own = whole[seen]
    slow = max((abs(np.mean(own <= at) - np.mean(whole <= at)) for at in whole), default=0) if len(own) else 0
    assert apart == pytest.approx(slow)


def area(*rings):
    return Boundary(tuple(tuple(np.array(ring) for ring in polygon) for polygon in rings))


@pytest.mark.parametrize(("x", "y", "is_in"), [(3, 3, True), (1.5, 1.5, False), (0.5, 1.5, True), (5, 3, False),
                                               (-1, 3, False), (3, 4.5, False), (11, 11, True),
                                               (float("nan"), 1, False)])  # fmt: skip
def test_points_lie_inside_a_polygon_and_not_in_its_hole(x, y, is_in):
    other = [[10, 10], [12, 10], [12, 12], [10, 12], [10, 10]]
    shape = area((SQUARE, HOLE), (other,))
    assert bool(shape.contains(np.array([x], float), np.array([y], float))[0]) is is_in


@given(st.floats(-1, 2), st.floats(-1, 2), st.integers(3, 12))
def test_inside_is_what_the_slow_winding_says(x, y, corners):
    angles = np.linspace(0, 2 * np.pi, corners + 1)
    ring = np.column_stack([0.5 + np.cos(angles), 0.5 + np.sin(angles)])
    ring[-1] = ring[0]
    sides = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for a, b in itertools.pairwise(ring)]
    if min(abs(side) for side in sides) > 1e-9:  # on an edge either answer will do
        slow = all(side > 0 for side in sides)  # counter-clockwise and convex
        assert bool(Boundary(((ring,),)).contains(np.array([x]), np.array([y]))[0]) is slow


def test_records_outside_the_boundary_are_counted(engine):
    columns = {"x": [3.0, 3.0, 1.5, None], "y": [3.0, 3.0, 1.5, 1.0]}
    data = dataset(engine, columns, roles={"longitude": ("x",), "latitude": ("y",)})
    finding = found(data, "inside_area", documents=Documents(boundary=area((SQUARE, HOLE))))
    assert (finding.value, finding.count, finding.state) == (pytest.approx(2 / 3), 1, FAIL)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("{", "cannot be used"), ('{"type": "Point", "coordinates": [1, 2]}', "no polygon"),
     ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}', "fewer than four"),
     ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}', "not closed"),
     ('{"type": "Polygon", "coordinates": [[[0, 0], [500, 0], [1, 1], [0, 0]]]}', "not degrees"),
     ("[]", "cannot be used")],
)  # fmt: skip
def test_a_file_that_is_no_boundary_is_refused(tmp_path, text, problem):
    file = tmp_path / "area.geojson"
    file.write_text(text)
    with pytest.raises(DataError, match=problem):
        read_boundary(file, where="study.yaml, line 9")


def test_the_counties_of_kenya_hold_their_capital_and_not_the_sea():
    shape = read_boundary(shared("cases", "kenya_census_2019", "counties_iebc_2013.geojson"))
    assert len(shape.polygons) >= 47
    nairobi, kampala, ocean = (36.82, -1.29), (32.58, 0.35), (43.0, -4.0)
    points = np.array([nairobi, kampala, ocean])
    assert shape.contains(points[:, 0], points[:, 1]).tolist() == [True, False, False]


def test_accuracy_of_points_is_told_by_quantiles(engine):
    data = dataset(engine, {"acc": [5.0, 5.0, 10.0, 30.0, None]}, roles={"accuracy": ("acc",)})
    finding = found(data, "gps_error")
    assert finding.evidence["median"] == 7.5
    assert finding.value == pytest.approx(24)
    assert (finding.count, finding.state) == (1, WARN)


@pytest.mark.parametrize(
    ("columns", "variables", "state", "value"),
    [
        ({"items": [1, 2], "length_m": [100.0, 50.0]}, {}, PASS, 1.0),
        ({"items": [1, 2], "size": [100.0, 0.0]}, {"size": {"unit": "m2"}}, WARN, 0.5),
        ({"items": [1, 2], "TotalVolunteers": [3, 4]}, {}, WARN, 0.0),
        ({"items": [1, 2]}, {}, FAIL, 0.0),
        ({"items": [1, 2], "length": [None, None]}, {"length": {"type": "number"}}, FAIL, 0.0),
        ({"items": [1, 2], "width_of_label": [1, 2], "timestamp": [1, 2]}, {}, FAIL, 0.0),
    ],
)  # fmt: skip
def test_effort_is_a_length_an_area_or_a_time_and_people_alone_are_none(engine, columns, variables, state, value):
    data = dataset(engine, columns, variables=variables, unit="cleanup event")
    finding = found(data, "effort_stated")
    assert (finding.state, finding.value) == (state, value)


def test_effort_is_not_asked_of_people(engine):
    data = dataset(engine, {"items": [1]}, unit="person")
    assert [f for f in assess(data, plan=plan()) if f.check == "effort_stated"] == []


def test_the_brand_audits_record_people_and_no_length_or_area(engine):
    with gzip.open(shared("cases", "bffp_brand_audits_2018_2020", "items.csv.gz"), "rt", encoding="utf-8") as file:
        header = next(csv.reader(file))
    data = dataset(engine, {name: [1] for name in header}, unit="cleanup event")
    assert found(data, "effort_stated").state is not PASS


def test_a_phone_survey_in_42_of_the_47_counties_of_kenya(engine):
    with shared("cases", "kenya_census_2019", "V1_T2.2.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["County"].strip().casefold() != "total"]
    assert len(rows) == 47
    people = [float(row["Total"]) for row in rows]
    frame = dataset(engine, {"county": [row["County"] for row in rows], "people": people})
    largest = sorted(range(47), key=lambda place: -people[place])[:42]
    data = dataset(engine, {"county": [rows[place]["County"] for place in largest]}, unit="place")
    told = plan(places=PlacesPlan("counties", ("county",), covariates=("people",)))
    findings = assess(data, plan=told, measures=[visited], documents=Documents(datasets={"counties": frame}))
    share, balance = (next(f for f in findings if f.check == check) for check in ("places_visited", "visited_balance"))
    assert (share.evidence["visited"], share.count) == (42, 5)
    assert share.value == pytest.approx(42 / 47)
    slow = (np.mean([people[place] for place in largest]) - np.mean(people)) / np.std(people)
    assert balance.value == pytest.approx(slow)
    assert balance.evidence["kolmogorov"] == pytest.approx(5 / 47)  # all five of the smallest are missing


def list_of(engine, columns, seen, **more):
    data = dataset(engine, {"beach": seen}, unit="survey event")
    the_plan = plan(places=PlacesPlan("all", ("beach",), **more))
    told = Documents(datasets={"all": replace(dataset(engine, columns), name="all")})
    return {f.check: f for f in assess(data, plan=the_plan, measures=[visited], documents=told)}


def test_a_list_that_repeats_a_place_counts_nothing(engine):
    finding = list_of(engine, {"beach": ["a", "a", "b"]}, ["a"])["places_visited"]
    assert (finding.state, finding.message) == (OPEN, "1 rows of the list 'all' repeat a place.")
    assert list_of(engine, {"beach": ["a", "b"]}, ["a"])["places_visited"].state is PASS


def test_places_that_never_meet_are_not_said_to_be_unvisited(engine):
    finding = list_of(engine, {"beach": ["A", "B"]}, ["a", "b"])["places_visited"]
    assert (finding.state, "None of the 2 places" in finding.message) == (OPEN, True)
    assert list_of(engine, {"beach": ["A", "b"]}, ["a", "b"])["places_visited"].value == 0.5


def test_what_the_list_does_not_say_is_not_assessed(engine):
    columns = {"beach": ["a", "b"], "coast": [None, None], "road": [None, 2.0]}
    told = list_of(engine, columns, ["a"], strata=("coast",), covariates=("road",))
    assert (told["strata_visited"].state, told["visited_balance"].state) == (OPEN, OPEN)
    told = list_of(engine, columns, ["b"], covariates=("road",))
    assert told["visited_balance"].state is PASS


def test_a_boundary_without_points_is_not_assessed(engine):
    data = dataset(engine, {"beach": ["a"], "x": ["east"]}, roles={"longitude": ("x",), "latitude": ("x",)})
    documents = Documents(boundary=area(SQUARE))
    finding = found(data, "inside_area", plan=plan(places=PlacesPlan("", ("beach",))), documents=documents)
    assert (finding.state, "no columns of numbers" in finding.message) == (OPEN, True)
