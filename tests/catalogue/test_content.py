"""What the lists say hangs together: every id that one list names is in the other, and the facts are those known."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from countersign.catalogue import Must, Status, claims, code_list, criteria, indicator, load, threshold, uses
from countersign.catalogue.drawing import PAGES
from countersign.errors import CatalogueError
from countersign.model.dataset import SELECTIONS

PROJECT = Path(__file__).resolve().parents[2]


def test_there_are_fifty_criteria_in_nine_blocks():
    listing = criteria()
    assert len(listing) == 50
    sizes = {letter: sum(key[0] == letter for key in listing.ids) for letter in "ABCDEFGHI"}
    assert sizes == {"A": 6, "B": 5, "C": 4, "D": 7, "E": 12, "F": 4, "G": 5, "H": 4, "I": 3}
    modes = [criterion.mode for criterion in listing]
    assert {mode: modes.count(mode) for mode in set(modes)} == {"auto": 31, "semi": 12, "human": 7}


def test_every_criterion_is_complete():
    for criterion in criteria():
        for part in ("title", "technical", "measured", "evidence", "fix", "frameworks", "block"):
            assert getattr(criterion, part), (criterion.id, part)
        assert criterion.fix.endswith("."), criterion.id
        assert set(criterion.remembered) <= set(criterion.frameworks), criterion.id
        assert all(role in load("roles") for role in criterion.answered_by), criterion.id
        assert all(threshold(limit).id for limit in criterion.thresholds), criterion.id
        assert criterion.mode == "auto" or criterion.answered_by, criterion.id


def test_every_metric_says_its_formula_and_names_limits_that_exist():
    metrics = [(criterion.id, metric) for criterion in criteria() for metric in criterion.metrics]
    assert len(metrics) > 50
    for key, metric in metrics:
        assert metric.formula, (key, metric.check)
        assert "\n" not in metric.formula, (key, metric.check)
        assert metric.reads, (key, metric.check)
        for limit in metric.thresholds:
            assert threshold(limit).id == limit, (key, metric.check)
    assert criteria()["E1"].metric("coverage").limit == "dissimilarity"
    assert criteria()["E1"].checks[0] == "coverage"
    assert "asmd" in criteria()["E1"].thresholds
    with pytest.raises(CatalogueError, match="Did you mean 'coverage'"):
        criteria()["E1"].metric("coverge")


def test_the_use_ladder_asks_only_for_known_criteria_and_says_so_in_words():
    assert uses().ids == ("U0", "U1", "U2", "U3", "U4", "U5", "U6")
    for use in uses():
        assert use.bar
        assert use.claim
        for must in use.musts:
            assert must.criterion in criteria(), (use.id, must.criterion)
            assert must.condition in Must.CHOICES["condition"]
            assert not must.or_else or must.or_else in criteria()
            assert (must.limit is not None) == must.condition.startswith("at_")
            assert must.words
            assert all(selection in load("selections") for selection in must.unless)


def test_limits_of_the_ladder_are_those_of_its_page():
    limits = {(use.id, must.criterion): must.limit for use in uses() for must in use.musts if must.limit is not None}
    assert limits == {
        ("U2", "B1"): 4, ("U2", "E4"): 0.20, ("U3", "E5"): 0.6, ("U4", "D7"): 0.80, ("U5", "E3"): 5.0,
        ("U6", "E2"): 0.333, ("U6", "E3"): 3.0,
    }  # fmt: skip


def test_every_limit_has_an_author_or_says_that_it_is_second_hand():
    for entry in load("thresholds"):
        limit = threshold(entry.id)
        assert limit.criterion in criteria(), limit.id
        assert limit.unit, limit.id
        assert limit.author, limit.id
        if limit.warn is not None:
            assert limit.state(limit.good) < limit.state(limit.warn) or limit.good != limit.warn


def test_twelve_steps_in_four_blocks_and_five_rungs_of_which_two_suffice():
    steps = list(load("value_chain"))
    assert [step.number for step in steps] == list(range(1, 13))
    assert list(dict.fromkeys(step.block for step in steps)) == ["collection", "publication", "uptake", "impact"]
    rungs = list(load("participation_ladder"))
    assert [rung.number for rung in rungs if rung.sufficient] == [4, 5]


def test_code_lists_match_the_study_file():
    schema = json.loads((PROJECT / "src/countersign/study/study.schema.json").read_text(encoding="utf-8"))
    who = schema["properties"]["initiative"]["properties"]
    kinds = who["organiser"]["anyOf"][1]["properties"]["kind"]["enum"]
    assert load("organisers").ids == tuple(kind for kind in kinds if kind != "?")
    assert load("levels").ids == tuple(level for level in who["level"]["enum"] if level != "?")
    assert load("selections").ids == SELECTIONS


@pytest.mark.parametrize(
    ("code", "series"),
    [("14.1.1", "EN_MAR_BEALITSQ"), ("14.1.1b", "EN_MAR_BEALITSQ"), ("1.3.1", "SI_COV_DISAB"), ("4.1.1", "SE_TOT_PRFL"),
     ("17.8.1", "IT_USE_II99"), ("5.b.1", "IT_MOB_OWN"), ("2.1.2", "AG_PRD_FIESMS"), ("6.1.1", "SH_H2O_SAFE"),
     ("16.9.1", "SG_REG_BRTH")],
)  # fmt: skip
def test_indicators_know_their_series(code, series):
    assert series in indicator(code).series


def test_an_unknown_indicator_names_a_near_one():
    with pytest.raises(CatalogueError, match="Did you mean"):
        indicator("14.1.11")


def test_dimensions_have_their_codes():
    assert set(code_list("SEX").codes) >= {"_T", "F", "M"}
    assert code_list("AGE").codes["Y15T24"] == "15 to 24 years"
    assert set(code_list("URBANISATION").codes) == {"_T", "U", "R"}
    assert set(code_list("DISABILITY_STATUS").codes) == {"_T", "PD", "PWD"}


def test_phone_and_internet_are_refused_from_those_reached_by_them():
    assert set(claims()["selection_on_the_outcome"].applies["sdg"]) == {"17.8.1", "5.b.1"}


def test_what_was_not_read_says_so():
    assert load("participation_ladder")["3"].status is Status.DRAFT
    assert threshold("near_duplicate_share").status is Status.DRAFT
    assert threshold("cv").status is Status.SECOND_HAND


@pytest.mark.parametrize("name", list(PAGES))
def test_pages_say_what_the_lists_say(name):
    page = PROJECT / "docs" / name
    assert page.read_text(encoding="utf-8") == PAGES[name](), (
        "draw the pages again: python -m countersign.catalogue.drawing docs"
    )


def test_every_check_the_code_makes_is_in_the_criteria_and_on_the_page_of_findings():
    made = set()
    for path in (PROJECT / "src/countersign/quality").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        made |= {
            (criterion, check)
            for criterion, check in re.findall(r'"([A-I]\d{1,2})",\s*(?:State\.\w+[^,]*,\s*)?"([a-z_]+)"', text)
        }
    assert len(made) > 30
    page = (PROJECT / "docs/findings.md").read_text(encoding="utf-8")
    for criterion, check in sorted(made):
        assert check in criteria()[criterion].checks, (criterion, check)
        assert f"`{check}`" in page, check


def test_lists_load_quickly():
    code = (
        "import time; from countersign.catalogue import criteria, uses, threshold, indicator; s = time.process_time();"
        "criteria(); uses(); threshold('cv'); indicator('14.1.1'); print(time.process_time() - s)"
    )
    took = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(took) < 1.0
