"""Confidentiality (A3): who stands alone in the data, which figures rest on too few, which could be had by subtracting.

Only counts are told, never which group it is. What can be computed of withheld figures is what the audit of the room
`protection` found; without an audit the published numbers of records are subtracted from each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from countersign.catalogue import propose_keys, threshold
from countersign.model.disclosure import AuditResult, Disclosure
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, State
from countersign.model.plan import Plan
from countersign.model.weights import Weights
from countersign.quality.context import KEPT, Asking, Context, is_of, listed, number, percent
from countersign.quality.findings import judged
from countersign.tables import groups

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
PEOPLE = ("person", "case")
MOST = 8  # variables that are named in a sentence

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Recoverable:
    """Groups of too few people that published figures give away by subtracting.

    Parameters
    ----------
    remainders: breakdowns whose shown parts leave a withheld rest of too few. pairs: indicators that differ by a
    condition alone, and by too few people.
    """

    remainders: int
    pairs: int


def sample_uniques(context: Context) -> Asking:
    """Share of people who stand alone in the variables by which they could be known, and the smallest group.

    The variables: the keys the study declares under ``protection``; else area and age (roles), what figures are broken
    down by, and those recognised as sex or age. A missing answer is one of its own. k is the size of the smallest group
    (k-anonymity, Sweeney 2002). It warns: rows do not leave with a release.
    """
    if not context.is_main or not is_of(context.dataset.unit, PEOPLE) or context.is_published_table:
        return []
    names = _known_by(context)
    if not names:
        return []
    n = (yield {"sizes": groups(names, where=KEPT)})["sizes"]["_n"].astype(float)
    if not n.sum():
        return []
    fewest = fewest_people(context.plan)
    alone, few = float(n[n == 1].sum() / n.sum()), int(n[n < fewest].sum())
    message = (
        f"By {listed(names, most=MOST)} together, {percent(alone)} of the people in the data stand alone, and "
        f"{number(few)} are in groups of fewer than {fewest}."
    )
    return [
        judged(
            "A3",
            "sample_uniques",
            alone,
            message,
            limit="sample_uniques",
            count=int((n == 1).sum()),
            evidence={"variables": names, "groups": len(n), "k": int(n.min()), "in_small_groups": few},
            harshest=State.WARN,
            fix="Never give the rows away as they are; make age groups and areas wider before sharing them.",
        )
    ]


def confidentiality(
    plan: Plan, estimates: EstimateTable, *, report: str = "", disclosure: Disclosure | None = None
) -> list[Finding]:
    """A3: figures shown that rest on fewer than the fewest contributors, and groups recoverable by subtracting.

    Parameters
    ----------
    estimates: as they are to be published. report: digest of the protected figures, for the record.
    disclosure: what was done to protect people, with what the audit found.
    """
    source = plan.main
    if source.format == "published-tables":
        why = "The figures are sums of tables that are already published."
        return [Finding("A3", State.NOT_APPLICABLE, "smallest_cell", why)]
    if disclosure is not None and disclosure.method != "suppress":
        message = " ".join(disclosure.notes[:2]) or "Figures are changed to protect people."
        return [Finding("A3", State.PASS, "noise", message, evidence=dict(disclosure.noise))]
    fewest = fewest_people(plan)
    shown = [one for one in estimates if one.status in SHOWN and one.n > 0]
    if not shown:
        return []
    of_people = is_of(source.unit, (*PEOPLE, "collective")) or source.unit == "record"
    small = [one for one in shown if one.n < fewest]
    what = "people" if of_people else "records"
    message = (
        f"Every figure shown rests on {fewest} {what} or more."
        if not small
        else f"{number(len(small))} of {number(len(shown))} figures shown rest on fewer than {fewest} {what}."
    )
    evidence = {"figures": len(shown), "fewest": fewest, "protected_figures": report}
    state = State.PASS if not small else (State.FAIL if of_people else State.WARN)
    decided = sum(one.followed for one in disclosure.decisions) if disclosure is not None else 0
    if state is State.FAIL and len(small) <= decided:
        state, message = State.WARN, f"{message} Those concerned decided that they want to be shown."
    fix = f"Set 'protection: minimum_contributors: {fewest}', or show wider groups." if small else ""
    findings = [
        Finding("A3", state, "smallest_cell", message, value=len(small) / len(shown), unit="share", count=len(small),
                evidence=evidence, fix=fix)
    ]  # fmt: skip
    if disclosure is not None and disclosure.audit is not None:
        return [*findings, audited(disclosure, disclosure.audit)]
    got = recoverable(estimates, plan, fewest=fewest)
    found = got.remainders + got.pairs
    message = "No group of too few can be had by subtracting one published number of records from another."
    if found:
        message = (
            f"{number(found)} groups of fewer than {fewest} {what} can be had by subtracting published numbers: "
            f"{got.remainders} withheld ones, {got.pairs} between figures that differ by a condition."
        )
    findings.append(
        Finding(
            "A3",
            State.PASS if not found else (State.FAIL if of_people else State.WARN),
            "differencing",
            message,
            count=found,
            evidence={"remainders": got.remainders, "pairs": got.pairs},
            fix="Withhold a second group beside each, or publish one of the two figures only." if found else "",
        )
    )
    return findings


def audited(disclosure: Disclosure, audit: AuditResult) -> Finding:
    """A3: what somebody with everything published could compute of what is withheld, as the audit found."""
    evidence = {
        "rules": [one.rule for one in disclosure.rules],
        "withheld": disclosure.withheld,
        "numbers_attacked": audit.hidden,
        "points": audit.points,
        "narrow": audit.narrow,
        "narrowest": audit.narrowest,
        "width": audit.width,
        "earlier_releases": audit.earlier,
    }
    found = audit.points + audit.narrow
    message = "Nothing is withheld, so there is nothing to compute."
    if audit.hidden:
        with_ = f" and {number(audit.earlier)} earlier releases" if audit.earlier else ""
        message = (
            f"{number(disclosure.withheld)} figures are withheld. With all that is published{with_} none of the "
            f"{number(audit.hidden)} numbers behind them can be known to within fewer than {audit.width:g} people, as"
            " far as the rules can ask for it."
            if not found
            else f"{number(found)} of {number(audit.hidden)} withheld numbers can be computed."
        )
    fix = "Withhold a second group beside each, or make groups wider." if found else ""
    return Finding(
        "A3", State.FAIL if found else State.PASS, "differencing", message, value=audit.narrowest, unit="people",
        count=found, evidence=evidence, fix=fix,
    )  # fmt: skip


def recoverable(estimates: EstimateTable, plan: Plan, *, fewest: int) -> Recoverable:
    """Count what an attacker gets from the published numbers of records alone.

    Remainder: a figure shown for a group, its parts by one more variable, some of them withheld; the records of the
    group less those of the shown parts are 1 to fewest - 1. Pair: two indicators alike but for their condition
    (`where`), the same group, and numbers of records that differ by 1 to fewest - 1.
    """
    by_indicator: dict[str, dict[tuple[tuple[str, str], ...], Estimate]] = {}
    for one in estimates:
        by_indicator.setdefault(one.indicator, {})[tuple(sorted(one.domain.items()))] = one
    remainders = sum(_remainders(figures, fewest) for figures in by_indicator.values())
    pairs = 0
    names = [name for name in by_indicator if name in plan.indicators]
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            a, b = plan.indicators[first], plan.indicators[second]
            alike = (a.statistic, a.numerator, a.denominator, a.data) == (
                b.statistic,
                b.numerator,
                b.denominator,
                b.data,
            )
            if alike and a.where != b.where:
                for domain, one in by_indicator[first].items():
                    other = by_indicator[second].get(domain)
                    if other and one.status in SHOWN and other.status in SHOWN:
                        pairs += 0 < abs(one.n - other.n) < fewest
    return Recoverable(remainders, pairs)


NO_GROUP = 10**12
"""A number of records that no group has."""


def fewest_people(plan: Plan) -> int:
    """Return the fewest contributors behind a figure that is shown: the study's own limit, else the catalogue's."""
    return plan.minimum_contributors or int(threshold("group_shown").good)


def fewest_told(plan: Plan, unit: str) -> int:
    """Return the fewest records of a group that numbers are told of: the study's limit, else the catalogue's of people.

    Where records are no people, such as beaches, and the study sets no limit, every group is told of. Where figures are
    changed by noise, the number of records of no group is told: true ones beside changed ones would undo the noise.
    """
    if plan.protection.method != "suppress":
        return NO_GROUP
    people = is_of(unit, (*PEOPLE, "collective", "household")) or unit == "record"
    return plan.minimum_contributors or (fewest_people(plan) if people else 0)


def few(records: Mapping[T, float], fewest: int) -> frozenset[T]:
    """Return the groups whose number of records is not told, of groups that add up to a known total.

    Those of 1 to `fewest` - 1 records; then further ones, smallest first, until at least two are not told and together
    have `fewest` records: a single one could be had by subtracting. Empty groups are told.
    """
    order = sorted((group for group, n in records.items() if n), key=lambda group: records[group])
    small = [group for group in order if records[group] < fewest]
    for group in order[len(small) :]:
        if not small or (len(small) > 1 and sum(records[one] for one in small) >= fewest):
            break
        small.append(group)
    return frozenset(small)


def hushed(findings: Iterable[Finding], estimates: EstimateTable) -> tuple[Finding, ...]:
    """Return findings without the numbers of those about an indicator whose figure for everybody is withheld.

    What was measured from the rows of such an indicator, such as its value with and without a gate, would tell it.
    """
    withheld = {one.indicator for one in estimates if not one.domain and one.status is Status.SUPPRESSED}
    return tuple(
        replace(
            one,
            value=None,
            count=None,
            evidence={},
            message=f"What was found about '{one.subject}' is not told: its figure is withheld to protect people.",
            inside="",
        )
        if one.subject in withheld
        else one
        for one in findings
    )


def told_balance(weights: Weights | None, *, fewest: int) -> Weights | None:
    """Return weights whose balance leaves out groups of few records, and those needed to hide them (see `few`)."""
    if weights is None or not weights.balance:
        return weights
    hidden: set[tuple[str, str]] = set()
    for variable in dict.fromkeys(one.variable for one in weights.balance):
        own = {one.category: one.share_data * weights.count for one in weights.balance if one.variable == variable}
        names = variable.split(" x ")
        if all(name in weights.keys for name in names):
            own = dict.fromkeys(own, 0.0)
            for *cell, n in zip(*(weights.keys[name].tolist() for name in names), weights.n.tolist(), strict=True):
                category = ", ".join(str(part) for part in cell)
                own[category] = own.get(category, 0.0) + n
        hidden |= {(variable, category) for category in few(own, fewest)}
    return replace(weights, balance=tuple(b for b in weights.balance if (b.variable, b.category) not in hidden))


def coarse(ratio: float) -> float:
    """Return the limit that a group's ratio to its share keeps, in place of the ratio: that would tell how many."""
    limit = threshold("representation_low")
    kept = (each for each in (limit.good, limit.warn) if each is not None and ratio >= each)
    return next(kept, 0.0)


