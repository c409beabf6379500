"""Support: categories that only one side has. Nobody can be weighted up to people who are not there.

They are refused. On request the population is restricted to those both sides have, and what is estimated is renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from countersign.errors import WeightingError, nearest
from countersign.model.cells import Cells, Floats
from countersign.model.propensity import Restriction
from countersign.model.reference import Reference, part
from countersign.model.regressors import Term

SHOWN = 8


def supported(
    volunteers: Cells,
    references: Sequence[Reference],
    terms: Sequence[Term],
    *,
    numeric: Sequence[str] = (),
    restrict: bool = False,
) -> tuple[Cells, tuple[Reference, ...], Restriction | None]:
    """Return both sides with the same categories of every term.

    Parameters
    ----------
    restrict: leave out categories that one side lacks; rows of a reference keep their place in the design with a
        weight of zero, because a part of a sample is a domain of it.

    Raises
    ------
    WeightingError: a category that one side lacks, without `restrict`; nobody left; an unknown variable.
    """
    out: list[str] = []
    gone = np.zeros(len(volunteers), dtype=bool)
    lost = [np.zeros(len(reference.cells), dtype=bool) for reference in references]
    for term in terms:
        variables = (term,) if isinstance(term, str) else tuple(term)
        _known(volunteers, variables, "the volunteers")
        for reference in references:
            _known(reference.cells, variables, reference.called)
        if len(variables) == 1 and variables[0] in numeric:
            continue
        name = " x ".join(variables)
        code, levels = volunteers.codes(variables)
        sides = [reference.cells.codes(variables) for reference in references]
        there = [
            {level for place, level in enumerate(known) if weight[place] > 0}
            for (own, known), reference in zip(sides, references, strict=True)
            for weight in [np.bincount(own, reference.cells.weight, len(known))]
        ]
        took_part = set(levels)
        shared = took_part.intersection(*there)
        missing = sorted(set().union(*there) - shared, key=str)
        alone = sorted(took_part - shared, key=str)
        if (missing or alone) and not restrict:
            _refuse(name, missing, alone, took_part, references, sides)
        out += [f"{name}={_told(level)}" for level in sorted({*missing, *alone}, key=str)]
        gone |= np.isin(code, [place for place, level in enumerate(levels) if level not in shared])
        for (own, known), mark in zip(sides, lost, strict=True):
            mark |= np.isin(own, [place for place, level in enumerate(known) if level not in shared])
    if not out:
        return volunteers, tuple(references), None
    if gone.all() or any(mark.all() for mark in lost):
        raise WeightingError(
            "The volunteers and the reference have no combination of categories in common.",
            where="on",
            expected="people of the same kind on both sides",
            action="check that both sides write the categories in the same way",
        )
    whole = sum(reference.size for reference in references)
    left = sum(
        float(reference.cells.weight[mark].sum()) for reference, mark in zip(references, lost, strict=True)
    )  # fmt: skip
    restriction = Restriction(tuple(dict.fromkeys(out)), left / whole, int(volunteers.n[gone].sum()))
    kept = tuple(
        replace(
            reference,
            cells=_emptied(reference.cells, mark),
            replicates=None
            if reference.replicates is None
            else replace(reference.replicates, weight=np.where(mark[:, None], 0.0, reference.replicates.weight)),
        )
        for reference, mark in zip(references, lost, strict=True)
    )
    return part(volunteers, ~gone), kept, restriction


def _emptied(cells: Cells, mark: npt.NDArray[np.bool_]) -> Cells:
    """Take the weight of some cells away: they stay in the design and count as nobody."""

    def empty(moment: Floats) -> Floats:
        return np.where(mark.reshape(-1, *(1,) * (moment.ndim - 1)), 0.0, moment)

    return replace(
        cells,
        weight=empty(cells.weight),
        weight2=empty(cells.weight2),
        first=empty(cells.first),
        cross=empty(cells.cross),
        second=empty(cells.second),
        plain=empty(cells.plain),
    )


def _known(cells: Cells, variables: Sequence[str], called: str) -> None:
    for name in variables:
        if name not in cells.keys:
            raise WeightingError(
                f"The variable '{name}' is not in {called}. {nearest(name, cells.keys)}".strip(),
                where="on",
                expected=f"one of: {', '.join(cells.keys)}",
                action="give it the same name on both sides, or leave it out",
            )
        gone = np.array([value is None or value != value for value in cells.keys[name].tolist()], dtype=bool)
        gone &= cells.weight > 0
        if gone.any():
            raise WeightingError(
                f"{int(cells.n[gone].sum())} rows of {called} have no value of '{name}'.",
                where="on",
                expected="a value in every row",
                action=f"nothing is filled in silently: complete '{name}', or make 'missing' a category",
            )


def _told(level: tuple[object, ...]) -> str:
    return " x ".join(map(str, level))


def _listed(levels: Sequence[tuple[object, ...]]) -> str:
    more = f" and {len(levels) - SHOWN} more" if len(levels) > SHOWN else ""
    return "; ".join(map(_told, levels[:SHOWN])) + more


def _refuse(
    name: str,
    missing: list[tuple[object, ...]],
    alone: list[tuple[object, ...]],
    took_part: set[tuple[object, ...]],
    references: Sequence[Reference],
    sides: Sequence[tuple[npt.NDArray[np.int64], list[tuple[object, ...]]]],
) -> None:
    absent = [level for level in missing if level not in took_part]
    if {_told(level) for level in absent} & {_told(level) for level in alone}:
        problem = f"The categories of {name} are written as numbers on one side and as text on the other."
    elif absent:
        share = 0.0
        for (own, known), reference in zip(sides, references, strict=True):
            weight = np.bincount(own, reference.cells.weight, len(known)) / reference.size
            share += sum(float(weight[known.index(level)]) for level in absent if level in known) / len(references)
        problem = f"None of the volunteers has {name} = {_listed(absent)}, which is {share:.1%} of the population."
    elif alone:
        problem = f"Nobody in the reference has {name} = {_listed(alone)}, but some of the volunteers do."
    else:
        problem = f"The reference samples differ in their categories of {name}: {_listed(missing)}."
    raise WeightingError(
        problem,
        where="on",
        expected=f"the same categories of {name} on both sides: nobody can be weighted up to people who are not there",
        action="merge categories with 'recode', leave the variable out, or choose restrict: then the figures are about "
        "the population without these categories, and are named so",
    )
