"""Coarsening: wider categories in the place of narrow ones, before anything is withheld.

A category is made wider in every table of the study or in none: two tables that divide the same people differently give
away, by subtracting, what each of them withholds. The figures of the wider categories are estimated from the same rows
as the others, under the name of a variable that begins with `WIDER`; here it is decided which of them take the place of
the narrow ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from countersign.errors import ProtectionError
from countersign.model.contribution import Contributions, Nesting, Told
from countersign.model.estimate import Estimate, EstimateTable

WIDER = "_wider_"
"""Beginning of the name of a variable that holds the wider categories of another."""

NOTE = "{codes} are put together, so that fewer people have to be withheld."

Wider = Mapping[str, Mapping[str, str]]
"""Variable -> category -> wider category."""


@dataclass(frozen=True)
class Merge:
    """One wider category in the place of narrow ones.

    Parameters
    ----------
    variable: of the study. category: the wider one. codes: those it takes the place of.
    """

    variable: str
    category: str
    codes: tuple[str, ...]


def merges_of(wider: Wider) -> tuple[Merge, ...]:
    """Return every merge that is possible, in the order in which the wider categories are named."""
    found: dict[tuple[str, str], list[str]] = {}
    for variable, codes in wider.items():
        for code, category in codes.items():
            found.setdefault((variable, category), []).append(code)
    return tuple(
        # A code that has the name of the wider category is part of it.
        Merge(variable, category, tuple(dict.fromkeys((*codes, category))))
        for (variable, category), codes in found.items()
    )


def crosses(merge: Merge, nestings: Iterable[Nesting]) -> Nesting | None:
    """Return the nesting that a wider category does not keep to: its parts lie in different regions, say.

    Whoever sees the region, and the districts of it that are left, would have the number of the narrow one.
    """
    for one in nestings:
        if one.inner == merge.variable and len({one.part_of[code] for code in merge.codes if code in one.part_of}) > 1:
            return one
    return None


def refuse_crossing(merges: Iterable[Merge], nestings: Collection[Nesting]) -> None:
    """Refuse wider categories that were decided on and do not keep to what their parts lie in.

    Raises
    ------
    ProtectionError: it names the wider category and the variable that it crosses.
    """
    for merge in merges:
        if (nesting := crosses(merge, nestings)) is not None:
            raise ProtectionError(
                f"The parts of the wider category '{merge.category}' lie in different categories of '{nesting.outer}'. "
                "Who subtracts has the narrow ones.",
                where=f"protection.coarsen.{merge.variable}",
                expected=f"a wider category within one category of '{nesting.outer}'",
                action=f"put together what lies together, or take the breakdowns by '{nesting.outer}' out",
            )


def without_helpers(estimates: EstimateTable) -> EstimateTable:
    """Return the figures of the study itself, without those of wider categories."""
    return replace(estimates, estimates=tuple(one for one in estimates if not _helps(one)))


def merged(estimates: EstimateTable, merges: Collection[Merge]) -> EstimateTable:
    """Return the figures with wider categories in the place of narrow ones.

    Parameters
    ----------
    estimates: those of narrow and of wider categories. merges: the wider categories that are wanted.
    """
    rows = [found for one in estimates if (found := _merged_row(one, merges)) is not None]
    order: dict[tuple[str, tuple[str, ...]], list[Estimate]] = {}
    for one in rows:
        order.setdefault((one.indicator, tuple(one.domain)), []).append(one)
    return replace(estimates, estimates=tuple(one for rows in order.values() for one in rows))


def merged_contributions(
    contributions: Contributions, estimates: EstimateTable, merged_: EstimateTable, merges: Collection[Merge]
) -> Contributions:
    """Return who stands behind the figures once `merged` has put them together.

    Parameters
    ----------
    estimates: the figures before, merged_: and after. merges: the wider categories that were taken. What is told of
        narrow groups beside the figures becomes what is told of the wider ones: anybody can add it up.
    """
    names = {one.figure_id: row.figure_id for one in estimates if (row := _merged_row(one, merges)) is not None}
    domains = [dict(one.domain) for one in merged_]
    return replace(
        contributions,
        figures=tuple(
            replace(one, figure_id=names[one.figure_id]) for one in contributions.figures if one.figure_id in names
        ),
        overlaps=tuple(
            replace(one, domain=domain)
            for one in contributions.overlaps
            if (domain := _merged_domain(one.domain, merges)) is not None and domain in domains
        ),
        nestings=_nestings(contributions.nestings, merges),
        told=_told(contributions.told, merges),
    )


def choose_merges(
    possible: Sequence[Merge],
    unsafe: Callable[[Collection[Merge]], Collection[str]],
    *,
    forced: Iterable[Merge] = (),
) -> tuple[Merge, ...]:
    """Choose the merges that spare figures from being withheld, one after another, in the order given.

    A merge is taken if fewer figures are unsafe with it than without; where nothing is unsafe, none is.

    Parameters
    ----------
    unsafe: merges -> the figures that would be withheld for their own sake. forced: taken in any case.
    """
    chosen = [one for one in possible if one in set(forced)]
    left = len(unsafe(chosen))
    for one in possible:
        if one in chosen or not left:
            continue
        then = len(unsafe([*chosen, one]))
        if then < left:
            chosen.append(one)
            left = then
    return tuple(one for one in possible if one in chosen)


def parts_of(merges: Iterable[Merge]) -> tuple[Nesting, ...]:
    """Return what wider categories are made of, which who has a release with the narrow ones can add up."""
    return tuple(Nesting(one.variable, one.variable, dict.fromkeys(one.codes, one.category)) for one in merges)


def plain_name(text: str) -> str:
    """Return the name of a variable or a figure as the study has it."""
    return text.replace(WIDER, "")


def _helps(figure: Estimate) -> bool:
    return any(name.startswith(WIDER) for name in figure.domain)


def _merged_domain(domain: Mapping[str, str], merges: Collection[Merge]) -> dict[str, str] | None:
    """Return a domain as the study names it; None where another one stands in its place."""
    taken = {(f"{WIDER}{one.variable}", one.category) for one in merges}
    replaced = {(one.variable, code) for one in merges for code in one.codes}
    for pair in domain.items():
        if pair in replaced or (pair[0].startswith(WIDER) and pair not in taken):
            return None
    return {plain_name(name): category for name, category in domain.items()}


def _merged_row(figure: Estimate, merges: Collection[Merge]) -> Estimate | None:
    domain = _merged_domain(figure.domain, merges)
    if domain is None:
        return None
    if not _helps(figure):
        return figure
    codes = {(f"{WIDER}{one.variable}", one.category): one.codes for one in merges}
    notes = [
        NOTE.format(codes=_listed([code for code in codes[pair] if code != pair[1]] or codes[pair]))
        for pair in figure.domain.items()
        if pair in codes
    ]
    return replace(
        figure,
        domain=domain,
        figure_id=plain_name(figure.figure_id),
        note=" ".join([*notes, figure.note]).strip(),
    )


def _told(told: Iterable[Told], merges: Collection[Merge]) -> tuple[Told, ...]:
    wider = {(one.variable, code): one.category for one in merges for code in one.codes}
    found: dict[tuple[tuple[str, str], ...], Told] = {}
    for one in told:
        domain = {name: wider.get((name, code), code) for name, code in one.domain.items()}
        key = tuple(sorted(domain.items()))
        known = found.get(key)
        found[key] = (
            replace(one, domain=domain)
            if known is None
            else replace(known, units=known.units + one.units, shown=known.shown and one.shown)
        )
    return tuple(found.values())


def _listed(codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else f"{', '.join(codes[:-1])} and {codes[-1]}"


def _nestings(nestings: Iterable[Nesting], merges: Collection[Merge]) -> tuple[Nesting, ...]:
    """Return what lies within what once categories are put together: a wider one lies where all of its codes do."""
    wider = {(one.variable, code): one.category for one in merges for code in one.codes}
    found = []
    for one in nestings:
        if one.inner.startswith(WIDER) or one.outer.startswith(WIDER):
            continue
        around: dict[str, set[str]] = {}
        for inner, outer in one.part_of.items():
            inside = wider.get((one.inner, inner), inner)
            around.setdefault(inside, set()).add(wider.get((one.outer, outer), outer))
        part_of = {inner: outers.pop() for inner, outers in around.items() if len(outers) == 1}
        found.append(replace(one, part_of=part_of))
    return tuple(found)
