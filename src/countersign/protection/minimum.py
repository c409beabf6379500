"""The rule of the minimum: no figure from fewer contributors than a limit, and none that subtraction would give away.

What is withheld stays in the table as a row that says so: *exists, not shown* is neither zero nor missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from countersign.errors import StudyError
from countersign.model.estimate import Estimate, EstimateTable, Status

TOO_FEW = "Withheld to protect people: fewer than {minimum} contributors stand behind this figure."
BY_SUBTRACTION = (
    "Withheld to protect people: together with the others this figure would give away one that is withheld."
)
WHAT_IT_DOES = (
    "Figures from fewer than {minimum} contributors are withheld ({few}), and so are those that would give one of them"
    " away by a single subtraction within a table ({more})."
)
WHAT_IT_DOES_NOT = (
    "This first version does not yet search for attacks that combine several tables or indicators, nor for answers that"
    " everybody in a group shares. Ask the statistical office before you publish tables that overlap."
)


def default_minimum() -> int:
    """Return the limit to start from (catalogue, list ``protection``)."""
    from countersign.catalogue import Threshold, load

    entry = load("protection")["minimum_contributors"]
    assert isinstance(entry, Threshold)
    return int(entry.good)


def withhold(table: EstimateTable, *, minimum: int) -> EstimateTable:
    """Return the table without the figures that rest on too few contributors.

    Parameters
    ----------
    minimum: a figure from n contributors is withheld if 0 < n < `minimum`. 0 and 1 withhold nothing and return the
        table as it is. Figures from nobody stay what they are: there is nobody to protect.

    Returns
    -------
    The same rows in the same order. A withheld one has the status *suppressed* and has lost its value, standard error,
    interval, n, effective n, degrees of freedom, design effect, flags, unweighted and true value, its fan and its
    plausible range; its note says why.

    Notes
    -----
    A second figure is withheld where one alone could be found by subtraction. A total and its categories form an
    equation; an equation with one open cell needs a second. The one from the fewest contributors is taken, the total
    only if no category is left; repeated until no equation has one open cell. The total of all counts as known even
    where the table does not show it, for reports say how many records there are. Equations are those within one
    indicator, period and area: every category of a variable against the total over that variable, for one or several
    variables at once. Attacks over several tables are the matter of an audit that a later version brings.

    Raises
    ------
    StudyError: `minimum` is negative.

    Source: minimum frequency rule and secondary suppression, Hundepool et al., Statistical Disclosure Control (2012).
    """
    if minimum < 0:
        raise StudyError(
            "The minimum of contributors is negative.",
            where="protection.minimum_contributors",
            expected="a whole number, 0 to withhold nothing",
        )
    if minimum <= 1:
        return table
    figures = table.estimates
    few = {
        place
        for place, figure in enumerate(figures)
        if 0 < figure.n < minimum and figure.status is not Status.SUPPRESSED
    }
    already = {place for place, figure in enumerate(figures) if figure.status is Status.SUPPRESSED}
    more = _complements(figures, few | already)
    notes = {place: TOO_FEW.format(minimum=minimum) for place in few} | dict.fromkeys(more, BY_SUBTRACTION)
    return replace(
        table,
        estimates=tuple(
            _emptied(figure, notes[place]) if place in notes else figure for place, figure in enumerate(figures)
        ),
        notes=(
            *table.notes,
            WHAT_IT_DOES.format(minimum=minimum, few=len(few), more=len(more)),
            WHAT_IT_DOES_NOT,
        ),
    )


def _emptied(figure: Estimate, note: str) -> Estimate:
    return replace(
        figure,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        n=0,
        n_effective=None,
        degrees=None,
        design_effect=None,
        raw=None,
        truth=None,
        flags=(),
        fan=None,
        plausible=None,
        selection=None,
        tipping=None,
        status=Status.SUPPRESSED,
        note=note,
    )


def _complements(figures: tuple[Estimate, ...], open_cells: set[int]) -> set[int]:
    """Return the places of the figures to be withheld in addition to those in `open_cells`."""
    equations = list(_equations(figures))
    added: set[int] = set()
    changed = True
    while changed:
        changed = False
        for total, categories in equations:
            cells = categories if total is None else [*categories, total]
            hidden = open_cells | added
            if sum(cell in hidden for cell in cells) != 1:
                continue
            candidates = [cell for cell in cells if cell not in hidden and figures[cell].n > 0]
            if candidates:
                added.add(min(candidates, key=lambda cell: (cell == total, figures[cell].n, cell)))
                changed = True
    return added


def _equations(figures: Iterable[Estimate]) -> Iterator[tuple[int | None, list[int]]]:
    """Yield (total, its categories), as places in the table; None for the total of all where the table lacks it."""
    tables: dict[tuple[str, ...], dict[tuple[str, ...], dict[tuple[str, ...], int]]] = {}
    for place, figure in enumerate(figures):
        table = (figure.indicator, figure.statistic, figure.series, figure.unit, figure.time, figure.area)
        variables = tuple(sorted(figure.domain))
        categories = tuple(figure.domain[name] for name in variables)
        tables.setdefault(table, {}).setdefault(variables, {})[categories] = place
    for margins in tables.values():
        for variables, cells in margins.items():
            for size in range(len(variables)):
                for kept in combinations(range(len(variables)), size):
                    outer = margins.get(tuple(variables[i] for i in kept))
                    if outer is None and kept:
                        continue
                    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
                    for categories, place in cells.items():
                        groups[tuple(categories[i] for i in kept)].append(place)
                    for group, places in groups.items():
                        yield (outer or {}).get(group), places
