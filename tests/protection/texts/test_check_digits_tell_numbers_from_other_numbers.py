"""Check digits: published examples pass, and one digit more or less fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protection.texts.checksums import CHECKS

# Test numbers that the issuing bodies or networks publish, and the examples of the standards.
EXAMPLES = {
    "luhn": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "79927398713", "8001015009087", "18"],
    "verhoeff": ["2363", "2341 2341 2346"],
    "iban": [
        "gb82 west 1234 5698 7654 32",
        "GB82 WEST 1234 5698 7654 32",
        "DE89370400440532013000",
        "FR1420041010050500013M02606",
        "NO9386011117947",
    ],
    "cpf": ["111.444.777-35", "52998224725", "012.345.678-90"],
    "dni": ["12345678Z", "X1234567L", "Y1234567X", "Z1234567R", "00000000-T"],
    "nir": ["2 55 08 14 168 025 38", "253072A07300443", "253072B07300470"],
    "pesel": ["44051401359", "02070803628"],
    "nhs": ["943 476 5919", "4010232137"],
    "rut": ["12.345.678-5", "11111111-1", "6-K", "14-0"],
}


@pytest.mark.parametrize(("check", "number"), [(check, number) for check, all_ in EXAMPLES.items() for number in all_])
def test_published_examples_pass(check: str, number: str) -> None:
    assert CHECKS[check](number)


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (check, number)
        for check, all_ in EXAMPLES.items()
        for number in all_
        if check != "dni"  # its sign is a letter, tested below
    ],
)
def test_every_other_last_sign_fails(check: str, number: str) -> None:
    right = number[-1]
    others = [sign for sign in "0123456789" if sign != right]
    assert not any(CHECKS[check](number[:-1] + sign) for sign in others)


@given(st.sampled_from([(check, number) for check, all_ in EXAMPLES.items() for number in all_]), st.data())
def test_one_wrong_digit_is_noticed(example, data) -> None:  # type: ignore[no-untyped-def]
    check, number = example
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([sign for sign in "0123456789" if sign != number[place]]))
    assert not CHECKS[check](number[:place] + digit + number[place + 1 :])


def test_a_french_number_with_a_letter_elsewhere_is_none() -> None:
    assert not CHECKS["nir"]("253070A07300443")


def test_only_one_letter_fits_a_spanish_number() -> None:
    assert [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if CHECKS["dni"](f"12345678{letter}")] == ["Z"]
    assert not CHECKS["dni"]("1234567Z")


@pytest.mark.parametrize("number", ["111.111.111-11", "00000000000", "1114447773", "111444777350"])
def test_equal_digits_and_other_lengths_are_no_tax_number(number: str) -> None:
    assert not CHECKS["cpf"](number)


@pytest.mark.parametrize(
    ("month", "fits"),
    [(0, False), (1, True), (12, True), (13, False), (19, False), (20, False), (21, True), (32, True), (33, False),
     (80, False), (81, True), (92, True), (93, False)],
)  # fmt: skip
def test_a_polish_number_holds_a_month_and_a_century(month: int, fits: bool) -> None:
    number = f"44{month:02d}1401350"
    own = [int(sign) for sign in number]
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    own[10] = -sum(digit * weight for digit, weight in zip(own[:10], weights, strict=False)) % 10
    assert CHECKS["pesel"]("".join(map(str, own))) is fits


@pytest.mark.parametrize(("length", "fits"), [(14, False), (15, True), (34, True), (35, False)])
def test_an_account_number_has_15_to_34_signs(length: int, fits: bool) -> None:
    body = "0" * (length - 4)
    check = 98 - int(body + "162200") % 97  # G = 16, M = 22
    assert CHECKS["iban"](f"GM{check:02d}{body}") is fits


@pytest.mark.parametrize(("body", "check"), [("000000000", "0"), ("100000000", "1"), ("000000001", "9")])
def test_a_health_number_whose_rest_is_none_has_the_check_digit_nought(body: str, check: str) -> None:
    assert [sign for sign in "0123456789" if CHECKS["nhs"](body + sign)] == [check]


def test_a_health_number_whose_check_would_be_ten_is_never_given_out() -> None:
    body = "000000006"  # 6 x 2 = 12, rest 1, check 10
    assert not any(CHECKS["nhs"](body + sign) for sign in "0123456789")


@given(st.integers(0, 10**10 - 1))
def test_each_digit_of_a_polish_number_counts_with_its_weight(number: int) -> None:
    own = [int(sign) for sign in f"{number:010d}"]
    own[2:4] = [0, 5]
    last = (10 - sum(d * w for d, w in zip(own, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True))) % 10
    text = "".join(map(str, own))
    assert CHECKS["pesel"](f"{text}{last}")
    assert not CHECKS["pesel"](f"{text}{(last + 1) % 10}")


def test_digits_of_other_scripts_and_nines_are_told_apart() -> None:
    from countersign.protection.texts.checksums import digits

    assert digits("9٣0:") == [9, 0]


def test_double_digits_are_added_not_taken_away() -> None:
    assert not CHECKS["luhn"]("19")
    assert CHECKS["luhn"]("00") == (0 == 0)
    assert [d for d in range(10) if CHECKS["luhn"](f"5{d}")] == [9]
    assert [d for d in range(10) if CHECKS["luhn"](f"12{d}")] == [5]
