"""Heaping (E8): numbers and ages that end in 0 or 5 too often: rounded, guessed or made up."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.model.cells import Floats
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, listed, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.quality.missing_groups import holm
from countersign.tables import Question, groups

MANY = 5  # more answers than this make one finding
FIRST, LAST = 23, 62  # ages of Whipple's index
LOWEST, HIGHEST = 10, 89  # ages of Myers' index


def last_digits(context: Context) -> Asking:
    """How far the last digits of whole numbers are from coming equally often, for answers with many different values.

    Value: 1/2 sum |p_d - 1/10| over the digits, the share of values that would have to end otherwise. Looked at are
    numbers of two digits or more; an answer with few different values or records (catalogue) is left out, because its
    digits need not be equally frequent. It warns only where chance would hardly do it (chi^2 with 9 degrees of freedom,
    Holm over all answers). More than a few answers make one finding.
    """
    least, different = threshold("digits_records").good, threshold("digits_values").good
    age = age_variable(context)
    looked = [
        variable.name
        for variable in context.answers
        if variable.type in ("integer", "number") and not variable.values and variable.name != age
    ]
    if not looked:
        return []
    there = {name: KEPT & (nw.col(name).abs() >= 10) for name in looked}
    if context.rows.few:
        looked = yield from _long_enough(looked, there, least=least, different=different)
    first: dict[str, Question] = {}
    for name in looked:
        digit = (nw.col(name).abs() % 10).cast(nw.Float64)
        # More than ten remainders: a number with decimals ends in no digit.
        first[f"digits {name}"] = groups({"digit": digit}, where=there[name], most=10, n=nw.len())
        first[f"values {name}"] = groups({"value": nw.col(name).abs()}, where=there[name], most=int(different) + 1)
    found = yield first
    counted = {}
    for name in looked:
        digits = found[f"digits {name}"]
        if digits is None or not all(digit == int(digit) for digit in digits["digit"]):
            continue
        values = found[f"values {name}"]
        if values is not None and not _are_many(values["value"].astype(float), different):
            continue
        counts = np.zeros(10)
        counts[digits["digit"].astype(np.int64)] = digits["n"]
        if counts.sum() >= least:
            counted[name] = counts
    return _digits(counted)


def _long_enough(
    looked: list[str], there: Mapping[str, nw.Expr], *, least: float, different: float
) -> Generator[Mapping[str, Question], Mapping[str, Any], list[str]]:
    """Return the answers with enough values, far enough apart: told for all in one pass, and most fail already here."""
    first: dict[str, Question] = {}
    for name in looked:
        value = nw.when(there[name]).then(nw.col(name).abs())
        first |= {f"n {name}": value.count(), f"low {name}": value.min(), f"high {name}": value.max()}
    found = yield first
    return [
        name
        for name in looked
        if found[f"n {name}"] >= max(least, 1) and float(found[f"high {name}"] - found[f"low {name}"]) > different
    ]


def _are_many(values: Floats, different: float) -> bool:
    """Whether there are more different values than that, and further apart."""
    return len(values) > different and float(values.max() - values.min()) > different


def _digits(counted: Mapping[str, Floats]) -> list[Finding]:
    from scipy.special import chdtrc

    if not counted:
        return []
    chi2 = {name: float(((n - n.mean()) ** 2 / n.mean()).sum()) for name, n in counted.items()}
    p = dict(zip(counted, holm([float(chdtrc(9, each)) for each in chi2.values()]), strict=True))
    off = {name: float(np.abs(n / n.sum() - 0.1).sum() / 2) for name, n in counted.items()}
    clear = {name for name in counted if p[name] < threshold("digits_alpha").good}
    evidence = {
        name: {
            "values": int(n.sum()),
            "misplaced": round(off[name], 6),
            "shares": {str(digit): round(float(part), 6) for digit, part in enumerate(n / n.sum())},
            "chi_square": round(chi2[name], 3),
            "p": float(f"{p[name]:.3g}"),
        }
        for name, n in counted.items()
    }
    if len(counted) <= MANY:
        return [_preference(name, [name], counted, off, clear, evidence[name]) for name in counted]
    return [_preference("answers", list(counted), counted, off, clear, evidence)]


def _preference(
    subject: str,
    names: list[str],
    counted: Mapping[str, Floats],
    off: Mapping[str, float],
    clear: set[str],
    evidence: Mapping[str, Any],
) -> Finding:
    limit = threshold("digit_preference").good
    heaped = sorted((name for name in names if name in clear and off[name] > limit), key=lambda name: -off[name])
    worst = heaped[0] if heaped else max(names, key=lambda name: off[name])
    n = counted[worst]
    message = (
        f"'{worst}': {percent(float(n[0] + n[5]) / float(n.sum()))} of {number(n.sum())} values end in 0 or 5 (20 % if "
        f"every digit came equally often); {percent(off[worst])} would have to end otherwise."
    )
    if len(names) > 1:
        message = f"In {number(len(heaped))} of {number(len(names))} answers some last digits are preferred. " + message
    return judged(
        "E8",
        "digit_preference",
        off[worst],
        message,
        limit="digit_preference",
        subject=subject,
        count=len(heaped),
        evidence=evidence,
        harshest=State.WARN if heaped else State.PASS,
        fix=f"Ask collectors to count and measure, and not to round ({listed(heaped)}); or say that they do.",
    )


def age_heaping(context: Context) -> Asking:
    """Whipple's index of ages 23 to 62, with Myers' blended index beside it.

    The age is the role ``age``, a variable that claims an item on age of the question bank, or one called *age*.
    """
    name = age_variable(context)
    if not name or not context.schema[name].is_numeric():
        return []
    counts = (yield {"ages": groups([name], where=KEPT & ~nw.col(name).is_null())})["ages"]
    ages: dict[int, float] = {}
    for age, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True):
        ages[int(age)] = ages.get(int(age), 0.0) + n
    between = sum(n for age, n in ages.items() if FIRST <= age <= LAST)
    least = threshold("heaping_records").good
    if between < least:
        why = f"Only {number(between)} people are {FIRST} to {LAST} years old; {least:g} are needed to see heaping."
        return [not_assessed("E8", "age_heaping", why, subject=name, fix="Collect more records, or leave this open.")]
    whipple, (blended, digits) = whipple_index(ages), myers_index(ages)
    return [
        judged(
            "E8",
            "age_heaping",
            whipple,
            f"Ages that end in 0 or 5 come {whipple / 100:.2f} times as often as they should (Whipple's index "
            f"{whipple:.0f}; 100 = never preferred, 500 = all).",
            limit="whipple",
            subject=name,
            count=int(between),
            evidence={"whipple": round(whipple, 3), "myers": round(blended, 3), "digits": digits},
            harshest=State.WARN,
            fix="Ask for the date of birth, or help people with a calendar of local events.",
        )
    ]


def age_variable(context: Context) -> str:
    """Return the column that holds the age in years, or nothing."""
    if context.role("age"):
        return context.role("age")
    for variable in context.from_file:
        item = variable.bank.partition("/")[0].casefold()
        if item == "age" or variable.name.casefold() == "age":
            return variable.name
    return ""


def whipple_index(ages: Mapping[int, float]) -> float:
    """Return Whipple's index: 100 times people of 25, 30 .. 60 years over a fifth of those of 23 to 62.

    Notes
    -----
    Shryock and Siegel (1976), The Methods and Materials of Demography, chapter 8.
    """
    between = sum(n for age, n in ages.items() if FIRST <= age <= LAST)
    round_ones = sum(n for age, n in ages.items() if FIRST <= age <= LAST and age % 5 == 0)
    return 500 * round_ones / between


def myers_index(ages: Mapping[int, float]) -> tuple[float, dict[str, float]]:
    """Return Myers' blended index, 1/2 sum |share of a digit - 10 %| in percent, and the blended shares.

    The people whose age ends in digit d are counted twice, from age 10 on with weight d + 1 and from age 20 on with
    weight 9 - d, up to age 89, so that every digit leads and follows equally often.

    Notes
    -----
    Myers (1940), Transactions of the Actuarial Society of America 41; Shryock and Siegel (1976), chapter 8.
    """
    blended = np.zeros(10)
    for age, n in ages.items():
        if LOWEST <= age <= HIGHEST:
            digit = age % 10
            blended[digit] += n * (digit + 1)
            if age >= LOWEST + 10:
                blended[digit] += n * (9 - digit)
    if not blended.sum():
        return 0.0, {}
    shares = 100 * blended / blended.sum()
    return float(np.abs(shares - 10).sum() / 2), {
        str(digit): round(float(each), 3) for digit, each in enumerate(shares)
    }
