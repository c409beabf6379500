"""Numbers as people read them: as many digits as the interval supports, and shares as "41 in 100"."""

from __future__ import annotations

import math
from dataclasses import dataclass

from countersign.model.estimate import Estimate
from countersign.publishing.language import Words

PERCENT = frozenset({"%", "percent", "per cent", "percentage", "pt"})
SHARE = ("share", "proportion", "fraction")
SHARES = frozenset({"proportion", "distribution"})


@dataclass(frozen=True)
class Scale:
    """How the numbers of one indicator are shown: multiplied by `factor`, followed by `unit`."""

    factor: float = 1.0
    unit: str = ""
    percent: bool = False


def scale(statistic: str, unit: str) -> Scale:
    """Return how to show figures: shares from 0 to 1 become percent, everything else keeps its unit.

    ``share of adults`` becomes ``% of adults``; a proportion in any other unit becomes ``% (unit)``.
    """
    plain = unit.strip().casefold()
    if plain in PERCENT:
        return Scale(1.0, "%", percent=True)
    for word in SHARE:
        if word and (plain == word or plain.startswith(f"{word} ")):
            return Scale(100.0, f"% {unit.strip()[len(word) :].strip()}".strip(), percent=True)
    if statistic in SHARES:
        return Scale(100.0, f"% ({unit.strip()})" if plain else "%", percent=True)
    return Scale(1.0, unit.strip())


def decimals(lower: float, upper: float) -> int:
    """Return how many decimals an interval supports: steps of a fiftieth to a fifth of its half width, at most six."""
    half = (upper - lower) / 2
    if not math.isfinite(half) or half <= 0:
        size = max(abs(lower), abs(upper))
        if not math.isfinite(size):
            return 0
        return 0 if size == 0 or float(size).is_integer() else max(0, min(6, 3 - math.floor(math.log10(size))))
    return max(0, min(6, 1 - math.floor(math.log10(half / 0.5))))


def number(value: float, places: int, words: Words) -> str:
    """Return a number with `places` decimals and groups of three digits, with a true minus sign."""
    text = f"{value:,.{places}f}"
    if text.startswith("-") and not text.strip("-0.,"):  # minus zero
        text = text[1:]
    return text.translate(words.signs)


def count(value: float, words: Words) -> str:
    """Return a whole number with groups of three digits."""
    return number(round(value), 0, words)


def percent(share: float, words: Words, places: int = 1) -> str:
    """Return a share from 0 to 1 as ``44.1 %``."""
    return f"{number(share * 100, places, words)} %"


@dataclass(frozen=True)
class Shown:
    """The numbers of one figure as text: value, bounds, standard error; empty where there are none."""

    value: str
    lower: str
    upper: str
    error: str
    unit: str

    @property
    def interval(self) -> str:
        """``41.2–46.9``."""
        return f"{self.lower}–{self.upper}" if self.lower else ""

    @property
    def line(self) -> str:
        """``44.1 (41.2–46.9)``."""
        return f"{self.value} ({self.interval})" if self.lower != self.upper else self.value


def show(estimate: Estimate, words: Words) -> Shown:
    """Return the numbers of a figure that may be shown, rounded to what its interval supports."""
    own = scale(estimate.statistic, estimate.unit)
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return Shown("", "", "", "", own.unit)
    low, high = estimate.lower * own.factor, estimate.upper * own.factor
    places = decimals(low, high)
    error = estimate.standard_error
    return Shown(
        number(estimate.value * own.factor, places, words),
        number(low, places, words),
        number(high, places, words),
        "" if error is None else number(error * own.factor, min(6, places + 1), words),
        own.unit,
    )


def in_people(lower: float, upper: float, words: Words) -> str:
    """Return an interval of percentages as ``Between 41 and 47 in 100``, rounded outwards.

    Parameters
    ----------
    lower, upper: percent, 0 to 100. Small or narrow intervals are said in 1,000 or 10,000.
    """
    base = 100
    while base < 10_000 and (upper - lower) * base / 100 < 1.5:
        base *= 10
    low = max(0, math.floor(lower * base / 100 + 1e-9))
    high = min(base, math.ceil(upper * base / 100 - 1e-9))
    return words.gettext("Between {low} and {high} in {base}").format(
        low=count(low, words), high=count(high, words), base=count(base, words)
    )


def between(shown: Shown, words: Words) -> str:
    """Return an interval as ``Between 400 and 446 items per 100 m``."""
    if shown.lower == shown.upper:
        text = shown.value
    else:
        text = words.gettext("Between {low} and {high}").format(low=shown.lower, high=shown.upper)
    return f"{text} {shown.unit}".strip()
