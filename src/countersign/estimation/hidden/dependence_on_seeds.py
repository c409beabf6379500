"""Dependence on seeds: waves, trees, equilibrium, homophily; each tree left out in turn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign import catalogue
from countersign.estimation.hidden.recruitment import Recruitment
from countersign.estimation.hidden.respondent_driven import _pairs
from countersign.model.cells import Floats
from countersign.model.tabular import Tabular

STEPS = 10


@dataclass(frozen=True)
class Table(Tabular):
    """One table of the diagnostics."""

    lines: tuple[dict[str, Any], ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return its rows."""
        return [dict(line) for line in self.lines]


@dataclass(frozen=True)
class SeedDependence(Tabular):
    """What a figure of a respondent-driven sample hangs on.

    Parameters
    ----------
    checks: waves reached, largest tree, distance from equilibrium, largest shift without one tree, respondents with
        more recruits than acquaintances: value, limit, state. trees: each seed's tree: respondents, waves, share, its
        own estimate, the estimate without it, the shift in standard errors; very different trees speak of a bottleneck.
    convergence: the estimate up to each wave, and up to each tenth of the respondents in the order of waves.
    homophily: for shares, each group's recruitments, share within the group, and Heckathorn's homophily: 0 where
        recruits are as the population is, 1 where all are like their recruiter.
    """

    checks: Table
    trees: Table
    convergence: Table
    homophily: Table

    def rows(self) -> list[dict[str, Any]]:
        """Return the checks."""
        return self.checks.rows()


def dependence_on_seeds(
    found: Recruitment, answer: Floats, weight: Floats, *, standard_error: float, share: bool = True
) -> SeedDependence:
    """Look at what a weighted mean of a respondent-driven sample hangs on.

    Parameters
    ----------
    answer: (n,), nan for missing. weight: of the chosen estimator, (n,), such as 1 / degree.
    standard_error: of the estimate, the unit of shifts. share: the answer is 0 or 1.
    """
    there = ~np.isnan(answer)
    w, wy = np.where(there, weight, 0.0), np.where(there, weight * answer, 0.0)
    every = _ratio(wy.sum(), w.sum())
    trees = _trees(found, w, wy, every, standard_error)
    shifts = [abs(line["shift"]) for line in trees if line["shift"] is not None]
    homophily, distance = _homophily(found, answer, every) if share else ((), None)
    values = {
        "waves": float(found.waves),
        "seed_tree": max(line["share"] for line in trees),
        "equilibrium": distance,
        "seed_shift": max(shifts) if shifts else None,
    }
    checks = [_check(key, value) for key, value in values.items()]
    more = int((found.recruits + (found.parent >= 0) > found.degree).sum())
    checks.append(
        {
            "check": "degrees",
            "value": more,
            "limit": 0,
            "state": "warn" if more else "pass",
            "says": "Respondents who recruited, or were recruited by, more people than they say they know",
        }
    )
    return SeedDependence(
        Table(tuple(checks)), Table(tuple(trees)), Table(tuple(_convergence(found, w, wy))), Table(tuple(homophily))
    )


def _ratio(above: float, below: float) -> float | None:
    return float(above / below) if below > 0 else None


def _check(key: str, value: float | None) -> dict[str, Any]:
    limit = catalogue.threshold(key)
    state = "not assessed" if value is None else str(limit.state(value))
    return {"check": key, "value": value, "limit": limit.good, "state": state, "says": limit.title}


def _trees(found: Recruitment, w: Floats, wy: Floats, every: float | None, se: float) -> list[dict[str, Any]]:
    count = len(found.seeds)
    size = np.bincount(found.tree, minlength=count)
    below, above = np.bincount(found.tree, w, count), np.bincount(found.tree, wy, count)
    waves = np.zeros(count, dtype=np.int64)
    np.maximum.at(waves, found.tree, found.wave)
    lines = []
    for at in range(count):
        without = _ratio(above.sum() - above[at], below.sum() - below[at]) if count > 1 else None
        known = without is not None and every is not None and se > 0
        lines.append(
            {
                "tree": at + 1,
                "respondents": int(size[at]),
                "waves": int(waves[at]),
                "share": float(size[at] / len(found)),
                "estimate": _ratio(above[at], below[at]),
                "estimate_without": without,
                "shift": (without - every) / se if known else None,  # type: ignore[operator]
            }
        )
    return lines


def _convergence(found: Recruitment, w: Floats, wy: Floats) -> list[dict[str, Any]]:
    order = np.argsort(found.wave, kind="stable")
    below, above = np.cumsum(w[order]), np.cumsum(wy[order])
    last = np.cumsum(np.bincount(found.wave)) - 1
    lines = [
        {"up_to": f"wave {wave}", "respondents": int(at + 1), "estimate": _ratio(above[at], below[at])}
        for wave, at in enumerate(last.tolist())
    ]
    tenths = [max(1, round(len(found) * step / STEPS)) - 1 for step in range(1, STEPS + 1)]
    return lines + [
        {"up_to": f"{100 * step // STEPS} %", "respondents": at + 1, "estimate": _ratio(above[at], below[at])}
        for step, at in enumerate(tenths, start=1)
    ]


def _homophily(
    found: Recruitment, answer: Floats, every: float | None
) -> tuple[tuple[dict[str, Any], ...], float | None]:
    """Return homophily by group, and how far from equilibrium seeds all alike still are after the waves reached."""
    pairs = _pairs(answer, found.parent)
    made, got = pairs.sum(axis=1), pairs.sum(axis=0)
    chance = float((made * got).sum() / made.sum()) if made.sum() else 0.0
    ratio = float(np.trace(pairs) / chance) if chance > 0 else None
    lines = []
    for group in (0, 1):
        own = float(pairs[group, group] / made[group]) if made[group] else None
        p = None if every is None else (every if group else 1 - every)
        known = own is not None and p is not None and 0 < p < 1
        lines.append(
            {
                "group": group,
                "recruitments": int(made[group]),
                "share_within": own,
                "homophily": ((own - p) / (1 - p) if own >= p else (own - p) / p) if known else None,  # type: ignore[operator]
                "recruitment_homophily": ratio,
            }
        )
    distance = None
    if made.all():
        a, b = pairs[0, 1] / made[0], pairs[1, 0] / made[1]
        distance = abs(1 - a - b) ** found.waves * max(a, b) / (a + b) if a + b > 0 else 1.0
    return tuple(lines), None if distance is None or math.isnan(distance) else float(distance)
