"""Missing answers by group (E4): whether some groups leave out more than others, beyond what chance would do."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.model.cells import Floats, Texts
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.completeness import count_columns
from countersign.quality.context import KEPT, Asking, Context, Questions, Totals, count, listed, number, percent
from countersign.quality.findings import judged
from countersign.tables import Groups


@dataclass(frozen=True)
class _Counted:
    """By cell of all breakdown variables: their categories, (C,); answers that apply and are missing, (C, answers)."""

    keys: Mapping[str, Texts]
    records: Floats
    asked: Floats
    missing: Floats


def missing_by_group(context: Context) -> Asking:
    """E4 by the variables by which the study breaks its figures down.

    One finding for each: the share of answers that apply and are missing in the group with most and with least of them;
    groups smaller than those that may be shown are left out. And one over all answers: does it depend on a group
    whether an answer is missing (a contrast against *missing completely at random*)? For each pair of answer and
    variable chi^2 of the table missing x group, p-values by Holm (1979) over all pairs, and Cramér's V; a pair counts
    if both say so. Blocks of counts in which a blank may mean none are left out.
    """
    if context.is_published_table:
        return []
    names = breakdowns(context)
    left_out = {variable.name for variable in count_columns(context)} | set(names)
    answers = [variable for variable in context.answers if variable.name not in left_out]
    if not names or not answers:
        return []
    counted = yield from _count(context, names, answers)
    if not counted.missing.sum():
        return []
    findings = [found for name in names if (found := _gap(name, counted)) is not None]
    return [*findings, *_contrast(names, answers, counted, context.about)]


def breakdowns(context: Context) -> list[str]:
    """Return the variables by which indicators of this data set are broken down, those of the table, in order."""
    found: dict[str, None] = {}
    for indicator in context.plan.indicators.values():
        if (indicator.data or context.plan.main.name) == context.dataset.name:
            found |= dict.fromkeys(name for by in indicator.by for name in by)
    return [name for name in found if name in context.schema]


def _count(context: Context, names: list[str], answers: list[Variable]) -> Generator[Questions, Totals, _Counted]:
    sums: dict[str, nw.Expr] = {"_n": nw.len()}
    present = yield {"rows": nw.len(), **{f"present {v.name}": nw.col(v.name).count() for v in answers}}
    for place, variable in enumerate(answers):
        blank, applies = nw.col(variable.name).is_null(), context.applies(variable)
        gone = blank if applies is None else blank & applies
        if present[f"present {variable.name}"] < present["rows"]:
            sums[f"_m{place}"] = count(gone)
        if applies is not None:
            sums[f"_a{place}"] = count(applies)
    cells = (yield {"cells": Groups({name: nw.col(name) for name in names}, sums, KEPT)})["cells"]
    records = cells["_n"].astype(float)
    asked = [cells.get(f"_a{place}", records).astype(float) for place in range(len(answers))]
    missing = [cells.get(f"_m{place}", 0 * records).astype(float) for place in range(len(answers))]
    return _Counted({name: cells[name] for name in names}, records, np.stack(asked, 1), np.stack(missing, 1))


def _by(name: str, counted: _Counted) -> tuple[list[str], Floats, Floats, Floats]:
    """Return the groups of one variable with records, answers asked and answers missing; nobody's group is left out."""
    values = counted.keys[name].tolist()
    labels = sorted({str(value) for value in values if value is not None})
    place = {label: at for at, label in enumerate(labels)}
    at = np.array([-1 if value is None else place[str(value)] for value in values], dtype=np.int64)
    inside = at >= 0
    records: Floats = np.bincount(at[inside], counted.records[inside], len(labels)).astype(float)
    asked, missing = (np.zeros((len(labels), counted.asked.shape[1])) for _ in range(2))
    np.add.at(asked, at[inside], counted.asked[inside])
    np.add.at(missing, at[inside], counted.missing[inside])
    return labels, records, asked, missing


