"""Matching: each unit of the reference sample gets the answers of the k volunteers nearest to it.

Done between distinct covariate cells, never between rows: all volunteers of a cell stand at the same distance. Ties are
the rule with categorical variables, and an answer that depends on the order of the file is no answer. So the donors
strictly nearer than the k-th count 1/k each, and all donors tied at the k-th distance share what is left equally: the
mean over all ways to break the tie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.searching import TIE, Points, search
from countersign.estimation.sample import sums
from countersign.model.cells import Cells, Floats, Integers
from countersign.model.regressors import Term, regress_on

if TYPE_CHECKING:
    import numpy.typing as npt

FEW = 24
"""Categories, over all variables, up to which they become coordinates beside numbers, so that a tree can search."""


@dataclass(frozen=True)
class Matches:
    """Which volunteers answer for which cells of the reference sample.

    Parameters
    ----------
    shares: sparse (U, J): part of the imputed value of recipient cell u that comes from donor cell j; rows add up to 1.
    distance: of the k-th nearest donor, (U,). tied: donors at that distance, (U,). k: donors asked for.
    """

    shares: Any
    distance: Floats
    tied: Floats
    k: int


def nearest(recipients: Points, donors: Points, count: Floats, *, k: int) -> Matches:
    """Find the k nearest donors of each recipient cell.

    Parameters
    ----------
    recipients: U cells. donors: J cells. count: volunteers with an answer in each donor cell, (J,).

    Notes
    -----
    Distance: root of the sum over variables of squared differences of standardised numbers and of 1 for each category
    that differs (heterogeneous Euclidean-overlap metric, Wilson and Martinez 1997). The choice of a reference
    category has no part in it.

    Raises
    ------
    EstimationError: k is no whole number above zero; fewer than k volunteers answered.
    """
    from scipy.sparse import csr_array

    there = np.flatnonzero(count > 0)
    if k < 1 or k != int(k):
        raise EstimationError("k must be a whole number of at least 1.", where="k", expected="such as k=5")
    if count[there].sum() < k:
        raise EstimationError(
            f"{int(count[there].sum())} volunteers answered, fewer than the {k} nearest that are asked for.",
            where="k",
            expected="at least k answers",
            action="ask for a smaller k",
        )
    donors = Points(donors.codes[there], donors.numbers[there])
    if donors.codes.shape[1] + donors.numbers.shape[1] == 0:
        raise EstimationError(
            "Nobody is near or far without a variable to compare people by.",
            where="on",
            expected="at least one variable",
        )
    recipients, donors = _unfolded(recipients, donors)
    row, column, gap, radius = search(recipients, donors, count[there], k)
    margin = TIE * np.maximum(1.0, radius[row])
    near = gap < radius[row] - margin
    held = count[there][column]
    nearer = sums(row, held * near, len(recipients))
    tied = sums(row, held * ~near, len(recipients))
    share = np.where(near, held / k, held * ((k - nearer) / (k * tied))[row])
    shares = csr_array((share, (row, there[column])), shape=(len(recipients), len(count)))
    return Matches(shares, radius, tied, k)


def _unfolded(recipients: Points, donors: Points) -> tuple[Points, Points]:
    """Turn few categories beside numbers into coordinates: two that differ are 1 apart. Many stay codes."""
    levels = [
        int(max(one.max(), other.max())) + 1 for one, other in zip(recipients.codes.T, donors.codes.T, strict=True)
    ]
    if not levels or not donors.numbers.shape[1] or sum(levels) > FEW:
        return recipients, donors
    places = [(f, level) for f, size in enumerate(levels) for level in range(size)]

    def made(held: Points) -> Points:
        corners = [(held.codes[:, f] == level) * np.sqrt(0.5) for f, level in places]
        return Points(np.zeros((len(held), 0), dtype=np.int64), np.column_stack([*corners, held.numbers]))

    return made(recipients), made(donors)


def stand(
    recipients: Cells, donors: Cells, terms: Sequence[Term], *, numeric: Sequence[str] = (), names: Sequence[str] = ()
) -> tuple[Points, Points]:
    """Put the cells of both samples into one space.

    Parameters
    ----------
    recipients, donors: cells; keys hold the variables of `terms`. numeric: those used as numbers; the standard
        deviation in the reference sample, by its weights, is their unit.

    Raises
    ------
    EstimationError: what `regress_on` refuses: unknown or missing values, categories that only one side has.
    """
    regress_on([donors, recipients], terms, names=list(reversed(names)), numeric=numeric)
    variables = list(dict.fromkeys(v for term in terms for v in ((term,) if isinstance(term, str) else term)))
    factors = [name for name in variables if name not in numeric]
    sides: list[list[npt.NDArray[Any]]] = [[], []]
    for name in factors:
        (one, levels), (other, theirs) = recipients.coded(name), donors.coded(name)
        place = {level: number for number, level in enumerate(levels)}
        sides[0].append(one)
        sides[1].append(np.array([place[level] for level in theirs], dtype=np.int64)[other])
    numbers: list[list[Floats]] = [[], []]
    for name in (name for name in variables if name in numeric):
        asked, given = recipients.keys[name].astype(float), donors.keys[name].astype(float)
        unit = spread(asked, recipients.weight) or spread(given, donors.n) or 1.0
        numbers[0].append(asked / unit)
        numbers[1].append(given / unit)
    return tuple(  # type: ignore[return-value]
        Points(
            np.column_stack(own) if own else np.zeros((len(sample), 0), dtype=np.int64),
            np.column_stack(value) if value else np.zeros((len(sample), 0)),
        )
        for own, value, sample in zip(sides, numbers, (recipients, donors), strict=True)
    )


def spread(value: Floats, weight: Floats | Integers) -> float:
    """Weighted standard deviation."""
    mean = float(weight @ value / weight.sum())
    found = float(np.sqrt(weight @ (value - mean) ** 2 / weight.sum()))
    return found if found > TIE * max(abs(mean), 1e-300) else 0.0
