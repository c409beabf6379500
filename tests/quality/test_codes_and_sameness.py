"""Codes of areas, keys, overlap with a benchmark, modes by area, contributors who stay: each by hand."""

from __future__ import annotations

import pytest
from making import dataset, found

from countersign.model.benchmark import Benchmark, Margin
from countersign.model.finding import State
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


def test_contributors_who_stay_are_a_hint_and_no_verdict(engine):
    columns = {"who": ["a", "b", "c", "a", "b", "a"], "year": [2020, 2020, 2020, 2021, 2021, 2023]}
    data = dataset(engine, columns, roles={"collector": ("who",), "time": ("year",)})
    finding = found(data, "contributors_stay")
    assert finding.value == pytest.approx(2 / 3)  # 2021 has no year after it
    assert finding.state is OPEN
