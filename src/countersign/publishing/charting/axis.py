"""The axis of a chart: its ends, its round marks, and labels broken into lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

LETTER = 7.0  # mean width of a letter at 12.5 units, for wrapping
WIDE_LETTER = 12.5  # of a Chinese, Japanese or Korean one
FULL_WIDTH = 0x2E80  # the scripts from here on have wide letters


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round axis marks (1, 2 or 5 times a power of ten) that cover `low` to `high`; at least two."""
    low, high = spread(low, high)
    rough = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    places = max(0, 12 - math.floor(math.log10(step)))
    return [round(place * step, places) for place in range(first, max(last, first + 1) + 1)]


def spread(low: float, high: float) -> tuple[float, float]:
    """Return two ends that differ: equal or unknown ones get room on both sides, as much as their size needs."""
    if not math.isfinite(low) or not math.isfinite(high):
        known = [end for end in (low, high) if math.isfinite(end)]
        low = high = known[0] if known else 0.5
    if high < low:
        low, high = high, low
    size = max(abs(low), abs(high))
    if high - low <= 1e-9 * size or high == low:
        room = 0.5 if size < 1e6 else size * 1e-3
        return low - room, high + room
    return low, high


def places_of(marks: Sequence[float]) -> int:
    """Return how many decimals the words of axis marks need."""
    step = min((after - before for before, after in itertools.pairwise(marks)), default=1.0)
    return max(0, min(12, -math.floor(math.log10(step) + 1e-9))) if step > 0 else 0


def width_of(text: str) -> float:
    """Return about how many units a text takes at 12.5 units."""
    return sum(WIDE_LETTER if ord(letter) >= FULL_WIDTH else LETTER for letter in text)


def wrap(text: str, width: float) -> list[str]:
    """Break a label into at most two lines of `width` units; the rest is cut with an ellipsis."""
    if width_of(text) <= width:
        return [text]
    room = max(6, int(width / (width_of(text) / len(text))))
    space = text.rfind(" ", 0, room + 1)
    cut = space if space > room // 3 else room
    first, rest = text[:cut].rstrip(), text[cut:].lstrip()
    return [first, rest if len(rest) <= room else rest[: room - 1].rstrip() + "…"]
