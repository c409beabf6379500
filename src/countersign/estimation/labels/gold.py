"""Gold: shares of labels corrected by what is known of the labels' errors from tasks with a known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.interval import interval
from countersign.model.cells import Floats
from countersign.model.estimate import Estimate, EstimateTable
from countersign.model.tabular import Tabular

USES = ("errors", "meaning")
METHODS = {
    "errors": "inverse of the matrix of errors (Rogan and Gladen 1978, several classes)",
    "meaning": "share of each truth among the labels (double sampling, Tenenbein 1970)",
}
ASSUMPTIONS = {
    "errors": "labels err as often, given the truth, as on the tasks with a known truth",
    "meaning": "tasks with a known truth are a random part of these tasks",
}


@dataclass(frozen=True)
class GoldMatrix(Tabular):
    """Tasks by label given and truth, (K, K), for K classes in `classes`."""

    classes: tuple[str, ...]
    counts: Floats

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each truth and label, with the probability of the label given the truth, and back."""
        by_truth, by_label = self.counts.sum(0), self.counts.sum(1)
        return [
            {
                "truth": truth,
                "label": label,
                "tasks": round(float(self.counts[i, j])),
                "label_given_truth": float(self.counts[i, j] / by_truth[j]) if by_truth[j] else None,
                "truth_given_label": float(self.counts[i, j] / by_label[i]) if by_label[i] else None,
            }
            for j, truth in enumerate(self.classes)
            for i, label in enumerate(self.classes)
        ]


def correct_shares(
    labels: Mapping[str, float],
    gold: Mapping[tuple[str, str], float],
    *,
    n: float | None = None,
    using: str = "errors",
    level: float = 0.95,
) -> EstimateTable:
    """Correct the shares of labels with a gold standard.

    With t the shares of labels, M the probabilities of a label given the truth (columns sum to 1), m_j the tasks of
    truth j in the gold standard, and C the probabilities of the truth given the label, c_i the gold tasks of label i::

        errors   p = M^-1 t,   V = M^-1 [V_t + sum_j p_j^2 (diag(M_j) - M_j M_j') / m_j] M^-1'
        meaning  p = C t,      V = C V_t C' + sum_i t_i^2 (diag(C_i) - C_i C_i') / (c_i - 1)

    V_t = (diag(t) - t t') / n. For two classes `errors` is (t + specificity - 1) / (sensitivity + specificity - 1) with
    the standard error of Rogan and Gladen.

    Parameters
    ----------
    labels: label -> weighted number (or number) of tasks. gold: (label, truth) -> tasks.
    n: effective number of labelled tasks, where they are weighted; None = the sum of `labels`.
    using: ``errors``, if the gold standard is of other tasks (only the errors carry over); ``meaning``, if it is a
        random part of these tasks: more precise, and never outside 0 to 1.

    Returns
    -------
    A figure ``share/CLASS`` each; `raw` is the share of the label.

    Raises
    ------
    EstimationError: a class without a gold task; labels that tell nothing about the truth; a corrected share outside 0
        to 1, which is not cut off.

    Notes
    -----
    Rogan and Gladen (1978), American J. of Epidemiology 107; Tenenbein (1970), JASA 65; Buonaccorsi (2010).
    """
    if using not in USES:
        raise EstimationError(f"There is no way '{using}' to use gold.", where="using", expected=", ".join(USES))
    classes = tuple(dict.fromkeys((*labels, *(name for pair in gold for name in pair))))
    matrix = GoldMatrix(
        classes, np.array([[gold.get((label, truth), 0.0) for truth in classes] for label in classes], dtype=float)
    )
    given = np.array([labels.get(name, 0.0) for name in classes], dtype=float)
    if given.sum() <= 0:
        raise EstimationError("There are no labels to correct.", where="labels")
    t, size = given / given.sum(), float(given.sum() if n is None else n)
    spread = (np.diag(t) - np.outer(t, t)) / size
    p, V = (_by_errors if using == "errors" else _by_meaning)(matrix, t, spread)
    if (p < -1e-9).any() or (p > 1 + 1e-9).any():
        worst = int(np.argmin(p))
        raise EstimationError(
            f"The corrected share of '{classes[worst]}' is {p[worst]:.1%}. It is not cut off at 0, because the rest"
            " would then be wrong too.",
            where="gold",
            expected="errors that can explain the shares of labels",
            action="collect more gold tasks, merge rare classes, or use using='meaning' if gold is a random part",
        )
    p = p.clip(0.0, 1.0)
    se = np.sqrt(np.diag(V).clip(min=0))
    total = float(matrix.counts.sum())
    figures = []
    for j, name in enumerate(classes):
        found = interval(
            "logit" if se[j] > 0 else "korn-graubard", value=p[j], se=se[j], n=total, degrees=total - 1, level=level
        )
        figures.append(
            Estimate(
                indicator=f"share of {name}",
                statistic="proportion",
                domain={},
                value=float(p[j]),
                standard_error=float(se[j]),
                lower=found.lower,
                upper=found.upper,
                n=round(float(given.sum())),
                degrees=total - 1,
                method=METHODS[using],
                convention=found.convention,
                level=level,
                assumption=ASSUMPTIONS[using],
                note=f"{total:g} gold tasks",
                raw=float(t[j]),
                figure_id=f"share/{name}",
            )
        )
    return EstimateTable(tuple(figures), title="Shares corrected with a gold standard")


def _by_errors(matrix: GoldMatrix, t: Floats, spread: Floats) -> tuple[Floats, Floats]:
    m = matrix.counts.sum(0)
    if (m == 0).any():
        name = matrix.classes[int(np.flatnonzero(m == 0)[0])]
        raise EstimationError(
            f"No gold task is truly '{name}', so how it is labelled is not known.",
            where="gold",
            expected="gold tasks of every class",
            action="collect some, or merge the class with another on both sides",
        )
    M = matrix.counts / m
    if np.linalg.cond(M) > 1e8:
        raise EstimationError(
            "The labels do not tell the classes apart: given the truth, two classes are labelled alike.",
            where="gold",
            expected="labels that depend on the truth (for two classes: sensitivity + specificity above 1)",
            action="train the people who label, or merge these classes",
        )
    back = np.linalg.inv(M)
    p = back @ t
    inner = spread.copy()
    for j, size in enumerate(m):
        inner += p[j] ** 2 * (np.diag(M[:, j]) - np.outer(M[:, j], M[:, j])) / size
    return p, back @ inner @ back.T


def _by_meaning(matrix: GoldMatrix, t: Floats, spread: Floats) -> tuple[Floats, Floats]:
    c = matrix.counts.sum(1)
    few = np.flatnonzero((c < 2) & (t > 0))
    if len(few):
        raise EstimationError(
            f"The label '{matrix.classes[int(few[0])]}' has {c[few[0]]:g} gold tasks.",
            where="gold",
            expected="at least two gold tasks with every label in use",
            action="look up the truth of more tasks with this label",
        )
    C = np.divide(matrix.counts, c[:, None], out=np.zeros_like(matrix.counts), where=c[:, None] > 0)
    V = C.T @ spread @ C
    for i, size in enumerate(c):
        if t[i] > 0:
            V = V + t[i] ** 2 * (np.diag(C[i]) - np.outer(C[i], C[i])) / (size - 1)
    return C.T @ t, V
