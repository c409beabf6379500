"""Areas and accuracies of maps: worked examples of Olofsson et al., the variance of a ratio, intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.errors import EstimationError
from countersign.estimation.maps import adjust_areas

CLASSES = ("deforestation", "gain", "stable forest", "stable non-forest")
TABLE_8 = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
PIXELS = (200_000, 150_000, 3_200_000, 6_450_000)
HECTARES = 0.09


def counts_of(matrix: np.ndarray, names: tuple[str, ...]) -> dict[tuple[str, str], float]:
    return {(a, b): float(matrix[i, j]) for i, a in enumerate(names) for j, b in enumerate(names)}


def test_table_8_of_olofsson_and_others_2014() -> None:
    found = adjust_areas(counts_of(TABLE_8, CLASSES), dict(zip(CLASSES, PIXELS, strict=True)))
    assert (found.area * HECTARES).round().tolist() == [21158, 11686, 285770, 581386]
    assert (1.96 * found.area_se * HECTARES).round().tolist() == [6158, 3756, 15510, 16282]
    assert found.users.round(2).tolist() == [0.88, 0.73, 0.93, 0.96]
    assert (1.96 * found.users_se).round(2).tolist() == [0.07, 0.10, 0.04, 0.02]
    assert found.producers.round(2).tolist() == [0.75, 0.85, 0.93, 0.96]
    assert (1.96 * found.producers_se).round(2).tolist() == [0.21, 0.25, 0.03, 0.02]
    assert (round(found.overall, 2), round(1.96 * found.overall_se, 2)) == (0.95, 0.02)


def test_the_example_of_olofsson_and_others_2013() -> None:
    """Area 45,651 hectares with 95 % half width 10,000 or so, from 22,353 mapped."""
    names = ("1", "2", "3")
    matrix = np.array([[97, 0, 3], [3, 279, 18], [2, 1, 97]])
    found = adjust_areas(counts_of(matrix, names), dict(zip(names, (22353, 1122543, 610228), strict=True)))
    by_hand = 22353 * 97 / 100 + 1122543 * 3 / 300 + 610228 * 2 / 100
    assert found.area[0] == pytest.approx(by_hand, rel=1e-12)
    assert round(found.overall, 2) == 0.94


def test_producers_variance_is_that_of_a_ratio() -> None:
    found = adjust_areas(counts_of(TABLE_8, CLASSES), dict(zip(CLASSES, PIXELS, strict=True)))
    W, n = np.array(PIXELS) / sum(PIXELS), TABLE_8.sum(1)
    for j in range(4):
        variance = 0.0
        for i in range(4):
            score = np.where(np.arange(4) == j, float(i == j) - found.producers[j], 0.0)
            mean = (TABLE_8[i] * score).sum() / n[i]
            variance += W[i] ** 2 * (TABLE_8[i] * (score - mean) ** 2).sum() / n[i] / (n[i] - 1)
        assert found.producers_se[j] == pytest.approx(variance**0.5 / (found.area[j] / sum(PIXELS)), rel=1e-12)


@pytest.mark.parametrize("convention", ["beta", "t"])
def test_intervals_of_areas_hold(convention: str) -> None:
    rng = np.random.default_rng(8)
    W, places = np.array([0.1, 0.9]), np.array([60, 120])
    right = np.array([[0.85, 0.15], [0.05, 0.95]])
    true = float(W @ right[:, 0])
    held = []
    for _ in range(400):
        matrix = np.array([rng.multinomial(n, p) for n, p in zip(places, right, strict=True)])
        found = adjust_areas(counts_of(matrix, ("a", "b")), {"a": 10.0, "b": 90.0}).figures(convention=convention)
        held.append(found["area/a"].lower <= 100 * true <= found["area/a"].upper)  # type: ignore[operator]
    assert np.mean(held) >= 0.9


def test_a_class_only_the_reference_knows_has_an_area_and_no_users_accuracy() -> None:
    found = adjust_areas({("a", "a"): 3, ("a", "new"): 1, ("b", "b"): 4}, {"a": 50, "b": 50})
    assert found.classes == ("a", "b", "new")
    assert found.area[2] == pytest.approx(12.5)
    assert found.producers[2] == 0
    assert found.rows()[2]["users_accuracy"] is None
    assert {one.figure_id for one in found.figures()} >= {"area/new", "producers/new"}


def test_a_mapped_class_that_the_reference_never_found_has_no_producers_accuracy() -> None:
    found = adjust_areas({("a", "b"): 3, ("b", "b"): 4}, {"a": 50, "b": 50})
    assert found.rows()[0]["producers_accuracy"] is None
    assert "producers/a" not in {one.figure_id for one in found.figures()}


@pytest.mark.parametrize("areas", [{"a": 5, "b": -1}, {"a": 5, "b": float("nan")}, {}, {"a": 0, "b": 0}])
def test_impossible_areas_are_refused(areas: dict[str, float]) -> None:
    with pytest.raises(EstimationError):
        adjust_areas({("a", "a"): 3, ("b", "b"): 3}, areas)
