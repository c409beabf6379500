"""Sizes of hidden populations from lists: reference results, identities and refusals."""

from __future__ import annotations

import json
import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from countersign import inference
from countersign.errors import EstimationError
from countersign.estimation.hidden import (
    chao_of_counts,
    chao_of_lists,
    chapman,
    hierarchical,
    histories,
    lincoln_petersen,
    log_linear,
    profile_limits,
    transformed_logit,
)
from countersign.model.estimate import Status
from real_data import shared

THREE = {(1, 1, 1): 35, (1, 1, 0): 40, (1, 0, 1): 22, (0, 1, 1): 30, (1, 0, 0): 120, (0, 1, 0): 150, (0, 0, 1): 80}


def two(m: int, n10: int, n01: int):
    return histories(["a", "b"], {(1, 1): m, (1, 0): n10, (0, 1): n01})


def test_two_lists_give_the_reference_results():
    expected = json.loads(shared("inference", "hidden_population.json").read_text())["two_list"]
    found = two(expected["n11"], expected["n10"], expected["n01"])
    assert chapman(found).value == pytest.approx(expected["chapman"], rel=1e-10)
    assert chapman(found).standard_error == pytest.approx(expected["se_chapman_seber"], rel=1e-8)
    assert lincoln_petersen(found).value == pytest.approx(expected["lincoln_petersen"], rel=1e-10)


def test_eight_models_of_three_lists_give_the_reference_results():
    expected = json.loads(shared("inference", "hidden_population.json").read_text())
    counts = {tuple(map(int, key)): n for key, n in expected["three_list_counts"].items()}
    fitted = log_linear(histories(["1", "2", "3"], counts))
    names = {
        "independence": "independence", "12": "1 x 2", "13": "1 x 3", "23": "2 x 3", "12,13": "1 x 2, 1 x 3",
        "12,23": "1 x 2, 2 x 3", "13,23": "1 x 3, 2 x 3", "saturated_no_3way": "1 x 2, 1 x 3, 2 x 3",
    }  # fmt: skip
    models = {one.name: one for one in fitted.models}
    assert set(models) == set(names.values())
    for name, wanted in expected["three_list_loglinear"].items():
        one = models[names[name]]
        assert one.unseen == pytest.approx(wanted["n0"], rel=1e-8)
        assert one.value == pytest.approx(wanted["N"], rel=1e-8)
        assert one.aic == pytest.approx(wanted["aic"], rel=1e-8)
        assert one.deviance == pytest.approx(wanted["deviance"], rel=1e-8, abs=1e-8)
        assert one.se_log_unseen == pytest.approx(wanted["se_log_n0"], rel=1e-8)


def test_the_average_is_the_weighted_mean_with_its_unconditional_error():
    fitted = log_linear(histories("abc", THREE), criterion="aic")
    aic = np.array([one.aic for one in fitted.models])
    w = np.exp(-(aic - aic.min()) / 2)
    w /= w.sum()
    values = np.array([one.value for one in fitted.models])
    errors = np.array([one.standard_error for one in fitted.models])
    assert [one.weight for one in fitted.models] == pytest.approx(w.tolist())
    assert fitted.average.value == pytest.approx(w @ values)
    assert fitted.average.standard_error == pytest.approx(w @ np.hypot(errors, values - w @ values))
    assert fitted.lowest == pytest.approx(752.319287645104)
    assert fitted.highest == pytest.approx(2386.0909090909)
    assert "752 to 2,386" in fitted.average.note


def test_no_model_stands_alone_in_what_the_verb_returns():
    import pyarrow as pa

    columns = {name: [key[at] for key in THREE] for at, name in enumerate("abc")}
    table = pa.table({**columns, "n": list(THREE.values())})
    found = inference.estimate_population_size(table, lists=["a", "b", "c"], count="n")
    assert [row["figure_id"] for row in found.rows()][:2] == [
        "population:model average", "population:lower bound (Chao)"
    ]  # fmt: skip
    assert len(found.rows()) == 10
    assert len(found.models["all"].models) == 8
    for row in found.rows()[2:]:
        assert "Not to be shown alone" in row["note"]


