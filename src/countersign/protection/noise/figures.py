"""EstimateTable and who stands behind each figure -> figures changed a little, with intervals that say so.

Everything that is published of a figure is computed anew from the changed numbers: a standard error, an effective size
or an interval that still fitted the true base would give it away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace

from countersign.model.agreement import wilson
from countersign.model.contribution import Contribution
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.protection.noise.laws import Law, unit_of
from countersign.protection.noise.ranges import Moved, moved, short

SHOWN = (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
FLAG = "noise"
CHANGED = (
    "Changed a little to protect people: as if up to {largest} people were added or left out. The interval allows for"
    " it."
)
"""The one note of all withheld figures: why each of them is would tell how large its group is."""

_COARSE = 4  # a design effect is told in quarters: n / (n - 1), say, would give n away
_BETWEEN = 1 / 12  # variance of the part of a person that is added to amounts

Judge = Callable[[Estimate], Estimate]
"""Judges anew how reliable a changed figure is: sets its status, flags and note."""


def change_figures(
    table: EstimateTable,
    contributions: Mapping[str, Contribution],
    *,
    law: Law,
    exempt: Container[str] = (),
    hide_zeros: bool = False,
    judge: Judge | None = None,
) -> EstimateTable:
    """Return the figures changed by a law of noise.

    Parameters
    ----------
    contributions: figure id -> who stands behind it, with the sums of the secret record keys.
    law: by cell keys, or rounding. exempt: indicators no rule is asked of; their figures stay as they are.
    hide_zeros: figures whose published base is not above the largest change are withheld, so that hardly anybody learns
        whether there is nobody or somebody: of a single person, only if the noise is the largest there is.
    judge: says anew how reliable a figure is; None keeps what was said.

    Returns
    -------
    The same rows in the same order. Figures from nobody stay as they are; those of somebody without a value are
    withheld, for their n would be the true one.

    Notes
    -----
    g = records / people. A count c becomes c m' / m, where m = c / g is the number of people and m' what the law makes
    of it: with one record a person it is the published count itself. k = root of the design effect, in quarters, where
    a figure is weighted, else 1: a person of high weight is hidden by more noise.

    Shares: the x who are counted and the r who are not are changed each by their own key to x' and r', so the share of
    those who are not is what is left to 1. Value v' = t x' / (t x' + r'), t = odds of v over odds of x / n: those added
    or left out have the mean weight of their side. Noise variance V ((1 - v)^2 + v^2) (k / n')^2.
    Means: v' = v + k (T' - T) / n. Totals: v' = v (T + k (T' - T)) / T. Ratios: v' = v (1 + k (T' - T) / T), with at
    least one part in n for each person. Quantiles: v' = v + k (e + u) 2 SE root(n_eff) / n, the distance between
    neighbours. T' is what the law makes of the unweighted total T.

    Standard error: root of the sampling variance of a sample of n' and the noise variance. Intervals: Wilson for
    shares, for quantiles that of the figure, moved, and t for others; each side is widened by the noise. They do not
    say more than the published numbers do.

    Source: Fraser and Wooton (2005); Thompson, Broadfoot and Elazar (2013), Methodology for the automatic
    confidentialisation of statistical outputs from remote servers; for intervals, this project.
    """
    estimates = []
    for figure in table:
        told = figure
        if figure.indicator not in exempt:
            told = _changed(figure, contributions.get(figure.figure_id), law, judge)
            if hide_zeros and told.n <= law.largest and told.status is not Status.SUPPRESSED:
                told = figure.withheld()
        estimates.append(told)
    return replace(table, estimates=tuple(estimates))


def _changed(figure: Estimate, behind: Contribution | None, law: Law, judge: Judge | None) -> Estimate:
    if not figure.n:
        return figure
    # Too few for an interval would tell that it is one person, and any other number without a value tells itself.
    if figure.status not in SHOWN or behind is None or behind.key < 0:
        return figure.withheld()
    base = _Base(figure, behind, law)
    made = _made(figure, behind, base) if base.size >= 1 else None
    if made is None:
        return figure.withheld()
    told = _told(figure, base, made)
    told = judge(told) if judge is not None else told
    note = " ".join(filter(None, [told.note, CHANGED.format(largest=math.ceil(law.largest * base.reach))]))
    return replace(told, flags=(*told.flags, FLAG), note=note)


@dataclass(frozen=True)
class _Made:
    """A changed value: its sampling and its noise variance, the same without weights, and whether it is a share."""

    value: float
    sampling: float
    noise: float
    raw: float | None
    share: bool = False


class _Base:
    """The people behind a figure, as they are and as they are published."""

    def __init__(self, figure: Estimate, behind: Contribution, law: Law) -> None:
        self.law, self.behind = law, behind
        self.about = about(figure.domain)
        self.people = max(behind.contributors, 1)
        self.records_each = max(behind.units / self.people, 1.0)
        self.size = round(self.counted(behind.units, behind.contributors, behind.key))
        self.full = figure.degrees is None and figure.lower == figure.value == figure.upper
        self.spread = _coarse(figure.design_effect)
        weighted = (
            figure.raw is None or figure.value is None or not math.isclose(figure.raw, figure.value, rel_tol=1e-9)
        )
        self.reach = math.sqrt(max(self.spread, 1.0)) if weighted else 1.0
        self.shrinks = self.size / max(behind.units, 1)

    def counted(self, count: float, people: int | None, key: int) -> float:
        """Return a count of records, given by so many people, as the law publishes it."""
        if not count:
            return 0.0
        who = max(round(count / self.records_each) if people is None else people, 1)
        published: int = self.law.counts([who], [key], [self.about]).tolist()[0]
        changed: float = count * published / who
        return changed

    def amount(self, total: float, top: float, key: int) -> float:
        """Return a total as the law publishes it."""
        return float(self.law.amounts([total], [top], [self.people], [key], [self.about])[0])

    def kept(self, figure: Estimate, power: float) -> float:
        """Return the sampling variance of the figure as n' instead of n people give it."""
        spread: float = (figure.standard_error or 0.0) ** 2 * self.shrinks**power
        return spread


