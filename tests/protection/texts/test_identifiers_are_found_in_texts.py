"""Recognisers: what is found in free text, what is left alone, and what is proposed in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.model.screening import ScreenedText
from countersign.protection.texts import recognising
from countersign.protection.texts.recognising import NEAR, Listed, find_identifiers, recognisers


@pytest.fixture(autouse=True)
def _read_the_catalogue_anew() -> None:
    recognisers.cache_clear()


def names() -> Listed:
    return Listed(["Wanjiru Kamau", "Óscar de la Cruz", "Li", "", "O'Neil"], parts=True)


def places() -> Listed:
    return Listed(["Kibera", "Villa El Salvador"], parts=False)


def found(text: str, *countries: str) -> list[tuple[str, str]]:
    hits = find_identifiers(text, countries=countries, names=names(), places=places())
    return [(hit.kind, text[hit.start : hit.end]) for hit in hits]


@pytest.mark.parametrize(
    ("text", "countries", "expected"),
    [
        ("write to a.b+c@mail.example.org.", (), [("email", "a.b+c@mail.example.org")]),
        ("call +254 712 345678 today", (), [("phone", "+254 712 345678")]),
        ("call 0712 345 678 today", ("KE",), [("phone", "0712 345 678")]),
        ("call 0712 345 678 today", (), []),
        ("card 4111 1111 1111 1111.", (), [("card", "4111 1111 1111 1111")]),
        ("card 4111 1111 1111 1112.", (), []),
        ("to DE89 3704 0044 0532 0130 00 please", (), [("iban", "DE89 3704 0044 0532 0130 00")]),
        ("to DE88 3704 0044 0532 0130 00 please", (), []),
        ("see https://www.facebook.com/jane.doe.5", (), [("web", "https://www.facebook.com/jane.doe.5")]),
        ("on t.me/abc and wa.me/1", (), [("web", "t.me/abc"), ("web", "wa.me/1")]),
        ("by @jane_doe", (), [("handle", "@jane_doe")]),
        ("see https://example.org/x", (), [("link", "https://example.org/x")]),
        ("from 192.168.1.20", (), [("ip", "192.168.1.20")]),
        ("from 192.168.1.256", (), []),
        ("set 00:1A:2b:3c:4D:5e", (), [("mac", "00:1A:2b:3c:4D:5e")]),
        ("at -1.28333, 36.81667 there", (), [("coordinates", "-1.28333, 36.81667")]),
        ("at 1.28, 36.81 there", (), []),
        ("at 6GCRPR6C+24 there", (), [("pluscode", "6GCRPR6C+24")]),
        ("born on 12/03/1988", (), [("birth", "12/03/1988")]),
        ("visited on 12/03/1988", (), []),
        ("passport A1234567", (), [("passport", "A1234567")]),
        ("batch A1234567", (), []),
        ("at 12 Long Street", (), [("address", "12 Long Street")]),
        ("P.O. Box 77", (), [("address", "P.O. Box 77")]),
        ("said Mrs. Jane Doe", (), [("title_name", "Mrs. Jane Doe")]),
        ("my name is Peter Otieno and", (), [("named", "Peter Otieno")]),
        ("je m'appelle Fatou", (), [("named", "Fatou")]),
        ("2341 2341 2346", ("IN",), [("aadhaar", "2341 2341 2346")]),
        ("2341 2341 2346", ("KE",), []),
        ("ABCPE1234F", ("IN",), [("pan_in", "ABCPE1234F")]),
        ("8001015009087", ("ZA",), [("rsa_id", "8001015009087")]),
        ("111.444.777-35", ("BR",), [("cpf", "111.444.777-35")]),
        ("12345678Z", ("ES",), [("dni", "12345678Z")]),
        ("2 55 08 14 168 025 38", ("FR",), [("nir", "2 55 08 14 168 025 38")]),
        ("44051401359", ("PL",), [("pesel", "44051401359")]),
        ("HEGG560427MVZRRL04", ("MX",), [("curp", "HEGG560427MVZRRL04")]),
        ("078-05-1120", ("US",), [("ssn", "078-05-1120")]),
        ("666-05-1120", ("US",), []),
        ("AB 12 34 56 C", ("GB",), [("nino", "AB 12 34 56 C")]),
        ("943 476 5919", ("GB",), [("nhs", "943 476 5919")]),
        ("NIN 12345678901", ("NG",), [("nin_ng", "12345678901")]),
        ("count 12345678901", ("NG",), []),
        ("A123456789Z", ("KE",), [("kra", "A123456789Z")]),
        ("1710034065", ("EC",), [("cedula", "1710034065")]),
        ("12.345.678-5", ("CL",), [("rut", "12.345.678-5")]),
        ("IMEI 49-015420-323751-8", (), [("imei", "49-015420-323751-8")]),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", (), [("mrz", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<")]),
        ("oscar said", (), [("name", "oscar")]),
        ("WANJIRU KAMAU said", (), [("name", "WANJIRU KAMAU")]),
        ("wanjiru's well", (), []),
        ("in villa el salvador", (), [("place", "villa el salvador")]),
        ("a villa in El Salvador", (), []),
        ("we like it", (), []),  # 'Li' is shorter than a name that is looked for
    ],
)
def test_what_is_found(text: str, countries: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert found(text, *countries) == expected


@pytest.mark.parametrize(
    "text",
    [
        "there were 25 people, 1,200 pieces on 12/03/2024 at 3.14 and 120 m",
        "G76 G77 bottle 0.5 l, 12 x 4, 50%, km 12.5, 2024-05-01 10:30",
        "The water was brown; we walked 25 minutes to fetch it.",
        "",
    ],
)
def test_what_people_count_is_left_alone(text: str) -> None:
    assert found(text, "KE", "IN", "BR", "ES", "FR", "PL", "GB", "US", "NG", "EC", "CL", "ZA", "MX") == []


@pytest.mark.parametrize(("gap", "hit"), [(NEAR - len("passport"), True), (NEAR - len("passport") + 1, False)])
def test_a_word_explains_a_number_only_if_it_stands_near(gap: int, hit: bool) -> None:
    assert bool(find_identifiers("passport" + " " * gap + "A1234567")) is hit
    assert bool(find_identifiers("A1234567" + " " * gap + "passport")) is hit


def test_the_surer_one_wins_where_two_overlap() -> None:
    assert found("http://10.0.0.1/x") == [("ip", "10.0.0.1")]
    assert found("my name is Oscar Perez") == [("name", "Oscar")]


def test_every_hit_is_replaced_by_a_word() -> None:
    text = "Wanjiru, +254 712 345678, at Kibera"
    hits = find_identifiers(text, names=names(), places=places())
    assert ScreenedText(1, "story", text, hits).proposed == "[name], [phone], at [place]"


def test_what_was_proposed_holds_nothing_any_more() -> None:
    text = "a@b.org 4111 1111 1111 1111 Óscar 12 Long Street born 1.2.1990"
    once = ScreenedText(1, "c", text, find_identifiers(text, names=names())).proposed
    assert find_identifiers(once, names=names()) == ()


@given(st.text(max_size=200))
def test_hits_never_overlap_and_lie_inside(text: str) -> None:
    hits = find_identifiers(text, countries=("KE", "ES"), names=names(), places=places())
    ends = [0, *(hit.end for hit in hits)]
    assert all(0 <= before <= hit.start < hit.end <= len(text) for before, hit in zip(ends, hits, strict=False))


def test_every_recogniser_compiles_and_names_its_word() -> None:
    assert len(recognisers()) >= 30
    assert all(one.word and one.pattern.pattern for one in recognisers())


def test_several_names_in_one_text_are_all_found_the_longest_first() -> None:
    assert found("Kamau and Wanjiru Kamau, oscar de la cruz of Kibera, o’neil") == [
        ("name", "Kamau"),
        ("name", "Wanjiru Kamau"),
        ("name", "oscar de la cruz"),
        ("place", "Kibera"),
        ("name", "o’neil"),
    ]
    assert found("cruz Kamau") == [("name", "cruz"), ("name", "Kamau")]


@pytest.mark.parametrize(("name", "known"), [("Al", 0), ("Ali", 1), ("A Li", 1), ("", 0), ("12", 0)])
def test_names_of_fewer_than_three_letters_are_not_looked_for(name: str, known: int) -> None:
    assert len(Listed([name], parts=False)) == known
    assert list(Listed([name], parts=False).find(f"with {name} there")) == ([(5, 5 + len(name))] if known else [])


def test_a_name_within_a_longer_one_is_not_told_again() -> None:
    listed = Listed(["Wanjiru Kamau Otieno"], parts=True)
    assert list(listed.find("Wanjiru Kamau Otieno Kamau")) == [(0, 20), (21, 26)]


def test_no_list_finds_nothing() -> None:
    assert list(Listed([], parts=True).find("anybody")) == []
    assert Listed([], parts=True).longest == 0


@pytest.mark.parametrize(("digits", "hit"), [("112-233", False), ("+49 30 12", False), ("+298 221234", True)])
def test_fewer_digits_than_a_telephone_number_has_are_left_alone(digits: str, hit: bool) -> None:
    assert bool(found(f"call {digits}")) is hit


def test_a_number_of_seven_digits_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("call 6561234 now", "IS") == []  # not given out in Iceland
    assert found("call 5551234 now", "IS") == [("phone", "5551234")]


def test_what_is_certain_is_told_apart_from_what_may_be() -> None:
    text = "Kamau, Kibera, +254 712 345678, @jane_doe"
    hits = find_identifiers(text, names=names(), places=places())
    assert [(hit.kind, hit.sure, hit.word) for hit in hits] == [
        ("name", True, "name"),
        ("place", False, "place"),
        ("phone", True, "phone"),
        ("handle", False, "account"),
    ]


def test_pieces_that_touch_are_two() -> None:
    assert found("Kamau+254 712 345678") == [("name", "Kamau"), ("phone", "+254 712 345678")]
    assert found("+254 712 345678Kamau") in ([("phone", "+254 712 345678"), ("name", "Kamau")], [("name", "Kamau")])


def test_a_number_that_fails_does_not_hide_the_next_one() -> None:
    assert found("4111 1111 1111 1112 and 4111 1111 1111 1111") == [("card", "4111 1111 1111 1111")]
    text = f"A1234567 {'.' * 60} passport B7654321"
    assert found(text) == [("passport", "B7654321")]


def test_parts_of_a_name_of_three_letters_are_looked_for_and_of_two_are_not() -> None:
    assert [end - start for start, end in Listed(["Ann Be"], parts=True).find("be ann be ann")] == [3 + 3, 3]


def test_the_longer_of_two_uncertain_pieces_wins() -> None:
    assert found("https://example.org/@jane_doe") == [("link", "https://example.org/@jane_doe")]
    listed = Listed(["Long Street Road East End"], parts=False)
    text = "Mr Kamau Long Street Road East End"
    assert [hit.kind for hit in find_identifiers(text, places=listed)] == ["place"]


@pytest.mark.parametrize("length", [1, 99, 100, 101, 160, 161, 400])
def test_a_long_text_is_looked_at_to_its_end(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognising, "LONGEST", 100)
    monkeypatch.setattr(recognising, "SHARED", 40)
    for piece in ("kamau", "a.b@mail.org", "+254 712 345678", "Villa El Salvador"):
        text = ". " * length + piece
        assert [text[hit.start : hit.end] for hit in find_identifiers(text, names=names(), places=places())] == [piece]
        text += " ." * length
        assert [text[hit.start : hit.end] for hit in find_identifiers(text, names=names(), places=places())] == [piece]


@pytest.mark.parametrize("before", range(0, 200, 3))
def test_what_lies_across_a_cut_is_found_whole(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "." * before + " 4111 1111 1111 1111 " + "," * 60 + " Wanjiru Kamau " + "," * 70 + " passport no. A1234567 "
    whole = find_identifiers(text, names=names())
    assert [hit.kind for hit in whole] == ["card", "name", "passport"]
    monkeypatch.setattr(recognising, "LONGEST", 110)
    monkeypatch.setattr(recognising, "SHARED", 60)
    assert find_identifiers(text, names=names()) == whole


@pytest.mark.parametrize(("length", "pieces"), [(99, 1), (100, 1), (101, 2)])
def test_a_text_is_cut_only_if_it_is_longer_than_one_piece(
    length: int, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognising, "LONGEST", 100)
    monkeypatch.setattr(recognising, "SHARED", 40)
    # the second piece begins within a word, and what is left of the word looks like a name
    text = ("." * 59 + "xKamau").ljust(length, ".")
    assert len(find_identifiers(text, names=names())) == pieces - 1


def test_the_end_of_a_very_long_text_is_screened_too() -> None:
    text = "The well is dry. " * 6000 + "Ask Kamau on +254 712 345678"
    assert len(text) > recognising.LONGEST
    hits = find_identifiers(text, names=names())
    assert [text[hit.start : hit.end] for hit in hits] == ["Kamau", "+254 712 345678"]
