"""Composition: how much of a change is another mix of parts, and how much is change within the parts.

Parts are kinds of source, product or place; each has a share of the whole and a mean. The split is the midpoint one:
for two factors it is the Shapley value, it has no remainder, and it is the same read forwards and backwards.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.estimation.linearisation import covariance
from countersign.estimation.sample import prepare, sums
from countersign.model.cells import Cells, Floats
from countersign.model.design import Design
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.tabular import Tabular

METHOD = "midpoint split of a change into mix and within parts"
TOLERANCE = 1e-9
CORNERS = 12  # figures of which every combination of rounding up and down is tried: 2^12


@dataclass(frozen=True)
class Period:
    """One period: each part's share of the whole (they sum to 1) and its mean; None = nobody of that part."""

    name: str
    shares: Mapping[str, Fraction]
    means: Mapping[str, Fraction | None]

    @property
    def overall(self) -> Fraction:
        """Sum of share times mean."""
        return sum((self.shares[part] * mean for part, mean in self.means.items() if mean is not None), Fraction(0))


@dataclass(frozen=True)
class Contribution:
    """A component of the change.

    Parameters
    ----------
    component: ``change``, ``mix`` or ``within``. part: for ``within``, and for a part's share in ``mix``.
    exact: as a fraction. low, high: what rounding of the published figures leaves open, or None.
    """

    component: str
    part: str
    exact: Fraction
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> float:
        """The nearest floating-point number."""
        return float(self.exact)


