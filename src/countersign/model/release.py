"""Comparison and Release: the figures held against the truth, and everything that may leave, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countersign.model.answer import Answer, Scorecard
from countersign.model.area_shapes import AreaShapes
from countersign.model.artefact import Activity, Artefact
from countersign.model.benchmark import Benchmark
from countersign.model.data_structure import DataStructure
from countersign.model.dataset import Codebook, Gate, Reading
from countersign.model.disclosure import Disclosure
from countersign.model.estimate import EstimateTable
from countersign.model.experience import Experience
from countersign.model.finding import Finding, Fitness
from countersign.model.gap import Gap, GroupCoverage
from countersign.model.plan import Plan
from countersign.model.revision import Revision
from countersign.model.sentence import Sentence
from countersign.model.support import Support
from countersign.model.weights import Weights


@dataclass(frozen=True)
class Comparison:
    """One category of one question that both the data and the benchmark asked, held out of weighting.

    Parameters
    ----------
    raw, weighted, benchmark: shares, 0 to 1. standard_error: of the weighted share.
    """

    item: str
    category: str
    raw: float
    weighted: float
    benchmark: float
    standard_error: float = 0.0


@dataclass(frozen=True)
class DataNote:
    """What a reader needs to know of one data set, without its rows."""

    name: str
    unit: str
    selection: str
    rows: int
    kept: int
    codebook: Codebook
    gates: tuple[Gate, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Release:
    """Everything a release shows.

    Parameters
    ----------
    plan: the study file. version: of this software. made: UTC, ISO 8601.
    data: one note a data source. findings, fitness, weights, estimates, comparisons: as made on the way.
    experience: what questions with a known answer taught, but of withheld figures. support: whom the data can
    speak for. disclosure: what was done to protect people.
    sentences: what may be written of each figure. gaps: what official statistics lack. groups: whom the data can speak
    of. answers, scorecards: of people.
    revisions: what became of the figures of the vintage that this one revises.
    artefacts: digest -> artefact. trail: activities in order. source: the text of study.yaml.
    shapes: variable of areas -> the outlines of its categories, where an output shows them. structure: in which the
    figures go out as SDMX.
    """

    plan: Plan
    version: str
    made: str
    data: tuple[DataNote, ...]
    findings: tuple[Finding, ...]
    fitness: tuple[Fitness, ...]
    estimates: EstimateTable
    weights: Weights | None = None
    benchmark: Benchmark | None = None
    comparisons: tuple[Comparison, ...] = ()
    experience: Experience = field(default_factory=Experience)
    support: Support | None = None
    sentences: tuple[Sentence, ...] = ()
    gaps: tuple[Gap, ...] = ()
    groups: tuple[GroupCoverage, ...] = ()
    disclosure: Disclosure | None = None
    answers: tuple[Answer, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()
    revisions: tuple[Revision, ...] = ()
    artefacts: Mapping[str, Artefact] = field(default_factory=dict)
    trail: tuple[Activity, ...] = ()
    source: str = ""
    shapes: Mapping[str, AreaShapes] = field(default_factory=dict)
    structure: DataStructure | None = None
