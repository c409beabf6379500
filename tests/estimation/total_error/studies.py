"""Made studies: cells of respondents and official shares, for the tests of the total error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from countersign.estimation import total_error as room
from countersign.model.cells import Cells


def cells_of(columns: Mapping[str, Sequence[object]], weight: Sequence[float] | None = None) -> Cells:
    """One cell a respondent."""
    size = len(next(iter(columns.values())))
    d = np.ones(size) if weight is None else np.asarray(weight, dtype=float)
    none = np.zeros((size, 0))
    keys = {name: np.array(list(values), dtype=object) for name, values in columns.items()}
    return Cells(keys, (), np.ones(size, dtype=np.int64), d, d**2, none, none, np.zeros((size, 0, 0)), none)


def study(
    seed: int, items: int = 14, people: int = 600, *, selection: float = 0.7, misreporting: float = 0.0
) -> tuple[dict[str, np.ndarray], dict[str, dict[object, float]]]:
    """Draw a population whose answers share four factors, and volunteers selected on the factors.

    Parameters
    ----------
    selection: strength. misreporting: share of respondents, on average, who give another answer than the true one.

    Returns
    -------
    Answers of the volunteers, and official shares: ``q0`` ... of which ``age`` and ``sex`` are as the rest.
    """
    rng = np.random.default_rng(seed)
    size = 20_000
    factors = rng.normal(size=(size, 4))
    names = [*(f"q{k}" for k in range(items)), "age", "sex"]
    strength = factors @ (rng.normal(size=4) * selection) + rng.gumbel(size=size)
    chosen = np.argsort(-strength)[:people]
    columns: dict[str, np.ndarray] = {}
    truth: dict[str, dict[object, float]] = {}
    for name in names:
        latent = factors @ (rng.normal(size=4) * rng.choice([0.2, 0.6])) + rng.normal(size=size)
        code = np.searchsorted(np.sort(rng.normal(scale=0.8, size=rng.choice([1, 1, 2, 3]))), latent)
        truth[name] = {str(k): float(np.mean(code == k)) for k in range(code.max() + 1)}
        told = code[chosen].copy()
        if name not in ("age", "sex"):
            told[rng.random(people) < abs(rng.normal(scale=misreporting))] = rng.integers(code.max() + 1)
        columns[name] = told.astype(str).astype(object)
    return columns, truth


def prepared(
    columns: Mapping[str, Sequence[object]], truth: Mapping[str, Mapping[object, float]]
) -> tuple[room.Answers, np.ndarray]:
    """Answers and official shares in their order."""
    answers = room.answers_of(cells_of(columns), list(truth), also={name: tuple(held) for name, held in truth.items()})
    return answers, room.official_shares(answers, truth)
