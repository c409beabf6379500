"""Counts the readmes of real citizens' files state come out of the reading."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import pytest

from countersign.errors import DataError
from countersign.intake import take_in
from countersign.model.plan import GatePlan, Source
from countersign.tables import Engine, aggregate
from real_data import shared

from .taking import keep


def test_marine_litter_repeats_and_blanks(tmp_path: Path, engine: Engine) -> None:
    path = shared("cases", "mlw_beach_litter_med_blacksea", "mlw_events.csv")
    source = Source(
        name="events", file=path.name, unique=((), ("CommunityName", "BeachName", "date")),
        variables={"date": {"column": "EventDate", "type": "date", "format": "%Y%m%d"}},
        keep=(GatePlan("BeachLength_m > 0", "length"),),
    )  # fmt: skip
    data = take_in(source, path=path, engine=engine, store=keep, folder=tmp_path)
    reading = data.readings[0]
    assert (reading.rows, reading.columns) == (1402, 176)
    assert [gate.failed for gate in data.gates[1:]] == [6, 13]
    assert reading.missing["BeachCountrycode"] == {"blank": 69}
    assert reading.missing["BeachType"] == {"blank": 673}


def test_brand_audits_name_their_null_cells(tmp_path: Path, duckdb: Engine) -> None:
    path = shared("cases", "bffp_brand_audits_2018_2020", "events_raw.csv")
    with pytest.raises(DataError, match=r"'NULL' \(9\)"):
        take_in(
            Source(name="e", file=path.name, variables={"total_count": {"type": "integer"}}),
            path=path, engine=duckdb, store=keep, folder=tmp_path,
        )  # fmt: skip
    source = Source(name="e", file=path.name, missing={"NULL": "not given"})
    data = take_in(source, path=path, engine=duckdb, store=keep, folder=tmp_path)
    missing = data.readings[0].missing
    named = {
        name: missing[name]["not given"]
        for name in ("start_of_audit", "end_of_audit", "city", "country", "total_count")
    }
    assert named == {"start_of_audit": 154, "end_of_audit": 671, "city": 187, "country": 152, "total_count": 9}
    assert data.codebook["start_of_audit"].type == "date"


def test_opt_in_panel_ages_are_whole_numbers(tmp_path: Path, duckdb: Engine) -> None:
    path = shared("cases", "pew_optin_2016", "optin_sample.csv.gz")
    data = take_in(Source(name="p", file=path.name), path=path, engine=duckdb, store=keep, folder=tmp_path)
    assert data.codebook["AGE"].type == "integer"
    assert aggregate(data.table, n=nw.col("AGE").count())["n"] == 15000
