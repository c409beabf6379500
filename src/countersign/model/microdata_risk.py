"""How easily people are recognised in rows: MicrodataRisk, SpecialUniques, and what each says of single records.

The first two hold sums and may be shown inside an organisation. `RecordRisk` holds a line for every person and stays
where the rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy.typing as npt

from countersign.model.tabular import Tabular

Counting = Literal["own", "any"]
"""What a missing key is: an answer of its own, or one that matches any answer."""


@dataclass(frozen=True)
class RecordRisk(Tabular):
    """The risk of each record, in the order of the rows.

    Parameters
    ----------
    columns: name -> (n,). ``row`` is the number of the row in the file.
    """

    columns: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a record."""
        names = list(self.columns)
        return [
            dict(zip(names, row, strict=True)) for row in zip(*(c.tolist() for c in self.columns.values()), strict=True)
        ]

    def to_arrow(self) -> Any:
        """Return a PyArrow Table."""
        import pyarrow

        return pyarrow.table({name: pyarrow.array(column) for name, column in self.columns.items()})

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(dict(self.columns))

    def to_polars(self) -> Any:
        """Return a Polars DataFrame."""
        import narwhals as nw

        return nw.from_dict(dict(self.columns), backend="polars").to_native()

    def _repr_html_(self) -> str:
        return f"<p>{str(self).strip()}</p>"

    def __str__(self) -> str:
        return f"The risk of {len(self):,} records, one line each: {', '.join(self.columns)}.\n"


Records = Callable[[], RecordRisk]


@dataclass(frozen=True)
class CountedRisk:
    """Risk with one way to count missing keys.

    Parameters
    ----------
    counting: ``own``: a missing key is an answer of its own; ``any``: it matches any answer.
    alone: records that share their keys with nobody. below: k -> records in groups of fewer than k.
    smallest: records in the smallest group. groups: different combinations of keys.
    prosecutor: records a neighbour names rightly, who knows who took part: sum of 1/f.
    highest: largest chance 1/f. population: the same sum with weights, for somebody who does not know who took
    part; None without weights. highest_population: largest such chance. household, household_population: records in
    a household one member of which is named, in both models; None without households.
    """

    counting: Counting
    alone: int
    below: Mapping[int, int]
    smallest: int
    groups: int
    prosecutor: float
    highest: float
    population: float | None = None
    highest_population: float | None = None
    household: float | None = None
    household_population: float | None = None


@dataclass(frozen=True)
class SensitiveRisk:
    """What is learnt about a sensitive question from the keys.

    Parameters
    ----------
    question: its name. distinct: fewest different answers in a group; 0 where nobody in any group answered.
    below: l -> records in groups with 1 to l - 1 different answers. entropy: smallest exp(entropy).
    closeness: largest distance between the answers of a group and those of everybody, 0 to 1.
    """

    question: str
    counting: Counting
    distinct: int
    below: Mapping[int, int]
    entropy: float
    closeness: float


