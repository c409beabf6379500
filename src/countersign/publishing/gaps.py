"""Gaps and groups as files: gaps.csv and leave_nobody_behind.csv, as docs/formats.md describes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from countersign.model.estimate import Status
from countersign.model.gap import Gap, GroupCoverage
from countersign.publishing.delimited import write_delimited

GAP_COLUMNS = (
    "indicator", "sdg", "group", "area", "year", "lack", "official_year", "filled_by", "use", "figure_id", "required",
    "why", "status",
)  # fmt: skip
GROUP_COLUMNS = (
    "variable", "category", "priority", "population", "data", "ratio", "n", "n_effective", "design_effect",
    "publishable", "needed", "precise", "status",
)  # fmt: skip


def write_gaps(gaps: Sequence[Gap], path: Path) -> int:
    """Write ``gaps.csv``: one row for every indicator, group, area and year; return the number of rows.

    Raises
    ------
    StoreError: the disk refused.
    """
    return write_delimited(path, columns=GAP_COLUMNS, rows=gap_rows(gaps))


def gap_rows(gaps: Sequence[Gap]) -> list[list[Any]]:
    """Return the rows of ``gaps.csv``."""
    return [
        [
            gap.indicator, gap.sdg, ", ".join(f"{name}={category}" for name, category in gap.group.items()), gap.area,
            gap.year, str(gap.lack), gap.official_year, gap.filled_by, gap.use, gap.figure_id,
            "yes" if gap.required else "no", gap.why, gap.status,
        ]
        for gap in gaps
    ]  # fmt: skip


def _state(row: GroupCoverage) -> str:
    """Return which state the numbers of a group are in: an empty cell must say why it is empty."""
    if row.n is None:
        return str(Status.SUPPRESSED)
    return str(Status.PUBLISHED) if row.n else str(Status.NO_DATA)


def write_group_coverage(groups: Sequence[GroupCoverage], path: Path) -> int:
    """Write ``leave_nobody_behind.csv``: one row for every group of the population; return the number of rows.

    Raises
    ------
    StoreError: the disk refused.
    """
    return write_delimited(path, columns=GROUP_COLUMNS, rows=group_rows(groups))


def group_rows(groups: Sequence[GroupCoverage]) -> list[list[Any]]:
    """Return the rows of ``leave_nobody_behind.csv``."""
    return [
        [
            row.variable, row.category, "yes" if row.priority else "no", row.population, row.data, row.ratio, row.n,
            row.n_effective, row.design_effect, row.publishable, row.needed, row.precise, _state(row),
        ]
        for row in groups
    ]  # fmt: skip
