"""A made-up population, volunteers who are not like it, and a survey that is: for simulations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from countersign.model.cells import Cells, Floats
from countersign.model.design import Design
from countersign.model.reference import Reference

Columns = Mapping[str, npt.NDArray[np.float64]]


def gathered(keys: Columns, measures: Columns, weight: Floats | None = None) -> Cells:
    """Return cells of arrays, by one sort."""
    table = np.column_stack(list(keys.values()))
    found, place = np.unique(table, axis=0, return_inverse=True)
    place, count = place.ravel(), len(found)
    d = np.ones(len(table)) if weight is None else weight
    v = np.column_stack(list(measures.values())) if measures else np.zeros((len(table), 0))
    p = v.shape[1]

    def add(amount: Floats) -> Floats:
        return np.bincount(place, amount, count)

    def columns(amount: Floats) -> Floats:
        return np.column_stack([add(amount * v[:, j]) for j in range(p)]) if p else np.zeros((count, 0))

    second = np.zeros((count, p, p))
    for j in range(p):
        for k in range(p):
            second[:, j, k] = add(d**2 * v[:, j] * v[:, k])
    named = {}
    for name, column in zip(keys, found.T, strict=True):
        named[name] = np.empty(count, dtype=object)
        named[name][:] = column.tolist()
    return Cells(
        named, tuple(measures), add(np.ones(len(d))).astype(np.int64), add(d), add(d**2), columns(d), columns(d**2),
        second, columns(np.ones(len(d))),
    )  # fmt: skip


@dataclass
class Population:
    """N people: two categories, a number, a continuous and a yes-no answer, chances to volunteer, strata."""

    columns: dict[str, Floats]
    answers: dict[str, Floats]
    chance: Floats
    stratum: npt.NDArray[np.int64]

    def volunteers(self, rng: np.random.Generator) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Return who takes part: columns and answers."""
        there = rng.random(len(self.chance)) < self.chance
        return {k: v[there] for k, v in self.columns.items()}, {k: v[there] for k, v in self.answers.items()}

    def survey(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return rows of a stratified sample and their weights."""
        rows, weights = [], []
        for h, size in enumerate(sizes):
            own = np.flatnonzero(self.stratum == h)
            rows.append(rng.choice(own, size, replace=False))
            weights.append(np.full(size, len(own) / size))
        return np.concatenate(rows), np.concatenate(weights)

    def reference(self, rng: np.random.Generator, sizes: tuple[int, ...]) -> Reference:
        """Return a survey without answers, as cells."""
        rows, weight = self.survey(rng, sizes)
        keys = {k: v[rows] for k, v in self.columns.items()}
        return Reference(
            gathered({**keys, "stratum": self.stratum[rows].astype(float)}, {}, weight), Design(strata=("stratum",))
        )


def population(seed: int, size: int = 20_000, *, take: float = -3.2, rough: int = 0) -> Population:
    """Draw a population; `rough`: digits the number is rounded to."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, size).astype(float), rng.integers(0, 3, size).astype(float)
    x = np.round(rng.normal(0.3 * a, 1.0, size), rough)
    line = -0.6 + 0.5 * (a == 1) - 0.4 * (a == 3) + 0.5 * (b == 2) + 0.5 * x
    chance = 1 / (1 + np.exp(-(take + 0.4 * a - 0.5 * (b == 1) + 0.4 * x)))
    return Population(
        {"a": a, "b": b, "x": x},
        {
            "income": 2 + line + rng.normal(0, 1.0 + 0.3 * (b == 2), size),
            "yes": (rng.random(size) < 1 / (1 + np.exp(-line))) * 1.0,
        },
        chance,
        (a >= 2).astype(np.int64),
    )
