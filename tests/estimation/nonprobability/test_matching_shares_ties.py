"""Matching between cells is matching between rows, with tied donors sharing equally."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from drawn_samples import gathered
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import EstimationError
from countersign.estimation.nonprobability.imputation import impute
from countersign.estimation.nonprobability.matching import nearest, stand
from countersign.estimation.nonprobability.matching_variance import load_variances, local_variance
from countersign.estimation.nonprobability.reference_variance import design_covariance
from countersign.estimation.nonprobability.searching import Points
from countersign.model.cells import Floats
from countersign.model.design import Design
from countersign.model.reference import Reference, Replicates


def points(codes: list[tuple[int, ...]], numbers: list[tuple[float, ...]]) -> Points:
    held = np.array(codes, dtype=np.int64).reshape(len(codes), -1)
    return Points(held, np.array(numbers, dtype=float).reshape(len(codes), -1))


def slowly(recipient: tuple[int, float], donors: list[tuple[int, float, float]], k: int) -> float:
    """Mean answer of the k nearest rows, over every way to break ties: by listing all sets of k rows."""
    gap = [math.sqrt((recipient[0] != a) + (recipient[1] - x) ** 2) for a, x, _ in donors]
    limit = sorted(gap)[k - 1]
    sets = [
        chosen
        for chosen in itertools.combinations(range(len(donors)), k)
        if all(gap[i] <= limit + 1e-9 for i in chosen)
        and all(i in chosen for i in range(len(donors)) if gap[i] < limit - 1e-9)
    ]
    return float(np.mean([np.mean([donors[i][2] for i in chosen]) for chosen in sets]))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 5)), min_size=4, max_size=9),
    st.tuples(st.integers(0, 2), st.integers(0, 3)),
    st.integers(1, 4),
    st.booleans(),
)
def test_it_is_the_mean_over_all_ways_to_break_ties(
    rows: list[tuple[int, int, int]], recipient: tuple[int, int], k: int, only_numbers: bool
) -> None:
    if only_numbers:  # searched by a tree
        rows = [(0, x, y) for _, x, y in rows]
        recipient = (0, recipient[1])
    cells = sorted({(a, x) for a, x, _ in rows})
    count = np.array([float(sum((a, x) == cell for a, x, _ in rows)) for cell in cells])
    mean = np.array([np.mean([y for a, x, y in rows if (a, x) == cell]) for cell in cells])

    def place(held: list[tuple[int, int]]) -> Points:
        return points([() if only_numbers else (a,) for a, _ in held], [(float(x),) for _, x in held])

    found = nearest(place([recipient]), place(cells), count, k=k)
    expected = slowly((recipient[0], float(recipient[1])), [(a, float(x), float(y)) for a, x, y in rows], k)
    assert (found.shares @ mean)[0] == pytest.approx(expected, abs=1e-12)
    assert found.shares.sum() == pytest.approx(1.0)


def test_one_neighbour_is_enough() -> None:
    found = nearest(points([(), ()], [(0.2,), (5.0,)]), points([(), ()], [(0.0,), (1.0,)]), np.ones(2), k=1)
    np.testing.assert_allclose(found.shares.todense(), [[1, 0], [0, 1]])
    np.testing.assert_allclose(found.distance, [0.2, 4.0])


@pytest.mark.parametrize(("k", "fine"), [(2, True), (3, True), (4, False), (0, False)])
def test_there_must_be_k_answers(k: int, fine: bool) -> None:
    donors, count = points([(), ()], [(0.0,), (1.0,)]), np.array([1.0, 2.0])
    if fine:
        assert nearest(donors, donors, count, k=k).shares.shape == (2, 2)
    else:
        with pytest.raises(EstimationError, match=r"nearest that are asked for|whole number"):
            nearest(donors, donors, count, k=k)


def test_cells_without_answers_are_no_donors() -> None:
    donors = points([(), ()], [(0.0,), (1.0,)])
    found = nearest(donors, donors, np.array([0.0, 4.0]), k=2)
    np.testing.assert_allclose(found.shares.todense(), [[0, 1], [0, 1]])


def test_numbers_are_measured_in_standard_deviations_of_the_survey_and_categories_count_one() -> None:
    own = {"a": np.array([0.0, 1.0]), "x": np.array([10.0, 30.0])}
    survey = gathered(own, {}, np.array([1.0, 1.0]))
    volunteers = gathered(own, {})
    recipients, donors = stand(survey, volunteers, ["a", "x"], numeric=["x"])
    np.testing.assert_allclose(recipients.numbers[:, 0], [1.0, 3.0])
    found = nearest(recipients, donors, np.ones(2), k=2)
    np.testing.assert_allclose(found.distance, [math.sqrt(5), math.sqrt(5)])


def test_a_number_that_does_not_vary_does_not_matter() -> None:
    own = {"a": np.array([0.0, 1.0, 1.0]), "x": np.array([7.0, 7.0, 7.0])}
    sample = gathered(own, {"y": np.array([1.0, 2.0, 4.0])})
    made = impute(sample, Reference(sample, Design()), "y", ["a", "x"], model="nearest", k=1, numeric=["x"])
    assert made.value[0] == pytest.approx((1 + 3 + 3) / 3)


def test_the_local_variance_is_that_of_the_neighbourhood() -> None:
    # Four people alike: their own sample variance. Two alone, far from them: with their nearest neighbour each.
    y = [np.array([1.0, 2.0, 3.0, 6.0]), np.array([10.0]), np.array([14.0])]
    count, first, second = (np.array([f(each) for each in y]) for f in (len, np.sum, lambda v: float((v**2).sum())))
    found = local_variance(points([(), (), ()], [(0.0,), (50.0,), (51.0,)]), count * 1.0, first, second, k=1)
    np.testing.assert_allclose(found, [np.var(y[0], ddof=1), 8.0, 8.0])


def survey(rng: np.random.Generator, n: int = 60) -> tuple[dict[str, Floats], Floats]:
    h = rng.integers(0, 3, n).astype(float)
    return (
        {"x": rng.integers(0, 6, n).astype(float), "h": h, "psu": rng.integers(0, 5, n).astype(float), "d": h % 2},
        rng.uniform(1, 3, n),
    )


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("kind", ["strata", "psu", "replicates", "lonely"])
def test_the_variance_of_loads_is_the_design_variance_of_their_scores(kind: str, centred: bool) -> None:
    rng = np.random.default_rng(4)
    keys, weight = survey(rng)
    if kind == "lonely":
        keys["h"][0] = 9.0
        keys["d"][0] = 0.0
    cells = gathered(keys, {}, weight)
    psu = "psu" if kind == "psu" else ""
    design = Design(strata=("h",), psu=psu, lonely="adjust" if kind == "lonely" else "refuse")
    held = Replicates(cells.weight[:, None] * rng.uniform(0.5, 1.5, (len(cells), 12)), 0.1)
    reference = Reference(cells, design, held if kind == "replicates" else None)
    place, labels = cells.codes(["x"])
    recipients = points([() for _ in labels], [(float(str(label[0])),) for label in labels])
    matches = nearest(
        recipients, points([()] * 4, [(0.0,), (2.0,), (2.5,), (5.0,)]), np.array([1.0, 2.0, 1.0, 3.0]), k=3
    )
    inside = cells.keys["d"].astype(float) == 0
    shares = np.asarray(matches.shares.todense())[place] * inside[:, None]
    if centred:
        mean = cells.weight @ shares / cells.weight[inside].sum()
        shares = shares - mean * inside[:, None]
    expected = np.diag(design_covariance(reference, shares))
    found = load_variances(reference, place, matches, inside, centred=centred)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
