"""Screening: an order that tells nothing, what may be released, and which decisions are refused."""

import pytest

from countersign.errors import ProtectionError
from countersign.model.screening import Hit, Screening
from countersign.protection.texts.recognising import Listed, find_identifiers
from countersign.protection.texts.screening import Decision, release_texts, screen

SECRET = b"0123456789abcdef"
TEXTS = {
    "story": ["Ask Ann on +254 712 345678", "", "The well is dry", None, "  "],
    "note": ["In Kibera, 0712 345 678"],
}


def screened(secret: bytes = SECRET) -> Screening:
    return screen(TEXTS, secret=secret, countries=["KE"], names=["Ann"], places=["Kibera"])


def find(text: str) -> tuple[Hit, ...]:
    return find_identifiers(
        text, countries=["KE"], names=Listed(["Ann"], parts=True), places=Listed(["Kibera"], parts=False)
    )


def number(screening: Screening, text: str) -> int:
    return next(one.number for one in screening.texts if one.text == text)


def test_empty_texts_are_left_out_and_the_rest_is_numbered_from_one() -> None:
    found = screened()
    assert sorted(one.number for one in found.texts) == [1, 2, 3]
    assert {one.text for one in found.texts} == {TEXTS["story"][0], TEXTS["story"][2], TEXTS["note"][0]}
    assert (found.names, found.places, found.clean) == (1, 1, 1)


def test_countries_names_and_places_are_all_looked_for() -> None:
    assert screened().counts() == {"story": {"name": 1, "phone": 1}, "note": {"phone": 1, "place": 1}}


def test_the_order_rests_on_the_secret_and_stays() -> None:
    many = {"story": [f"text {place}" for place in range(40)]}
    first, again = (screen(many, secret=SECRET) for _ in range(2))
    other = screen(many, secret=b"another secret of mine")
    assert [one.text for one in first.texts] == [one.text for one in again.texts]
    assert [one.text for one in first.texts] != [one.text for one in other.texts]
    assert [one.text for one in first.texts] != many["story"]


def test_equal_texts_of_two_records_and_two_columns_are_all_kept() -> None:
    found = screen({"a": ["same", "same"], "b": ["same"]}, secret=SECRET)
    assert sorted(one.column for one in found.texts) == ["a", "a", "b"]


def test_a_secret_longer_than_the_hash_takes_is_cut_and_works() -> None:
    assert screen({"a": ["x"]}, secret=b"k" * 64).texts == screen({"a": ["x"]}, secret=b"k" * 64 + b"more").texts
    assert [one.text for one in screen({"a": list("abcdefgh")}, secret=b"k" * 63 + b"1").texts] != [
        one.text for one in screen({"a": list("abcdefgh")}, secret=b"k" * 63 + b"2").texts
    ]


def test_progress_is_told_text_by_text() -> None:
    told = []
    screen(TEXTS, secret=SECRET, advance=lambda done, all_: told.append((done, all_)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_is_proposed_and_what_is_changed_goes_out_in_the_order_of_numbers() -> None:
    found = screened()
    story, dry, note = (number(found, text) for text in (TEXTS["story"][0], TEXTS["story"][2], TEXTS["note"][0]))
    shown = release_texts(
        found,
        [Decision(dry, "changed", " dry "), Decision(story, "as proposed"), Decision(note, "withhold")],
        find=find,
    )
    assert shown == tuple(sorted([(story, "story", "Ask [name] on [phone]"), (dry, "story", "dry")]))


def test_without_a_decision_nothing_goes_out() -> None:
    assert release_texts(screened(), [], find=find) == ()


def test_a_hit_that_is_not_certain_may_stay_if_a_person_says_so() -> None:
    found = screened()
    note = number(found, TEXTS["note"][0])
    assert release_texts(found, [Decision(note, "changed", "In Kibera")], find=find) == ((note, "note", "In Kibera"),)


@pytest.mark.parametrize(
    ("decision", "text", "problem"),
    [
        ("whole", "", "no decision"),
        ("", "", "no decision"),
        ("changed", "", "no new one"),
        ("changed", "  ", "no new one"),
        ("changed", "Ann and +254 712 345678", "name, phone"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_line(decision: str, text: str, problem: str) -> None:
    found = screened()
    with pytest.raises(ProtectionError) as error:
        release_texts(found, [Decision(1, decision, text, line=7)], find=find, file="list.xlsx")
    assert problem in error.value.problem
    assert error.value.where == "list.xlsx, line 7"
    assert error.value.expected
    assert error.value.action


def test_numbers_that_are_not_there_or_twice_are_refused() -> None:
    found = screened()
    for unknown in (0, 4):
        with pytest.raises(ProtectionError, match="not in these data") as error:
            release_texts(found, [Decision(unknown, "withhold", line=3)], find=find)
        assert error.value.where == "line 3"
    with pytest.raises(ProtectionError, match="decided twice") as error:
        release_texts(found, [Decision(1, "withhold", line=2), Decision(1, "withhold", line=5)], find=find)
    assert error.value.where == "line 5"
    assert error.value.expected
    assert error.value.action


def test_each_word_of_a_name_is_looked_for_and_a_place_only_as_a_whole() -> None:
    found = screen({"a": ["Lee came to Villa"]}, secret=SECRET, names=["Ann Lee"], places=["Villa Kibera"])
    assert found.counts() == {"a": {"name": 1}}
