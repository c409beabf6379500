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
COUNTING = ("proportion", "total")
"""Statistics whose value can tell a number of people."""

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


@dataclass(frozen=True)
class Withheld:
    """A row of an earlier release that shows no number.

    Parameters
    ----------
    name, indicator, group, category: as in `Seen`. is_share: if it was shown, its value would count people.
    """

    name: str
    indicator: str
    group: Group
    is_share: bool
    category: str = ""


@dataclass(frozen=True)
class Recalled:
    """An earlier release as far as it is of the same people: the figures that it shows and those that it withholds."""

    shown: tuple[Seen, ...] = ()
    withheld: tuple[Withheld, ...] = ()


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
    if value is None or statistic not in COUNTING:
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
        group, category, statistic = _meant(plan, row)
        value = float(row["value"]) if row.get("value") else None
        x = counted(statistic, value, n)
        found.append(Seen(row["figure_id"], row["indicator"], group, n, x, True, category))
    return found


def see_withheld(plan: Plan, rows: Iterable[Mapping[str, str]]) -> list[Withheld]:
    """Read the rows of ``estimates.csv`` of an earlier release that are withheld there."""
    found: list[Withheld] = []
    for row in rows:
        if row["status"] == str(Status.SUPPRESSED):
            group, category, statistic = _meant(plan, row)
            is_share = statistic in COUNTING
            found.append(Withheld(row["figure_id"], row["indicator"], group, is_share, category))
    return found


def _meant(plan: Plan, row: Mapping[str, str]) -> tuple[Group, str, str]:
    """Return what a written row is of: its group, the category it counts, and the statistic."""
    indicator = plan.indicators.get(row["indicator"])
    names = {name.removeprefix("by_"): text for name, text in row.items() if name not in _FIXED and text}
    if indicator is None:
        return frozenset(names.items()), "", ""
    if indicator.statistic != "distribution":
        return frozenset(names.items()), "", indicator.statistic
    category = names.pop(indicator.numerator, "")
    return frozenset(names.items()), category, "proportion"


@dataclass
class Known:
    """Cells, equations and what is shown, as a stranger puts them together.

    Parameters
    ----------
    values: cell -> number, also of those he does not see. shown: cells he sees. equations: total and parts.
    certain: cells that are seen whatever is withheld. cells: figure -> its cells. differences: cells of people in one
    condition and not in another. before: cells that earlier releases show. withheld: figure that an earlier release
    withholds -> its cells. open: those of them that this release knows nothing of: `values` lacks them. left: cells
    that are certain because of what this release divides people into. shared: groups that several breakdowns divide
    and no row is of.
    """

    values: dict[Cell, float] = field(default_factory=dict)
    shown: set[Cell] = field(default_factory=set)
    equations: set[tuple[Cell, frozenset[Cell]]] = field(default_factory=set)
    cells: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    differences: set[Cell] = field(default_factory=set)
    certain: set[Cell] = field(default_factory=set)
    before: set[Cell] = field(default_factory=set)
    withheld: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    open: set[Cell] = field(default_factory=set)
    left: set[Cell] = field(default_factory=set)
    shared: set[Cell] = field(default_factory=set)
    summed: set[tuple[Cell, frozenset[Cell]]] = field(default_factory=set)

    def knows(self, cell: Cell) -> bool:
        """There is such a cell, whether its number is known or not."""
        return cell in self.values or cell in self.open


def put_together(
    plan: Plan,
    seen: Sequence[Seen],
    *,
    within: Iterable[tuple[str, str]] = (),
    told: Sequence[Told] = (),
    nestings: Sequence[Nesting] = (),
    recalled: Sequence[Recalled] = (),
) -> Known:
    """Return everything that follows from rows: indicators of the same people share their bases, groups add up.

    Parameters
    ----------
    within: (narrow, wide) indicators alike but for a condition, where the people of one are among those of the other.
    told: numbers of records that other tables of the release tell. nestings: variables whose categories are parts of
    those of another, as everybody knows: districts of regions add up to them. recalled: earlier releases of the same
    people. Each divides people in its own way, so the groups of one add up and not those of two together.
    """
    old_rows = [one for old in recalled for one in old.shown]
    people = _whose([*seen, *old_rows])
    known = Known()
    for one in seen:
        known.cells[one.name] = _add_row(known, people[one.indicator], one)
        if one.shown:
            known.shown.update(known.cells[one.name])
    for narrow, wide in within:
        _add_difference(known, people, seen, narrow, wide)
    _add_within(known, told)
    for one_told in told:
        _add_told(known, one_told, set(people.values()))
    everybody = {people[one.indicator] for one in seen if not _where(plan, one.indicator)}
    _add_everybody(known, {*everybody, TOOK_PART, *(f"{whose}, no answer" for whose in everybody)})
    own = set(known.values)
    before = _add_recalled(known, people, recalled)
    for narrow, wide in within:
        _add_difference(known, people, [*old_rows, *seen], narrow, wide)
    _add_shared(known, nestings)
    for cells in before:
        _add_groups(known, cells, nestings)
    certain = set(known.certain)
    _add_answers(known, ((one.indicator, known.cells[one.name]) for one in seen))
    _add_groups(known, own, nestings)
    known.left = known.certain - certain
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