def brute(lists: int, order: int) -> set[frozenset[tuple[int, ...]]]:
    terms = [t for size in range(2, order + 1) for t in combinations(range(lists), size)]
    found = set()
    for on in product((False, True), repeat=len(terms)):
        held = frozenset(t for t, yes in zip(terms, on, strict=True) if yes)
        if all(part in held for t in held for size in range(2, len(t)) for part in combinations(t, size)):
            found.add(held)
    return found


@pytest.mark.parametrize(("lists", "order", "count"), [(3, 2, 8), (4, 2, 64), (4, 3, 113)])
def test_the_hierarchical_models_are_all_there(lists, order, count):
    found = hierarchical(lists, order)
    assert len(found) == count
    assert {frozenset(terms) for terms in found} == brute(lists, order)


def test_a_log_linear_fit_is_the_largest_poisson_likelihood_of_a_slow_climb():
    rng = np.random.default_rng(5)
    found = histories("abcd", {on: int(rng.integers(2, 40)) for on in product((0, 1), repeat=4) if any(on)})
    fitted = log_linear(found)
    one = next(m for m in fitted.models if m.name == "a x b, c x d")
    seen = found.seen
    x = np.column_stack([np.ones(15), seen, seen[:, 0] * seen[:, 1], seen[:, 2] * seen[:, 3]]).astype(float)

    def lost(b):
        mu = np.exp(x @ b)
        return mu.sum() - found.counts @ (x @ b), x.T @ (mu - found.counts)

    slow = minimize(lost, np.r_[2.0, np.zeros(6)], jac=True, method="BFGS", options={"gtol": 1e-9})
    assert one.unseen == pytest.approx(math.exp(slow.x[0]), rel=1e-6)


def test_independence_of_two_lists_has_the_classical_variance():
    """sqrt(u + u^2 var) is the Lincoln-Petersen standard error when the third list adds nothing."""
    found = two(60, 140, 90)
    u = 140 * 90 / 60
    assert lincoln_petersen(found).standard_error == pytest.approx(math.sqrt(u + u * u * (1 / 60 + 1 / 140 + 1 / 90)))


def test_chaos_bound_of_two_lists_is_chapmans_estimate():
    found = two(60, 140, 90)
    assert chao_of_lists(found).value == pytest.approx(chapman(found).value)


def test_chaos_bound_from_counts_by_hand():
    found = chao_of_counts({1: 50, 2: 10, 3: 3}, form="classical")
    assert found.value == pytest.approx(63 + 125)
    ratio = 5.0
    assert found.standard_error == pytest.approx(math.sqrt(10 * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)))
    assert chao_of_counts({1: 50, 2: 10, 3: 3}).value == pytest.approx(63 + 50 * 49 / 22)
    assert chao_of_counts({2: 5, 3: 2}).value == 7  # nobody seen once: nothing speaks for more


def test_the_transformed_logit_interval_by_hand():
    m, n10, n01 = 60, 140, 90
    s = math.sqrt(1 / 60.5 + 1 / 140.5 + 1 / 90.5 + 60.5 / (140.5 * 90.5))
    lower, upper = transformed_logit(m, m + n10, m + n01)
    u = 140.5 * 90.5 / 60.5
    assert lower == pytest.approx(290 - 0.5 + u * math.exp(-1.959963984540054 * s))
    assert upper == pytest.approx(290 - 0.5 + u * math.exp(1.959963984540054 * s))


def test_the_profile_likelihood_has_fallen_by_the_quantile_at_its_limits():
    """Against a likelihood written out for two independent lists: N over n unseen, times the hypergeometric part."""
    from scipy.special import gammaln

    found = two(60, 140, 90)
    lower, upper = profile_limits(found, ())

    def likelihood(size):
        p, q = 200 / size, 150 / size
        return (
            gammaln(size + 1) - gammaln(size - 290 + 1)
            + 200 * math.log(p) + (size - 200) * math.log(1 - p) + 150 * math.log(q) + (size - 150) * math.log(1 - q)
        )  # fmt: skip

    top = max(likelihood(size) for size in np.arange(450, 560, 0.001))
    for limit in (lower, upper):
        assert 2 * (top - likelihood(limit)) == pytest.approx(1.959963984540054**2, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=7, max_size=7))
