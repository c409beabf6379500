"""What hid among the rows of a published table is a finding with a count; its rows are never taken for people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import dataset, found, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.dataset import Dataset, HiddenTotals, Reading
from countersign.model.finding import State
from countersign.quality import assess

CELLS = {"sex": ["f", "m"], "persons": [520, 480]}


def published(engine, **counts: object) -> Dataset:
    totals = HiddenTotals(file="t.csv", **{"totals": 1, "groups": 2, "details": 2, "compared": 4, "agree": 4, **counts})
    reading = Reading(file="t.csv", digest="", rows=2, columns=2, totals=(totals,))
    return replace(dataset(engine, CELLS), readings=(reading,))


def test_totals_and_groups_are_counted(engine):
    finding = found(published(engine), "hidden_totals")
    assert (finding.criterion, finding.state, finding.count) == ("G2", State.PASS, 3)
    assert finding.subject.endswith(": t.csv")


def test_people_counted_in_one_table_only_are_named(engine):
    finding = found(published(engine, added={"persons": 1524.0}), "hidden_totals")
    assert finding.evidence["added"] == {"persons": 1524.0}
    assert "1,524" in finding.message


def test_areas_that_only_one_table_has_are_named(engine):
    finding = found(published(engine, absent={"Embu": 608599.0}), "areas_absent")
    assert (finding.state, finding.count) == (State.WARN, 1)
    assert "Embu (608,599)" in finding.message


@pytest.mark.parametrize(("agree", "state", "count"), [(4, State.PASS, 0), (3, State.WARN, 1), (0, State.WARN, 4)])
def test_totals_that_differ_from_their_parts_are_a_warning(engine, agree, state, count):
    finding = found(published(engine, agree=agree, difference=7.0), "sums_agree")
    assert (finding.state, finding.count, finding.value) == (state, count, agree / 4)


def test_cells_are_not_held_against_a_benchmark_as_if_they_were_people(engine):
    benchmark = Benchmark("b", (Margin(("sex",), {("f",): 1.0, ("m",): 9.0}),))
    findings = assess(published(engine), plan=plan(), benchmark=benchmark)
    assert [finding.state for finding in findings if finding.criterion == "E1"] == [State.NOT_APPLICABLE]


def test_a_table_of_people_has_no_such_finding(engine):
    assert not [f for f in assess(dataset(engine, CELLS), plan=plan()) if f.check in ("hidden_totals", "sums_agree")]