def _cells(whose: str, one: Seen | Withheld, is_share: bool) -> tuple[Cell, ...]:
    """Return the cells of a row: its base; of a share also those counted and, without a category, those not counted."""
    label = one.category or one.indicator
    answers = [own for own in ("yes", "no") if own == "yes" or not one.category] if is_share else []
    return tuple((whose, what, one.group) for what in ("n", *(f"{one.indicator} {label} {own}" for own in answers)))


def _add_row(known: Known, whose: str, one: Seen) -> tuple[Cell, ...]:
    """Add the numbers of a row; return its cells."""
    cells = _cells(whose, one, one.x is not None)
    numbers = [one.n] if one.x is None else [one.n, one.x, one.n - one.x]
    for cell, number in zip(cells, numbers, strict=False):
        known.values.setdefault(cell, number)
    return cells


def _add_answers(known: Known, rows: Iterable[tuple[str, tuple[Cell, ...]]]) -> None:
    """Add that the answers to an indicator are its base, from the indicator and the cells of each row."""
    answers: dict[tuple[str, Cell], set[Cell]] = defaultdict(set)
    for indicator, (base, *parts) in rows:
        answers[indicator, base] |= set(parts)
    for (_, base), found in answers.items():
        if found:
            _add(known, base, found)


def _add_recalled(known: Known, people: Mapping[str, str], recalled: Sequence[Recalled]) -> list[set[Cell]]:
    """Add earlier releases; return the cells that each divides people into."""
    rows: list[list[tuple[str, tuple[Cell, ...]]]] = []
    for old in recalled:
        rows.append([(one.indicator, _add_row(known, people[one.indicator], one)) for one in old.shown])
        known.before.update(cell for _, cells in rows[-1] for cell in cells)
    for old, own in zip(recalled, rows, strict=True):
        for one in old.withheld:
            cells = _cells(people.get(one.indicator, one.indicator), one, one.is_share)
            known.withheld[one.name] = tuple(dict.fromkeys((*known.withheld.get(one.name, ()), *cells)))
            known.open.update(cell for cell in cells if cell not in known.values)
            own.append((one.indicator, cells))
    for own in rows:
        _add_answers(known, own)
    return [{cell for _, cells in own for cell in cells} for own in rows]


def _add(known: Known, total: Cell, parts: Iterable[Cell]) -> None:
    """Add an equation. What the parts lack of the total is a group of its own that he sees: nobody withheld it."""
    own = frozenset(parts)
    if (total, own) in known.summed:
        return
    known.summed.add((total, own))
    if known.open & {total, *own}:
        known.equations.add((total, own))
        return
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


def _add_within(known: Known, told: Sequence[Told]) -> None:
    """Add groups that are told and no figure is of: they have as many people as the fullest breakdown within them."""
    wanted = {frozenset(one.domain.items()) for one in told}
    sizes: dict[tuple[str, Group], dict[frozenset[str], float]] = defaultdict(lambda: defaultdict(int))
    for variables in {frozenset(name for name, _ in group) for group in wanted}:
        for (whose, what, group), number in known.values.items():
            names = frozenset(name for name, _ in group)
            outer = frozenset(pair for pair in group if pair[0] in variables)
            if what == "n" and variables < names and outer in wanted:
                sizes[whose, outer][names] += number
    for (whose, group), found in sizes.items():
        known.values.setdefault((whose, "n", group), max(found.values()))


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


