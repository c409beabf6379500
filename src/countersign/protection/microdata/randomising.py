"""PRAM: some answers are drawn anew, with chances that are published, so that expected counts stay what they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import ProtectionError
from countersign.model.cells import Floats, Integers


@dataclass(frozen=True)
class Randomised:
    """Answers after PRAM.

    Parameters
    ----------
    codes: (N,). matrix: chance that answer i is shown as j, (C, C), to be published. changed: rows shown otherwise.
    """

    codes: Integers
    matrix: Floats
    changed: int


def invariant(counts: Integers, *, change: float, moves: Floats | None = None) -> Floats:
    """Return chances of change that leave expected counts as they are.

    Parameters
    ----------
    counts: rows of each answer, t, (C,). change: chance that an answer is drawn anew, a, above 0 and below 1.
    moves: chances P of the first step, (C, C), rows that sum to 1, where not every answer may become every other.

    Returns
    -------
    R, (C, C), with t R = t. Without `moves` R = (1 - a) I + a 1 t' / n: an answer is drawn from all in the data. With
    them R = (1 - a) I + a P Q, where Q_kj = P_jk t_j / sum_i P_ik t_i leads back from what P shows.

    Raises
    ------
    ProtectionError: a chance outside 0 to 1; rows of `moves` that do not sum to 1.

    Source: Kooiman, Willenborg and Gouweleeuw (1997), PRAM: a method for disclosure limitation of microdata.
    """
    if not 0 < change < 1:
        raise ProtectionError(
            "The chance that an answer is drawn anew is not between 0 and 1.",
            where="change",
            expected="a number above 0 and below 1, such as 0.2",
            action="correct it",
        )
    size = len(counts)
    if moves is None:
        drawn = np.tile(counts / counts.sum(), (size, 1))
    else:
        if moves.shape != (size, size) or (moves < 0).any() or not np.allclose(moves.sum(axis=1), 1.0):
            raise ProtectionError(
                "The chances of an answer do not sum to 1.",
                where="moves",
                expected=f"{size} rows of {size} chances from 0 on, each with the sum 1",
                action="correct them",
            )
        shown = moves.T * counts[None, :]
        total = shown.sum(axis=1, keepdims=True)
        back = np.divide(shown, total, out=np.eye(size), where=total > 0)
        drawn = moves @ back
    return (1 - change) * np.eye(size) + change * drawn


def randomise(codes: Integers, matrix: Floats, *, lot: Integers, seed: int | tuple[int, ...]) -> Randomised:
    """Show each answer as another with the chances of its row of the matrix.

    Parameters
    ----------
    codes: answers, (N,), negative for missing: they stay missing. matrix: (C, C).
    lot: order in which chances are dealt, (N,): the same for the same rows in any order.
    seed: secret; whoever knows it and the rows can undo the change.
    """
    order = np.argsort(lot, kind="stable")
    chance = np.empty(len(codes))
    chance[order] = np.random.default_rng(seed).random(len(codes))
    cumulated = np.cumsum(matrix, axis=1)[:, :-1]
    shown = codes.copy()
    for code in range(len(matrix)):
        here = np.flatnonzero(codes == code)
        shown[here] = np.searchsorted(cumulated[code], chance[here], side="right")
    return Randomised(shown, matrix, int((shown != codes).sum()))


def corrected(counts: Floats, matrix: Floats) -> Floats:
    """Return the counts that are expected to lie behind counts of shown answers: the solution x of x R = counts.

    Parameters
    ----------
    counts: (C, ...) rows by shown answer, and by anything else that was not changed. matrix: R, (C, C).
    """
    return np.asarray(np.linalg.solve(matrix.T, counts), dtype=float)
