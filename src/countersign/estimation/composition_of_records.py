"""Composition of records: the split of a change from micro-data, with standard errors that know the design."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.composition import METHOD, Contribution, Period, decompose_periods
from countersign.estimation.interval import interval
from countersign.estimation.linearisation import covariance
from countersign.estimation.sample import prepare, sums
from countersign.model.cells import Cells, Floats
from countersign.model.design import Design
from countersign.model.estimate import Estimate, EstimateTable


def decompose_cells(
    cells: Cells,
    *,
    period: str,
    part: str,
    value: str,
    present: str,
    design: Design | None = None,
    panel: bool = False,
    periods: Sequence[object] = (),
    one_sided: str = "refuse",
    level: float = 0.95,
) -> EstimateTable:
    """Estimate the mean of each period, and split each change from one period to the next, with intervals.

    Parameters
    ----------
    cells: by period, part and the variables of the design; measures `value` (0 where missing) and `present` (1 or 0).
    design: None = rows drawn with replacement. panel: the same clusters were met in all periods, so that their
        errors are correlated; else periods are independent samples.
    periods: order of the periods; empty = sorted.

    Returns
    -------
    For each period the figure ``mean/P``; for each step ``change/P-Q``, ``mix/P-Q``, ``mix/P-Q/part``,
    ``within/P-Q/part``.

    Notes
    -----
    Every component is a smooth function of the totals sum w and sum w y of each part and period; its variance is the
    delta method on their design covariance (Taylor linearisation). A part of one period only adds no mean of its own.

    Raises
    ------
    EstimationError: fewer than two periods; what `prepare` and `decompose_periods` refuse.
    """
    held_periods = _ordered(cells, period, periods)
    _, found_parts = cells.coded(part)
    if None in found_parts:
        raise EstimationError(
            f"Some rows have no value of '{part}'.",
            where="part",
            expected="a part in every row that counts",
            action="leave these rows out with 'where', or make 'missing' a part of its own",
        )
    design = design or Design()
    strata = design.strata if panel else tuple(dict.fromkeys((period, *design.strata)))
    sample = prepare(cells, design=Design(strata, design.psu, design.fpc, design.lonely, design.enumeration))
    codes, labels = cells.codes((period, part))
    place = {label: number for number, label in enumerate(labels)}
    at, y, one = len(labels), sample.measure(value), sample.measure(present)
    inside = np.zeros((len(cells), 2 * at))
    inside[np.arange(len(cells)), codes] = inside[np.arange(len(cells)), at + codes] = 1.0
    slope = np.zeros((2 * at, len(cells.measures)))
    slope[:at, one], slope[at:, y] = 1.0, 1.0
    spread = covariance(sample, inside, np.zeros(2 * at), slope)
    weight = sums(codes, cells.first[:, one], at)
    total = sums(codes, cells.first[:, y], at)
    rows = sums(codes, cells.plain[:, one], at)
    of_period = cells.keys[period]

    def degrees_of(*names: object) -> float:
        mine = np.isin(np.arange(len(cells)), [c for c, name in enumerate(of_period.tolist()) if name in names])
        units = float(cells.n[mine].sum()) if sample.unit is None else float(len(np.unique(sample.unit[mine])))
        return units - len(np.unique(sample.stratum[mine]))

    figures: list[Estimate] = []

    def figure(
        key: str, statistic: str, amount: float, gradient: Floats, n: float, degrees: float, note: str = ""
    ) -> None:
        error = math.sqrt(max(float(gradient @ spread @ gradient), 0.0))
        ends = interval("t", value=amount, se=error, n=n, degrees=degrees, level=level)
        figures.append(
            Estimate(
                indicator=f"{statistic} of {value}",
                statistic=statistic,
                domain={},
                value=amount,
                standard_error=error,
                lower=ends.lower,
                upper=ends.upper,
                n=round(n),
                method="weighted mean" if statistic == "mean" else METHOD + ", Taylor linearisation",
                convention=ends.convention,
                degrees=degrees,
                level=level,
                time=key.split("/")[1],
                assumption="the records of each period speak for that period"
                + ("" if panel else "; the periods are independent samples"),
                note=note,
                figure_id=key,
            )
        )

    for name in held_periods:
        mine = [number for label, number in place.items() if label[0] == name and weight[number] > 0]
        whole = weight[mine].sum()
        if not mine or whole <= 0:
            raise EstimationError(f"'{name}' has no value of '{value}'.", where="period", action="leave it out")
        mean, gradient = total[mine].sum() / whole, np.zeros(2 * at)
        for number in mine:
            gradient[number], gradient[at + number] = -mean / whole, 1 / whole
        figure(f"mean/{name}", "mean", float(mean), gradient, float(rows[mine].sum()), degrees_of(name))
    for first, second in itertools.pairwise(held_periods):
        step = _Step(place, weight, total, first, second, one_sided)
        n = float(rows[[*step.places[0].values(), *step.places[1].values()]].sum())
        told = "; ".join(step.split.notes)
        for one_ in step.split.contributions:
            key = f"{one_.component}/{first}-{second}" + (f"/{one_.part}" if one_.part else "")
            figure(key, one_.component, one_.value, step.gradient(one_, at), n, degrees_of(first, second), told)
    return EstimateTable(tuple(figures), title=f"Change of {value} by {part}")


def _ordered(cells: Cells, period: str, wanted: Sequence[object]) -> list[object]:
    _, found = cells.coded(period)
    if None in found:
        raise EstimationError(
            f"Some rows have no '{period}'.", where="period", action="leave these rows out with 'where'"
        )
    if wanted:
        spelled = {str(name): name for name in found}
        unknown = [str(name) for name in wanted if str(name) not in spelled]
        if unknown:
            raise EstimationError(
                f"There is no period '{unknown[0]}'.", where="periods", expected=f"among: {', '.join(spelled)}"
            )
        found = [spelled[str(name)] for name in wanted]
    if len(found) < 2:
        raise EstimationError(
            f"There is one period only, '{found[0]}'." if found else "There are no rows.",
            where="period",
            expected="two periods or more",
            action=f"look at the column '{period}'",
        )
    return found


class _Step:
    """One change from micro-data: its exact split, and the gradient of each contribution in the totals."""

    def __init__(
        self,
        place: Mapping[tuple[object, ...], int],
        weight: Floats,
        total: Floats,
        first: object,
        second: object,
        one_sided: str,
    ) -> None:
        self.weight, self.total = weight, total
        self.places: list[dict[str, int]] = [
            {str(label[1]): number for label, number in place.items() if label[0] == name and weight[number] > 0}
            for name in (first, second)
        ]
        self.periods = [self._made(str(name), held) for name, held in zip((first, second), self.places, strict=True)]
        self.split = decompose_periods(self.periods[0], self.periods[1], one_sided=one_sided)

    def _made(self, name: str, held: Mapping[str, int]) -> Period:
        exact = {part: (Fraction(self.weight[number]), Fraction(self.total[number])) for part, number in held.items()}
        whole = sum((weight for weight, _ in exact.values()), Fraction(0))
        return Period(
            name,
            {part: weight / whole for part, (weight, _) in exact.items()},
            {part: total / weight for part, (weight, total) in exact.items()},
        )

    def gradient(self, one: Contribution, at: int) -> Floats:
        """Derivative of a contribution by each sum w (first half) and each sum w y (second half)."""
        parts = list(dict.fromkeys((*self.places[0], *self.places[1])))
        s = [np.array([float(p.shares.get(part, 0)) for part in parts]) for p in self.periods]
        known = [{part: float(mean or 0) for part, mean in p.means.items()} for p in self.periods]
        either = {**known[1], **known[0]}
        m = [np.array([held.get(part, either[part]) for part in parts]) for held in known]
        overall = [float(p.overall) for p in self.periods]
        by_share, by_mean = [np.zeros(len(parts)) for _ in s], [np.zeros(len(parts)) for _ in m]
        place = parts.index(one.part) if one.part else -1
        for t, sign in enumerate((-1.0, 1.0)):
            if one.component == "change":
                by_share[t], by_mean[t] = sign * m[t], sign * s[t]
            elif one.component == "within":
                by_share[t][place] = 0.5 * (m[1][place] - m[0][place])
                by_mean[t][place] = sign * 0.5 * (s[0][place] + s[1][place])
            else:
                chosen = np.arange(len(parts)) if place < 0 else np.array([place])
                moved = s[1] - s[0]
                by_share[t][chosen] = sign * (0.5 * (m[0] + m[1]) - 0.5 * sum(overall))[chosen]
                by_mean[t][chosen] += 0.5 * moved[chosen]
                by_share[t] -= 0.5 * moved[chosen].sum() * m[t]
                by_mean[t] -= 0.5 * moved[chosen].sum() * s[t]
        for part_at, part in enumerate(parts):  # a mean taken from the other period moves with it
            for t in (0, 1):
                if part not in self.places[t]:
                    by_mean[1 - t][part_at] += by_mean[t][part_at]
                    by_mean[t][part_at] = by_share[t][part_at] = 0.0
        found = np.zeros(2 * at)
        for t, held in enumerate(self.places):
            whole = sum(self.weight[number] for number in held.values())
            mean_slope = sum(by_share[t][parts.index(part)] * s[t][parts.index(part)] for part in held)
            for part, number in held.items():
                at_part = parts.index(part)
                found[number] = (by_share[t][at_part] - mean_slope) / whole
                found[number] -= by_mean[t][at_part] * m[t][at_part] / self.weight[number]
                found[at + number] = by_mean[t][at_part] / self.weight[number]
        return found
