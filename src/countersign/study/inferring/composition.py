"""Decomposing a change on plain tables, or from published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from countersign.study.inferring.arguments import verb
from countersign.study.inferring.rows import cells_of, design_from

if TYPE_CHECKING:
    from countersign.estimation.composition import Decomposition
    from countersign.model.estimate import EstimateTable

Figures = Mapping[str, Any]


@verb
def decompose(
    table: Any,
    *,
    period: str,
    part: str,
    value: str,
    weight: str = "",
    strata: str | Sequence[str] = (),
    psu: str = "",
    fpc: str = "",
    lonely: str = "refuse",
    panel: bool = False,
    periods: Sequence[Any] = (),
    one_sided: str = "refuse",
    where: str = "",
    level: float = 0.95,
) -> EstimateTable:
    """Estimate the mean of each period and split each change into another mix of parts and change within them.

    Parameters
    ----------
    table: a Dataset, or anything `countersign.read` opens; one row a record. Rows without `value` do not count.
    period, part: columns. value: an expression, such as ``"amount / grams"``. periods: their order; empty = sorted.
    weight, strata, psu, fpc, lonely: the design, as columns. panel: the same clusters are in all periods.
    one_sided: ``refuse`` or ``mix``: a part that one of two periods lacks. where: condition on the rows.
    level: of the intervals.

    Raises
    ------
    EstimationError: one period only; rows without a period or a part; a part that one of two periods lacks, unless
        `one_sided` is ``mix``; a design that gives no variance.
    """
    from countersign.estimation.composition_of_records import decompose_cells

    design = design_from(strata=strata, psu=psu, fpc=fpc, lonely=lonely)
    cells = cells_of(
        table,
        by=[period, part, *design.strata, design.psu, design.fpc],
        measures={value: value, "(present)": f"({value}) is not missing"},
        weight=weight,
        where=f"({where}) and (({value}) is not missing)" if where else f"({value}) is not missing",
    )
    return decompose_cells(
        cells,
        period=period,
        part=part,
        value=value,
        present="(present)",
        design=design,
        panel=panel,
        periods=periods,
        one_sided=one_sided,
        level=level,
    )


@verb
def decompose_published(
    before: Figures, after: Figures, *, rounding: float = 0.0, one_sided: str = "refuse"
) -> Decomposition:
    """Split the change between two sets of published figures, without records.

    Parameters
    ----------
    before, after: ``{"name": ..., "overall": 7.46, "means": {"legal": 9.69, "illegal": 6.44}}`` and, if known,
        ``"shares": {"legal": 0.31, "illegal": 0.69}``. Shares of two parts follow from the overall figure.
    rounding: unit the means are rounded to, such as 0.01: contributions then have the ends that rounding leaves open.
    one_sided: ``refuse`` or ``mix``: a part that one of the two lacks.

    Raises
    ------
    EstimationError: figures that contradict each other, or do not tell the shares.
    """
    from countersign.errors import EstimationError
    from countersign.estimation.composition import decompose_figures

    known = {"name", "overall", "means", "shares"}
    for called, figures in (("before", before), ("after", after)):
        if set(figures) - known or "means" not in figures:
            raise EstimationError(
                f"The figures hold {', '.join(map(str, figures)) or 'nothing'}.",
                where=called,
                expected="means, and overall or shares",
                action='write {"overall": 7.46, "means": {"legal": 9.69, "illegal": 6.44}}',
            )
    made = [
        (str(figures.get("name", called)), figures.get("overall"), figures["means"], figures.get("shares"))
        for called, figures in (("before", before), ("after", after))
    ]
    return decompose_figures(made[0], made[1], rounding=rounding, one_sided=one_sided)
