"""Source: one data file and how to read it, as the study describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Text = Mapping[str, str]  # language -> text


@dataclass(frozen=True)
class GatePlan:
    """A quality gate asked for: rows that fail `rule` are set aside and counted."""

    rule: str
    name: str = ""
    why: str = ""


@dataclass(frozen=True)
class Source:
    """One data file and how to read it.

    Parameters
    ----------
    file: path as written in the study, relative to its folder.
    format: ``csv``, ``xlsx``, ``parquet``, or a named adapter such as ``published-tables``; empty = by extension.
    options: adapter's own keys (sheet, delimiter, encoding, decimal ...).
    variables: declared codebook by variable name; other columns get a proposed one.
    derive: name -> expression, in order. missing: value -> reason, for every column. answers: columns or ranges.
    keep: gates. unique: column groups by which a record must be unique; duplicates are set aside; ``[]`` inside means
    the whole record. optional: a delivery without it still gives a release; its indicators then have no data.
    imputed: variable -> column that says whether its value was filled in by somebody (true, yes or 1).
    wholes: categories that must lie between their parts or be their sum. scales: batteries of items that add up.
    """

    name: str
    file: str
    format: str = ""
    unit: str = "record"
    obtain: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    derive: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Text] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    keep: tuple[GatePlan, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    optional: bool = False
    imputed: Mapping[str, str] = field(default_factory=dict)
    wholes: tuple[WholePlan, ...] = ()
    scales: tuple[ScalePlan, ...] = ()


@dataclass(frozen=True)
class WholePlan:
    """A category that must lie between its parts, or be their sum, such as 'both sexes'.

    Parameters
    ----------
    value: the number. variable: the column with the category. whole: the category of the whole. parts: its parts.
    kind: ``mean`` (within the smallest and the largest part) or ``sum``. by: columns within which it holds.
    tolerance: share of the whole by which it may differ through rounding.
    """

    value: str
    variable: str
    whole: str
    parts: tuple[str, ...]
    kind: Literal["mean", "sum"] = "mean"
    by: tuple[str, ...] = ()
    tolerance: float = 0.005


@dataclass(frozen=True)
class ScalePlan:
    """A battery of questions whose answers, each as yes or no, add up to a score.

    Parameters
    ----------
    items: columns. yes: codes that count as yes; cut: the number from which an answer does, where there are no codes.
    """

    name: str
    items: tuple[str, ...]
    yes: tuple[str, ...] = ()
    cut: float | None = None
