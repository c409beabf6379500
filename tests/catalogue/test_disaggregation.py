"""What an indicator must be broken down by, with its basis, and dimensions recognised by name."""

from __future__ import annotations

import pytest

from countersign.catalogue import Status, code_list, dimensions, disaggregation, indicator, load, recognise
from countersign.catalogue import vulnerable_groups as groups
from countersign.errors import CatalogueError


@pytest.mark.parametrize(
    ("code", "required"),
    [
        ("1.1.1", {"sex", "age", "employment_status", "urban_rural"}),
        ("2.3.2", {"sex", "indigenous"}),
        ("5.2.2", {"age", "place_of_occurrence"}),
        ("5.4.1", {"sex", "age", "location"}),
        ("8.8.1", {"sex", "migratory_status"}),
        ("11.7.2", {"sex", "age", "disability", "place_of_occurrence"}),
        ("16.7.2", {"sex", "age", "disability", "population_group"}),
    ],
)
def test_minimum_sets_are_those_the_names_mention(code, required):
    assert set(disaggregation(code).required) == required


def test_disability_is_required_where_the_name_of_the_indicator_mentions_it():
    named = {one.id for one in load("disaggregation") if "disability" in disaggregation(one.id).required}
    assert named == {
        "1.3.1", "4.5.1", "4.a.1", "8.5.1", "8.5.2", "10.2.1", "11.2.1", "11.7.1", "11.7.2", "16.7.1", "16.7.2",
    }  # fmt: skip


def test_the_overarching_dimensions_are_recommended_for_every_indicator_and_never_twice():
    for code in ("5.4.1", "14.1.1", "3.1.1"):
        needs = disaggregation(code)
        assert not set(needs.required) & set(needs.recommended)
        assert {one.id for one in dimensions() if one.overarching} <= {*needs.required, *needs.recommended}
        ids = [one.dimension for one in needs.dimensions]
        assert len(ids) == len(set(ids))


def test_an_indicator_nobody_looked_at_requires_nothing_and_says_so():
    needs = disaggregation("3.1.1")
    assert (needs.required, needs.examined, needs.status) == ((), False, Status.DRAFT)
    assert disaggregation("5.4.1").examined


def test_the_draft_status_is_shown_on_every_entry():
    assert all(disaggregation(one.id).status is Status.DRAFT for one in load("disaggregation"))


def test_an_indicator_that_does_not_exist_names_the_nearest_and_letters_are_understood():
    assert disaggregation("14.1.1b").id == "14.1.1"
    with pytest.raises(CatalogueError, match="Did you mean"):
        disaggregation("11.7.22")


def test_what_the_tables_refer_to_exists():
    for one in load("disaggregation"):
        assert indicator(one.id).id == one.id
        assert all(need.dimension in dimensions() for need in disaggregation(one.id).dimensions)
    for dimension in dimensions():
        assert dimension.words
        assert dimension.sdmx
        assert not dimension.code_list or code_list(dimension.code_list).dimension == dimension.sdmx
    assert all(group.dimension in dimensions() for group in groups())
    assert len(groups()) == 8


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sex", ("sex",)),
        ("Q2_Gender", ("sex",)),
        ("AgeGroup", ("age",)),
        ("respondentSex", ("sex",)),
        ("age_group", ("age",)),
        ("language", ()),
        ("village", ()),
        ("stage", ()),
        ("Âge du répondant", ("age",)),
        ("Género", ("sex",)),
        ("wealth quintile", ("income",)),
        ("area_type (urban/rural)", ("urban_rural",)),
        ("wgss", ("disability",)),
        ("WG-SS", ("disability",)),
        ("country of birth", ("migratory_status",)),
        ("", ()),
        ("sex and age", ("sex", "age")),
    ],
)
def test_a_variable_is_recognised_by_whole_words_of_its_name(name, found):
    assert recognise(name) == found


def test_label_and_name_count_together():
    assert recognise("q7", "Does the person live in an urban or a rural place?") == ("urban_rural",)
