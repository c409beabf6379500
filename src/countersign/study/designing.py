"""Dataset -> Design: what the roles of a data set say about how the sample was drawn."""

from __future__ import annotations

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
