"""Codes of areas, keys, overlap with a benchmark, modes by area, contributors who stay: each by hand."""

from __future__ import annotations

import datetime

import pytest
from making import dataset, found, plan

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.finding import State
from countersign.model.process import Process, Round
from countersign.quality.codes import is_code

PASS, WARN, FAIL, OPEN = State.PASS, State.WARN, State.FAIL, State.NOT_ASSESSED


@pytest.mark.parametrize("text", ["KE", "KEN", "404", "KE-01", "KE-NAI", "GB", " GH "])
def test_a_listed_code_or_one_in_the_shape_of_a_subdivision_is_a_code(text):
    assert is_code(text)


@pytest.mark.parametrize("text", ["", "Kenya", "ke", "XX", "EL", "XX-01", "KE-", "KE-ABCD", "KEN-01", "4"])
def test_anything_else_is_none(text):
    assert not is_code(text)


def test_areas_with_codes_are_counted_by_their_records(engine):
    data = dataset(engine, {"land": ["GH", "GH", "GH", "EL", None]}, roles={"area": ("land",)})
    finding = found(data, "area_codes")
    assert (finding.value, finding.count, finding.state) == (0.6, 2, WARN)
    assert finding.evidence["uncoded"] == ["EL"]


def test_areas_are_held_against_the_benchmark(engine):
    census = Benchmark("census", (Margin(("county",), {("Embu",): 5, ("Kisumu",): 5, ("Siaya",): 1}),))
    data = dataset(engine, {"county": ["EMBU", "Kisumu", "Kisumo"]}, roles={"area": ("county",)})
    finding = found(data, "frame_overlap", benchmark=census)
    assert finding.value == pytest.approx(2 / 3)
    assert (finding.state, finding.evidence["strangers"]) == (FAIL, ["Kisumo"])


def test_a_key_is_complete_and_nobody_elses(engine):
    data = dataset(engine, {"key": ["a", "b", "c", "c", None]}, roles={"id": ("key",)})
    finding = found(data, "key_quality")
    assert (finding.value, finding.count) == (0.4, 3)
    assert finding.evidence == {"blank": 1, "shared": 2}
    whole = dataset(engine, {"key": ["a", "b"]}, roles={"id": ("key",)})
    assert found(whole, "key_quality").state is PASS
    assert found(dataset(engine, {"x": [1]}), "key_quality").state is OPEN


def test_a_key_may_be_made_of_several_columns(engine):
    data = dataset(engine, {"day": [1, 1, 2], "who": ["a", "b", "a"]}, roles={"id": ("day", "who")})
    assert found(data, "key_quality").value == 1


def test_an_area_done_by_phone_alone_is_told(engine):
    columns = {"place": ["x", "x", "x", "x", "y", "y"], "how": ["phone", "phone", "visit", "visit", "visit", "visit"]}
    data = dataset(engine, columns, roles={"area": ("place",), "mode": ("how",)})
    finding = found(data, "mix_by_area", subject="mode")
    # All: 1/3 phone; x: 1/2, y: none. D(x) = 1/6, D(y) = 1/3.
    assert finding.value == pytest.approx(1 / 3)
    assert (finding.state, finding.evidence["most"]) == (WARN, "y")


def test_the_same_mix_everywhere_passes(engine):
    columns = {"place": ["x", "x", "y", "y"], "how": ["phone", "visit", "phone", "visit"]}
    data = dataset(engine, columns, roles={"area": ("place",), "mode": ("how",)})
    assert (found(data, "mix_by_area").value, found(data, "mix_by_area").state) == (0, PASS)


def test_areas_with_one_collector_are_counted(engine):
    columns = {"place": ["x", "x", "y", "y"], "who": ["a", "b", "c", "c"]}
    data = dataset(engine, columns, roles={"area": ("place",), "collector": ("who",)})
    finding = found(data, "mix_by_area", subject="collector")
    assert (finding.state, finding.count) == (WARN, 1)


def test_a_version_of_the_form_used_in_one_area_alone_is_told(engine):
    columns = {"place": ["x", "x", "y", "y"], "form": ["v1", "v1", "v1", "v2"]}
    data = dataset(engine, columns, roles={"area": ("place",), "form_version": ("form",)})
    finding = found(data, "mix_by_area", subject="form_version")
    # All: 1/4 v2; x: none, y: 1/2.
    assert (finding.value, finding.state, finding.count) == (0.25, WARN, 1)
    assert finding.message.startswith("Versions of the form: 25 %")


ROUNDS = (
    Round("2021", form="old", method="At home"),
    Round("2022", form="new", method="at  home"),
    Round("2023", form="new", method="by phone"),
)


DAYS = ("2021-12-31", "2022-01-01", "2022-12-31", "2022-06-01", "1999-01-01")


@pytest.mark.parametrize(
    "when", [[2021, 2022, 2022, 2022, 1999], [datetime.date.fromisoformat(day) for day in DAYS]], ids=["years", "days"]
)
def test_an_area_that_came_in_with_another_form_is_told_by_the_rounds(engine, when):
    columns = {"place": ["x", "x", "y", "y", "y"], "when": when}
    data = dataset(engine, columns, roles={"area": ("place",), "time": ("when",)})
    finding = found(data, "mix_by_area", subject="form", plan=plan(process=Process(rounds=ROUNDS)))
    # All of the four records of a round: 1/4 old; x: 1/2, y: none. What no round holds does not count.
    assert (finding.value, finding.state) == (0.25, WARN)
    method = found(data, "mix_by_area", subject="method", plan=plan(process=Process(rounds=ROUNDS)))
    assert (method.value, method.state) == (0, PASS)  # capitals and blanks are no other method


def test_rounds_that_were_all_alike_or_do_not_say_are_not_compared_by_area(engine):
    columns = {"place": ["x", "y"], "when": [2021, 2022]}
    data = dataset(engine, columns, roles={"area": ("place",), "time": ("when",)})
    for rounds in (ROUNDS[1:2] * 2, (Round("2021", form="old"), Round("2022")), ()):
        finding = found(data, "mix_by_area", plan=plan(process=Process(rounds=rounds)))
        assert finding.state is OPEN
    without = dataset(engine, columns, roles={"area": ("place",)})
    assert found(without, "mix_by_area", plan=plan(process=Process(rounds=ROUNDS))).state is OPEN


def test_contributors_who_stay_are_a_hint_and_no_verdict(engine):
    columns = {"who": ["a", "b", "c", "a", "b", "a"], "year": [2020, 2020, 2020, 2021, 2021, 2023]}
    data = dataset(engine, columns, roles={"collector": ("who",), "time": ("year",)})
    finding = found(data, "contributors_stay")
    assert finding.value == pytest.approx(2 / 3)  # 2021 has no year after it
    assert finding.state is OPEN
