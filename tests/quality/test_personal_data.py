"""What gives a person away is counted and never shown; codes of things are no alarm."""

from __future__ import annotations

import pytest
from making import dataset, plan

from countersign.model.finding import State
from countersign.quality import assess
from countersign.quality.judging import judge


def seen(engine, values, *, name="note", roles=None):
    data = dataset(engine, {name: values}, roles=roles or {})
    return {f.subject: f for f in assess(data, plan=plan()) if f.check == "personal_data"}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("ana.diaz@example.org", "email"),
        ("write to ana@example.co.ke", "email"),
        ("+254 722 123456", "phone"),
        ("+14155550100", "phone"),
        ("0722 123456", "phone"),
        ("(020) 555-0199", "phone"),
        ("06 12 34 56 78", "phone"),
        ("12 Mango Tree Road", "address"),
        ("221b Baker Street, London", "address"),
        ("P.O. Box 1234", "address"),
        ("CpjJwWHV", "account"),
        ("@green_coast", "account"),
        ("https://www.facebook.com/ana.diaz", "handle"),
    ],
)
def test_it_is_recognised(engine, value, kind):
    found = seen(engine, [value, "beach", None])
    assert list(found) == [kind]
    assert (found[kind].count, found[kind].state) == (1, State.WARN)


@pytest.mark.parametrize(
    "value",
    [
        "GR", "KE-30", "SYN-000123", "G213", "A1B2C3D4", "2024-05-01", "01-02-2020", "05/06/2020", "0123456789",
        "0000012345", "18-29", "5 to 10", "-77.5", "+12.345678", "D.E", "SurfriderMed", "McDonald", "TSG_ML G27",
        "Hellenic Marine Trust", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Coast / Shoreline", "12 beaches and 3 rivers",
        "PepsiCo", "YouTube", "iPhone", "eBay", "KoboCollect", "Excel Template Old_93_2018", "1 Person",
        "7:30 - 9:15", "H2O", "pH",
    ],
)  # fmt: skip
def test_codes_of_things_are_not(engine, value):
    assert seen(engine, [value, "beach"]) == {}


def test_names_of_columns_are_looked_at_and_numbers_in_place_of_names_are_fine(engine):
    assert seen(engine, ["Ana Diaz", "Kofi"], name="Respondent name")["identity"].count == 2
    assert seen(engine, ["17", "18"], name="Respondent name") == {}


def test_record_numbers_are_no_accounts(engine):
    assert seen(engine, ["CpjJwWHV", "xTzQpLmK"], roles={"id": ("note",)}) == {}


def test_no_value_leaves_in_message_or_evidence(engine):
    finding = seen(engine, ["ana.diaz@example.org"])["email"]
    assert "ana" not in repr(finding)
    assert finding.evidence == {"columns": {"note": 1}}


def test_a_hint_is_no_answer_the_criterion_stays_open(engine):
    data = dataset(engine, {"note": ["ana.diaz@example.org"]})
    findings = assess(data, plan=plan())
    assert "A2" in judge(findings, plan=plan()).open["U0"]
