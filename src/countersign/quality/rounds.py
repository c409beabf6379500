"""Rounds (F1, F2, F3, G3): how late, how punctual, how often, and whether it was done the same way each time."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

import narwhals as nw

from countersign.model.finding import Finding, State
from countersign.model.period import Day, first_day, last_day
from countersign.model.process import Round
from countersign.quality.context import KEPT, Asking, Context, listed, number
from countersign.quality.findings import judged, not_assessed

DAYS_A_YEAR = 365.25


def timeliness(context: Context) -> Sequence[Finding]:
    """F1: days from the end of the reference period to the release, beside those of each official series.

    The period is that of the newest round that is out, else the one the study is about. The official lag is counted
    from the last day of its newest reference year.
    """
    if not context.is_main:
        return []
    process, about = context.plan.process, context.plan.population
    out = [one for one in process.rounds if one.released and last_day(one.period)]
    newest = max(out, key=lambda one: last_day(one.period) or Day.min, default=None)
    period, released = (newest.period, newest.released) if newest else (about.time, process.released)
    end, day = last_day(period), last_day(released)
    if end is None or day is None:
        missing = "the period the figures are about" if end is None else "the day on which the figures came out"
        key = "population: period" if end is None else "process: released"
        return [not_assessed("F1", "timeliness", f"The study does not state {missing}.", fix=f"Add '{key}:'.")]
    days = (day - end).days
    message = f"The figures came out {_days(days)} the end of the period they are about."
    official = {}
    for series in context.documents.official:
        known, shown = last_day(series.last_year), last_day(series.published)
        if known and shown:
            official[series.name] = (shown - known).days
            message += f" The official series '{series.name}' took {number((shown - known).days)} days."
    faster = [name for name, lag in official.items() if days < lag]
    evidence = {"period": period, "released": released, "official": official, "faster_than": faster}
    if days < 0:
        message += " One of the two dates must be wrong, or the period was not over."
        fix = "Check 'process: released' and the period."
        return [Finding("F1", State.WARN, "timeliness", message, value=days, unit="days", evidence=evidence, fix=fix)]
    return [judged("F1", "timeliness", days, message, limit="timeliness", evidence=evidence)]


def punctuality(context: Context) -> Sequence[Finding]:
    """F2: days by which releases came later than announced; the latest decides."""
    if not context.is_main:
        return []
    process = context.plan.process
    pairs = [(process.announced, process.released), *((one.announced, one.released) for one in process.rounds)]
    held = [(last_day(a), last_day(b)) for a, b in pairs if a and b]
    delays = [(out - said).days for said, out in held if said and out]
    if not delays:
        waiting = sum(bool(said) and not out for said, out in pairs)
        why = "The study does not state for which day its release was announced, and when it came out."
        if waiting:
            why = f"{waiting} releases are announced; the study does not say when they came out."
        return [not_assessed("F2", "punctuality", why, fix="Add 'process: announced:' and 'released:', each a day.")]
    late = [delay for delay in delays if delay > 0]
    message = (
        f"{len(delays) - len(late)} of {len(delays)} releases came when announced or before."
        if len(delays) > 1
        else _single(delays[0])
    )
    if late:
        message += f" The latest came {number(max(late))} days late."
    evidence = {"releases": len(delays), "delays": delays}
    return [judged("F2", "punctuality", max(delays), message, limit="punctuality", count=len(late), evidence=evidence)]


def _single(delay: int) -> str:
    if delay < 0:
        return f"The release came {number(-delay)} days before the day announced."
    return "The release came later than announced." if delay else "The release came when announced."


def frequency(context: Context) -> Asking:
    """F3: rounds a year and the longest gap between them; from the dates of the records where no rounds are stated.

    Rounds a year: (rounds - 1) / years from the beginning of the first to that of the last. Regularity: the longest
    gap between beginnings over the median gap.
    """
    if not context.is_main:
        return []
    starts = sorted({day for one in context.plan.process.rounds if (day := first_day(one.period))})
    if not starts:
        return (yield from _of_records(context))
    if len(starts) == 1:
        why = "There has been one round, so whether it is repeated regularly cannot be told yet."
        return [not_assessed("F3", "frequency", why, fix="Repeat it, and list every round under 'process: rounds:'.")]
    gaps = [(later - before).days for before, later in itertools.pairwise(starts)]
    a_year = len(gaps) * DAYS_A_YEAR / sum(gaps)
    usual, longest = statistics.median(gaps), max(gaps)
    evidence = {"rounds": len(starts), "gaps": gaps, "first": str(starts[0]), "last": str(starts[-1])}
    message = f"{len(starts)} rounds since {starts[0]:%Y-%m}: {a_year:.2g} a year."
    irregular = f"The longest gap between rounds is {number(longest)} days, the usual one {number(usual)}."
    return [
        Finding("F3", State.PASS, "frequency", message, value=a_year, unit="rounds a year", evidence=evidence),
        judged("F3", "regularity", longest / usual, irregular, limit="round_gap", count=len(gaps), evidence=evidence),
    ]


def _of_records(context: Context) -> Asking:
    name = context.role("time")
    kind = context.schema.get(name)
    if not name or kind is None or not (kind.is_integer() or kind in (nw.Date, nw.Datetime)):
        why = "The study lists no rounds, and no column says when a record was made."
        return [not_assessed("F3", "frequency", why, fix="List the rounds under 'process: rounds:', oldest first.")]
    column = nw.col(name) if kind.is_integer() else nw.col(name).dt.year()
    year = nw.when(KEPT).then(column.cast(nw.Int64))
    # Whether a place is empty counts as a value of its own in some engines, so it is taken out by its number.
    found = yield {
        "first": year.min(),
        "last": year.max(),
        "years": nw.when(KEPT & ~column.is_null()).then(column.cast(nw.Int64)).otherwise(-1).n_unique(),
        "without": nw.when(KEPT & ~column.is_null()).then(0).otherwise(1).sum(),
    }
    years = int(found["years"]) - (1 if found["without"] else 0)
    if found["first"] is None or not 1000 <= found["first"] <= 9999 or years < 2:
        why = "The records are of one year, so whether it is repeated cannot be told."
        if found["first"] is None or not 1000 <= found["first"] <= 9999:
            why = f"'{name}' holds no years."
        return [not_assessed("F3", "frequency", why, fix="List the rounds under 'process: rounds:', oldest first.")]
    span = int(found["last"]) - int(found["first"]) + 1
    message = (
        f"No rounds are stated; {years} of the {span} years from {found['first']} to {found['last']} have records."
    )
    return [
        Finding(
            "F3",
            State.PASS if years == span else State.WARN,
            "frequency",
            message,
            value=years / span,
            unit="rounds a year",
            count=span - years,
            evidence={"years": years, "span": span},
            fix="" if years == span else "Say why years are missing, and list the rounds under 'process: rounds:'.",
        )
    ]


def method(context: Context) -> Sequence[Finding]:
    """G3: changes of method between rounds, as the study states them; the same words mean the same way."""
    if not context.is_main:
        return []
    rounds = sorted(context.plan.process.rounds, key=lambda one: first_day(one.period) or Day.min)
    if len(rounds) < 2:
        why = "Fewer than two rounds are stated, so whether they were done the same way cannot be told."
        return [not_assessed("G3", "method_changes", why, fix="List every round with its 'method' and 'form'.")]
    silent = [one.period for one in rounds if not one.method]
    if silent:
        why = f"{len(silent)} of {len(rounds)} rounds do not say how they were done: {listed(silent)}."
        return [not_assessed("G3", "method_changes", why, fix="Say in a few words how each round was done.")]
    changed = [later.period for before, later in itertools.pairwise(rounds) if _words(before) != _words(later)]
    message = (
        f"All {len(rounds)} rounds were done the same way, as stated."
        if not changed
        else f"The method changed {len(changed)} times, in the rounds {listed(changed)}."
    )
    return [
        Finding(
            "G3",
            State.WARN if changed else State.PASS,
            "method_changes",
            message,
            value=float(len(changed)),
            unit="changes",
            count=len(changed),
            evidence={"rounds": len(rounds), "changed": changed},
            fix="Mark the break in the series, or measure one round both ways." if changed else "",
        )
    ]


def _words(one: Round) -> str:
    return " ".join(one.method.casefold().split())


def _days(days: int) -> str:
    return f"{number(days)} days after" if days >= 0 else f"{number(-days)} days before"
