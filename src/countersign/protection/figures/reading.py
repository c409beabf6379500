"""Reading: published figures as a stranger reads them -> cells and equations. It knows nothing of how they were chosen.

A stranger sees rows: indicator, group, value, n. Where a share is shown he is taken to know how many people it counts,
also where it is weighted: who knows the weights does. What he does not see he calls a cell without a number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from countersign.model.contribution import Nesting, Told
from countersign.model.estimate import CSV_AFTER, CSV_BEFORE, CSV_LIMITS, CSV_PLAUSIBLE, Estimate, EstimateTable, Status
from countersign.model.plan import Plan

Group = frozenset[tuple[str, str]]
Cell = tuple[str, str, Group]
"""Whose (a set of people), what (``n``, or an indicator's count), group."""

NEAR = 1e-6
TOOK_PART = "all who took part"
_FIXED = {*CSV_BEFORE, *CSV_AFTER, *CSV_PLAUSIBLE, *CSV_LIMITS}


@dataclass(frozen=True)
class Seen:
    """One row as read.

    Parameters
    ----------
    name: id of the figure. indicator, group, category: what it is of; category of a distribution. n: people behind it,
    x: people a share counts, None where nobody could tell. shown: it is not withheld.
    """

    name: str
    indicator: str
    group: Group
    n: int
    x: int | None
    shown: bool
    category: str = ""


def see(plan: Plan, before: EstimateTable, published: EstimateTable) -> list[Seen]:
    """Read the rows that are published, with the numbers of the withheld ones, which the stranger does not see.

    Figures without anybody behind them, and those of a magnitude, whose sums have a table of their own, count as bases.
    """
    return [
        Seen(
            name=now.figure_id,
            indicator=now.indicator,
            group=frozenset(pair for pair in now.domain.items() if pair[0] != _question(plan, now)),
            n=then.n,
            x=counted(then.statistic, then.raw, then.n),
            shown=now.status is not Status.SUPPRESSED,
            category=now.domain.get(_question(plan, now), ""),
        )
        for then, now in zip(before, published, strict=True)
        if then.n and then.status is not Status.SUPPRESSED
    ]


def counted(statistic: str, value: float | None, n: int) -> int | None:
    """Return how many people a share counts, or a total that can be a number of people; None where it tells of none."""
    if value is None or statistic not in ("proportion", "total"):
        return None
    count = value * n if statistic == "proportion" else value
    near = abs(count - round(count)) <= NEAR * max(1.0, n) and 0 <= round(count) <= n
    return round(count) if near else None


def _question(plan: Plan, figure: Estimate) -> str:
    indicator = plan.indicators.get(figure.indicator)
    return indicator.numerator if indicator is not None and indicator.statistic == "distribution" else ""


def see_rows(plan: Plan, rows: Iterable[Mapping[str, str]]) -> list[Seen]:
    """Read ``estimates.csv`` of an earlier release; withheld figures and those from nobody are left out.

    A weighted share tells no number of people: only what it rests on is read.
    """
    found: list[Seen] = []
    for row in rows:
        if not row.get("n") or row["status"] == str(Status.SUPPRESSED):
            continue
        n = round(float(row["n"]))
        if not n:
            continue
        indicator = plan.indicators.get(row["indicator"])
        names = {name.removeprefix("by_"): text for name, text in row.items() if name not in _FIXED and text}
        category = ""
        statistic = indicator.statistic if indicator is not None else ""
        if indicator is not None and statistic == "distribution":
            category, statistic = names.pop(indicator.numerator, ""), "proportion"
        value = float(row["value"]) if row.get("value") else None
        found.append(
            Seen(
                row["figure_id"], row["indicator"], frozenset(names.items()), n, counted(statistic, value, n), True,
                category,
            )
        )  # fmt: skip
    return found


@dataclass
class Known:
    """Cells, equations and what is shown, as a stranger puts them together.

    Parameters
    ----------
    values: cell -> number, also of those he does not see. shown: cells he sees. equations: total and parts.
    certain: cells that are seen whatever is withheld. cells: figure -> its cells. differences: cells of people in one
    condition and not in another.
    """

    values: dict[Cell, int] = field(default_factory=dict)
    shown: set[Cell] = field(default_factory=set)
    equations: set[tuple[Cell, frozenset[Cell]]] = field(default_factory=set)
    cells: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    differences: set[Cell] = field(default_factory=set)
    certain: set[Cell] = field(default_factory=set)


def put_together(
    plan: Plan,
    seen: Sequence[Seen],
    *,
    within: Iterable[tuple[str, str]] = (),
    told: Sequence[Told] = (),
    nestings: Sequence[Nesting] = (),
) -> Known:
    """Return everything that follows from rows: indicators of the same people share their bases, groups add up.

    Parameters
    ----------
    within: (narrow, wide) indicators alike but for a condition, where the people of one are among those of the other.
    told: numbers of records that other tables of the release tell. nestings: variables whose categories are parts of
    those of another, as everybody knows: districts of regions add up to them.
    """
    people = _whose(seen)
    known = Known()
    answers: dict[Cell, set[Cell]] = defaultdict(set)
    for one in seen:
        base = (people[one.indicator], "n", one.group)
        own = [(base, one.n)]
        if one.x is not None:
            label = one.category or one.indicator
            own.append(((people[one.indicator], f"{one.indicator} {label} yes", one.group), one.x))
            if not one.category:
                own.append(((people[one.indicator], f"{one.indicator} {label} no", one.group), one.n - one.x))
            answers[people[one.indicator], one.indicator, one.group] |= {cell for cell, _ in own[1:]}
        for cell, value in own:
            known.values[cell] = value
            if one.shown:
                known.shown.add(cell)
        known.cells[one.name] = tuple(cell for cell, _ in own)
    for (whose, _, group), parts in answers.items():
        _add(known, (whose, "n", group), parts)
    for narrow, wide in within:
        _add_difference(known, people, seen, narrow, wide)
    everybody = {people[one.indicator] for one in seen if not _where(plan, one.indicator)}
    for one_told in told:
        _add_told(known, one_told, set(people.values()))
    _add_groups(known, {*everybody, TOOK_PART, *(f"{whose}, no answer" for whose in everybody)}, nestings)
    return known


def _where(plan: Plan, indicator: str) -> str:
    found = plan.indicators.get(indicator)
    return found.where if found is not None else ""


def _whose(seen: Sequence[Seen]) -> dict[str, str]:
    """Name the people of each indicator: those whose bases never differ are the same."""
    bases: dict[str, dict[Group, int]] = defaultdict(dict)
    for one in seen:
        bases[one.indicator][one.group] = one.n
    names: dict[str, str] = {}
    for indicator, own in bases.items():
        for other in names:
            both = [group for group in own if group in bases[other]]
            if both and all(own[group] == bases[other][group] for group in both):
                names[indicator] = names[other]
                break
        else:
            names[indicator] = indicator
    return names


def _add(known: Known, total: Cell, parts: Iterable[Cell]) -> None:
    """Add an equation. What the parts lack of the total is a group of its own that he sees: nobody withheld it."""
    own = frozenset(parts)
    left = known.values[total] - sum(known.values[part] for part in own)
    if left < 0:
        return
    if left:
        rest = (total[0], f"{total[1]} without {len(known.equations)}", total[2])
        known.values[rest] = left
        known.shown.add(rest)
        known.certain.add(rest)
        own |= {rest}
    known.equations.add((total, own))


def _add_told(known: Known, told: Told, people: Iterable[str]) -> None:
    """Add a group that another table tells of: it is those behind a figure and those without an answer."""
    group = frozenset(told.domain.items())
    whole = (TOOK_PART, "n", group)
    known.values[whole] = told.units
    if told.shown:
        known.shown.add(whole)
        known.certain.add(whole)
    for whose in sorted(people):
        part = (whose, "n", group)
        if part in known.values and known.values[part] <= told.units:
            rest = (f"{whose}, no answer", "n", group)
            known.values[rest] = told.units - known.values[part]
            known.equations.add((whole, frozenset({part, rest})))


def _add_difference(known: Known, people: Mapping[str, str], seen: Sequence[Seen], narrow: str, wide: str) -> None:
    """Add the people of one indicator who are not among those of another: whoever subtracts has them."""
    inside = {one.group: one for one in seen if one.indicator == narrow and not one.category}
    for one in seen:
        other = inside.get(one.group)
        if one.indicator != wide or one.category or other is None:
            continue
        pairs = [("n", "n", one.n, other.n)]
        if one.x is not None and other.x is not None:
            pairs += [
                (f"{wide} {wide} yes", f"{narrow} {narrow} yes", one.x, other.x),
                (f"{wide} {wide} no", f"{narrow} {narrow} no", one.n - one.x, other.n - other.x),
            ]
        for whole, part, all_, some in pairs:
            total, inner = (people[wide], whole, one.group), (people[narrow], part, one.group)
            if all_ < some or total == inner:
                continue
            cell = (f"{wide} without {narrow}", whole, one.group)
            known.values[cell] = all_ - some
            known.differences.add(cell)
            known.equations.add((total, frozenset({inner, cell})))


def _add_groups(known: Known, everybody: set[str], nestings: Sequence[Nesting]) -> None:
    layers: dict[tuple[str, str], set[Group]] = defaultdict(set)
    for whose, what, group in known.values:
        layers[whose, what].add(group)
    for (whose, what), groups in layers.items():
        if what == "n" and whose in everybody:
            # Reports say how many took part.
            sizes: dict[frozenset[str], int] = defaultdict(int)
            for group in groups:
                sizes[frozenset(name for name, _ in group)] += known.values[whose, what, group]
            total = (whose, what, frozenset[tuple[str, str]]())
            known.values.setdefault(total, max(sizes.values()))
            known.shown.add(total)
            known.certain.add(total)
            groups.add(frozenset())
        sums: dict[tuple[Group, frozenset[str]], set[Cell]] = defaultdict(set)
        for group in groups:
            names = frozenset(name for name, _ in group)
            for name, category in group:
                sums[group - {(name, category)}, names].add((whose, what, group))
            if names:
                sums[frozenset(), names].add((whose, what, group))
            for outer in _around(group, nestings):
                sums[outer, names].add((whose, what, group))
        for (outer, _), parts in sums.items():
            if outer in groups:
                _add(known, (whose, what, outer), parts)


def _around(group: Group, nestings: Iterable[Nesting]) -> Iterator[Group]:
    """Yield the groups that this one is a part of, because a category of it lies within one of another variable."""
    own = dict(group)
    for one in nestings:
        category = one.part_of.get(own.get(one.inner, ""))
        if category is not None and one.outer not in own:
            yield group - {(one.inner, own[one.inner])} | {(one.outer, category)}
