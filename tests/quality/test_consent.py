"""Whether each record says that the person agreed, and whether data were taken out when somebody asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from making import dataset, found, plan

from countersign.model.dataset import Dataset
from countersign.model.finding import State
from countersign.model.process import Process, Withdrawal
from countersign.quality import assess

ALL = {
    "consent": ("agreed",), "consent_version": ("version",), "consent_language": ("tongue",), "consent_time": ("at",),
    "age": ("age",), "guardian": ("parent",),
}  # fmt: skip


def people(engine: Any, *, roles: Any = ALL, variables: Any = None, **columns: Any) -> Dataset:
    given = {
        "agreed": ["yes"] * 4, "version": ["2"] * 4, "tongue": ["en", "sw", "sw", "en"], "at": ["10:00"] * 4,
        "age": [17, 18, 40, 60], "parent": ["yes", None, None, None], **columns,
    }  # fmt: skip
    return dataset(engine, given, roles=roles, variables=variables)


def test_everybody_agreed_and_it_is_recorded(engine):
    data = people(engine)
    assert [found(data, check).state for check in ("consent_given", "consent_recorded", "guardian_consent")] == [
        State.PASS
    ] * 3


def test_a_record_of_somebody_who_said_no_fails_whatever_the_share(engine):
    one = found(people(engine, agreed=["yes", "yes", "yes", "No"]), "consent_given")
    assert (one.value, one.count, one.state) == (0.75, 1, State.FAIL)
    assert one.evidence["refused"] == 1
    gated = dataset(engine, {"agreed": ["yes", "no"]}, kept=[True, False], roles={"consent": ("agreed",)})
    assert found(gated, "consent_given").state is State.PASS


def test_an_empty_consent_is_neither_yes_nor_no(engine):
    one = found(people(engine, agreed=["yes", "yes", "yes", None]), "consent_given")
    assert (one.value, one.evidence["refused"]) == (0.75, 0)


@pytest.mark.parametrize(
    ("values", "spec", "share"),
    [
        ([True, True, False, True], {}, 0.75),
        ([1, 1, 0, 1], {}, 0.75),
        ([1, 2, 2, 2], {"values": {"1": "No", "2": "Yes"}}, 0.75),
        (["Oui", "oui", "NON", "oui"], {}, 0.75),
    ],
)
def test_a_yes_is_found_by_value_or_by_label(engine, values, spec, share):
    data = people(engine, agreed=values, variables={"agreed": spec})
    one = found(data, "consent_given")
    assert (one.value, one.evidence["refused"]) == (share, 1)


def test_each_part_of_the_record_counts(engine):
    one = found(people(engine, version=["2", None, "2", "2"], at=["10:00", "10:00", None, "10:00"]), "consent_recorded")
    assert one.value == 0.5
    assert {key: one.evidence[key] for key in ("version", "language", "time")} == {
        "version": 0.75, "language": 1.0, "time": 0.75,
    }  # fmt: skip


def test_a_part_without_a_column_is_a_warning_and_named(engine):
    roles = {key: ALL[key] for key in ("consent", "consent_version")}
    one = found(people(engine, roles=roles), "consent_recorded")
    assert (one.state, one.evidence["without_column"]) == (State.WARN, ["language", "time"])
    none = found(people(engine, roles={"consent": ("agreed",)}), "consent_recorded")
    assert none.state is State.NOT_ASSESSED


def test_without_a_column_nothing_is_assessed(engine):
    one = found(people(engine, roles={}), "consent_given")
    assert one.state is State.NOT_ASSESSED
    assert "consent:" in one.fix


def test_only_those_under_eighteen_need_a_guardian(engine):
    one = found(people(engine, age=[16, 17, 18, 19], parent=["yes", None, None, None]), "guardian_consent")
    assert (one.value, one.count, one.evidence["minors"], one.state) == (0.5, 1, 2, State.FAIL)
    without = found(people(engine, roles={key: ALL[key] for key in ("consent", "age")}), "guardian_consent")
    assert without.state is State.NOT_ASSESSED
    grown = assess(people(engine, age=[18, 19, 20, None]), plan=plan())
    assert not [one for one in grown if one.check == "guardian_consent"]


TODAY = dt.date(2026, 6, 1)


@pytest.mark.parametrize(
    ("asked", "done", "state"),
    [
        ("2026-01-01", "2026-01-31", State.PASS),  # 30 days
        ("2026-01-01", "2026-02-01", State.WARN),  # 31 days
        ("2026-05-02", "", State.PASS),  # 30 days ago, under way
        ("2026-05-01", "", State.FAIL),  # 31 days ago, overdue
    ],
)
def test_withdrawals_have_thirty_days(engine, asked, done, state):
    process = Process(withdrawals=(Withdrawal(asked, done), Withdrawal("2026-01-01", "2026-01-01")))
    one = found(dataset(engine, {"x": [1]}), "withdrawals", plan=plan(process=process), today=TODAY)
    assert one.state is state


def test_nobody_asked_is_a_pass_and_silence_is_nothing(engine):
    data = dataset(engine, {"x": [1]})
    assert found(data, "withdrawals", plan=plan(process=Process(withdrawals=()))).state is State.PASS
    assert not [one for one in assess(data, plan=plan()) if one.check == "withdrawals"]


def test_numbers_that_are_neither_yes_nor_no_are_not_a_refusal(engine):
    one = found(people(engine, agreed=["17", "18", None, "60"]), "consent_given")
    assert (one.state, "'agreed' says yes or no" in one.message) == (State.NOT_ASSESSED, True)
    assert found(people(engine, agreed=["17", "18", None, "yes"]), "consent_given").state is State.FAIL
    assert found(people(engine, agreed=[None] * 4), "consent_given").state is State.FAIL
