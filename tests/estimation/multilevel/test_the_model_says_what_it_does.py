"""The multilevel model: slopes are slopes, edges are told, what cannot be is refused, intervals keep their level."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import Country, cells, one_factor

from countersign.errors import EstimationError
from countersign.estimation.multilevel.arrowhead import factor, quadratic
from countersign.estimation.multilevel.fitting import Penalty, fit_multilevel
from countersign.estimation.multilevel.laplace import Answers
from countersign.estimation.multilevel.layout import layout
from countersign.estimation.multilevel.post_stratifying import post_stratify_model


@pytest.mark.parametrize("binary", [True, False])
def test_the_slope_of_the_likelihood_is_its_derivative(binary: bool) -> None:
    country = Country(1)
    if binary:
        made = country.fit()
    else:
        n, total = country.answers.n, country.answers.total
        laid = layout(country.people, country.census, groups=["region", "age", "school"], on=["x"], numeric=["x"])
        made = fit_multilevel(laid, Answers(n, total, float((total - total**2 / n).sum()), False))
    theta = made.theta + 0.3
    slope = made.at(theta).slope
    for k in range(len(theta)):
        away = np.zeros(len(theta))
        away[k] = 1e-4
        up, down = made.at(theta + away).log_marginal, made.at(theta - away).log_marginal
        assert slope[k] == pytest.approx((up - down) / 2e-4, rel=1e-5, abs=1e-5)


def test_the_quadratic_form_agrees_with_the_plain_matrix() -> None:
    country = Country(2)
    laid = layout(country.people, country.census, groups=["region", ("age", "school")], on=["x"], numeric=["x"])
    x = laid.census.dense()
    m = np.random.default_rng(1).normal(size=(laid.size, laid.size))
    m = m @ m.T
    np.testing.assert_allclose(quadratic(laid.census, m), np.einsum("cq,qr,cr->c", x, m, x), rtol=1e-10)
    assert laid.groups == ("region", "age x school")


@pytest.mark.parametrize("groups", [["region"], ["age", "region"], ["region", ("region", "age")], ["school", "age"]])
def test_the_factored_curvature_agrees_with_the_plain_matrix(groups: list[str | tuple[str, str]]) -> None:
    country = Country(4)
    laid = layout(country.people, country.census, groups=groups, on=["x", "school"], numeric=["x"])
    rng = np.random.default_rng(2)
    weight, prior = rng.random(len(laid.volunteers)), np.r_[np.zeros(4), 0.1 + rng.random(laid.size - 4)]
    x, wide = laid.volunteers.dense(), laid.census.dense()
    h = x.T @ (x * weight[:, None]) + np.diag(prior)
    plain = np.linalg.inv(h)
    made = factor(laid.volunteers_in_parts, weight, prior)
    assert made is not None
    np.testing.assert_allclose(made.dense(), plain, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(made.diagonal, np.diag(plain), rtol=1e-9)
    assert made.logdet == pytest.approx(np.linalg.slogdet(h)[1], rel=1e-12)
    g = rng.normal(size=laid.size)
    np.testing.assert_allclose(made.solve(g), plain @ g, rtol=1e-8)
    np.testing.assert_allclose(
        made.quadratic(laid.census_in_parts), np.einsum("cq,qr,cr->c", wide, plain, wide), rtol=1e-9
    )
    amount, group = rng.normal(size=len(wide)), rng.integers(0, 7, len(wide))
    sums = np.array([wide[group == d].T @ amount[group == d] for d in range(7)])
    np.testing.assert_allclose(
        made.quadratic_of_sums(laid.census_in_parts, amount, group, 7), np.einsum("dq,qr,dr->d", sums, plain, sums),
        rtol=1e-9,
    )  # fmt: skip


def test_columns_that_depend_on_each_other_have_no_factor() -> None:
    country = Country(4)
    laid = layout(country.people, country.census, groups=["age"], on=["region", "x"], numeric=["x"])
    assert factor(laid.volunteers_in_parts, country.answers.n, np.r_[np.zeros(31), np.full(5, 1e-9)]) is None


def test_the_effects_are_at_the_peak() -> None:
    country = Country(3)
    made = country.fit()
    x = made.layout.volunteers.dense()
    prior = np.zeros(made.layout.size)
    prior[: made.layout.fixed] = made.precision
    for k, sd in enumerate(made.sd):
        prior[made.layout.block(k)] = sd**-2
    p = 1 / (1 + np.exp(-x @ made.peak.z))
    n = country.answers.n
    np.testing.assert_allclose(x.T @ (country.answers.total - n * p) - prior * made.peak.z, 0, atol=1e-7)
    h = x.T @ (x * (n * p * (1 - p))[:, None]) + np.diag(prior)
    np.testing.assert_allclose(made.peak.covariance, np.linalg.inv(h), rtol=1e-6, atol=1e-12)


def test_a_category_nobody_answered_from_gets_the_model_and_the_full_spread() -> None:
    people = cells([40, 50, 60], g=["a", "b", "c"])
    census = cells([100, 100, 100, 100], g=["a", "b", "c", "d"])
    made = fit_multilevel(
        layout(people, census, groups=["g"]), Answers(people.weight, np.array([10.0, 25, 40]), 0, True)
    )
    place = made.layout.starts[0] + 3
    assert made.peak.z[place] == pytest.approx(0, abs=1e-9)
    assert made.peak.covariance[place, place] == pytest.approx(made.sd[0] ** 2)
    found = post_stratify_model(made, census, by=["g"], answered=people, keys=["g"])
    np.testing.assert_allclose(found.unanswered, [0, 0, 0, 1])
    assert found.overall_unanswered == 0.25
    assert found.n.tolist() == [40, 50, 60, 0]
    assert found.se[3] == max(found.se)


def test_without_differences_the_plain_likelihood_is_at_zero_and_told() -> None:
    laid, answers, _ = one_factor([50, 50, 50, 50], [20, 20, 21, 20])
    made = fit_multilevel(laid, answers, penalty=Penalty(groups=0))
    assert made.boundary == ("g",)
    assert "No differences were found between the categories of g." in made.told
    held = fit_multilevel(laid, answers)
    assert 0 < held.sd[0] < 0.5


def test_a_factor_of_two_categories_leaves_much_to_the_penalty_and_says_so() -> None:
    laid, answers, _ = one_factor([30, 40], [15, 19])
    assert fit_multilevel(laid, answers).weak == ("g",)


def test_a_category_in_which_all_answered_alike_is_held_by_the_penalty_and_told() -> None:
    people = cells([20, 20, 20, 20], g=["a", "b", "a", "b"], f=["u", "u", "v", "v"])
    made = fit_multilevel(
        layout(people, people, groups=["g"], on=["f"]), Answers(people.weight, np.array([8.0, 9, 20, 20]), 0, True)
    )
    assert made.separated == ("f=v",)
    assert 2 < made.peak.z[1] < 8
    assert any("f=v answered the same" in said for said in made.told)


@pytest.mark.parametrize(
    ("yes", "binary", "said"),
    [
        ([0, 0, 0], True, "Everybody answered the same"),
        ([10, 10, 10], True, "Everybody answered the same"),
        ([50, 50, 50], False, "Everybody answered the same"),
    ],
)
def test_answers_that_are_all_alike_are_refused(yes: list[float], binary: bool, said: str) -> None:
    laid, _, _ = one_factor([10, 10, 10], [1, 1, 1])
    with pytest.raises(EstimationError, match=said):
        fit_multilevel(laid, Answers(np.full(3, 10.0), np.array(yes, dtype=float), 0.0, binary))


def test_volunteers_from_outside_the_census_are_refused_by_name() -> None:
    with pytest.raises(EstimationError, match="The census has nobody with g = North"):
        layout(cells([5, 5], g=["North", "south"]), cells([5, 5], g=["north", "south"]), groups=["g"])
    with pytest.raises(EstimationError, match="at least one grouping factor"):
        layout(cells([5], g=["a"]), cells([5], g=["a"]), groups=[])
    with pytest.raises(EstimationError, match="5 rows of the volunteers have no value of 'g'"):
        layout(cells([5, 5], g=[None, "b"]), cells([5, 5], g=["a", "b"]), groups=["g"])
    with pytest.raises(EstimationError, match="Did you mean 'region'"):
        layout(cells([5], region=["a"]), cells([5], region=["a"]), groups=["regoin"])


def test_counts_below_zero_are_refused_and_empty_domains_left_out() -> None:
    laid, answers, _ = one_factor([30, 40, 20], [15, 19, 3])
    made = fit_multilevel(laid, answers)
    with pytest.raises(EstimationError, match="counts of the census"):
        post_stratify_model(made, cells([1, -1, 3], g=["g0", "g1", "g2"]))
    found = post_stratify_model(made, cells([1, 0, 3], g=["g0", "g1", "g2"]), by=["g"])
    assert found.domains == (("g0",), ("g2",))


def test_the_same_answers_in_finer_cells_give_the_same_figures() -> None:
    country = Country(5)
    laid = layout(country.people, country.census, groups=["region", "age"])
    one = post_stratify_model(fit_multilevel(laid, country.answers), country.census, by=["age"])
    code, levels = country.people.codes(("region", "age"))
    merged = cells(
        np.bincount(code, country.answers.n), region=[level[0] for level in levels], age=[level[1] for level in levels]
    )
    answers = Answers(merged.weight, np.bincount(code, country.answers.total), 0.0, True)
    other = post_stratify_model(
        fit_multilevel(layout(merged, country.census, groups=["region", "age"]), answers), country.census, by=["age"]
    )
    np.testing.assert_allclose(other.value, one.value, rtol=1e-8)
    np.testing.assert_allclose(other.se, one.se, rtol=1e-5)


@pytest.mark.slow
def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    held: dict[tuple[str, ...], list[float]] = {(): [], ("region",): [], ("age",): [], ("region", "age"): []}
    for seed in range(100):
        country = Country(100 + seed)
        made = country.fit()
        for by in held:
            found = post_stratify_model(made, country.census, by=by)
            truth = country.truth(by)
            logit = [np.log(p / (1 - p)) for p in (found.value, truth)]
            held[by].append(
                float((np.abs(logit[0] - logit[1]) < 1.96 * found.se / (found.value * (1 - found.value))).mean())
            )
    for by, shares in held.items():
        assert 0.90 - 0.03 * (by == ()) <= np.mean(shares) <= 0.99, by