def _remainders(figures: Mapping[tuple[tuple[str, str], ...], Estimate], fewest: int) -> int:
    found = 0
    parts: dict[tuple[tuple[tuple[str, str], ...], str], list[Estimate]] = {}
    for domain, one in figures.items():
        for name, category in domain:
            rest = tuple(pair for pair in domain if pair != (name, category))
            parts.setdefault((rest, name), []).append(one)
    for (rest, _), own in parts.items():
        whole = figures.get(rest)
        if whole is None or whole.status not in SHOWN or not any(one.status is Status.SUPPRESSED for one in own):
            continue
        left = whole.n - sum(one.n for one in own if one.status is not Status.SUPPRESSED)
        found += 0 < left < fewest
        # A single withheld part is known whatever its size.
        found += left >= fewest and sum(one.status is Status.SUPPRESSED for one in own) == 1
    return found


def _known_by(context: Context) -> list[str]:
    declared = [name for name in context.plan.protection.keys if name in context.schema]
    return declared or propose_keys(
        area=context.role("area"),
        age=context.role("age"),
        asked=[name for indicator in context.plan.indicators.values() for by in indicator.by for name in by],
        variables=[(v.name, [*v.label.values()]) for v in context.from_file if v.type in ("category", "integer")],
        there=context.schema,
    )
