"""Items of a scale work the same way in two groups or not: by published values, by hand, and against a slow version."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import dataset, found, plan

from countersign.errors import StudyError
from countersign.model.finding import State
from countersign.model.plan import IndicatorPlan, ScalePlan
from countersign.quality import assess
from countersign.quality.mantel_haenszel import class_of, common_odds
from countersign.tables import open_engine

PASS, WARN, OPEN = State.PASS, State.WARN, State.NOT_ASSESSED
FIES = ("worried", "healthy", "few", "skipped", "less", "ran_out", "hungry", "whole_day")

# Admissions at Berkeley 1973 by department: men admitted, rejected, women admitted, rejected (Bickel and others 1975).
BERKELEY = (
    (512, 313, 89, 19), (353, 207, 17, 8), (120, 205, 202, 391), (138, 279, 131, 244), (53, 138, 94, 299),
    (22, 351, 24, 317),
)  # fmt: skip
# Penicillin and rabbits by level: cured and died without delay, cured and died with it (Agresti 1990, page 231).
RABBITS = ((0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0))


def odds(strata):
    a, b, c, d = (np.array(column, dtype=float)[:, None] for column in zip(*strata, strict=True))
    return common_odds((a, b), (c, d))


@pytest.mark.parametrize(
    ("strata", "alpha", "chi2", "p", "interval"),
    [
        (BERKELEY, 0.9046968, 1.4269, 0.2323, (0.7719074, 1.0603298)),
        (RABBITS, 7.0, 3.9286, 0.04747, (1.026713, 47.725133)),
    ],
)
def test_odds_ratio_test_and_interval_are_those_of_the_published_output_of_r(strata, alpha, chi2, p, interval):
    """R 4, ``mantelhaen.test(UCBAdmissions)`` and ``mantelhaen.test(Rabbits)``, as printed."""
    one = odds(strata)
    assert one.alpha[0] == pytest.approx(alpha, rel=1e-6)
    assert one.chi2[0] == pytest.approx(chi2, abs=5e-5)
    assert one.p_none()[0] == pytest.approx(p, abs=5e-5)
    half = 1.959963984540054 * math.sqrt(one.variance[0])
    low, high = math.exp(math.log(one.alpha[0]) - half), math.exp(math.log(one.alpha[0]) + half)
    assert (low, high) == pytest.approx(interval, rel=1e-6)
    assert one.delta[0] == pytest.approx(-2.35 * math.log(alpha), rel=1e-5, abs=1e-6)


def slowly(strata):
    """The textbook, stratum by stratum."""
    agree = cross = observed = expected = spread = top = 0.0
    for a, b, c, d in strata:
        t = a + b + c + d
        if t == 0:
            continue
        agree += a * d / t
        cross += b * c / t
        observed += a
        expected += (a + b) * (a + c) / t
        spread += (a + b) * (c + d) * (a + c) * (b + d) / (t * t * (t - 1)) if t > 1 else 0
    alpha = agree / cross if agree > 0 and cross > 0 else math.nan
    chi2 = max(abs(observed - expected) - 0.5, 0) ** 2 / spread if spread > 0 else math.nan
    # Robins, Breslow and Greenland (1986) as they wrote it: three sums.
    if not math.isnan(alpha):
        first = second = third = 0.0
        for a, b, c, d in strata:
            t = a + b + c + d
            if t:
                p, q, r, s = (a + d) / t, (b + c) / t, a * d / t, b * c / t
                first, second, third = first + p * r, second + p * s + q * r, third + q * s
        top = first / (2 * agree**2) + second / (2 * agree * cross) + third / (2 * cross**2)
    return alpha, chi2, top if not math.isnan(alpha) else math.nan


cell = st.integers(0, 40)


@given(st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=9))
@settings(max_examples=200, deadline=None)
def test_many_strata_are_summed_as_the_textbook_does(strata):
    one = odds(strata)
    assert (one.alpha[0], one.chi2[0], one.variance[0]) == pytest.approx(slowly(strata), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("delta", "p_none", "p_small", "letter"),
    [
        (0.999999, 0.0, 0.0, "A"), (1.0, 0.0, 1.0, "B"), (-1.0, 0.0, 1.0, "B"), (-0.999999, 0.0, 0.0, "A"),
        (1.499999, 0.0, 0.0, "B"), (1.5, 0.0, 0.0, "C"), (-1.5, 0.0, 0.0, "C"), (-1.6, 0.0, 0.0, "C"),
        (1.5, 0.0, 0.05, "B"), (1.5, 0.0, 0.049999, "C"), (1.2, 0.05, 0.0, "A"), (1.2, 0.049999, 0.0, "B"),
        (9.0, 0.05, 0.0, "A"), (math.nan, math.nan, math.nan, ""),
    ],
)  # fmt: skip
def test_the_classes_begin_at_1_and_at_one_and_a_half_and_need_more_than_chance(delta, p_none, p_small, letter):
    assert class_of(delta, p_none, p_small, small=1.0, large=1.5, chance=0.05) == letter


def simulated(people, *, planted=0.0, level=0.0, areas=2, items=FIES, seed=1):
    """A Rasch scale: the second group, or the last area, finds the fourth item harder by `planted` logits."""
    random = np.random.default_rng(seed)
    group = np.arange(people) % areas
    last = (group == areas - 1).astype(float)
    trait = random.normal(0, 1, people) + level * last
    place = np.linspace(-1.5, 1.5, len(items))
    shift = np.zeros(len(items))
    shift[3] = planted
    chance = 1 / (1 + np.exp(-(trait[:, None] - place - last[:, None] * shift)))
    said = (random.random(chance.shape) < chance).astype(int)
    return group, said


def of_people(engine, group, said, *, role="sex", bank=True, items=FIES, more=None):
    columns = {role: [f"g{at}" for at in group.tolist()]}
    columns |= {item: said[:, at].tolist() for at, item in enumerate(items)} | (more or {})
    variables = {item: {"bank": f"FIES/{item}"} for item in items} if bank else {}
    return dataset(engine, columns, variables=variables, roles={"area": (role,)} if role == "area" else {})


def by(*names, **source):
    return plan(source=source, indicators={"hungry": IndicatorPlan("hungry", "proportion", "hungry", by=(names,))})


def test_a_planted_item_is_found_and_only_that_one(engine):
    data = of_people(engine, *simulated(4000, planted=1.0))
    finding = found(data, "item_functioning", plan=by("sex"))
    assert (finding.state, finding.subject, finding.count) == (WARN, "FIES by sex", 1)
    worst = finding.evidence["items"][0]
    assert (worst["item"], worst["group"], worst["beside"], worst["class"]) == ("skipped", "g1", "g0", "C")
    assert worst["delta"] == pytest.approx(-2.35, abs=0.5)  # one logit is 2.35 on this scale
    assert finding.value == pytest.approx(-worst["delta"], abs=1e-4)
    assert finding.evidence["out_of_the_score"] == ["skipped"]
    assert {one["class"] for one in finding.evidence["items"][1:]} == {"A"}
    assert "'g1' says yes to 'skipped' less often than 'g0'" in finding.message


def test_an_item_that_differs_somewhat_is_told_and_does_not_warn(engine):
    finding = found(of_people(engine, *simulated(6000, planted=0.55)), "item_functioning", plan=by("sex"))
    assert (finding.state, finding.count, finding.evidence["B"], finding.evidence["C"]) == (PASS, 1, 1, 0)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_group_at_another_level_is_not_taken_for_items_that_work_otherwise(engine, level):
    """With the score of the other items alone, half of these items would be of class B at a level of 1."""
    finding = found(of_people(engine, *simulated(4000, level=level)), "item_functioning", plan=by("sex"))
    assert (finding.state, finding.count) == (PASS, 0)


def test_delta_is_that_of_a_slow_count(engine):
    group, said = simulated(1500, planted=0.4, seed=7)
    finding = found(of_people(engine, group, said), "item_functioning", plan=by("sex"))
    score = said.sum(axis=1)
    for one in finding.evidence["items"]:
        at = FIES.index(one["item"])
        strata = [
            [int(((group == g) & (said[:, at] == v) & (score == s)).sum()) for g in (0, 1) for v in (1, 0)]
            for s in range(9)
        ]
        alpha, chi2, variance = slowly(strata)
        assert one["delta"] == pytest.approx(-2.35 * math.log(alpha), abs=1e-4)
        assert one["chi2"] == pytest.approx(chi2, abs=1e-4)
        assert one["standard_error"] == pytest.approx(2.35 * math.sqrt(variance), abs=1e-4)


@given(st.integers(0, 10**6), st.sampled_from([0.0, 1.2]), st.integers(3, 6))
@settings(max_examples=12, deadline=None)
def test_both_passes_are_those_of_a_slow_version_row_by_row(seed, planted, size):
    names = FIES[:size] if size > 3 else FIES[:4]
    group, said = simulated(1600, planted=planted, items=names, seed=seed)
    with open_engine("polars") as engine:
        data = of_people(engine, group, said, items=names, bank=False)
        scales = (ScalePlan("S", tuple(names), yes=("1",)),)
        finding = found(data, "item_functioning", plan=by("sex", scales=scales))
    out = [names.index(name) for name in finding.evidence["out_of_the_score"]]
    for one in finding.evidence["items"]:
        at = names.index(one["item"])
        score = sum(said[:, other] for other in range(len(names)) if other == at or other not in out)
        strata = [
            [int(((group == g) & (said[:, at] == v) & (score == s)).sum()) for g in (0, 1) for v in (1, 0)]
            for s in range(len(names) + 1)
        ]
        larger = 1 if (group == 1).sum() > (group == 0).sum() else 0
        assert larger == 0
        assert one["delta"] == pytest.approx(-2.35 * math.log(slowly(strata)[0]), abs=1e-4)


def test_each_area_is_held_against_all_others(engine):
    data = of_people(engine, *simulated(8000, planted=1.3, areas=4), role="area")
    finding = found(data, "item_functioning", subject="FIES by area")
    worst = finding.evidence["items"][0]
    assert (finding.state, worst["item"], worst["group"], worst["beside"]) == (WARN, "skipped", "g3", "elsewhere")
    assert finding.evidence["compared"] == 4


def test_two_areas_are_compared_once(engine):
    finding = found(of_people(engine, *simulated(2000), role="area"), "item_functioning")
    assert finding.evidence["compared"] == 1


@pytest.mark.parametrize(("telling", "state"), [(199, OPEN), (200, PASS), (201, PASS)])
def test_people_who_say_yes_to_all_or_to_nothing_do_not_tell_how_an_item_works(engine, telling, state):
    def answers(people):
        return np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]] * people)[:people]

    said = np.concatenate([answers(400), answers(telling), np.ones((300, 3), int), np.zeros((300, 3), int)])
    group = np.array([0] * 400 + [1] * (telling + 600))
    group[-300:] = 0  # those who say nothing are of the first group, those who say all of the second
    data = of_people(engine, group, said, items=("a", "b", "c"), bank=False)
    scales = (ScalePlan("S", ("a", "b", "c"), yes=("1",)),)
    finding = found(data, "item_functioning", plan=by("sex", scales=scales))
    assert finding.state is state
    if state is OPEN:
        assert "200 are needed" in finding.message


def test_one_group_or_none_is_not_assessed(engine):
    group, said = simulated(900)
    one = found(of_people(engine, 0 * group, said), "item_functioning", plan=by("sex"))
    assert (one.state, "Only one group" in one.message) == (OPEN, True)
    none = found(of_people(engine, group, said), "item_functioning")
    assert (none.state, "no area and no breakdown" in none.message) == (OPEN, True)


def test_two_items_are_no_scale(engine):
    group, said = simulated(900)
    data = of_people(engine, group, said[:, :2], items=FIES[:2])
    assert not [one for one in assess(data, plan=by("sex")) if one.check == "item_functioning"]


def test_a_group_made_from_the_items_themselves_is_left_out(engine):
    """People with a disability are told by the items of the short set; of course the items differ."""
    group, said = simulated(900)
    more = {"hard": (said.sum(axis=1) > 3).tolist()}
    columns = {"sex": [f"g{at}" for at in group.tolist()]} | more
    columns |= {item: said[:, at].tolist() for at, item in enumerate(FIES)}
    variables = {item: {"bank": f"FIES/{item}"} for item in FIES}
    variables["hard"] = {"derived": "worried + healthy > 1"}
    data = dataset(engine, columns, variables=variables)
    subjects = [one.subject for one in assess(data, plan=by("sex", "hard")) if one.check == "item_functioning"]
    assert subjects == ["FIES by sex"]


def test_the_short_set_counts_from_its_cut_off_and_its_codes_of_no_answer_do_not_count(engine):
    items = ("seeing", "hearing", "walking", "cognition", "selfcare", "communication")
    group, said = simulated(3000, planted=1.2, items=items)
    codes = np.where(said == 1, 3, 2)
    codes[:50, 0] = 9  # does not know
    columns = {"sex": [f"g{at}" for at in group.tolist()]}
    columns |= {item: [str(code) for code in codes[:, at].tolist()] for at, item in enumerate(items)}
    data = dataset(engine, columns, variables={item: {"bank": f"WG-SS/{item}"} for item in items})
    finding = found(data, "item_functioning", plan=by("sex"))
    assert (finding.subject, finding.evidence["items"][0]["item"]) == ("WG-SS by sex", "cognition")
    assert sum(finding.evidence["groups"].values()) == 2950


@pytest.mark.parametrize("how", ["cut", "labels", "codes", "decimals", "many codes", "boolean"])
def test_a_declared_battery_counts_by_code_or_from_a_number_on(engine, how):
    group, said = simulated(1500, planted=1.2)
    answers = {
        "cut": (np.where(said == 1, 4, 2).tolist(), {}, {"cut": 3.0}),
        "labels": (np.where(said == 1, "4", "2").tolist(), {"values": {"2": "rarely", "4": "often"}}, {"cut": 3.0}),
        "codes": (np.where(said == 1, "Yes", "no").tolist(), {}, {"yes": ("yes", "always")}),
        "decimals": (np.where(said == 1, 4.0, 2.5).tolist(), {}, {"yes": ("4",)}),
        "many codes": (np.where(said == 1, 4, 2).tolist(), {}, {"yes": ("2.5", "3", "4")}),
        "boolean": ((said == 1).tolist(), {}, {"yes": ("true",)}),
    }
    rows, spec, rule = answers[how]
    columns = {"sex": [f"g{at}" for at in group.tolist()]}
    columns |= {item: [row[at] for row in rows] for at, item in enumerate(FIES)}
    data = dataset(engine, columns, variables=dict.fromkeys(FIES, spec))
    finding = found(data, "item_functioning", plan=by("sex", scales=(ScalePlan("lack", FIES, **rule),)))
    by_number = found(of_people(engine, group, said), "item_functioning", plan=by("sex"))
    assert finding.subject == "lack by sex"
    assert finding.evidence["items"] == by_number.evidence["items"]


def test_a_battery_with_a_wrong_column_or_without_numbers_is_refused_by_its_key(engine):
    group, said = simulated(300)
    data = of_people(engine, group, said)
    with pytest.raises(StudyError, match="no column 'wory'") as wrong:
        assess(data, plan=by("sex", scales=(ScalePlan("lack", ("wory", "few", "less"), yes=("1",)),)))
    assert wrong.value.where == "data.d.scales.lack.items"
    words = dataset(engine, {"a": ["x", "y"], "b": ["x", "y"], "c": ["x", "y"]})
    with pytest.raises(StudyError, match="no numbers"):
        assess(words, plan=plan(source={"scales": (ScalePlan("s", ("a", "b", "c"), cut=2.0),)}))


def test_an_item_that_everybody_answers_alike_is_not_compared_and_the_others_are(engine):
    group, said = simulated(2000)
    said[:, 0] = 1
    finding = found(of_people(engine, group, said), "item_functioning", plan=by("sex"))
    assert finding.evidence["items"][-1] == {"item": "worried", "group": "g1", "beside": "g0", "class": ""}
    assert "1 could not be compared" in finding.message
    assert finding.state is PASS


def test_rows_set_aside_and_rows_with_a_missing_item_do_not_count(engine):
    group, said = simulated(1000)
    columns = {"sex": [f"g{at}" for at in group.tolist()]}
    columns |= {item: said[:, at].tolist() for at, item in enumerate(FIES)}
    columns["hungry"] = [None] * 10 + columns["hungry"][10:]
    variables = {item: {"bank": f"FIES/{item}"} for item in FIES}
    data = dataset(engine, columns, variables=variables, kept=[True] * 990 + [False] * 10)
    finding = found(data, "item_functioning", plan=by("sex"))
    assert sum(finding.evidence["groups"].values()) == 980
