"""Figures changed by noise: values, intervals, sizes, and everything beside them that would give the true base away."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, t

from countersign.model.agreement import wilson
from countersign.model.contribution import Contribution
from countersign.model.estimate import WITHHELD, Estimate, EstimateTable, Status
from countersign.model.fan import Alternative, Fan, Part, PartKind, PlausibleRange
from countersign.model.sensitivity import Selected, SelectionRange, Tipping
from countersign.protection.noise.figures import (
    CHANGED,
    about,
    change_figures,
    change_share,
)
from countersign.protection.noise.laws import CellKeyNoise, Rounding, unit_of
from countersign.protection.noise.perturbation_table import perturbation_table

SECRET = b"s" * 32
TABLE = perturbation_table(5, 3.0, hidden=2)
LAW = CellKeyNoise(TABLE, SECRET)


def near(value: Any, **settings: Any) -> Any:
    """Published numbers have six digits."""
    return pytest.approx(value, **({"rel": 1e-5} | settings))


class Fixed:
    """A law that adds the same to every count, and twice the unit to every amount: to see what becomes of it."""

    largest, variance, drawn, slack = 5.0, 3.0, True, 0.0

    def __init__(self, more: int = 1) -> None:
        self.more = more

    def counts(self, counts: Any, sums: Any, about: Any = ()) -> Any:
        return np.asarray(counts) + self.more

    def amounts(self, totals: Any, tops: Any, people: Any, sums: Any, about: Any = ()) -> Any:
        return np.asarray(totals, dtype=float) + 2 * unit_of(tops)

    def told(self) -> dict[str, float]:
        return {}


def figure(statistic: str = "proportion", value: float = 0.25, n: int = 40, **more: Any) -> Estimate:
    settings: dict[str, Any] = {
        "indicator": "water",
        "statistic": statistic,
        "domain": {},
        "value": value,
        "standard_error": math.sqrt(value * (1 - value) / n) if 0 < value < 1 else 1.0,
        "lower": value - 0.1,
        "upper": value + 0.1,
        "n": n,
        "method": "m",
        "convention": "korn-graubard",
        "n_effective": float(n),
        "degrees": n - 1.0,
        "design_effect": 1.0,
        "raw": value,
        "figure_id": "f",
    }
    return Estimate(**(settings | more))


def behind(units: int = 40, **more: Any) -> Contribution:
    return Contribution("f", "u", units, more.pop("contributors", units), **({"key": 7} | more))


EMPTY = {"value": None, "standard_error": None, "lower": None, "upper": None, "n": 0}


def changed(one: Estimate, who: Contribution | None, law: Any = None, **more: Any) -> Estimate:
    contributions = {} if who is None else {"f": who}
    return change_figures(EstimateTable((one,)), contributions, law=law or Fixed(), **more).estimates[0]


# Values -------------------------------------------------------------------------------------------------------------


def test_a_share_is_counted_anew_from_those_counted_and_those_not() -> None:
    """10 of 40 with one more on either side: 11 of 42."""
    told = changed(figure(), behind(numerator=10, numerator_key=3))
    assert told.value == near(11 / 42)
    assert told.raw == near(11 / 42)
    assert told.n == 41


def test_a_mean_that_is_a_share_is_treated_as_one() -> None:
    assert changed(figure("mean"), behind(numerator=10, numerator_key=3)).value == near(11 / 42)


def test_a_weighted_share_keeps_the_weights_of_both_sides() -> None:
    """0.4 with weights, 0.25 without: those counted weigh twice the others. 2 x 11 of 2 x 11 + 31."""
    told = changed(figure(value=0.4, raw=0.25), behind(numerator=10, numerator_key=3))
    assert told.value == near(22 / 53)
    assert told.raw == near(11 / 42)


def test_the_higher_the_weights_differ_the_more_people_seem_to_be_added() -> None:
    """Design effect 4: as if root 4 = 2 people were added where the law adds one."""
    told = changed(figure(value=0.4, raw=0.25, design_effect=4.0), behind(numerator=10, numerator_key=3))
    assert told.value == near(24 / 56)
    assert told.note == CHANGED.format(largest=10)
    unweighted = changed(figure(design_effect=4.0), behind(numerator=10, numerator_key=3))
    assert unweighted.value == near(11 / 42)


def test_nothing_and_everything_stay_so_only_if_the_law_says_so() -> None:
    nobody = changed(figure(value=0.0, standard_error=0.0), behind(numerator=0, numerator_key=0))
    everybody = changed(figure(value=1.0, standard_error=0.0), behind(numerator=40, numerator_key=7))
    assert (nobody.value, everybody.value) == (0.0, 1.0)
    assert nobody.upper is not None
    assert nobody.upper > 0.05
    assert everybody.lower is not None
    assert everybody.lower < 0.95


def test_the_share_and_its_complement_add_up_to_one() -> None:
    """Both sides are drawn from their own people, so who asks for the others gets what is left."""
    yes = changed(figure(), behind(numerator=10, numerator_key=3), LAW)
    no = changed(figure(value=0.75), behind(numerator=30, numerator_key=4), LAW)
    assert yes.value is not None
    assert no.value is not None
    assert yes.value + no.value == near(1, abs=2e-6)


def test_a_mean_moves_by_what_the_total_moved_over_n() -> None:
    """T = 400, largest 30: the unit is 50, the law adds 100, over 40 people 2.5."""
    told = changed(figure("mean", 10.0), behind(total=400.0, largest=(30.0, 20.0)))
    assert told.value == near(12.5)
    assert told.raw == near(12.5)
    weighted = changed(figure("mean", 10.0, raw=9.0, design_effect=2.25), behind(total=400.0, largest=(30.0,)))
    assert weighted.value == near(10 + 1.5 * 2.5)


def test_a_total_moves_in_proportion() -> None:
    told = changed(figure("total", 8000.0, raw=400.0), behind(total=400.0, largest=(30.0,)))
    assert told.value == near(8000 * 1.25)
    assert told.raw == near(400 * 1.25)


def test_a_weighted_number_of_people_moves_with_their_count() -> None:
    told = changed(figure("total", 500.0, raw=10.0), behind(numerator=10, numerator_key=3))
    assert told.value == near(550)
    nobody = changed(figure("total", 0.0, raw=0.0, standard_error=0.0), behind(numerator=0, numerator_key=0))
    assert nobody.value == 0


def test_a_ratio_moves_by_the_larger_of_both_shares_a_person_can_have() -> None:
    """Unit 50 of 400 is an eighth, more than one person in 40; two units are a quarter."""
    told = changed(figure("ratio", 2.0, raw=2.0), behind(total=400.0, largest=(30.0,)))
    assert told.value == near(2.5)
    even = changed(figure("ratio", 2.0, raw=2.0), behind(total=4000.0, largest=(1.0,)))
    assert even.value == near(2.0 * (1 + 2 / 40))


def test_a_quantile_moves_by_the_distance_between_neighbours() -> None:
    """SE 0.5 with 36 effective: 2 x 0.5 x 6 / 40 = 0.15 a person, and two people."""
    told = changed(
        figure(
            "quantile",
            7.0,
            standard_error=0.5,
            n_effective=36.0,
            raw=None,
            lower=6.9,
            upper=7.4,
            convention="woodruff-mean",
        ),
        behind(),
    )
    assert told.value == near(7.3)
    noise = float(t.ppf(0.975, 40)) * 0.15 * math.sqrt(3 + 1 / 12)
    assert told.lower == near(7.3 - math.hypot(0.1 * math.sqrt(40 / 41), noise))
    assert told.upper == near(7.3 + math.hypot(0.4 * math.sqrt(40 / 41), noise))
    assert told.convention == "woodruff-mean, noise allowed for"


def test_a_person_with_many_records_counts_as_one() -> None:
    """40 records of 10 people: one person more is 4 records more."""
    told = changed(figure(value=0.3), behind(contributors=10, numerator=12, numerator_key=3))
    assert told.n == 44
    assert told.value == near(16 / (16 + 32))
    known = changed(
        figure(value=0.3),
        behind(contributors=10, numerator=12, numerator_key=3, numerator_contributors=4, remainder_contributors=7),
    )
    assert known.value == near(15 / (15 + 28 * 8 / 7))


# What is told beside the value --------------------------------------------------------------------------------------


def test_the_interval_of_a_share_is_wilson_with_the_published_size_widened_by_the_noise() -> None:
    told = changed(figure(), behind(numerator=10, numerator_key=3))
    p, n, times = 11 / 42, 41, float(t.ppf(0.975, 40))
    low, high = wilson(p, n, times)
    noise = times * math.sqrt(3 * ((1 - p) ** 2 + p**2)) / n
    assert told.lower == near(p - math.hypot(p - low, noise))
    assert told.upper == near(p + math.hypot(high - p, noise))
    assert told.standard_error == near(math.sqrt(p * (1 - p) / n + (noise / times) ** 2))
    assert told.degrees == 40
    assert told.n_effective == near(p * (1 - p) / told.standard_error**2)
    assert told.design_effect == near(41 / told.n_effective)
    assert told.convention == "wilson, noise allowed for"


def test_the_interval_of_a_mean_is_t_with_both_variances() -> None:
    told = changed(figure("mean", 10.0, standard_error=2.0), behind(total=400.0, largest=(30.0,)))
    spread = math.sqrt(4 * 40 / 41 + (3 + 1 / 12) * (50 / 41) ** 2)
    assert told.standard_error == near(spread)
    assert told.upper == near(12.5 + t.ppf(0.975, 40) * spread)
    assert told.convention == "t, noise allowed for"


def test_the_spread_of_a_total_grows_with_the_published_size() -> None:
    told = changed(figure("total", 8000.0, raw=400.0, standard_error=600.0), behind(total=400.0, largest=(30.0,)))
    noise = (3 + 1 / 12) * 50**2 * (8000 / 400) ** 2
    assert told.standard_error == near(math.sqrt(600**2 * 41 / 40 + noise))


def test_a_figure_of_everybody_has_the_interval_of_the_noise_alone() -> None:
    full = figure(standard_error=0.0, lower=0.25, upper=0.25, degrees=None, design_effect=None, n_effective=40.0)
    told = changed(full, behind(numerator=10, numerator_key=3))
    p = 11 / 42
    half = norm.ppf(0.975) * math.sqrt(3 * ((1 - p) ** 2 + p**2)) / 41
    assert told.upper == near(p + half)
    assert told.lower == near(p - half)
    assert told.degrees is None


def test_what_follows_from_the_count_to_the_nearest_has_a_largest_error_that_is_added() -> None:
    law = Rounding(5, how="nearest")
    told = changed(figure(), behind(numerator=10, numerator_key=3), law)
    p, n, times = 0.25, 40, float(t.ppf(0.975, 39))
    low, _ = wilson(p, n, times)
    half = 2.5 / math.sqrt(2) * math.sqrt(2 * (0.75**2 + 0.25**2)) / n
    assert told.lower == near(p - (p - low) - half)


@pytest.mark.parametrize(
    ("design_effect", "told_as"),
    [
        (1.0256, 1.0),
        (1.13, 1.25),
        (1.5, 1.5),
        (0.05, 0.25),
        (None, 1.0),
        (math.inf, 1.0),
        (math.nan, 1.0),
    ],
)
def test_a_design_effect_is_told_in_quarters_since_its_digits_tell_n(
    design_effect: float | None, told_as: float
) -> None:
    told = changed(figure(design_effect=design_effect), behind(numerator=10, numerator_key=3))
    p, n = 11 / 42, 41 / told_as
    noise = 3 * ((1 - p) ** 2 + p**2) / 41**2
    assert told.standard_error == near(math.sqrt(p * (1 - p) / n + noise))


@pytest.mark.parametrize(
    ("degrees", "told_as"),
    [(39.0, 40.0), (38.0, 40.0), (37.0, 20.0), (20.0, 20.0), (19.0, 10.0), (10.0, 10.0), (9.0, 5.0), (7.0, 5.0),
     (5.0, 5.0), (4.0, 2.0), (2.0, 2.0), (1.0, 1.0)],
)  # fmt: skip
def test_degrees_of_freedom_are_those_of_the_published_size_or_a_round_number_of_units(
    degrees: float, told_as: float
) -> None:
    assert changed(figure(degrees=degrees), behind(numerator=10, numerator_key=3)).degrees == told_as


def test_the_reader_is_told() -> None:
    told = changed(figure(note="Small."), behind(numerator=10, numerator_key=3))
    assert told.note == f"Small. {CHANGED.format(largest=5)}"
    assert told.flags == ("noise",)
    assert told.status is Status.PUBLISHED


def test_reliability_is_judged_anew() -> None:
    seen = []

    def judge(one: Estimate) -> Estimate:
        seen.append(one.n)
        return replace(one, status=Status.UNRELIABLE, flags=("rule:n",), note="Not precise.")

    told = changed(figure(flags=("old",)), behind(numerator=10, numerator_key=3), judge=judge)
    assert (told.status, told.flags, seen) == (Status.UNRELIABLE, ("rule:n", "noise"), [41])
    assert told.note == f"Not precise. {CHANGED.format(largest=5)}"


def test_a_compared_answer_is_changed_as_a_figure_is() -> None:
    told = change_share(0.25, 0.4, 0.07, behind(numerator=10, numerator_key=3), law=Fixed())
    assert told is not None
    assert told[:2] == near((11 / 42, 22 / 53))
    assert told[2] > 0.07
    assert change_share(0.5, 0.5, 0.3, behind(2, numerator=1, numerator_key=3), law=Fixed(-2)) is None


def test_the_fan_and_the_ranges_move_with_the_figure() -> None:
    fan = Fan(
        (
            Alternative("unweighted", 0.2, 0.05, 0.1, 0.3, "a"),
            Alternative("raking", 0.25, 0.06, 0.15, 0.35, "a", chosen=True),
            Alternative("doubly robust", None, None, None, None, "a", reason="no"),
        )
    )
    plausible = PlausibleRange(
        (
            Part(PartKind.SAMPLING, 0.15, 0.35, "chance"),
            Part(PartKind.METHODS, 0.2, 0.25, "methods"),
            Part(PartKind.SELECTION, 0.05, 0.45, "selection"),
        )
    )
    selection = SelectionRange("MUBP", 0.25, 0.123456, 0.04, (Selected(0, 0, 0.25), Selected(1, 0.1, 0.15, 0.05, 0.25)))
    tipping = Tipping(0.5, 0.25, 0.0123456, 0.01, 1.23456, 0.5, None)
    told = changed(
        figure(fan=fan, plausible=plausible, selection=selection, tipping=tipping),
        behind(numerator=10, numerator_key=3),
    )
    assert told.value is not None
    by = told.value - 0.25
    assert told.fan is not None
    other, chosen, lacking = told.fan.alternatives
    assert other.value == near(0.2 + by)
    assert other.lower is not None
    assert other.lower < 0.1 + by
    assert (chosen.value, chosen.lower, chosen.upper) == (told.value, told.lower, told.upper)
    assert chosen.standard_error == told.standard_error
    assert lacking.value is None
    assert told.plausible is not None
    chance, methods, selected = told.plausible.parts
    assert (chance.lower, chance.upper) == (told.lower, told.upper)
    assert (methods.lower, methods.upper) == near((0.2 + by, 0.25 + by))
    assert selected.lower < 0.05 + by
    assert selected.upper > 0.45 + by
    assert told.selection is not None
    assert told.selection.unadjusted == near(0.25 + by)
    assert told.selection.fraction == near(0.04 * 41 / 40)
    assert told.selection.strength == 0.12
    assert told.selection.parts[1].value == near(0.15 + by)
    assert told.selection.parts[1].lower < 0.05 + by  # type: ignore[operator]
    assert told.selection.parts[0].lower is None
    assert told.tipping is not None
    assert (told.tipping.value, told.tipping.correlation, told.tipping.ratio) == (told.value, 0.012, 1.2)
    assert told.tipping.odds is None


def test_nothing_published_gives_the_true_base_away() -> None:
    """Samples of other sizes with the same published counts: all that is told is the same to the last digit."""

    class To(Fixed):
        def counts(self, counts: Any, sums: Any, about: Any = ()) -> Any:
            return np.asarray([{7: 41, 3: 11, 4: 31}[int(key)] for key in np.asarray(sums)])

    def told(counted: int, others: int) -> Estimate:
        n = counted + others
        p = counted / n
        one = figure(value=p, raw=p, n=n, standard_error=math.sqrt(p * (1 - p) / (n - 1)), degrees=n - 1.0)
        return changed(replace(one, design_effect=n / (n - 1)), behind(n, numerator=counted, numerator_key=3), To())

    assert told(10, 30) == told(9, 28) == told(12, 33)


# What cannot be shown -----------------------------------------------------------------------------------------------


def test_a_figure_of_which_nothing_is_left_is_withheld() -> None:
    for told in (
        changed(figure(n=2), behind(2, numerator=1, numerator_key=3), Fixed(-2)),
        changed(figure(n=1, status=Status.TOO_FEW), behind(1, numerator=1, numerator_key=7)),
    ):
        assert (told.status, told.note) == (Status.SUPPRESSED, WITHHELD)
        assert (told.value, told.n, told.raw, told.n_effective, told.fan) == (None, 0, None, None, None)


def test_both_sides_of_a_share_may_be_gone_though_the_base_is_not() -> None:
    class OnlyBase(Fixed):
        def counts(self, counts: Any, sums: Any, about: Any = ()) -> Any:
            return np.where(np.asarray(sums) == 7, 3, 0)

    told = changed(figure(n=2, value=0.5), behind(2, numerator=1, numerator_key=3), OnlyBase())
    assert (told.status, told.note) == (Status.SUPPRESSED, WITHHELD)


@pytest.mark.parametrize(
    ("one", "who"),
    [
        (figure(), None),
        (figure(), behind(numerator=10, numerator_key=3, key=-1)),
        (figure("mean", 10.0), behind()),
        (figure("mean", 10.0), behind(total=400.0)),
        (figure("total", 10.0), behind(total=0.0, largest=(30.0,))),
        (figure("ratio", 10.0), behind(total=0.0, largest=(30.0,))),
        (figure("quantile", 10.0, standard_error=0.0), behind()),
        (figure("gini", 0.3), behind(total=400.0, largest=(30.0,))),
    ],
)
def test_a_figure_that_cannot_be_changed_is_withheld(one: Estimate, who: Contribution | None) -> None:
    told = changed(one, who)
    assert (told.status, told.note) == (Status.SUPPRESSED, WITHHELD)


@pytest.mark.parametrize(("key", "shown"), [(-1, False), (0, True), (1, True)])
def test_a_key_of_0_is_a_key(key: int, shown: bool) -> None:
    told = changed(figure(), behind(numerator=10, numerator_key=3, key=key))
    assert (told.status is Status.PUBLISHED) is shown


@pytest.mark.parametrize("status", [Status.REFUSED, Status.NOT_ASKED, Status.NO_DATA, Status.TOO_FEW])
def test_how_many_stand_behind_a_figure_without_a_value_is_not_told(status: Status) -> None:
    told = changed(replace(figure(), value=None, status=status), behind(numerator=10, numerator_key=3))
    assert (told.n, told.status) == (0, Status.SUPPRESSED)
    nobody = replace(figure(), **EMPTY, status=status)
    assert changed(nobody, behind()) == nobody


def test_a_figure_whose_people_nobody_counted_is_withheld() -> None:
    told = changed(figure(n=1), behind(0, contributors=0, numerator=0, numerator_key=0))
    assert (told.n, told.status) == (0, Status.SUPPRESSED)
    assert change_share(0.2, 0.3, 0.1, behind(0, contributors=0, numerator=0, numerator_key=0), law=Fixed()) == (
        0.2, 0.3, 0.1,
    )  # fmt: skip


@pytest.mark.parametrize(("value", "raw"), [(0.0, 0.25), (1.0, 0.25), (0.0, 0.75), (1.0, 0.75)])
def test_a_share_whose_weights_are_all_on_one_side_is_counted_without_them(value: float, raw: float) -> None:
    told = changed(figure(value=value, raw=raw), behind(numerator=int(40 * raw), numerator_key=3))
    assert told.value == near((40 * raw + 1) / 42)


def test_a_distribution_is_a_share_and_a_count_is_a_total() -> None:
    share = changed(figure(), behind(numerator=10, numerator_key=3))
    assert changed(figure("distribution"), behind(numerator=10, numerator_key=3)) == replace(
        share, statistic="distribution"
    )
    total = changed(figure("total", 400.0), behind(total=400.0, largest=(30.0,)))
    assert total.status is Status.PUBLISHED
    assert changed(figure("count", 400.0), behind(total=400.0, largest=(30.0,))) == replace(total, statistic="count")


def test_figures_from_nobody_and_figures_no_rule_is_asked_of_stay_as_they_are() -> None:
    nobody = replace(figure(), **EMPTY, status=Status.NO_DATA)
    assert changed(nobody, None) == nobody
    assert changed(figure(), behind(numerator=10, numerator_key=3), exempt={"water"}) == figure()
    withheld = replace(figure(), **EMPTY, status=Status.SUPPRESSED)
    assert changed(withheld, None, hide_zeros=True) == withheld


def test_nobody_and_few_look_alike_where_zeros_are_protected() -> None:
    nobody = replace(figure(), **EMPTY, status=Status.NO_DATA)
    told = changed(nobody, None, hide_zeros=True)
    assert (told.status, told.note) == (Status.SUPPRESSED, WITHHELD)
    assert changed(figure(), behind(numerator=10, numerator_key=3), hide_zeros=True).n == 41


@pytest.mark.parametrize(("n", "shown"), [(4, False), (5, True)])
def test_where_zeros_are_protected_few_are_up_to_the_largest_change(n: int, shown: bool) -> None:
    """One more is published: 5, as many as the largest change, might be nobody but for the noise; 6 may not."""
    told = changed(figure(n=n), behind(n, numerator=1, numerator_key=3), hide_zeros=True)
    assert (told.status is Status.PUBLISHED) == shown


def test_what_a_cell_is_about_counts_only_where_presence_is_hidden() -> None:
    def published(law: Any) -> set[float | None]:
        domains: list[dict[str, str]] = [{}, {"age": "65+"}, {"age": "65+", "sex": "f"}, {"sex": "f"}, {"sex": "m"}]
        shares = [replace(figure(), domain=one, figure_id="f") for one in domains]
        return {changed(one, behind(43, numerator=12, numerator_key=3), law).value for one in shares}

    assert len(published(LAW)) == len(published(Rounding(5, SECRET))) == 1
    assert len(published(CellKeyNoise(TABLE, SECRET, hide_presence=True))) > 1
    assert len(published(Rounding(5, SECRET, hide_presence=True))) > 1
    assert about({"a": "1", "b": "2"}) == about({"b": "2", "a": "1"}) != about({"a": "1"})


def test_amounts_too_have_other_noise_as_another_cell_where_presence_is_hidden() -> None:
    for law in (CellKeyNoise(TABLE, SECRET, hide_presence=True), Rounding(5, SECRET, hide_presence=True)):
        asked = [[float(law.amounts([433.0], [30.0], [10], [5], [name])[0]) for name in "aabcdefgh"] for _ in range(2)]
        assert asked[0] == asked[1]
        assert asked[0][0] == asked[0][1]
        assert len(set(asked[0])) > 1
    for law in (LAW, Rounding(5, SECRET)):
        assert len({float(law.amounts([433.0], [30.0], [10], [5], [name])[0]) for name in "abcdefgh"}) == 1


# Amounts ------------------------------------------------------------------------------------------------------------


def test_the_unit_of_an_amount_is_the_next_of_1_2_5_10() -> None:
    assert unit_of([0, 0.9, 1, 1.01, 2, 2.1, 5, 5.1, 10, 30, 120, 0.03]).tolist() == near(
        [0, 1, 1, 2, 2, 5, 5, 10, 10, 50, 200, 0.05]
    )


@pytest.mark.parametrize("power", [-300, -7, -1, 0, 1, 3, 15, 22, 23, 300])
def test_the_unit_beside_a_power_of_ten_is_never_too_small(power: int) -> None:
    ten = float(f"1e{power}")
    below, above = math.nextafter(ten, 0.0), math.nextafter(ten, math.inf)
    assert unit_of([below, ten, above, ten * 1.001]).tolist() == near([ten, ten, ten, 2 * ten])


def test_amounts_have_the_variance_of_the_count_in_units_of_the_largest_contribution() -> None:
    keys = np.arange(40_000)
    people = np.full(40_000, 50)
    found = LAW.amounts(np.full(40_000, 4000.0), np.full(40_000, 160.0), people, keys) - 4000
    assert np.abs(found).max() <= 5.5 * 200
    assert found.mean() == near(0, abs=8)
    assert found.std() == near(200 * math.sqrt(3 + 1 / 12), rel=0.02)
    assert len(np.unique(found)) > 39_000


def test_an_amount_in_another_unit_has_the_same_noise() -> None:
    one = LAW.amounts([400.0], [30.0], [10], [5])[0] - 400
    ten = LAW.amounts([4000.0], [300.0], [10], [5])[0] - 4000
    assert ten == near(10 * one)
    assert LAW.amounts([410.0], [30.0], [10], [5])[0] - 410 != near(one)


def test_an_amount_does_not_become_negative_and_nothing_stays_nothing() -> None:
    found = LAW.amounts(np.full(200, 1.0), np.full(200, 1.0), np.full(200, 1), np.arange(200))
    assert found.min() == 0
    assert LAW.amounts([0.0], [0.0], [0], [0])[0] == 0
    assert LAW.amounts([0.0, 5.0], [0.0, 0.0], [3, 0], [1, 1]).tolist() == [0.0, 5.0]
    assert (LAW.amounts(np.full(200, -1.0), np.full(200, -1.0), np.full(200, 5), np.arange(200)) < -1).any()


@pytest.mark.parametrize("total", [0.0, 0.5])
def test_debts_that_make_up_for_gains_are_changed_upwards_alone(total: float) -> None:
    found = LAW.amounts(np.full(200, total), np.full(200, 10.0), np.full(200, 5), np.arange(200))
    assert found.min() == 0
    assert found.max() > 10


def test_nobody_has_no_noise_however_large_the_largest_may_be() -> None:
    assert LAW.amounts([0.0] * 9, [10.0] * 9, [0] * 9, np.arange(9)).tolist() == [0.0] * 9
    assert LAW.amounts([7.0] * 9, [10.0] * 9, [0] * 9, np.arange(9)).tolist() == [7.0] * 9


def test_rounded_amounts_are_multiples_of_base_times_unit() -> None:
    law = Rounding(5, SECRET)
    found = law.amounts(np.full(2000, 610.0), np.full(2000, 30.0), np.full(2000, 9), np.arange(2000))
    assert set(found.tolist()) == {500.0, 750.0}
    assert found.mean() == near(610, abs=8)
    assert Rounding(5, how="nearest").amounts([610.0, 630.0], [30.0, 30.0], [9, 9], [0, 0]).tolist() == [500.0, 750.0]
    assert Rounding(5, how="nearest").amounts([0.0], [0.0], [9], [0]).tolist() == [0.0]


def test_what_is_published_about_the_law() -> None:
    assert LAW.told() == {"largest": 5, "variance": 3, "never_published_up_to": 2}
    assert Rounding(5, SECRET).told() == {"base": 5, "largest": 4, "variance": 4}
    assert "s" * 8 not in repr(LAW) + repr(Rounding(5, SECRET))