def test_limits_always_hold_the_value_and_never_fall_below_those_seen(counts):
    lists = dict(zip(THREE, counts, strict=True))
    try:
        found = histories("abc", lists)
        fitted = log_linear(found)
    except EstimationError:
        return
    for one in [fitted.average, chao_of_lists(found)]:
        assert found.persons <= one.lower <= one.value <= one.upper
    assert sum(one.weight for one in fitted.models) == pytest.approx(1)
    assert all((one.value is None) == bool(one.reason) for one in fitted.models)


def test_a_model_without_a_largest_likelihood_says_so_and_has_no_weight():
    """Nobody is on a and b: their interaction would be minus infinity. With a x c and b x c those outside c are three
    cells for three coefficients, and (a alone)(b alone) / (a and b) is infinite."""
    found = histories("abc", {**THREE, (1, 1, 1): 0, (1, 1, 0): 0})
    models = {one.name: one for one in log_linear(found).models}
    for name, one in models.items():
        assert (one.value is None) == ("a x b" in name or name == "a x c, b x c"), name
        assert one.value is not None or (one.weight == 0 and one.reason)


@pytest.mark.parametrize(("recaptures", "status"), [(6, Status.UNRELIABLE), (7, Status.CAUTION), (8, Status.CAUTION)])
def test_fewer_than_seven_recaptures_are_unreliable(recaptures, status):
    size = chapman(two(recaptures, 50, 40))
    assert size.status is status
    assert ("recaptures" in size.flags) == (status is Status.UNRELIABLE)


def test_three_lists_with_enough_recaptures_need_no_caution():
    assert log_linear(histories("abc", THREE)).average.status is Status.PUBLISHED


def test_nobody_on_both_lists_has_no_lincoln_petersen_estimate():
    with pytest.raises(EstimationError, match="infinite"):
        lincoln_petersen(two(0, 10, 10))
    assert chapman(two(0, 10, 10)).value == 120


@pytest.mark.parametrize(
    ("lists", "counts", "says"),
    [
        (["a"], {(1,): 5}, "1 lists"),
        (["a", "a"], {(1, 1): 5}, "different names"),
        (list("abcdef"), {}, "6 lists"),
        (["a", "b"], {(0, 0): 5}, "has a 1 nowhere"),
        (["a", "b"], {(1, 1): 1.5, (1, 0): 1, (0, 1): 1}, "not whole"),
        (["a", "b"], {(1, 1): -1, (1, 0): 1, (0, 1): 1}, "negative"),
        (["a", "b"], {(1, 0): 4}, "Nobody is on the list b"),
    ],
)
def test_lists_that_say_nothing_are_refused(lists, counts, says):
    with pytest.raises(EstimationError, match=says):
        histories(lists, counts)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    """500 populations of 600: independent lists, then lists a and b that share people given nothing else."""
    rng = np.random.default_rng(20)
    held = {"chapman": 0, "logit": 0, "average": 0, "dependent": 0, "bound": 0}
    runs = 500
    for _ in range(runs):
        seen = rng.random((600, 3)) < [0.35, 0.3, 0.25]
        counted = {}
        for on in map(tuple, seen.astype(int).tolist()):
            counted[on] = counted.get(on, 0) + 1
        counted.pop((0, 0, 0), None)
        pair = {}
        for on, n in counted.items():
            if any(on[:2]):
                pair[on[:2]] = pair.get(on[:2], 0) + n
        for key, size in (
            ("chapman", chapman(histories("ab", pair))),
            ("logit", chapman(histories("ab", pair), interval="transformed-logit")),
            ("average", log_linear(histories("abc", counted)).average),
        ):
            held[key] += size.lower <= 600 <= size.upper
        odds = seen[:, 0] | (rng.random(600) < 0.2)
        seen[:, 1] = rng.random(600) < np.where(odds, 0.5, 0.2)
        counted = {}
        for on in map(tuple, seen.astype(int).tolist()):
            counted[on] = counted.get(on, 0) + 1
        counted.pop((0, 0, 0), None)
        found = histories("abc", counted)
        size = log_linear(found).average
        held["dependent"] += size.lower <= 600 <= size.upper
        held["bound"] += chao_of_lists(found).lower <= 600
    share = {key: n / runs for key, n in held.items()}
    print(share)
    for key in ("chapman", "logit", "average", "dependent"):
        assert 0.90 <= share[key] <= 0.985, (key, share)
    assert share["bound"] > 0.95
