"""Context: what a measure may look at, and the questions it asks of the rows.

A measure is a function of the context. It either returns its findings, or it is a generator that yields questions and
is sent the answers: expressions (their totals), `groups`, `Listed`, `Values` and `Repeats` of `countersign.tables`. The
questions of all measures are answered together, with as little reading of the rows as possible.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import narwhals as nw

from countersign.catalogue import is_of as is_of
from countersign.model.benchmark import Benchmark
from countersign.model.dataset import Dataset, Type, Variable
from countersign.model.documents import Documents
from countersign.model.finding import Finding
from countersign.model.plan import Plan, Source
from countersign.model.weights import Weights
from countersign.tables import Question, Rows, compile_expression

Totals: TypeAlias = Mapping[str, Any]
Questions: TypeAlias = Mapping[str, Question]
Asking: TypeAlias = Generator[Questions, Totals, Sequence[Finding]]
Measure: TypeAlias = Callable[["Context"], "Sequence[Finding] | Asking"]

T = TypeVar("T")

KEPT = nw.col("_kept")


@dataclass(frozen=True)
class Context:
    """One data set under assessment.

    Parameters
    ----------
    dataset: table, codebook, roles. plan: the study. benchmark, weights: where there are any.
    today: the day against which dates are held. documents: what is known beside the rows.
    """

    dataset: Dataset
    plan: Plan
    benchmark: Benchmark | None = None
    weights: Weights | None = None
    today: datetime.date = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date())
    documents: Documents = field(default_factory=Documents)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """Column -> type of the table."""
        return dict(self.dataset.table.collect_schema())

    @cached_property
    def rows(self) -> Rows:
        """The rows, to be asked; measures yield their questions instead, so that all are asked together."""
        return Rows(self.dataset.table)

    @cached_property
    def source(self) -> Source | None:
        """What the study says about this data set's file."""
        return self.plan.data.get(self.dataset.name)

    @cached_property
    def types(self) -> Mapping[str, Type]:
        """Column -> type, in the order of the table: ranges such as ``G1..G213`` go by it."""
        types = self.dataset.codebook.types()
        return {name: types[name] for name in self.schema if name in types}

    @property
    def is_main(self) -> bool:
        """Whether this is the data set the study's checks and weights are about."""
        return self.source is None or self.plan.main.name == self.dataset.name

    @property
    def is_published_table(self) -> bool:
        """Whether records are cells of a published table: numbers of people, not people."""
        return any(reading.totals for reading in self.dataset.readings)

    @cached_property
    def from_file(self) -> tuple[Variable, ...]:
        """Variables that came with the file and are in the table, in order."""
        return tuple(v for v in self.dataset.codebook.variables.values() if not v.derived and v.name in self.schema)

    @cached_property
    def answers(self) -> tuple[Variable, ...]:
        """Variables that hold answers: those declared, else all from the file that play no part of their own."""
        chosen = set(self.dataset.answers)
        if not chosen:
            parts = {name for columns in self.dataset.roles.values() for name in columns}
            chosen = {variable.name for variable in self.from_file} - parts
        return tuple(v for v in self.dataset.codebook.variables.values() if v.name in chosen and v.name in self.schema)

    @property
    def about(self) -> str:
        """Subject of a finding about a whole data set: nothing for the main one, else its name."""
        return "" if self.is_main else self.dataset.name

    def role(self, role: str) -> str:
        """Return the column that plays a part, if the table has it."""
        name = self.dataset.role(role)
        return name if name in self.schema else ""

    def condition(self, text: str, *, where: str) -> nw.Expr:
        """Compile a condition over the variables of this data set."""
        return compile_expression(text, self.types, where=where)[0]

    def applies(self, variable: Variable) -> nw.Expr | None:
        """Return where a question was asked, or None if everywhere."""
        if not variable.asked_if:
            return None
        where = f"data.{self.dataset.name}.variables.{variable.name}.asked_if"
        return self.condition(variable.asked_if, where=where).fill_null(False)


def together(asking: Sequence[Generator[Questions, Totals, T]]) -> Generator[Questions, Totals, list[T]]:
    """Drive several generators of questions forward together: each round asks what all of them want to know."""
    ended: dict[int, T] = {}
    answers: dict[int, Totals | None] = dict.fromkeys(range(len(asking)))
    while answers:
        waiting: dict[int, Questions] = {}
        for place, answer in answers.items():
            try:
                waiting[place] = next(asking[place]) if answer is None else asking[place].send(answer)
            except StopIteration as end:
                ended[place] = end.value
        if not waiting:
            break
        found = yield {f"{place} {name}": each for place, asked in waiting.items() for name, each in asked.items()}
        answers = {place: {name: found[f"{place} {name}"] for name in asked} for place, asked in waiting.items()}
    return [ended[place] for place in range(len(asking))]


def is_given(content: object) -> bool:
    """Whether the study says something; ``?`` is what `new` writes for an open question."""
    if isinstance(content, str):
        return content.strip() not in ("", "?")
    return bool(content)


def count(condition: nw.Expr) -> nw.Expr:
    """Number of rows where a condition holds; where it is unknown it does not hold."""
    # A rule without a column would be one value and not a column of them; `_kept` is never missing.
    return nw.when(condition).then(KEPT).count()


def in_file_and_kept(name: str, condition: nw.Expr) -> dict[str, nw.Expr]:
    """Ask for the rows of the file where a condition holds (`name`) and for those of them still in (`name` kept)."""
    return {name: count(condition), f"{name} kept": count(condition & KEPT)}


def share(part: float, whole: float) -> float:
    """Part of a whole; 0 where there is no whole."""
    return part / whole if whole else 0.0


def percent(value: float) -> str:
    """A share in words: ``4.9 %``, ``74 %``, ``0.02 %``."""
    points = 100 * value
    if points and abs(points) < 0.1:
        return f"{points:.2g} %"
    return f"{points:.1f} %" if abs(points) < 10 else f"{points:.0f} %"


def number(value: float) -> str:
    """A count with thousands separated: ``1,402``."""
    return f"{int(value):,}"


def listed(names: Sequence[str], *, most: int = 5) -> str:
    """Names in a sentence, with how many more there are."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def gone(found: float, kept: float) -> str:
    """Say how many of the records found are still in after the quality gates."""
    if not found:
        return ""
    if not kept:
        return " The quality gates set all of them aside."
    return "" if kept == found else f" {number(kept)} of them are still in after the quality gates."
