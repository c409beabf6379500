"""Records: figures and compared answers, each with who stands behind it, in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from countersign.model.contribution import Contribution, Contributions
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Plan

Domain = frozenset[tuple[str, str]]

COMPARED = "compare:"


@dataclass(frozen=True)
class Record:
    """A figure, or a compared answer, and who stands behind it.

    Parameters
    ----------
    name: id of the figure. of: the indicator, or ``compare:ITEM``. universe: whom it is of; records with the same one
    and the same domain have the same base. domain: what it is broken down by. category: of a distribution, else empty.
    behind: who stands behind it.
    """

    name: str
    of: str
    universe: str
    domain: Domain
    behind: Contribution
    category: str = ""

    @property
    def is_share(self) -> bool:
        """Whether it counts some of its base."""
        return self.behind.numerator is not None


@dataclass(frozen=True)
class Remembered:
    """A figure of an earlier release of the same people.

    Parameters
    ----------
    name, of, domain, category: as in `Record`. units: how many people it rests on, None where nothing can be said.
    numerator: how many of them it counts, None where that is not known. shown: it is not withheld there; the numbers
    of one that is are some that fit to all that is shown.
    """

    name: str
    of: str
    domain: Domain
    units: int | None
    numerator: int | None = None
    category: str = ""
    shown: bool = True


def records_of(plan: Plan, estimates: EstimateTable, contributions: Contributions) -> list[Record]:
    """Return a record for each figure that protection looks at, and for each compared answer.

    Records of indicators whose bases are equal in every domain both have get the same universe: who knows one base
    knows the other.
    """
    behind = contributions.by_figure()
    found: list[Record] = []
    for one in estimates:
        if one.figure_id not in behind or one.indicator in contributions.exempt:
            continue
        indicator = plan.indicators.get(one.indicator)
        domain, category = dict(one.domain), ""
        if indicator is not None and indicator.statistic == "distribution":
            category = domain.pop(indicator.numerator, "")
        own = behind[one.figure_id]
        found.append(
            Record(one.figure_id, one.indicator, own.universe, frozenset(domain.items()), own, category=category)
        )
    for compared in contributions.compared:
        item, _, category = compared.figure_id.removeprefix(COMPARED).partition(":")
        found.append(
            Record(compared.figure_id, f"{COMPARED}{item}", compared.universe, frozenset(), compared, category=category)
        )
    return same_people(found)


def same_people(records: Sequence[Record]) -> list[Record]:
    """Give the same universe to records whose bases agree wherever they can be compared.

    Two universes are the same if they have a domain in common and the same number of units in all that are.
    """
    sizes: dict[str, dict[Domain, int]] = {}
    for one in records:
        sizes.setdefault(one.universe, {})[one.domain] = one.behind.units
    named: dict[str, str] = {}
    merged: dict[str, dict[Domain, int]] = {}
    for universe, own in sizes.items():
        named[universe] = next((name for name, known in merged.items() if agree(known, own)), universe)
        merged.setdefault(named[universe], {}).update(own)
    return [replace(one, universe=named[one.universe]) for one in records]


def agree(first: Mapping[Domain, int], second: Mapping[Domain, int]) -> bool:
    """Whether two numberings have a domain in common and differ in none."""
    both = first.keys() & second.keys()
    return bool(both) and all(first[domain] == second[domain] for domain in both)


def variables(domain: Domain) -> frozenset[str]:
    """Return what a domain is broken down by."""
    return frozenset(name for name, _ in domain)


def words(domain: Domain) -> str:
    """Return a domain in words: ``region=North, sex=female``; ``all`` for everybody."""
    return ", ".join(f"{name}={category}" for name, category in sorted(domain)) or "all"
