"""What is published beside a figure gives the number of people away, or it does not."""

from __future__ import annotations

import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.catalogue import load
from countersign.errors import ProtectionError
from countersign.estimation.interval import interval
from countersign.protection.cells.inverting import CONVENTIONS, Published, base_from_interval


def survey(n: int, yes: int, *, less: int = 1) -> tuple[float, float]:
    """A share of n people and its standard error; variance over n - 1 as in this library, or over n."""
    p = yes / n
    return p, math.sqrt(p * (1 - p) / (n - less))


def test_every_convention_of_the_catalogue_is_tried() -> None:
    assert set(CONVENTIONS) == set(load("intervals").ids)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize(("n", "yes"), [(7, 3), (40, 9), (5, 5), (11, 0)])
def test_the_ends_of_an_unrounded_interval_give_the_base_away(convention: str, n: int, yes: int) -> None:
    p, se = survey(n, yes)
    made = interval(convention, value=p, se=se, n=n, degrees=n - 1)
    if se == 0 and convention in ("t", "mean"):
        return  # an interval without width, which says nothing but that all agree
    found = base_from_interval(Published(p, lower=made.lower, upper=made.upper, convention=made.convention))
    assert found.lowest <= n <= found.highest
    assert found.width <= 1
    assert "interval" in found.told


@settings(max_examples=30, deadline=None)
@given(
    st.integers(2, 60), st.data(), st.sampled_from(["korn-graubard", "logit", "wilson"]), st.sampled_from([0.0, 5e-4])
)
def test_the_true_base_is_always_among_those_that_agree(
    n: int, data: st.DataObject, convention: str, rounding: float
) -> None:
    yes = data.draw(st.integers(1, n - 1))
    p, se = survey(n, yes)
    made = interval(convention, value=p, se=se, n=n, degrees=n - 1)
    digits = 3 if rounding else 17
    found = base_from_interval(
        Published(
            round(p, digits),
            lower=round(made.lower, digits),
            upper=round(made.upper, digits),
            standard_error=round(se, digits),
            convention=convention,
            rounding=rounding,
        ),
        most=150,
    )
    assert found.lowest <= n <= found.highest


def test_whole_percents_hide_more_than_three_decimals() -> None:
    p, se = survey(40, 9)
    made = interval("logit", value=p, se=se, n=40, degrees=39)

    def width(digits: int) -> float:
        return base_from_interval(
            Published(
                round(p, digits), lower=round(made.lower, digits), upper=round(made.upper, digits),
                convention="logit", rounding=0.5 * 10**-digits,
            )
        ).width  # fmt: skip

    assert 0 <= width(4) <= width(3) <= width(2)
    assert width(2) >= 3


def test_a_share_alone_tells_of_what_numbers_it_can_be_one() -> None:
    found = base_from_interval(Published(3 / 7), most=50)
    assert (found.lowest, found.highest, found.agreeing, found.told) == (7, math.inf, 7, ("share",))
    assert base_from_interval(Published(0.5)).lowest == 2
    assert base_from_interval(Published(0.43, rounding=0.005)).lowest == 7


def test_nothing_follows_from_a_mean_but_from_degrees_of_freedom() -> None:
    assert base_from_interval(Published(12.5, share=False)).told == ()
    assert base_from_interval(Published(12.5, share=False)).highest == math.inf
    found = base_from_interval(Published(12.5, share=False, degrees=11))
    assert (found.lowest, found.highest, found.told) == (12, 12, ("degrees",))
    assert base_from_interval(Published(12.5, share=False, degrees=11, clustered=True)).told == ()


def test_standard_error_and_interval_of_a_mean_tell_the_quantile_and_so_the_base() -> None:
    made = interval("t", value=12.5, se=2.0, n=6, degrees=5)
    found = base_from_interval(
        Published(12.5, lower=made.lower, upper=made.upper, standard_error=2.0, share=False, convention="t")
    )
    assert (found.lowest, found.highest, found.told) == (6, 6, ("interval",))


@pytest.mark.parametrize(("less", "n"), [(0, 12), (1, 12)])
def test_a_standard_error_tells_the_base_whichever_way_it_was_computed(less: int, n: int) -> None:
    p, se = survey(n, 3, less=less)
    found = base_from_interval(Published(p, standard_error=se))
    assert found.lowest <= n <= found.highest
    assert found.width <= 4  # the share allows multiples of 4 only
    assert "standard_error" in found.told


def test_an_effective_number_with_its_design_effect_is_the_base() -> None:
    told = base_from_interval(Published(0.25, n_effective=20.0, design_effect=1.5, weighted=True))
    assert (told.lowest, told.highest, told.told) == (30, 30, ("n_effective",))
    rounded = base_from_interval(Published(0.25, n_effective=20.0, design_effect=1.5, weighted=True, rounding=0.05))
    assert rounded.lowest < 30 < rounded.highest
    alone = base_from_interval(Published(0.25, n_effective=20.0, weighted=True))
    assert alone.told == ()
    same = base_from_interval(Published(0.25, n_effective=20.0))
    assert (same.lowest, same.highest) == (20, 20)


def test_weights_without_a_design_effect_keep_the_base_of_standard_error_and_interval() -> None:
    p, se = 0.31, 0.11
    made = interval("logit", value=p, se=se, n=25, degrees=24, n_effective=15)
    found = base_from_interval(
        Published(p, lower=made.lower, upper=made.upper, convention="logit", weighted=True, clustered=True)
    )
    assert found.told == ()
    assert found.highest == math.inf


def test_evidence_that_fits_no_number_is_left_out() -> None:
    found = base_from_interval(Published(0.5, standard_error=7.0))
    assert found.told == ("share",)


