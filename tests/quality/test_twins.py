"""The same thing sent twice under two numbers."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.model.finding import State
from countersign.quality import assess
from countersign.tables.engine import native_module

ROLES = {"id": ("n",), "time": ("day",), "collector": ("who",), "area": ("town",)}
DAY = [datetime.date(2024, 5, at + 1) for at in range(28)]


def events(engine, items, people=None, *, days=None, who=None, **more):
    count = len(items)
    columns = {
        "n": list(range(1, count + 1)),
        "day": days or DAY[:1] * count,
        "who": who or ["x"] * count,
        "town": ["t"] * count,
        "items": items,
        "people": people or [30] * count,
    }
    return dataset(engine, columns, roles=ROLES, unit="event", **more)


@pytest.mark.parametrize(("other", "twins"), [(1000, 2), (1010, 2), (990, 2), (1011, 0), (989, 0)])
def test_numbers_one_per_cent_apart_are_nearly_the_same(engine, other, twins):
    assert found(events(engine, [1000, other]), "twin_records").count == twins


@pytest.mark.parametrize(("size", "twins"), [(20, 2), (19, 0)])
def test_small_numbers_agree_by_chance(engine, size, twins):
    assert found(events(engine, [size, size], [3, 3]), "twin_records").count == twins


def test_a_number_that_all_have_tells_nothing_beside_one_that_differs(engine):
    """Three events of one group of 30 people: 30 agrees everywhere, 5 and 5 pieces agree by chance."""
    assert found(events(engine, [5, 5, 9]), "twin_records").count == 0
    assert found(events(engine, [50, 50, 9]), "twin_records").count == 2
    assert found(events(engine, [50, 50, 50]), "twin_records").count == 3


def test_a_year_is_no_measurement(engine):
    columns = {"n": [1, 2], "day": DAY[:1] * 2, "who": ["x", "x"], "year": [2024, 2024], "items": [3, 3]}
    data = dataset(engine, columns, roles={"time": ("day",), "collector": ("who",)}, unit="event")
    assert found(data, "twin_records").count == 0


def test_another_day_or_another_group_and_town_is_no_twin(engine):
    assert found(events(engine, [500, 500], days=DAY[:2]), "twin_records").count == 0
    data = dataset(
        engine,
        {"n": [1, 2], "day": DAY[:1] * 2, "who": ["x", "y"], "town": ["s", "t"], "items": [500, 500]},
        roles=ROLES,
        unit="event",
    )
    assert found(data, "twin_records").count == 0


def test_a_missing_number_beside_a_known_one_is_a_difference(engine):
    assert found(events(engine, [500, 500], [30, None]), "twin_records").count == 0
    assert found(events(engine, [500, 500], [None, None]), "twin_records").count == 2


def test_events_of_several_rows_are_compared_as_events(engine):
    columns = {
        "event": ["a", "a", "b", "b", "c"],
        "day": DAY[:1] * 5,
        "who": ["x"] * 5,
        "items": [100, 289, 289, 100, 300],
    }
    data = dataset(
        engine, columns, roles={"time": ("day",), "collector": ("who",), "psu": ("event",)}, unit="kind of item"
    )
    finding = found(data, "twin_records")
    assert (finding.count, finding.evidence["pairs"], finding.evidence["events"]) == (2, 1, 3)


def test_people_are_not_called_twins(engine):
    data = events(engine, [500, 500])
    data = type(data)(**{**vars(data), "unit": "person"})
    assert not [f for f in assess(data, plan=plan()) if f.check == "twin_records"]


def many(engine, *, copies, values=40, rows=60):
    rng = np.random.default_rng(5)
    columns = {name: rng.integers(0, values, rows).tolist() for name in "abcdef"}
    for name in columns:
        columns[name] += columns[name][:copies]
    return dataset(engine, {"n": list(range(1, rows + copies + 1)), **columns}, roles={"id": ("n",)})


@pytest.mark.parametrize("copies", [0, 1, 4])
def test_copies_under_new_numbers_are_counted(engine, copies):
    finding = found(many(engine, copies=copies), "copied_records")
    assert finding.count == copies
    assert finding.evidence["left_out"] == ["n"]
    assert (finding.state is State.PASS) == (copies == 0)


def test_a_column_that_numbers_the_records_needs_no_role(engine):
    data = many(engine, copies=2)
    data = type(data)(**{**vars(data), "roles": {}})
    assert found(data, "copied_records").count == 2


def test_few_answers_agree_by_chance_and_nothing_is_said(engine):
    assert found(many(engine, copies=0, values=3), "copied_records").state is State.NOT_ASSESSED


def test_a_key_of_day_and_place_is_content_and_not_left_out(engine):
    roles = {"id": ("day", "who"), "time": ("day",), "collector": ("who",)}
    data = dataset(
        engine,
        {"day": DAY[:20], "who": ["x"] * 20, "a": [7] * 20, "n": list(range(20))},
        roles=roles,
    )
    assert not [f for f in assess(data, plan=plan()) if f.check == "copied_records" and f.count]


def test_records_that_agree_as_often_on_other_days_are_no_twins(engine):
    """A number of two values and one of three, drawn by chance: every sixth pair agrees, on one day as on two."""
    random = np.random.default_rng(4)
    size = 560
    drawn = {"items": random.choice([30, 50], size).tolist(), "people": random.choice([3, 5, 9], size).tolist()}
    days = [DAY[at % 28] for at in range(size)]
    finding = found(events(engine, drawn["items"], drawn["people"], days=days), "twin_records")
    assert finding.state is State.NOT_ASSESSED
    assert "by chance" in finding.message


def test_a_twin_among_many_records_that_differ_is_told(engine):
    size = 280
    items = [1000 + 37 * at for at in range(size)]
    items[28] = items[0]
    finding = found(events(engine, items, [3 + at % 4 for at in range(size)], days=[*DAY] * 10), "twin_records")
    assert (finding.count, finding.state) == (2, State.WARN)


def test_of_records_with_a_year_only_no_two_are_of_one_day(engine):
    columns = {"n": [1, 2], "year": [2024, 2024], "who": ["x", "x"], "items": [500, 500]}
    data = dataset(engine, columns, roles={"time": ("year",), "collector": ("who",)}, unit="event")
    assert not [one for one in assess(data, plan=plan()) if one.check == "twin_records"]


def test_copies_sent_under_other_days_do_not_pass_for_chance(engine):
    """Three records in ten say the same on every day, in numbers of which each takes many values: a twin stays one."""
    size = 280
    same = [at % 10 < 3 for at in range(size)]
    columns = [[50 * k if same[at] else round(100 * k * 1.02**at) for at in range(size)] for k in (1, 2)]
    finding = found(events(engine, *columns, days=[DAY[at // 10] for at in range(size)]), "twin_records")
    assert (finding.count, finding.state) == (84, State.FAIL)


def test_events_are_held_against_chance_in_the_same_order_however_they_come_out(engine, monkeypatch):
    """Few values: pairs agree by chance, and how many is told; engines bring events out in any order."""
    random = np.random.default_rng(6)
    size, times = 300, 2
    columns = {
        "event": [f"e{at:03d}" for at in range(size)] * times,
        "day": [DAY[at % 28] for at in range(size)] * times,
        "who": ["x"] * size * times,
        "items": random.choice([300, 500, 900], size * times).tolist(),
        "metres": (random.choice([100, 200, 700], size * times) * 1.1).tolist(),
    }
    roles = {"time": ("day",), "collector": ("who",), "psu": ("event",)}
    data = dataset(engine, columns, roles=roles, unit="kind of item")
    module, read = native_module(data.table), native_module(data.table).as_arrow
    told = set()
    for _ in range(6):
        monkeypatch.setattr(module, "as_arrow", lambda table: mixed(read(table), random))
        told.add(repr(found(data, "twin_records")))
    assert "by chance" in next(iter(told))
    assert len(told) == 1


def mixed(rows, random):
    """The rows in another order: none is promised of what is grouped."""
    return rows.take(random.permutation(rows.num_rows))
