"""Two phases: a large sample tells a few things about everybody, a part of it, drawn by chance, tells the rest.

Double sampling (Neyman 1938; Sarndal, Swensson and Wretman 1992, ch. 9). The second phase is a stratified simple random
sample without replacement from the first; it may be calibrated to totals that the first phase estimates. Then

    V = V1 + V2
    V2 = sum_g (1 - m_g/M_g) m_g/(m_g - 1) sum (e - ebar)^2,   e = w (u - x'B), the regression with base weights
    V1 = sum_h (1 - f_h) n_h/(n_h - 1) [ sum_i {Z_i^2 - v(Z_i)} - {Z_h^2 - v(Z_h)}/n_h ]

with w the final weight, u the score, Z the sums of w u of the PSUs i and strata h of the first phase, and v( ) the
second-phase variance of such a sum. Squares of estimated sums are too large by just that variance; taking it off gives
what would be known had the second phase asked everybody. V1 takes no residual, because x is not known beyond the
first phase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.figures import FigureContext, _figure, _limits, _precision, _text
from countersign.estimation.sample import sums
from countersign.model.auxiliaries import Auxiliaries, generalised_inverse
from countersign.model.cells import Floats, Integers
from countersign.model.estimate import Estimate
from countersign.model.plan import IndicatorPlan

ASSUMPTION = (
    "design-based: the interval holds over repeated draws of both phases, the second a stratified random part of the"
    " first"
)


@dataclass(frozen=True)
class TwoPhase:
    """The m rows of the second phase, and what is known of the first.

    Parameters
    ----------
    base: first-phase weight times M_g / m_g, (m,). factor: calibration factor, (m,). x: auxiliaries, or None.
    stratum: of the first phase, (m,); unit: its PSU, numbered through all strata, (m,), or None where rows are units.
    sampled: n_h of the first phase, all of it, (H,). fraction: f_h, (H,).
    second: stratum of the second phase, (m,); asked: M_g, rows of the first phase in it, (G,).
    """

    base: Floats
    factor: Floats
    x: Auxiliaries | None
    stratum: Integers
    unit: Integers | None
    sampled: Floats
    fraction: Floats
    second: Integers
    asked: Floats

    def __post_init__(self) -> None:
        answered = sums(self.second, None, len(self.asked))
        alone = (answered < 2) & (answered < self.asked)
        if alone.any():
            raise EstimationError(
                f"{int(alone.sum())} strata of the second phase hold fewer than two records.",
                where="second_strata",
                expected="at least two records of the second phase in every stratum, or all of it",
                action="merge strata of the second phase",
            )
        single = (self.sampled < 2) & (self.fraction < 1)
        if single.any():
            raise EstimationError(
                f"{int(single.sum())} strata of the first phase have only one sampling unit.",
                where="strata",
                expected="at least two sampling units in every stratum",
                action="merge strata",
            )

    @property
    def weight(self) -> Floats:
        """Final weights, (m,)."""
        return self.base * self.factor

    def variance(self, u: Floats) -> tuple[float, float]:
        """Return V1 and V2 of the sum of w u, for scores u (m,)."""
        z = self.weight * u
        return self._first(z), self._second(z, u)

    def _spread(self, z: Floats, group: Integers, count: int) -> Floats:
        """Second-phase variance of the sum of z of each group of rows, (count,): v( )."""
        strata = len(self.asked)
        pair, place = np.unique(group * strata + self.second, return_inverse=True)
        s1, s2 = sums(place, z, len(pair)), sums(place, z**2, len(pair))
        g = pair % strata
        answered = sums(self.second, None, strata)
        scale = (1 - answered / self.asked) * answered / np.maximum(answered - 1, 1)
        return sums(pair // strata, scale[g] * (s2 - s1**2 / answered[g]), count)

    def _second(self, z: Floats, u: Floats) -> float:
        if self.x is not None:
            b = generalised_inverse(self.x.gram(self.base)) @ self.x.sums(self.base * u)
            left = self.weight * (u - self.x.times(b))
            whole = float(z @ z)
            z = np.where(left**2 <= 1e-26 * whole, 0.0, left)
        return max(float(self._spread(z, np.zeros(len(z), dtype=np.int64), 1)[0]), 0.0)

    def _first(self, z: Floats) -> float:
        strata = len(self.sampled)
        unit = np.arange(len(z), dtype=np.int64) if self.unit is None else self.unit
        units = int(unit.max()) + 1 if len(unit) else 0
        of_unit = np.zeros(units, dtype=np.int64)
        of_unit[unit] = self.stratum
        squares = sums(unit, z, units) ** 2 - self._spread(z, unit, units)
        whole = sums(self.stratum, z, strata) ** 2 - self._spread(z, self.stratum, strata)
        inside = sums(of_unit, squares, strata) - whole / self.sampled
        scale = (1 - self.fraction) * self.sampled / np.maximum(self.sampled - 1, 1)
        return float(scale @ inside)

    @property
    def degrees(self) -> int:
        """PSUs minus strata of the first phase, or records minus strata of the second, whichever are fewer."""
        first = self.sampled.sum() - (self.sampled > 0).sum()
        return int(min(first, len(self.second) - len(self.asked)))


def two_phase_figures(
    sample: TwoPhase,
    indicator: IndicatorPlan,
    *,
    value: Floats,
    base: Floats | None,
    domain: Integers,
    labels: list[tuple[object, ...]],
    by: tuple[str, ...],
    words: str,
    context: FigureContext | None = None,
) -> list[Estimate]:
    """Estimate a mean, ratio or total in each domain.

    Parameters
    ----------
    value, base: numerator and denominator of each row, 0 where it does not count, (m,); base None = a total.
    domain: of each row, 0 .. K - 1; labels: its categories; by: their variables. words: how the weights were made.
    """
    context = context or FigureContext()
    made = []
    w = sample.weight
    if not w.any():
        raise EstimationError(
            "All weights of the second phase are 0.",
            where="weight",
            expected="weights above zero",
            action="look at the column of weights",
        )
    for k, label in enumerate(labels):
        inside = (domain == k).astype(float)
        top = float((w * inside) @ value)
        rows = inside if base is None else inside * (base != 0)
        n, spread = int(rows.sum()), 0.0
        if base is None:
            estimate, u = top, inside * value
        else:
            bottom = float((w * inside) @ base)
            estimate = top / bottom if bottom else float("nan")
            u = inside * (value - estimate * base) / bottom if bottom else np.zeros(len(w))
        first, second = sample.variance(u)
        if not np.isnan(estimate):
            spread = float(np.sqrt(max(first + second, 0.0)))
        heavy = float((w**2) @ rows)
        kish = float((w @ rows) ** 2) / heavy if heavy else 0.0
        share = second / (first + second) if first + second > 0 else 0.0
        limits, note = _limits(indicator, context.level, estimate, spread, n, sample.degrees, kish, full=False)
        made.append(
            _figure(
                indicator,
                context,
                labels=dict(zip(by, (_text(part) for part in label), strict=True)),
                category="",
                precision=_precision(estimate, spread, limits, n, kish, sample.degrees),
                n=n,
                convention=limits.convention if limits else "",
                method=f"two-phase sample; {words}; Taylor linearisation, variance of both phases",
                assumption=ASSUMPTION,
                deff=float("nan"),
                raw=float("nan"),
                note="; ".join(part for part in (note, f"{share:.0%} of the variance is of the second phase") if part),
                full=False,
            )
        )
    return made
