"""System: cells that have to do with each other while they are put together, and the equations between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from countersign.model.contribution import Nesting
from countersign.protection.figures.records import Domain, variables

BASE, YES, NO = "all", "counted", "not counted"
MANY = 2**31
"""People behind a cell that no rule shall speak of."""
FREE = 1.0
"""Cost of a cell that no figure shows: it is hidden already, but a cost must be above 0."""

Key = tuple[str, str, Domain]
Layers = dict[tuple[str, str], tuple[str, ...]]
"""Indicator and category -> the names of its counts: those counted and, without a category, those not counted."""


@dataclass
class Cell:
    """A cell while it is made: how many it counts, from how many contributors and households, and what hiding it costs.

    Parameters
    ----------
    shown: a figure shows it. known: everybody knows it. before, open, guarded: see `Linked`.
    """

    value: int
    contributors: int
    households: int | None
    cost: float = FREE
    shown: bool = False
    known: bool = False
    before: bool = False
    open: bool = False
    guarded: bool = False


@dataclass
class System:
    """Cells and equations, record -> the cells it shows, and a total and its parts -> the cell of what they leave.

    Parameters
    ----------
    told: cell -> the number that an earlier release shows.
    """

    cells: dict[Key, Cell] = field(default_factory=dict)
    equations: dict[tuple[Key, frozenset[Key]], None] = field(default_factory=dict)
    shows: dict[str, list[Key]] = field(default_factory=lambda: defaultdict(list))
    rests: dict[tuple[Key, frozenset[Key]], Key] = field(default_factory=dict)
    told: Mapping[Key, int] = field(default_factory=dict)

    def cell(self, key: Key, value: int, contributors: int, households: int | None) -> Cell:
        """Return the cell; it is made where there is none."""
        found = self.cells.get(key)
        if found is None:
            found = self.cells[key] = Cell(value, contributors, households)
        return found

    def add_shared(
        self, universe: str, answer: str, groups: dict[frozenset[str], list[Domain]], nestings: Sequence[Nesting]
    ) -> None:
        """Add the domains that several breakdowns divide and no figure shows, to the cells and to the breakdowns.

        They have as many people as the fullest breakdown, or as an earlier release tells.
        """
        for names, domains in shared(groups, nestings).items():
            for domain, divisions in domains.items():
                key = (universe, answer, domain)
                sizes = [sum(self.cells[universe, answer, part].value for part in parts) for parts in divisions]
                self.cell(key, max(*sizes, self.told.get(key, 0)), MANY, None).open = True
                groups[names].append(domain)

    def equate(self, total: Key, parts: Iterable[Key], *, gaps: bool = False) -> None:
        """Add the equation of a total and its parts.

        What is missing is a part that everybody knows, unless there are gaps: parts that nobody knows. Where several
        releases say the same, it is one part.
        """
        own = frozenset(parts)
        left = self.cells[total].value - sum(self.cells[part].value for part in own)
        if left < 0 or own == {total}:
            return
        if left:
            universe, answer, domain = total
            rest = (universe, f"{answer}, left of {len(self.equations)}", domain)
            rest = self.rests.setdefault((total, own), rest)
            self.cell(rest, left, MANY, None).known |= not gaps
            own |= {rest}
        self.equations[total, own] = None


def named(of: str, category: str) -> tuple[str, ...]:
    """Return the names of the counts of an indicator: those counted and, without a category, those not counted."""
    return (f"{of} {category}",) if category else (f"{of} {YES}", f"{of} {NO}")


def sorted_into(domains: Iterable[Domain], kept: frozenset[str]) -> dict[Domain, list[Domain]]:
    """Return the wider domains, of the variables that are kept, with those that lie within each."""
    found: dict[Domain, list[Domain]] = defaultdict(list)
    for domain in domains:
        found[frozenset(pair for pair in domain if pair[0] in kept)].append(domain)
    return found


def shared(
    groups: Mapping[frozenset[str], Iterable[Domain]], nestings: Sequence[Nesting]
) -> dict[frozenset[str], dict[Domain, list[list[Domain]]]]:
    """Return the breakdowns that two of others have in common and that none of them is.

    Districts by sex and regions by age are both divisions of the regions: who has both can hold one against the other.

    Returns
    -------
    Breakdown -> its domains -> the domains that lie within each, for every breakdown that divides it.
    """
    forms = {names: [(own, [own, *_widened(own, nestings)]) for own in domains] for names, domains in groups.items()}
    reach = {names: {variables(form) for _, own in found for form in own} for names, found in forms.items()}
    common = list(groups)
    for one in common:  # grows while it is read
        for other in list(common):
            if one != other:
                new = {a & b for a in reach.get(one, {one}) for b in reach.get(other, {other})}
                common += sorted(new.difference(common), key=_in_order)
    found: dict[frozenset[str], dict[Domain, list[list[Domain]]]] = {}
    for kept in common:
        if kept not in groups:
            parts: dict[Domain, dict[frozenset[str], dict[Domain, None]]] = defaultdict(lambda: defaultdict(dict))
            for names, own in forms.items():
                for domain, wider in own:
                    for form in wider:
                        whole = frozenset(pair for pair in form if pair[0] in kept)
                        if variables(whole) == kept:
                            parts[whole][names][domain] = None
            found[kept] = {whole: [list(each) for each in own.values()] for whole, own in parts.items()}
    return found


def _in_order(names: frozenset[str]) -> tuple[int, list[str]]:
    return len(names), sorted(names)


def nested(
    domains: Iterable[Domain], breakdowns: Iterable[frozenset[str]], nestings: Sequence[Nesting]
) -> Iterator[tuple[Domain, list[Domain]]]:
    """Yield the wider domains, of some breakdowns, in which domains lie because categories lie in those of another.

    Districts by sex lie in the regions they are of, by sex and alone. A wider category may be of the same variable.
    """
    known = list(breakdowns)
    found: dict[Domain, dict[Domain, None]] = defaultdict(dict)
    for domain in domains:
        for form in _widened(domain, nestings):
            for kept in known:
                whole = frozenset(pair for pair in form if pair[0] in kept)
                if variables(whole) == kept and not whole <= domain:
                    found[whole][domain] = None
    for whole, parts in found.items():
        yield whole, list(parts)


def _widened(domain: Domain, nestings: Sequence[Nesting]) -> list[Domain]:
    """Return the domains in which one lies, from the nearest on; none where it has the other variable already."""
    found = [domain]
    for one in found:  # grows while it is read
        own = dict(one)
        for nesting in nestings:
            rest = {name: category for name, category in own.items() if name != nesting.inner}
            if nesting.inner not in own or own[nesting.inner] not in nesting.part_of or nesting.outer in rest:
                continue
            wider = frozenset({**rest, nesting.outer: nesting.part_of[own[nesting.inner]]}.items())
            if wider not in found:
                found.append(wider)
    return found[1:]
