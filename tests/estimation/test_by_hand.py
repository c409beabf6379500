"""One worked example for each statistic, short enough to check with a pencil."""

from __future__ import annotations

import pytest
from reduction import field, one, reduced

from countersign.estimation import estimate_ratio
from countersign.model.benchmark import Margin
from countersign.weighting import post_stratify

MEASURES = {"y": field("y"), "x": field("x"), "one": one}


def rows_of(y, x=None, d=None, g=None):
    size = len(y)
    x, d, g = x or [1.0] * size, d or [1.0] * size, g or ["all"] * size
    return [{"y": a, "x": b, "d": c, "g": e} for a, b, c, e in zip(y, x, d, g, strict=True)]


# name, rows, numerator, denominator, value, variance
SPEC = [
    # mean of 2 4 9: 5; deviations -3 -1 4 over 3; 3/2 * 26/9
    ("mean", rows_of([2.0, 4.0, 9.0]), "y", "one", 5.0, 13 / 3),
    # weighted share: 8 of 10; w (y - 0.8)/10 = .02 -.16 .06 .08; 4/3 * 0.036
    ("share", rows_of([1.0, 0.0, 1.0, 1.0], d=[1.0, 2.0, 3.0, 4.0]), "y", "one", 0.8, 0.048),
    # total: 2 (1 + 2 + 3); z = 2 4 6 about 4: 3/2 * 8
    ("total", rows_of([1.0, 2.0, 3.0], d=[2.0] * 3), "y", None, 12.0, 12.0),
    # ratio 15/6; (y - 2.5 x)/6 = -.5 -1 1.5 over 6; 3/2 * 3.5/36
    ("ratio", rows_of([2.0, 4.0, 9.0], x=[1.0, 2.0, 3.0]), "y", "x", 2.5, 3 / 2 * 3.5 / 36),
    # an exact ratio has no variance
    ("exact ratio", rows_of([2.0, 4.0, 6.0], x=[1.0, 2.0, 3.0]), "y", "x", 2.0, 0.0),
]


@pytest.mark.parametrize(("name", "rows", "numerator", "denominator", "value", "variance"), SPEC)
def test_statistics_by_hand(name, rows, numerator, denominator, value, variance):
    found = estimate_ratio(reduced(rows, ["g"], MEASURES, "d"), numerator, denominator)
    assert found.value[0] == pytest.approx(value, rel=1e-14), name
    assert found.se[0] ** 2 == pytest.approx(variance, rel=1e-12, abs=1e-14), name


def test_a_domain_keeps_the_rows_outside_it():
    # mean of 1 3 in a: 2; u = -1/2, 1/2, and 0 0 for b; 4/3 * 1/2
    rows = rows_of([1.0, 3.0, 7.0, 7.0], g=["a", "a", "b", "b"])
    found = estimate_ratio(reduced(rows, ["g"], MEASURES), "y", "one", by=("g",))
    assert found.value.tolist() == [2.0, 7.0]
    assert found.se[0] ** 2 == pytest.approx(2 / 3, rel=1e-13)
    assert found.se[1] == 0
    assert found.degrees.tolist() == [1, 1]


def test_post_stratification_by_hand():
    # g = 4/2 and 6/2; total 2 (1 + 3) + 3 (10 + 14) = 80
    # residuals from the group means -1 1 -2 2, times g: -2 2 -6 6; V = 4/3 * 80; the mean has 1/100 of it
    rows = rows_of([1.0, 3.0, 10.0, 14.0], g=["a", "a", "b", "b"])
    cells = reduced(rows, ["g"], MEASURES)
    weights = post_stratify(cells, Margin(("g",), {("a",): 4.0, ("b",): 6.0}))
    total = estimate_ratio(cells, "y", weights=weights)
    mean = estimate_ratio(cells, "y", "one", weights=weights)
    assert (total.value[0], mean.value[0]) == (80.0, 8.0)
    assert total.se[0] ** 2 == pytest.approx(4 / 3 * 80, rel=1e-13)
    assert mean.se[0] ** 2 == pytest.approx(4 / 3 * 0.8, rel=1e-13)
    # without residuals the group means count as error: z = 2 6 30 42 about 20: 4/3 * 1104
    ignored = estimate_ratio(cells, "y", weights=weights, residuals="none")
    assert ignored.se[0] ** 2 == pytest.approx(4 / 3 * 1104, rel=1e-13)
