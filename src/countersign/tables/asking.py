"""Asking: many questions about the rows of one table, answered with as little reading as possible.

Engines that keep columns apart read only the columns a query names. So what depends on one column with few values is
computed from the counts of its values, one small group-by a column; everything else is computed in one pass together.
Questions that are the same are computed once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Integers
from countersign.tables import collection, repeats
from countersign.tables.anatomy import Total, columns_of, is_row_by_row, total_of, with_true, written_out
from countersign.tables.collection import Array, _plain, aggregate, as_array, group, sorted_keys
from countersign.tables.engine import native_module
from countersign.tables.questions import Groups, Listed, Question, Repeats, Values

KEPT, ROW, ROWS = "_kept", "_row", "_rows_of_this_value"
MANY = 200_000  # rows from which it pays to look at columns one by one
EACH = 100  # rows a value stands for on average, from which counts of values are few
LOOKED_AT = 10_000  # rows at the beginning and in the middle by which the number of values is guessed


class Rows:
    """A table to ask.

    Parameters
    ----------
    table: its rows; where it has ``_kept``, a row set aside is false there, and no row is without it.
    many, each: see `MANY` and `EACH`: they decide how an answer is computed and never what it is.
    """

    def __init__(self, table: nw.LazyFrame[Any], *, many: int | None = None, each: int | None = None) -> None:
        self.table = table
        self.schema = dict(table.collect_schema())
        self.each = EACH if each is None else each
        self.many = MANY if many is None else many
        self.native = native_module(table)
        self.candidates: dict[tuple[str, ...], tuple[Integers | None, Integers | None]] = {}
        self._known: dict[str, Any] = {}

    def ask(self, questions: Mapping[str, Question]) -> dict[str, Any]:
        """Return the answer to each question: see `Groups`, `Repeats`; of an expression, its total (`aggregate`).

        Raises
        ------
        DataError, StoreError: what the engine met on the way, in plain words.
        """
        names: dict[str, str] = {}
        asked: dict[str, Question] = {}
        for name, question in questions.items():
            names[name] = _key(question)
            if names[name] not in self._known:
                asked.setdefault(names[name], question)
        answers: dict[str, Any] = {}
        totals: dict[str, nw.Expr] = {}
        by_column: dict[str, dict[str, Question]] = {}
        again: dict[str, Repeats] = {}
        for key, question in asked.items():
            if column := self._lone(question):
                by_column.setdefault(column, {})[key] = question
            elif isinstance(question, Repeats):
                again[key] = question
            elif isinstance(question, Listed):
                answers[key] = self._listed(question)
            elif isinstance(question, Values):
                answers[key] = self._valued(question)
            elif isinstance(question, Groups):
                answers[key] = self._grouped(question)
            else:
                totals[key] = question
        for column, mine in by_column.items():
            answers |= self._from_values(column, mine)
        answers |= self._together(totals)
        answers |= repeats.counted(self, again)
        self._known |= {key: answers[key] for key, question in asked.items() if isinstance(question, nw.Expr)}
        return {name: answers[key] if key in answers else self._known[key] for name, key in names.items()}

    @cached_property
    def count(self) -> int:
        """Number of rows."""
        return self._counts[0]

    @cached_property
    def kept(self) -> int:
        """Number of rows that no quality gate set aside."""
        return self._counts[1]

    @property
    def few(self) -> bool:
        """Whether there are so few rows that a question costs more than the rows it reads."""
        return self.count < self.many

    @cached_property
    def all_kept(self) -> bool:
        """Whether no row is set aside."""
        return self._counts[0] == self._counts[1]

    @cached_property
    def _counts(self) -> tuple[int, int]:
        if KEPT not in self.schema:
            rows = int(aggregate(self.table, rows=nw.len())["rows"])
            return rows, rows
        found = aggregate(self.table, rows=nw.len(), kept=nw.when(nw.col(KEPT)).then(nw.col(KEPT)).count())
        return int(found["rows"]), int(found["kept"])

    @cached_property
    def looked_at(self) -> dict[str, int]:
        """Column -> how many values it seems to have, going by some rows at the beginning and in the middle."""
        whole = self.count <= 2 * LOOKED_AT
        seen, half = self._seen
        guessed = {}
        for name, values in seen.items():
            # Values that go on changing from the first rows to the middle will go on changing after it.
            grows = not whole and values > 1.3 * half[name]
            guessed[name] = round(values * self.count / (2 * LOOKED_AT)) if grows else values
        return guessed

    @cached_property
    def _seen(self) -> tuple[dict[str, int], dict[str, int]]:
        """Column -> number of values among the rows looked at, and among the first half of them."""
        rows, middle = nw.col(ROW), self.count // 2
        if ROW not in self.schema or self.count <= 2 * LOOKED_AT:
            some = self.table.head(2 * LOOKED_AT)
        else:
            some = self.table.filter((rows <= LOOKED_AT) | ((rows > middle) & (rows <= middle + LOOKED_AT)))
        seen = self._some = collection.as_arrow(some)
        parts = seen, seen.slice(0, seen.num_rows // 2)
        numbers = [{name: len(part.column(name).unique()) for name in part.column_names} for part in parts]
        return numbers[0], numbers[1]

    def may_be_unique(self, column: str) -> bool:
        """Whether no two of some rows agree in a column; False = it is certain that not all its values differ."""
        return self._seen[0][column] == int(self._some.num_rows)

    def has_blanks(self, column: str) -> bool:
        """Whether some rows have a blank in a column."""
        return bool(self._seen and self._some.column(column).null_count)

    def has_few_values(self, column: str) -> bool:
        """Whether the counts of a column's values are few beside the rows."""
        if not self.native.READS_COLUMNS or self.count < self.many:
            return False
        return column == KEPT or self.looked_at.get(column, self.count) * self.each <= self.count

    def fitted(self, expression: nw.Expr) -> nw.Expr:
        """Return the expression without ``_kept`` where no row is set aside."""
        if not self.all_kept or KEPT not in (used := columns_of(expression) or ()) or len(used) < 2:
            return expression
        return with_true(expression, KEPT)

    def _lone(self, question: Question) -> str:
        """Return the one column a question is about, if the counts of its values answer it."""
        if isinstance(question, Listed | Values | Repeats) or (
            isinstance(question, Groups) and (question.steps or not question.by)
        ):
            return ""
        if isinstance(question, Groups):
            totals = [total_of(each) for each in question.totals.values()]
            parts = [*question.by.values(), *([] if question.where is None else [question.where])]
            if not all(t and t.way in ("len", "count", "sum") for t in totals) or not all(map(is_row_by_row, parts)):
                return ""
            parts += list(question.totals.values())
        else:
            if total_of(question) is None:
                return ""
            parts = [question]
        used: set[str] = set()
        for part in parts:
            columns = columns_of(part)
            if columns is None:
                return ""
            used |= columns
        lone = used - {KEPT}
        if len(lone) > 1 or (not lone and KEPT not in self.schema):
            return ""
        column = next(iter(lone), KEPT)
        return column if self.has_few_values(column) else ""

    def _together(self, totals: Mapping[str, nw.Expr]) -> dict[str, Any]:
        """Compute totals in one pass."""
        fitted = {key: self.fitted(expression) for key, expression in totals.items()}
        places: dict[str, str] = {}
        for expression in fitted.values():
            places.setdefault(written_out(expression), f"t{len(places)}")
        found = aggregate(self.table, **{places[written_out(each)]: each for each in fitted.values()})
        return {key: found[places[written_out(each)]] for key, each in fitted.items()}

    def _grouped(self, question: Groups) -> dict[str, Any] | None:
        """Compute one question of groups in a pass of its own."""
        by = question.by
        if question.most is not None and self.count >= self.many and self._some_groups(question) > question.most:
            return None
        keys = {name: f"_key_{place}" for place, name in enumerate(by)}
        table = self._stepped(question.where, question.steps)
        if by:
            table = table.with_columns(**{keys[name]: self.fitted(each) for name, each in by.items()})
        found = group(table, list(keys.values()), **{name: self.fitted(each) for name, each in question.totals.items()})
        answer = {name: found[keys[name]] for name in by} | {name: found[name] for name in question.totals}
        size = len(next(iter(answer.values()))) if answer else 0
        return None if question.most is not None and size > question.most else answer

    def _some_groups(self, question: Groups) -> int:
        """Return the number of groups among some rows: there are at least as many; 0 if it cannot be told."""
        if question.steps or not self._seen:
            return 0
        seen = nw.from_native(self._some)
        try:
            seen = seen if question.where is None else seen.filter(question.where)
            return len(seen.select(**question.by).unique())
        except Exception:  # an expression that Arrow cannot compute and the engine can
            return 0

    def _stepped(self, where: nw.Expr | None, steps: Mapping[str, nw.Expr]) -> nw.LazyFrame[Any]:
        """Return the rows that count, with the columns computed beforehand."""
        table = self.table if where is None else self.table.filter(self.fitted(where))
        for name, step in steps.items():
            table = table.with_columns(self.fitted(step).alias(name))
        return table

    def _listed(self, question: Listed) -> dict[str, Array]:
        """Bring out the values of chosen rows."""
        columns = {f"c{place}": self.fitted(each) for place, each in enumerate(question.columns.values())}
        found = collection.as_arrow(self._stepped(question.where, question.steps).select(**columns))
        return {name: as_array(found.column(f"c{place}")) for place, name in enumerate(question.columns)}

    def _valued(self, question: Values) -> dict[str, Any]:
        """Bring out the values of each group."""
        keys = {name: f"_key_{place}" for place, name in enumerate(question.by)}
        table = self.table.filter(self.fitted(question.where)).select(
            **{keys[name]: self.fitted(each) for name, each in question.by.items()},
            _value=self.fitted(question.value).cast(nw.Float64),
        )
        found = collection.as_arrow(
            self.native.lists(table.filter(~nw.col("_value").is_null()), list(keys.values()), "_value")
        )
        sorted_, order = sorted_keys([found.column(name) for name in keys.values()])
        lists = found.column("_value").combine_chunks()
        values, ends = np.asarray(lists.flatten().to_numpy()), np.asarray(lists.offsets.to_numpy())
        if not keys:
            order = np.arange(found.num_rows)
        chosen = [np.sort(values[ends[place] - ends[0] : ends[place + 1] - ends[0]]) for place in order.tolist()]
        return dict(zip(question.by, sorted_, strict=True)) | {"values": [each for each in chosen if keys or len(each)]}

    def _from_values(self, column: str, questions: Mapping[str, Question]) -> dict[str, Any]:
        """Answer questions about one column from the counts of its values."""
        keys = [column] if self.all_kept or column == KEPT or KEPT not in self.schema else [column, KEPT]
        counts = self.table.group_by(*keys).agg(nw.len().alias(ROWS))
        if KEPT in self.schema and KEPT not in keys:
            counts = counts.with_columns(nw.lit(True).alias(KEPT))
        parts: dict[str, nw.Expr] = {}
        places: dict[str, str] = {}

        def part(expression: nw.Expr | None) -> str:
            if expression is None:
                return ""
            place = places.setdefault(written_out(expression), f"p{len(places)}")
            parts[place] = expression
            return place

        plans: dict[str, _Told | _Split] = {}
        for key, question in questions.items():
            if isinstance(question, Groups):
                told = {name: _told(total_of(each), part) for name, each in question.totals.items()}
                split = _Split({name: part(each) for name, each in question.by.items()}, told, part(question.where))
                plans[key] = split
            elif isinstance(question, nw.Expr):
                plans[key] = _told(total_of(question), part)
        # A part without a column would be one value and not a column of them.
        same = nw.col(ROWS) * 0
        made = {name: each if columns_of(each) else nw.when(same == 0).then(each) for name, each in parts.items()}
        named = {f"key_{place}": nw.col(name) for place, name in enumerate(keys)}
        found = collection.as_arrow(counts.select(nw.col(ROWS), **named, **made))
        found = found.take(sorted_keys([found.column(name) for name in named])[1])  # so that sums repeat
        sizes = np.asarray(found.column(ROWS).to_numpy(), dtype=np.int64)
        answers: dict[str, Any] = {}
        for key, plan in plans.items():
            if isinstance(plan, _Told):
                answers[key] = plan.total(found, sizes)
            else:
                question = questions[key]
                most = question.most if isinstance(question, Groups) else None
                answers[key] = plan.groups(found, sizes, most=most)
        return answers


