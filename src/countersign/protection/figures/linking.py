"""Linking: records -> one system of cells and equations, over all indicators whose figures have to do with each other.

What a figure shows are cells: its base n; of a share also the people it counts, x, and those it does not count,
n - x. Three kinds of equations hold between cells: a base is the sum of its parts (n = x + (n - x), or all categories
of a distribution); a domain is the sum of the categories of one more variable; the people of two conditions are those
in both and those in one. Cells that several figures show are one cell, shown while one of these figures is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools
from countersign.model.cells import Floats
from countersign.model.contribution import Nesting, Overlap, Told
from countersign.protection.figures.records import Domain, Record, agree, variables, words

BASE, YES, NO = "all", "counted", "not counted"
DIMENSIONS = ("people", "answer", "group")
EVERYBODY = "everybody who took part"
MANY = 2**31
"""People behind a cell that no rule shall speak of."""
FREE = 1.0
"""Cost of a cell that no figure shows: it is hidden already, but a cost must be above 0."""

Key = tuple[str, str, Domain]
Layers = dict[tuple[str, str], tuple[str, ...]]
"""Indicator and category -> the names of its counts: those counted and, without a category, those not counted."""


@dataclass
class _Cell:
    """A cell while it is made: whether a figure shows it, whether everybody knows it."""

    value: int
    contributors: int
    households: int | None
    cost: float = FREE
    shown: bool = False
    known: bool = False


@dataclass(frozen=True)
class Linked:
    """Cells that have to do with each other.

    Parameters
    ----------
    table: the cells, C of them. shows: record -> the cells it shows, as places. shown: (C,) some figure shows the
    cell; the others are never published. known: (C,) everybody knows the cell: what is left of a total beside all the
    groups that are shown, and how many people took part.
    """

    table: AdditiveTable
    shows: Mapping[str, tuple[int, ...]]
    shown: Bools
    known: Bools


@dataclass
class _System:
    cells: dict[Key, _Cell] = field(default_factory=dict)
    equations: dict[tuple[Key, frozenset[Key]], None] = field(default_factory=dict)
    shows: dict[str, list[Key]] = field(default_factory=lambda: defaultdict(list))


def link(
    records: Sequence[Record],
    *,
    overlaps: Sequence[Overlap] = (),
    nestings: Sequence[Nesting] = (),
    told: Sequence[Told] = (),
    costs: Mapping[str, float] | None = None,
    open_totals: Iterable[str] = (),
) -> list[Linked]:
    """Return the systems of cells behind figures, one for each set of figures that have to do with each other.

    Parameters
    ----------
    records: all figures. overlaps: people in some of several conditions. nestings: variables whose categories are
    parts of those of another. told: numbers of records that other tables of the release tell.
    costs: record -> what it costs to withhold it; default: its units + 1.
    open_totals: universes whose total nobody knows unless a figure shows it, such as those of a condition.
    """
    price = {one.name: float(one.behind.units + 1) for one in records} | dict(costs or {})
    system = _System()
    layers = _layers(records)
    _add_figures(system, records, price, layers)
    _add_overlaps(system, overlaps, {one.of: one.universe for one in records}, layers)
    closed = {one.universe for one in records} - set(open_totals)
    _add_told(system, told, sorted(closed), sorted(open_totals))
    _add_groups(system, nestings, frozenset({*closed, EVERYBODY, *(f"{one}, left out" for one in closed)}))
    return [_finished(system, part) for part in _parts(system)]


# Cells ----------------------------------------------------------------------------------------------------------------


def _add_figures(system: _System, records: Sequence[Record], price: Mapping[str, float], layers: Layers) -> None:
    """Add the cells that figures show, and the equations within a domain."""
    by_domain: dict[tuple[str, str, Domain], list[Record]] = defaultdict(list)
    for one in records:
        by_domain[one.universe, one.of, one.domain].append(one)
    for (universe, of, domain), own in by_domain.items():
        base = (universe, BASE, domain)
        behind = own[0].behind
        cell = _cell(system, base, behind.units, behind.contributors, behind.households)
        cell.shown = True
        parts: list[Key] = []
        for one in own:
            system.shows[one.name].append(base)
            if not one.is_share:
                cell.cost += 2 * price[one.name]
                continue
            x, people = int(one.behind.numerator or 0), one.behind
            if one.category:
                keys = [(universe, layers[of, one.category][0], domain)]
                numbers = [(x, people.numerator_contributors, people.numerator_households)]
            else:
                keys = [(universe, layer, domain) for layer in layers[of, ""]]
                numbers = [
                    (x, people.numerator_contributors, people.numerator_households),
                    (people.units - x, people.remainder_contributors, people.remainder_households),
                ]
            for key, (value, contributors, households) in zip(keys, numbers, strict=True):
                made = _cell(system, key, value, value if contributors is None else contributors, households)
                made.shown = True
                made.cost += 2 * price[one.name] / len(keys)
                system.shows[one.name].append(key)
            # Whoever hides the base must hide every figure on it.
            cell.cost += price[one.name] / len(own)
            parts += keys
        if parts:
            _equate(system, base, parts)


def _layers(records: Sequence[Record]) -> Layers:
    """Name the counts of each indicator and category: two that agree in all domains of one universe are the same."""
    counts: dict[tuple[str, str, str], dict[Domain, int]] = defaultdict(dict)
    rests: dict[tuple[str, str, str], dict[Domain, int]] = defaultdict(dict)
    for one in records:
        if one.behind.numerator is not None:
            counts[one.universe, one.of, one.category][one.domain] = one.behind.numerator
            rests[one.universe, one.of, one.category][one.domain] = one.behind.units - one.behind.numerator
    named: Layers = {}
    known: dict[str, list[tuple[str, dict[Domain, int]]]] = defaultdict(list)
    for (universe, of, category), own in counts.items():
        yes = _alike(known[universe], own, f"{of} {category or YES}")
        if category:
            named[of, category] = (yes,)
        else:
            named[of, ""] = (yes, _alike(known[universe], rests[universe, of, category], f"{of} {NO}"))
    return named


def _alike(known: list[tuple[str, dict[Domain, int]]], own: dict[Domain, int], name: str) -> str:
    for other, numbers in known:
        # Two counts of nobody agree without being the same.
        if any(own.values()) and agree(numbers, own):
            numbers.update(own)
            return other
    known.append((name, dict(own)))
    return name


def _cell(system: _System, key: Key, value: int, contributors: int, households: int | None) -> _Cell:
    found = system.cells.get(key)
    if found is None:
        found = system.cells[key] = _Cell(value, contributors, households)
    return found


def _equate(system: _System, total: Key, parts: Iterable[Key]) -> None:
    """Add the equation of a total and its parts; what is missing is a part that everybody knows."""
    own = frozenset(parts)
    left = system.cells[total].value - sum(system.cells[part].value for part in own)
    if left < 0 or own == {total}:
        return
    if left:
        universe, answer, domain = total
        rest = (universe, f"{answer}, left of {len(system.equations)}", domain)
        _cell(system, rest, left, left, None).known = True
        own |= {rest}
    system.equations[total, own] = None


# Equations between domains --------------------------------------------------------------------------------------------


def _add_told(system: _System, told: Sequence[Told], closed: Sequence[str], opened: Sequence[str]) -> None:
    """Add the records of groups that other tables tell: those behind a figure, and those who gave it no answer."""
    _add_within(system, told)
    for one in told:
        domain = frozenset(one.domain.items())
        whole = (EVERYBODY, BASE, domain)
        _cell(system, whole, one.units, one.units, None).known = one.shown
        for universe in (*closed, *opened):
            part = (universe, BASE, domain)
            if part not in system.cells or system.cells[part].value > one.units:
                continue
            left = (f"{universe}, left out", BASE, domain)
            # Nobody is protected from having it known that some did not answer.
            _cell(system, left, one.units - system.cells[part].value, MANY, None)
            system.equations[whole, frozenset({part, left})] = None


def _add_within(system: _System, told: Sequence[Told]) -> None:
    """Add the domains that are told and no figure is of: as many people as the fullest breakdown within them has."""
    wanted = {frozenset(one.domain.items()) for one in told}
    sizes: dict[tuple[str, Domain], dict[frozenset[str], int]] = defaultdict(lambda: defaultdict(int))
    for kept in {variables(domain) for domain in wanted}:
        for (universe, answer, domain), cell in system.cells.items():
            outer = frozenset(pair for pair in domain if pair[0] in kept)
            if answer == BASE and kept < variables(domain) and outer in wanted:
                sizes[universe, outer][variables(domain)] += cell.value
    for (universe, domain), found in sizes.items():
        size = max(found.values())
        _cell(system, (universe, BASE, domain), size, size, None)


def _add_groups(system: _System, nestings: Sequence[Nesting], closed: frozenset[str]) -> None:
    """Add the equations of domains with the categories of one more variable, or of a nested one.

    Parameters
    ----------
    closed: universes whose total everybody knows, from how many took part.
    """
    layers: dict[tuple[str, str], dict[frozenset[str], list[Domain]]] = defaultdict(lambda: defaultdict(list))
    for universe, answer, domain in system.cells:
        layers[universe, answer][variables(domain)].append(domain)
    for (universe, answer), groups in layers.items():
        nobody: frozenset[str] = frozenset()
        if nobody not in groups and answer == BASE and universe in closed:
            first = next(iter(groups.values()))
            total = (universe, answer, frozenset[tuple[str, str]]())
            size = sum(system.cells[universe, answer, domain].value for domain in first)
            _cell(system, total, size, MANY, None)
            groups[nobody].append(frozenset())
        if answer == BASE and universe in closed and nobody in groups:
            system.cells[universe, answer, frozenset()].known = True
        for outer, inner in steps(groups):
            for whole, parts in _sorted_into(groups[inner], outer).items():
                if (universe, answer, whole) in system.cells:
                    _equate(system, (universe, answer, whole), [(universe, answer, part) for part in parts])
        for nesting in nestings:
            for whole, parts in _nested(groups, nesting):
                if (universe, answer, whole) in system.cells:
                    _equate(system, (universe, answer, whole), [(universe, answer, part) for part in parts])


def steps(groups: Iterable[frozenset[str]]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield breakdowns (outer, inner) where the outer has fewer variables and none of the others lies between them."""
    known = sorted(groups, key=lambda one: (len(one), sorted(one)))
    for inner in known:
        for outer in known:
            if outer < inner and not any(outer < between < inner for between in known):
                yield outer, inner


