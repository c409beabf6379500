"""The catalogue speaks several languages: every text people read is there in each, and unreviewed ones say so."""

from __future__ import annotations

import re

import pytest

from countersign.catalogue import criteria, languages, questions, uses, words
from countersign.errors import CatalogueError

OTHERS = tuple(language for language in languages() if language != "en")


def test_the_catalogue_speaks_english_french_and_spanish():
    assert set(languages()) >= {"en", "fr", "es"}
    assert languages()[0] == "en"
    for criterion in criteria():
        assert set(criterion.languages) == set(languages()), criterion.id


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_in_every_language_and_none_is_left_over(language):
    english, other = words("en").texts, words(language).texts
    assert set(english) - set(other) == set()
    assert set(other) - set(english) == set(), "words for something the catalogue no longer has"
    assert all(text.strip() for text in other.values())


@pytest.mark.parametrize("language", OTHERS)
def test_questions_stay_questions_sentences_stay_sentences_and_numbers_stay(language):
    english, other = words("en").texts, words(language).texts
    for key, text in english.items():
        assert text.endswith("?") == other[key].endswith("?"), key
        assert text.endswith(".") == other[key].endswith("."), key
        assert re.findall(r"\d+", text) == re.findall(r"\d+", other[key]), key
    same = [key for key in english if english[key] == other[key] and len(english[key]) > 3]
    assert same == [], "not translated"


@pytest.mark.parametrize("language", OTHERS)
def test_questions_are_short_in_every_language(language):
    for key, text in words(language).texts.items():
        if key.endswith(".ask"):
            assert len(text.split()) <= 20, key


def test_an_unreviewed_translation_says_so_wherever_it_is_named():
    assert words("fr").label == "fr (translation not reviewed)"
    assert words("es").label == "es (translation not reviewed)"
    assert words("en").label == "en"


def test_english_words_are_those_of_the_lists():
    assert words()["criteria.E1.title"] == criteria()["E1"].title
    assert words()["criteria.E1.fix"] == criteria()["E1"].fix
    assert words()["questions.B1.rung.ask"] == questions()["B1.rung"].ask
    assert words()["uses.U1.claim"] == uses()["U1"].claim


def test_a_language_that_is_not_there_names_those_that_are():
    with pytest.raises(CatalogueError, match="one of en, es, fr"):
        words("sw")


def test_a_text_that_is_not_there_names_the_nearest():
    with pytest.raises(CatalogueError, match=r"words in 'fr'.*Did you mean 'criteria\.A1\.title'"):
        words("fr")["criteria.A1.titel"]
