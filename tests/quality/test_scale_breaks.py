"""A round in which all groups move at once is found; a change that only some share is not."""

from __future__ import annotations

import csv

import pytest
from making import dataset, found, plan, shared

from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.quality import assess
from countersign.quality.scale_breaks import scale_breaks, shifts

AREAS = ("a", "b", "c", "d", "e")


def table(engine, before, after, *, areas=AREAS, years=(2010, 2011)):
    columns = {"place": [*areas, *areas], "year": [years[0]] * len(areas) + [years[1]] * len(areas),
               "level": [float(value) for value in (*before, *after)]}  # fmt: skip
    return dataset(engine, columns, roles={"area": ("place",), "time": ("year",)})


def breaks(data, **more):
    return [f for f in assess(data, plan=plan(), measures=[scale_breaks], **more) if f.check == "scale_break"]


def test_a_break_is_told_of_the_indicators_that_use_the_measure(engine):
    indicators = {name: IndicatorPlan(name, "mean", text) for name, text in (("read", "level"), ("share", "level > 5"))}
    indicators["other"] = IndicatorPlan("other", "mean", "year")
    told = plan(indicators=indicators)
    found_ = assess(table(engine, [5, 6, 5, 7, 6], [6, 7.1, 6, 8, 7]), plan=told, measures=[scale_breaks])
    assert [(f.subject, f.evidence["measure"]) for f in found_] == [("read", "level"), ("share", "level")]


def test_all_groups_that_move_as_one_are_a_break(engine):
    finding = found(table(engine, [5, 6, 5, 7, 6], [6, 7.1, 6, 8, 7]), "scale_break")
    assert finding.subject == "level"
    assert finding.state is State.FAIL
    assert finding.value == pytest.approx(1 / 6)  # the median shift over the median level before
    assert finding.evidence["shift"] == 1
    assert finding.count == 5


@pytest.mark.parametrize(("shift", "state"), [(0.499, State.PASS), (0.5, State.PASS), (0.501, State.WARN),
                                              (1.0, State.WARN), (1.001, State.FAIL)])  # fmt: skip
def test_its_size_decides_between_nothing_a_doubt_and_a_failure(engine, shift, state):
    levels = [8.0, 9.0, 10.0, 11.0, 12.0]
    [finding] = breaks(table(engine, levels, [level + shift for level in levels]))
    assert finding.state is state


def test_one_group_that_does_not_move_along_clears_it(engine):
    [finding] = breaks(table(engine, [5, 6, 5, 7, 6], [6, 7, 6, 8, 5.9]))
    assert finding.state is State.PASS
    assert finding.subject == ""


def test_shifts_of_very_different_size_are_no_common_shift(engine):
    [finding] = breaks(table(engine, [10, 10, 10, 10, 10], [10.5, 11, 12, 14, 18]))
    assert finding.state is State.PASS


def test_four_groups_are_too_few_to_tell(engine):
    assert breaks(table(engine, [5, 6, 5, 7], [6, 7, 6, 8], areas=AREAS[:4])) == []


def test_the_limit_of_uniformity_is_held(engine):
    # Shifts 1, 1, 1 + s, 1 + s, ...: median 1, MAD s; 1 / (1.4826 s) against 3.5.
    def step(s):
        moved = (1 - s, 1 - s, 1, 1 + s, 1 + s)
        return shifts({(str(place),): {1: 10.0, 2: 10.0 + by} for place, by in enumerate(moved)})[0]

    assert step(0.19).uniform > 3.5 > step(0.2).uniform
    assert step(0).uniform == float("inf")


def test_records_are_averaged_within_a_group(engine):
    columns = {
        "place": [*AREAS, *AREAS, *AREAS], "year": [1] * 10 + [2] * 5,
        "level": [4.0, 4.0, 4.0, 4.0, 4.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0],
    }  # fmt: skip
    data = dataset(engine, columns, roles={"area": ("place",), "time": ("year",)})
    assert found(data, "scale_break").value == pytest.approx(0.2)


def uwezo(engine, country):
    sources = {}
    for year in ("10", "11", "12"):
        with shared("cases", "uwezo_kenya_uganda", f"{country}{year}.csv").open() as file:
            rows = list(csv.DictReader(file))

        def numbers(name, rows=rows):
            return [float(row[name]) if row[name] not in ("", "NA") else None for row in rows]

        columns = {"region": [row["region"] for row in rows], "gender": [row["gender"] for row in rows],
                   "year": [int(row["year"]) for row in rows], "english": numbers("english"),
                   "math": numbers("math")}  # fmt: skip
        sources[year] = dataset(engine, columns, roles={"area": ("region",), "time": ("year",)})
    others = {f"d{year}": data for year, data in sources.items() if year != "10"}
    return sources["10"], Documents(datasets={"d": sources["10"], **others})


def test_the_maths_scale_of_uwezo_kenya_jumps_from_2010_to_2011_and_reading_does_not(engine):
    data, documents = uwezo(engine, "KE")
    [finding] = breaks(data, documents=documents)
    assert finding.subject == "math"
    assert (finding.evidence["from"], finding.evidence["to"]) == (2010, 2011)
    assert finding.state is State.FAIL
    assert finding.value == pytest.approx(0.13, abs=0.005)
    assert finding.evidence["groups"] == 14  # 'Riftvalley' and 'Rift Valley' are one


def test_uwezo_uganda_has_a_step_worth_a_look_and_no_failure(engine):
    data, documents = uwezo(engine, "UG")
    [finding] = breaks(data, documents=documents)
    assert (finding.subject, finding.state) == ("math", State.WARN)
    assert (finding.evidence["from"], finding.evidence["to"]) == (2011, 2012)