@dataclass(frozen=True)
class MicrodataRisk(Tabular):
    """How easily the people in a table are recognised by some questions.

    Parameters
    ----------
    records: n. keys, sensitive, weight, household: columns. k: people who should share all keys.
    missing: key -> records without an answer. counted: by way to count missing keys; one where none is missing.
    learnt: by sensitive question and way to count. notes: sentences for the reader.
    records_of: computes the risk of each record.
    """

    records: int
    keys: tuple[str, ...]
    k: int
    counted: tuple[CountedRisk, ...]
    learnt: tuple[SensitiveRisk, ...] = ()
    sensitive: tuple[str, ...] = ()
    weight: str = ""
    household: str = ""
    missing: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    records_of: Records | None = field(default=None, repr=False, compare=False)

    def by_record(self) -> RecordRisk:
        """Return the risk of each record, rows in the order of the file. It stays inside: it tells who stands alone.

        Columns: ``row``, ``fk`` (records with the same keys), ``prosecutor`` (1/fk); with a weight ``Fk`` and
        ``risk``; with a household ``household_prosecutor`` and ``household_risk``; for each sensitive question
        ``l_distinct_NAME``, ``l_entropy_NAME``, ``l_recursive_NAME`` and ``closeness_NAME``. Where keys are missing and
        both ways of counting were asked for, each again with ``_any``.
        """
        assert self.records_of is not None
        return self.records_of()

    def rows(self) -> list[dict[str, Any]]:
        """Return measure, way of counting missing keys, value and share of the records."""
        found: list[dict[str, Any]] = []

        def add(measure: str, counting: str, value: float | None, *, of_records: bool = True) -> None:
            if value is not None:
                share = value / self.records if of_records else None
                found.append({"measure": measure, "missing": counting, "value": value, "share": share})

        add("records", "", self.records)
        for one in self.counted:
            add("groups", one.counting, one.groups, of_records=False)
            add("smallest_group", one.counting, one.smallest, of_records=False)
            add("alone", one.counting, one.alone)
            for k, count in one.below.items():
                add(f"in_groups_below_{k}", one.counting, count)
            add("expected_prosecutor", one.counting, one.prosecutor)
            add("highest_prosecutor", one.counting, one.highest, of_records=False)
            add("expected_population", one.counting, one.population)
            add("highest_population", one.counting, one.highest_population, of_records=False)
            add("expected_household_prosecutor", one.counting, one.household)
            add("expected_household_population", one.counting, one.household_population)
        for each in self.learnt:
            add(f"{each.question}: fewest_answers", each.counting, each.distinct, of_records=False)
            for fewest, count in each.below.items():
                add(f"{each.question}: in_groups_with_fewer_than_{fewest}_answers", each.counting, count)
            add(f"{each.question}: smallest_entropy", each.counting, each.entropy, of_records=False)
            add(f"{each.question}: largest_distance", each.counting, each.closeness, of_records=False)
        return found


@dataclass(frozen=True)
class QuestionRisk:
    """How far one question tells people apart.

    Parameters
    ----------
    question: its name. contribution: part of all SUDA scores that comes from sets with it, 0 to 1; parts of several
    questions overlap, so they do not add up to 1. without: records that stay alone if it is not known; None where
    sets so large were not looked at.
    """

    question: str
    contribution: float
    without: int | None = None


@dataclass(frozen=True)
class LevelRisk:
    """The same for one answer: `people` records gave it. It stays inside."""

    question: str
    level: Any
    people: int
    contribution: float


@dataclass(frozen=True)
class KnownRisk:
    """Who stands alone for somebody who knows so many of the questions.

    Parameters
    ----------
    known: number of questions. sets: ways to choose them. mean: records alone, over these ways on average.
    most: in the worst one, which is `worst`.
    """

    known: int
    sets: int
    mean: float
    most: int
    worst: tuple[str, ...]


@dataclass(frozen=True)
class SpecialUniques(Tabular):
    """Which questions tell people apart (SUDA2).

    Parameters
    ----------
    records, keys, counting: of what. alone: records that share all keys with nobody. minimal: size -> minimal
    uniques of that size. score: sum of all scores. fraction: part of the population assumed to be in the data.
    expected: sum of DIS-SUDA scores. questions: the one that contributes most first. known: by number of questions.
    levels: by question and answer. records_of: computes the scores of each record.
    """

    records: int
    keys: tuple[str, ...]
    counting: Counting
    alone: int
    minimal: Mapping[int, int]
    score: float
    fraction: float
    expected: float
    questions: tuple[QuestionRisk, ...]
    known: tuple[KnownRisk, ...]
    levels: tuple[LevelRisk, ...] = field(default=(), repr=False)
    records_of: Records | None = field(default=None, repr=False, compare=False)

    def by_record(self) -> RecordRisk:
        """Return ``row``, ``suda_score``, ``suda_dis`` and ``contribution_KEY`` of each record. It stays inside."""
        assert self.records_of is not None
        return self.records_of()

    def rows(self) -> list[dict[str, Any]]:
        """Return the questions: contribution in percent, and records alone with all keys and without this one."""
        return [
            {
                "question": one.question,
                "contribution_percent": 100 * one.contribution,
                "alone": self.alone,
                "alone_without": one.without,
            }
            for one in self.questions
        ]
