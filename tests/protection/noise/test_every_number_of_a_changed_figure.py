"""Figures changed by noise, number by number: errors, sizes, and all that stands beside them, computed by hand."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from countersign.model.agreement import wilson
from countersign.model.contribution import Contribution
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.fan import Alternative, Fan, Part, PartKind, PlausibleRange
from countersign.model.sensitivity import Selected, SelectionRange, Tipping
from countersign.protection.noise.figures import change_figures, change_share
from countersign.protection.noise.laws import CellKeyNoise, Rounding
from countersign.protection.noise.perturbation_table import perturbation_table
from countersign.protection.noise.ranges import Moved, moved, short

SECRET = b"s" * 32
LAW = CellKeyNoise(perturbation_table(5, 3.0, hidden=2), SECRET)
V, W = 3.0, 3.0 + 1 / 12
COUNTS, AMOUNTS = [31, 28, 30, 0, 0], [510.135022, 306.505671, 299.714205]
ROUNDED, ROUNDED_AMOUNTS = [30, 30, 35, 35, 0], [500.0, 500.0, 0.0]


class Told:
    """A law that writes down what it is asked, adds `more` to counts and `extra` to amounts."""

    largest, variance, drawn, slack, secret = 5.0, 3.0, True, 0.0, SECRET

    def __init__(self, more: int = 1, extra: float = 100.0) -> None:
        self.more, self.extra, self.asked = more, extra, []  # type: ignore[var-annotated]

    def counts(self, counts: Any, sums: Any, about: Any = ()) -> Any:
        self.asked.append(("counts", list(counts), list(sums), list(about)))
        return np.asarray(counts) + self.more

    def amounts(self, totals: Any, tops: Any, people: Any, sums: Any, about: Any = ()) -> Any:
        self.asked.append(("amounts", list(totals), list(tops), list(people), list(sums), list(about)))
        return np.asarray(totals, dtype=float) + self.extra

    def told(self) -> dict[str, float]:
        return {}


def figure(statistic: str, value: float, **more: Any) -> Estimate:
    settings: dict[str, Any] = {
        "indicator": "water", "statistic": statistic, "domain": {"sex": "f", "age": "65+"}, "value": value,
        "standard_error": 2.0, "lower": value - 4, "upper": value + 4, "n": 40, "method": "m", "convention": "t",
        "n_effective": 40.0, "degrees": 39.0, "design_effect": 1.0, "raw": value, "figure_id": "f",
    }  # fmt: skip
    return Estimate(**(settings | more))


def changed(one: Estimate, law: Any = None, **who: Any) -> Estimate:
    behind = Contribution("f", "u", **({"units": 40, "contributors": 40, "key": 7} | who))
    return change_figures(EstimateTable((one,)), {"f": behind}, law=law or Told()).estimates[0]


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-5)


# The same noise in every release ------------------------------------------------------------------------------------


def test_published_numbers_of_a_secret_never_change_with_the_program() -> None:
    """Another version of the program that drew otherwise would let two releases be averaged."""
    assert LAW.counts([30, 30, 30, 2, 0], [1, 2, 3, 4, 0]).tolist() == COUNTS
    amounts = LAW.amounts([400.0, 400.0, 90.0], [30.0, 30.0, 80.0], [10, 10, 2], [1, 2, 3])
    assert amounts.tolist() == pytest.approx(AMOUNTS, abs=1e-5)
    rounding = Rounding(5, SECRET)
    assert rounding.counts([31, 32, 33, 34, 2], [1, 2, 3, 4, 5]).tolist() == ROUNDED
    rounded = rounding.amounts([410.0, 420.0, 90.0], [30.0, 30.0, 80.0], [10, 10, 2], [1, 2, 3])
    assert rounded.tolist() == pytest.approx(ROUNDED_AMOUNTS)


def test_counts_may_come_as_any_kind_of_number() -> None:
    for law in (LAW, Rounding(5, SECRET), Rounding(5, how="nearest")):
        found = law.counts([30.0, 31.0], [1, 2])
        assert found.dtype == np.int64
        assert found.tolist() == law.counts([30, 31], [1, 2]).tolist()
        assert law.amounts([40, 50], [3, 4], [5, 6], [1, 2]).tolist() == pytest.approx(
            law.amounts([40.0, 50.0], [3.0, 4.0], [5, 6], [1, 2]).tolist()
        )


def test_small_units_are_units_too() -> None:
    rounded = Rounding(5, how="nearest").amounts([0.9], [0.3], [4], [1])
    assert rounded.tolist() == pytest.approx([0.0])
    assert Rounding(5, how="nearest").amounts([1.4], [0.3], [4], [1]).tolist() == pytest.approx([2.5])


# What the law is asked ----------------------------------------------------------------------------------------------


def test_the_law_is_asked_with_people_keys_and_what_the_cell_is_about() -> None:
    law = Told()
    changed(figure("mean", 10.0), law, total=400.0, largest=(30.0,), contributors=20)
    about = "age=65+\x1fsex=f"
    assert law.asked == [
        ("counts", [20], [7], [about]),
        ("amounts", [400.0], [30.0], [20], [7], [about]),
    ]
    law = Told()
    changed(figure("proportion", 0.25), law, numerator=10, numerator_key=3)
    assert [one[2] for one in law.asked] == [[7], [3], [4]]
    law = Told()
    changed(figure("total", 90.0), law, numerator=10, numerator_key=3, numerator_contributors=5)
    assert law.asked[1] == ("counts", [5], [3], [about])
    law = Told()
    changed(figure("total", 90.0), law, total=400.0, largest=(30.0,))
    assert law.asked[1] == ("amounts", [400.0], [30.0], [40], [7], [about])
    law = Told()
    changed(figure("ratio", 2.0), law, numerator=10, numerator_key=3)
    assert law.asked[1] == ("amounts", [10.0], [1.0], [40], [7], [about])
    law = Told()
    changed(figure("mean", 10.0), law, contributors=1, total=400.0, largest=(30.0,))
    assert law.asked == [("counts", [1], [7], [about]), ("amounts", [400.0], [30.0], [1], [7], [about])]
    law = Told()
    changed(figure("mean", 10.0), law, contributors=0, total=400.0, largest=(30.0,))
    assert law.asked == [("counts", [1], [7], [about]), ("amounts", [400.0], [30.0], [1], [7], [about])]
    law = Told()
    changed(figure("mean", 10.0), law, contributors=50, total=400.0, largest=(30.0,))
    assert law.asked[0] == ("counts", [50], [7], [about])
    law = Told()
    changed(figure("proportion", 0.25), law, contributors=20, numerator=1, numerator_key=3)
    assert [one[1] for one in law.asked] == [[20], [1], [20]], "one record is of one person, and 39 of twenty"
    law = Told()
    changed(figure("quantile", 2.0), law, contributors=20)
    assert law.asked[1] == ("amounts", [20.0], [1.0], [20], [7], [about])


# Errors and sizes ---------------------------------------------------------------------------------------------------


def test_numbers_of_a_mean() -> None:
    told = changed(figure("mean", 10.0, design_effect=2.0, raw=9.0), total=400.0, largest=(30.0,))
    sampling, noise = 4 * 40 / 41, W * 2 * (50 / 41) ** 2
    spread = math.sqrt(sampling + noise)
    assert told.standard_error == near(spread)
    assert told.n_effective == near(41 / 2 * sampling / spread**2)
    assert told.design_effect == near(2 * spread**2 / sampling)
    assert told.lower == near(10 + math.sqrt(2) * 2.5 - float(t.ppf(0.975, 40)) * spread)
    assert told.raw == near(9 + math.sqrt(2) * 2.5)
    assert changed(figure("mean", 10.0, raw=None), total=400.0, largest=(30.0,)).raw is None


def test_without_any_sampling_error_the_size_is_that_of_the_people() -> None:
    told = changed(figure("mean", 10.0, standard_error=0.0), total=400.0, largest=(0.0,))
    assert told.standard_error == 0
    assert told.n_effective == 41
    noisy = changed(figure("mean", 10.0, standard_error=0.0), total=400.0, largest=(30.0,))
    assert noisy.n_effective == near(41)


def test_rounded_means_may_rest_on_half_a_base_fewer() -> None:
    law = Rounding(5, SECRET)
    told = changed(figure("mean", 10.0, n=7), law, units=7, contributors=7, total=70.0, largest=(10.0,))
    size = told.n
    noise = (4 + 1 / 12) * (10 / max(size - 2.5, 1)) ** 2
    assert told.standard_error == near(math.sqrt(4 * 7 / size + noise))


def test_numbers_of_a_total() -> None:
    told = changed(figure("total", 8000.0, raw=400.0, design_effect=2.25), total=400.0, largest=(30.0,))
    ratio = 1 + 1.5 * 100 / 400
    assert told.value == near(8000 * ratio)
    assert told.raw == near(400 * ratio)
    assert told.standard_error == near(math.sqrt(4 * 41 / 40 + W * (1.5 * 50 * 20) ** 2))
    down = changed(figure("total", 8000.0), Told(extra=-900.0), total=400.0, largest=(30.0,))
    assert (down.value, down.raw) == (0.0, 0.0)
    owed = changed(figure("total", -8000.0), Told(extra=900.0), total=-400.0, largest=(30.0,))
    assert owed.value == near(-8000 * (1 - 900 / 400))
    tiny = changed(figure("total", 8.0), Told(extra=-3.0), total=0.5, largest=(0.5,))
    assert tiny.value == 0
    less = changed(figure("total", 8000.0), Told(extra=-100.0), total=400.0, largest=(30.0,))
    assert less.value == near(6000)
    assert changed(figure("total", 8000.0, raw=None), total=400.0, largest=(30.0,)).raw is None


def test_numbers_of_a_number_of_people() -> None:
    told = changed(figure("total", 500.0, raw=10.0), numerator=10, numerator_key=3, contributors=10)
    assert told.value == near(500 * (10 + 10 / 2) / 10)
    assert told.standard_error == near(math.sqrt(4 * 44 / 40 + V * (4 * 50) ** 2))
    nobody = changed(figure("total", 0.0, standard_error=3.0, raw=0.0), numerator=0, numerator_key=0)
    assert nobody.standard_error == near(math.sqrt(9 * 41 / 40))
    assert (nobody.value, nobody.raw) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("statistic", "who"),
    [
        ("mean", {"total": 400.0, "largest": (30.0,)}),
        ("total", {"total": 400.0, "largest": (30.0,)}),
        ("ratio", {"total": 400.0, "largest": (30.0,)}),
        ("total", {"total": 400.0}),
        ("total", {"largest": (30.0,)}),
        ("ratio", {"total": 400.0, "largest": (0.0,)}),
        ("ratio", {"total": 400.0}),
    ],
)
def test_without_an_error_or_a_largest_part_nothing_is_shown(statistic: str, who: dict[str, Any]) -> None:
    error = None if set(who) == {"total", "largest"} and who["largest"] != (0.0,) else 2.0
    assert changed(figure(statistic, 10.0, standard_error=error), **who).status is Status.SUPPRESSED


def test_numbers_of_a_ratio() -> None:
    told = changed(figure("ratio", 2.0, design_effect=2.25, raw=1.9), total=400.0, largest=(30.0,))
    ratio = 1 + 1.5 * 2 / 8
    assert told.value == near(2 * ratio)
    assert told.raw == near(1.9 * ratio)
    assert told.standard_error == near(math.sqrt(4 * 40 / 41 + W * (1.5 * 2 / 8) ** 2))
    people = changed(figure("ratio", 0.5, raw=None), Told(extra=2.0), numerator=10, numerator_key=3)
    assert people.value == near(0.5 * (1 + 2 / 10))
    assert people.raw is None


def test_numbers_of_a_quantile() -> None:
    one = figure("quantile", 7.0, standard_error=0.5, n_effective=36.0, raw=None, lower=6.9, upper=7.4)
    told = changed(one, Told(extra=2.0), contributors=20)
    step = 2 * 0.5 * 6 / 40 * 2
    assert told.value == near(7 + 2 * step)
    assert told.standard_error == near(math.sqrt(0.25 * 40 / 42 + W * step**2))


def test_numbers_of_a_share() -> None:
    told = changed(figure("proportion", 0.3, raw=0.3), contributors=20, numerator=12, numerator_key=3)
    value = 14 / (14 + 30)
    noise = V * 4 * ((1 - value) ** 2 + value**2) / 42**2
    assert told.value == near(value)
    assert told.standard_error == near(math.sqrt(value * (1 - value) / 42 + noise))
    full = figure("proportion", 0.3, standard_error=0.0, lower=0.3, upper=0.3, degrees=None, design_effect=None)
    assert changed(full, contributors=20, numerator=12, numerator_key=3).standard_error == near(math.sqrt(noise))
    known = changed(figure("proportion", 0.3), contributors=20, numerator=12, numerator_key=3, remainder_contributors=7)
    assert known.value == near(14 / (14 + 28 * 8 / 7))


def test_the_size_of_a_share_is_what_it_counts_like() -> None:
    told = changed(figure("proportion", 0.25, design_effect=2.0), numerator=10, numerator_key=3)
    value = 11 / 42
    low, high = wilson(value, 41 / 2, float(t.ppf(0.975, 40)))
    noise = float(t.ppf(0.975, 40)) * math.sqrt(V * ((1 - value) ** 2 + value**2)) / 41
    assert told.lower == near(value - math.hypot(value - low, noise))
    assert told.upper == near(value + math.hypot(high - value, noise))


def test_limits_of_a_share_stay_between_0_and_1() -> None:
    high = changed(figure("proportion", 1.0), Told(more=0), units=9, contributors=9, numerator=9, numerator_key=7)
    low = changed(figure("proportion", 0.0), Told(more=0), units=9, contributors=9, numerator=0, numerator_key=0)
    assert (high.value, high.upper, low.value, low.lower) == (1.0, 1.0, 0.0, 0.0)
    assert high.n_effective == low.n_effective == 9
    wide = figure("proportion", 0.5, design_effect=9.0)
    few = changed(wide, Told(more=0), units=4, contributors=4, numerator=2, numerator_key=3)
    assert few.lower is not None
    assert few.lower >= 0


def test_one_person_of_a_share_may_be_left() -> None:
    told = changed(figure("proportion", 0.5), Told(more=0), units=1, contributors=1, numerator=1, numerator_key=7)
    assert (told.value, told.n, told.n_effective, told.degrees) == (1, 1, 1, 1)
    weighted = figure("proportion", 0.5, design_effect=4.0)
    told = changed(weighted, Told(more=0), units=1, contributors=1, numerator=1, numerator_key=7)
    assert (told.n_effective, told.design_effect) == (1, 1), "no size is less than one person"


def test_one_person_of_a_mean_may_be_left() -> None:
    told = changed(figure("mean", 10.0), Told(more=0), units=1, contributors=1, total=400.0, largest=(30.0,))
    assert told.standard_error == near(math.sqrt(4 + W * 50**2))
    assert (told.n, told.degrees) == (1, 1)
    two = changed(figure("mean", 10.0), Told(more=1), units=1, contributors=1, total=400.0, largest=(30.0,))
    assert (two.n, two.degrees) == (2, 1)
    three = changed(figure("mean", 10.0), Told(more=2), units=1, contributors=1, total=400.0, largest=(30.0,))
    assert (three.n, three.degrees) == (3, 2)


def test_what_stands_beside_a_share_stays_between_0_and_1() -> None:
    beside = Fan((Alternative("a", 0.25, 0.1, 0.2, 0.3, "a", chosen=True), Alternative("b", 0.95, 0.1, 0.9, 0.99, "b")))
    told = changed(figure("proportion", 0.25, fan=beside), Told(more=30), numerator=10, numerator_key=3)
    assert told.value == near(0.4)
    assert told.fan is not None
    assert (told.fan.alternatives[1].value, told.fan.alternatives[1].upper) == (1.0, 1.0)


# Beside the value ---------------------------------------------------------------------------------------------------


def test_a_moved_range_keeps_its_shape_and_gets_the_noise() -> None:
    share = Moved(by=0.1, grows=2.0, noise=0.3, share=True, size=0.25)
    free = replace(share, share=False)
    assert share.at(0.95) == 1.0
    assert share.at(0.5) == near(0.6)
    assert free.at(0.95) == near(1.05)
    assert replace(free, by=-0.2).at(0.1) == near(-0.1)
    assert replace(share, by=-0.2).at(0.1) == 0
    assert free.ends(2.0, 1.8, 2.4) == near((2.1 - 0.5, 2.1 + math.hypot(0.8, 0.3)))
    assert share.ends(0.5, 0.3, 0.9) == near((0.1, 1.0))
    assert share.ends(0.2, 0.0, 0.3) == near((0.0, 0.3 + math.hypot(0.2, 0.3)))


def test_short_numbers() -> None:
    assert short(1.23456789) == 1.23457
    assert short(0.123456, 2) == 0.12


def everything(value: float) -> dict[str, Any]:
    return {
        "fan": Fan(
            (
                Alternative("raking", value, 2.0, value - 4, value + 4, "a", chosen=True),
                Alternative("unweighted", value - 1, 3.0, value - 5, value + 6, "b"),
                Alternative("bare", value + 1, None, None, None, "c"),
                Alternative("half", value + 1, None, value - 1, None, "c"),
                Alternative("other half", value + 1, None, None, value + 2, "c"),
            )
        ),
        "plausible": PlausibleRange(
            (
                Part(PartKind.SAMPLING, value - 4, value + 4, "chance"),
                Part(PartKind.SELECTION, value - 6, value + 3, "s"),
            )
        ),
        "selection": SelectionRange(
            "SMUB", value, 0.5, 0.1,
            (
                Selected(0.5, 1.0, value - 1, value - 3, value + 2),
                Selected(1, 2, value, None, 9.0),
                Selected(1, 2, value, 3.0, None),
            ),
        ),
        "tipping": Tipping(5.0, value, 0.123456, 0.3, 1.23456, 0.4, 2.34567),
    }  # fmt: skip


def test_all_that_stands_beside_a_mean_moves_with_it() -> None:
    one = figure("mean", 10.0, **everything(10.0))
    told = moved(replace(one, value=12.0, lower=7.0, upper=17.0), Moved(2.0, 2.0, 3.0, share=False, size=0.25))
    assert told.fan is not None
    chosen, other, bare, half, other_half = told.fan.alternatives
    assert (chosen.value, chosen.lower, chosen.upper) == (12.0, 7.0, 17.0)
    assert other.value == near(11.0)
    assert other.standard_error == near(math.hypot(6.0, 1.5))
    assert (other.lower, other.upper) == near((11 - math.hypot(8.0, 3.0), 11 + math.hypot(14.0, 3.0)))
    assert (bare.value, bare.standard_error, bare.lower, bare.upper) == (13.0, None, None, None)
    assert (half.lower, half.upper, other_half.lower, other_half.upper) == (9.0, None, None, 12.0)
    assert told.plausible is not None
    chance, selected = told.plausible.parts
    assert chance == Part(PartKind.SAMPLING, 7.0, 17.0, "chance")
    assert (selected.kind, selected.reason) == (PartKind.SELECTION, "s")
    assert (selected.lower, selected.upper) == near((12 - math.hypot(12.0, 3.0), 12 + math.hypot(6.0, 3.0)))
    assert told.selection is not None
    first, second, third = told.selection.parts
    assert first.value == near(11.0)
    assert (first.lower, first.upper) == near((11 - 5.0, 11 + math.hypot(6.0, 3.0)))
    assert (second.lower, second.upper, third.lower, third.upper) == (None, 9.0, 3.0, None)
    assert told.tipping == Tipping(5.0, 12.0, 0.12, 0.3, 1.2, 0.4, 2.3)


def test_widths_grow_as_the_published_size_shrinks() -> None:
    one = figure("quantile", 7.0, standard_error=0.5, raw=None, lower=6.0, upper=9.0, **everything(7.0))
    told = changed(one, Told(more=-30, extra=0.0))
    noise = float(t.ppf(0.975, 9)) * math.sqrt(W) * 2 * 0.5 * math.sqrt(40) / 40
    assert told.n == 10
    assert told.lower == near(7 - math.hypot(2.0, noise))
    assert told.upper == near(7 + math.hypot(4.0, noise))
    assert told.fan is not None
    assert told.fan.alternatives[1].value == near(6.0)


def test_a_withheld_figure_has_lost_everything() -> None:
    one = figure("mean", 10.0, **everything(10.0), truth=9.0, flags=("x",), note="n")
    told = changed(one, Told(more=-40), total=400.0, largest=(30.0,))
    kept = {"indicator", "statistic", "domain", "method", "convention", "level", "unit", "series", "time", "area"}
    kept |= {"assumption", "figure_id", "status", "note"}
    for field in fields(Estimate):
        left = getattr(told, field.name)
        if field.name not in kept:
            assert left in (None, ()) or (field.name == "n" and left == 0), field.name
    assert told.flags == ()
    assert told.status is Status.SUPPRESSED


def test_a_compared_answer_keeps_its_own_error() -> None:
    behind = Contribution("compare:x:yes", "u", 40, 40, numerator=10, key=7, numerator_key=3)
    made = change_share(0.25, 0.4, 0.1, behind, law=Told())
    assert made is not None
    simple = 0.4 * 0.6 / 40
    effect = round(0.01 / simple * 4) / 4
    reach = math.sqrt(effect)
    yes, no = 10 + reach, 30 + reach
    value = 2 * yes / (2 * yes + no)
    noise = V * ((1 - value) ** 2 + value**2) * effect / 41**2
    assert made[0] == near(yes / (yes + no))
    assert made[1] == near(value)
    assert made[2] == near(math.sqrt(value * (1 - value) * effect / 41 + noise))
    assert change_share(0.25, 0.25, 0.1, behind, law=Told())[1] == near(11 / 42)  # type: ignore[index]
    alone = replace(behind, units=1, contributors=1, numerator=1, numerator_key=7)
    only = change_share(1.0, 0.3, math.sqrt(2 * 0.3 * 0.7), alone, law=Told())
    assert only is not None
    assert only[2] == near(math.sqrt(V * 2 / 2**2)), "a design effect of 2, and two people with the one who is added"
    nobody = change_share(0.0, 0.0, 0.0, replace(behind, numerator=0, numerator_key=0), law=Told())
    assert nobody is not None
    assert nobody[:2] == (0.0, 0.0)