@dataclass(frozen=True)
class _Told:
    """A total told by counts of values: the way of adding up, and the column of what is added."""

    way: str
    part: str

    def total(self, found: Any, sizes: Integers) -> Any:
        """Return the total over all rows."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.way == "len":
            return int(sizes.sum())
        column = found.column(self.part)
        if self.way in ("min", "max"):
            return None if pa.types.is_null(column.type) else _plain(pc.min_max(column)[self.way].as_py())
        if self.way == "n_unique":
            return len(column.unique())
        there = np.asarray(column.is_valid().to_numpy(), dtype=bool)
        if self.way == "count":
            return int(sizes[there].sum())
        if self.way == "median":
            return _median(as_array(column)[there], sizes[there])
        values = [_plain(value) for value in column.to_pylist()]
        known = [(value, int(size)) for value, size in zip(values, sizes.tolist(), strict=True) if value is not None]
        if self.way == "mean":
            total, n = math.fsum(value * size for value, size in known), sum(size for _, size in known)
            return total / n if n else None
        if any(isinstance(value, float) for value, _ in known):
            return math.fsum(value * size for value, size in known)
        return sum(int(value) * size for value, size in known)

    def by_group(self, found: Any, sizes: Integers, place: Integers, rows: Any, size: int) -> Array:
        """Return the total by group: `place` is the group of each of `rows`."""
        mine: Array = sizes[rows]
        if self.way != "len":
            column = found.column(self.part).take(rows)
            there = np.asarray(column.is_valid().to_numpy(), dtype=bool)
            mine = np.where(there, mine, 0)
            if self.way == "sum" and there.any():
                values = as_array(column, whole=True)
                mine = mine * (values if values.dtype == np.int64 else np.nan_to_num(values))
                whole = _is_whole(column)
                mine = mine.astype(np.int64) if whole else mine
        added = np.zeros(size, dtype=mine.dtype)
        np.add.at(added, place, mine)
        return added


@dataclass(frozen=True)
class _Split:
    """Groups told by counts of values: the columns of keys and of the condition, and the totals."""

    by: Mapping[str, str]
    totals: Mapping[str, _Told]
    where: str

    def groups(self, found: Any, sizes: Integers, *, most: int | None) -> dict[str, Any] | None:
        """Return the groups as `countersign.tables.group` does."""
        rows = np.arange(len(sizes))
        if self.where:
            rows = np.flatnonzero(np.asarray(found.column(self.where).fill_null(False).to_numpy(), dtype=bool))
        chosen = found.take(rows)
        keys, order = sorted_keys([chosen.column(part) for part in self.by.values()])
        rows = rows[order]
        new = np.ones(len(rows), dtype=bool)
        if len(rows):
            new[1:] = np.any([[a != b for a, b in zip(key[1:], key[:-1], strict=True)] for key in keys], axis=0)
        place = np.cumsum(new) - 1
        size = int(new.sum())
        if most is not None and size > most:
            return None
        answer: dict[str, Any] = {name: key[new] for name, key in zip(self.by, keys, strict=True)}
        return answer | {name: told.by_group(found, sizes, place, rows, size) for name, told in self.totals.items()}


def _is_whole(column: Any) -> bool:
    """Whether a column holds integers or conditions."""
    import pyarrow as pa

    return bool(pa.types.is_integer(column.type) or pa.types.is_boolean(column.type))


def _median(values: Array, sizes: Integers) -> float | None:
    """Return the median of values that occur so often; between two, their mean."""
    if not len(values):
        return None
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(sizes[order])
    low, high = (
        values[order[np.searchsorted(ends, rank, side="right")]] for rank in ((ends[-1] - 1) // 2, ends[-1] // 2)
    )
    return float(low) if low == high else float((low + high) / 2)


def _told(total: Total | None, part: Any) -> _Told:
    assert total is not None
    return _Told(total.way, part(total.of))


def _key(question: Question) -> str:
    """Return a text that only equal questions share."""
    if isinstance(question, Repeats):
        return f"repeats {question.columns!r} {question.blanks} {written_out(question.among)}"
    if isinstance(question, Values):
        by = [(name, written_out(each)) for name, each in question.by.items()]
        return f"values {written_out(question.value)} {by!r} {written_out(question.where)}"
    if isinstance(question, Listed):
        parts = [
            [(name, written_out(each)) for name, each in side.items()] for side in (question.columns, question.steps)
        ]
        return f"listed {parts!r} {written_out(question.where)}"
    if isinstance(question, Groups):
        where = "" if question.where is None else written_out(question.where)
        parts = [
            [(name, written_out(each)) for name, each in side.items()]
            for side in (question.by, question.totals, question.steps)
        ]
        return f"groups {parts!r} {where} {question.most}"
    return written_out(question)
