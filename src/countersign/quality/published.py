"""Published tables: the totals that hid among their rows, and whether they hold (criterion G2).

Whoever adds up a published table as it stands counts people two or three times.
"""

from __future__ import annotations

from countersign.model.dataset import HiddenTotals
from countersign.model.finding import Finding, State
from countersign.quality.context import Context, number, share
from countersign.quality.findings import judged


def hidden_totals(context: Context) -> list[Finding]:
    """Totals and sub-totals found among the rows and columns, per table, and how many equal their parts."""
    findings: list[Finding] = []
    for reading in context.dataset.readings:
        for found in reading.totals:
            subject = f"{context.dataset.name}: {found.file}"
            findings.append(_hidden(found, subject))
            if found.compared:
                findings.append(_agree(found, subject))
            if found.absent:
                findings.append(_absent(found, subject))
    return findings


def _hidden(found: HiddenTotals, subject: str) -> Finding:
    parts = [f"{number(found.totals)} cells are totals"]
    if found.groups:
        parts.append(f"{number(found.groups)} rows are groups of other rows")
    text = f"{found.file}: {' and '.join(parts)}. They were taken out, so that nobody is counted twice."
    for measure, count in found.added.items():
        text += f" {number(round(count))} ({measure}) are counted here and in no detail; they were put back."
    return Finding(
        "G2",
        State.PASS,
        "hidden_totals",
        text,
        subject=subject,
        unit="cells",
        count=found.totals + found.groups,
        evidence={
            "totals": found.totals,
            "groups": found.groups,
            "details": found.details,
            "added": {measure: round(count, 6) for measure, count in found.added.items()},
        },
    )


def _agree(found: HiddenTotals, subject: str) -> Finding:
    wrong = found.compared - found.agree
    text = f"{found.file}: all {number(found.compared)} totals equal their parts."
    if wrong:
        text = (
            f"{found.file}: {number(wrong)} of {number(found.compared)} totals differ from their parts, by "
            f"{number(round(found.difference))} together. The notes of the reading say where."
        )
    return judged(
        "G2",
        "sums_agree",
        share(found.agree, found.compared),
        text,
        limit="sums_agree",
        subject=subject,
        count=wrong,
        evidence={"compared": found.compared, "agree": found.agree, "difference": round(found.difference, 6)},
        harshest=State.WARN,
        fix="Ask the office which of the two is right; until then say which one you used.",
    )


def _absent(found: HiddenTotals, subject: str) -> Finding:
    areas = ", ".join(f"{name} ({number(round(count))})" for name, count in list(found.absent.items())[:5])
    more = len(found.absent) - 5
    return Finding(
        "G2",
        State.WARN,
        "areas_absent",
        f"{found.file} counts {number(len(found.absent))} area(s) that the detailed tables lack: {areas}"
        + (f" and {more} more" if more > 0 else "")
        + ". They are in no figure: the totals speak of the other areas only.",
        subject=subject,
        unit="areas",
        count=len(found.absent),
        evidence={"areas": {name: round(count, 6) for name, count in found.absent.items()}},
        fix="Ask for the missing part of the tables; if a part of the country is meant, say so under 'population'.",
    )