@dataclass(frozen=True)
class Decomposition(Tabular):
    """A change from one period to the next, split without remainder.

    Parameters
    ----------
    before, after: the periods. contributions: the change, the mix, each part's share in the mix, each part within.
    notes: plain sentences: implied shares, parts of one period only.
    """

    before: Period
    after: Period
    contributions: tuple[Contribution, ...]
    notes: tuple[str, ...] = field(default=())

    def component(self, component: str, part: str = "") -> Contribution:
        """Return one contribution."""
        for one in self.contributions:
            if (one.component, one.part) == (component, part):
                return one
        raise KeyError((component, part))

    @property
    def change(self) -> float:
        """Overall mean after minus before."""
        return self.component("change").value

    @property
    def mix(self) -> float:
        """What another mix of parts contributes."""
        return self.component("mix").value

    @property
    def within(self) -> dict[str, float]:
        """Part -> what change of its own mean contributes."""
        return {one.part: one.value for one in self.contributions if one.component == "within"}

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a contribution; shares and means beside those of a part."""
        found = []
        for one in self.contributions:
            row: dict[str, Any] = {
                "from": self.before.name,
                "to": self.after.name,
                "component": one.component,
                "part": one.part,
                "value": one.value,
                "low": one.low,
                "high": one.high,
            }
            for label, period in (("before", self.before), ("after", self.after)):
                mean = period.means.get(one.part)
                row[f"share_{label}"] = float(period.shares[one.part]) if one.part in period.shares else None
                row[f"mean_{label}"] = None if mean is None else float(mean)
            found.append(row)
        return found


def decompose_periods(before: Period, after: Period, *, one_sided: str = "refuse") -> Decomposition:
    """Split a change into mix and within parts, exactly.

    With shares s and means m of part j, before 0 and after 1, and the midpoint of the overall means M::

        within_j = 1/2 (s_j0 + s_j1) (m_j1 - m_j0)
        mix_j    = (s_j1 - s_j0) (1/2 (m_j0 + m_j1) - 1/2 (M_0 + M_1)),     mix = sum mix_j

    The sum over all is M_1 - M_0, computed in fractions, so to the last digit.

    Parameters
    ----------
    one_sided: what to do with a part that only one period has: ``refuse``; ``mix`` takes its only mean for both
        periods, so that its coming or going is all mix.

    Raises
    ------
    EstimationError: shares outside 0 to 1 or that do not sum to 1; a part of one period only, under ``refuse``.

    Notes
    -----
    Marshall (1885) and Edgeworth (1925), midpoint weights; Shapley (1953); Shorrocks (2013), J. Economic Inequality 11.
    """
    parts = list(dict.fromkeys((*before.shares, *after.shares)))
    for period in (before, after):
        _checked(period)
    shares = [{part: period.shares.get(part, Fraction(0)) for part in parts} for period in (before, after)]
    means, notes = [{**period.means} for period in (before, after)], []
    for part in parts:
        here = [held.get(part) for held in means]
        if None not in here:
            continue
        if one_sided != "mix":
            only = before if here[1] is None else after
            raise EstimationError(
                f"The part '{part}' is in '{only.name}' only, so it has no change of its own.",
                where="parts",
                expected="the same parts in both periods",
                action="merge it with another part, or say one_sided='mix': its coming or going is then all mix",
            )
        known = here[0] if here[0] is not None else here[1]
        for held in means:
            held[part] = known
        notes.append(f"'{part}' is in one period only: its mean is taken to be the same in both, so it is all mix")
    (s0, s1), half = shares, Fraction(1, 2)
    m0, m1 = ({part: held[part] or Fraction(0) for part in parts} for held in means)
    middle = half * (before.overall + after.overall)
    mixed = {part: (s1[part] - s0[part]) * (half * (m0[part] + m1[part]) - middle) for part in parts}
    within = {part: half * (s0[part] + s1[part]) * (m1[part] - m0[part]) for part in parts}
    return Decomposition(
        before=before,
        after=after,
        contributions=(
            Contribution("change", "", after.overall - before.overall),
            Contribution("mix", "", sum(mixed.values(), Fraction(0))),
            *(Contribution("mix", part, amount) for part, amount in mixed.items()),
            *(Contribution("within", part, amount) for part, amount in within.items()),
        ),
        notes=tuple(notes),
    )


def _checked(period: Period) -> None:
    total = sum(period.shares.values(), Fraction(0))
    outside = [part for part, share in period.shares.items() if not 0 <= share <= 1]
    if outside or abs(total - 1) > TOLERANCE:
        said = ", ".join(f"{part} {float(share):.1%}" for part, share in period.shares.items())
        raise EstimationError(
            f"The shares of '{period.name}' are not shares of a whole: {said} (sum {float(total):.4g}).",
            where="shares",
            expected="each from 0 to 1, together 1",
            action="look whether the overall figure lies between those of the parts, and whether a part is missing",
        )


def implied_shares(overall: Fraction, means: Mapping[str, Fraction], *, name: str) -> dict[str, Fraction]:
    """Return the shares of two parts that make their means average to the overall figure.

    ``s_1 = (M - m_2) / (m_1 - m_2)``. Nothing else than these two parts may be in the overall figure.

    Raises
    ------
    EstimationError: not two parts, equal means, an overall figure outside the two means.
    """
    if len(means) != 2:
        raise EstimationError(
            f"The shares of {len(means)} parts do not follow from their means.",
            where=name,
            expected="two parts, or the share of each",
            action="give the shares",
        )
    (first, one), (second, other) = means.items()
    if one == other:
        raise EstimationError(
            f"'{first}' and '{second}' have the same mean, so their shares cannot be told from it.",
            where=name,
            action="give the shares",
        )
    share = (overall - other) / (one - other)
    if not 0 <= share <= 1:
        raise EstimationError(
            f"The overall figure {float(overall):g} is not between the parts, {float(one):g} and {float(other):g}: the "
            f"share of '{first}' would be {float(share):.1%}.",
            where=name,
            expected="an overall figure that is an average of the parts",
            action="look whether the figures are of one release, of the same records, and whether a part is missing",
        )
    return {first: share, second: 1 - share}


def decompose_figures(
    before: tuple[str, float | None, Mapping[str, float], Mapping[str, float] | None],
    after: tuple[str, float | None, Mapping[str, float], Mapping[str, float] | None],
    *,
    rounding: float = 0.0,
    one_sided: str = "refuse",
) -> Decomposition:
    """Split the change between two sets of published figures.

    Parameters
    ----------
    before, after: name of the period, overall mean, part -> mean, part -> share (None = implied by the overall mean,
        for two parts).
    rounding: unit to which means are rounded, such as 0.01; `low` and `high` of a contribution are then the ends over
        all figures that would have been rounded to these.

    Raises
    ------
    EstimationError: what `implied_shares` and `decompose_periods` refuse; shares, means and overall figure that
        contradict each other by more than rounding.
    """
    given = [before, after]
    made = [_period(*one, rounding=rounding) for one in given]
    found = decompose_periods(*made, one_sided=one_sided)
    notes = [*found.notes]
    for (_, _, _, shares), period in zip(given, made, strict=True):
        if shares is None:
            said = ", ".join(f"{part} {float(share):.1%}" for part, share in period.shares.items())
            notes.append(f"shares of '{period.name}' are implied by its figures, if there are no other parts: {said}")
    places = [
        (number, part)
        for number, (_, overall, means, shares) in enumerate(given)
        for part in (*means, *(("",) if shares is None and overall is not None else ()))
    ]
    if not rounding or len(places) > CORNERS:
        return Decomposition(found.before, found.after, found.contributions, tuple(notes))
    ends: dict[tuple[str, str], list[Fraction]] = {}
    skipped = 0
    for signs in itertools.product((-1, 1), repeat=len(places)):
        moved = {place: sign * _exact(rounding) / 2 for place, sign in zip(places, signs, strict=True)}
        try:
            corner = decompose_periods(
                *(_period(*one, rounding=rounding, moved=(moved, number)) for number, one in enumerate(given)),
                one_sided=one_sided,
            )
        except EstimationError:  # figures that could not have been published together
            skipped += 1
            continue
        for one in corner.contributions:
            ends.setdefault((one.component, one.part), []).append(one.exact)
    bounded = tuple(
        Contribution(
            one.component,
            one.part,
            one.exact,
            float(min(values, default=one.exact)),
            float(max(values, default=one.exact)),
        )
        for one in found.contributions
        for values in [ends.get((one.component, one.part), [])]
    )
    notes.append(f"low and high: what figures rounded to {rounding:g} leave open; not a sampling interval")
    return Decomposition(found.before, found.after, bounded, tuple(notes))


def _exact(number: float) -> Fraction:
    """The decimal a person wrote, not its nearest binary number."""
    if isinstance(number, bool | str) or not math.isfinite(number):
        raise EstimationError(
            "A published figure is no number.", where="figures", expected="numbers", action="correct the figures"
        )
    return Fraction(repr(float(number)))


def _period(
    name: str,
    overall: float | None,
    means: Mapping[str, float],
    shares: Mapping[str, float] | None,
    *,
    rounding: float = 0.0,
    moved: tuple[Mapping[tuple[int, str], Fraction], int] = ({}, 0),
) -> Period:
    by, number = moved
    exact = {part: _exact(mean) + by.get((number, part), Fraction(0)) for part, mean in means.items()}
    if shares is None:
        if overall is None:
            raise EstimationError(
                f"'{name}' has neither shares nor an overall figure.", where=name, action="give one of them"
            )
        whole = _exact(overall) + by.get((number, ""), Fraction(0))
        return Period(name, implied_shares(whole, exact, name=name), dict(exact))
    if set(shares) != set(means):
        raise EstimationError(
            f"The shares and the means of '{name}' are not of the same parts.",
            where=name,
            expected=f"a share for each of: {', '.join(means)}",
            action="give both for every part",
        )
    period = Period(name, {part: _exact(share) for part, share in shares.items()}, dict(exact))
    _checked(period)
    if (
        overall is not None
        and not by
        and abs(period.overall - _exact(overall)) > max(_exact(rounding), Fraction(1, 10**9))
    ):
        raise EstimationError(
            f"The parts of '{name}' average to {float(period.overall):g}, but its overall figure is {overall:g}.",
            where=name,
            expected="an overall figure that is the average of the parts, up to rounding",
            action="look whether a part is missing; or say to which unit figures are rounded",
        )
    return period


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
