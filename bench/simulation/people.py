"""People: a population with age, schooling, region and two answers; those who take part, and a survey of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from countersign.model.benchmark import Margin, NumberTotal
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.reference import Reference

SIZE = 20_000
AGE = np.array([0.0, 0.4, 0.8, 1.1])
SCHOOL = np.array([-0.5, 0.0, 0.6])
REGIONS = 5
Columns = dict[str, Any]


def people(rng: np.random.Generator, size: int = SIZE, *, crossed: float = 0.0, curved: float = 0.0) -> Columns:
    """Make a population; truth is the mean of the finite population.

    Columns: age (4), school (3, related to age), region (5), hours (0 to 12), amount (a number), yes (0 or 1).
    Both answers add effects of age, schooling and hours; `crossed` adds an effect of age and schooling together,
    `curved` one of hours far from their middle.
    """
    age = rng.choice(4, size, p=[0.3, 0.3, 0.25, 0.15])
    draw = rng.random(size)
    school = (draw > np.array([0.2, 0.3, 0.4, 0.5])[age]).astype(int) + (draw > np.array([0.55, 0.65, 0.75, 0.85])[age])
    region = rng.choice(REGIONS, size, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    hours = np.minimum(rng.poisson(3 + 0.5 * school), 12)
    together = crossed * np.where((age >= 2) & (school == 2), 2.5, 0.0) - crossed * np.where(
        (age < 2) & (school == 2), 1.0, 0.0
    )
    linear = 1.2 * AGE[age] + SCHOOL[school] + 0.15 * (hours - 3.5) + together + curved * ((hours - 3.5) ** 2 / 4 - 1)
    amount = 10 + 4 * linear + 4 * rng.standard_normal(size)
    yes = (rng.random(size) < 1 / (1 + np.exp(1.2 - linear))).astype(float)
    return {"age": age, "school": school, "region": region, "hours": hours, "amount": amount, "yes": yes}


def volunteers(
    rng: np.random.Generator, everybody: Columns, score: Any, *, form: str = "logit", expected: float = 800
) -> Columns:
    """Let people take part by themselves, with chance expit(c + score) or exp(c + score), c such that `expected` do."""
    score = np.asarray(score, dtype=float)
    if form == "log":
        chance = np.exp(score)
        chance = np.minimum(chance * expected / chance.sum(), 1.0)
    else:
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            chance = 1 / (1 + np.exp(-middle - score))
            low, high = (low, middle) if chance.sum() > expected else (middle, high)
    return part(everybody, rng.random(len(score)) < chance)


def survey(rng: np.random.Generator, everybody: Columns, n: int = 600) -> Columns:
    """Draw a simple random sample, with weights and the size of the population."""
    size = len(everybody["age"])
    drawn = part(everybody, rng.permutation(size)[:n])
    return drawn | {"size": np.full(n, size), "weight": np.full(n, size / n)}


def part(everybody: Columns, at: Any) -> Columns:
    """Return some rows."""
    return {name: values[at] for name, values in everybody.items()}


def cells_from(columns: Columns, by: Sequence[str], measures: Sequence[str] = (), weight: Any = None) -> Cells:
    """Reduce rows to cells, as `countersign.tables.reduce` does, without an engine: thousands of small samples."""
    names = list(dict.fromkeys(by))
    rows = len(next(iter(columns.values())))
    code, used = np.zeros(rows, dtype=np.int64), []
    for name in names:
        values, own = np.unique(columns[name], return_inverse=True)
        used.append(values)
        code = code * len(values) + own
    labels, place = np.unique(code, return_inverse=True)
    count = len(labels)
    keys: dict[str, Any] = {}
    rest = labels.copy()
    for name, values in zip(reversed(names), reversed(used), strict=True):
        rest, own = np.divmod(rest, len(values))
        keys[name] = np.array([*values[own].tolist(), None], dtype=object)[:-1]
    d = np.ones(rows) if weight is None else np.asarray(weight, dtype=float)
    v = [np.asarray(columns[name], dtype=float) for name in measures]

    def add(amount: Any) -> Any:
        return np.bincount(place, amount, count)

    def stacked(made: Sequence[Any]) -> Any:
        return np.stack([add(one) for one in made], axis=1) if made else np.zeros((count, 0))

    second = np.array([[add(d * d * one * other) for other in v] for one in v]).reshape(len(v), len(v), count)
    return Cells(
        {name: keys[name] for name in names}, tuple(measures), np.bincount(place, minlength=count), add(d), add(d * d),
        stacked([d * one for one in v]), stacked([d * d * one for one in v]), np.moveaxis(second, 2, 0), stacked(v),
    )  # fmt: skip


def reference(columns: Columns, by: Sequence[str], measures: Sequence[str] = ()) -> Reference:
    """Return a survey as the methods want it: a simple random sample without replacement."""
    return Reference(
        cells_from(columns, [*by, "size"], measures, columns["weight"]), Design(fpc="size"), None, "the survey"
    )


def margin(everybody: Columns, *names: str) -> Margin:
    """Return population counts."""
    cells = cells_from(everybody, names)
    labels = zip(*(map(str, cells.keys[name].tolist()) for name in names), strict=True)
    return Margin(names, dict(zip(labels, cells.n.astype(float).tolist(), strict=True)))


def total_of(everybody: Columns, name: str) -> NumberTotal:
    """Return the population total of a number."""
    return NumberTotal(name, {(): float(everybody[name].sum())})


def means_by(everybody: Columns, answer: str, by: str) -> Any:
    """Return the true mean of each category, in order."""
    return np.bincount(everybody[by], everybody[answer]) / np.bincount(everybody[by])
