"""Signals of records that were made up: straight lines, shared devices, heaped numbers, repeated patterns."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan
from countersign.quality.heaping import myers_index, whipple_index

SCALE = {"type": "category", "values": {"1": "never", "2": "sometimes", "3": "often"}}


def battery(engine, rows, **spec):
    names = [f"q{place}" for place in range(1, len(rows[0]) + 1)]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return dataset(engine, columns, variables={name: {**SCALE, **spec} for name in names})


def test_one_answer_to_a_whole_battery_is_a_straight_line(engine) -> None:
    rows = [list("12312")] * 8 + [list("22222"), list("33333"), ["1", None, "1", "1", "1"]]
    finding = found(battery(engine, rows), "straight_lines")
    assert (finding.count, finding.value, finding.state) == (2, pytest.approx(0.2), State.WARN)
    assert finding.subject == "q1 to q5"


def test_what_most_people_say_to_every_question_is_no_straight_line(engine) -> None:
    # Most have no difficulty in any domain: 7 of 10 say 1 throughout; one says 3 throughout.
    rows = [list("11111")] * 7 + [list("12312"), list("21213"), list("33333")]
    assert found(battery(engine, rows), "straight_lines").count == 1


@pytest.mark.parametrize(("questions", "seen"), [(4, False), (5, True)])
def test_a_battery_has_at_least_five_questions(engine, questions, seen) -> None:
    from countersign.quality import assess

    data = battery(engine, [["2"] * questions, ["1"] * questions])
    assert any(f.check == "straight_lines" for f in assess(data, plan=plan())) is seen


def test_yes_and_no_make_no_battery(engine) -> None:
    from countersign.quality import assess

    data = battery(engine, [list("22222"), list("12121")], values={"1": "yes", "2": "no"})
    assert not any(f.check == "straight_lines" for f in assess(data, plan=plan()))


def test_devices_of_several_collectors_and_collectors_of_many_devices(engine) -> None:
    columns = {
        "who": ["A", "A", "B", "B", "C", "C", "C", "C"],
        "dev": ["1", "1", "1", "2", "3", "4", "5", "6"],
    }
    data = dataset(engine, columns, roles={"collector": ("who",), "device": ("dev",)})
    shared = found(data, "same_device")
    assert (shared.count, shared.value, shared.state) == (3, pytest.approx(3 / 8), State.WARN)
    many = found(data, "collector_devices")
    assert (many.count, many.value, many.state) == (1, 4.0, State.WARN)


def test_people_who_answer_for_themselves_answer_once_from_a_device(engine) -> None:
    data = dataset(engine, {"dev": ["1", "1", "1", "2", None]}, roles={"device": ("dev",)})
    finding = found(data, "same_device")
    assert (finding.count, finding.value) == (2, pytest.approx(0.5))
    once = dataset(engine, {"dev": ["1", "2"]}, roles={"device": ("dev",)})
    assert found(once, "same_device").state is State.PASS


@pytest.mark.parametrize(("records", "state"), [(30, State.PASS), (31, State.WARN)])
def test_a_device_makes_thirty_records_a_day(engine, records, state) -> None:
    day, other = datetime.date(2025, 1, 1), datetime.date(2025, 1, 2)
    columns = {"dev": ["1"] * (records + 1), "t": [day] * records + [other]}
    data = dataset(engine, columns, roles={"device": ("dev",), "time": ("t",)})
    finding = found(data, "device_day")
    assert (finding.state, finding.evidence["most_on_a_day"]) == (state, records)


def test_rounded_numbers_are_seen_by_their_last_digit(engine) -> None:
    values = [int(v) for v in np.random.default_rng(3).integers(100, 1000, 1000)]
    even = found(dataset(engine, {"income": values}), "digit_preference", subject="income")
    assert (even.state, even.value < 0.06) == (State.PASS, True)
    rounded = [v if place % 2 else 10 * round(v / 10) for place, v in enumerate(values)]
    finding = found(dataset(engine, {"income": rounded}), "digit_preference", subject="income")
    expected = np.bincount(np.array(rounded) % 10, minlength=10) / 1000
    assert finding.value == pytest.approx(np.abs(expected - 0.1).sum() / 2)
    assert finding.state is State.WARN
    assert finding.count == 1
    assert finding.evidence["chi_square"] == pytest.approx(((expected - 0.1) ** 2 / 0.1).sum() * 1000, abs=1e-3)


def test_few_different_numbers_have_no_digits_to_judge(engine) -> None:
    from countersign.quality import assess

    data = dataset(engine, {"rooms": [10 + place % 50 for place in range(500)]})
    assert not any(f.check == "digit_preference" for f in assess(data, plan=plan()))


def test_numbers_with_decimals_end_in_no_digit(engine) -> None:
    from countersign.quality import assess

    values = [100.5 + place for place in range(500)]
    assert not any(f.check == "digit_preference" for f in assess(dataset(engine, {"v": values}), plan=plan()))


def test_many_answers_make_one_finding_and_chance_does_not_warn(engine) -> None:
    generator = np.random.default_rng(9)
    columns = {f"v{place}": [int(v) for v in generator.integers(100, 300, 220)] for place in range(6)}
    fine = found(dataset(engine, columns), "digit_preference")
    assert (fine.subject, fine.state, fine.count) == ("answers", State.PASS, 0)
    columns["v3"] = [v // 5 * 5 for v in columns["v3"]]
    columns["v3"][:40] = range(101, 301, 5)
    heaped = found(dataset(engine, columns), "digit_preference")
    assert (heaped.state, heaped.count, "v3" in heaped.message) == (State.WARN, 1, True)


def test_whipples_index_by_hand() -> None:
    assert whipple_index(dict.fromkeys(range(100), 7.0)) == pytest.approx(100)
    assert whipple_index({25: 3.0, 40: 2.0, 70: 9.0}) == pytest.approx(500)
    # 40 ages with 1 each, 25 with 4 instead: 11 of 43
    assert whipple_index({age: 4.0 if age == 25 else 1.0 for age in range(23, 63)}) == pytest.approx(500 * 11 / 43)


def test_myers_index_is_none_for_equal_ages_and_90_for_one_digit() -> None:
    flat, shares = myers_index(dict.fromkeys(range(10, 90), 1.0))
    assert flat == pytest.approx(0, abs=2.5)  # one decade fewer follows than leads
    assert sum(shares.values()) == pytest.approx(100)
    assert myers_index({30: 5.0, 40: 5.0})[0] == pytest.approx(90)


def test_myers_index_is_the_slow_one_of_the_books() -> None:
    generator = np.random.default_rng(5)
    ages = {age: float(generator.integers(1, 50)) for age in range(100)}
    first = [sum(ages[10 * k + d] for k in range(1, 9)) for d in range(10)]
    second = [sum(ages[10 * k + d] for k in range(2, 9)) for d in range(10)]
    blended = np.array([first[d] * (d + 1) + second[d] * (9 - d) for d in range(10)])
    expected = np.abs(100 * blended / blended.sum() - 10).sum() / 2
    assert myers_index(ages)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("heaped", "state"), [(0, State.PASS), (30, State.WARN)])
def test_heaped_ages_warn(engine, heaped, state) -> None:
    ages = [age for age in range(23, 63) for _ in range(3)] + [30] * heaped
    finding = found(dataset(engine, {"age": ages}), "age_heaping")
    assert finding.value == pytest.approx(500 * (24 + heaped) / (120 + heaped))
    assert finding.state is state


def test_too_few_people_tell_nothing_about_ages(engine) -> None:
    assert found(dataset(engine, {"age": [30] * 99}), "age_heaping").state is State.NOT_ASSESSED


def answers(engine, rows):
    columns = {"who": [who for who, _ in rows]}
    columns |= {f"a{place}": [row[place] for _, row in rows] for place in range(10)}
    return dataset(engine, columns, roles={"collector": ("who",)})


def test_records_a_collector_repeats_stand_out_against_those_of_others(engine) -> None:
    generator = np.random.default_rng(1)
    rows = [(who, [str(v) for v in generator.integers(0, 4, 10)]) for who in "ABCDE" for _ in range(20)]
    rows[1] = rows[2] = rows[3] = ("A", rows[0][1])
    finding = found(answers(engine, rows), "identical_answers")
    # 4 alike = 6 pairs of 5 x 190; none of the 4,000 between collectors
    assert finding.value == pytest.approx((7 / 951) / (1 / 4001))
    assert (finding.count, finding.state) == (4, State.WARN)


def test_answers_everybody_gives_do_not_stand_out(engine) -> None:
    rows = [(who, ["1"] * 10) for who in "ABCDE" for _ in range(20)]
    finding = found(answers(engine, rows), "identical_answers")
    assert (round(finding.value, 6), finding.state) == (1.0, State.PASS)


def indicator(numerator: str, statistic: str) -> dict:
    return {"y": IndicatorPlan("y", statistic, numerator)}  # type: ignore[arg-type]


def test_numbers_that_go_with_the_collector_have_a_design_effect(engine) -> None:
    columns = {"who": ["A", "A", "B", "B", "B", "C"], "v": [1.0, 3, 5, 7, 9, 20]}
    data = dataset(engine, columns, roles={"collector": ("who",)})
    finding = found(data, "collector_effect", plan=plan(indicators=indicator("v", "mean")))
    within, between, n0 = 10 / 3, (2 * 5.5**2 + 3 * 0.5**2 + 12.5**2) / 2, 11 / 6
    icc = (between - within) / (between + (n0 - 1) * within)
    assert finding.value == pytest.approx(icc)
    assert finding.evidence["design_effect"] == pytest.approx(1 + icc, abs=1e-6)
    assert (finding.subject, finding.count, finding.state) == ("y", 3, State.WARN)


@pytest.mark.parametrize(
    ("ones", "state"), [((5, 5), State.PASS), ((4, 6), State.PASS), ((7, 3), State.PASS), ((9, 2), State.WARN)]
)
def test_collectors_who_differ_no_more_than_chance_does_are_not_warned_of(engine, ones, state) -> None:
    columns = {"who": ["A"] * 10 + ["B"] * 10, "v": [int(k < n) for n in ones for k in range(10)]}
    data = dataset(engine, columns, roles={"collector": ("who",)})
    finding = found(data, "collector_effect", plan=plan(indicators=indicator("v = 1", "proportion")))
    assert finding.state is state, (finding.value, finding.evidence["interval"])
    assert ("Chance alone" in finding.message) == (ones == (7, 3))


@pytest.mark.parametrize(("numerator", "statistic"), [("v = 'x'", "proportion"), ("v", "distribution")])
def test_shares_and_categories_are_judged_alike(engine, numerator, statistic) -> None:
    columns = {"who": ["A"] * 10 + ["B"] * 10, "v": ["x"] * 9 + ["z"] + ["x"] * 2 + ["z"] * 8}
    data = dataset(engine, columns, roles={"collector": ("who",)})
    finding = found(data, "collector_effect", plan=plan(indicators=indicator(numerator, statistic)))
    between, within = 10 * (0.35**2) * 2, (0.9 + 1.6) / 18
    assert finding.value == pytest.approx((between - within) / (between + 9 * within))


def test_one_collector_cannot_be_compared(engine) -> None:
    data = dataset(engine, {"who": ["A", "A"], "v": [1.0, 2.0]}, roles={"collector": ("who",)})
    finding = found(data, "collector_effect", plan=plan(indicators=indicator("v", "mean")))
    assert finding.state is State.NOT_ASSESSED
