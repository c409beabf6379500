"""Limits of agreement: how far a measurement may be from a reference, from sums alone (Bland and Altman)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from countersign.errors import EstimationError


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Measurement minus reference.

    Parameters
    ----------
    mean, deviation: of the differences. lower, upper: limits that hold 95 % of differences, mean -+ 1.96 deviations.
    mean_ends, lower_ends, upper_ends: 95 % intervals of the mean and of both limits.
    slope, slope_ends: change of the difference with the size of what is measured; None where all have one size.
    root_mean_square: sqrt of the mean squared difference. concordance: of Lin (1989).
    """

    mean: float
    deviation: float
    lower: float
    upper: float
    mean_ends: tuple[float, float]
    lower_ends: tuple[float, float]
    upper_ends: tuple[float, float]
    slope: float | None
    slope_ends: tuple[float, float] | None
    root_mean_square: float
    concordance: float

    @property
    def shifted(self) -> bool:
        """Whether the mean difference is not 0."""
        return not self.mean_ends[0] <= 0 <= self.mean_ends[1]

    @property
    def tilted(self) -> bool:
        """Whether the difference depends on the size of what is measured."""
        return self.slope_ends is not None and not self.slope_ends[0] <= 0 <= self.slope_ends[1]


@dataclass(frozen=True)
class PairSums:
    """Sums over pairs of a measurement a and a reference b, both less their mean: a^2, b^2, ab; n and the means."""

    n: float
    mean_a: float
    mean_b: float
    aa: float
    bb: float
    ab: float


def limits_of_agreement(sums: PairSums, *, units: float | None = None, level: float = 0.95) -> LimitsOfAgreement:
    """Return mean difference, limits of agreement and their intervals.

    With s the standard deviation of the differences d = a - b and z the normal quantile: limits mean -+ z s; standard
    errors s / sqrt(n) and s sqrt(1/n + z^2 / (2 (n - 1))); intervals by t with n - 1 degrees of freedom. The slope is
    that of d on (a + b) / 2. Concordance: 2 s_ab / (s_a^2 + s_b^2 + (mean a - mean b)^2), divisor n.

    Parameters
    ----------
    units: units behind the pairs, where some were measured several times; intervals go by it.

    Raises
    ------
    EstimationError: fewer than three units, or neither side varies.

    Notes
    -----
    Bland and Altman (1986), Lancet 327, 307-310; (1999), Statistical Methods in Medical Research 8, 135-160; Lin
    (1989), Biometrics 45, 255-268.
    """
    from scipy.special import stdtrit

    n, held = sums.n, sums.n if units is None else units
    if held < 3:
        raise EstimationError("There are fewer than three units with both measurements.", where="gold")
    squares = max(sums.aa + sums.bb - 2 * sums.ab, 0.0)
    mean = sums.mean_a - sums.mean_b
    below = (sums.aa + sums.bb) / n + mean**2
    if below <= 0:
        raise EstimationError("All measurements are the same number.", where="gold")
    s = math.sqrt(squares / (n - 1))
    z, t = NormalDist().inv_cdf((1 + level) / 2), float(stdtrit(held - 1, (1 + level) / 2))
    half = t * s / math.sqrt(held)
    wide = t * s * math.sqrt(1 / held + z**2 / (2 * (held - 1)))
    lower, upper = mean - z * s, mean + z * s
    slope, ends = _slope(sums, squares, held, float(stdtrit(held - 2, (1 + level) / 2)))
    return LimitsOfAgreement(
        mean,
        s,
        lower,
        upper,
        (mean - half, mean + half),
        (lower - wide, lower + wide),
        (upper - wide, upper + wide),
        slope,
        ends,
        math.sqrt(squares / n + mean**2),
        2 * sums.ab / n / below,
    )


def _slope(sums: PairSums, squares: float, held: float, t: float) -> tuple[float | None, tuple[float, float] | None]:
    """Regress the difference on the mean of both; both come from the same sums."""
    size = (sums.aa + sums.bb + 2 * sums.ab) / 4
    if size <= 1e-12 * max(sums.aa, sums.bb, 1e-300):
        return None, None
    slope = (sums.aa - sums.bb) / 2 / size
    rest = max(squares - slope**2 * size, 0.0)
    half = t * math.sqrt(rest / (sums.n - 2) / (size * held / sums.n))
    return slope, (slope - half, slope + half)
