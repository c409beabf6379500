"""Drawing: reference lists as Markdown pages, so that the documentation can never say something else than the data.

``python -m countersign.catalogue.drawing docs`` writes the pages; a test compares them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from countersign.catalogue.asking import choices, questions_of, scales, state_of
from countersign.catalogue.drawing_lists import (
    bank_page,
    disaggregation_page,
    frameworks_page,
    maturity_page,
    protection_page,
    states_page,
)
from countersign.catalogue.drawing_signing import signing_page
from countersign.catalogue.drawing_tree import tree_page, tree_picture
from countersign.catalogue.entries import Criterion, Status
from countersign.catalogue.loading import claims, criteria, load, threshold, uses
from countersign.catalogue.markdown import head, role_names, table
from countersign.catalogue.parts import Metric, Must
from countersign.catalogue.question import Question

_MODES = {"auto": "computed", "semi": "computed in part, a person confirms", "human": "only people can answer"}
_EFFORTS = {"answer": "an answer", "repair": "repair work", "collect": "a new collection"}
_CONDITIONS = {
    "pass": "assessed, and nothing failed",
    "clean": "assessed, without even a warning",
    "stated": "stated",
    "reported": "reported, whatever came out",
    "answered": "answered by a person, and not with no",
    "explained": "agrees, or a person explained why not",
    "at_most": "at most",
    "at_least": "at least",
}


def criteria_page() -> str:
    """Return the page of criteria: every question, how it is answered, by whom, against which limits."""
    listing = criteria()
    lines = [*head(listing), "## All at a glance", ""]
    lines += table(
        ("id", "question", "technical", "answered"),
        [(c.id, c.title, c.technical, _MODES[c.mode]) for c in listing],
    )
    people = load("answer_checks")
    lines += ["", "## Checks of what people answer", "", people.note, ""]
    lines += table(("check", "what", "formula"), [(f"`{one.id}`", one.title, one["formula"]) for one in people])
    for block in dict.fromkeys(criterion.block for criterion in listing):
        lines += ["", f"## {block}"]
        for criterion in listing:
            if criterion.block == block:
                lines += ["", *_criterion(criterion)]
    return "\n".join(lines) + "\n"


def uses_page() -> str:
    """Return the page of the use ladder, with the refused claims."""
    listing = uses()
    lines = [*head(listing), "How data come to a use is drawn as a [decision tree](decision-tree.md).", ""]
    for use in listing:
        lines += ["", f"## {use.id} {use.title}", "", use.bar, "", f"What may be said: *{use.claim}*", ""]
        if use.signers:
            lines += [f"Signed by: {role_names(use.signers)}.", ""]
        lines += table(
            ("criterion", "what is demanded", "condition"),
            [(must.criterion, must.words, _condition(must)) for must in use.musts],
        )
    refused = claims()
    lines += ["", "## Claims that are refused", "", f"{refused.source}.", ""]
    lines += table(
        ("claim", "instead", "status"), [(claim.title, claim.instead, str(claim.status)) for claim in refused]
    )
    return "\n".join(lines) + "\n"


def thresholds_page() -> str:
    """Return the page of limits, each with its source, author and date."""
    listing = load("thresholds")
    rows = []
    for entry in listing:
        limit = threshold(entry.id)
        says = f"{'up to' if limit.better == 'lower' else 'from'} {limit.good:g}"
        warns = "" if limit.warn is None else f"{'up to' if limit.better == 'lower' else 'from'} {limit.warn:g}"
        set_by = ", ".join(part for part in (limit.author, limit.date) if part)
        source = f"{limit.source} ({limit.status})"
        rows.append((limit.id, limit.criterion, limit.title, says, warns, limit.unit, source, set_by))
    columns = ("id", "criterion", "what", "pass", "warn", "unit", "source (status)", "set by")
    return "\n".join([*head(listing), *table(columns, rows)]) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "criteria.md": criteria_page,
    "uses.md": uses_page,
    "thresholds.md": thresholds_page,
    "frameworks.md": frameworks_page,
    "question-bank.md": bank_page,
    "disaggregation.md": disaggregation_page,
    "maturity.md": maturity_page,
    "decision-tree.md": tree_page,
    "images/decision-tree.svg": tree_picture,
    "states.md": states_page,
    "protection-rules.md": protection_page,
    "signing-lists.md": signing_page,
}


def draw(folder: Path) -> tuple[Path, ...]:
    """Write all pages into a folder and return their paths."""
    written = []
    for name, page in PAGES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        written.append(path)
    return tuple(written)


def _criterion(criterion: Criterion) -> list[str]:
    lines = [
        f"### {criterion.id} {criterion.title}",
        "",
        f"*{criterion.technical}*; {_MODES[criterion.mode]}.",
        "",
        f"- Measured: {criterion.measured}",
        f"- Evidence: {criterion.evidence}{' (a file is required)' if criterion.evidence_required else ''}",
    ]
    if criterion.answered_by:
        lines.append(f"- Answered or confirmed by: {role_names(criterion.answered_by)}")
    asked = [f"{name} (from memory)" if name in criterion.remembered else name for name in criterion.frameworks]
    lines.append(f"- Asked by: {', '.join(asked)}; see [frameworks](frameworks.md)")
    lines.append(
        "- Next steps, cheapest first: " + " ".join(f"{fix.do} ({_EFFORTS[fix.effort]})" for fix in criterion.fixes)
    )
    if criterion.status is Status.DRAFT:
        lines.append("- **Not verified**")
    if criterion.metrics:
        rows = [
            (f"`{m.check}`", m.formula, ", ".join(m.reads) + (" (where there)" if m.optional else ""), _limits(m))
            for m in criterion.metrics
        ]
        lines += ["", *table(("check", "formula or rule", "reads", "limits"), rows)]
    if questions := questions_of(criterion.id):
        rows = [_asked(question) for question in questions]
        lines += ["", *table(("asked of people", "answers", "who", "evidence"), rows)]
    return lines


def _asked(question: Question) -> tuple[str, str, str, str]:
    answers = "; ".join(f"{words} ({state_of(question, answer)})" for answer, words in choices(question).items())
    answers = answers or scales()[question.scale].title + (f", {question.unit}" if question.unit else "")
    who = role_names(question.roles)
    if question.min_roles > 1:
        who += f"; at least {question.min_roles} of them"
    if question.not_only:
        who += f"; never only {role_names(question.not_only)}"
    ask = f"{question.ask} *{question.technical}*, `{question.id}`, per {question.per}"
    return ask, answers, who, question.evidence


def _limits(metric: Metric) -> str:
    return ", ".join(f"[{limit}](thresholds.md)" for limit in metric.thresholds)


def _condition(must: Must) -> str:
    text = _CONDITIONS[must.condition]
    if must.limit is not None:
        text = f"`{must.check}` {text} {must.limit:g}"
    if must.or_else:
        text += f"; or {must.or_else} assessed, and nothing failed there"
    if must.unless:
        text += f"; not for {', '.join(must.unless)}"
    if must.only:
        text += f"; only where a row is a {' or '.join(must.only)}"
    return text


if __name__ == "__main__":
    draw(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