def _sorted_into(domains: Iterable[Domain], kept: frozenset[str]) -> dict[Domain, list[Domain]]:
    found: dict[Domain, list[Domain]] = defaultdict(list)
    for domain in domains:
        found[frozenset(pair for pair in domain if pair[0] in kept)].append(domain)
    return found


def _nested(
    groups: Mapping[frozenset[str], Sequence[Domain]], nesting: Nesting
) -> Iterator[tuple[Domain, list[Domain]]]:
    for names, domains in groups.items():
        if nesting.inner not in names or nesting.outer in names:
            continue
        found: dict[Domain, list[Domain]] = defaultdict(list)
        for domain in domains:
            own = dict(domain)
            category = nesting.part_of.get(own.pop(nesting.inner))
            if category is not None:
                found[frozenset({**own, nesting.outer: category}.items())].append(domain)
        yield from found.items()


def _add_overlaps(system: _System, overlaps: Sequence[Overlap], universes: Mapping[str, str], layers: Layers) -> None:
    """Add the people in some and not in other conditions: each condition is the sum of those it is met by."""
    parts: dict[Key, dict[Key, None]] = defaultdict(dict)
    for one in overlaps:
        domain, label = frozenset(one.domain.items()), " and ".join(one.indicators)
        others = [name for name in one.family if name not in one.indicators]
        people = f"{label} but not {' nor '.join(others)}" if others else label
        answers = [(BASE, one.behind.units)]
        if one.behind.numerator is not None:
            answers += [(YES, one.behind.numerator), (NO, one.behind.units - one.behind.numerator)]
        keys = [(people, answer, domain) for answer, _ in answers]
        for key, (_, value) in zip(keys, answers, strict=True):
            _cell(system, key, value, value, None)
        if keys[1:]:
            _equate(system, keys[0], keys[1:])
        for name in one.indicators:
            for key, layer in zip(keys, (BASE, *layers.get((name, ""), ())), strict=False):
                if name in universes:
                    parts[universes[name], layer, domain][key] = None
    for total, own in parts.items():
        if total in system.cells:
            _equate(system, total, own)


