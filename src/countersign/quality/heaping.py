"""Heaping (E8): numbers and ages that end in 0 or 5 too often: rounded, guessed or made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np

from countersign.catalogue import threshold
from countersign.model.cells import Floats
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.context import KEPT, Asking, Context, count, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import group

FIRST, LAST = 23, 62  # ages of Whipple's index
LOWEST, HIGHEST = 10, 89  # ages of Myers' index


def last_digits(context: Context) -> Asking:
    """How far the last digits of whole numbers are from coming equally often, for answers with many different values.

    Value: 1/2 sum |p_d - 1/10| over the digits, the share of values that would have to end otherwise. Looked at are
    numbers of two digits or more; an answer with few different values or records (catalogue) is left out, because its
    digits need not be equally frequent.
    """
    least, different = threshold("digits_records").good, threshold("digits_values").good
    age = age_variable(context)
    looked = [
        variable
        for variable in context.answers
        if variable.type in ("integer", "number") and not variable.values and variable.name != age
    ]
    questions: dict[str, nw.Expr] = {}
    for variable in looked:
        size = _size(variable)
        questions[f"distinct {variable.name}"] = nw.when(size >= 10).then(size).n_unique()
        questions[f"broken {variable.name}"] = count((size != size.floor()) & KEPT)
        for digit in range(10):
            questions[f"{digit} {variable.name}"] = count(
                (size >= 10) & (size - 10 * (size / 10).floor() == digit) & KEPT
            )
    if not looked:
        return []
    found = yield questions
    findings = []
    for variable in looked:
        counts = np.array([found[f"{digit} {variable.name}"] for digit in range(10)], dtype=float)
        total = float(counts.sum())
        enough = total >= least and found[f"distinct {variable.name}"] > different
        if enough and not found[f"broken {variable.name}"]:
            findings.append(_digits(variable, counts, total))
    return findings


def _size(variable: Variable) -> nw.Expr:
    return nw.col(variable.name).cast(nw.Float64).abs()


def _digits(variable: Variable, counts: Floats, total: float) -> Finding:
    shares = counts / total
    off = float(np.abs(shares - 0.1).sum() / 2)
    chi2 = float(((counts - total / 10) ** 2 / (total / 10)).sum())
    round_ones = float(shares[0] + shares[5])
    return judged(
        "E8",
        "digit_preference",
        off,
        f"'{variable.name}': {percent(round_ones)} of {number(total)} values end in 0 or 5 (20 % if every digit came "
        f"equally often); {percent(off)} would have to end otherwise.",
        limit="digit_preference",
        subject=variable.name,
        count=round(off * total),
        evidence={
            "values": int(total),
            "shares": {str(digit): round(float(part), 6) for digit, part in enumerate(shares)},
            "chi_square": round(chi2, 3),
            "degrees": 9,
        },
        harshest=State.WARN,
        fix=f"Ask collectors to measure '{variable.name}' and not to round it; say in the report that it is rounded.",
    )


def age_heaping(context: Context) -> Sequence[Finding]:
    """Whipple's index of ages 23 to 62, with Myers' blended index beside it.

    The age is the role ``age``, a variable that claims an item on age of the question bank, or one called *age*.
    """
    name = age_variable(context)
    if not name or not context.schema[name].is_numeric():
        return []
    counts = group(context.dataset.kept().filter(~nw.col(name).is_null()), [name], _n=nw.len())
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
