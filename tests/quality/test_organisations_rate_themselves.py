"""Every way through the maturity form ends in next steps; many organisations are counted, never named."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.catalogue import maturity
from countersign.errors import ArgumentError
from countersign.model.maturity import SelfRating
from countersign.quality.maturity import rate, summarise

PARTS = maturity().ids


@given(st.dictionaries(st.sampled_from(PARTS), st.integers(1, 4), min_size=1))
def test_every_path_ends_in_three_first_steps_and_one_for_each_part_answered(levels):
    found = rate(SelfRating(levels=levels))
    assert len(found.first_steps) >= 3
    assert len({step for _, step in found.first_steps}) == len(found.first_steps)
    assert {part.id for part in found.parts if part.steps} == set(levels)
    assert found.weakest == min(levels.values())


def test_whole_forms_of_three_levels_lead_somewhere():
    for levels in itertools.product((1, 4), repeat=len(PARTS)):
        found = rate(SelfRating(levels=dict(zip(PARTS, levels, strict=True))))
        assert len(found.first_steps) == 3
        weak = [part.title for part in found.parts if part.level == min(levels)]
        assert [title for title, _ in found.first_steps][: len(weak)] == weak[:3]


def test_the_steps_can_be_read_aloud():
    for part in maturity():
        for level in part.levels:
            assert level.steps
            for step in level.steps:
                assert all(len(sentence.split()) <= 20 for sentence in step.split(". ")), step


def test_the_weakest_part_comes_first():
    found = rate(SelfRating(levels={**dict.fromkeys(PARTS, 4), "sharing": 1, "quality": 2}))
    assert [title for title, _ in found.first_steps][:2] == ["Sharing", "Quality"]


@pytest.mark.parametrize(
    ("levels", "message"),
    [({}, "No part is answered"), ({"sharring": 1}, "Did you mean 'sharing'"), ({"sharing": 5}, "no level 5"),
     ({"sharing": 0}, "no level 0")],
)  # fmt: skip
def test_what_is_not_on_the_form_is_refused(levels, message):
    with pytest.raises(ArgumentError, match=message):
        rate(SelfRating(levels=levels))


def test_three_organisations_are_counted_by_hand():
    ratings = [
        SelfRating({"sharing": 1, "quality": 2}, "A"), SelfRating({"sharing": 1}, "B"), SelfRating({"sharing": 4}, "C"),
    ]  # fmt: skip
    found = summarise(ratings)
    assert found.organisations == 3
    assert found.counts["sharing"] == {1: 2, 2: 0, 3: 0, 4: 1, 0: 0}
    assert found.counts["quality"] == {1: 0, 2: 1, 3: 0, 4: 0, 0: 2}
    assert not {"A", "B", "C"} & set(repr(found).split("'"))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_are_not_summarised(count):
    with pytest.raises(ArgumentError, match="3 or more organisations"):
        summarise([SelfRating({"sharing": 1}, str(place)) for place in range(count)])


def test_one_organisation_counts_once():
    with pytest.raises(ArgumentError, match="there twice"):
        summarise([SelfRating({"sharing": 1}, name) for name in ("A", "B", "a ")])
