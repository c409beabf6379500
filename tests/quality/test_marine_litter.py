"""Every trap of the real Marine LitterWatch file is a finding with its count (counts: README of that data set)."""

from __future__ import annotations

import datetime
import json

import pytest
from making import shared

from countersign.model.dataset import Codebook, Dataset, Variable
from countersign.model.finding import State
from countersign.model.plan import CheckPlan, IndicatorPlan, Plan, Source
from countersign.quality import assess
from countersign.tables import open_engine

KEY = ("CommunityName", "BeachName", "EventDate")


@pytest.fixture(scope="module")
def findings():
    path = shared("cases", "mlw_beach_litter_med_blacksea", "mlw_events.csv")
    pl = pytest.importorskip("polars")
    table = pl.read_csv(path, infer_schema_length=None)
    table = table.with_columns(
        pl.col("EventDate").cast(pl.String).str.to_date("%Y%m%d"),
        pl.col("NatRef").cast(pl.String),
        pl.lit(True).alias("_kept"),
        pl.int_range(1, pl.len() + 1).alias("_row"),
    )
    litter = [name for name in table.columns if name[0] == "G" and name[1:].isdigit()]
    types = {"BeachLength_m": "number", "EventDate": "date", "BeachName": "text"} | dict.fromkeys(litter, "integer")
    types |= dict.fromkeys(("lon_x1", "lat_y1", "lon_x2", "lat_y2"), "number")
    book = {
        name: Variable(name=name, type=types.get(name, "category"))
        for name in table.columns
        if not name.startswith("_")
    }
    book["BeachLength_m"] = Variable(name="BeachLength_m", type="number", range=(10, 9000), unit="m")
    roles = {
        "time": ("EventDate",),
        "collector": ("CommunityName",),
        "longitude": ("lon_x1",),
        "latitude": ("lat_y1",),
    }
    plan = Plan(
        title={"en": "Litter"},
        data={
            "events": Source(name="events", file="mlw_events.csv", unit="survey event", unique=((), KEY), roles=roles)
        },
        indicators={
            "litter": IndicatorPlan(
                "litter",
                "quantile",
                "total(G1..G213) / BeachLength_m * 100",
                by=((), ("BeachRegionalSea",)),
            )
        },
        checks=(CheckPlan("total(G1..G213) > 0", name="some litter"),),
    )
    with open_engine("duckdb") as engine:
        dataset = Dataset(
            "events",
            engine.from_arrow(table.to_arrow()),
            Codebook(book),
            unit="survey event",
            roles=roles,
            answers=tuple(litter),
        )
        return assess(dataset, plan=plan, today=datetime.date(2026, 11, 1))


def one(findings, check, subject=None):
    found = [f for f in findings if f.check == check and (subject is None or f.subject == subject)]
    assert len(found) == 1, [(f.check, f.subject) for f in findings if f.check == check]
    return found[0]


@pytest.mark.parametrize(
    ("check", "subject", "count"),
    [
        ("exact_duplicates", None, 6),
        ("key_duplicates", None, 13),
        ("twin_records", None, 16),
        ("coordinates_scaled", None, 76),
        ("zero_values", "BeachLength_m", 1),
        ("empty_records", None, 20),
        ("missing_variable", "BeachType", 673),
        ("blank_or_zero", None, 168_936),
        ("check", "some litter", 20),
    ],
)
def test_each_trap_has_its_count(findings, check, subject, count):
    finding = one(findings, check, subject)
    assert finding.count == count
    assert finding.state in (State.WARN, State.FAIL)
    assert finding.fix


def test_a_few_missing_countries_are_counted_and_no_cause_for_alarm(findings):
    finding = one(findings, "missing_variable", "BeachCountrycode")
    assert (finding.count, finding.state) == (69, State.PASS)


def test_absurd_lengths_are_outside_the_declared_range(findings):
    finding = one(findings, "out_of_range", "BeachLength_m")
    assert finding.evidence["above"] == 2
    assert finding.evidence["below"] == 2
    assert finding.evidence["zeros"] == 1


def test_absurd_lengths_are_outliers_without_any_declaration(findings):
    assert one(findings, "outliers", "BeachLength_m").evidence["high"] >= 2


def test_two_codes_of_greece_are_named_with_their_counts(findings):
    finding = one(findings, "category_spellings", "BeachCountrycode")
    assert finding.evidence["groups"] == [{"GR": 76, "EL": 9}]
    assert finding.count == 9
    assert "'GR' (76) and 'EL' (9)" in finding.message


def test_a_misspelled_beach_type_is_asked_about(findings):
    finding = one(findings, "category_spellings", "BeachType")
    assert finding.evidence["instead_of"] == {"Pebbels": {"records": 125, "for": "pebbles"}}


def test_codes_unlike_the_others_and_codes_seen_once_are_named(findings):
    finding = one(findings, "rare_codes", "BeachCountrycode")
    assert finding.evidence["odd"] == {"Int": 1}
    assert finding.evidence["once"] >= 2
    assert "AX" in finding.inside  # what a single record holds stays with those who have the data
    assert "AX" not in finding.message


def test_blanks_beside_zeros_are_told_with_both_counts(findings):
    finding = one(findings, "blank_or_zero")
    assert round(finding.value, 2) == 0.74
    assert finding.evidence["zero"] == 1358
    assert one(findings, "missing_answers").state is State.NOT_ASSESSED


def test_findings_can_be_written_as_json_and_are_in_order(findings):
    json.dumps([[f.evidence, f.threshold, f.value, f.count] for f in findings])
    letters = [f.criterion[0] for f in findings]
    assert letters == sorted(letters)
    assert len({(f.criterion, f.check, f.subject) for f in findings}) == len(findings)