def _add_everybody(known: Known, everybody: set[str]) -> None:
    """Add how many took part, which reports say: as many as the fullest breakdown has."""
    sizes: dict[str, dict[frozenset[str], float]] = defaultdict(lambda: defaultdict(int))
    for (whose, what, group), number in known.values.items():
        if what == "n" and whose in everybody:
            sizes[whose][frozenset(name for name, _ in group)] += number
    for whose, own in sizes.items():
        total = (whose, "n", frozenset[tuple[str, str]]())
        known.values.setdefault(total, max(own.values()))
        known.shown.add(total)
        known.certain.add(total)


def _add_groups(known: Known, cells: Iterable[Cell], nestings: Sequence[Nesting]) -> None:
    """Add that the groups which a release divides people into add up to wider ones, of this release or another."""
    layers: dict[tuple[str, str], set[Group]] = defaultdict(set)
    for whose, what, group in cells:
        layers[whose, what].add(group)
    breakdowns: dict[tuple[str, str], set[frozenset[str]]] = defaultdict(set)
    for whose, what, group in (*known.values, *known.open):
        breakdowns[whose, what].add(frozenset(name for name, _ in group))
    for (whose, what), groups in layers.items():
        wider = sorted(breakdowns[whose, what], key=sorted)
        sums: dict[tuple[Group, frozenset[str]], set[Cell]] = defaultdict(set)
        for group in groups:
            names = frozenset(name for name, _ in group)
            for form in forms_of(group, nestings):
                for kept in wider:
                    outer = frozenset(pair for pair in form if pair[0] in kept)
                    if len(outer) == len(kept) and outer != group:
                        sums[outer, names].add((whose, what, group))
        for (outer, _), parts in sums.items():
            if known.knows((whose, what, outer)):
                _add(known, (whose, what, outer), parts)


def _add_shared(known: Known, nestings: Sequence[Nesting]) -> None:
    """Add the groups that two breakdowns divide and no row is of: both add up to them.

    They have as many people as the fullest breakdown that has a number for every part; without one, nobody knows.
    """
    layers: dict[tuple[str, str], dict[frozenset[str], list[Group]]] = defaultdict(lambda: defaultdict(list))
    for whose, what, group in dict.fromkeys((*known.values, *known.open)):
        layers[whose, what][frozenset(name for name, _ in group)].append(group)
    for (whose, what), breakdowns in layers.items():
        forms = {names: [(group, forms_of(group, nestings)) for group in own] for names, own in breakdowns.items()}
        for kept in in_common(forms):
            sizes: dict[Group, dict[frozenset[str], set[Group]]] = defaultdict(lambda: defaultdict(set))
            for names, own in forms.items():
                for group, wider in own:
                    for form in wider:
                        outer = frozenset(pair for pair in form if pair[0] in kept)
                        if {name for name, _ in outer} == kept and len(outer) == len(kept):
                            sizes[outer][names].add(group)
            for outer, divisions in sizes.items():
                cell = (whose, what, outer)
                sums = [
                    sum(known.values[whose, what, part] for part in parts)
                    for parts in divisions.values()
                    if all((whose, what, part) in known.values for part in parts)
                ]
                known.shared.add(cell)
                if sums:
                    known.values[cell] = max(sums)
                else:
                    known.open.add(cell)


def in_common(forms: Mapping[frozenset[str], Sequence[tuple[Group, Sequence[Group]]]]) -> list[frozenset[str]]:
    """Return the sets of variables that two breakdowns have in common, and that no breakdown is of."""
    reach = {
        names: {frozenset(name for name, _ in form) for _, wider in own for form in wider}
        for names, own in forms.items()
    }
    while True:
        new = {
            a & b
            for one, first in reach.items()
            for other, second in reach.items()
            if one != other
            for a in first
            for b in second
        } - reach.keys()
        if not new:
            return sorted(reach.keys() - forms.keys(), key=sorted)
        reach |= {names: {names} for names in new}


def forms_of(group: Group, nestings: Sequence[Nesting]) -> list[Group]:
    """Return the group, and those that it lies within because its categories lie within others."""
    found = [group]
    for one in found:  # grows while it is read
        found += [wider for wider in dict.fromkeys(_around(one, nestings)) if wider not in found]
    return found


def _around(group: Group, nestings: Iterable[Nesting]) -> Iterator[Group]:
    """Yield the groups that this one is a part of, because a category of it lies within one of another variable.

    Where a category is part of a wider one of the same variable, that takes its place. Of variables that a group has
    both already, nothing new is said.
    """
    own = dict(group)
    for one in nestings:
        category = one.part_of.get(own.get(one.inner, ""))
        if category is not None and (one.outer, category) not in group:
            yield group - {(one.inner, own[one.inner])} | {(one.outer, category)}
