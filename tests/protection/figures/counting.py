"""A study in a few lines: rows of people -> plan, figures and who stands behind them, counted one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from countersign.model.contribution import Contribution, Contributions
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.plan import IndicatorPlan, Plan
from countersign.model.protection_plan import ProtectionPlan
from countersign.model.source import Source
from countersign.protection.figures.coarsening import WIDER
from countersign.protection.figures.records import Remembered, records_of

Row = Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """A study: its plan, its figures, who stands behind them."""

    plan: Plan
    figures: EstimateTable
    contributions: Contributions


def people(**counts: int) -> list[dict[str, str]]:
    """Return rows: ``people(north_yes=2, south_no=40)`` are 42 people with an area and an answer."""
    return [
        {"area": name.split("_")[0], "answer": name.split("_")[1]}
        for name, count in counts.items()
        for _ in range(count)
    ]


def study(
    rows: Sequence[Row],
    *,
    minimum: int = 3,
    by: Sequence[tuple[str, ...]] = ((), ("area",)),
    indicators: Mapping[str, Callable[[Row], bool | None]] | None = None,
    where: Mapping[str, Callable[[Row], bool]] | None = None,
    distributions: Sequence[str] = (),
    person: str = "",
    **rules: object,
) -> Made:
    """Return the study of these rows.

    Parameters
    ----------
    by: what figures are broken down by. indicators: name -> answer of a row, None if there is none; default: the share
    whose ``answer`` is yes. where: indicator -> condition. distributions: columns. person: column of the contributor.
    """
    asked = {"food": lambda row: row["answer"] == "yes"} if indicators is None else dict(indicators)
    plans = {name: IndicatorPlan(name, "proportion", "answer", where=name if where and name in where else "",
                                 by=tuple(by)) for name in asked}  # fmt: skip
    plans |= {f"all_{name}": IndicatorPlan(f"all_{name}", "distribution", name, by=tuple(by)) for name in distributions}
    figures, behind = [], []
    for name, answer in asked.items():
        own = [row for row in rows if answer(row) is not None and (not where or name not in where or where[name](row))]
        for domain in domains(own, by):
            inside = [row for row in own if belongs(row, domain)]
            yes = [row for row in inside if answer(row)]
            figure, one = _figure(name, domain, inside, yes, person)
            figures.append(figure)
            behind.append(one)
    for name in distributions:
        for category in sorted({row[name] for row in rows}):
            for domain in domains(rows, by):
                inside = [row for row in rows if belongs(row, domain)]
                yes = [row for row in inside if row[name] == category]
                figure, one = _figure(f"all_{name}", domain, inside, yes, person, category=(name, category))
                figures.append(figure)
                behind.append(one)
    protection = ProtectionPlan(minimum_contributors=minimum, **rules)  # type: ignore[arg-type]
    plan = Plan(title={}, data={"rows": Source("rows", "rows.csv", unit="person")}, indicators=plans,
                protection=protection)  # fmt: skip
    return Made(plan, EstimateTable(tuple(figures)), Contributions(tuple(behind)))


def domains(rows: Sequence[Row], by: Sequence[tuple[str, ...]]) -> list[dict[str, str]]:
    """Return the groups that occur."""
    found = []
    for names in by:
        for codes in product(*(sorted({row[name] for row in rows}) for name in names)):
            domain = dict(zip(names, codes, strict=True))
            if any(belongs(row, domain) for row in rows):
                found.append(domain)
    return found


def belongs(row: Row, domain: Mapping[str, str]) -> bool:
    return all(row[name] == code for name, code in domain.items())


def _figure(
    name: str,
    domain: Mapping[str, str],
    inside: Sequence[Row],
    yes: Sequence[Row],
    person: str,
    category: tuple[str, str] | None = None,
) -> tuple[Estimate, Contribution]:
    n, x = len(inside), len(yes)
    share = x / n
    codes = [f"{WIDER}{code}" if of.startswith(WIDER) else code for of, code in domain.items()]
    label = "/".join([f"{name}:{category[1]}" if category else name, *codes])
    figure = Estimate(
        indicator=name, statistic="proportion", domain={**(dict([category]) if category else {}), **domain},
        value=share, standard_error=0.1, lower=share - 0.1, upper=share + 0.1, n=n, method="weighted proportion",
        convention="wilson", n_effective=n / 2, degrees=n - 1.0, design_effect=2.0, flags=("n<30",),
        note="as estimated", raw=share, truth=0.75, figure_id=label,
    )  # fmt: skip

    def different(some: Sequence[Row]) -> int:
        return len({row[person] for row in some}) if person else len(some)

    rest = [row for row in inside if not any(row is other for other in yes)]
    behind = Contribution(
        figure_id=label, universe=f"rows|{name}", units=n, contributors=different(inside), numerator=x,
        numerator_contributors=different(yes), remainder_contributors=different(rest),
    )  # fmt: skip
    return figure, behind


def hidden(table: EstimateTable) -> set[str]:
    """Return the figures that are withheld."""
    return {one.figure_id for one in table if one.status is Status.SUPPRESSED}


def without(made: Made, *names: str) -> EstimateTable:
    """Return the figures with some of them withheld by hand."""
    return replace(
        made.figures, estimates=tuple(one.withheld() if one.figure_id in names else one for one in made.figures)
    )


def written(table: EstimateTable) -> list[dict[str, str]]:
    """Return the rows of estimates.csv as a reader gets them."""
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in table.rows()]


def remembered(made: Made, *names: str, counts: bool = True, shown: bool = True) -> tuple[Remembered, ...]:
    """Return figures of an earlier release, with the people they count or with their bases alone."""
    behind = {one.name: one for one in records_of(made.plan, made.figures, made.contributions)}
    return tuple(
        Remembered(
            name,
            own.of,
            own.domain,
            own.behind.units,
            own.behind.numerator if counts else None,
            category=own.category,
            shown=shown,
        )
        for name, own in ((name, behind[name]) for name in names)
    )


def with_nobody(made: Made, **domain: str) -> Made:
    """Return the study with a group that nobody is in."""
    first = made.figures.estimates[0]
    nobody = replace(first, domain=domain, value=None, standard_error=None, lower=None, upper=None, n=0,
                     status=Status.NO_DATA, figure_id="/".join(["food", *domain.values()]))  # fmt: skip
    return replace(made, figures=replace(made.figures, estimates=(*made.figures.estimates, nobody)))
