"""Feedback (B5): whether results went back to those who gave the data, how soon, and to how many."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.model.finding import Finding, State
from countersign.model.period import last_day
from countersign.model.process import Feedback
from countersign.quality.context import Context, listed, number, percent
from countersign.quality.findings import judged, not_assessed


def feedback(context: Context) -> Sequence[Finding]:
    """Rounds with at least one event of feedback, the longest delay, and the share of those who asked and were sent.

    An event without a round is about the newest. Delay of a round: days from its last day to its first event.
    """
    if not context.is_main:
        return []
    events = context.plan.process.feedback
    if events is None:
        why = "The study does not say whether contributors got the results back."
        return [not_assessed("B5", "feedback_rounds", why, fix="Add 'process: feedback:' with day, way and people.")]
    periods = [one.period for one in context.plan.process.rounds] or [context.plan.population.time]
    newest = max(periods, key=lambda period: str(last_day(period) or ""))
    of_round: dict[str, list[Feedback]] = {period: [] for period in periods}
    strangers = []
    for event in events:
        period = event.round or newest
        of_round[period].append(event) if period in of_round else strangers.append(period)
    served = [period for period, own in of_round.items() if own]
    missing = [period for period, own in of_round.items() if not own]
    reached = sum(event.reached or 0 for event in events)
    message = (
        f"Results went back to contributors after {len(served)} of {len(periods)} rounds."
        if len(periods) > 1
        else ("Results went back to contributors." if served else "Results did not go back to contributors.")
    )
    if events:
        message += f" {len(events)} events" + (f", {number(reached)} people reached." if reached else ".")
    if missing and len(periods) > 1:
        message += f" Nothing after {listed(missing)}."
    if strangers:
        message += f" {len(strangers)} events name a round that is not listed."
    findings = [
        judged(
            "B5",
            "feedback_rounds",
            len(served) / len(periods),
            message,
            limit="feedback_rounds",
            count=len(missing),
            evidence={"events": len(events), "reached": reached, "rounds_without": missing, "unknown": len(strangers)},
        )
    ]
    delays = []
    for period, own in of_round.items():
        end = last_day(period)
        days = [day for event in own if (day := last_day(event.date))]
        if end and days:
            delays.append((min(days) - end).days)
    if delays:
        told = f"The first feedback of a round came {number(max(delays))} days after its end at the latest."
        if max(delays) < 0:
            told = "The first feedback of every round came before its end."
        told += " The community should confirm it."
        findings.append(
            judged("B5", "feedback_lag", max(delays), told, limit="feedback_lag", evidence={"days": delays})
        )
    asked = [(event.sent, event.opted_in) for event in events if event.sent is not None and event.opted_in]
    if asked:
        findings.append(_sent(sum(sent or 0 for sent, _ in asked), sum(wanted or 0 for _, wanted in asked)))
    return findings


def _sent(sent: int, wanted: int) -> Finding:
    evidence = {"sent": sent, "opted_in": wanted}
    if sent > wanted:
        why = f"More contributors were sent results ({number(sent)}) than asked for them ({number(wanted)})."
        return Finding("B5", State.WARN, "feedback_sent", why, evidence=evidence, fix="Check both numbers.")
    message = f"{percent(sent / wanted)} of the contributors who asked for results were sent them."
    return judged(
        "B5", "feedback_sent", sent / wanted, message, limit="feedback_sent", count=wanted - sent, evidence=evidence,
        fix="Send the results to the others who asked for them.",
    )  # fmt: skip
