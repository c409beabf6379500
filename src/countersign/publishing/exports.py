"""Figures as files: estimates.csv, fan.csv and comparison.csv, as docs/formats.md describes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from countersign.model.estimate import (
    CSV_AFTER,
    CSV_BEFORE,
    CSV_LIMITS,
    CSV_PLAUSIBLE,
    Estimate,
    EstimateTable,
    Status,
)
from countersign.model.held_against import LimitChange
from countersign.model.release import Comparison
from countersign.publishing.delimited import write_delimited

WITHHELD = ("value", "standard_error", "lower", "upper", "n", "n_effective")
SYNTHETIC = "Synthetic data: made up, do not quote."
COMPARISON_COLUMNS = (
    "kind", "figure_id", "item", "category", "raw", "weighted", "standard_error", "reference", "raw_error",
    "weighted_error", "unit",
)  # fmt: skip
FAN_COLUMNS = (
    "figure_id", "estimator", "chosen", "value", "standard_error", "lower", "upper", "assumption", "reason",
)  # fmt: skip


def shown(estimate: Estimate) -> bool:
    """Return whether the numbers of a figure may be shown at all."""
    return estimate.status in (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)


def write_estimates(table: EstimateTable, path: Path, *, limits: Sequence[LimitChange] = ()) -> int:
    """Write ``estimates.csv``: one row a figure, the columns of `EstimateTable.rows`; return the number of rows.

    A figure that is withheld keeps its row and its status; its numbers, and the count behind them, are empty.
    Every note of a synthetic table begins by saying so. Every row names the `limits` that the study sets otherwise than
    the catalogue.

    Raises
    ------
    StoreError: the disk refused.
    """
    columns, rows = estimate_rows(table, limits=limits)
    return write_delimited(path, columns=columns, rows=rows)


def estimate_rows(
    table: EstimateTable, *, limits: Sequence[LimitChange] = ()
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Return the columns and rows of ``estimates.csv``; a figure that is withheld has no numbers in them."""
    columns = (*CSV_BEFORE, *table.columns.values(), *CSV_AFTER, *CSV_PLAUSIBLE, *CSV_LIMITS)
    return columns, [[row[name] for name in columns] for row in _records(table, limits)]


def _records(table: EstimateTable, limits: Sequence[LimitChange]) -> list[dict[str, Any]]:
    rows = table.rows()
    for row in rows:
        if row["status"] == Status.SUPPRESSED:
            row |= dict.fromkeys(WITHHELD)
        if table.synthetic:
            row["note"] = f"{SYNTHETIC} {row['note']}".strip()
        row["limits_changed"] = named(limits)
    return rows


def figure_records(table: EstimateTable, *, limits: Sequence[LimitChange] = ()) -> list[dict[str, Any]]:
    """Return the rows of ``estimates.csv`` with what else it takes to compute the intervals again.

    That is the ``statistic``, and of a figure that is shown the ``level`` of its interval and its ``degrees`` of
    freedom.
    """
    rows = _records(table, limits)
    for row, one in zip(rows, table, strict=True):
        row["statistic"] = one.statistic
        row |= {"level": one.level, "degrees": one.degrees} if shown(one) else {}
    return rows


def named(limits: Sequence[LimitChange]) -> str:
    """Return the ids of the limits that a study sets otherwise, separated by ``;``."""
    return ";".join(change.limit for change in limits)


def write_comparison(comparisons: Sequence[Comparison], estimates: EstimateTable, path: Path) -> int:
    """Write ``comparison.csv``: raw and weighted values beside the benchmark or the known truth.

    One row a category of a held-out question (``kind`` is ``benchmark``, shares from 0 to 1), then one row a figure
    whose true value is known (``kind`` is ``truth``, in the figure's unit). Errors are differences to ``reference``.

    Raises
    ------
    StoreError: the disk refused.
    """
    return write_delimited(path, columns=COMPARISON_COLUMNS, rows=comparison_rows(comparisons, estimates))


def comparison_rows(comparisons: Sequence[Comparison], estimates: EstimateTable) -> list[list[Any]]:
    """Return the rows of ``comparison.csv``."""
    return [*_held_out(comparisons), *_known(estimates)]


def write_fan(table: EstimateTable, path: Path) -> int:
    """Write ``fan.csv``: every estimator that could be computed, figure by figure; return the number of rows.

    Raises
    ------
    StoreError: the disk refused.
    """
    return write_delimited(path, columns=FAN_COLUMNS, rows=fan_rows(table))


def fan_rows(table: EstimateTable) -> list[list[Any]]:
    """Return the rows of ``fan.csv``; figures without numbers have none."""
    return [
        [
            figure.figure_id, one.estimator, "yes" if one.chosen else "no", one.value, one.standard_error, one.lower,
            one.upper, one.assumption, one.reason,
        ]
        for figure in table
        if figure.fan and shown(figure)
        for one in figure.fan.alternatives
    ]  # fmt: skip


def _held_out(comparisons: Sequence[Comparison]) -> Iterator[list[Any]]:
    for one in comparisons:
        yield [
            "benchmark", "", one.item, one.category, one.raw, one.weighted, one.standard_error, one.benchmark,
            one.raw - one.benchmark, one.weighted - one.benchmark, "share",
        ]  # fmt: skip


def _known(estimates: EstimateTable) -> Iterator[list[Any]]:
    for one in estimates:
        if one.truth is None or one.value is None or not shown(one):
            continue
        category = ", ".join(f"{name}={value}" for name, value in one.domain.items()) or "all"
        raw_error = None if one.raw is None else one.raw - one.truth
        yield [
            "truth", one.figure_id, one.indicator, category, one.raw, one.value, one.standard_error, one.truth,
            raw_error, one.value - one.truth, one.unit,
        ]  # fmt: skip
