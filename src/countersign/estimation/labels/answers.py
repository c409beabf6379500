"""Answers: who gave which label to which task, as codes and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from countersign.errors import EstimationError
from countersign.estimation.sample import sums
from countersign.model.cells import Floats, Integers


@dataclass(frozen=True)
class Answers:
    """A answers (or counts of equal ones) of W workers to T tasks, with K labels.

    Parameters
    ----------
    tasks, workers, labels: names, sorted; labels in their order of magnitude if they have one.
    task, worker, label: codes, (A,). count: how often this worker gave this label to this task, (A,).
    unanswered: rows without a label, which are not answers.
    """

    tasks: tuple[str, ...]
    workers: tuple[str, ...]
    labels: tuple[str, ...]
    task: Integers
    worker: Integers
    label: Integers
    count: Floats
    unanswered: int = 0

    def __post_init__(self) -> None:
        if not len(self.task):
            raise EstimationError(
                "There are no answers.",
                where="answers",
                expected="at least one row with a task, a worker and a label",
                action="check the condition under 'where' and the names of the columns",
            )

    @property
    def total(self) -> int:
        """Number of answers."""
        return round(float(self.count.sum()))

    @cached_property
    def repeated(self) -> int:
        """Answers beyond the first of the same worker to the same task."""
        pairs = np.unique(self.task * len(self.workers) + self.worker)
        return self.total - len(pairs)

    @cached_property
    def votes(self) -> Floats:
        """Answers by task and label, (T, K)."""
        T, K = len(self.tasks), len(self.labels)
        return sums(self.task * K + self.label, self.count, T * K).reshape(T, K)

    @cached_property
    def matrix(self) -> Any:
        """Counts by task and (worker, label), a sparse (T, W K) matrix."""
        from scipy.sparse import csr_array

        K = len(self.labels)
        shape = (len(self.tasks), len(self.workers) * K)
        return csr_array((self.count, (self.task, self.worker * K + self.label)), shape=shape)

    @cached_property
    def transposed(self) -> Any:
        """`matrix` by (worker, label) and task."""
        return self.matrix.T.tocsr()

    def numbers(self, order: Sequence[str] = ()) -> Floats:
        """Return a number for each label: its own, or its place in `order`.

        Raises
        ------
        EstimationError: labels that are no numbers and have no order.
        """
        if order:
            if set(order) != set(self.labels):
                raise EstimationError(
                    "The order of the labels is not of the labels that were given.",
                    where="order",
                    expected=f"each once: {', '.join(self.labels)}",
                )
            return np.array([list(order).index(label) for label in self.labels], dtype=float)
        try:
            return np.array([float(label) for label in self.labels])
        except ValueError:
            raise EstimationError(
                "The labels are not numbers, so they have no order or distance.",
                where="order",
                expected="labels that are numbers, or their order",
                action=f"give order=[{', '.join(map(repr, self.labels))}] as it should be, or use the nominal alpha",
            ) from None


def groups_of(count: int, groups: int, seed: int, cluster: Integers | None = None) -> Integers:
    """Deal tasks, or whole clusters of them, into random groups of equal size; returns the group of each task."""
    unit = np.arange(count, dtype=np.int64) if cluster is None else cluster
    units = int(unit.max()) + 1 if len(unit) else 0
    dealt = np.empty(units, dtype=np.int64)
    dealt[np.random.default_rng(seed).permutation(units)] = np.arange(units) % min(groups, units) if units else []
    found: Integers = dealt[unit]
    return found
