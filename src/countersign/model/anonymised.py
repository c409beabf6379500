"""Anonymised: rows that may leave, what was done to them, what is left as risk, and what it cost each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GroupCost:
    """What anonymising took from one group.

    Parameters
    ----------
    variable, category: the group. people: of it in the data. shown: share of them who still show that they are of it.
    kept: share of their answers that is kept.
    """

    variable: str
    category: str
    people: int
    shown: float
    kept: float


@dataclass(frozen=True)
class AnonymisedColumn:
    """One column of the rows that leave.

    Parameters
    ----------
    name, label, type: as in the codebook. treated: what was done, in words, empty for nothing.
    kept: share of its answers that is kept. answers: different answers there are now.
    """

    name: str
    label: str
    type: str
    treated: str
    kept: float
    answers: int
    key: bool = False


@dataclass(frozen=True)
class Anonymised:
    """Rows that may leave.

    Parameters
    ----------
    columns: those that leave. left_out: columns that do not. rows: how many.
    keys: what neighbours know. k: fewest rows that look alike in them; missing: ``own`` or ``matches``.
    reason: why k is below the catalogue's limit, empty if it is not.
    blanked: answers blanked by local suppression; proven: no choice of its kind blanks less.
    before, after: name of a measure of risk -> value. groups: the cost to each group.
    few: groups of fewer than k people, which are not named. matrices: column -> answer -> answer shown -> chance.
    risks: sentences on what is left as risk. picture: risk and use before and after, as SVG.
    """

    columns: tuple[AnonymisedColumn, ...]
    left_out: tuple[str, ...]
    rows: int
    keys: tuple[str, ...]
    k: int
    missing: str
    reason: str
    blanked: int
    proven: bool
    before: Mapping[str, float]
    after: Mapping[str, float]
    groups: tuple[GroupCost, ...] = ()
    few: int = 0
    matrices: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    picture: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything that tells how the rows were made, as JSON values; no picture."""
        from dataclasses import asdict

        return {name: value for name, value in asdict(self).items() if name != "picture"}
