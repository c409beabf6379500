"""Plan: everything `study.yaml` says, checked and typed.

The plan holds no data and touches no file; rooms receive the parts they need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from countersign.model.calendar import Calendar
from countersign.model.catalogue_record import RecordPlan
from countersign.model.consent import ConsentPlan
from countersign.model.dataset import Variable
from countersign.model.distances import Distance
from countersign.model.held_against import FormPlan, GoldPlan, LimitChange, OfficialPlan, PlacesPlan, RepeatPlan
from countersign.model.open_sdg_plan import OpenSdgPlan
from countersign.model.process import Process
from countersign.model.protection_plan import ProtectionPlan
from countersign.model.sdmx_plan import SdmxPlan
from countersign.model.signing import SigningPlan
from countersign.model.source import GatePlan, ScalePlan, Source, Text, WholePlan

__all__ = [
    "BenchmarkPlan",
    "CheckPlan",
    "GatePlan",
    "IndicatorPlan",
    "Initiative",
    "Plan",
    "Population",
    "ScalePlan",
    "Settings",
    "Source",
    "Text",
    "UncertaintyPlan",
    "WeightingPlan",
    "WholePlan",
    "declared_variable",
]

PUBLISHED = ("report", "csv", "community", "dossier")  # what a study writes that does not say what to write


@dataclass(frozen=True)
class Initiative:
    """Who organises it, how citizens take part, how units got in.

    permitted_uses: what the data may be used for: ``U0`` .. ``U6``, or in words. expires: the last day of that.
    """

    organiser: str = ""
    kind: str = ""
    funder: str = ""
    contact: str = ""
    level: str = ""
    participation: Mapping[str, int] = field(default_factory=dict)
    scored_by: tuple[str, ...] = ()
    selection: str = "opportunistic"
    consent: str = ""
    licence: str = ""
    steward: str = ""
    protocol: str = ""
    permitted_uses: tuple[str, ...] = ()
    expires: str = ""


@dataclass(frozen=True)
class Population:
    """Whom the figures are about: who, how many (0 = not stated), where (name and code), when (ISO 8601).

    groups: variable -> categories the data are meant to speak for, such as ``{disability: (with disability,)}``.
    """

    who: str = ""
    area: str = ""
    area_code: str = ""
    start: str = ""
    end: str = ""
    size: float = 0.0
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def time(self) -> str:
        """ISO 8601: one year or date, or ``start/end``."""
        return self.start if self.start == self.end or not self.end else f"{self.start}/{self.end}"


@dataclass(frozen=True)
class BenchmarkPlan:
    """Statistics of the population: a tidy file of margins, a reference sample, or a named adapter's tables.

    ``kind`` is ``margins`` (columns: variables and ``count``), ``units`` (one row a person; may carry a weight) or the
    name of an adapter.
    """

    source: Source
    kind: Literal["margins", "units", "published-tables"] = "margins"
    citation: str = ""
    year: str = ""
    weight: str = ""
    count: str = "count"


@dataclass(frozen=True)
class WeightingPlan:
    """How the data are weighted.

    Parameters
    ----------
    by: margins, each one or several variables. base: column of base weights. upper, lower: trimming.
    distance, bounds, within, numeric, benchmark_error: of ``calibrate``: the distance; smallest and largest factor;
        variables whose categories are calibrated separately; number -> total, total by part, or None for that of the
        benchmark; whether the benchmark's own sampling error enters the intervals.
    hold_out: variables that the benchmark knows too and that no weight may use; they are compared before and after.
    """

    method: Literal["rake", "post-stratify", "calibrate"]
    benchmark: str
    by: tuple[tuple[str, ...], ...]
    base: str = ""
    upper: float | None = None
    lower: float | None = None
    distance: Distance = "linear"
    bounds: tuple[float, float] | None = None
    within: tuple[str, ...] = ()
    numeric: Mapping[str, Mapping[tuple[str, ...], float] | None] = field(default_factory=dict)
    hold_out: tuple[str, ...] = ()
    benchmark_error: bool = False

    @property
    def margins(self) -> tuple[tuple[str, ...], ...]:
        """The variables of each margin to meet, those of `within` first; with numbers alone, the sizes of the parts."""
        crossed = [tuple(dict.fromkeys((*self.within, *group))) for group in self.by]
        return tuple(dict.fromkeys(crossed)) or ((self.within,) if self.method == "calibrate" else ())


@dataclass(frozen=True)
class IndicatorPlan:
    """One indicator: a statistic of an expression, for parts of the population.

    Parameters
    ----------
    statistic: ``mean``, ``proportion``, ``total``, ``ratio``, ``quantile``, ``distribution`` (one share per category).
    numerator: the expression (a condition for proportions); denominator: for ratios. q: for quantiles.
    where: restricts the population of this indicator. by: breakdowns, each a tuple of variables; ``()`` = total.
    interval: convention; empty = the default of the statistic. if_empty: ``refuse`` or ``report`` when `where` selects
    nobody. variable: for distributions. threshold: a value that matters for policy; how strong selection must be to
    reach it is told. claims: what shall be said with the figures beyond their level: ``ranking``, ``trend``,
    ``comparison`` (with the official series), ``prevalence``.
    """

    name: str
    statistic: Literal["mean", "proportion", "total", "ratio", "quantile", "distribution"]
    numerator: str
    denominator: str = ""
    q: float = 0.5
    title: Text = field(default_factory=dict)
    unit: str = ""
    sdg: str = ""
    series: str = ""
    where: str = ""
    by: tuple[tuple[str, ...], ...] = ((),)
    interval: str = ""
    if_empty: Literal["refuse", "report"] = "refuse"
    time: str = ""
    data: str = ""
    threshold: float | None = None
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class UncertaintyPlan:
    """How the plausible range of a self-selected sample is made.

    Parameters
    ----------
    fan: compute the other estimators. reference: benchmark of kind ``units`` that they use; empty = the first there is.
    on: what their models use, each a variable or several crossed; empty = the margins that weights meet.
    phi: stated strengths of selection on the answer itself, 0 to 1; up_to: the largest that enters the plausible range.
    level: of the interval learnt from questions with a known answer. total_error: make that interval.
    """

    fan: bool = True
    reference: str = ""
    on: tuple[tuple[str, ...], ...] = ()
    phi: tuple[float, ...] = (0.0, 0.5, 1.0)
    up_to: float = 0.5
    total_error: bool = True
    level: float = 0.9


@dataclass(frozen=True)
class CheckPlan:
    """A rule of the study's own that every record should meet."""

    rule: str
    name: str = ""
    why: str = ""
    criterion: str = "E9"


