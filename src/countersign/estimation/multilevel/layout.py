"""The columns of a multilevel model: fixed ones, and one for every category of every grouping factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from countersign.errors import EstimationError, nearest
from countersign.estimation.multilevel.arrowhead import Parts, part_columns
from countersign.model.cells import Cells, _order
from countersign.model.regressors import Regressors, Term, regress_on

SHOWN = 8


@dataclass(frozen=True)
class Layout:
    """Columns for the volunteers' cells and for the census cells, the same in both.

    Parameters
    ----------
    fixed: number of fixed columns, which come first. groups: name of each grouping factor, ``region``,
        ``age x region``. levels: its categories, in sorted order. starts: where its columns begin.
    volunteers, census: the columns for the cells of each. unseen: for each grouping factor the number of categories
        nobody answered from.
    """

    fixed: int
    groups: tuple[str, ...]
    levels: tuple[tuple[tuple[object, ...], ...], ...]
    starts: tuple[int, ...]
    volunteers: Regressors
    census: Regressors
    unseen: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of columns."""
        return self.volunteers.size

    def block(self, k: int) -> slice:
        """Columns of the k-th grouping factor."""
        return slice(self.starts[k], self.starts[k] + len(self.levels[k]))

    @property
    def blocks(self) -> list[slice]:
        """Columns of each grouping factor."""
        return [self.block(k) for k in range(len(self.groups))]

    @cached_property
    def volunteers_in_parts(self) -> Parts:
        """Columns of the volunteers' cells, the largest grouping factor apart."""
        return part_columns(self.volunteers, self.blocks)

    @cached_property
    def census_in_parts(self) -> Parts:
        """Columns of the census cells, the largest grouping factor apart."""
        return part_columns(self.census, self.blocks)


def layout(
    volunteers: Cells, census: Cells, *, groups: Sequence[Term], on: Sequence[Term] = (), numeric: Sequence[str] = ()
) -> Layout:
    """Lay out the columns.

    Parameters
    ----------
    volunteers, census: cells whose keys hold all variables. groups: factors whose categories vary around 0 with a
        common variance; a tuple crosses variables. on: fixed terms, with an intercept. numeric: those of `on` that are
        numbers.

    Raises
    ------
    EstimationError: a variable that is not there; a missing value; a category the volunteers have and the census lacks;
        a fixed category that only one side has.
    """
    called = ("the volunteers", "the census")
    if not groups:
        raise EstimationError(
            "A multilevel model needs at least one grouping factor.",
            where="groups",
            expected="the variables whose categories borrow strength from each other, such as region or age group",
            action="name them in 'groups'",
        )
    base = regress_on([volunteers, census], on, names=called, numeric=numeric)
    fixed = base[0].size
    columns = list(base[0].columns)
    codes = [list(part.codes) for part in base]
    names, levels, starts, unseen = [], [], [], []
    for term in groups:
        variables = (term,) if isinstance(term, str) else tuple(term)
        for cells, name in zip((volunteers, census), called, strict=True):
            _complete(cells, variables, name)
        own, answered = volunteers.codes(variables)
        all_, known = census.codes(variables)
        strangers = [level for level in answered if level not in set(known)]
        label = " x ".join(variables)
        if strangers:
            told = "; ".join(" x ".join(map(str, level)) for level in strangers[:SHOWN])
            more = f" and {len(strangers) - SHOWN} more" if len(strangers) > SHOWN else ""
            raise EstimationError(
                f"The census has nobody with {label} = {told}{more}, but volunteers come from there.",
                where="groups",
                expected="the same spelling on both sides, and volunteers from the population only",
                action="recode the names, or leave these volunteers out with a condition",
            )
        every = tuple(sorted(known, key=lambda level: tuple(_order(part) for part in level)))
        start = len(columns)
        place = {level: start + number for number, level in enumerate(every)}
        codes[0].append(np.array([place[level] for level in answered], dtype=np.int64)[own])
        codes[1].append(np.array([place[level] for level in known], dtype=np.int64)[all_])
        columns += [
            " x ".join(f"{name}={part}" for name, part in zip(variables, level, strict=True)) for level in every
        ]
        names.append(label)
        levels.append(every)
        starts.append(start)
        unseen.append(len(every) - len(answered))
    made = [Regressors(tuple(columns), tuple(held), part.numbers) for held, part in zip(codes, base, strict=True)]
    return Layout(fixed, tuple(names), tuple(levels), tuple(starts), made[0], made[1], tuple(unseen))


def _complete(cells: Cells, variables: Sequence[str], called: str) -> None:
    for name in variables:
        if name not in cells.keys:
            raise EstimationError(
                f"The variable '{name}' is not in {called}. {nearest(name, cells.keys)}".strip(),
                where="groups",
                expected=f"one of: {', '.join(cells.keys)}",
                action="give it the same name on both sides",
            )
        gone = np.array([value is None or value != value for value in cells.keys[name].tolist()], dtype=bool)
        if gone.any():
            raise EstimationError(
                f"{int(cells.n[gone].sum())} rows of {called} have no value of '{name}'.",
                where="groups",
                expected="a value in every row",
                action=f"complete '{name}', or make 'missing' a category on both sides",
            )
