"""The question bank: codes, cut-off and rules as published, wording known by digest only, and differences shown."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import openpyxl
import pytest

from countersign.catalogue import bank, digest_of, dimensions, indicator, load, recognise
from countersign.errors import CatalogueError
from real_data import PROJECT, shared

DOMAINS = ["seeing", "hearing", "walking", "cognition", "selfcare", "communication"]


def roster():
    """Questions by name and answers by code of the roster that carries the published English wording."""
    book = openpyxl.load_workbook(shared("forms", "authored", "wg_ss_roster.xlsx"), read_only=True)
    survey = list(book["survey"].iter_rows(values_only=True))
    english = survey[0].index("label::English (en)")
    questions = {row[1]: row[english] for row in survey if row[0] == "select_one wg"}
    options = {str(row[1]): row[2] for row in book["choices"].iter_rows(values_only=True) if row[0] == "wg"}
    return questions, options


def test_the_sets_are_there_and_the_short_set_comes_first():
    assert bank().ids == ("WG-SS", "SEX", "AGE", "EDUCATION", "RESIDENCE", "FIES", "PHONE", "INTERNET")


def test_the_short_set_has_six_domains_four_codes_and_three_ways_of_no_answer():
    short = bank()["WG-SS"]
    assert [item.id for item in short.items] == DOMAINS
    assert tuple(short.codes) == ("1", "2", "3", "4")
    assert set(short.missing) == {"7", "8", "9"}
    assert short.from_age == 5


def by_hand(answers):
    """The published identifier, as in the recipe: any 3 or 4; else all 1 or 2; else missing."""
    if any(answer in ("3", "4") for answer in answers):
        return "with"
    return "without" if all(answer in ("1", "2") for answer in answers) else "missing"


def test_the_identifier_is_the_published_one_for_all_answers():
    short = bank()["WG-SS"]
    for answers in itertools.combinations_with_replacement(["1", "2", "3", "4", "7", "9", None], 6):
        assert short.identify(answers) == by_hand(answers), answers
    assert short.identify([]) == "missing"
    assert short.identify(["2"] * 6) == "without"
    assert short.identify(["2"] * 5 + ["3"]) == "with"


def test_a_set_without_identifier_says_so():
    with pytest.raises(CatalogueError, match="no identifier"):
        bank()["SEX"].identify(["F"])


def test_the_published_wording_is_found_in_a_real_form_and_nothing_else():
    questions, options = roster()
    short = bank()["WG-SS"]
    assert list(questions) == DOMAINS
    for name, text in questions.items():
        assert short.same_question(name, text, language="en") is True
        assert short.same_question(name, f"<b>{text.upper()}</b> ", language="en-GB") is True
        assert not short.is_variant(name, text, language="en")
        assert short.same_question(name, text.replace("difficulty", "trouble"), language="en") is False
    others = {name: text for name, text in questions.items() if name != "seeing"}
    assert all(short.same_question("seeing", text, language="en") is False for text in others.values())
    assert short.same_options(options, language="en") is True


@pytest.mark.parametrize("change", ["label", "order", "absent"])
def test_an_altered_list_of_answers_is_found(change):
    _, options = roster()
    short = bank()["WG-SS"]
    if change == "label":
        options["2"] = "A little"
    elif change == "order":
        options["1"], options["2"] = options["2"], options["1"]
    else:
        del options["4"]
    assert short.same_options(options, language="en") is False


def test_without_a_digest_nothing_is_said_about_the_wording():
    short = bank()["WG-SS"]
    assert short.same_question("seeing", "Avez-vous du mal ?", language="fr") is None
    assert short.same_question("seeing", "Hast du Mühe?", language="de") is None
    assert short.same_options({"1": "Non"}, language="fr") is None
    french = short.wording("fr")
    assert french is not None
    assert (french.questions, french.status) == ({}, "draft-unverified")
    assert bank()["FIES"].same_question("worried", "Were you worried?", language="en") is None


def test_the_official_wording_is_nowhere_in_the_project():
    questions, _ = roster()
    folder = PROJECT / "src" / "countersign"
    official = set(bank()["WG-SS"].wording("en").questions.values())
    assert len(official) == 6
    for path in [*folder.rglob("*.yaml"), *folder.rglob("*.py"), *(PROJECT / "docs").rglob("*.md")]:
        text = re.sub(r"\s+", " ", Path(path).read_text(encoding="utf-8")).casefold()
        for question in questions.values():
            assert question.casefold().rstrip("?") not in text, path.name


def test_every_digest_is_a_digest_and_every_item_with_one_exists():
    for one in bank():
        for wording in one.wordings:
            for table in (wording.questions, wording.variants):
                for key, digests in table.items():
                    assert one.item(key)
                    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
            known = [d for key, found in wording.questions.items() for d in (*found, *wording.variants.get(key, ()))]
            assert len(known) == len(set(known))


def test_codes_that_a_set_does_not_have_or_a_form_does_not_offer_are_named():
    short = bank()["WG-SS"]
    assert short.strange_codes(["1", "2", "5", "9", "5"]) == ("5",)
    assert short.absent_codes(["1", "2", "4"]) == ("3",)
    assert short.strange_codes(["1", "2", "3", "4", "7"]) == ()
    assert bank()["SEX"].strange_codes(["F", "M", "_O", "X"]) == ("X",)
    assert bank()["AGE"].strange_codes(["33"]) == ()


def test_the_food_scale_has_eight_yes_or_no_questions_and_a_raw_score_from_0_to_8():
    food = bank()["FIES"]
    assert len(food.items) == 8
    assert set(food.codes) == {"0", "1"}
    assert (food.scale["lowest"], food.scale["highest"]) == (0, 8)
    assert str(food.status) == "draft-unverified"


def test_phone_and_internet_carry_the_warning_of_selection():
    for key in ("PHONE", "INTERNET"):
        assert "cannot answer this" in bank()[key].warning


def test_what_sets_refer_to_exists():
    for one in bank():
        assert not one.dimension or one.dimension in dimensions()
        assert all(indicator(code).id == code for code in one.sdg)
        assert one.rules or one.warning
        assert all(item.words for item in one.items)
    assert set(bank()["SEX"].codes) | set(bank()["SEX"].further) <= set(load("code_lists")["SEX"].codes)


def test_an_item_that_does_not_exist_names_the_nearest():
    with pytest.raises(CatalogueError, match="Did you mean 'seeing'"):
        bank()["WG-SS"].same_question("seing", "", language="en")


def test_an_empty_text_is_never_the_official_question():
    assert bank()["WG-SS"].same_question("seeing", "", language="en") is False
    assert digest_of("") == digest_of(" ? ")


def test_variables_of_the_bank_are_recognised_as_dimensions():
    for one in bank():
        if one.dimension and one.id != "WG-SS":
            assert one.dimension in recognise(one.id, one.items[0].id)
    assert recognise("WG-SS") == ("disability",)
