"""Contribution: who stands behind a figure. It is needed to protect people and never leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


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
    numerator_households, remainder_households: different households among them.
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
    numerator_households: int | None = None
    remainder_households: int | None = None
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


@dataclass(frozen=True)
class Overlap:
    """People whom some indicators are about and others, alike but for their condition, are not.

    Two figures whose conditions differ give away, by subtracting, a figure of those in one and not in the other.

    Parameters
    ----------
    indicators: the indicators these people are in; family: all that are alike. domain: variable -> category.
    behind: who they are.
    """

    indicators: tuple[str, ...]
    family: tuple[str, ...]
    domain: Mapping[str, str]
    behind: Contribution


@dataclass(frozen=True)
class Nesting:
    """A variable whose categories are parts of those of another, such as districts of regions.

    Parameters
    ----------
    inner, outer: variables. part_of: category of the inner -> category of the outer.
    """

    inner: str
    outer: str
    part_of: Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """How many records of a group there are, as other tables of a release tell it: coverage, weights, groups.

    Parameters
    ----------
    domain: variable -> category. units: records. shown: the number is told; else the table withholds it.
    """

    domain: Mapping[str, str]
    units: int
    shown: bool


@dataclass(frozen=True)
class Contributions:
    """Everything the rows say about who stands behind the figures of a study.

    Parameters
    ----------
    figures: one for each figure that protection looks at. compared: one for each compared answer, named
    ``compare:ITEM:CATEGORY``. overlaps, nestings, told: see there. exempt: indicators that protection does not look at,
    because no rule holds for their data.
    """

    figures: tuple[Contribution, ...] = ()
    compared: tuple[Contribution, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    nestings: tuple[Nesting, ...] = ()
    told: tuple[Told, ...] = ()
    exempt: tuple[str, ...] = field(default_factory=tuple)

    def __iter__(self) -> Iterator[Contribution]:
        return iter(self.figures)

    def by_figure(self) -> dict[str, Contribution]:
        """Return figure id -> contribution."""
        return {one.figure_id: one for one in self.figures}
