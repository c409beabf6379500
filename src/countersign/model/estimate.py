"""Estimate and EstimateTable: a figure that cannot exist without its method and its interval."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from html import escape
from typing import Any

from countersign.errors import EstimationError
from countersign.model.fan import Fan, PartKind, PlausibleRange
from countersign.model.sensitivity import SelectionRange, Tipping


class Status(StrEnum):
    """What a cell of the output holds; its states never merge."""

    PUBLISHED = "published"
    CAUTION = "caution"  # published, with a warning about its precision
    UNRELIABLE = "unreliable"  # shown so that a small group stays visible, not fit for quoting
    SUPPRESSED = "suppressed"  # withheld to protect people
    TOO_FEW = "too_few"  # observed, but too few for an interval, so no value
    NO_DATA = "no_data"  # asked for, nobody observed
    NOT_ASKED = "not_asked"  # the question was not put to this group or in this form version
    REFUSED = "refused"  # these data cannot carry such a claim; the note says why


WITHHELD = "Withheld to protect people."


@dataclass(frozen=True)
class Estimate:
    """One figure.

    Parameters
    ----------
    indicator: name in the study; statistic: ``mean``, ``proportion``, ``total``, ``ratio``, ``quantile``, ``count``.
    domain: variable -> category; empty = the whole population of the study.
    value, standard_error, lower, upper: in `unit`; None only where `status` says why.
    n: units behind the figure, 0 and shown as nothing where it is withheld; n_effective: n / design effect; degrees:
        degrees of freedom.
    design_effect: variance over that of a simple random sample with replacement of the same n.
    method: how the value and its variance were computed, in words.
    convention: which interval, by name: ``logit``, ``wilson``, ``korn-graubard``, ``t``, ``woodruff-mean`` ...
    level: confidence level.
    assumption: what must hold for the interval to mean what it says.
    flags: reliability rules that spoke; note: plain words for the reader.
    raw: the same statistic without weights. truth: the known value, where the data are synthetic.
    fan: the other estimators that could be computed, for self-selected samples. plausible: where the truth may lie,
        with the name and reason of every part. selection: the figure under stated selection on the answer. tipping:
        what it would take to cross the threshold that the study names.

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
    fan: Fan | None = None
    plausible: PlausibleRange | None = None
    selection: SelectionRange | None = None
    tipping: Tipping | None = None

    def ends(self, kind: PartKind) -> tuple[float, float] | None:
        """Return lower and upper end of one part of the plausible range, or None without it."""
        for part in self.plausible.parts if self.plausible else ():
            if part.kind is kind:
                return part.lower, part.upper
        return None

    def withheld(self) -> Estimate:
        """Return the figure without anything that was computed from rows: it exists and is not shown.

        The note is the same whatever the reason, for which rule spoke tells how large a group is.
        """
        return replace(
            self,
            value=None,
            standard_error=None,
            lower=None,
            upper=None,
            n=0,
            n_effective=None,
            degrees=None,
            design_effect=None,
            raw=None,
            truth=None,
            flags=(),
            fan=None,
            plausible=None,
            selection=None,
            tipping=None,
            status=Status.SUPPRESSED,
            note=WITHHELD,
        )

    def __post_init__(self) -> None:
        shown = self.status in (Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE)
        if not shown:
            return
        missing = [name for name in ("value", "lower", "upper") if getattr(self, name) is None]
        missing += [name for name in ("method", "convention") if not getattr(self, name)]
        shown_numbers = (self.value, self.lower, self.upper, self.standard_error)
        if missing or any(number is not None and math.isnan(number) for number in shown_numbers):
            raise EstimationError(
                f"A figure of '{self.indicator}' has no {', '.join(missing) or 'number'}.",
                expected="every published figure carries its value, interval, method and convention",
                action="report this: it is a defect of the estimator, not of your data",
            )


CSV_VERSION = 3
CSV_BEFORE = ("figure_id", "indicator", "series", "unit", "time", "area")
CSV_AFTER = (
    "value", "standard_error", "lower", "upper", "n", "n_effective", "method", "convention", "status", "flags", "note",
)  # fmt: skip
CSV_RANGES = {
    "fan": PartKind.METHODS, "total_error": PartKind.TOTAL_ERROR, "selection": PartKind.SELECTION,
}  # fmt: skip
CSV_PLAUSIBLE = (
    "plausible_lower", "plausible_upper", *(f"{name}_{end}" for name in CSV_RANGES for end in ("lower", "upper")),
)  # fmt: skip
CSV_LIMITS = ("limits_changed",)  # written beside the figures: the limits that the study sets otherwise


