"""Figures resolve to their inputs; breakdowns that are required are there; the mapping of concepts is complete."""

from __future__ import annotations

import pytest
from making import dataset, plan

from countersign import Study
from countersign.catalogue import disaggregation
from countersign.model.answer import Answer
from countersign.model.artefact import Activity
from countersign.model.documents import Documents
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan, Population
from countersign.quality import assess
from countersign.quality.concepts import mapping
from countersign.quality.disaggregated import disaggregated, required_variables
from countersign.quality.provenance import provenance
from countersign.study.provenance import differing, resolve
from study.small_study import write_study

PASS, WARN, FAIL, OPEN = State.PASS, State.WARN, State.FAIL, State.NOT_ASSESSED


def test_a_figure_whose_way_back_is_lost_fails():
    assert provenance(None)[0].state is OPEN
    assert provenance({})[0].state is OPEN
    assert provenance({"a": True, "b": True})[0].state is PASS
    [finding] = provenance({"a": True, "b": False})
    assert (finding.state, finding.value, finding.count) == (FAIL, 0.5, 1)
    assert [f.check for f in provenance({"a": True}, differing=2)] == ["retraceable", "same_again"]


def test_a_step_taken_again_that_came_out_otherwise_is_counted():
    def step(made, *, given="i", verb="assess"):
        return Activity(verb, {"x": given}, {"y": made}, {"p": 1})

    assert differing([step("a"), step("a"), step("b", given="j")]) == 0
    assert differing([step("a"), step("b")]) == 1
    assert differing([step("a"), step("b", verb="weight")]) == 0


def test_every_figure_of_a_run_resolves_until_an_input_is_gone(tmp_path):
    with Study.open(write_study(tmp_path)) as study:
        report = study.protected and study._digests["protect"]["figures"]
        found = resolve(study, report)
        assert set(found.values()) == {True}
        assert len(found) == len(study.protected)
        gone = next(path for path in (tmp_path / "artefacts").rglob("*") if path.is_file() and _is_people(path))
        gone.unlink()
        assert set(resolve(study, report).values()) == {False}


def _is_people(path):
    return path.read_bytes().startswith(b"id,sex,region")


def figure(status=Status.PUBLISHED, **domain):
    shown = status is not Status.SUPPRESSED
    value, low, high = (0.5, 0.0, 1.0) if shown else (None, None, None)
    return Estimate("care", "mean", domain, value, None, low, high, n=9, method="m", convention="c", status=status)


def study(*, sdg="5.4.1", by=(), **more):
    return plan(indicators={"care": IndicatorPlan("care", "mean", "hours", sdg=sdg, by=by)}, **more)


def required(told):
    return next(f for f in disaggregated(told, EstimateTable(())) if f.check == "disaggregation")


def test_unpaid_work_is_to_be_broken_down_by_sex_age_and_place():
    assert disaggregation("5.4.1").required == ("sex", "age", "location")
    finding = required(study(by=((), ("sex",), ("age_group", "region"))))
    assert (finding.state, finding.value) == (PASS, 1)
    part = required(study(by=(("sex",),)))
    assert (part.state, part.count, part.evidence["missing"]) == (FAIL, 2, ["age", "location"])
    assert "draft-unverified" in part.message


def test_a_column_that_plays_the_area_is_a_place_and_labels_are_read():
    source = {"roles": {"area": ("kata",)}, "labels": {"q1": {"en": "Sex of the respondent"}}}
    told = study(by=(("q1",), ("kata",), ("age",)), source=source)
    assert required(told).state is PASS
    assert required_variables(told, "care") == ("q1", "kata", "age")


def test_what_nobody_has_read_is_not_assessed():
    assert required(study(sdg="")).state is OPEN
    assert required(study(sdg="99.1.1")).state is OPEN
    assert required(study(sdg="1.2.2")).state is OPEN


@pytest.mark.parametrize(("weak", "state"), [(0, PASS), (2, PASS), (3, WARN), (10, WARN)])
def test_cells_that_can_be_published_are_counted(weak, state):
    cells = [figure(Status.UNRELIABLE if place < weak else Status.PUBLISHED, sex=str(place)) for place in range(10)]
    [finding] = [f for f in disaggregated(study(), EstimateTable((figure(), *cells))) if f.check == "cells_publishable"]
    assert (finding.state, finding.count) == (state, weak)


def mapped(engine, told, *answers):
    found = assess(dataset(engine, {"hours": [1.0]}), plan=told, measures=[mapping],
                   documents=Documents(answers=tuple(answers)))  # fmt: skip
    return found[0] if found else None


def mark(element, *, about="care"):
    return Answer("C1", f"C1.{element}", "reviewer", "R", "2026-01-01", "close", about=about)


def test_the_mapping_of_an_indicator_is_stated_and_then_marked_by_a_person(engine):
    about = Population(who="adults", start="2024")
    empty = mapped(engine, study())
    assert (empty.state, empty.count) == (WARN, 2)  # period and population
    stated = study(population=about)
    assert mapped(engine, stated).state is OPEN
    some = mapped(engine, stated, mark("numerator"), mark("denominator", about=""))
    assert "period, population" in some.message
    whole = [mark(one) for one in ("numerator", "denominator", "period", "population")]
    assert mapped(engine, stated, *whole).state is PASS
    assert mapped(engine, stated, *(mark(a.question[3:], about="other") for a in whole)).state is OPEN
    assert mapped(engine, study(sdg="", population=about)) is None
