"""Totals (G2): people in the benchmark against the number the study states, and its margins among themselves."""

from __future__ import annotations

from collections.abc import Sequence

from countersign.model.finding import Finding, State
from countersign.quality.context import Context, listed, number
from countersign.quality.findings import judged


def population_total(context: Context) -> Sequence[Finding]:
    """How far each margin of the benchmark is from the stated size of the population, or else from the largest margin.

    Only margins of counts: a reference sample without weights counts its own rows, and shares count nothing.
    """
    benchmark = context.benchmark
    if not context.is_main or benchmark is None or benchmark.size:
        return []
    totals = {margin.name: margin.total for margin in benchmark.margins if margin.total > 1.5}
    stated = context.plan.population.size
    if not totals or (not stated and len(totals) < 2):
        return []
    whole = stated or max(totals.values())
    against = f"the stated size of the population ({number(whole)})" if stated else f"the largest ({number(whole)})"
    off = {name: total - whole for name, total in totals.items()}
    worst = max(off, key=lambda name: abs(off[name]))
    part = abs(off[worst]) / whole
    wrong = [name for name in off if abs(off[name]) / whole > 1e-9]
    message = f"All {len(totals)} margins of '{benchmark.name}' add up to {against}."
    if wrong:
        told = [
            f"{name} {number(totals[name])} ({'+' if off[name] > 0 else '-'}{number(abs(off[name]))})" for name in wrong
        ]
        message = (
            f"{len(wrong)} of {len(totals)} margins of '{benchmark.name}' do not add up to {against}: "
            f"{listed(told)}; the "
            f"furthest is off by {100 * part:.2f} %. Somebody is missing in one of the two, and the "
            "tables do not say who."
        )
    return [
        judged(
            "G2",
            "population_total",
            part,
            message,
            limit="population_total",
            subject=benchmark.name,
            count=round(abs(off[worst])),
            evidence={"stated": stated, "totals": totals},
            harshest=State.WARN,
            fix="Find out who is left out (a group, a place, a rounding); until then say which of the totals you used.",
        )
    ]
