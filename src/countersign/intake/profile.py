"""Profile: what the cells of each column look like, counted block by block without looking at rows one by one.

A block's column is first reduced to its distinct values with counts, so that patterns are matched once per value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from countersign.intake.raw import RawTable
from countersign.intake.words import words
from countersign.model.dataset import Type

MOST_VALUES = 2000  # distinct values counted per column; above that a column is called "many"

INTEGER = r"^[+-]?\d+(\.0+)?$"
CODE = r"^(0\d+|\+\d{7,})$"  # a leading zero, or a telephone number: a code, not a number
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COMMA = r"^[+-]?\d+,\d+([eE][+-]?\d+)?$"
GROUPED = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$"
BOOLEAN = r"^(?i:true|false)$"
TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"

# Shape of a date -> pattern with named parts; `a` and `b` are day and month in either order.
DATES: Mapping[str, str] = {
    "%Y-%m-%d": rf"^(?P<y>\d{{4}})-(?P<b>\d{{1,2}})-(?P<a>\d{{1,2}}){TIME}$",
    "%Y/%m/%d": rf"^(?P<y>\d{{4}})/(?P<b>\d{{1,2}})/(?P<a>\d{{1,2}}){TIME}$",
    "%d/%m/%Y": rf"^(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y>\d{{4}}){TIME}$",
    "%d-%m-%Y": rf"^(?P<a>\d{{1,2}})-(?P<b>\d{{1,2}})-(?P<y>\d{{4}}){TIME}$",
    "%d.%m.%Y": rf"^(?P<a>\d{{1,2}})\.(?P<b>\d{{1,2}})\.(?P<y>\d{{4}}){TIME}$",
    "%Y%m%d": r"^(?P<y>(?:18|19|20)\d{2})(?P<b>0[1-9]|1[0-2])(?P<a>0[1-9]|[12]\d|3[01])$",
}
SWAPPED = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d.%m.%Y": "%m.%d.%Y"}


@dataclass
class DateShape:
    """How many cells have one shape of date, where the first is, and whether a part can only be a day."""

    count: int = 0
    first_row: int = 0
    first_over_12: int = 0  # cells whose first part is above 12: day first
    second_over_12: int = 0  # cells whose second part is above 12: month first
    timed: int = 0


@dataclass
class Profile:
    """What one column holds.

    Parameters
    ----------
    rows, blank, padded: cells; cells with nothing (or only blanks) in them; cells with blanks before or after.
    values: trimmed value -> count, up to `MOST_VALUES`; `many`: there are more.
    shapes: ``integer``, ``code``, ``number``, ``comma``, ``grouped``, ``boolean`` -> cells. dates: pattern -> shape.
    low, high: of cells that are numbers. length: characters in all. typed: the type of a Parquet column.
    """

    name: str
    rows: int = 0
    blank: int = 0
    padded: int = 0
    length: int = 0
    values: Counter[str] = field(default_factory=Counter)
    many: bool = False
    shapes: Counter[str] = field(default_factory=Counter)
    dates: dict[str, DateShape] = field(default_factory=dict)
    low: float = float("inf")
    high: float = float("-inf")
    whole: bool = True
    typed: Type | None = None

    @property
    def filled(self) -> int:
        """Cells with something in them."""
        return self.rows - self.blank

    def distinct(self) -> dict[str, int]:
        """Value -> cells, most frequent first; up to `MOST_VALUES` of them."""
        return {value: count for value, count in self.values.most_common() if count}

    def add(self, array: pa.Array, row: int) -> None:
        """Count a block whose first row is `row`."""
        self.rows += len(array)
        self.blank += array.null_count
        if self.typed is not None:
            self._add_typed(array)
            return
        counted = array.dictionary_encode()
        texts = pc.utf8_trim_whitespace(counted.dictionary)
        numbers = np.bincount(counted.indices.drop_null().to_numpy(), minlength=len(texts)).astype(np.int64)
        self.padded += _sum(pc.not_equal(pc.utf8_length(texts), pc.utf8_length(counted.dictionary)), numbers)
        empty = pc.equal(texts, "")
        self.blank += _sum(empty, numbers)
        full = ~np.asarray(empty.to_numpy(zero_copy_only=False), dtype=bool)
        texts, numbers = texts.filter(pa.array(full)), numbers[full]
        if not len(texts):
            return
        self.length += int(np.dot(pc.utf8_length(texts).to_numpy(), numbers))
        self._values(texts, numbers)
        self._shapes(texts, numbers)
        self._dates(texts, numbers, array, row)

    def _values(self, texts: pa.Array, numbers: npt.NDArray[np.int64]) -> None:
        if self.many:
            watched = pc.is_in(texts, pa.array(list(self.values), pa.string()))
            texts, numbers = (
                texts.filter(watched),
                numbers[np.asarray(watched.to_numpy(zero_copy_only=False), dtype=bool)],
            )
        for text, number in zip(texts.to_pylist(), numbers.tolist(), strict=True):
            if text in self.values or len(self.values) < MOST_VALUES:
                self.values[text] += number
            else:
                self.many = True

    def _shapes(self, texts: pa.Array, numbers: npt.NDArray[np.int64]) -> None:
        is_number = pc.match_substring_regex(texts, NUMBER)
        found = _sum(is_number, numbers)
        self.shapes["number"] += found
        if found:
            self.shapes["integer"] += _sum(pc.match_substring_regex(texts, INTEGER), numbers)
            self.shapes["code"] += _sum(pc.match_substring_regex(texts, CODE), numbers)
            values = pc.cast(texts.filter(is_number), pa.float64()).to_numpy()
            self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        if found < int(numbers.sum()):
            for shape, pattern in (("comma", COMMA), ("grouped", GROUPED), ("boolean", BOOLEAN)):
                self.shapes[shape] += _sum(pc.match_substring_regex(texts, pattern), numbers)

    def _dates(self, texts: pa.Array, numbers: npt.NDArray[np.int64], array: pa.Array, row: int) -> None:
        for name, pattern in DATES.items():
            if name == "%Y%m%d" and self.shapes["integer"] == 0:
                continue
            match = pc.match_substring_regex(texts, pattern)
            count = _sum(match, numbers)
            if not count:
                continue
            shape = self.dates.setdefault(name, DateShape())
            hits, weights = texts.filter(match), numbers[np.asarray(match.to_numpy(zero_copy_only=False), dtype=bool)]
            parts = pc.extract_regex(hits, pattern)
            a, b = (pc.cast(pc.struct_field(parts, key), pa.int64()).to_numpy() for key in ("a", "b"))
            shape.count += count
            shape.first_over_12 += int(weights[a > 12].sum())
            shape.second_over_12 += int(weights[b > 12].sum())
            shape.timed += _sum(pc.match_substring(hits, ":"), weights)
            if not shape.first_row:
                hit = pc.match_substring_regex(pc.utf8_trim_whitespace(array), pattern)
                shape.first_row = row + int(pc.index(hit, True).as_py())

    def _add_typed(self, array: pa.Array) -> None:
        if self.typed in ("number", "integer") and array.null_count < len(array):
            ends = pc.min_max(pc.cast(array, pa.float64()))
            self.low, self.high = min(self.low, ends["min"].as_py()), max(self.high, ends["max"].as_py())
        if not self.many:
            for item in pc.value_counts(array.drop_null()).to_pylist():
                self.values[str(item["values"])] += item["counts"]
            self.many = len(self.values) > MOST_VALUES


def _sum(match: pa.Array, numbers: npt.NDArray[np.int64]) -> int:
    return int(numbers[np.asarray(match.to_numpy(zero_copy_only=False), dtype=bool)].sum())


def arrow_type(kind: pa.DataType) -> Type | None:
    """Return the codebook type of a typed Arrow column, None for text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "date"
    return None


def profile(raw: RawTable, *, watch: Iterable[str] = ()) -> dict[str, Profile]:
    """Count what the cells of each column look like, in one pass over the raw table.

    Parameters
    ----------
    watch: values to count however many different ones there are, such as missing codes.
    """
    names = list(raw.names)
    watched = [*watch, *words()["missing_codes"], *(str(code) for code in words()["missing_numbers"])]
    found: dict[str, Profile] = {}
    for row, batch in raw.blocks(names):
        for name, array in zip(names, batch.columns, strict=True):
            if name not in found:
                found[name] = Profile(name=name, typed=arrow_type(array.type))
                found[name].values.update(dict.fromkeys(watched, 0))
            found[name].add(_plain(array), row)
    return found


def _plain(array: Any) -> Any:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
