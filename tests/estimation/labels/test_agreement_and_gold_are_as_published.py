"""Krippendorff's own example, unequal numbers of raters, and the gold correction against its textbook forms."""

from __future__ import annotations

import numpy as np
import pytest

from countersign.errors import EstimationError
from countersign.estimation.labels import correct_shares, fleiss_kappa, krippendorff_alpha
from countersign.estimation.labels.gold import GoldMatrix


def krippendorff_example() -> np.ndarray:
    """Reliability data of Krippendorff (2011), section C: four observers, twelve units, missing values."""
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    votes = np.zeros((12, 5))
    for row in rows:
        for unit, value in enumerate(row):
            if value:
                votes[unit, value - 1] += 1
    return votes


@pytest.mark.parametrize(("scale", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_its_author(scale: str, published: float) -> None:
    found = krippendorff_alpha(krippendorff_example(), scale=scale, numbers=np.arange(1.0, 6.0))  # type: ignore[arg-type]
    assert found == pytest.approx(published, abs=0.0005)


def test_the_order_of_columns_does_not_matter_to_alpha() -> None:
    votes, order = krippendorff_example(), [3, 0, 4, 2, 1]
    numbers = np.arange(1.0, 6.0)
    for scale in ("ordinal", "interval"):
        assert krippendorff_alpha(votes[:, order], scale=scale, numbers=numbers[order]) == pytest.approx(
            krippendorff_alpha(votes, scale=scale, numbers=numbers), abs=1e-14
        )


def test_kappa_of_the_example_of_fleiss() -> None:
    """Ten subjects, fourteen raters, five categories: the table that is quoted with kappa 0.210."""
    votes = np.array([
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ], dtype=float)  # fmt: skip
    assert fleiss_kappa(votes) == pytest.approx(0.210, abs=0.0005)


def test_a_task_with_one_answer_tells_of_chance_and_not_of_agreement() -> None:
    votes = np.array([[2.0, 0], [0, 2], [1, 1], [1, 0]])
    assert fleiss_kappa(votes) == pytest.approx((2 / 3 - (0.625**2 + 0.375**2)) / (1 - 0.625**2 - 0.375**2))


def test_constant_answers_and_lonely_answers_are_refused() -> None:
    with pytest.raises(EstimationError, match="Every answer is the same"):
        fleiss_kappa(np.array([[2.0, 0], [3, 0]]))
    with pytest.raises(EstimationError, match="two answers"):
        krippendorff_alpha(np.array([[1.0, 0], [0, 1]]))


def test_two_classes_are_rogan_and_gladen() -> None:
    found = correct_shares(
        {"+": 80.0, "-": 120.0}, {("+", "+"): 45.0, ("-", "+"): 5.0, ("+", "-"): 8.0, ("-", "-"): 52.0}
    )["share/+"]
    t, se, sp = 0.4, 0.9, 52 / 60
    p = (t + sp - 1) / (se + sp - 1)
    variance = t * (1 - t) / 200 + p**2 * se * (1 - se) / 50 + (1 - p) ** 2 * sp * (1 - sp) / 60
    assert found.value == pytest.approx(p, rel=1e-12)
    assert found.standard_error == pytest.approx(variance**0.5 / (se + sp - 1), rel=1e-12)


@pytest.mark.parametrize("using", ["errors", "meaning"])
def test_intervals_of_three_corrected_shares_hold(using: str) -> None:
    rng = np.random.default_rng(11)
    p = np.array([0.5, 0.3, 0.2])
    M = np.array([[0.8, 0.15, 0.1], [0.15, 0.75, 0.1], [0.05, 0.1, 0.8]])
    held, values = [], []
    for _ in range(300):
        truth = rng.choice(3, 1500, p=p)
        label = _label(rng, truth, M)
        gold = slice(0, 300) if using == "meaning" else slice(1200, 1500)
        pairs = [(a, b) for a in range(3) for b in range(3)]
        counts = {(str(a), str(b)): float(((label[gold] == a) & (truth[gold] == b)).sum()) for a, b in pairs}
        share = {str(a): float((label[:1200] == a).sum()) for a in range(3)}
        found = correct_shares(share, counts, using=using)["share/0"]
        held.append(found.lower <= p[0] <= found.upper)  # type: ignore[operator]
        values.append(found.value)
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(values) == pytest.approx(0.5, abs=0.01)


def _label(rng: np.random.Generator, truth: np.ndarray, M: np.ndarray) -> np.ndarray:
    return (rng.random(len(truth))[:, None] > np.cumsum(M, 0).T[truth]).sum(1)


def test_labels_that_tell_nothing_and_classes_without_gold_are_refused() -> None:
    with pytest.raises(EstimationError, match="do not tell the classes apart"):
        correct_shares({"a": 5, "b": 5}, {("a", "a"): 3, ("b", "a"): 3, ("a", "b"): 2, ("b", "b"): 2})
    with pytest.raises(EstimationError, match="No gold task is truly 'b'"):
        correct_shares({"a": 5, "b": 5}, {("a", "a"): 3, ("b", "a"): 3})
    with pytest.raises(EstimationError, match="has 0 gold tasks"):
        correct_shares({"a": 5, "b": 5}, {("a", "a"): 3, ("a", "b"): 3}, using="meaning")


def test_the_gold_matrix_shows_both_readings() -> None:
    rows = GoldMatrix(("a", "b"), np.array([[3.0, 1], [1, 1]])).rows()
    assert rows[0] == {"truth": "a", "label": "a", "tasks": 3, "label_given_truth": 0.75, "truth_given_label": 0.75}
