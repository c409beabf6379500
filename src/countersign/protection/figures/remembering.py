"""Remembering: figures of an earlier release -> cells in the system of the new ones.

Those it shows are known; of those it withholds nobody knows the number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from countersign.model.contribution import Nesting
from countersign.protection.figures.records import Domain, Record, Remembered, agree, variables
from countersign.protection.figures.system import BASE, MANY, Key, Layers, System, named, nested, sorted_into


def same_before(records: Sequence[Record], before: Sequence[Sequence[Remembered]]) -> dict[str, str]:
    """Return indicator -> whom it is of, also those that only earlier releases have, if they are of the same people."""
    found = {one.of: one.universe for one in records}
    sizes: dict[str, dict[Domain, int]] = defaultdict(dict)
    for record in records:
        sizes[record.universe][record.domain] = record.behind.units
    gone: dict[str, dict[Domain, int]] = defaultdict(dict)
    for one in (one for release in before for one in release):
        if one.of not in found and one.units is not None and one.shown:
            gone[one.of][one.domain] = one.units
    for of, own in gone.items():
        universe = next((name for name, known in sizes.items() if agree(known, own)), None)
        if universe is not None:
            found[of] = universe
            sizes[universe].update(own)
    return found


def numbers_before(
    before: Sequence[Sequence[Remembered]], universes: Mapping[str, str], layers: Layers
) -> dict[Key, int]:
    """Return the numbers that earlier releases show, of each cell."""
    return {
        (universes[one.of], answer, one.domain): number
        for release in before
        for one in release
        if one.shown and one.of in universes
        for answer, number in _numbers(one, layers).items()
    }


def _numbers(one: Remembered, layers: Layers) -> dict[str, int]:
    """Return how many people a figure rests on and, where that is known, how many it counts and does not count."""
    if one.units is None:
        return {}
    if one.numerator is None:
        return {BASE: one.units}
    answers = layers.get((one.of, one.category), named(one.of, one.category))
    return {BASE: one.units, **dict(zip(answers, (one.numerator, one.units - one.numerator), strict=False))}


def add_before(
    system: System,
    release: Sequence[Remembered],
    universes: Mapping[str, str],
    layers: Layers,
    nestings: Sequence[Nesting],
    *,
    new: Collection[Key],
    guarded: Collection[str],
) -> None:
    """Add what an earlier release shows. It divides people in its own way, so its groups add up among themselves."""
    own: dict[tuple[str, str], dict[frozenset[str], list[Domain]]] = defaultdict(lambda: defaultdict(list))
    answers: dict[tuple[str, Key], list[Key]] = defaultdict(list)
    gaps = any(one.units is None for one in release)
    for one in release:
        if one.of not in universes:
            continue
        universe = universes[one.of]
        for answer, number in _numbers(one, layers).items():
            key = (universe, answer, one.domain)
            cell = system.cell(key, number, MANY, None)
            cell.before |= one.shown and cell.value == number
            cell.open |= not one.shown and key not in new
            cell.guarded |= not one.shown and key not in new and one.name in guarded
            own[universe, answer][variables(one.domain)].append(one.domain)
            if answer != BASE:
                answers[one.of, (universe, BASE, one.domain)].append(key)
    for (_, base), parts in answers.items():
        if {base, *parts} - set(new):
            system.equate(base, parts, gaps=gaps)
    for (universe, answer), groups in own.items():
        _add_groups(system, (universe, answer), groups, new, nestings, gaps=gaps)


def _add_groups(
    system: System,
    of: tuple[str, str],
    groups: Mapping[frozenset[str], Sequence[Domain]],
    new: Collection[Key],
    nestings: Sequence[Nesting],
    *,
    gaps: bool,
) -> None:
    """Add that groups of an earlier release add up to wider ones, and those of the new one to them."""
    there: dict[frozenset[str], list[Domain]] = defaultdict(list)
    own: dict[frozenset[str], list[Domain]] = defaultdict(list)
    for universe, answer, domain in system.cells:
        if (universe, answer) == of:
            there[variables(domain)].append(domain)
            if (*of, domain) in new:
                own[variables(domain)].append(domain)
    system.add_shared(*of, there, nestings)
    sums = [(pair, gaps) for domains in groups.values() for pair in _wider(domains, there, nestings)]
    sums += [(pair, False) for domains in own.values() for pair in _wider(domains, there, nestings)]
    for (whole, parts), unsure in sums:
        keys = [(*of, part) for part in parts]
        if (*of, whole) in system.cells and {(*of, whole), *keys} - set(new):
            system.equate((*of, whole), keys, gaps=unsure)


def _wider(
    domains: Sequence[Domain], breakdowns: Iterable[frozenset[str]], nestings: Sequence[Nesting]
) -> Iterator[tuple[Domain, list[Domain]]]:
    """Yield the domains of other breakdowns with those of one breakdown that lie within them."""
    known = list(breakdowns)
    names = variables(domains[0])
    for outer in known:
        if outer < names:
            yield from sorted_into(domains, outer).items()
    yield from nested(domains, known, nestings)