def _gap(name: str, counted: _Counted) -> Finding | None:
    labels, records, asked, missing = _by(name, counted)
    least = threshold("group_size").warn or 0.0
    held = (records >= least) & (asked.sum(1) > 0)
    if held.sum() < 2:
        return None
    share = np.where(held, missing.sum(1) / np.maximum(asked.sum(1), 1), np.nan)
    worst, best = int(np.nanargmax(share)), int(np.nanargmin(share))
    gap = float(share[worst] - share[best])
    return judged(
        "E4",
        "missing_by_group",
        gap,
        f"By {name}, most answers are missing in {labels[worst]} ({percent(float(share[worst]))}) and fewest in "
        f"{labels[best]} ({percent(float(share[best]))}).",
        limit="missing_gap",
        subject=name,
        count=int(held.sum()),
        evidence={
            "shares": {
                label: round(float(each), 6) for label, each, one in zip(labels, share, held, strict=True) if one
            },
            "too_small": int((~held).sum()),
            "fewest_records": least,
        },
        harshest=State.WARN,
        fix=f"Find out what makes the form harder in {labels[worst]}: language, time, or what is asked.",
    )


def _contrast(names: list[str], answers: list[Variable], counted: _Counted, subject: str) -> list[Finding]:
    pairs: list[tuple[str, str, float, float]] = []
    for name in names:
        _, _, asked, missing = _by(name, counted)
        for place, variable in enumerate(answers):
            tested = chi_square(missing[:, place], asked[:, place] - missing[:, place])
            if tested is not None:
                pairs.append((variable.name, name, *tested))
    if not pairs:
        return []
    adjusted = holm([pair[3] for pair in pairs])
    alpha, effect = threshold("chance_alpha").good, threshold("missing_effect").good
    clear = sorted(
        (
            (v, answer, name, p)
            for (answer, name, v, _), p in zip(pairs, adjusted, strict=True)
            if p < alpha and v > effect
        ),
        reverse=True,
    )
    dependent = list(dict.fromkeys(answer for _, answer, _, _ in clear))
    told = [f"'{answer}' on {name}" for _, answer, name, _ in clear]
    looked = len({pair[0] for pair in pairs})
    message = (
        f"Whether an answer is missing depends on the group in {number(len(dependent))} of {number(looked)} answers: "
        f"{listed(told)}. They are not missing by chance."
        if clear
        else f"In {number(len(pairs))} pairs of an answer and a group, none is clearly missing more in some groups."
    )
    return [
        Finding(
            "E4",
            State.WARN if clear else State.PASS,
            "missing_by_chance",
            message,
            subject=subject,
            value=max((pair[2] for pair in pairs), default=0.0),
            unit="Cramér's V",
            count=len(dependent),
            evidence={
                "pairs": len(pairs),
                "dependent": [
                    {"answer": answer, "by": name, "v": round(v, 6), "p": float(f"{p:.3g}")}
                    for v, answer, name, p in clear
                ],
                "correction": "Holm (1979)",
            },
            threshold={key: threshold(key).record() for key in ("chance_alpha", "missing_effect")},
            fix="Weight or impute by these groups, or show figures with and without the incomplete records."
            if clear
            else "",
        )
    ]


def chi_square(missing: Floats, there: Floats) -> tuple[float, float] | None:
    """Return Cramér's V and the p-value of the table missing x group, (K,) each.

    None where the test is not defined or not trustworthy: one group, nothing missing, or more than a fifth of the
    expected counts below 5 or one below 1 (Cochran 1954).
    """
    from scipy.special import chdtrc

    held = missing + there > 0
    table = np.stack([missing[held], there[held]])
    n = table.sum()
    if table.shape[1] < 2 or (table.sum(1) == 0).any():
        return None
    expected = np.outer(table.sum(1), table.sum(0)) / n
    if (expected < 1).any() or (expected < 5).mean() > 0.2:
        return None
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / n)), float(chdtrc(table.shape[1] - 1, chi2))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values that keep the chance of any false alarm at their level (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    found, highest = [0.0] * len(p), 0.0
    for rank, place in enumerate(order.tolist()):
        highest = max(highest, min(1.0, p[place] * (len(p) - rank)))
        found[place] = highest
    return found
