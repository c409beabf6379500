"""Every reliability rule, just below its limit, at it and just above it."""

from __future__ import annotations

import math

import pytest

from countersign import catalogue
from countersign.estimation import Precision, judge
from countersign.model.estimate import Status

TINY = 1e-9
OK, CAUTION, BAD = Status.PUBLISHED, Status.CAUTION, Status.UNRELIABLE


def share(*, value=0.5, width=0.1, n=100.0, effective=100.0, degrees=50.0):
    return Precision(value, 0.01, value - width / 2, value + width / 2, n, effective, degrees)


PROPORTION = [
    # n: 30 is enough
    ({"n": 29.0}, BAD, "n"),
    ({"n": 30.0}, OK, ""),
    ({"n": 31.0}, OK, ""),
    # effective n
    ({"effective": 30 - TINY}, BAD, "effective-n"),
    ({"effective": 30.0}, OK, ""),
    ({"effective": 30 + TINY}, OK, ""),
    # width: 0.30 is too wide
    ({"width": 0.30 - TINY}, OK, ""),
    ({"width": 0.30 + TINY}, BAD, "width"),
    # width up to 0.05 is narrow whatever the share
    ({"value": 0.02, "width": 0.05 - TINY}, OK, ""),
    ({"value": 0.02, "width": 0.05 + TINY}, BAD, "relative-width"),
    # relative width 130 %
    ({"value": 0.10, "width": 0.13 - TINY}, OK, ""),
    ({"value": 0.10, "width": 0.13 + TINY}, BAD, "relative-width"),
    # of the complement: a review
    ({"value": 0.90, "width": 0.13 - TINY}, OK, ""),
    ({"value": 0.90, "width": 0.13 + TINY}, CAUTION, "complement"),
    # degrees of freedom
    ({"degrees": 7.0}, CAUTION, "degrees"),
    ({"degrees": 8.0}, OK, ""),
    ({"degrees": 9.0}, OK, ""),
]


@pytest.mark.parametrize(("changes", "status", "reason"), PROPORTION)
def test_nchs_proportions(changes, status, reason):
    found, flags = judge(share(**changes), ("nchs-proportion",))
    assert found is status
    assert flags == ((f"nchs-proportion:{reason}",) if reason else ())


@pytest.mark.parametrize(("lower", "upper", "status"), [(0.0, 0.3, BAD), (0.25, 0.55, BAD)])
def test_a_width_of_exactly_the_limit_is_too_wide(lower, upper, status):
    it = Precision((lower + upper) / 2, 0.01, lower, upper, 100, 100, 50)
    assert it.upper - it.lower >= 0.3
    assert judge(it, ("nchs-proportion",))[0] is status


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_and_everything_ask_for_a_review(value):
    it = Precision(value, 0.0, max(0.0, value - 0.04), min(1.0, value + 0.04), 100, 100, 50)
    assert judge(it, ("nchs-proportion",)) == (CAUTION, ("nchs-proportion:zero-or-all",))


def count(*, value=100.0, width=50.0, n=50.0, degrees=20.0):
    return Precision(value, 10.0, value - width / 2, value + width / 2, n, n, degrees)


COUNT = [
    ({"n": 9.0}, BAD, "n"),
    ({"n": 10.0}, OK, ""),
    ({"n": 11.0}, OK, ""),
    ({"width": 160 - TINY}, OK, ""),
    ({"width": 160.0}, OK, ""),
    ({"width": 160 + 1e-6}, BAD, "relative-width"),
    ({"degrees": 7.0}, CAUTION, "degrees"),
    ({"degrees": 8.0}, OK, ""),
]


@pytest.mark.parametrize(("changes", "status", "reason"), COUNT)
def test_nchs_counts(changes, status, reason):
    found, flags = judge(count(**changes), ("nchs-count",))
    assert found is status
    assert flags == ((f"nchs-count:{reason}",) if reason else ())


VARIATION = [
    (0.165 - TINY, OK),
    (0.165, OK),
    (0.165 + TINY, CAUTION),
    (0.333 - TINY, CAUTION),
    (0.333, CAUTION),
    (0.333 + TINY, BAD),
]


@pytest.mark.parametrize(("cv", "status"), VARIATION)
@pytest.mark.parametrize("sign", [1, -1])
def test_coefficients_of_variation(cv, status, sign):
    it = Precision(sign * 1.0, cv, 0, 1, 100, 100, 50)
    assert judge(it, ("statistics-canada-cv",))[0] is status


def test_a_value_of_zero_has_no_coefficient_of_variation():
    assert judge(Precision(0.0, 0.1, -1, 1, 100, 100, 50), ("statistics-canada-cv",))[0] is BAD
    assert judge(Precision(0.0, 0.0, 0, 0, 100, 100, 50), ("statistics-canada-cv",))[0] is OK


def test_the_worst_rule_decides_and_all_flags_stay():
    it = Precision(100.0, 20.0, 0, 400, 9, 9, 3)
    status, flags = judge(it, ("statistics-canada-cv", "nchs-count"))
    assert status is BAD
    assert flags == ("statistics-canada-cv:cv", "nchs-count:n")


def test_every_rule_names_its_source_and_how_far_it_was_checked():
    for entry in catalogue.load("reliability"):
        assert entry.source
        assert entry.date
        assert math.isfinite(entry.get("degrees", 0))
