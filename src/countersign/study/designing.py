"""Dataset -> Design: what the roles of a data set say about how the sample was drawn."""

from __future__ import annotations

from countersign.errors import EstimationError
from countersign.model.dataset import Dataset
from countersign.model.design import Design
from countersign.model.weights import Weights


def base_of(dataset: Dataset, weights: Weights | None) -> str | None:
    """Return the column of base weights: the one the weights were fitted with, else the role ``weight``, else none."""
    return (weights.base_column if weights else dataset.role("weight")) or None


def design_of(dataset: Dataset) -> Design:
    """Return the sampling design that the roles ``stratum``, ``psu`` and ``fpc`` declare.

    A full enumeration has no sampling variance; every other way in is treated as drawn with replacement within strata
    unless a finite population correction is declared.
    """
    return Design(
        strata=dataset.roles.get("stratum", ()),
        psu=dataset.role("psu"),
        fpc=dataset.role("fpc"),
        enumeration=dataset.selection == "enumeration",
    )


def refuse_nothing(dataset: Dataset) -> None:
    """Refuse to weight, or to estimate from, a data set of which the quality gates left nothing.

    Raises
    ------
    EstimationError: no record is left; it names the gates and how many records each took out.
    """
    import narwhals as nw

    from countersign.tables import aggregate

    if aggregate(dataset.kept(), rows=nw.col("_row").count())["rows"]:
        return
    gates = ", ".join(f"'{gate.name}' ({gate.dropped:,})" for gate in dataset.gates if gate.dropped)
    raise EstimationError(
        f"The quality gates set every record of '{dataset.name}' aside: {gates or 'none is left'}.",
        where=f"data.{dataset.name}.keep",
        expected="at least one record that passes all of them",
        action="look whether this delivery has other units or codes than the study expects; then correct the file, "
        "or the rules under 'keep'",
    )


def refuse_no_weight(dataset: Dataset, base: str) -> None:
    """Refuse base weights that are missing, infinite or below zero; in sums they would count as nothing, or against.

    Raises
    ------
    EstimationError: it says how many rows have none.
    """
    import narwhals as nw

    from countersign.tables import aggregate

    if not base or dataset.codebook.types().get(base) not in ("number", "integer"):
        return
    value = nw.col(base).cast(nw.Float64)
    good = nw.when(value.is_finite() & (value >= 0)).then(nw.lit(1)).otherwise(nw.lit(0))
    found = aggregate(dataset.kept().select(good=good), good=nw.col("good").sum(), rows=nw.len())
    count = int(found["rows"]) - int(found["good"] or 0)
    if count:
        raise EstimationError(
            f"{count:,} rows of {dataset.name} have no base weight '{base}', or one below zero.",
            where=f"data.{dataset.name}.roles",
            expected="a weight of zero or more in every row",
            action=f"complete '{base}', or set these rows aside: keep '{base} >= 0'",
        )
