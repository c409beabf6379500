"""A scenario: how a population comes about, what each method makes of it, and which models are right there."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from countersign.errors import CountersignError

SEED = 20260101
Draw = Callable[[np.random.Generator], Mapping[str, "Outcome | CountersignError"]]


class Outcome(NamedTuple):
    """What one method said about one population; arrays where it speaks of several domains at once."""

    truth: Any
    value: Any
    se: Any
    lower: Any
    upper: Any


@dataclass(frozen=True)
class Scenario:
    """Populations of one kind.

    Parameters
    ----------
    name: short. world: how people come in, in a sentence or two.
    models: estimator -> empty where its model is right here; otherwise what is wrong, in plain words.
    draw: random generator -> what each estimator of `models` says about one new population.
    populations: at most so many, where one takes long; 0 = as many as asked for.
    notes: estimator -> what is known of it, for the reader.
    """

    name: str
    world: str
    models: Mapping[str, str]
    draw: Draw
    populations: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)

    def seed(self, number: int) -> list[int]:
        """Seed of one population."""
        return [SEED, zlib.crc32(self.name.encode()), number]


def outcome(truth: Any, figures: Any) -> Outcome:
    """Return what figures say: one, or several in the order of the truths."""
    if isinstance(figures, (list, tuple)):
        columns = [
            np.array([math.nan if value is None else value for value in column], dtype=float)
            for column in zip(*((f.value, f.standard_error, f.lower, f.upper) for f in figures), strict=True)
        ]
        return Outcome(np.asarray(truth, dtype=float), *columns)
    spread = math.nan if figures.standard_error is None else figures.standard_error
    return Outcome(truth, figures.value, spread, figures.lower, figures.upper)


def attempt(made: Callable[[], Outcome]) -> Outcome | CountersignError:
    """Estimate; a refusal is a result too."""
    try:
        return made()
    except CountersignError as reason:
        return reason


def repeat(scenario: Scenario, populations: int) -> list[dict[str, Any]]:
    """Run a scenario and return one line an estimator.

    Notes
    -----
    coverage: mean over populations of the share of its figures whose interval holds the truth; its Monte Carlo error is
    the standard deviation of these shares over root populations. se_ratio: mean standard error over the standard
    deviation of the errors (of each domain, averaged). bias: mean error over that standard deviation; of several
    domains the mean of its sizes.
    """
    count = min(populations, scenario.populations) if scenario.populations else populations
    kept: dict[str, list[Outcome]] = {name: [] for name in scenario.models}
    refused: dict[str, list[str]] = {name: [] for name in scenario.models}
    for number in range(count):
        found = scenario.draw(np.random.default_rng(scenario.seed(number)))
        if set(found) != set(scenario.models):
            raise ValueError(f"{scenario.name}: {sorted(found)} is not {sorted(scenario.models)}")
        for name, made in found.items():
            if isinstance(made, CountersignError):
                refused[name].append(made.problem)
            else:
                kept[name].append(made)
    return [summary(scenario, name, kept[name], refused[name]) for name in scenario.models]


def summary(scenario: Scenario, name: str, made: list[Outcome], refused: list[str]) -> dict[str, Any]:
    """Return one line of the table."""
    line: dict[str, Any] = {
        "scenario": scenario.name,
        "estimator": name,
        "wrong": scenario.models[name],
        "populations": len(made),
        "refused": len(refused),
        "reason": refused[0] if refused else "",
    }
    if len(made) < 2:
        return line
    truth, value, se, lower, upper = (np.array([np.atleast_1d(one[k]) for one in made], dtype=float) for k in range(5))
    known = np.isfinite(value) & np.isfinite(lower) & np.isfinite(upper)
    held = np.where(known, (lower <= truth) & (truth <= upper), np.nan)
    share = np.nanmean(held, axis=1)
    error = np.where(known, value - truth, np.nan)
    spread = np.nanstd(error, axis=0, ddof=1)
    off = np.nanmean(error, axis=0) / spread
    line |= {
        "figures": int(truth.shape[1]),
        "coverage": float(share.mean()),
        "coverage_error": uncertainty(share),
        "se_ratio": float(np.mean(np.nanmean(se, axis=0) / spread)),
        "bias": float(off[0] if len(off) == 1 else np.abs(off).mean()),
        "error": float(np.nanmean(error)),
        "width": float(np.nanmean(upper - lower)),
        "missing": int((~known).sum()),
    }  # fmt: skip
    return line


def uncertainty(share: Any) -> float:
    """Return the Monte Carlo standard error of a mean coverage; where all are alike, that of one case more."""
    count = len(share)
    spread = float(share.std(ddof=1))
    likely = (float(share.sum()) + 1) / (count + 2)
    return (spread or math.sqrt(likely * (1 - likely))) / math.sqrt(count)


def every(scenarios: Iterable[Scenario]) -> list[tuple[str, str]]:
    """Return every pair of scenario and estimator."""
    return [(one.name, name) for one in scenarios for name in one.models]
