"""With a linear outcome and no penalty the model is REML, which the unit-level model of small areas solves too."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import cells

from countersign.estimation.multilevel.fitting import Penalty, fit_multilevel
from countersign.estimation.multilevel.laplace import Answers
from countersign.estimation.multilevel.layout import layout
from countersign.estimation.multilevel.post_stratifying import post_stratify_model
from countersign.estimation.small_areas.unit_level import fit_units
from countersign.estimation.small_areas.unit_moments import UnitMoments


def test_one_factor_agrees_with_the_unit_level_model() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(2, 12, 14)
    area = np.repeat(np.arange(14), n)
    y = 5 + rng.normal(size=14)[area] + rng.normal(size=len(area)) * 1.5
    mean, within = np.bincount(area, y) / n, y - (np.bincount(area, y) / n)[area]
    people = cells(n, g=list(range(14)))
    made = fit_multilevel(
        layout(people, people, groups=["g"]),
        Answers(n.astype(float), n * mean, float(within @ within), False),
        penalty=Penalty(groups=0, fixed=0),
    )
    other = fit_units(
        UnitMoments(
            tuple(map(str, range(14))), ("(intercept)",), n, np.ones((14, 1)), mean,
            np.zeros((1, 1)), np.zeros(1), float(within @ within),
        )
    )  # fmt: skip
    assert made.sd[0] ** 2 == pytest.approx(other.between, rel=1e-6)
    assert made.residual**2 == pytest.approx(other.within, rel=1e-6)
    assert made.peak.z[0] == pytest.approx(other.coefficients[0], rel=1e-9)
    np.testing.assert_allclose(made.peak.z[1:], other.effects, atol=1e-6)
    # the likelihoods differ by the constants of two parametrisations only
    ratios = [0.3, 1.0, 3.0]
    ours = [made.at(np.log([r, 1.0])).log_marginal for r in ratios]

    def exact(sd: float) -> float:
        v = np.eye(len(y)) + sd**2 * (area[:, None] == area[None, :])
        inverse = np.linalg.inv(v)
        r = y - inverse.sum(axis=0) @ y / inverse.sum()
        return float(-0.5 * (np.linalg.slogdet(v)[1] + np.log(inverse.sum()) + r @ inverse @ r))

    np.testing.assert_allclose(np.diff(ours), np.diff([exact(r) for r in ratios]), rtol=1e-9)


def test_the_mean_and_its_error_are_those_of_generalised_least_squares_at_known_spread() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.integers(0, 4, 60), rng.integers(0, 3, 60)
    y = rng.normal(size=60) + a + 2 * b
    code = a * 3 + b
    used, place = np.unique(code, return_inverse=True)
    n = np.bincount(place).astype(float)
    total = np.bincount(place, y)
    within = y - (total / n)[place]
    people = cells(n, a=(used // 3).tolist(), b=(used % 3).tolist())
    census = cells(rng.integers(1, 9, 12), a=np.repeat(range(4), 3).tolist(), b=list(range(3)) * 4)
    made = fit_multilevel(layout(people, census, groups=["a", "b"]), Answers(n, total, float(within @ within), False))
    found = post_stratify_model(made, census)
    z = np.column_stack([np.ones(60), a[:, None] == range(4), b[:, None] == range(3)])
    prior = np.r_[0, np.full(4, made.sd[0] ** -2), np.full(3, made.sd[1] ** -2)]
    covariance = np.linalg.inv(z.T @ z / made.residual**2 + np.diag(prior))
    effects = covariance @ z.T @ y / made.residual**2
    wide = np.column_stack(
        [np.ones(12), np.repeat(range(4), 3)[:, None] == range(4), np.tile(range(3), 4)[:, None] == range(3)]
    )
    at = census.weight @ wide / census.weight.sum()
    assert found.value[0] == pytest.approx(at @ effects, rel=1e-9)
    plain = found.se[0] ** 2 * (1 - found.from_spread[0])
    assert plain == pytest.approx(at @ covariance @ at, rel=1e-8)
