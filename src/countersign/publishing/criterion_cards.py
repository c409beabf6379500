"""Findings under their criteria, as a statistical office reads them: formula, value, limits and their source, evidence.

A criterion that nobody assessed keeps its card: what would make it assessable, and who answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from countersign.catalogue import Criterion, criteria, load
from countersign.model.finding import Finding, State
from countersign.publishing.digits import count, number
from countersign.publishing.judgement import measured
from countersign.publishing.labels import SYMBOLS, WORST_FIRST, plain, state_word
from countersign.publishing.language import Words
from countersign.publishing.reference import UNVERIFIED

MOST_NUMBERS = 10  # of one list of evidence on the page; assessment.json has all


@dataclass(frozen=True)
class CheckRow:
    """One finding as a row: the check, what it is about, its formula, value, limits, evidence, message and fix."""

    check: str
    subject: str
    formula: str
    state: str
    symbol: str
    word: str
    value: str
    limits: str
    source: str
    unverified: bool
    evidence: str
    message: str
    fix: str


@dataclass(frozen=True)
class CriterionCard:
    """One criterion with everything found about it; `state` is the worst of its findings."""

    key: str
    title: str
    technical: str
    mode: str
    state: str
    symbol: str
    word: str
    answered_by: str
    measured: str
    wanted: str
    rows: tuple[CheckRow, ...]
    passed: tuple[CheckRow, ...]


def cards(findings: Sequence[Finding], words: Words) -> dict[str, CriterionCard]:
    """Return id -> card of every criterion of the catalogue, in its order, and of others that findings name."""
    by_criterion: dict[str, list[Finding]] = {key: [] for key in criteria().ids}
    for one in findings:
        by_criterion.setdefault(one.criterion, []).append(one)
    return {key: _card(key, found, words) for key, found in by_criterion.items()}


def worst(findings: Iterable[Finding]) -> State:
    """Return the worst state; *not assessed* where nothing was found, and beside passes of other checks it yields."""
    states = {one.state for one in findings}
    order = (State.FAIL, State.WARN, State.PASS, State.NOT_ASSESSED, State.NOT_APPLICABLE)
    return next((state for state in order if state in states), State.NOT_ASSESSED)


def _card(key: str, findings: Sequence[Finding], words: Words) -> CriterionCard:
    own = criteria().entries.get(key)
    state = worst(findings)
    ordered = sorted(findings, key=lambda one: (WORST_FIRST.index(one.state), one.check, one.subject))
    rows = tuple(_row(one, own, words) for one in ordered)
    return CriterionCard(
        key=key,
        title=words.gettext(own.title) if own else key,
        technical=own.technical if own else "",
        mode=_mode(own.mode, words) if own else "",
        state=state,
        symbol=SYMBOLS[state],
        word=state_word(state, words),
        answered_by=", ".join(_role(role, words) for role in own.answered_by) if own else "",
        measured=own.measured if own else "",
        wanted="" if findings or own is None else own.fix,
        rows=tuple(row for row in rows if row.state != State.PASS),
        passed=tuple(row for row in rows if row.state == State.PASS),
    )


def _mode(mode: str, words: Words) -> str:
    return {
        "auto": words.gettext("computed"),
        "semi": words.gettext("computed in part, a person confirms"),
        "human": words.gettext("only people can answer"),
    }.get(mode, mode)


def _role(role: str, words: Words) -> str:
    listing = load("roles")
    return words.gettext(listing[role].title) if role in listing else role


def _row(one: Finding, own: Criterion | None, words: Words) -> CheckRow:
    limits, source, unverified = _limits(one.threshold, words)
    formula = next((metric.formula for metric in own.metrics if metric.check == one.check), "") if own else ""
    subject = ", ".join(filter(None, (one.subject, *(f"{name} {value}" for name, value in one.domain.items()))))
    counted = "" if not one.count else words.gettext("count {n}").format(n=count(one.count, words))
    return CheckRow(
        check=one.check,
        subject=subject,
        formula=formula,
        state=one.state,
        symbol=SYMBOLS[one.state],
        word=state_word(one.state, words),
        value="; ".join(filter(None, (measured(one.value, one.unit, words), counted))),
        limits=limits,
        source=source,
        unverified=unverified,
        evidence=evidence(one.evidence, words),
        message=one.message,
        fix="" if one.state is State.PASS else one.fix,
    )


def _limits(record: Mapping[str, Any], words: Words) -> tuple[str, str, bool]:
    """Return the limits, where they come from and whether that source is unverified, of one or several limits."""
    if not record:
        return "", "", False
    nested = all(isinstance(value, Mapping) for value in record.values())
    parts: list[Mapping[str, Any]] = [{"id": name, **value} for name, value in record.items()] if nested else [record]
    said, sources = [], []
    for part in parts:
        values = [
            f"{words.gettext('good')} {_plain(part['good'], words)}" if part.get("good") is not None else "",
            f"{words.gettext('warning')} {_plain(part['warn'], words)}" if part.get("warn") is not None else "",
        ]
        text = ", ".join(filter(None, values)) or ", ".join(
            f"{key} {_plain(value, words)}" for key, value in part.items() if key not in _ORIGIN
        )
        name = f"{part['id']}: " if len(parts) > 1 and part.get("id") else ""
        better = {"lower": "≤", "higher": "≥"}.get(str(part.get("better", "")), "")
        said.append(f"{name}{better} {text}".strip() if better else f"{name}{text}")
        sources.append(", ".join(str(part[key]) for key in ("source", "author", "date") if part.get(key)))
        if part.get("instead_of"):
            sources.append(words.gettext("changed by this study"))
    return (
        "; ".join(said),
        "; ".join(dict.fromkeys(filter(None, sources))),
        any(part.get("status") == UNVERIFIED for part in parts),
    )


_ORIGIN = ("id", "source", "status", "author", "date", "unit", "better", "instead_of")


def evidence(found: Mapping[str, Any], words: Words) -> str:
    """Return the numbers behind a finding as one line; of long lists the first, with how many there are."""
    return "; ".join(
        f"{plain(str(key)).lower()}: {_plain(value, words)}" for key, value in found.items() if _filled(value)
    )


def _filled(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, list | tuple | dict) and not value)


def _plain(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words.gettext("yes") if value else words.gettext("no")
    if isinstance(value, int):
        return count(value, words) if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        if value.is_integer():
            return _plain(int(value), words)
        size = abs(value)
        return number(value, 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 0.1 else 5, words).rstrip("0")
    if isinstance(value, Mapping):
        items = [f"{key} {_plain(inner, words)}" for key, inner in value.items()]
        return _first(items, words)
    if isinstance(value, list | tuple):
        return _first([_plain(inner, words) for inner in value], words)
    return str(value)


def _first(items: Sequence[str], words: Words) -> str:
    if len(items) <= MOST_NUMBERS:
        return ", ".join(items)
    more = len(items) - MOST_NUMBERS
    return ", ".join(items[:MOST_NUMBERS]) + words.ngettext(" and {n} more", " and {n} more", more).format(n=more)
