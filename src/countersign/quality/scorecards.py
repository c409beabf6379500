"""Scorecards (B5): what users and providers scored side by side, where they agree, and what the next round changed.

Nothing is averaged: gap = rights-holder minus duty-bearer, and the agreed score is what both sides agreed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.catalogue import threshold
from countersign.model.answer import Score, Scorecard
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, listed, number, share
from countersign.quality.findings import judged


@dataclass(frozen=True)
class ScoreChange:
    """One item in two rounds; None where a round did not score it.

    `rights_holder`, `duty_bearer`, `agreed`: after minus before, or None unless both rounds scored it.
    """

    item: str
    before: Score | None
    after: Score | None

    @property
    def rights_holder(self) -> float | None:
        """Change of the rights-holders' score."""
        return self._change("rights_holder")

    @property
    def duty_bearer(self) -> float | None:
        """Change of the duty-bearers' score."""
        return self._change("duty_bearer")

    @property
    def agreed(self) -> float | None:
        """Change of the agreed score."""
        return self._change("agreed")

    @property
    def gap(self) -> float | None:
        """Change of the gap between both sides."""
        return self._change("gap")

    def _change(self, side: str) -> float | None:
        before, after = getattr(self.before, side, None), getattr(self.after, side, None)
        return None if before is None or after is None else after - before


def compare_scorecards(before: Scorecard, after: Scorecard) -> tuple[ScoreChange, ...]:
    """Return what changed between two rounds, item by item: those of the later round first, then those it left out."""
    old = {score.item.casefold(): score for score in before.scores}
    new = {score.item.casefold(): score for score in after.scores}
    return tuple(
        ScoreChange((new.get(key) or old[key]).item, old.get(key), new.get(key)) for key in dict.fromkeys((*new, *old))
    )


def scorecards(context: Context) -> Sequence[Finding]:
    """B5: items with an agreed score, items that both sides see far apart, and what changed since the round before."""
    if not context.is_main:
        return []
    findings: list[Finding] = []
    last: dict[str, Scorecard] = {}
    for card in sorted(context.documents.scorecards, key=lambda card: card.date):
        findings += [_agreed(card), *_apart(card)]
        place = card.place.casefold()
        if place in last:
            findings.append(_changed(last[place], card))
        last[place] = card
    return findings


def _agreed(card: Scorecard) -> Finding:
    open_ = [score.item for score in card.scores if score.agreed is None]
    done = len(card.scores) - len(open_)
    message = f"{_meeting(card)}: {done} of {len(card.scores)} items have a score that both sides agreed on."
    if open_:
        message += f" Not agreed: {listed(open_)}."
    return judged(
        "B5",
        "agreed_scores",
        share(done, len(card.scores)),
        message,
        limit="agreed_scores",
        subject=card.place,
        count=len(open_),
        evidence={
            "date": card.date,
            "attendance": dict(card.attendance),
            "items": [
                {
                    "item": score.item,
                    "rights_holder": score.rights_holder,
                    "duty_bearer": score.duty_bearer,
                    "agreed": score.agreed,
                    "gap": score.gap,
                    "due": score.due,
                }
                for score in card.scores
            ],
        },
        fix="Bring both sides together again for the items without an agreed score.",
        harshest=State.WARN,
    )


def _apart(card: Scorecard) -> list[Finding]:
    limit = threshold("score_gap")
    gaps = {score.item: score.gap for score in card.scores if score.gap is not None}
    if not gaps:
        return []
    wide = [item for item, gap in gaps.items() if not limit.keeps(abs(gap), limit.good)]
    largest = max(gaps.values(), key=abs)
    message = f"{_meeting(card)}: users and providers are at most {abs(largest):g} points apart"
    message += f"; {len(wide)} items are more than {limit.good:g} apart: {listed(wide)}." if wide else "."
    return [
        Finding(
            "B5",
            State.WARN if wide else State.PASS,
            "score_gap",
            message,
            subject=card.place,
            value=float(largest),
            unit="points",
            count=len(wide),
            evidence={"date": card.date, "gaps": gaps},
            threshold=limit.record(),
            fix=f"Ask both sides why they see {listed(wide, most=2)} so differently." if wide else "",
        )
    ]


def _changed(before: Scorecard, after: Scorecard) -> Finding:
    changes = compare_scorecards(before, after)
    moved = [one for one in changes if one.agreed]
    up, down = (
        [one.item for one in moved if (one.agreed or 0) > 0],
        [one.item for one in moved if (one.agreed or 0) < 0],
    )
    both = sum(one.agreed is not None for one in changes)
    message = f"{_meeting(after)}, against {before.date}: of {both} items with an agreed score in both rounds"
    message += f" {len(up)} are better{f' ({listed(up)})' if up else ''}"
    message += f" and {len(down)} worse{f' ({listed(down)})' if down else ''}."
    return Finding(
        "B5",
        State.PASS,
        "score_change",
        message,
        subject=after.place,
        count=len(moved),
        evidence={
            "before": before.date,
            "after": after.date,
            "items": [
                {
                    "item": one.item,
                    "rights_holder": one.rights_holder,
                    "duty_bearer": one.duty_bearer,
                    "agreed": one.agreed,
                    "gap": one.gap,
                }
                for one in changes
            ],
        },
    )


def _meeting(card: Scorecard) -> str:
    there = " and ".join(f"{number(people)} {_SIDES[side]}" for side, people in card.attendance.items())
    return f"Scorecard{f' of {card.place}' if card.place else ''}, {card.date} ({there})"


_SIDES = {"rights_holder": "users", "duty_bearer": "providers"}
