"""Margins from tidy files and from a reference sample, counted and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from countersign.errors import BenchmarkError, DataError
from countersign.intake import read_benchmark, write_margins
from countersign.model.benchmark import Benchmark
from countersign.model.plan import BenchmarkPlan, Source
from countersign.tables import Engine
from real_data import shared

from .taking import keep, write

MARGINS = "sex,age,count\nm,18-34,10\nf,18-34,20\nm,35+,5\nf,35+,8\n"


def read(path: Path, engine: Engine, folder: Path, **options: Any) -> Benchmark:
    own = {key: options.pop(key) for key in ("kind", "weight", "count") if key in options}
    ask = {key: options.pop(key) for key in ("wanted", "items") if key in options}
    plan = BenchmarkPlan(
        source=Source(name="census", file=path.name, **options), citation="a census", year="2019", **own
    )
    return read_benchmark(plan, path=path, engine=engine, store=keep, folder=folder, **ask)


def test_a_tidy_file_gives_the_joint_margin_and_its_parts(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, MARGINS)
    (joint,) = read(path, engine, tmp_path / "o").margins
    assert joint.variables == ("sex", "age")
    assert joint.counts == {("m", "18-34"): 10, ("f", "18-34"): 20, ("m", "35+"): 5, ("f", "35+"): 8}
    (sex,) = read(path, engine, tmp_path / "o", wanted=(("sex",),)).margins
    assert sex.counts == {("f",): 28, ("m",): 15}


def test_margins_in_one_long_table(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, "variable,category,count\nsex,m,15\nsex,f,28\nage,1,30\nage,2,13\nsex x age,m x 1,10\n")
    found = read(path, engine, tmp_path / "o")
    assert [margin.name for margin in found.margins] == ["sex", "age", "sex x age"]
    assert found.margins[2].counts == {("m", "1"): 10}
    write_margins(found, tmp_path / "again.csv")
    assert read(tmp_path / "again.csv", engine, tmp_path / "o").margins == found.margins


def test_recode_and_derive_hold_for_benchmarks(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, MARGINS)
    spec = {"sex": {"recode": {"m": "male", "f": "female"}}}
    (sex,) = read(path, engine, tmp_path / "o", wanted=(("sex",),), variables=spec).margins
    assert set(sex.counts) == {("male",), ("female",)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sex,count\nm,10\nf,-1\n", "negative"),
        ("sex,count\nm,10\nm,1\n", "more than once"),
        ("sex,count\nm,10\nf,many\n", "should hold numbers, but 1 of 2"),
        ("sex,count\nm,10\nf,\n", "no number"),
        ("sex,persons\nm,10\nf,3\n", "no column 'count'"),
    ],
)
def test_it_refuses_counts_that_cannot_be(tmp_path: Path, engine: Engine, text: str, words: str) -> None:
    with pytest.raises((DataError, BenchmarkError), match=words):
        read(write(tmp_path, text), engine, tmp_path / "o")


def test_an_unknown_variable_names_the_nearest(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(BenchmarkError, match="Did you mean 'sex'"):
        read(write(tmp_path, MARGINS), engine, tmp_path / "o", wanted=(("sexe",),))


def test_a_reference_sample_is_counted_with_its_weight(tmp_path: Path, engine: Engine) -> None:
    path = write(tmp_path, "sex,water,w\nm,yes,1.5\nf,no,2\nf,yes,0.5\nf,,1\n,yes,1\n")
    found = read(path, engine, tmp_path / "o", kind="units", weight="w", wanted=(("sex",),), items=("water",))
    assert found.margins[0].counts == {("f",): 3.5, ("m",): 1.5}
    assert found.items == {"water": {"no": 0.4, "yes": 0.6}}
    assert found.size == 5
    assert any("no sex" in note for note in found.notes)


def test_items_come_from_records_or_from_a_margin_that_has_them(tmp_path: Path, engine: Engine) -> None:
    found = read(write(tmp_path, MARGINS), engine, tmp_path / "o", items=("sex",))
    sizes = found.margins[0].collapsed("sex")
    assert found.items["sex"] == {key[0]: pytest.approx(count / sizes.total) for key, count in sizes.counts.items()}
    with pytest.raises(BenchmarkError, match="no margin by 'water' to compare with") as refused:
        read(write(tmp_path, MARGINS), engine, tmp_path / "o2", items=("water",))
    assert "reference sample" in refused.value.sentence()


def test_the_reference_population_of_the_opt_in_study(tmp_path: Path, duckdb: Engine) -> None:
    path = shared("cases", "pew_optin_2016", "reference_population.csv.gz")
    found = read(path, duckdb, tmp_path / "o", kind="units", wanted=(("GENDER", "EDUCCAT5"),), items=("FDSTMP_CPS",))
    assert found.size == 20_000
    assert found.margins[0].total == 20_000
    assert found.items["FDSTMP_CPS"]["Yes"] == pytest.approx(0.138, abs=0.0005)
