"""Whole pieces: floats as whole numbers of one small unit, which can be added in any order without an error.

Engines add in parallel, so a sum of floats differs in its last digits from run to run; a sum of integers does not
(Demmel and Nguyen 2013, reproducible summation, with one wide accumulator).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import narwhals as nw

BITS = 61
"""A summand fills at most so many bits of a 64-bit integer."""
WHOLE = 2.0**BITS
"""Whole numbers below it are added as they are."""
LOW = "_low"
"""What the name of the second integer ends with."""
_SPREAD = 22  # values further apart than 2^22 need a second integer for their last bits
_FARTHEST = 1000  # powers of two beyond it leave the range of floats


@dataclass(frozen=True)
class Range:
    """The largest absolute value of some numbers, and the smallest that is not zero."""

    largest: float
    smallest: float

    def power(self, times: int) -> Range:
        """Return the range of the numbers raised to a power."""
        return Range(self.largest**times, self.smallest**times)


@dataclass(frozen=True)
class Unit:
    """The unit 2^-shift, and into how many integers a number is cut: 1, or 2 where numbers spread widely.

    0 = numbers of this range cannot be cut; they are added as they are.
    """

    shift: int = 0
    pieces: int = 0

    def cut(self, number: nw.Expr) -> dict[str, nw.Expr]:
        """Return what is added up: name ending -> integer; the second is of the unit 2^-(shift + 61)."""
        if not self.pieces:
            return {"": number}
        scaled = number * 2.0**self.shift if self.shift else number
        if self.pieces == 1:
            return {"": scaled.cast(nw.Int64)}
        upper = scaled.floor()
        return {"": upper.cast(nw.Int64), LOW: ((scaled - upper) * 2.0**BITS).cast(nw.Int64)}

    def worth(self, added: nw.Expr, low: nw.Expr | None = None) -> nw.Expr:
        """Return the sum from the sums of the integers."""
        total = added if low is None else added + low * 2.0**-BITS
        return total * 2.0**-self.shift


def unit_for(found: Range) -> Unit:
    """Return the unit for numbers of a range: about B 2^-61, B the largest; two pieces where they spread widely."""
    shift = BITS - math.frexp(found.largest)[1] if 0 < found.largest < math.inf else 0
    fits = math.isfinite(found.largest) and abs(shift) < _FARTHEST
    wide_spread = found.smallest < found.largest * 2.0**-_SPREAD
    return Unit(shift, (2 if wide_spread else 1) if fits else 0)
