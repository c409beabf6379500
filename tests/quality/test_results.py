"""How exact, how wrong, how plainly told: findings from weights, figures and comparisons."""

from __future__ import annotations

import pytest
from making import plan

from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.finding import State
from countersign.model.release import Comparison
from countersign.quality import assess_results, mean_absolute_bias

COMPARISONS = (
    Comparison("food stamps", "yes", 0.233, 0.251, 0.138),
    Comparison("food stamps", "no", 0.767, 0.749, 0.862),
    Comparison("voted", "yes", 0.80, 0.70, 0.60),
    Comparison("voted", "no", 0.20, 0.30, 0.40),
)


def figure(**more):
    given = {
        "indicator": "i", "statistic": "mean", "domain": {}, "value": 100.0, "standard_error": 10.0, "lower": 80.0,
        "upper": 120.0, "n": 500, "method": "m", "convention": "t", "n_effective": 400.0, "assumption": "a",
    }  # fmt: skip
    return Estimate(**(given | more))


def results(*figures, comparisons=(), **more):
    return assess_results(
        plan=plan(), weights=more.get("weights"), estimates=EstimateTable(figures), comparisons=comparisons
    )


def one(findings, check):
    found = [f for f in findings if f.check == check]
    assert len(found) == 1
    return found[0]


def test_bias_is_the_mean_over_items_of_the_mean_over_categories():
    assert mean_absolute_bias(COMPARISONS) == {
        "food stamps": (pytest.approx(9.5), pytest.approx(11.3)),
        "voted": (pytest.approx(20.0), pytest.approx(10.0)),
    }


def test_an_answer_the_benchmark_does_not_know_has_no_truth():
    more = (*COMPARISONS, Comparison("voted", "refused", 0.01, 0.01, 0.0), Comparison("new", "yes", 1.0, 1.0, 0.0))
    assert mean_absolute_bias(more) == mean_absolute_bias(COMPARISONS)


def test_bias_before_and_after_and_what_got_worse_are_told():
    from countersign.quality.results import residual_bias

    whole, _, worse = residual_bias(COMPARISONS)
    assert (whole.value, whole.evidence["before"]) == (pytest.approx(10.65), pytest.approx(14.75))
    assert (whole.evidence["better"], whole.evidence["worse"]) == (["voted"], ["food stamps"])
    assert whole.state is State.FAIL
    assert (worse.check, worse.subject, worse.state) == ("item_bias", "food stamps", State.WARN)
    assert "23.3 % before, 25.1 % after, truth 13.8 %" in worse.message


@pytest.mark.parametrize(("moved", "named"), [(0.0, 0), (0.004, 0), (0.006, 1)])
def test_a_question_is_named_from_half_a_point_that_weighting_moved_it_away(moved, named):
    from countersign.quality.results import residual_bias

    comparisons = (Comparison("q", "yes", 0.6, 0.6 + moved, 0.5), Comparison("q", "no", 0.4, 0.4 - moved, 0.5))
    assert sum(one.check == "item_bias" for one in residual_bias(comparisons)) == named


@pytest.mark.parametrize(
    ("off", "state"), [(0.03, State.PASS), (0.031, State.WARN), (0.05, State.WARN), (0.051, State.FAIL)]
)
def test_bias_turns_at_3_and_5_points(off, state):
    comparisons = (Comparison("q", "yes", 0.5 + off, 0.5 + off, 0.5), Comparison("q", "no", 0.5 - off, 0.5 - off, 0.5))
    assert one(results(comparisons=comparisons), "residual_bias").state is state


def test_without_a_known_answer_bias_is_not_assessed():
    assert one(results(figure()), "residual_bias").state is State.NOT_ASSESSED
    assert one(results(figure()), "sensitivity").state is State.NOT_ASSESSED


@pytest.mark.parametrize(
    ("error", "state"), [(16.5, State.PASS), (16.51, State.WARN), (33.3, State.WARN), (33.31, State.FAIL)]
)
def test_precision_turns_at_16_5_and_33_3_percent(error, state):
    finding = one(results(figure(standard_error=error)), "precision")
    assert finding.state is state
    assert finding.value == pytest.approx(error / 100)


@pytest.mark.parametrize(
    ("size", "state"), [(60, State.PASS), (59.9, State.WARN), (30, State.WARN), (29.9, State.FAIL)]
)
def test_precision_turns_at_60_and_30_effective_records(size, state):
    assert one(results(figure(n_effective=size)), "precision").state is state


def test_a_median_without_standard_error_takes_its_interval():
    finding = one(results(figure(standard_error=None, lower=80.4, upper=119.6)), "precision")
    assert finding.value == pytest.approx(0.1, rel=1e-3)


def test_weak_figures_of_a_breakdown_are_counted():
    figures = [figure(), figure(domain={"g": "a"}, n=20, n_effective=20.0, figure_id="i:a"), figure(domain={"g": "b"})]
    finding = one(results(*figures), "precision")
    assert (finding.state, finding.count, finding.evidence["weak"]) == (State.PASS, 1, ["i:a"])


def test_every_figure_shows_its_uncertainty():
    assert one(results(figure()), "uncertainty_shown").state is State.PASS
    assert one(results(figure(), figure(assumption="")), "uncertainty_shown").state is State.WARN
    hidden = figure(value=None, lower=None, upper=None, status=Status.SUPPRESSED)
    assert one(results(hidden), "uncertainty_shown").state is State.NOT_ASSESSED
