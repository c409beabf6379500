"""A made-up population in cells, volunteers who select themselves, and a survey of the same population.

Everything is drawn as counts by cell, so that a thousand samples take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.reference import Reference

X1, X2, G = 3, 3, 2
COUNT = X1 * X2 * G
x1, x2, g = (part.ravel() for part in np.meshgrid(np.arange(X1), np.arange(X2), np.arange(G), indexing="ij"))


def keys_of(**columns: np.ndarray) -> dict[str, np.ndarray]:
    made = {}
    for name, values in columns.items():
        made[name] = np.empty(len(values), dtype=object)
        made[name][:] = [int(value) for value in values]
    return made


def counted(keys: dict[str, np.ndarray], n: np.ndarray, weight: np.ndarray, ones: dict[str, np.ndarray]) -> Cells:
    """Cells of n rows, all of the same base weight, with 0/1 measures of which `ones` are 1 (uncrossed: each alone)."""
    weight = np.asarray(weight, dtype=float)
    plain = np.stack([np.asarray(values, dtype=float) for values in ones.values()], axis=1) if ones else None
    plain = np.zeros((len(n), 0)) if plain is None else plain
    second = np.zeros((len(n), plain.shape[1], plain.shape[1]))
    for j in range(plain.shape[1]):
        second[:, j, j] = plain[:, j] * weight**2
    first, cross = plain * weight[:, None], plain * weight[:, None] ** 2
    held = np.asarray(n, dtype=np.int64)
    return Cells(keys, tuple(ones), held, held * weight, held * weight**2, first, cross, second, plain)


@dataclass
class World:
    """A population of `size`, with the share who would say yes and the chance to take part by cell."""

    seed: int
    size: int = 12_000
    link: str = "logit"
    clustered: bool = False
    tilt: float = 0.0  # how far taking part and answering depend on x1 and x2 together

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        share = np.exp(-0.25 * x1 + 0.15 * x2 - 0.1 * g * x1)
        self.people = self.random.multinomial(self.size, share / share.sum())
        yes = 1 / (1 + np.exp(-(-0.9 + 0.6 * x1 + 0.5 * x2 + self.tilt * (x1 == 2) * (x2 == 2))))
        self.yes = self.random.binomial(self.people, yes)
        linear = -3.1 + 0.5 * x1 + 0.45 * x2 + self.tilt * (x1 == 0) * (x2 == 2)
        self.rate = np.exp(linear) if self.link == "log" else 1 / (1 + np.exp(-linear))
        self.truth = float(self.yes.sum() / self.size)
        self.truth_of_g = np.bincount(g, self.yes) / np.bincount(g, self.people)

    def volunteers(self) -> Cells:
        ones = self.random.binomial(self.yes, self.rate)
        n = ones + self.random.binomial(self.people - self.yes, self.rate)
        there = n > 0
        keys = keys_of(x1=x1[there], x2=x2[there], g=g[there])
        return counted(keys, n[there], np.ones(there.sum()), {"yes": ones[there]})

    def survey(self, n: int = 500) -> Reference:
        return self._clusters(n) if self.clustered else self._strata(n)

    def _strata(self, n: int) -> Reference:
        """Two strata (x1 = 0 or not), the second sampled twice as densely, without replacement."""
        drawn, weight, size = np.zeros(COUNT), np.zeros(COUNT), np.zeros(COUNT)
        for stratum, share in ((x1 == 0, 1 / 3), (x1 > 0, 2 / 3)):
            people = self.people[stratum]
            wanted = round(n * share)
            drawn[stratum] = self.random.multivariate_hypergeometric(people, wanted)
            weight[stratum], size[stratum] = people.sum() / wanted, people.sum()
        there = drawn > 0
        keys = keys_of(x1=x1[there], x2=x2[there], g=g[there], stratum=(x1 == 0)[there], size=size[there])
        return Reference(counted(keys, drawn[there], weight[there], {}), Design(("stratum",), fpc="size"))

    def _clusters(self, n: int) -> Reference:
        """Everybody in some of 240 villages of 50, in which people are alike."""
        order = np.repeat(np.arange(COUNT), self.people)
        village = np.argsort(np.argsort(order + self.random.normal(0, 5, len(order)))) // (self.size // 240)
        chosen = self.random.choice(240, n // 20, replace=False)
        inside = np.isin(village, chosen)
        pair, count = np.unique(village[inside] * COUNT + order[inside], return_counts=True)
        cell = pair % COUNT
        keys = keys_of(x1=x1[cell], x2=x2[cell], g=g[cell], village=pair // COUNT, size=np.full(len(pair), 240))
        weight = np.full(len(pair), 240 / len(chosen))
        return Reference(counted(keys, count, weight, {}), Design(psu="village", fpc="size"))
