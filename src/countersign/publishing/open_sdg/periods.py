"""The year of a figure: from the period of the study or of the indicator, or from the year it is broken down by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from countersign.errors import ReleaseError
from countersign.model.estimate import Estimate
from countersign.model.plan import Plan

_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d|21\d\d)(?!\d)")
_YEARS = re.compile(r"\s*\d{4}(\s*\D{1,5}\s*\d{4})*\s*")


def year_variable(plan: Plan, estimates: Iterable[Estimate]) -> str:
    """Return the variable that figures are broken down by and that holds years, or an empty string.

    It is one named year, one that holds the day of the record, or one that the study derives as the year of that day;
    and all its categories are years. The year of a birth is none.
    """
    values: dict[str, set[str]] = {}
    for one in estimates:
        for name, code in one.domain.items():
            values.setdefault(name, set()).add(str(code))
    times = {name for source in plan.data.values() for name in source.roles.get("time", ())}
    derived = {
        name
        for source in plan.data.values()
        for name, expression in source.derive.items()
        if any(expression.replace(" ", "") == f"year({time})" for time in times)
    }
    for name, codes in values.items():
        named = name.casefold() in ("year", "period") or name in times or name in derived
        if named and all(_YEARS.fullmatch(code) and _YEAR.search(code) for code in codes):
            return name
    return ""


def period(estimate: Estimate, *, variable: str) -> tuple[int, str]:
    """Return the year of a figure and its whole period where that is more than the year or less.

    The year of a longer period is its last. The period is that of the variable, else that of the figure.

    Raises
    ------
    ReleaseError: nothing says of which year the figure is.
    """
    text = str(estimate.domain[variable]) if variable in estimate.domain else estimate.time
    years = _YEAR.findall(text)
    if not years:
        raise ReleaseError(
            f"Nothing says of which year the figure '{estimate.figure_id or estimate.indicator}' is.",
            where="population.period",
            expected="a year, such as `period: 2025` or `period: {from: 2024, to: 2025}`",
            action="state the period of the study, or of the indicator under `time`",
        )
    last = max(years)
    return int(last), "" if text.strip() == last else text.strip()
