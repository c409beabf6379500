"""Cells made by hand, and a made-up country with a truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countersign.estimation.multilevel.fitting import MultilevelModel, Penalty, fit_multilevel
from countersign.estimation.multilevel.laplace import Answers
from countersign.estimation.multilevel.layout import Layout, layout
from countersign.model.cells import Cells


def cells(n: Sequence[float], **keys: Sequence[object]) -> Cells:
    """Cells with counts and keys, without measures."""
    count = np.asarray(n, dtype=float)
    length = len(count)
    empty = np.zeros((length, 0))
    held = {name: np.fromiter(values, dtype=object, count=length) for name, values in keys.items()}
    return Cells(held, (), count.astype(np.int64), count, count, empty, empty, np.zeros((length, 0, 0)), empty)


def one_factor(n: Sequence[float], yes: Sequence[float]) -> tuple[Layout, Answers, Cells]:
    """Answers yes or no of several groups."""
    groups = [f"g{k}" for k in range(len(n))]
    people = cells(n, g=groups)
    laid = layout(people, people, groups=["g"])
    return laid, Answers(np.asarray(n, dtype=float), np.asarray(yes, dtype=float), 0.0, True), people


class Country:
    """30 regions, 5 ages, 3 schoolings, a number known of each region; answers drawn anew each time."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        grid = np.array([(a, g, e) for a in range(30) for g in range(5) for e in range(3)])
        self.count = rng.integers(50, 5000, len(grid)).astype(float)
        x, u, v, w = rng.normal(size=30), rng.normal(0, 0.4, 30), rng.normal(0, 0.5, 5), rng.normal(0, 0.3, 3)
        eta = -0.5 + 0.4 * x[grid[:, 0]] + u[grid[:, 0]] + v[grid[:, 1]] + w[grid[:, 2]]
        self.share = 1 / (1 + np.exp(-eta))
        pull = self.count * np.exp(rng.normal(0, 1, len(grid)))  # who takes part depends on the cell
        n = rng.poisson(1000 * pull / pull.sum())
        seen = n > 0
        names = {"region": grid[:, 0], "age": grid[:, 1], "school": grid[:, 2], "x": x[grid[:, 0]]}
        self.people = cells(n[seen], **{name: values[seen].tolist() for name, values in names.items()})
        self.census = cells(self.count, **{name: values.tolist() for name, values in names.items()})
        self.answers = Answers(n[seen].astype(float), rng.binomial(n, self.share)[seen].astype(float), 0.0, True)

    def fit(self, penalty: Penalty | None = None) -> MultilevelModel:
        """Fit the model that is right."""
        laid = layout(self.people, self.census, groups=["region", "age", "school"], on=["x"], numeric=["x"])
        return fit_multilevel(laid, self.answers, penalty=penalty)

    def truth(self, by: Sequence[str]) -> np.ndarray:
        """True shares of domains."""
        code, _ = self.census.codes(tuple(by))
        found: np.ndarray = np.bincount(code, self.count * self.share) / np.bincount(code, self.count)
        return found
