"""A figure leaves with its method, interval, convention, assumption and reliability, or it does not leave."""

from __future__ import annotations

import numpy as np
import pytest
from reduction import equals, field, one, present, reduced

from countersign.estimation import (
    DEFAULTS,
    FigureContext,
    conventions,
    figure_id,
    figures,
    interval,
    prepare,
    quantile_figures,
)
from countersign.model.benchmark import Margin
from countersign.model.design import Design
from countersign.model.estimate import Estimate, EstimateTable, Status
from countersign.model.plan import IndicatorPlan
from countersign.weighting import post_stratify, rake, trim

SHARE = IndicatorPlan(name="agrees", statistic="proportion", numerator="agree = 'yes'", unit="percent")
MEAN = IndicatorPlan(name="minutes", statistic="mean", numerator="minutes", unit="minutes")


def people(n=200):
    rows = []
    for number in range(n):
        rows.append(
            {
                "sea": ("Black Sea", "Baltic Sea")[number % 2],
                "year": 2018.0 + (number // 2) % 2,
                "sex": "f" if number % 3 else "m",
                "agree": None if number % 10 == 0 else ("yes" if (number * 7) % 5 < 2 else "no"),
                "minutes": float(number % 7) * 3 + 5,
            }
        )
    return rows


MEASURES = {"yes": equals("agree", "yes"), "asked": present("agree"), "minutes": field("minutes"), "one": one}
MARGIN = Margin(("sex",), {("f",): 510.0, ("m",): 490.0})


def cells_of(rows, by=("sea", "year", "sex")):
    return reduced(rows, by, MEASURES)


def test_a_share_carries_everything():
    (found,) = figures(
        cells_of(people()), SHARE, measures=("yes", "asked"), context=FigureContext(time="2018", area="EU")
    )
    assert found.figure_id == "agrees"
    assert found.n == 180  # 20 did not answer
    assert found.value == found.raw == pytest.approx(60 / 180)
    assert found.convention == "korn-graubard"
    told = interval("korn-graubard", value=found.value, se=found.standard_error, n=180, degrees=179)
    assert (found.lower, found.upper) == (told.lower, told.upper)
    assert found.status is Status.PUBLISHED
    assert (found.unit, found.time, found.area) == ("percent", "2018", "EU")
    assert found.n_effective == pytest.approx(180 / found.design_effect)
    assert found.degrees == 179


def test_ids_are_stable_and_name_the_domain():
    found = figures(cells_of(people()), SHARE, measures=("yes", "asked"), by=("sea", "year"))
    assert [each.figure_id for each in found] == [
        "agrees/sea=Baltic Sea,year=2018",
        "agrees/sea=Baltic Sea,year=2019",
        "agrees/sea=Black Sea,year=2018",
        "agrees/sea=Black Sea,year=2019",
    ]
    assert found[0].domain == {"sea": "Baltic Sea", "year": "2018"}
    assert figure_id("answer", category="no", domain={"sex": "f"}) == "answer:no/sex=f"


def test_a_category_of_a_distribution_is_part_of_the_domain():
    plan = IndicatorPlan(name="answer", statistic="distribution", numerator="agree")
    (found,) = figures(cells_of(people()), plan, measures=("yes", "asked"), category="yes")
    assert found.figure_id == "answer:yes"
    assert found.domain == {"agree": "yes"}
    assert found.statistic == "proportion"
    assert found.convention == "korn-graubard"


def test_the_method_says_how_weights_and_variance_came_about():
    cells = cells_of(people())
    weights = rake(cells, [MARGIN, Margin(("sea",), {("Black Sea",): 500.0, ("Baltic Sea",): 500.0})])
    (found,) = figures(cells, SHARE, measures=("yes", "asked"), weights=weights)
    assert found.method == "raked to sex, sea; Taylor linearisation with calibration residuals, joint regression"
    assert found.raw == pytest.approx(60 / 180)
    assert found.value != found.raw
    (post,) = figures(cells, SHARE, measures=("yes", "asked"), weights=post_stratify(cells, MARGIN))
    assert post.method.startswith("post-stratified by sex; ")
    (cut,) = figures(cells, SHARE, measures=("yes", "asked"), weights=trim(weights, upper=1.2))
    assert "weights trimmed" in cut.method
    (plain,) = figures(cells, SHARE, measures=("yes", "asked"), design=Design(strata=("sea",)))
    assert plain.method == "base weights; Taylor linearisation; strata of the design"


ASSUMED = [
    ("probability", False, "design-based"),
    ("open-web", True, "within each weighting cell those who took part are like those who did not"),
    ("opportunistic", False, "those who took part are like those who did not"),
    ("enumeration", False, "full count: no sampling error"),
]


@pytest.mark.parametrize(("selection", "weighted", "words"), ASSUMED)
def test_the_assumption_follows_from_how_units_got_in(selection, weighted, words):
    cells = cells_of(people())
    weights = rake(cells, [MARGIN]) if weighted else None
    (found,) = figures(cells, SHARE, measures=("yes", "asked"), weights=weights, selection=selection)
    assert words in found.assumption
    assert ("design-based" in found.assumption) == (selection == "probability")


def test_no_figure_speaks_of_a_margin_of_error():
    cells = cells_of(people())
    for selection in ("probability", "open-web", "enumeration"):
        for each in figures(cells, SHARE, measures=("yes", "asked"), by=("sea",), selection=selection):
            told = f"{each.method} {each.assumption} {each.note} {each.convention}".casefold()
            assert "margin of error" not in told


def test_a_full_count_is_its_own_interval():
    (found,) = figures(cells_of(people()), MEAN, measures=("minutes", "one"), selection="enumeration")
    assert found.lower == found.value == found.upper
    assert found.standard_error == 0
    assert found.convention == "full count"
    assert found.flags == ()


def test_small_groups_are_shown_as_unreliable_not_dropped():
    found = figures(cells_of(people(40)), SHARE, measures=("yes", "asked"), by=("sea", "year"))
    assert len(found) == 4
    assert {each.status for each in found} == {Status.UNRELIABLE}
    assert found[0].flags == ("nchs-proportion:n",)
    assert "not precise enough to be quoted" in found[0].note


def test_a_group_where_nobody_answered_is_no_data():
    rows = [*people(), {"sea": "North Sea", "year": 2018.0, "sex": "f", "agree": None, "minutes": 3.0}]
    found = figures(cells_of(rows), SHARE, measures=("yes", "asked"), by=("sea",))
    empty = next(each for each in found if each.domain["sea"] == "North Sea")
    assert (empty.status, empty.value, empty.n) == (Status.NO_DATA, None, 0)
    assert empty.note == "nobody answered"


def test_a_mean_of_one_row_is_not_shown_because_it_has_no_interval():
    rows = [*people(), {"sea": "North Sea", "year": 2018.0, "sex": "f", "agree": "no", "minutes": 3.0}]
    found = figures(cells_of(rows), MEAN, measures=("minutes", "one"), by=("sea",))
    single = next(each for each in found if each.domain["sea"] == "North Sea")
    assert (single.value, single.n, single.flags) == (None, 1, ("too-few",))
    assert "too few answers" in single.note


def test_nobody_and_everybody_get_one_sided_intervals():
    rows = [{**row, "agree": "no" if row["sea"] == "Black Sea" else "yes"} for row in people()]
    none, every = sorted(
        figures(cells_of(rows), SHARE, measures=("yes", "asked"), by=("sea",)), key=lambda each: each.value
    )
    assert none.lower == none.value == 0 < none.upper
    assert every.lower < every.value == every.upper == 1
    assert none.upper == pytest.approx(1 - 0.025 ** (1 / 100))  # 100 rows, equal weights
    assert "nchs-proportion:zero-or-all" in none.flags


def test_the_study_may_name_a_convention_and_gets_it():
    for name in conventions():
        plan = IndicatorPlan(name="agrees", statistic="proportion", numerator="agree", interval=name)
        (found,) = figures(cells_of(people()), plan, measures=("yes", "asked"))
        assert found.convention == name
        assert found.lower < found.value < found.upper
    assert set(DEFAULTS.values()) - {"woodruff-mean"} <= set(conventions())


def test_a_prepared_sample_gives_the_same_figures():
    cells = cells_of(people())
    weights = rake(cells, [MARGIN])
    design = Design(strata=("sea",))
    one_by_one = figures(cells, MEAN, measures=("minutes", "one"), by=("year",), design=design, weights=weights)
    sample = prepare(cells, design=design, weights=weights)
    at_once = figures(sample, MEAN, measures=("minutes", "one"), by=("year",), weights=weights)
    assert one_by_one == at_once


def test_the_known_value_of_synthetic_data_is_attached_by_id():
    context = FigureContext(truth={"agrees/sea=Black Sea": 0.5})
    found = figures(cells_of(people()), SHARE, measures=("yes", "asked"), by=("sea",), context=context)
    assert [each.truth for each in found] == [None, 0.5]


def test_medians_come_with_a_woodruff_interval():
    rows = people()
    columns = {
        "minutes": np.array([row["minutes"] for row in rows]),
        "sea": np.array([row["sea"] for row in rows], dtype=object),
        "sex": np.array([row["sex"] for row in rows], dtype=object),
    }
    plan = IndicatorPlan(name="median", statistic="quantile", numerator="minutes", q=0.5)
    weights = rake(cells_of(rows), [MARGIN])
    found = quantile_figures(columns, plan, variable="minutes", by=("sea",), weights=weights)
    assert [each.convention for each in found] == ["woodruff-mean"] * 2
    assert all(each.lower <= each.value <= each.upper for each in found)
    assert found[0].method.startswith("raked to sex; quantile 0.5")
    assert found[0].raw == np.sort(columns["minutes"][columns["sea"] == "Baltic Sea"])[49]
    (full,) = quantile_figures(columns, plan, variable="minutes", selection="enumeration")
    assert full.lower == full.value == full.upper


def test_the_table_writes_what_the_figures_say():
    found = figures(cells_of(people()), SHARE, measures=("yes", "asked"), by=("sea",))
    table = EstimateTable(tuple(found))
    assert isinstance(table["agrees/sea=Black Sea"], Estimate)
    assert table.rows()[0]["convention"] == "korn-graubard"
