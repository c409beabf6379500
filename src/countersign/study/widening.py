"""Widening: a study with figures of wider categories beside those it asks for, so that these can take their place.

`protection.coarsen` names wider categories, `protection.pool` puts periods together. Both become variables beside the
study's own; their figures are estimated from the same rows, with the same weights and the same variance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from countersign.errors import StudyError, nearest
from countersign.model.dataset import Dataset, Variable
from countersign.model.estimate import EstimateTable
from countersign.model.plan import Plan
from countersign.protection.figures.coarsening import WIDER, Wider, without_helpers
from countersign.protection.figures.pooling import pooled

if TYPE_CHECKING:
    import narwhals as nw

Where = Callable[..., str]


@dataclass(frozen=True)
class Widened:
    """A study with wider categories beside its own.

    Parameters
    ----------
    plan, datasets: with one more variable for each that has wider categories, and the breakdowns by it.
    wider: variable -> category -> wider category; empty where the study names none.
    """

    plan: Plan
    datasets: Mapping[str, Dataset]
    wider: Wider

    @property
    def parts(self) -> tuple[Plan, Mapping[str, Dataset]]:
        """Plan and data sets."""
        return self.plan, self.datasets

    @property
    def main(self) -> Dataset:
        """The first data source."""
        return self.datasets[self.plan.main.name]

    def own(self, figures: EstimateTable) -> EstimateTable:
        """Return the figures that the study itself asks for."""
        return without_helpers(figures)


def widen(plan: Plan, datasets: Mapping[str, Dataset], *, where: Where) -> Widened:
    """Return the study with wider categories beside its own; as it is where it names none.

    Raises
    ------
    StudyError: a variable under `coarsen` or `pool` is no column of any data, or no figure is broken down by it.
    """
    rules = plan.protection
    if not rules.coarsen and rules.pool is None:
        return Widened(plan, datasets, {})
    wider = {name: _climbed(codes) for name, codes in rules.coarsen.items()}
    keys = {name: ("protection", "coarsen", name) for name in wider}
    if rules.pool is not None:
        name, size = rules.pool
        keys.setdefault(name, ("protection", "pool", "variable"))
        periods = {period for one in datasets.values() for period in _categories(one, name)}
        wider[name] = {**pooled(periods, size), **wider.get(name, {})}
    for name, key in keys.items():
        _refuse_unknown(name, plan, datasets, where=where(*key))
    made = {source: _with_wider(one, wider) for source, one in datasets.items()}
    indicators = {
        name: replace(one, by=tuple(dict.fromkeys(more for by in one.by for more in _breakdowns(by, wider))))
        for name, one in plan.indicators.items()
    }
    return Widened(replace(plan, indicators=indicators), made, wider)


def _climbed(codes: Mapping[str, str]) -> dict[str, str]:
    """Follow a wider category that is itself part of a wider one, up to the last that is not in a circle."""
    found = {}
    for code in codes:
        seen = [code]
        while (above := codes.get(seen[-1])) is not None and above not in seen:
            seen.append(above)
        found[code] = seen[-1]
    return found


def _breakdowns(by: tuple[str, ...], wider: Wider) -> list[tuple[str, ...]]:
    """Return a breakdown with each of its variables as it is and, where there is one, in its wider form."""
    choices = [[name, f"{WIDER}{name}"] if name in wider else [name] for name in by]
    return [tuple(chosen) for chosen in product(*choices)]


def _with_wider(dataset: Dataset, wider: Wider) -> Dataset:
    own = {name: codes for name, codes in wider.items() if name in dataset.codebook and codes}
    if not own:
        return dataset
    columns = {f"{WIDER}{name}": _recoded(dataset, name, codes) for name, codes in own.items()}
    variables = {
        f"{WIDER}{name}": Variable(f"{WIDER}{name}", "category", label=dataset.codebook[name].label) for name in own
    }
    return replace(dataset, table=dataset.table.with_columns(**columns), codebook=dataset.codebook.extended(variables))


def _recoded(dataset: Dataset, name: str, codes: Mapping[str, str]) -> nw.Expr:
    import narwhals as nw

    kind = dataset.table.collect_schema()[name]
    column = nw.col(name)
    text = column.cast(nw.Int64).cast(nw.String) if kind.is_float() else column.cast(nw.String)
    found: nw.Expr = text
    groups: dict[str, list[str]] = {}
    for code, category in codes.items():
        groups.setdefault(category, []).append(code)
    for category, members in groups.items():
        found = nw.when(text.is_in(members)).then(nw.lit(category)).otherwise(found)
    return found


def _categories(dataset: Dataset, name: str) -> list[str]:
    from countersign.tables import group

    if name not in dataset.codebook:
        return []
    import narwhals as nw

    found = group(dataset.kept(), [name], _n=nw.len())[name].tolist()
    return [
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        for value in found
        if value is not None
    ]


def _refuse_unknown(name: str, plan: Plan, datasets: Mapping[str, Dataset], *, where: str) -> None:
    known = [column for one in datasets.values() for column in one.codebook.names]
    if name not in known:
        raise StudyError(
            f"'{name}' is not a column of the data. {nearest(name, known)}".strip(),
            where=where,
            expected="a variable that figures are broken down by",
            action="correct the name",
        )
    asked = {variable for one in plan.indicators.values() for by in one.by for variable in by}
    if name not in asked:
        hint = nearest(name, asked)
        raise StudyError(
            f"No figure is broken down by '{name}', so nothing of it can be put together. {hint}".strip(),
            where=where,
            expected="a variable under 'by' of an indicator",
            action="correct the name, or take the line out",
        )