@dataclass(frozen=True)
class Settings:
    """Engine and limits."""

    engine: str = "duckdb"
    memory: str = ""
    temp_folder: str = ""
    threads: int = 0
    language: str = "en"
    seed: int = 20260101


@dataclass(frozen=True)
class Plan:
    """A whole study file.

    Parameters
    ----------
    form, process, repeats, gold, places, official: what is known beside the rows. answers: files with what people
    answered. limits: limits that this study sets otherwise than the catalogue.
    sdmx, open_sdg, record: how figures go out. calendar: vintage and corrections. signing, consent, agreements: who
    signs, for which purpose people agreed, what organisations agreed.
    """

    title: Text
    data: Mapping[str, Source]
    indicators: Mapping[str, IndicatorPlan]
    use: str = "U4"
    synthetic: bool = False
    summary: Text = field(default_factory=dict)
    initiative: Initiative = field(default_factory=Initiative)
    population: Population = field(default_factory=Population)
    benchmarks: Mapping[str, BenchmarkPlan] = field(default_factory=dict)
    weighting: WeightingPlan | None = None
    compare: tuple[str, tuple[str, ...]] | None = None
    uncertainty: UncertaintyPlan = field(default_factory=UncertaintyPlan)
    checks: tuple[CheckPlan, ...] = ()
    truth: str = ""
    protection: ProtectionPlan = field(default_factory=ProtectionPlan)
    publish: tuple[str, ...] = PUBLISHED
    form: FormPlan | None = None
    process: Process = field(default_factory=Process)
    repeats: tuple[RepeatPlan, ...] = ()
    gold: tuple[GoldPlan, ...] = ()
    places: PlacesPlan | None = None
    official: Mapping[str, OfficialPlan] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    limits: tuple[LimitChange, ...] = ()
    sdmx: SdmxPlan | None = None
    open_sdg: OpenSdgPlan = field(default_factory=OpenSdgPlan)
    calendar: Calendar = field(default_factory=Calendar)
    record: RecordPlan = field(default_factory=RecordPlan)
    signing: SigningPlan = field(default_factory=SigningPlan)
    consent: ConsentPlan | None = None
    agreements: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)

    @property
    def compared(self) -> dict[str, tuple[str, ...]]:
        """Benchmark -> the questions to compare: those of `compare`, and what weighting holds out."""
        found: dict[str, tuple[str, ...]] = {}
        if self.weighting and self.weighting.hold_out:
            found[self.weighting.benchmark] = self.weighting.hold_out
        if self.compare:
            name, items = self.compare
            found[name] = tuple(dict.fromkeys((*items, *found.get(name, ()))))
        return found

    @property
    def minimum_contributors(self) -> int:
        """Fewest people behind a figure that is shown; 0 = no rule."""
        return self.protection.minimum_contributors

    @property
    def main(self) -> Source:
        """The first data source: what indicators are computed from unless they name another."""
        return next(iter(self.data.values()))


def declared_variable(name: str, spec: Mapping[str, Any], default: Variable | None = None) -> Variable:
    """Return the codebook entry for `name`: what the study declares over what was proposed.

    Parameters
    ----------
    spec: the mapping under ``data.<source>.variables.<name>``; keys are the fields of `Variable`.
    default: the proposed entry.
    """
    base = default or Variable(name=name, type="text")
    low, high = (*spec["range"], None)[:2] if "range" in spec else base.range
    return Variable(
        name=name,
        type=spec.get("type", base.type),
        column=spec.get("column", base.column),
        label=spec.get("label", base.label),
        unit=spec.get("unit", base.unit),
        values={str(code): str(text) for code, text in spec.get("values", base.values).items()},
        recode={str(old): str(new) for old, new in spec.get("recode", base.recode).items()},
        missing={str(code): str(reason) for code, reason in spec.get("missing", base.missing).items()},
        format=spec.get("format", base.format),
        range=(low, high),
        asked_if=spec.get("asked_if", base.asked_if),
        bank=spec.get("bank", base.bank),
        derived=base.derived,
    )
