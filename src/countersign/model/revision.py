"""Revision: what became of a figure between one vintage and the next, and revision analysis over all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

UNCHANGED, REVISED, NEW, GONE = "unchanged", "revised", "new", "gone"
WITHHELD, NOT_COMPARABLE = "withheld", "without a number"


@dataclass(frozen=True)
class Revision:
    """One figure in the vintage that is revised, and in the one that revises it.

    Parameters
    ----------
    kind: `UNCHANGED`, `REVISED`, `NEW` or `GONE`; `WITHHELD` = withheld now, and so without any number;
        `NOT_COMPARABLE` = one of the two has no number.
    old_value, old_lower, old_upper: as published then. value, lower, upper: as published now.
    reason: of the correction that names it, else the note of the release.
    """

    figure_id: str
    indicator: str
    unit: str
    kind: str
    reason: str = ""
    old_value: float | None = None
    old_lower: float | None = None
    old_upper: float | None = None
    value: float | None = None
    lower: float | None = None
    upper: float | None = None

    @property
    def difference(self) -> float | None:
        """New minus old, in the figure's unit."""
        return None if self.value is None or self.old_value is None else self.value - self.old_value

    @property
    def outside(self) -> bool | None:
        """Whether the new value lies outside the old interval."""
        if self.value is None or self.old_lower is None or self.old_upper is None:
            return None
        return not self.old_lower <= self.value <= self.old_upper


@dataclass(frozen=True)
class RevisionAnalysis:
    """How far the figures of one indicator moved.

    Parameters
    ----------
    compared: figures with a number in both vintages. revised: those that moved. outside: those that left their old
        interval. mean: mean revision, which tells a bias. mean_absolute: mean absolute revision, which tells the size.
        relative: sum of absolute revisions over the sum of absolute new values; None where those are all zero.
    """

    indicator: str
    unit: str
    compared: int
    revised: int
    outside: int
    mean: float
    mean_absolute: float
    relative: float | None


def analyse(revisions: Iterable[Revision]) -> tuple[RevisionAnalysis, ...]:
    """Return revision analysis by indicator, in order of appearance; indicators without a pair are left out.

    With P the earlier and L the later of n figures: mean revision MR = sum(L - P) / n, mean absolute revision
    MAR = sum|L - P| / n, relative mean absolute revision RMAR = sum|L - P| / sum|L|.

    Source: McKenzie, R. and Gamba, M. (2008), Interpreting the results of revision analyses, OECD.
    """
    groups: dict[str, list[Revision]] = {}
    for one in revisions:
        if one.difference is not None:
            groups.setdefault(one.indicator, []).append(one)
    found = []
    for indicator, ones in groups.items():
        moved = [one.difference or 0.0 for one in ones]
        size, n = sum(abs(value) for value in moved), len(ones)
        later = sum(abs(one.value or 0.0) for one in ones)
        found.append(
            RevisionAnalysis(
                indicator=indicator,
                unit=ones[0].unit,
                compared=n,
                revised=sum(one.kind == REVISED for one in ones),
                outside=sum(one.outside is True for one in ones),
                mean=sum(moved) / n,
                mean_absolute=size / n,
                relative=size / later if later else None,
            )
        )
    return tuple(found)
