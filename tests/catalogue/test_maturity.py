"""The form on maturity: seven parts, four levels, and from every level at least one step in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, product

import pytest

from countersign.catalogue import maturity, next_steps, weakest
from countersign.errors import CatalogueError

PARTS = ("purpose", "consent", "collection", "quality", "analysis", "sharing", "sustainability")
JARGON = (
    "assess", "benchmark", "capacity", "compliance", "coverage", "dataset", "disaggregat", "dissemin", "empower",
    "enabling", "estimator", "ethic", "evaluat", "facilitat", "framework", "governance", "imput", "indicator",
    "infrastructur", "integrat", "interoperab", "leverag", "mainstream", "metadata", "methodolog", "metric", "metrics",
    "monitor", "operationali", "optimi", "outcome", "participator", "pipeline", "policy", "protocol", "robust",
    "sampling", "scalab", "stakeholder", "standardi", "strateg", "sustainab", "synerg", "utili", "valid", "variance",
    "weighting", "workflow",
)  # fmt: skip


def texts():
    """Everything a person reads on the form."""
    for part in maturity():
        yield from ((part.id, part.title + "."), (part.id, part.question))
        for level in part.levels:
            yield f"{part.id} {level.level}", level.says
            yield from ((f"{part.id} {level.level}", step) for step in level.steps)


def words(text):
    return re.findall(r"[\w'-]+", text)


def sentences(text):
    return [one for one in re.split(r"(?<=[.?!])\s+", text.strip()) if one]


def test_there_are_seven_parts_with_four_levels_each():
    assert maturity().ids == PARTS
    for part in maturity():
        assert [level.number for level in part.levels] == [1, 2, 3, 4]
        assert [level.title for level in part.levels] == ["Starting", "Growing", "Steady", "Leading"]
        assert part.question.endswith("?")


def test_every_answer_leads_to_at_least_one_step_the_top_level_too():
    for part in maturity():
        for level in part.levels:
            assert level.steps, (part.id, level.level)
            assert next_steps(maturity(), {part.id: level.level})


def answered(parts: int) -> Iterator[dict[str, int]]:
    """Yield every way to answer so many of the parts."""
    for chosen in combinations(PARTS, parts):
        for levels in product((1, 2, 3, 4), repeat=parts):
            yield dict(zip(chosen, levels, strict=True))


@pytest.mark.parametrize(
    "parts", [1, 2, 3, *(pytest.param(parts, marks=pytest.mark.slow) for parts in range(4, len(PARTS) + 1))]
)
def test_whatever_is_answered_there_are_steps_and_the_weakest_part_comes_first(parts):
    for levels in answered(parts):
        _there_are_steps_and_the_weakest_part_comes_first(levels)


def _there_are_steps_and_the_weakest_part_comes_first(levels: dict[str, int]) -> None:
    steps = next_steps(maturity(), levels, most=3)
    assert 1 <= len(steps) <= 3
    assert steps[0].level == min(levels.values()) == weakest(levels)
    every = next_steps(maturity(), levels)
    assert sorted(step.do for step in every) == sorted(
        do for part in maturity() if part.id in levels for do in part.at(levels[part.id]).steps
    )
    first = [step.part for step in every[: len(levels)]]
    assert sorted(first) == sorted(levels), "one step of each part before a second of any"


def test_nothing_answered_gives_no_steps():
    assert next_steps(maturity(), {}) == ()
    assert weakest({}) == 0


def test_sentences_are_short_on_average_and_none_is_long():
    lengths = [len(words(one)) for _, text in texts() for one in sentences(text)]
    assert len(lengths) > 80
    assert sum(lengths) / len(lengths) <= 15
    for where, text in texts():
        assert sum(len(words(one)) for one in sentences(text)) / len(sentences(text)) <= 15, (where, text)
        assert all(len(words(one)) <= 18 for one in sentences(text)), (where, text)


def test_no_word_of_the_field_is_needed_to_read_it():
    for where, text in texts():
        found = [word for word in words(text.casefold()) if word.startswith(JARGON)]
        assert found == [], where


def test_words_are_short_too():
    letters = [len(word) for _, text in texts() for word in words(text)]
    assert sum(letters) / len(letters) < 5
    assert sum(length > 12 for length in letters) / len(letters) < 0.01


def test_every_step_is_something_to_do_and_no_step_is_given_twice():
    steps = [step for part in maturity() for level in part.levels for step in level.steps]
    assert len(steps) == len(set(steps))
    for step in steps:
        assert step.endswith("."), step
        assert step[0].isupper(), step
        assert len(words(step)) >= 5, step


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"purpos": 1}, "Did you mean 'purpose'"),
        ({"purpose": 0}, "no level '0'"),
        ({"purpose": 5}, "one of 1, 2, 3, 4"),
    ],
)
def test_parts_and_levels_that_do_not_exist_are_refused(levels, message):
    with pytest.raises(CatalogueError, match=message):
        next_steps(maturity(), levels)
