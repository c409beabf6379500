"""Keying: which columns name a record, and the sums of the secret record keys of groups of records."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from countersign.estimation.figures import _text as text_of
from countersign.model.cells import Integers
from countersign.model.dataset import Dataset
from countersign.model.plan import Plan
from countersign.protection.noise.keys import KEY, MODULUS, key_sum, keyed
from countersign.tables import group


def key_of(condition: nw.Expr) -> nw.Expr:
    """Sum of the record keys where a condition holds: below 2^63 for 2^31 rows."""
    return nw.when(condition).then(nw.col(KEY)).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def keys_added(sums: npt.NDArray[Any] | None, code: Integers, size: int) -> Integers:
    """Add sums of keys up by cells, modulo; -1 where there are none."""
    if sums is None:
        return np.full(size, -1, dtype=np.int64)
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, code, key_sum(sums))
    return total % MODULUS


def ids_of(plan: Plan, dataset: Dataset) -> tuple[str, ...]:
    """Return the columns that name a record, for its secret key.

    Without an id that is the contributor, and without that the place in the file: then the same people have the same
    noise only while the file keeps its order, which the report says.
    """
    own = tuple(dataset.roles.get("id", ()))
    who = plan.protection.contributor
    return own or ((who,) if who and who in dataset.codebook else ("_row",))


def sums_of_keys(plan: Plan, dataset: Dataset, variable: str, secret: bytes) -> dict[str, int]:
    """Return the sum of the record keys of each category of a variable, modulo; rows without an answer are left out."""
    rows = keyed(dataset.kept(), ids_of(plan, dataset), secret)
    found = group(rows, [variable], _k=key_of(nw.lit(value=True)))
    pairs = zip(found[variable].tolist(), key_sum(found["_k"]).tolist(), strict=True)
    return {text_of(category): key for category, key in pairs if category is not None}