# Parts that have nothing to do with each other ------------------------------------------------------------------------


def _parts(system: _System) -> list[list[Key]]:
    """Divide the cells into sets between which no equation holds."""
    above: dict[Key, Key] = {key: key for key in system.cells}

    def top(key: Key) -> Key:
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for total, parts in system.equations:
        for part in parts:
            above[top(part)] = top(total)
    for keys in system.shows.values():
        for key in keys[1:]:
            above[top(key)] = top(keys[0])
    found: dict[Key, list[Key]] = defaultdict(list)
    for key in system.cells:
        found[top(key)].append(key)
    return list(found.values())


def _finished(system: _System, keys: list[Key]) -> Linked:
    place = {key: at for at, key in enumerate(keys)}
    cells = [system.cells[key] for key in keys]
    equations = tuple(
        (place[total], tuple(sorted(place[part] for part in parts)))
        for total, parts in system.equations
        if total in place
    )
    households = [cell.households for cell in cells]
    known_households = any(one is not None for one in households)
    table = AdditiveTable(
        dimensions=DIMENSIONS,
        cells=tuple((universe, answer, words(domain)) for universe, answer, domain in keys),
        values=_floats(cell.value for cell in cells),
        contributors=np.array([cell.contributors for cell in cells], dtype=np.int64),
        equations=equations,
        # Whole numbers: a bound can then be rounded up, which ends proofs earlier.
        costs=np.ceil(_floats(cell.cost for cell in cells)),
        # A part whose households nobody counted is never held against their number.
        households=np.array([MANY if one is None else one for one in households]) if known_households else None,
    )
    return Linked(
        table=table,
        shows={name: tuple(place[key] for key in shown) for name, shown in system.shows.items() if shown[0] in place},
        shown=np.array([cell.shown for cell in cells]),
        known=np.array([cell.known for cell in cells]),
    )


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=float)
