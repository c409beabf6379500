"""Mantel and Haenszel: many tables of two groups by two answers -> an odds ratio of each item, its test, its class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.cells import Floats

DELTA = -2.35  # delta = -2.35 ln(odds ratio): the scale of difficulty of the Educational Testing Service


@dataclass(frozen=True)
class OddsRatios:
    """Common odds ratios of I items over S strata; nan where an item has none.

    Parameters
    ----------
    alpha: (I,), above 1: the first group says yes more often. chi2: (I,), one degree of freedom, with correction for
    continuity. variance: (I,), of ln(alpha).
    """

    alpha: Floats
    chi2: Floats
    variance: Floats

    @property
    def delta(self) -> Floats:
        """(I,), -2.35 ln(alpha): below 0 the second group says yes less often than the first at the same score."""
        return DELTA * np.log(self.alpha)

    @property
    def error(self) -> Floats:
        """(I,), standard error of delta."""
        return np.asarray(abs(DELTA) * np.sqrt(self.variance), dtype=float)

    def p_none(self) -> Floats:
        """(I,), p-values of the item working the same way in both groups."""
        from scipy.special import chdtrc

        return np.asarray(chdtrc(1, self.chi2), dtype=float)

    def p_at_most(self, delta: float) -> Floats:
        """(I,), one-sided p-values of ``|delta|`` being no larger than a limit."""
        from scipy.special import ndtr

        return np.asarray(ndtr(-(np.abs(self.delta) - delta) / self.error), dtype=float)


def common_odds(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> OddsRatios:
    """Return common odds ratio, chi-square and variance of each item over strata of people alike in the score.

    With A, B (yes, no of the first group) and C, D (of the second), T = A + B + C + D, of each stratum::

        alpha = sum(A D / T) / sum(B C / T)
        chi2  = max(|sum A - sum E(A)| - 1/2, 0)^2 / sum Var(A)
        E(A) = (A + B)(A + C) / T,  Var(A) = (A + B)(C + D)(A + C)(B + D) / (T^2 (T - 1))
        Var(ln alpha) = sum (A D + alpha B C)(A + D + alpha (B + C)) / T^2 / (2 sum(A D / T)^2)

    Parameters
    ----------
    first, second: (yes, no) of a group, each (S, I).

    Mantel and Haenszel (1959); as a test of items Holland and Thayer (1988); the variance of Robins, Breslow and
    Greenland (1986), in the form of Phillips and Holland (1987).
    """
    (a, b), (c, d) = first, second
    t = a + b + c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        agree, cross = _sum(a * d / t), _sum(b * c / t)
        alpha = np.where((agree > 0) & (cross > 0), agree / cross, np.nan)
        expected = _sum((a + b) * (a + c) / t)
        spread = _sum(np.where(t > 1, (a + b) * (c + d) * (a + c) * (b + d) / (t**2 * (t - 1)), 0.0))
        apart = np.maximum(np.abs(a.sum(axis=0) - expected) - 0.5, 0.0)
        chi2 = np.where(spread > 0, apart**2 / spread, np.nan)
        parts = (a * d + alpha * b * c) * (a + d + alpha * (b + c)) / t**2
        variance = np.where(np.isnan(alpha), np.nan, _sum(parts) / (2 * agree**2))
    return OddsRatios(alpha, chi2, variance)


def class_of(delta: float, p_none: float, p_small: float, *, small: float, large: float, chance: float) -> str:
    """Return the class of an item: ``A`` negligible, ``B`` moderate, ``C`` large; empty where it has no delta.

    A: ``|delta|`` below `small`, or not beyond chance. C: at least `large`, and beyond chance above `small`. B: all
    between.

    Parameters
    ----------
    p_none, p_small: p-values of ``|delta|`` being 0, and of it being at most `small`. chance: level of both.

    Zieky (1993): small 1, large 1.5, level 0.05.
    """
    if np.isnan(delta):
        return ""
    if abs(delta) < small or p_none >= chance:
        return "A"
    return "C" if abs(delta) >= large and p_small < chance else "B"


def _sum(parts: Floats) -> Floats:
    """Sum over strata, (I,); an empty stratum adds nothing."""
    return np.asarray(np.nansum(parts, axis=0), dtype=float)
