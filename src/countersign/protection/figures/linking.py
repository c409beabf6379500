"""Linking: records -> one system of cells and equations, over all indicators whose figures have to do with each other.

What a figure shows are cells: its base n; of a share also the people it counts, x, and those it does not count,
n - x. Three kinds of equations hold between cells: a base is the sum of its parts (n = x + (n - x), or all categories
of a distribution); a domain is the sum of the categories of one more variable; the people of two conditions are those
in both and those in one. Cells that several figures show are one cell, shown while one of these figures is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from countersign.model.additive_table import AdditiveTable, Bools
from countersign.model.cells import Floats
from countersign.model.contribution import Nesting, Overlap, Told
from countersign.protection.figures.records import Domain, Record, Remembered, agree, variables, words
from countersign.protection.figures.remembering import add_before, numbers_before, same_before
from countersign.protection.figures.system import BASE, MANY, NO, YES, Key, Layers, System, named, nested, sorted_into

DIMENSIONS = ("people", "answer", "group")
EVERYBODY = "everybody who took part"


@dataclass(frozen=True)
class Linked:
    """Cells that have to do with each other.

    Parameters
    ----------
    table: the cells, C of them. shows: record -> the cells it shows, as places. shown: (C,) some figure shows the
    cell; the others are never published. known: (C,) everybody knows the cell: what is left of a total beside all the
    groups that are shown, and how many people took part. before: (C,) an earlier release shows the cell.
    open: (C,) no figure shows it, and nobody knows it even if it is 0: a group that several breakdowns divide, or a
    figure that an earlier release withholds, whose number is one that fits. guarded: (C,) figures withheld before that
    are to stay secret.
    """

    table: AdditiveTable
    shows: Mapping[str, tuple[int, ...]]
    shown: Bools
    known: Bools
    before: Bools
    open: Bools
    guarded: Bools


def link(
    records: Sequence[Record],
    *,
    overlaps: Sequence[Overlap] = (),
    nestings: Sequence[Nesting] = (),
    told: Sequence[Told] = (),
    before: Sequence[Sequence[Remembered]] = (),
    guarded: Iterable[str] = (),
    costs: Mapping[str, float] | None = None,
    open_totals: Iterable[str] = (),
) -> list[Linked]:
    """Return the systems of cells behind figures, one for each set of figures that have to do with each other.

    Parameters
    ----------
    records: all figures. overlaps: people in some of several conditions. nestings: variables whose categories are
    parts of those of another. told: numbers of records that other tables of the release tell.
    before: figures of each earlier release of the same people, also of groups that are no longer shown. guarded:
    those of them that are withheld there and that the new figures may not tell.
    costs: record -> what it costs to withhold it; default: its units + 1.
    open_totals: universes whose total nobody knows unless a figure shows it, such as those of a condition.
    """
    price = {one.name: float(one.behind.units + 1) for one in records} | dict(costs or {})
    system = System()
    layers = _layers(records)
    _add_figures(system, records, price, layers)
    _add_overlaps(system, overlaps, {one.of: one.universe for one in records}, layers)
    closed = {one.universe for one in records} - set(open_totals)
    _add_told(system, told, sorted(closed), sorted(open_totals))
    universes = same_before(records, before)
    system.told = numbers_before(before, universes, layers)
    _add_groups(system, nestings, frozenset({*closed, EVERYBODY, *(f"{one}, left out" for one in closed)}))
    new = frozenset(system.cells)
    for release in before:
        add_before(system, release, universes, layers, nestings, new=new, guarded=frozenset(guarded))
    return [_finished(system, part) for part in _parts(system)]


# Cells ----------------------------------------------------------------------------------------------------------------


def _add_figures(system: System, records: Sequence[Record], price: Mapping[str, float], layers: Layers) -> None:
    """Add the cells that figures show, and the equations within a domain."""
    by_domain: dict[tuple[str, str, Domain], list[Record]] = defaultdict(list)
    for one in records:
        by_domain[one.universe, one.of, one.domain].append(one)
    for (universe, of, domain), own in by_domain.items():
        base = (universe, BASE, domain)
        behind = own[0].behind
        cell = system.cell(base, behind.units, behind.contributors, behind.households)
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
                made = system.cell(key, value, value if contributors is None else contributors, households)
                made.shown = True
                made.cost += 2 * price[one.name] / len(keys)
                system.shows[one.name].append(key)
            # Whoever hides the base must hide every figure on it.
            cell.cost += price[one.name] / len(own)
            parts += keys
        if parts:
            system.equate(base, parts)


def _layers(records: Sequence[Record]) -> Layers:
    """Name the counts of each indicator and category: two that agree in all domains of one universe are the same."""
    counts: dict[tuple[str, str, str], dict[Domain, int]] = defaultdict(dict)
    rests: dict[tuple[str, str, str], dict[Domain, int]] = defaultdict(dict)
    for one in records:
        if one.behind.numerator is not None:
            counts[one.universe, one.of, one.category][one.domain] = one.behind.numerator
            rests[one.universe, one.of, one.category][one.domain] = one.behind.units - one.behind.numerator
    found: Layers = {}
    known: dict[str, list[tuple[str, dict[Domain, int]]]] = defaultdict(list)
    for (universe, of, category), own in counts.items():
        numbers = (own, rests[universe, of, category])
        found[of, category] = tuple(
            _alike(known[universe], each, name) for each, name in zip(numbers, named(of, category), strict=False)
        )
    return found


def _alike(known: list[tuple[str, dict[Domain, int]]], own: dict[Domain, int], name: str) -> str:
    for other, numbers in known:
        # Two counts of nobody agree without being the same.
        if any(own.values()) and agree(numbers, own):
            numbers.update(own)
            return other
    known.append((name, dict(own)))
    return name


# Equations between domains --------------------------------------------------------------------------------------------


def _add_told(system: System, told: Sequence[Told], closed: Sequence[str], opened: Sequence[str]) -> None:
    """Add the records of groups that other tables tell: those behind a figure, and those who gave it no answer."""
    _add_within(system, told)
    for one in told:
        domain = frozenset(one.domain.items())
        whole = (EVERYBODY, BASE, domain)
        system.cell(whole, one.units, one.units, None).known = one.shown
        for universe in (*closed, *opened):
            part = (universe, BASE, domain)
            if part not in system.cells or system.cells[part].value > one.units:
                continue
            left = (f"{universe}, left out", BASE, domain)
            # Nobody is protected from having it known that some did not answer.
            system.cell(left, one.units - system.cells[part].value, MANY, None)
            system.equations[whole, frozenset({part, left})] = None


def _add_within(system: System, told: Sequence[Told]) -> None:
    """Add the domains that are told and no figure is of: as many people as the fullest breakdown within them has."""
    wanted = {frozenset(one.domain.items()) for one in told}
    sizes: dict[tuple[str, Domain], dict[frozenset[str], int]] = defaultdict(lambda: defaultdict(int))
    for kept in dict.fromkeys(frozenset(one.domain) for one in told):
        for (universe, answer, domain), cell in system.cells.items():
            outer = frozenset(pair for pair in domain if pair[0] in kept)
            if answer == BASE and kept < variables(domain) and outer in wanted:
                sizes[universe, outer][variables(domain)] += cell.value
    for (universe, domain), found in sizes.items():
        size = max(found.values())
        system.cell((universe, BASE, domain), size, size, None)


def _add_groups(system: System, nestings: Sequence[Nesting], closed: frozenset[str]) -> None:
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
            total = (universe, answer, frozenset[tuple[str, str]]())
            sizes = (sum(system.cells[universe, answer, domain].value for domain in own) for own in groups.values())
            system.cell(total, max(sizes), MANY, None)
            groups[nobody].append(frozenset())
        if answer == BASE and universe in closed and nobody in groups:
            system.cells[universe, answer, frozenset()].known = True
        system.add_shared(universe, answer, groups, nestings)
        for outer, inner in steps(groups):
            for whole, parts in sorted_into(groups[inner], outer).items():
                if (universe, answer, whole) in system.cells:
                    system.equate((universe, answer, whole), [(universe, answer, part) for part in parts])
        for domains in groups.values():
            for whole, parts in nested(domains, groups, nestings):
                if (universe, answer, whole) in system.cells:
                    system.equate((universe, answer, whole), [(universe, answer, part) for part in parts])


def steps(groups: Iterable[frozenset[str]]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield breakdowns (outer, inner) where the outer has fewer variables and none of the others lies between them."""
    known = sorted(groups, key=lambda one: (len(one), sorted(one)))
    for inner in known:
        for outer in known:
            if outer < inner and not any(outer < between < inner for between in known):
                yield outer, inner


def _add_overlaps(system: System, overlaps: Sequence[Overlap], universes: Mapping[str, str], layers: Layers) -> None:
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
            system.cell(key, value, value, None)
        if keys[1:]:
            system.equate(keys[0], keys[1:])
        for name in one.indicators:
            for key, layer in zip(keys, (BASE, *layers.get((name, ""), ())), strict=False):
                if name in universes:
                    parts[universes[name], layer, domain][key] = None
    for total, own in parts.items():
        if total in system.cells:
            system.equate(total, own)


# Parts that have nothing to do with each other ------------------------------------------------------------------------


def _parts(system: System) -> list[list[Key]]:
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


def _finished(system: System, keys: list[Key]) -> Linked:
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
        before=np.array([cell.before for cell in cells]),
        open=np.array([cell.open for cell in cells]),
        guarded=np.array([cell.guarded for cell in cells]),
    )


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=float)
