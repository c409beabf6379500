"""Thousands of domains are done at once, in blocks, with the same results as one by one."""

from __future__ import annotations

import time

import numpy as np
import pytest

from countersign.estimation import estimate_ratio, linearisation, prepare
from countersign.model.benchmark import Margin
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.weighting import rake


def grid(*sizes):
    """Cells of every combination of variables v0, v1, ..: random counts, one base weight a cell, a 0 or 1 measure."""
    rng = np.random.default_rng(20261122)
    codes = np.indices(sizes).reshape(len(sizes), -1)
    n = rng.integers(2, 50, codes.shape[1])
    d, y = rng.lognormal(3, 0.4, len(n)), rng.binomial(n, 0.3)
    v = np.stack([y, n], axis=1).astype(float)
    second = np.empty((len(n), 2, 2))
    second[:, 0, 0] = second[:, 0, 1] = second[:, 1, 0] = d**2 * y
    second[:, 1, 1] = d**2 * n
    keys = {}
    for place, code in enumerate(codes):
        keys[f"v{place}"] = np.array([f"{each:02d}" for each in code], dtype=object)
    return Cells(
        keys=keys,
        measures=("y", "one"),
        n=n,
        weight=d * n,
        weight2=d**2 * n,
        first=d[:, None] * v,
        cross=d[:, None] ** 2 * v,
        second=second,
        plain=v,
    )


def raked(cells, *variables):
    rng = np.random.default_rng(7)
    margins = []
    for name in variables:
        levels = sorted(set(cells.keys[name]))
        share = rng.dirichlet(np.full(len(levels), 50.0))
        margins.append(Margin((name,), {(a,): 1e6 * s for a, s in zip(levels, share, strict=True)}))
    return rake(cells, margins)


@pytest.mark.parametrize("design", [Design(), Design(strata=("v0",)), Design(strata=("v0",), psu="v1")])
@pytest.mark.parametrize("residuals", ["joint", "alternating", "none"])
def test_blocks_of_domains_give_what_all_at_once_give(monkeypatch, design, residuals):
    cells = grid(3, 4, 5, 6)
    sample = prepare(cells, design=design, weights=raked(cells, "v0", "v2"), residuals=residuals)
    at_once = estimate_ratio(sample, "y", "one", by=("v2", "v3"))
    monkeypatch.setattr(linearisation, "BLOCK", 1)
    in_blocks = estimate_ratio(sample, "y", "one", by=("v2", "v3"))
    np.testing.assert_allclose(in_blocks.se, at_once.se, rtol=1e-12)
    assert (at_once.se > 0).all()


def test_a_domain_is_the_covariance_of_its_own_score():
    cells = grid(3, 4, 5)
    sample = prepare(cells, design=Design(strata=("v0",)), weights=raked(cells, "v0", "v1"))
    result = estimate_ratio(sample, "y", "one", by=("v2",))
    for place, label in enumerate(result.domains):
        inside = (cells.keys["v2"] == label[0]).astype(float)[:, None]
        slope = np.array([[1.0, -result.value[place]]]) / result.denominator[place]
        matrix = linearisation.covariance(sample, inside, np.zeros(1), slope)
        assert result.se[place] ** 2 == pytest.approx(matrix[0, 0], rel=1e-10)


@pytest.mark.slow
def test_sixteen_hundred_domains_of_a_large_table_take_less_than_two_seconds():
    """Of processor time, which does not count what else the machine does. Generous: about 0.15 s."""
    cells = grid(6, 2, 20, 4, 40)
    weights = raked(cells, "v0", "v1", "v2", "v3")
    start = time.process_time()
    result = estimate_ratio(cells, "y", "one", by=("v2", "v4", "v1"), weights=weights)
    assert len(result.domains) == 1600
    assert time.process_time() - start < 2