def change_share(
    raw: float, weighted: float, standard_error: float, behind: Contribution, *, law: Law
) -> tuple[float, float, float] | None:
    """Return a share without and with weights and its standard error, changed as figures are; None if nothing is left.

    Parameters
    ----------
    raw, weighted, standard_error: as they are. behind: who was counted and who was not, with the sums of record keys.
    """
    simple = weighted * (1 - weighted) / max(behind.units, 1)
    figure = Estimate(
        "", "proportion", {}, weighted, standard_error, weighted, weighted, behind.units, "compared", "none", raw=raw,
        degrees=math.inf, design_effect=standard_error**2 / simple if simple else None,
    )  # fmt: skip
    (told,) = change_figures(EstimateTable((figure,)), {"": behind}, law=law).estimates
    if told.value is None:
        return None
    assert told.raw is not None
    assert told.standard_error is not None
    return told.raw, told.value, told.standard_error


def about(domain: Mapping[str, str]) -> str:
    """Return what a cell is about, the same in whatever order its variables come and in whatever table it stands."""
    return "\x1f".join(f"{name}={domain[name]}" for name in sorted(domain))


def _made(figure: Estimate, behind: Contribution, base: _Base) -> _Made | None:
    match figure.statistic:
        case "proportion" | "distribution" | "mean" if behind.numerator is not None:
            return _share(figure, behind, base)
        case "mean":
            return _mean(figure, behind, base)
        case "total" | "count":
            return _total(figure, behind, base)
        case "ratio":
            return _ratio(figure, behind, base)
        case "quantile":
            return _quantile(figure, behind, base)
    return None


def _share(figure: Estimate, behind: Contribution, base: _Base) -> _Made | None:
    counted, others = behind.numerator or 0, behind.remainder or 0
    changed = base.counted(counted, behind.numerator_contributors, behind.numerator_key)
    yes = max(counted + base.reach * (changed - counted), 0.0)
    changed = base.counted(others, behind.remainder_contributors, behind.key - behind.numerator_key)
    no = max(others + base.reach * (changed - others), 0.0)
    if yes + no <= 0:
        return None
    assert figure.value is not None
    odds = 1.0
    if counted and others and 0 < figure.value < 1:
        odds = (figure.value / (1 - figure.value)) / (counted / others)
    value = odds * yes / (odds * yes + no)
    size = base.size / base.spread
    noise = base.law.variance * base.records_each**2 * ((1 - value) ** 2 + value**2) * (base.reach / base.size) ** 2
    sampling = 0.0 if base.full else value * (1 - value) / size
    return _Made(value, sampling, noise, yes / (yes + no), share=True)


def _mean(figure: Estimate, behind: Contribution, base: _Base) -> _Made | None:
    if behind.total is None or not behind.largest or figure.standard_error is None:
        return None
    assert figure.value is not None
    moved_by = (base.amount(behind.total, behind.largest[0], behind.key) - behind.total) / behind.units
    noise = _amount_noise(base, behind.largest[0]) / max(base.size - base.law.slack, 1.0) ** 2
    raw = None if figure.raw is None else figure.raw + base.reach * moved_by
    return _Made(figure.value + base.reach * moved_by, base.kept(figure, -1), noise, raw)


def _total(figure: Estimate, behind: Contribution, base: _Base) -> _Made | None:
    assert figure.value is not None
    total, top = behind.total, behind.largest[0] if behind.largest else None
    if behind.numerator is not None:
        total = float(behind.numerator)
        changed = base.counted(total, behind.numerator_contributors, behind.numerator_key)
        variance = base.law.variance * base.records_each**2
    elif total is None or top is None or figure.standard_error is None:
        return None
    elif total:
        changed = base.amount(total, top, behind.key)
        variance = _amount_noise(base, top) / base.reach**2
    if not total:
        return None if top else _Made(figure.value, base.kept(figure, 1), 0.0, figure.raw)
    ratio = 1 + base.reach * (changed - total) / total
    ratio = max(ratio, 0.0) if total > 0 else ratio
    noise = variance * (base.reach * figure.value / total) ** 2
    raw = None if figure.raw is None else figure.raw * ratio
    return _Made(figure.value * ratio, base.kept(figure, 1), noise, raw)


