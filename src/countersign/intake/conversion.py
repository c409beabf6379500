"""From text cells to typed values: trim, missing codes, recode, type; every cell that does not fit is counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from countersign.intake.profile import DATES, INTEGER, NUMBER, SWAPPED, arrow_type
from countersign.intake.words import looks_missing
from countersign.model.dataset import Type, Variable

BLANK = "blank"
_TRUE, _FALSE = ("true", "yes", "1", "t", "y"), ("false", "no", "0", "f", "n")
_TIME_PARTS = r"[ T](?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d+)?)?(?P<z>Z|[+-]\d{2}:?\d{2})?$"


@dataclass
class Conversion:
    """How one column becomes one variable, and what was counted on the way.

    Parameters
    ----------
    variable: what it should be. missing: text in the file -> reason. decimal, thousands: marks in numbers.
    timed: whether dates carry a time of day.
    reasons: reason -> cells made missing. recoded: value -> cells given another. padded: cells with blanks
        around. bad, bad_rows, bad_codes: cells that do not fit the type: how many, the first data rows, and how many of
        them look like well-known missing codes.
    """

    variable: Variable
    missing: Mapping[str, str]
    decimal: str = "."
    thousands: str = ""
    timed: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    recoded: Counter[str] = field(default_factory=Counter)
    padded: int = 0
    bad: int = 0
    bad_rows: list[int] = field(default_factory=list)
    bad_codes: Counter[str] = field(default_factory=Counter)

    @property
    def type(self) -> pa.DataType:
        """The Arrow type of the result."""
        if self.variable.type == "date":
            return pa.timestamp("us") if self.timed else pa.date32()
        kinds = {"number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
        return kinds.get(self.variable.type, pa.string())

    def convert(self, array: Any, row: int) -> Any:
        """Convert a block of cells; `row` is the number of the first."""
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        own = arrow_type(array.type)
        if own is not None:
            if own == self.variable.type and not self.missing and not self.variable.recode:
                self._count(BLANK, array.null_count)
                if self.variable.type == "date":
                    self.timed = self.timed or pa.types.is_timestamp(array.type)
                return array.cast(self.type, safe=False)
            array = _as_text(array)
        coded = array.dictionary_encode()
        texts = pc.utf8_trim_whitespace(coded.dictionary)
        numbers = np.bincount(coded.indices.drop_null().to_numpy(), minlength=len(texts)).astype(np.int64)
        padded = _bools(pc.not_equal(pc.utf8_length(texts), pc.utf8_length(coded.dictionary)))
        self._count(BLANK, array.null_count)
        texts = self._drop_missing(texts, numbers)
        self.padded += int(numbers[padded & _bools(texts.is_valid())].sum())
        texts = self._recode(texts, numbers)
        values, fits = self._typed(texts)
        wrong = _bools(texts.is_valid()) & ~fits
        if wrong.any():
            self._note_bad(texts, numbers, wrong, coded, row)
        return values.take(coded.indices)

    def _count(self, reason: str, number: int) -> None:
        if number:
            self.reasons[reason] += number

    def _drop_missing(self, texts: Any, numbers: npt.NDArray[np.int64]) -> Any:
        codes = {"": BLANK, **self.missing}
        place = pc.index_in(texts, pa.array(list(codes), pa.string()))
        hit = _bools(place.is_valid())
        if not hit.any():
            return texts
        reasons = list(codes.values())
        for where, number in zip(place.filter(pa.array(hit)).to_pylist(), numbers[hit].tolist(), strict=True):
            self._count(reasons[where], number)
        return pc.if_else(pa.array(hit), pa.scalar(None, pa.string()), texts)

    def _recode(self, texts: Any, numbers: npt.NDArray[np.int64]) -> Any:
        if not self.variable.recode:
            return texts
        place = pc.index_in(texts, pa.array(list(self.variable.recode), pa.string()))
        hit = _bools(place.is_valid())
        for value, number in zip(texts.filter(pa.array(hit)).to_pylist(), numbers[hit].tolist(), strict=True):
            self.recoded[value] += number
        new = pa.array(list(self.variable.recode.values()), pa.string()).take(place)
        return pc.if_else(place.is_valid(), new, texts)

    def _typed(self, texts: Any) -> tuple[Any, npt.NDArray[np.bool_]]:
        kind: Type = self.variable.type
        if kind in ("category", "text"):
            return texts, np.ones(len(texts), dtype=bool)
        if kind == "boolean":
            low = pc.utf8_lower(texts)
            true, false = (pc.is_in(low, pa.array(list(words), pa.string())) for words in (_TRUE, _FALSE))
            fits = _bools(true) | _bools(false)
            return pa.array(_bools(true), mask=~fits), fits
        if kind == "date":
            return self._dates(texts)
        plain = texts
        if self.thousands:
            plain = pc.replace_substring(plain, self.thousands, "")
        if self.decimal == ",":
            plain = pc.replace_substring(plain, ",", ".")
        fits = _bools(pc.match_substring_regex(plain, INTEGER if kind == "integer" else NUMBER))
        if kind == "integer":
            plain = pc.replace_substring_regex(plain, r"\.0+$", "")
            fits &= np.nan_to_num(pc.utf8_length(plain).to_numpy(zero_copy_only=False).astype(float)) <= 18
            plain = pc.replace_substring_regex(plain, r"^\+", "")
        return pc.if_else(pa.array(fits), plain, pa.scalar(None, pa.string())).cast(self.type), fits

    def _dates(self, texts: Any) -> tuple[Any, npt.NDArray[np.bool_]]:
        pattern = self.variable.format or "%Y-%m-%d"
        shape = pattern.replace("T%H", " %H").split(" %H")[0]
        parts = date_parts(shape)
        if parts is None:
            return self._unusual_dates(texts, pattern)
        regex, year, month, day = parts
        found = pc.extract_regex(texts, regex)
        fits = _bools(found.is_valid()) & _bools(texts.is_valid())
        y, m, d = (_ints(found, key, fits) for key in (year, month, day))
        fits &= (m >= 1) & (m <= 12) & (d >= 1)
        months = (np.where(fits, y, 1970) - 1970).astype("M8[Y]").astype("M8[M]") + (np.where(fits, m, 1) - 1)
        days = months.astype("M8[D]") + (np.where(fits, d, 1) - 1)
        fits &= days.astype("M8[M]") == months  # the 31st of a month of 30 days runs over
        if not self.timed:
            return pa.array(days, mask=~fits).cast(pa.date32()), fits
        clock = pc.extract_regex(texts, _TIME_PARTS)
        has = _bools(clock.is_valid()) & fits
        h, i, s = (_ints(clock, key, has) for key in ("h", "i", "s"))
        fits &= (h < 24) & (i < 60) & (s < 61)
        seconds = h * 3600 + i * 60 + s - _offsets(clock, has)
        moments = days.astype("M8[us]") + (seconds * 1_000_000).astype("m8[us]")
        return pa.array(moments, mask=~fits).cast(self.type), fits

    def _unusual_dates(self, texts: Any, pattern: str) -> tuple[Any, npt.NDArray[np.bool_]]:
        values: list[dt.datetime | None] = []
        for text in texts.to_pylist():
            try:
                values.append(None if text is None else dt.datetime.strptime(text, pattern).replace(tzinfo=None))  # noqa: DTZ007
            except ValueError:
                values.append(None)
        array = pa.array(values, pa.timestamp("us"))
        return array.cast(self.type), _bools(array.is_valid())

    def _note_bad(
        self, texts: Any, numbers: npt.NDArray[np.int64], wrong: npt.NDArray[np.bool_], coded: Any, row: int
    ) -> None:
        self.bad += int(numbers[wrong].sum())
        for place in np.flatnonzero(wrong).tolist():
            text = texts[place].as_py()
            if looks_missing(text):
                self.bad_codes[text] += int(numbers[place])
        if len(self.bad_rows) < 6:
            hit = _bools(pc.is_in(coded.indices, pa.array(np.flatnonzero(wrong), coded.indices.type)))
            self.bad_rows.extend((np.flatnonzero(hit)[: 6 - len(self.bad_rows)] + row).tolist())


def date_parts(shape: str) -> tuple[str, str, str, str] | None:
    """Return (regex, name of the group for year, month, day) of a usual date pattern, None for another."""
    if shape in DATES:
        return DATES[shape], "y", "b", "a"
    for usual, swapped in SWAPPED.items():
        if shape == swapped:
            return DATES[usual], "y", "a", "b"
    return None


def _bools(array: Any) -> npt.NDArray[np.bool_]:
    filled = pc.fill_null(array, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=bool)


def _ints(found: Any, key: str, fits: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    part = pc.struct_field(found, key)
    part = pc.if_else(pc.and_(pa.array(fits), pc.not_equal(pc.fill_null(part, ""), "")), part, "0")
    return np.asarray(part.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _offsets(clock: Any, has: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Seconds by which a time is ahead of UTC; 0 where no zone is written."""
    zones = pc.struct_field(clock, "z").to_pylist()
    return np.array(
        [
            0
            if not use or not zone or zone == "Z"
            else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
            for zone, use in zip(zones, has.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _as_text(array: Any) -> Any:
    """Text of typed cells as a study would write their codes: 9, not 9.0."""
    return pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