@pytest.mark.parametrize(
    "options", [{"value": 1.1}, {"value": -0.1}, {"level": 0.0}, {"level": 1.0}, {"rounding": -1e-9}]
)
def test_numbers_that_are_none_of_a_figure_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ProtectionError):
        Published(**{"value": 0.5, **options})


@pytest.mark.parametrize(
    ("degrees", "lowest", "highest"), [(0, 1, 1), (1, 2, 2), (2, 3, 3), (48, 49, 49), (49, 50, math.inf)]
)
def test_the_last_number_that_is_looked_at_bounds_nothing(degrees: float, lowest: float, highest: float) -> None:
    found = base_from_interval(Published(12.5, share=False, degrees=degrees), most=50)
    assert (found.lowest, found.highest, found.told) == (lowest, highest, ("degrees",))


def test_an_effective_number_without_weights_is_the_base_or_one_less() -> None:
    found = base_from_interval(Published(12.5, share=False, n_effective=20.0, rounding=0.05))
    assert (found.lowest, found.highest, found.agreeing) == (20, 21, 2)
    twice = base_from_interval(Published(12.5, share=False, n_effective=20.0, design_effect=2.0))
    assert (twice.lowest, twice.highest) == (40, 40)


@pytest.mark.parametrize("ends", [{"lower": 0.2}, {"upper": 0.8}])
def test_one_end_alone_is_no_interval(ends: dict[str, float]) -> None:
    assert base_from_interval(Published(0.5, **ends)).told == ("share",)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("less", [0, 1])
@pytest.mark.parametrize("named", [True, False])
def test_an_interval_tells_whether_or_not_it_is_said_how_it_was_made(convention: str, less: int, named: bool) -> None:
    p, se = survey(40, 9, less=less)
    made = interval(convention, value=p, se=se, n=40, degrees=39)
    found = base_from_interval(
        Published(p, lower=made.lower, upper=made.upper, convention=convention if named else ""), most=200
    )
    assert found.lowest <= 40 <= found.highest
    assert "interval" in found.told


@pytest.mark.parametrize(
    ("off", "told"), [(0.5e-9, ("share",)), (0.9e-9, ("share",)), (1.1e-9, ()), (1.9e-9, ()), (3e-9, ())]
)
def test_a_share_agrees_to_a_billionth(off: float, told: tuple[str, ...]) -> None:
    assert base_from_interval(Published(0.5 + off), most=10).told == told


@pytest.mark.parametrize(("off", "told"), [(1.2e-6, ("degrees",)), (1.8e-6, ())])
def test_a_large_number_agrees_to_a_billionth_of_itself(off: float, told: tuple[str, ...]) -> None:
    assert base_from_interval(Published(12.5, share=False, degrees=1500 + off)).told == told


@pytest.mark.parametrize("convention", ["t", "logit", "korn-graubard", "beta", "wilson", "wilson-svy"])
def test_an_interval_of_clusters_is_inverted_with_its_own_degrees_of_freedom(convention: str) -> None:
    p, se = survey(40, 9)
    made = interval(convention, value=p, se=se, n=40, degrees=7)
    found = base_from_interval(
        Published(p, lower=made.lower, upper=made.upper, convention=convention, degrees=7, clustered=True), most=200
    )
    assert (found.lowest, found.highest, found.told) == (40, 40, ("share", "interval"))
    other = base_from_interval(
        Published(p, lower=made.lower, upper=made.upper, convention=convention, degrees=9, clustered=True), most=200
    )
    assert other.told == ("share",)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_number_is_tried_in_silence(convention: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n, yes in ((40, 9), (11, 0), (5, 5)):
            p, se = survey(n, yes)
            made = interval(convention, value=p, se=se, n=n, degrees=n - 1)
            base_from_interval(
                Published(p, lower=made.lower, upper=made.upper, convention=convention, standard_error=se), most=60
            )
            base_from_interval(Published(p, lower=made.lower, upper=made.upper, convention=convention), most=60)


@pytest.mark.parametrize(
    ("n", "yes", "convention", "digits"),
    [
        (35, 1, "korn-graubard", 3),
        (35, 1, "t", 3),
        (35, 1, "wilson", 3),
        (40, 9, "beta", 2),
        (9, 4, "logit", 2),
        (30, 1, "korn-graubard", 2),  # here the standard error is rounded down
    ],
)
def test_a_standard_error_that_is_rounded_may_have_been_a_little_more_or_less(
    n: int, yes: int, convention: str, digits: int
) -> None:
    # 1 of 35: the standard error of 0.0286 is published as 0.029, which alone would be that of 34 people.
    p, se = survey(n, yes)
    made = interval(convention, value=p, se=se, n=n, degrees=n - 1)
    told = Published(
        round(p, digits), lower=round(made.lower, digits), upper=round(made.upper, digits),
        standard_error=round(se, digits), convention=convention, rounding=0.5 * 10**-digits,
    )  # fmt: skip
    found = base_from_interval(told, most=150)
    assert found.lowest <= n <= found.highest


def test_a_number_at_the_very_edge_of_what_was_rounded_agrees() -> None:
    # With the billionth that is allowed too, a 1 may have been anything from 0 to 2.
    found = base_from_interval(Published(12.5, share=False, degrees=1, rounding=1 - 1e-9))
    assert (found.lowest, found.highest, found.agreeing) == (1, 3, 3)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_two_people_are_found_who_have_one_degree_of_freedom(convention: str) -> None:
    p, se = survey(2, 1)
    made = interval(convention, value=p, se=se, n=2, degrees=1)
    found = base_from_interval(Published(p, lower=made.lower, upper=made.upper, convention=convention))
    widest = 4 if convention == "asin" else 2  # its ends are 0 and 1 for four people too
    assert (found.lowest, found.highest, found.told) == (2, widest, ("share", "interval"))
