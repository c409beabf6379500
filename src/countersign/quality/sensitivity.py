"""Figures with fan, selection range and tipping point, Support -> Findings: E1 support, E12 sensitivity."""

from __future__ import annotations

from collections.abc import Iterator

from countersign.catalogue import threshold
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import Finding, State
from countersign.model.support import Support
from countersign.quality.context import percent
from countersign.quality.findings import judged, not_assessed, worst

BY_CHANCE = ("probability", "enumeration")
SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)


def supported(support: Support | None) -> Iterator[Finding]:
    """E1: population in cells that nobody or hardly anybody took part from, and that is hardly likely to take part."""
    if support is None:
        return
    message = (
        f"{percent(support.empty)} of the population is in groups ({support.cells}) that nobody took part from, "
        f"{percent(support.few)} in groups with fewer than {support.fewest} contributors."
    )
    yield judged(
        "E1",
        "empty_cells",
        support.few,
        message,
        limit="empty_cells",
        evidence={"empty": round(support.empty, 6), "cells": support.cells},
        fix="Recruit in these groups; or speak only for the others, and say so in the name of the figure.",
    )
    if support.overlap is not None:
        yield judged(
            "E1",
            "overlap",
            support.overlap,
            f"{percent(support.overlap)} of the population is less likely to take part than 99 % of those who did.",
            limit="overlap",
            fix="Recruit people of the kinds that hardly take part, or speak only for the others.",
        )


def sensitivity(estimates: EstimateTable, *, selection: str = "") -> list[Finding]:
    """E12: for each indicator, how far methods, stated selection and experience move its figure for everybody.

    Value: largest difference between the adjusted estimators in standard errors. The state is the worst of the spread
    of methods, the strength of the proxy and the break-even with a stated threshold.

    Parameters
    ----------
    selection: how units got in.
    """
    found = []
    for name in dict.fromkeys(estimate.indicator for estimate in estimates):
        figures = [one for one in estimates if one.indicator == name and one.status in SHOWN]
        main = next((one for one in figures if not one.domain), figures[0] if figures else None)
        if main is not None and main.plausible is not None:
            found.append(_sensitivity(name, main, len(figures)))
    if found:
        return found
    if selection in BY_CHANCE:
        return [
            not_assessed(
                "E12",
                "sensitivity",
                "The units were drawn by chance, or all of them were counted. What those who did not answer would have"
                " said has not been looked at.",
                fix="Compare those who answered late, or hardly, with the others.",
            )
        ]
    return [
        not_assessed(
            "E12",
            "sensitivity",
            "Nobody has tried yet how far the figures move if the assumptions behind them are wrong.",
            fix="Weight the data to a benchmark: then other estimators and stated selection are tried by themselves.",
        )
    ]


def _sensitivity(name: str, figure: Estimate, count: int) -> Finding:
    assert figure.plausible is not None
    states: dict[str, State] = {}
    ends = f"{_number(figure.plausible.lower)} to {_number(figure.plausible.upper)}"
    told = [f"'{name}' is {_number(figure.value)}; it may be anything from {ends}"]
    spread = None
    if figure.fan and figure.standard_error and len(figure.fan.computed) > 2:
        spread = figure.fan.spread / figure.standard_error
        states["method_spread"] = threshold("method_spread").state(spread)
        told.append(f"the estimators with weights or models differ by {spread:.1f} standard errors")
    if figure.selection:
        strength = figure.selection.strength
        states["proxy_strength"] = threshold("proxy_strength").state(strength)
        told.append(f"what weights use predicts the answer with a correlation of {strength:.2f}")
        if states["proxy_strength"] is State.FAIL:
            told.append("so weights cannot repair much")
    if figure.tipping and figure.tipping.ratio is not None:
        ratio = figure.tipping.ratio
        states["break_even"] = threshold("break_even").state(ratio)
        told.append(
            f"to reach {_number(figure.tipping.threshold)}, the error would have to be {ratio:.1f} times what it is on "
            "questions with a known answer"
        )
    state = worst(*states.values()) if states else State.WARN
    return Finding(
        "E12",
        state,
        "sensitivity",
        "; ".join(told) + ".",
        subject=name,
        value=spread,
        unit="standard errors",
        count=count,
        evidence={
            "plausible": [figure.plausible.lower, figure.plausible.upper],
            "parts": {str(part.kind): [part.lower, part.upper] for part in figure.plausible.parts},
            "estimators": {one.estimator: one.value for one in figure.fan.computed} if figure.fan else {},
            "selection": {f"{part.phi:g}": part.value for part in figure.selection.parts} if figure.selection else {},
            "tipping": figure.tipping.rows()[0] if figure.tipping else {},
            "states": {key: str(value) for key, value in states.items()},
        },
        threshold={key: threshold(key).record() for key in states},
        fix=""
        if state is State.PASS
        else "Quote the range, not the figure alone; ask more questions with a known answer.",
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