def _ranges(estimate: Estimate) -> dict[str, float | None]:
    """Return the plausible range and its parts as columns."""
    whole = estimate.plausible
    ends = {"plausible": (whole.lower, whole.upper) if whole else None}
    ends |= {name: estimate.ends(kind) for name, kind in CSV_RANGES.items()}
    found: dict[str, float | None] = {}
    for name, both in ends.items():
        found[f"{name}_lower"], found[f"{name}_upper"] = both or (None, None)
    return found


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

    @property
    def columns(self) -> dict[str, str]:
        """Breakdown variable -> its column; one that is named like a fixed column becomes ``by_area``."""
        taken = {*CSV_BEFORE, *CSV_AFTER, *CSV_PLAUSIBLE, *CSV_LIMITS}
        return {name: f"by_{name}" if name in taken else name for name in self.breakdowns}

    def rows(self) -> list[dict[str, Any]]:
        """Return the tidy table: one dict a figure, one key a column, in the published order."""
        rows = []
        columns = self.columns
        for estimate in self.estimates:
            row: dict[str, Any] = {name: getattr(estimate, name) for name in CSV_BEFORE}
            row |= {column: estimate.domain.get(name, "") for name, column in columns.items()}
            row |= {name: getattr(estimate, name) for name in CSV_AFTER}
            if estimate.status is Status.SUPPRESSED:
                row["n"] = None  # zero would say that nobody was observed
            row["status"] = str(estimate.status)
            row["flags"] = ";".join(estimate.flags)
            row |= _ranges(estimate)
            rows.append(row)
        return rows

    def to_pandas(self) -> Any:
        """Return the tidy table as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self.rows())

    def to_polars(self) -> Any:
        """Return the tidy table as a Polars DataFrame."""
        import narwhals as nw  # knows Polars by name: only the room `tables` imports an engine

        rows = self.rows()
        columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
        return nw.from_dict(columns, backend="polars").to_native()

    def to_arrow(self) -> Any:
        """Return the tidy table as a PyArrow Table."""
        import pyarrow

        return pyarrow.Table.from_pylist(self.rows())

    def _repr_html_(self) -> str:
        """Show the figures as a table in a notebook; a withheld one shows its status only."""
        ranged = any(one.plausible is not None and one.plausible.beyond_chance for one in self.estimates)
        head = (*self.breakdowns, "value", *(["plausible range"] if ranged else []), "lower", "upper", "n")
        head += ("convention", "status")
        lines = []
        for one in self.estimates:
            withheld = one.status is Status.SUPPRESSED
            numbers = [
                "" if withheld or value is None else f"{value:.4g}" for value in (one.value, one.lower, one.upper)
            ]
            numbers[0] = numbers[0] or str(one.status).replace("_", " ")
            if ranged:
                whole = None if withheld or one.plausible is None or not one.plausible.beyond_chance else one.plausible
                numbers.insert(1, "" if whole is None else f"{whole.lower:.4g} to {whole.upper:.4g}")
            cells = [*(str(one.domain.get(name, "")) for name in self.breakdowns), *numbers]
            cells += [str(one.status) if withheld else f"{one.n:,}", one.convention, str(one.status)]
            lines.append(
                f"<tr><th scope='row'>{escape(one.indicator)}</th>"
                + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
                + "</tr>"
            )
        caption = " ".join(filter(None, [self.title, "(synthetic data)" if self.synthetic else ""]))
        heads = "".join(f"<th scope='col'>{escape(name)}</th>" for name in ("indicator", *head))
        return (
            f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table>"
        )

    def __str__(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(["figure", "value", "interval", "n", "convention"])
        for e in self.estimates:
            interval = "" if e.lower is None or e.upper is None else f"{e.lower:.4g} to {e.upper:.4g}"
            n = str(e.status) if e.status is Status.SUPPRESSED else e.n
            value = str(e.status) if e.value is None else f"{e.value:.4g}"
            writer.writerow([e.figure_id, value, interval, n, e.convention])
        return out.getvalue()
