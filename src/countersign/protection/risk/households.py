"""Classes and households -> the chance that somebody of a household is recognised, which gives away the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np

from countersign.model.cells import Floats, Integers
from countersign.protection.risk.classes import Classes
from countersign.protection.risk.joining import with_classes

_CERTAIN = -745.0  # the smallest logarithm of a float: a chance of 1 without an infinity


def household_chances(chance: Floats, household: Integers) -> Floats:
    """Return the chance that at least one member of each household is recognised, (households,).

    Parameters
    ----------
    chance: r_i of each record, (n,). household: number of its household from 0 on, (n,).

    Returns
    -------
    1 - prod (1 - r_i) over its members. Source: Hundepool et al., Statistical Disclosure Control (2012), section 3.3.5.
    """
    chances: Floats = -np.expm1(np.bincount(household, weights=_logs(chance)))
    return chances


def household_sums(rows: nw.LazyFrame[Any], classes: Classes, household: str, chances: Sequence[Floats]) -> list[float]:
    """Return the sum over records of the chance of their household, for each model.

    Parameters
    ----------
    chances: by model, of each class, (C,). Households are added up in the engine: as many numbers as households leave
        it.
    """
    from countersign.tables import add_up
    from countersign.tables.collection import as_arrow

    logs = {f"_log{place}": _logs(chance) for place, chance in enumerate(chances)}
    joined = with_classes(rows, classes, logs, keep=[household])
    found = as_arrow(
        add_up(joined, [household], _n=nw.len(), **{name: nw.col(name).sum() for name in logs}).drop(household)
    )
    members = found.column("_n").to_numpy()
    return [math.fsum((members * -np.expm1(found.column(name).to_numpy())).tolist()) for name in logs]


def _logs(chance: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        logs: Floats = np.maximum(np.log1p(-chance), _CERTAIN)
    return logs
