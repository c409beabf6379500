"""Contribution: who stands behind a figure. It is needed to protect people and never leaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contribution:
    """What the rows say about one figure that the figure itself does not.

    Parameters
    ----------
    figure_id: of the estimate. universe: name of the population the figure is of: data set and condition; figures of
    one universe and domain have the same people behind them.
    units: records behind the figure, its base. contributors: different people who gave them, where that is known, else
    the units. households: different households, or None.
    numerator: records that a share counts, or None where the figure is no share.
    numerator_contributors, remainder_contributors: different people among those counted and those not counted.
    total: unweighted sum of the magnitude, or None. squares: sum of its squares, or None.
    largest: largest contributions of single contributors to the magnitude, descending, at most 3.
    refusals: contributors who do not want to be shown in a small group.
    key, numerator_key: sums of the secret record keys, for perturbation; -1 without.
    """

    figure_id: str
    universe: str
    units: int
    contributors: int
    households: int | None = None
    numerator: int | None = None
    numerator_contributors: int | None = None
    remainder_contributors: int | None = None
    total: float | None = None
    squares: float | None = None
    largest: tuple[float, ...] = ()
    refusals: int = 0
    key: int = -1
    numerator_key: int = -1

    @property
    def remainder(self) -> int | None:
        """Records of the base that a share does not count."""
        return None if self.numerator is None else self.units - self.numerator
