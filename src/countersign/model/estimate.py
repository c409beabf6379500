"""Estimate and EstimateTable: a figure that cannot exist without its method and its interval."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from countersign.errors import EstimationError


class Status(StrEnum):
    """What a cell of the output holds; the five states never merge."""

    PUBLISHED = "published"
    CAUTION = "caution"  # published, with a warning about its precision
    UNRELIABLE = "unreliable"  # shown so that a small group stays visible, not fit for quoting
    SUPPRESSED = "suppressed"  # withheld to protect people
    NO_DATA = "no_data"  # asked for, nobody observed
    NOT_ASKED = "not_asked"  # the question was not put to this group or in this form version


@dataclass(frozen=True)
class Estimate:
    """One figure.

    Parameters
    ----------
    indicator: name in the study; statistic: ``mean``, ``proportion``, ``total``, ``ratio``, ``quantile``, ``count``.
    domain: variable -> category; empty = the whole population of the study.
    value, standard_error, lower, upper: in `unit`; None only where `status` says why.
    n: units behind the figure; n_effective: n / design effect; degrees: degrees of freedom.
    design_effect: variance over that of a simple random sample with replacement of the same n.
    method: how the value and its variance were computed, in words.
    convention: which interval, by name: ``logit``, ``wilson``, ``korn-graubard``, ``t``, ``woodruff-mean`` ...
    level: confidence level.
    assumption: what must hold for the interval to mean what it says.
    flags: reliability rules that spoke; note: plain words for the reader.
    raw: the same statistic without weights. truth: the known value, where the data are synthetic.

    Raises
    ------
    EstimationError: a value without method, convention or interval.
    """

    indicator: str
    statistic: str
    domain: Mapping[str, str]
    value: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    n: int
    method: str
    convention: str
    n_effective: float | None = None
    degrees: float | None = None
    design_effect: float | None = None
    level: float = 0.95
    unit: str = ""
    series: str = ""
    time: str = ""
    area: str = ""
    assumption: str = ""
    status: Status = Status.PUBLISHED
    flags: tuple[str, ...] = ()
    note: str = ""
    raw: float | None = None
    truth: float | None = None
    figure_id: str = ""

    def __post_init__(self) -> None:
        shown = self.status in (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
        if not shown:
            return
        missing = [name for name in ("value", "lower", "upper") if getattr(self, name) is None]
        missing += [name for name in ("method", "convention") if not getattr(self, name)]
        if missing or (self.value is not None and math.isnan(self.value)):
            raise EstimationError(
                f"A figure of '{self.indicator}' has no {', '.join(missing) or 'value'}.",
                expected="every published figure carries its value, interval, method and convention",
                action="report this: it is a defect of the estimator, not of your data",
            )


CSV_VERSION = 1
CSV_BEFORE = ("figure_id", "indicator", "series", "unit", "time", "area")
CSV_AFTER = (
    "value", "standard_error", "lower", "upper", "n", "n_effective", "method", "convention", "status", "flags", "note",
)  # fmt: skip


@dataclass(frozen=True)
class EstimateTable:
    """Figures, one row each, in the order the study asks for them."""

    estimates: tuple[Estimate, ...]
    title: str = ""
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.estimates)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)

    def __getitem__(self, figure_id: str) -> Estimate:
        for estimate in self.estimates:
            if estimate.figure_id == figure_id:
                return estimate
        raise KeyError(figure_id)

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """All variables that some figure is broken down by, in order of appearance."""
        return tuple(dict.fromkeys(name for estimate in self.estimates for name in estimate.domain))

    def rows(self) -> list[dict[str, Any]]:
        """Return the tidy table: one dict a figure, one key a column, in the published order."""
        rows = []
        for estimate in self.estimates:
            row: dict[str, Any] = {name: getattr(estimate, name) for name in CSV_BEFORE}
            row |= {name: estimate.domain.get(name, "") for name in self.breakdowns}
            row |= {name: getattr(estimate, name) for name in CSV_AFTER}
            row["status"] = str(estimate.status)
            row["flags"] = ";".join(estimate.flags)
            rows.append(row)
        return rows

    def to_pandas(self) -> Any:
        """Return the tidy table as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows())

    def to_polars(self) -> Any:
        """Return the tidy table as a Polars DataFrame."""
        import polars

        return polars.DataFrame(self.rows(), infer_schema_length=None)

    def to_arrow(self) -> Any:
        """Return the tidy table as a PyArrow Table."""
        import pyarrow

        return pyarrow.Table.from_pylist(self.rows())

    def __str__(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(["figure", "value", "interval", "n", "convention"])
        for e in self.estimates:
            interval = "" if e.lower is None or e.upper is None else f"{e.lower:.4g} to {e.upper:.4g}"
            writer.writerow([e.figure_id, "" if e.value is None else f"{e.value:.4g}", interval, e.n, e.convention])
        return out.getvalue()
