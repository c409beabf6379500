"""Protocol (D1, D2, D3, D5): what is written down, what was tried, who was trained, what was checked again."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from countersign.catalogue import load
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, count, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed

YES = ("true", "yes", "1", "1.0", "passed", "pass")
NO = ("false", "no", "0", "0.0", "failed", "fail")


def sections(context: Context) -> Sequence[Finding]:
    """D1: share of the sections a protocol needs that the study names or a heading of its file shows; version, date."""
    if not context.is_main:
        return []
    plan = context.plan.process.protocol
    headings = context.documents.protocol
    if plan is None or (not plan.sections and headings is None):
        why = "The study does not say which sections its protocol has."
        fix = "Add 'process: protocol:' with its 'file' or its 'sections'."
        return [not_assessed("D1", "protocol_sections", why, fix=fix)]
    needed = load("protocol_sections")
    shown = [" ".join(heading.casefold().split()) for heading in headings or ()]
    named = {name.casefold().strip() for name in plan.sections}
    there = [
        entry.id
        for entry in needed
        if entry.id in named or entry.title.casefold() in named or any(_holds(text, entry["words"]) for text in shown)
    ]
    missing = [entry.id for entry in needed if entry.id not in there]
    message = f"The protocol has {len(there)} of {len(needed)} sections that another team needs to repeat the work."
    if missing:
        message += f" Missing: {listed(missing, most=12)}."
    dated = [name for name, text in (("version", plan.version), ("date", plan.date)) if text]
    undated = [name for name in ("version", "date") if name not in dated]
    told = (
        "The protocol has a version and a date." if not undated else f"The protocol has no {' and no '.join(undated)}."
    )
    return [
        judged(
            "D1",
            "protocol_sections",
            len(there) / len(needed),
            message,
            limit="protocol_sections",
            count=len(missing),
            evidence={"there": there, "missing": missing, "headings": len(shown)},
            fix=f"Add a section on: {needed[missing[0]].title[:1].lower()}{needed[missing[0]].title[1:]}."
            if missing
            else "",
        ),
        Finding(
            "D1",
            State.WARN if undated else State.PASS,
            "protocol_version",
            told,
            count=len(undated),
            evidence={"stated": dated},
            fix=f"Write {' and '.join(undated)} on it." if undated else "",
        ),
    ]


def _holds(heading: str, words: Sequence[str]) -> bool:
    padded = f" {''.join(sign if sign.isalnum() or sign == '-' else ' ' for sign in heading)} "
    return any(f" {word} " in " ".join(padded.split()).join("  ") for word in words)


def pilot(context: Context) -> Sequence[Finding]:
    """D2: records of the try-out (at least 30), and whether what was changed after it is written down."""
    if not context.is_main:
        return []
    plan = context.plan.process.pilot
    if plan is None or plan.records is None:
        why = "The study does not say with how many records the form was tried before."
        return [not_assessed("D2", "pilot", why, fix="Add 'process: pilot: {records: ..., changes: ...}'.")]
    message = f"{number(plan.records)} records were collected to try the form."
    log = "What changed after the try-out is written down."
    if not plan.changes:
        log = "What changed after the try-out is not written down."
    return [
        judged("D2", "pilot", plan.records, message, limit="pilot", count=plan.records),
        Finding(
            "D2",
            State.PASS if plan.changes else State.WARN,
            "pilot_changes",
            log,
            fix="" if plan.changes else "Add 'process: pilot: changes:', in a sentence; 'nothing' is an answer too.",
        ),
    ]


def training(context: Context) -> Asking:
    """D3: share of records by collectors with a passed test (role quiz), else share of the trained who passed."""
    name = context.role("quiz")
    if not name:
        return _trained(context) if context.is_main else []
    word = nw.col(name).cast(nw.String).str.to_lowercase()
    found = yield {
        "rows": count(KEPT),
        "passed": count(KEPT & word.is_in(list(YES))),
        "failed": count(KEPT & word.is_in(list(NO))),
    }
    known = found["passed"] + found["failed"]
    blank = found["rows"] - known
    if not known:
        why = f"No record says in '{name}' whether its collector passed a test."
        return [not_assessed("D3", "trained_collectors", why, fix="Fill it with yes or no.")]
    message = f"{percent(share(found['passed'], found['rows']))} of the records are by collectors who passed a test."
    if blank:
        message += f" {number(blank)} records do not say."
    evidence = {"passed": found["passed"], "failed": found["failed"], "unknown": blank}
    value = share(found["passed"], found["rows"])
    return [
        judged("D3", "trained_collectors", value, message, limit="trained", count=found["rows"] - found["passed"],
               evidence=evidence)
    ]  # fmt: skip


def _trained(context: Context) -> list[Finding]:
    plan = context.plan.process.training
    if plan is None or not plan.trained or plan.passed is None:
        why = "The study does not say how many collectors were trained and passed a test."
        fix = "Add 'process: training: {trained: ..., passed: ...}', or the role 'quiz' of the data."
        return [not_assessed("D3", "trained_collectors", why, fix=fix)]
    if plan.passed > plan.trained:
        return [_contradiction("D3", "trained_collectors", "More collectors passed a test than were trained.")]
    message = f"{number(plan.passed)} of {number(plan.trained)} trained collectors passed a test, as stated."
    left = plan.trained - plan.passed
    return [judged("D3", "trained_collectors", plan.passed / plan.trained, message, limit="trained", count=left)]


def back_checks(context: Context) -> Asking:
    """D5: records checked again / records of the file, their agreement, and the median days until review."""
    if not context.is_main:
        return []
    plan = context.plan.process.back_checks
    if plan is None or plan.checked is None:
        why = "The study does not say how many records somebody else checked again."
        fix = "Check at least one record in twenty again and add 'process: back_checks: {checked: ..., agreed: ...}'."
        return [not_assessed("D5", "back_check_rate", why, fix=fix)]
    rows = (yield {"rows": count(~KEPT.is_null())})["rows"]
    if plan.checked > rows or (plan.agreed or 0) > plan.checked:
        return [_contradiction("D5", "back_check_rate", "More records were checked or agreed than there are.")]
    rate = share(plan.checked, rows)
    message = f"{number(plan.checked)} of {number(rows)} records ({percent(rate)}) were checked again by somebody else."
    evidence = {"checked": plan.checked, "records": rows}
    findings = [judged("D5", "back_check_rate", rate, message, limit="back_check_rate", count=plan.checked,
                       evidence=evidence, fix="Check one record in twenty again, chosen at random.")]  # fmt: skip
    if plan.agreed is not None and plan.checked:
        same = plan.agreed / plan.checked
        told = f"{percent(same)} of the records checked again agreed."
        differ = plan.checked - plan.agreed
        findings.append(judged("D5", "back_check_agreement", same, told, limit="back_check_agreement", count=differ))
    if plan.days is not None:
        told = f"Half of the records were reviewed within {plan.days:g} days."
        findings.append(judged("D5", "review_days", plan.days, told, limit="review_days"))
    return findings


def _contradiction(criterion: str, check: str, why: str) -> Finding:
    return not_assessed(criterion, check, f"{why} One of the numbers must be wrong.", fix="Correct the numbers.")


def cost(context: Context) -> Asking:
    """I2: cost of the round over usable records; whether it is worth it is asked of people."""
    if not context.is_main:
        return []
    plan = context.plan.process.cost
    if plan is None:
        return [not_assessed("I2", "cost_per_record", "The study does not say what the round cost.",
                             fix="Add 'process: cost: {amount: ..., currency: ...}'.")]  # fmt: skip
    rows = (yield {"rows": count(KEPT)})["rows"]
    if not rows:
        return [not_assessed("I2", "cost_per_record", "There is no usable record to divide the cost by.")]
    each = plan.amount / rows
    message = f"A usable record cost {each:.2f} {plan.currency}".rstrip() + f" ({number(rows)} records)."
    return [
        Finding("I2", State.PASS, "cost_per_record", message, value=each, unit=plan.currency or "currency",
                count=rows, evidence={"amount": plan.amount, "currency": plan.currency, "records": rows})
    ]  # fmt: skip
