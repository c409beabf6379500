"""Precision by area (E2): how exact each indicator is in each area, one finding each, to judge areas by."""

from __future__ import annotations

from dataclasses import replace

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.finding import Finding, State
from countersign.model.plan import Plan
from countersign.quality.context import number, percent
from countersign.quality.findings import not_assessed, worst
from countersign.quality.results import SHOWN, variation


def precision_by_area(plan: Plan, estimates: EstimateTable) -> tuple[Finding, ...]:
    """Return E2 findings for the figures of single areas, each with its `Finding.domain`.

    An area is a category of the column with the role ``area`` in the indicator's data source. There is one for
    each indicator and area; they are not part of the general list of findings, and a verdict on one area asks for them.
    """
    found = []
    for figure in estimates:
        indicator = plan.indicators.get(figure.indicator)
        if indicator is None:
            continue
        source = plan.data.get(indicator.data, plan.main) if indicator.data else plan.main
        areas = source.roles.get("area", ())
        if len(figure.domain) == 1 and next(iter(figure.domain)) in areas:
            found.append(_of_area(figure))
    return tuple(found)


def _of_area(figure: Estimate) -> Finding:
    domain = {name: str(category) for name, category in figure.domain.items()}
    where = ", ".join(domain.values())
    if figure.status not in SHOWN:
        why = f"'{figure.indicator}' has no figure for {where} that may be shown."
        return _about(not_assessed("E2", "precision", why, subject=figure.indicator), domain)
    cv = variation(figure)
    size = float(figure.n if figure.n_effective is None else figure.n_effective)
    full = figure.standard_error == 0 and figure.lower == figure.upper == figure.value
    states = {} if full else {"effective_n": threshold("effective_n").state(size)}
    if cv is not None and not full:
        states["cv"] = threshold("cv").state(cv)
    state = State.PASS if full else worst(*states.values())
    told = (
        f"n = {number(figure.n)}, which count like {number(size)}" if figure.n_effective else f"n = {number(figure.n)}"
    )
    if full:
        told = f"a full count, {number(figure.n)} counted"
    elif cv is not None:
        told = f"coefficient of variation {percent(cv)}, {told}"
    return Finding(
        "E2",
        state,
        "precision",
        f"'{figure.indicator}' in {where}: {told}.",
        subject=figure.indicator,
        value=0.0 if full else cv,
        unit="ratio",
        count=figure.n,
        evidence={
            "n": figure.n,
            "effective_n": None if figure.n_effective is None else round(figure.n_effective, 3),
            "states": {key: str(one) for key, one in states.items()},
        },
        threshold={key: threshold(key).record() for key in states},
        fix="" if state is State.PASS else f"Collect more records in {where}, or join it with areas alike.",
        domain=domain,
    )


def _about(finding: Finding, domain: dict[str, str]) -> Finding:
    return replace(finding, domain=domain)
