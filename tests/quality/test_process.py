"""What the study states of rounds, releases, feedback, pilot, training, checks, cost, rights and access is measured."""

from __future__ import annotations

import datetime

import pytest
from making import dataset, found, plan

from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.official import OfficialFigure, OfficialSeries
from countersign.model.period import first_day, last_day, years_of
from countersign.model.plan import Initiative, Population
from countersign.model.process import (
    BackChecks,
    Cost,
    Feedback,
    PilotPlan,
    Process,
    ProtocolPlan,
    Round,
    TrainingPlan,
)

PASS, WARN, FAIL, OPEN = State.PASS, State.WARN, State.FAIL, State.NOT_ASSESSED


def of(engine, check, process=None, *, subject=None, columns=None, documents=None, roles=None, today=None, **more):
    data = dataset(engine, columns or {"x": [1, 2, 3, 4]}, roles=roles or {})
    told = plan(process=process or Process(), **more)
    return found(data, check, subject=subject, plan=told, documents=documents, today=today)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-12", "2023-12-01", "2023-12-31"),
        ("2024-02-07", "2024-02-07", "2024-02-07"),
        ("2023/2024-06", "2023-01-01", "2024-06-30"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(text, first, last):
    assert (str(first_day(text)), str(last_day(text))) == (first, last)


@pytest.mark.parametrize("text", ["", "spring", "2024-13", "2024-02-30", "24", "2024-01-01-01"])
def test_what_is_no_period_has_no_days(text):
    assert first_day(text) is None
    assert list(years_of(text)) == []


@pytest.mark.parametrize(("days", "state"), [(364, PASS), (365, PASS), (366, WARN)])
def test_figures_are_as_old_as_the_days_from_the_end_of_their_period(engine, days, state):
    released = (datetime.date(2023, 12, 31) + datetime.timedelta(days=days)).isoformat()
    finding = of(engine, "timeliness", Process(released=released), population=Population(start="2023"))
    assert (finding.value, finding.state) == (days, state)


def test_the_official_lag_stands_beside_ours_and_it_is_said_who_is_faster(engine):
    series = OfficialSeries("office", (OfficialFigure(1.0, year="2019"),), published="2020-12-31")
    finding = of(engine, "timeliness", Process(released="2024-01-30"), population=Population(start="2023"),
                 documents=Documents(official=(series,)))  # fmt: skip
    assert finding.value == 30
    assert finding.evidence["official"] == {"office": 366}
    assert finding.evidence["faster_than"] == ["office"]


def test_a_release_before_the_end_of_its_period_is_a_doubt_and_not_a_record(engine):
    finding = of(engine, "timeliness", Process(released="2023-06-01"), population=Population(start="2023"))
    assert finding.state is WARN
    assert finding.value < 0


def test_the_newest_round_that_is_out_decides_on_the_age_of_the_figures(engine):
    rounds = (Round("2022", released="2023-01-10"), Round("2023", released="2024-01-20"), Round("2024"))
    assert of(engine, "timeliness", Process(rounds=rounds)).value == 20


def test_without_dates_age_and_punctuality_are_not_assessed(engine):
    assert of(engine, "timeliness").state is OPEN
    assert of(engine, "punctuality").state is OPEN
    assert "do not say" not in of(engine, "punctuality").message
    assert "1 releases are announced" in of(engine, "punctuality", Process(announced="2024-05-01")).message


@pytest.mark.parametrize(("released", "state"), [("2024-05-01", PASS), ("2024-05-02", WARN), ("2024-05-31", WARN),
                                                 ("2024-06-01", FAIL)])  # fmt: skip
def test_a_late_release_is_late_by_days(engine, released, state):
    finding = of(engine, "punctuality", Process(announced="2024-05-01", released=released))
    assert finding.state is state
    assert finding.value == (datetime.date.fromisoformat(released) - datetime.date(2024, 5, 1)).days


def test_the_latest_of_several_releases_decides(engine):
    rounds = (Round("2022", announced="2023-01-01", released="2023-01-01"),
              Round("2023", announced="2024-01-01", released="2024-01-11"))  # fmt: skip
    finding = of(engine, "punctuality", Process(rounds=rounds))
    assert (finding.value, finding.count) == (10, 1)
    assert finding.evidence["delays"] == [0, 10]


def test_two_rounds_a_year_at_equal_distances(engine):
    rounds = tuple(Round(period) for period in ("2022-01", "2022-07", "2023-01", "2023-07"))
    assert of(engine, "frequency", Process(rounds=rounds)).value == pytest.approx(3 * 365.25 / 546)
    assert of(engine, "regularity", Process(rounds=rounds)).state is PASS


@pytest.mark.parametrize(("last", "state"), [("2022-03", PASS), ("2022-04", WARN), ("2022-09", FAIL)])
def test_a_long_gap_between_rounds_is_told_beside_the_usual_one(engine, last, state):
    # Three gaps: 31, 28 days; then 28 (2022-03 alone is the first), a long one after them.
    rounds = tuple(Round(period) for period in ("2021-11", "2021-12", "2022-01", "2022-02"))
    finding = of(engine, "regularity", Process(rounds=(*rounds, Round(last))))
    assert finding.state is state


def test_one_round_says_nothing_about_repetition(engine):
    assert of(engine, "frequency", Process(rounds=(Round("2023"),))).state is OPEN


def test_without_stated_rounds_the_years_of_the_records_speak(engine):
    day = datetime.date
    columns = {"when": [day(2020, 5, 1), day(2021, 5, 1), day(2023, 5, 1), None]}
    finding = of(engine, "frequency", columns=columns, roles={"time": ("when",)})
    assert (finding.state, finding.value, finding.count) == (WARN, 0.75, 1)
    whole = {"when": [2020, 2021, 2021, 2022]}
    assert of(engine, "frequency", columns=whole, roles={"time": ("when",)}).state is PASS
    single = {"when": [2020, 2020, None, 2020]}
    assert of(engine, "frequency", columns=single, roles={"time": ("when",)}).state is OPEN


def test_the_same_words_mean_the_same_method(engine):
    same = (Round("2022", method="Door to  door"), Round("2023", method="door to door"))
    assert of(engine, "method_changes", Process(rounds=same)).state is PASS
    other = (*same, Round("2024", method="phone"))
    finding = of(engine, "method_changes", Process(rounds=other))
    assert (finding.state, finding.count, finding.evidence["changed"]) == (WARN, 1, ["2024"])
    silent = (Round("2022", method="phone"), Round("2023"))
    assert of(engine, "method_changes", Process(rounds=silent)).state is OPEN


def test_feedback_is_counted_by_round_with_its_delay_and_its_reach(engine):
    rounds = (Round("2022"), Round("2023"))
    events = (Feedback("2023-03-01", reached=40, round="2022", opted_in=20, sent=18),)
    process = Process(rounds=rounds, feedback=events)
    finding = of(engine, "feedback_rounds", process)
    assert (finding.value, finding.state, finding.count) == (0.5, WARN, 1)
    assert finding.evidence["reached"] == 40
    assert of(engine, "feedback_lag", process).value == 60
    sent = of(engine, "feedback_sent", process)
    assert (sent.value, sent.state, sent.count) == (0.9, PASS, 2)


def test_no_feedback_at_all_fails_and_silence_about_it_is_not_assessed(engine):
    assert of(engine, "feedback_rounds", Process(feedback=())).state is FAIL
    assert of(engine, "feedback_rounds").state is OPEN


def test_more_sent_than_asked_for_is_a_contradiction(engine):
    process = Process(feedback=(Feedback("2024-01-01", opted_in=3, sent=4),))
    assert of(engine, "feedback_sent", process).value is None


@pytest.mark.parametrize(("records", "state"), [(29, WARN), (30, PASS), (31, PASS)])
def test_a_pilot_has_thirty_records(engine, records, state):
    assert of(engine, "pilot", Process(pilot=PilotPlan(records))).state is state
    assert of(engine, "pilot_changes", Process(pilot=PilotPlan(records))).state is WARN
    assert of(engine, "pilot_changes", Process(pilot=PilotPlan(records, changes="none"))).state is PASS


@pytest.mark.parametrize(("passed", "state"), [(95, PASS), (94, WARN), (80, WARN), (79, FAIL)])
def test_trained_collectors_passed_a_test(engine, passed, state):
    assert of(engine, "trained_collectors", Process(training=TrainingPlan(100, passed))).state is state


def test_records_say_whether_their_collector_passed_a_test(engine):
    columns = {"quiz": ["yes", "Passed", "no", None]}
    finding = of(engine, "trained_collectors", columns=columns, roles={"quiz": ("quiz",)})
    assert (finding.value, finding.count) == (0.5, 2)
    assert finding.evidence == {"passed": 2, "failed": 1, "unknown": 1}
    truth = {"quiz": [True, True, False, True]}
    assert of(engine, "trained_collectors", columns=truth, roles={"quiz": ("quiz",)}).value == 0.75


def test_back_checks_have_a_rate_an_agreement_and_a_time(engine):
    process = Process(back_checks=BackChecks(2, 1, 8))
    assert of(engine, "back_check_rate", process).value == 0.5
    assert of(engine, "back_check_agreement", process).state is FAIL
    assert of(engine, "review_days", process).state is WARN
    assert of(engine, "back_check_rate", Process(back_checks=BackChecks(5))).state is OPEN
    assert of(engine, "back_check_rate", Process(back_checks=BackChecks(0))).state is FAIL


def test_cost_is_divided_by_usable_records(engine):
    data = dataset(engine, {"x": [1, 2, 3, 4]}, kept=[True, True, False, False])
    finding = found(data, "cost_per_record", plan=plan(process=Process(cost=Cost(100, "KES"))))
    assert (finding.value, finding.unit) == (50, "KES")
    none = dataset(engine, {"x": [1]}, kept=[False])
    assert found(none, "cost_per_record", plan=plan(process=Process(cost=Cost(100)))).state is OPEN


def test_a_protocol_is_known_by_its_headings_or_by_the_sections_it_is_said_to_have(engine):
    headings = ("Purpose and aims", "1. Who takes part: sampling", "Training of volunteers", "Safety first")
    process = Process(protocol=ProtocolPlan(file="p.md", version="2"))
    finding = of(engine, "protocol_sections", process, documents=Documents(protocol=headings))
    assert finding.evidence["there"] == ["purpose", "selection", "training", "safety"]
    assert finding.value == pytest.approx(4 / 12)
    assert finding.state is FAIL
    assert of(engine, "protocol_version", process, documents=Documents(protocol=headings)).count == 1
    named = Process(protocol=ProtocolPlan(sections=("purpose", "consent")))
    assert of(engine, "protocol_sections", named).evidence["there"] == ["purpose", "consent"]
    assert of(engine, "protocol_sections").state is OPEN


def test_a_word_inside_another_is_no_heading(engine):
    process = Process(protocol=ProtocolPlan(file="p.md"))
    headings = Documents(protocol=("Information on formats",))
    assert of(engine, "protocol_sections", process, documents=headings).value == 0


def test_openness_has_five_parts(engine):
    whole = Process(stable_id="doi:10/x", catalogue="https://data.example", api="https://data.example/api")
    finding = of(engine, "openness", whole, initiative=Initiative(licence="CC BY 4.0"))
    assert (finding.value, finding.state) == (1, PASS)
    four = of(engine, "openness", whole, initiative=Initiative(licence="Ask us"))
    assert (four.value, four.state, four.evidence["missing"]) == (0.8, PASS, ["open licence"])
    assert "its openness is not known" in four.message
    closed = of(engine, "openness", whole, initiative=Initiative(licence="CC-BY-NC-4.0"))
    assert closed.evidence["missing"] == ["open licence"]
    assert of(engine, "openness").state is FAIL  # the format alone


def test_a_licence_is_known_by_its_id_and_an_agreement_ends_on_its_last_day(engine):
    who = Initiative(licence="cc0", permitted_uses=("U0", "U1"), expires="2026-01-31")
    assert of(engine, "licence_known", initiative=who).evidence["licence"] == "CC0-1.0"
    for today, state in (("2026-01-31", PASS), ("2026-02-01", FAIL)):
        day = datetime.date.fromisoformat(today)
        assert of(engine, "agreement_in_force", initiative=who, today=day).state is state


@pytest.mark.parametrize(("wanted", "beyond", "state"), [("U0", 0, PASS), ("U2", 0, PASS), ("U3", 1, WARN)])
def test_a_use_that_is_not_permitted_is_found(engine, wanted, beyond, state):
    who = Initiative(permitted_uses=("U0", "U2"))
    finding = of(engine, "permitted_uses", initiative=who, use=wanted)
    assert finding.value == beyond
    assert finding.state is state
    assert of(engine, "permitted_uses").state is OPEN
    assert of(engine, "permitted_uses", initiative=Initiative(permitted_uses=("local planning",))).state is PASS
