"""The kinds of entries a reference list holds, frozen and typed; every one says where it comes from.

A list names its kind in its head (``holds: criterion``); without a kind its entries are plain `Entry` objects whose
own keys are in ``facts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from countersign.catalogue.parts import Fix, Metric, Must
from countersign.errors import CatalogueError, nearest
from countersign.model.finding import State


class Status(StrEnum):
    """How far the source of an entry was checked."""

    READ = "read"  # seen in the source itself
    SECOND_HAND = "second-hand"  # read in someone else's rendering
    DRAFT = "draft-unverified"  # from memory or derived; shown as unverified wherever it is used
    PROPOSED = "proposed"  # this project's own default, open to change


@dataclass(frozen=True)
class Entry:
    """One entry of a reference list.

    Parameters
    ----------
    id: unique in its list. title: plain words.
    status: how far its source was checked; source: citation; version: of the list or of the entry.
    valid_from, valid_to: ISO 8601 dates, empty = open.
    author, date: who set it and when, for rules and limits.
    facts: every further key of the entry, as JSON values.
    """

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {}  # key -> kind of its parts, and which key names them
    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # key -> the values it may have

    id: str
    title: str
    status: Status
    source: str
    version: str = ""
    valid_from: str = ""
    valid_to: str = ""
    author: str = ""
    date: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        """Return one of the facts; CatalogueError names the nearest known one."""
        if key not in self.facts:
            raise CatalogueError(
                f"The entry '{self.id}' has no '{key}'. {nearest(key, self.facts)}".rstrip(),
                expected=f"one of {', '.join(sorted(self.facts)) or 'no further keys'}",
            )
        return self.facts[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return one of the facts, or `default`."""
        return self.facts.get(key, default)


@dataclass(frozen=True)
class Step(Entry):
    """A step of the data value chain: its place (1 to 12) and its block."""

    number: int = 0
    block: str = ""


@dataclass(frozen=True)
class Rung(Entry):
    """A rung of the participation ladder: 1 to 5, and whether it is enough for *citizen data*."""

    number: int = 0
    sufficient: bool = False


@dataclass(frozen=True)
class Use(Entry):
    """A rung of the use ladder: its own musts (those of the lower uses hold as well) and its bar in plain words."""

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {"musts": (Must, "criterion")}

    musts: tuple[Must, ...] = ()
    bar: str = ""
    claim: str = ""
    signers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Criterion(Entry):
    """One question asked of the data.

    Parameters
    ----------
    title: in plain words; technical: as a statistician says it. block: letter and name of its block.
    mode: ``auto`` (computed), ``semi`` (computed in part, a person confirms), ``human`` (only people can answer).
    answered_by: roles who may answer or confirm; `roles` list of this catalogue.
    measured: how, in one plain sentence. metrics: exactly how, check by check.
    evidence: what proves it. frameworks: who asks it; `remembered` of them from memory.
    evidence_required: whether an answer of a person needs a file as evidence; which question, `questions` say.
    fixes: the usual next steps, cheapest first. languages: those in which its words exist.
    """

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {"metrics": (Metric, "check"), "fixes": (Fix, "")}
    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"mode": ("auto", "semi", "human")}

    technical: str = ""
    block: str = ""
    mode: str = "auto"
    answered_by: tuple[str, ...] = ()
    measured: str = ""
    evidence: str = ""
    frameworks: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    evidence_required: bool = False
    fixes: tuple[Fix, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def fix(self) -> str:
        """The usual cheapest next step."""
        return self.fixes[0].do if self.fixes else ""

    @property
    def checks(self) -> tuple[str, ...]:
        """Names of the measures that speak to it."""
        return tuple(metric.check for metric in self.metrics)

    @property
    def thresholds(self) -> tuple[str, ...]:
        """Ids of the thresholds its measures use, each once."""
        return tuple(dict.fromkeys(limit for metric in self.metrics for limit in metric.thresholds))

    def metric(self, check: str) -> Metric:
        """Return one of its measures by the name of the check; CatalogueError names the nearest."""
        found = next((metric for metric in self.metrics if metric.check == check), None)
        if found is None:
            raise CatalogueError(
                f"The criterion '{self.id}' has no check '{check}'. {nearest(check, self.checks)}".rstrip(),
                where="catalogue/criteria.yaml",
                expected=f"one of {', '.join(self.checks) or 'none'}",
            )
        return found


@dataclass(frozen=True)
class Threshold(Entry):
    """Limits of one measure.

    Parameters
    ----------
    good: up to here the state is *pass*; warn: up to here *warn*, beyond *fail*. A missing `warn` means that the
        measure never fails, it only warns. Both limits belong to the better side.
    better: ``lower`` or ``higher``. unit: of the limits. criterion: id it serves.
    """

    good: float = 0.0
    warn: float | None = None
    better: str = "lower"
    unit: str = ""
    criterion: str = ""

    def state(self, value: float) -> State:
        """Return pass, warn or fail for a measured value."""
        if self.keeps(value, self.good):
            return State.PASS
        return State.WARN if self.warn is None or self.keeps(value, self.warn) else State.FAIL

    def keeps(self, value: float, limit: float) -> bool:
        """Return whether a value is on the better side of a limit or on it; 1e-9 is rounding, not a difference."""
        beyond = value - limit if self.better == "lower" else limit - value
        return beyond <= 1e-9 * max(1.0, abs(limit))

    def record(self) -> dict[str, Any]:
        """Return the limits with their source, for `Finding.threshold`."""
        record: dict[str, Any] = {
            "id": self.id,
            "good": self.good,
            "warn": self.warn,
            "better": self.better,
            "unit": self.unit,
            "source": self.source,
            "status": str(self.status),
            "author": self.author,
            "date": self.date,
            "instead_of": self.facts.get("instead_of"),
        }
        return {key: value for key, value in record.items() if value not in ("", None)}


@dataclass(frozen=True)
class Indicator(Entry):
    """An SDG indicator: its series codes, tier and custodians, and the highest use citizen data reach by default."""

    series: tuple[str, ...] = ()
    tier: str = ""
    custodian: str = ""
    ceiling: str = ""
    route: str = ""


@dataclass(frozen=True)
class CodeList(Entry):
    """A code list: code -> label, and the SDMX dimension it belongs to."""

    dimension: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim(Entry):
    """A claim that is refused.

    Parameters
    ----------
    applies: fact -> values; it is refused where every fact has one of its values. refuses: the ``figure``, or a
    ``statement`` made with it. criterion: which then fails. sentence: what may not be written. why: the reason.
    instead: what may be said.
    """

    applies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refuses: str = "figure"
    criterion: str = "C1"
    sentence: str = ""
    why: str = ""
    instead: str = ""


EntryType = TypeVar("EntryType", bound=Entry, covariant=True)


@dataclass(frozen=True)
class Listing(Generic[EntryType]):
    """A reference list: entries by id, in the order of the file."""

    name: str
    title: str
    entries: Mapping[str, EntryType]
    version: str = ""
    source: str = ""
    status: Status = Status.PROPOSED
    note: str = ""

    def __getitem__(self, key: str) -> EntryType:
        entry = self.entries.get(key)
        if entry is None:
            raise CatalogueError(
                f"The list '{self.name}' has no '{key}'. {nearest(key, self.entries)}".rstrip(),
                where=f"catalogue/{self.name}.yaml",
                expected=f"one of {', '.join(list(self.entries)[:20])}{' ...' if len(self.entries) > 20 else ''}",
                action="use one of these",
            )
        return entry

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[EntryType]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, in order."""
        return tuple(self.entries)
