"""Two anonymised tables are held side by side: risk, use, and a verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from countersign import disclosure
from countersign.errors import CountersignError
from countersign.protection.microdata.comparing import hellinger, overlap, row_risk, tenths

PEOPLE = pd.DataFrame(
    {
        "village": ["a"] * 6 + ["b"] * 5 + ["c"],
        "sex": ["f", "m"] * 6,
        "income": [10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 400],
        "ill": ["no"] * 6 + ["yes"] * 6,
    }
)


def test_risk_is_counted_by_hand() -> None:
    village = np.array([0] * 6 + [1] * 5 + [2])
    ill = np.array([0] * 6 + [1] * 5 + [-1])
    risk = row_risk([village], [ill], k=6)
    assert (risk.rows, risk.below, risk.alone, risk.expected) == (12, 6, 1, 3)
    assert risk.certain == 11
    assert row_risk([village], [], k=5).below == 1
    assert row_risk([np.array([0, 0, -1])], [], k=2).below_matching == 0


def test_a_class_gives_an_answer_away_if_all_who_answered_gave_the_same() -> None:
    village = np.array([0, 0, 0, 0, 1, 1, 1])
    first, second = np.array([2, 2, -1, 2, 0, 1, 2]), np.array([0, 1, 0, 1, 1, 1, 1])
    assert row_risk([village], [first], k=3).certain == 4
    assert row_risk([village], [second], k=3).certain == 3
    assert row_risk([village], [first, second], k=3).certain == 7
    assert row_risk([village], [second, first], k=3).certain == 7
    assert row_risk([village], [np.zeros(7, dtype=int)], k=3).certain == 7
    assert row_risk([village], [np.full(7, -1)], k=3).certain == 0


@pytest.mark.parametrize(("k", "below"), [(3, 0), (4, 3), (5, 7)])
def test_a_row_is_below_k_one_below_it_and_not_at_it(k: int, below: int) -> None:
    risk = row_risk([np.array([0, 0, 0, 0, 1, 1, 1])], [], k=k)
    assert (risk.below, risk.below_matching) == (below, below)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ([1, 1], [2, 2], 0.0),
        ([1, 0], [0, 1], 1.0),
        ([0, 0], [1, 1], 1.0),
        ([0], [0], 0.0),
        ([1, 1], [1, 0], 0.5411961),
        ([1, 3], [6, 2], 0.3660254),
    ],
)
def test_distances_of_distributions(one: list, other: list, distance: float) -> None:
    assert hellinger(np.array(one), np.array(other)) == pytest.approx(distance)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((0, 1), (0, 1), 1.0),
        ((0, 1), (2, 3), 0.0),
        ((0, 2), (1, 3), 0.5),
        ((0, 4), (1, 2), 0.625),
        ((1, 1), (0, 2), 1.0),
    ],
)
def test_overlap_of_intervals(one: tuple, other: tuple, shared: float) -> None:
    assert overlap(one, other) == pytest.approx(shared)


def test_tenths_are_between_the_numbers_there_are() -> None:
    assert tenths(np.arange(11.0)).tolist() == list(range(1, 10))
    assert tenths(np.array([np.nan])).size == 0


def test_the_safe_variant_is_taken_before_the_rich_one() -> None:
    safe = disclosure.suppress_locally(PEOPLE, keys=["village"], k=3).table
    found = disclosure.compare_variants(
        PEOPLE, safe, PEOPLE, keys=["village"], k=3, groups=["village"], sensitive=["ill"],
        indicators={"ill": "ill = 'yes'", "income": "income"}, names=["blanked", "as it is"],
    )  # fmt: skip
    assert found.verdict[-1].startswith("Take 'blanked'")
    by = {row["measure"]: row for row in found.rows()}
    assert by["risk: rows with fewer than 3 alike"]["original"] == 1
    assert by["risk: rows with fewer than 3 alike"]["blanked"] == 0
    assert by["use: answers kept, village c"]["blanked"] == 0
    assert by["use: answers kept, village c"]["as it is"] == 1
    assert by["use: ill"]["blanked"] == pytest.approx(0.5)
    assert by["use: income, overlap"]["as it is"] == 1
    assert any("takes more from some groups" in sentence for sentence in found.verdict)
    assert found._repr_html_().count("<circle") == 3
    assert found.picture().startswith("<svg")


def test_of_two_that_are_safe_the_one_that_keeps_more_is_taken() -> None:
    wide = disclosure.recode(PEOPLE, codes={"village": {"b": "b or c", "c": "b or c"}}).table
    wider = wide.assign(income=np.nan)
    found = disclosure.compare_variants(PEOPLE, wide, wider, keys=["village"], k=3)
    assert found.verdict[-1].startswith("Take 'first'")
    assert found.variants[0].utility > found.variants[1].utility
    assert (
        disclosure.compare_variants(PEOPLE, wide, wide, keys=["village"], k=3)
        .verdict[-1]
        .startswith("Both are equally")
    )


def test_a_choice_between_safety_and_use_is_left_to_people() -> None:
    wide = disclosure.recode(PEOPLE, codes={"village": {"b": "b or c", "c": "b or c"}}).table
    all_one = PEOPLE.assign(village="somewhere")
    found = disclosure.compare_variants(PEOPLE, wide, all_one, keys=["village"], k=3)
    assert "is safer" in found.verdict[-1]
    assert "keeps more" in found.verdict[-1]


def test_an_indicator_that_cannot_be_computed_is_told() -> None:
    found = disclosure.compare_variants(
        PEOPLE, PEOPLE.drop(columns="income"), keys=["village"], k=3, indicators={"income": "income"}
    )
    assert found.variants[0].indicators["income"][1:] == (None, None)
    assert found.variants[0].columns == 3


def test_the_order_of_rows_does_not_matter() -> None:
    other = PEOPLE.sample(frac=1, random_state=3)
    found = disclosure.compare_variants(PEOPLE, other, keys=["village"], k=3, groups=["sex"])
    assert found.variants[0].cells == 1
    assert found.variants[0].utility == 1
    assert found.variants[0].worst_group == (("sex", "f"), 1.0)


@pytest.mark.parametrize("options", [{"keys": []}, {"keys": ["village"], "k": 1}, {"keys": ["nothing"]}])
def test_what_cannot_be_compared_is_refused(options: dict) -> None:
    with pytest.raises(CountersignError):
        disclosure.compare_variants(PEOPLE, PEOPLE, **options)
