"""Units observed more than once: kappa, alpha and intraclass correlation, as published and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import dataset, found, plan

from countersign.errors import EstimationError
from countersign.model.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha, pairwise
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.held_against import RepeatPlan
from countersign.model.intraclass import one_way, two_way

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
"""Table 2 of Shrout and Fleiss (1979): six targets, four judges."""


def test_intraclass_correlations_are_those_of_shrout_and_fleiss() -> None:
    x = SHROUT_FLEISS
    one = one_way(np.full(6, 4.0), x.sum(1), (x**2).sum(1))
    two = two_way(x.sum(1), x.sum(0), float((x**2).sum()))
    assert (round(one.value, 2), round(two.value, 2)) == (0.17, 0.29)
    assert (round(one.lower, 2), round(one.upper, 2)) == (-0.13, 0.72)
    assert (round(two.lower, 2), round(two.upper, 2)) == (0.02, 0.76)


def test_a_shift_of_all_numbers_changes_no_intraclass_correlation() -> None:
    x = SHROUT_FLEISS - 7
    assert one_way(np.full(6, 4.0), x.sum(1), (x**2).sum(1)).value == pytest.approx(0.1657417684)


def test_one_way_takes_groups_of_unequal_size() -> None:
    # 1, 3 | 5, 7, 9 | 20 : N = 6, k = 3, n0 = (6 - 14/6) / 2 = 11/6
    n, total, squares = np.array([2.0, 3, 1]), np.array([4.0, 21, 20]), np.array([10.0, 155, 400])
    within, between = (2 + 8) / 3, (2 * 5.5**2 + 3 * 0.5**2 + 12.5**2) / 2
    size = 11 / 6
    expected = (between - within) / (between + (size - 1) * within)
    assert one_way(n, total, squares).value == pytest.approx(expected, rel=1e-12)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(EstimationError, match="two groups"):
        one_way(np.ones(3), np.arange(3.0), np.arange(3.0) ** 2)
    with pytest.raises(EstimationError, match="same"):
        one_way(np.full(2, 2.0), np.full(2, 4.0), np.full(2, 8.0))


def test_cohens_kappa_by_hand() -> None:
    # 20 both yes, 15 both no, 5 and 10 apart: p_o 0.7, p_e 0.5 (the example of most textbooks)
    assert cohen_kappa(np.array([[20.0, 5], [10, 15]])) == pytest.approx(0.4)


def test_weights_stand_for_units_alike() -> None:
    votes = np.array([[2.0, 0], [1, 1], [0, 3]])
    weight = np.array([3.0, 2, 1])
    long = np.repeat(votes, weight.astype(int), axis=0)
    for statistic in (pairwise, fleiss_kappa, krippendorff_alpha):
        assert statistic(votes, weight=weight) == pytest.approx(statistic(long), rel=1e-12)


REPEATS = RepeatPlan(unit=("u",), of=("y",), rater="who")


def test_two_observers_of_the_same_units_are_judged_by_cohens_kappa(engine) -> None:
    answers = ["yes"] * 20 + ["yes"] * 5 + ["no"] * 10 + ["no"] * 15
    others = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    data = dataset(engine, {"u": [*range(50), *range(50)], "who": ["A"] * 50 + ["B"] * 50, "y": answers + others})
    finding = found(data, "reliability", plan=plan(repeats=(REPEATS,)))
    assert (finding.value, finding.state, finding.count) == (pytest.approx(0.4), State.FAIL, 50)
    assert finding.evidence["coefficient"] == "Cohen's kappa"
    ends = finding.evidence["coefficients"]["Cohen's kappa"]
    assert ends["lower"] < 0.4 < ends["upper"]
    # The usual standard error of this kappa is 0.13.
    assert ends["upper"] - ends["lower"] == pytest.approx(4 * 0.13, abs=0.1)
    assert found(data, "repeated_share", plan=plan(repeats=(REPEATS,))).value == 1.0


@pytest.mark.parametrize(("apart", "state"), [(5, State.PASS), (6, State.WARN), (8, State.WARN), (9, State.FAIL)])
def test_the_limits_of_kappa_and_of_alpha_are_kept(engine, apart, state) -> None:
    # Half yes, half no; `apart` of 50 in each half differ: kappa = 1 - 2 * apart / 50
    first = ["yes"] * 50 + ["no"] * 50
    second = ["no"] * apart + ["yes"] * (50 - apart) + ["yes"] * apart + ["no"] * (50 - apart)
    data = dataset(engine, {"u": [*range(100), *range(100)], "who": ["A"] * 100 + ["B"] * 100, "y": first + second})
    finding = found(data, "reliability", plan=plan(repeats=(REPEATS,)))
    assert finding.value == pytest.approx(1 - 2 * apart / 50)
    assert finding.state is state  # alpha's own limit, 0.667, is reached before kappa's 0.6


def test_krippendorffs_example_is_found_in_rows(engine) -> None:
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    long = [(u, "ABCD"[r], str(v)) for r, row in enumerate(rows) for u, v in enumerate(row) if v]
    units, who, values = (list(column) for column in zip(*long, strict=True))
    spec = {"y": {"type": "category", "values": {str(code): f"level {code}" for code in range(1, 6)}}}
    data = dataset(engine, {"u": units, "who": who, "y": values}, variables=spec)
    finding = found(data, "reliability", plan=plan(repeats=(REPEATS,)))
    told = finding.evidence["coefficients"]
    assert round(told["Krippendorff's alpha, nominal"]["value"], 3) == 0.743
    assert round(told["Krippendorff's alpha, ordinal"]["value"], 3) == 0.815
    assert finding.evidence["coefficient"] == "Fleiss' kappa"


def test_numbers_of_observers_who_saw_everything_give_icc_2_1(engine) -> None:
    long = [(u, f"r{r}", float(v)) for u, row in enumerate(SHROUT_FLEISS) for r, v in enumerate(row)]
    units, who, values = (list(column) for column in zip(*long, strict=True))
    data = dataset(engine, {"u": units, "who": who, "y": values})
    finding = found(data, "reliability", plan=plan(repeats=(REPEATS,)))
    assert finding.evidence["coefficient"] == "ICC(2,1)"
    assert round(finding.value, 2) == 0.29
    assert finding.state is State.FAIL
    nobody = replace(REPEATS, rater="")
    finding = found(data, "reliability", plan=plan(repeats=(nobody,)))
    assert (finding.evidence["coefficient"], round(finding.value, 2)) == ("ICC(1,1)", 0.17)


def test_a_second_file_holds_the_second_observation(engine) -> None:
    first = dataset(engine, {"u": [1, 2, 3, 4], "y": ["a", "a", "b", "b"]})
    second = replace(dataset(engine, {"u": ["1", "2", "3", "9"], "y": ["a", "b", "b", "b"]}), name="again")
    the_plan = plan(repeats=(RepeatPlan(unit=("u",), of=("y",), second="again"),))
    documents = Documents(datasets={"d": first, "again": second})
    finding = found(first, "reliability", plan=the_plan, documents=documents)
    # p_o 2/3; margins 2/3 and 1/3 a: p_e = 2/9 + 2/9
    assert finding.value == pytest.approx((2 / 3 - 4 / 9) / (5 / 9))
    share = found(first, "repeated_share", plan=the_plan, documents=documents)
    assert (share.count, share.value) == (3, pytest.approx(3 / 5))


def test_what_one_observer_says_twice_is_another_matter(engine) -> None:
    columns = {
        "u": [1, 1, 1, 2, 2, 3, 3, 4],
        "who": ["A", "A", "B", "A", "B", "A", "A", "B"],
        "y": ["x", "y", "x", "z", "z", "x", "x", "x"],
    }
    data = dataset(engine, columns)
    the_plan = plan(repeats=(REPEATS,))
    # Between observers: units 1 (first of A) and 2, both agree.
    assert found(data, "reliability", plan=the_plan).value == pytest.approx(1.0)
    again = found(data, "retest", plan=the_plan)
    assert again.count == 2
    assert again.evidence["equal_pairs"] == pytest.approx(0.5)
    assert found(data, "repeated_share", plan=the_plan).count == 2


def test_one_answer_for_all_or_no_repeat_is_not_assessed(engine) -> None:
    same = dataset(engine, {"u": [1, 1, 2, 2], "who": list("ABAB"), "y": ["x"] * 4})
    assert found(same, "reliability", plan=plan(repeats=(REPEATS,))).state is State.NOT_ASSESSED
    once = dataset(engine, {"u": [1, 2], "who": list("AB"), "y": ["x", "z"]})
    assert found(once, "reliability", plan=plan(repeats=(REPEATS,))).state is State.NOT_ASSESSED
    assert found(once, "repeated_share", plan=plan(repeats=(REPEATS,))).state is State.WARN


@pytest.mark.parametrize(("twice", "state"), [(4, State.WARN), (5, State.PASS), (6, State.PASS)])
def test_five_percent_of_the_units_are_enough(engine, twice, state) -> None:
    units = [*range(100), *range(twice)]
    data = dataset(engine, {"u": units, "who": ["A"] * 100 + ["B"] * twice, "y": [float(u) for u in units]})
    assert found(data, "repeated_share", plan=plan(repeats=(REPEATS,))).state is state