def _ratio(figure: Estimate, behind: Contribution, base: _Base) -> _Made | None:
    total, top = behind.total, behind.largest[0] if behind.largest else 0.0
    if behind.numerator is not None:
        total, top = float(behind.numerator), 1.0
    if not total or not top or figure.standard_error is None:
        return None
    assert figure.value is not None
    step = float(unit_of([abs(top)])[0])
    people = (base.amount(total, top, behind.key) - total) / step
    each = max(step / abs(total), 1 / base.people)
    ratio = 1 + base.reach * people * each
    noise = (base.law.variance + _BETWEEN) * (base.reach * figure.value * each) ** 2
    raw = None if figure.raw is None else figure.raw * ratio
    return _Made(figure.value * ratio, base.kept(figure, -1), noise, raw)


def _quantile(figure: Estimate, behind: Contribution, base: _Base) -> _Made | None:
    if not figure.standard_error or not figure.n_effective:
        return None
    assert figure.value is not None
    step = 2 * figure.standard_error * math.sqrt(figure.n_effective) / behind.units * base.records_each
    # An amount of one to the law: what it adds to a total of n ones is a number of people, and not a whole one.
    people = base.amount(float(base.people), 1.0, behind.key) - base.people
    noise = (base.law.variance + _BETWEEN) * (base.reach * step) ** 2
    return _Made(figure.value + base.reach * people * step, base.kept(figure, -1), noise, None)


def _amount_noise(base: _Base, top: float) -> float:
    """Return the variance of a changed total."""
    return (base.law.variance + _BETWEEN) * (base.reach * float(unit_of([abs(top)])[0])) ** 2


def _told(figure: Estimate, base: _Base, made: _Made) -> Estimate:
    """Return the figure with everything that follows from the changed value."""
    spread = math.sqrt(made.sampling + made.noise)
    degrees = _degrees(figure, base)
    times = _t(figure.level, degrees)
    half = _half_width(base.law, made.noise, times)
    assert figure.value is not None
    move = Moved(
        by=made.value - figure.value,
        grows=1 / math.sqrt(base.shrinks),
        noise=half,
        share=made.share,
        size=base.shrinks,
    )
    if made.share:
        size = max(base.size / base.spread, 1.0)
        low, high = (made.value, made.value) if base.full else wilson(made.value, size, times)
        low = max(made.value - _together(base.law, made.value - low, half), 0.0)
        high = min(made.value + _together(base.law, high - made.value, half), 1.0)
        convention = "wilson"
        inner = made.value * (1 - made.value)
        effective = min(size, inner / spread**2) if inner and spread else size
    else:
        wide = _together(base.law, times * math.sqrt(made.sampling), half)
        low, high = made.value - wide, made.value + wide
        convention = "t"
        if figure.statistic == "quantile" and figure.lower is not None and figure.upper is not None:
            low, high = move.ends(figure.value, figure.lower, figure.upper)  # it is not symmetric
            convention = figure.convention
        sampling = made.sampling or spread**2
        effective = base.size / base.spread * sampling / spread**2 if spread else float(base.size)
    told = replace(
        figure,
        value=short(made.value),
        standard_error=short(spread),
        lower=short(low),
        upper=short(high),
        n=base.size,
        n_effective=short(effective),
        degrees=degrees,
        design_effect=short(base.size / effective),
        raw=None if made.raw is None else short(made.raw),
        convention=f"{convention}, noise allowed for",
    )
    return moved(told, move)


def _half_width(law: Law, noise: float, times: float) -> float:
    """Return half the width of an interval of the noise alone: what is not drawn has a largest error instead."""
    return math.sqrt(noise) * (times if law.drawn else law.slack / math.sqrt(law.variance))


def _together(law: Law, sampling: float, noise: float) -> float:
    """Return the half width of both: of independent errors the root of the squares, else the sum."""
    return math.hypot(sampling, noise) if law.drawn else sampling + noise


def _degrees(figure: Estimate, base: _Base) -> float | None:
    """Return degrees of freedom that do not tell n: those of n' people, or of few sampling units, rounded down."""
    if base.full:
        return None
    own = max(base.size - 1.0, 1.0)
    if figure.degrees is None or figure.degrees >= base.behind.units - 2:
        return own
    units = 1.0
    while (following := float(unit_of([units * 1.01])[0])) <= figure.degrees:
        units = following
    return min(own, units)


def _t(level: float, degrees: float | None) -> float:
    from scipy.special import ndtri, stdtrit

    tail = (1 + level) / 2
    return float(ndtri(tail)) if degrees is None else float(stdtrit(degrees, tail))


def _coarse(design_effect: float | None) -> float:
    if design_effect is None or not math.isfinite(design_effect):
        return 1.0
    return max(round(design_effect * _COARSE) / _COARSE, 1 / _COARSE)
