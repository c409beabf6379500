"""Three scores side by side: what is agreed, where both sides are apart, what the next round changed."""

from __future__ import annotations

from making import dataset, plan

from countersign.model.answer import Score, Scorecard
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.quality import assess
from countersign.quality.scorecards import compare_scorecards, scorecards

THERE = {"rights_holder": 23, "duty_bearer": 4}
MAY = Scorecard(
    "Clinic", "2025-05-01", (Score("Waiting", 1, 4, 2), Score("Drugs", 2, 3), Score("Respect", None, 4)), THERE
)
JUNE = Scorecard("clinic", "2026-06-01", (Score("waiting", 3, 4, 3), Score("Light", 5, 5, 5)), THERE)


def told(engine, *cards):
    findings = assess(
        dataset(engine, {"x": [1]}), plan=plan(), measures=[scorecards], documents=Documents(scorecards=cards)
    )
    return {(one.check, one.evidence.get("date", one.evidence.get("after"))): one for one in findings}


def test_items_without_an_agreed_score_are_named_and_nothing_is_averaged(engine):
    one = told(engine, MAY)["agreed_scores", "2025-05-01"]
    assert (one.value, one.count, one.state) == (1 / 3, 2, State.WARN)
    assert "Not agreed: Drugs, Respect" in one.message
    assert "23 users and 4 providers" in one.message
    assert [(row["rights_holder"], row["duty_bearer"], row["agreed"], row["gap"]) for row in one.evidence["items"]] == [
        (1, 4, 2, -3), (2, 3, None, -1), (None, 4, None, None),
    ]  # fmt: skip


def test_a_gap_beyond_the_limit_is_named(engine):
    one = told(engine, MAY)["score_gap", "2025-05-01"]
    assert (one.value, one.count, one.state) == (-3, 1, State.WARN)
    assert one.evidence["gaps"] == {"Waiting": -3, "Drugs": -1}
    near = told(engine, JUNE)["score_gap", "2026-06-01"]
    assert (near.value, near.state) == (-1, State.PASS)


def test_the_next_round_of_the_same_place_shows_what_changed(engine):
    one = told(engine, JUNE, MAY)["score_change", "2026-06-01"]
    assert "of 1 items with an agreed score in both rounds 1 are better (waiting) and 0 worse" in one.message
    elsewhere = Scorecard("School", "2026-06-01", JUNE.scores, THERE)
    assert not [check for check, _ in told(engine, elsewhere, MAY) if check == "score_change"]


def test_two_rounds_are_compared_side_by_side():
    changes = {one.item: one for one in compare_scorecards(MAY, JUNE)}
    assert list(changes) == ["waiting", "Light", "Drugs", "Respect"]
    first = changes["waiting"]
    assert (first.rights_holder, first.duty_bearer, first.agreed, first.gap) == (2, 0, 1, 2)
    assert changes["Light"].agreed is None
    assert changes["Drugs"].after is None


def test_without_scorecards_nothing_is_said(engine):
    assert told(engine) == {}
