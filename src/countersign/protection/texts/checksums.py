"""Check digits: whether a number can be what it looks like. Each takes the text as found, separators and all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_P = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def digits(text: str) -> list[int]:
    """Return the digits of a text."""
    return [int(sign) for sign in text if "0" <= sign <= "9"]


def luhn(text: str) -> bool:
    """Tell whether the last digit is right by the modulus-10 double-add-double rule (Luhn 1960, ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits(text))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def verhoeff(text: str) -> bool:
    """Tell whether the last digit is right by the dihedral group of ten elements (Verhoeff 1969)."""
    check = 0
    for place, digit in enumerate(reversed(digits(text))):
        for _ in range(place % 8):
            digit = _P[digit]
        check = _D[check][digit]
    return check == 0


def iban(text: str) -> bool:
    """Tell whether the two digits after the country are right, modulus 97 (ISO 13616, ISO/IEC 7064)."""
    letters = re.sub(r"\s", "", text)
    moved = letters[4:] + letters[:4]
    return 15 <= len(letters) <= 34 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def cpf(text: str) -> bool:
    """Tell whether both check digits of a Brazilian CPF are right, modulus 11; eleven equal digits are none."""
    own = digits(text)
    if len(own) != 11 or len(set(own)) == 1:
        return False
    for length in (9, 10):
        rest = sum(digit * weight for digit, weight in zip(own, range(length + 1, 1, -1), strict=False)) * 10 % 11
        if rest % 10 != own[length]:
            return False
    return True


def dni(text: str) -> bool:
    """Tell whether the letter of a Spanish DNI or NIE is right, modulus 23."""
    letters = re.sub(r"[ -]", "", text).upper()
    number = letters[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return len(number) == 8 and LETTERS[int(number) % 23] == letters[-1]


def nir(text: str) -> bool:
    """Tell whether the two last digits of a French NIR are right: 97 less the rest of the others by 97."""
    letters = re.sub(r"\s", "", text).upper()
    body = letters[:-2].replace("2A", "19").replace("2B", "18")
    return body.isdecimal() and 97 - int(body) % 97 == int(letters[-2:])


def pesel(text: str) -> bool:
    """Tell whether the last digit of a Polish PESEL is right and its month can be one."""
    own = digits(text)
    total = sum(digit * weight for digit, weight in zip(own, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=False))
    return total % 10 == 0 and 1 <= (own[2] * 10 + own[3]) % 20 <= 12


def nhs(text: str) -> bool:
    """Tell whether the last digit of a British NHS number is right, modulus 11."""
    own = digits(text)
    check = 11 - sum(digit * weight for digit, weight in zip(own, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == own[9]


def rut(text: str) -> bool:
    """Tell whether the check sign of a Chilean RUT is right, modulus 11."""
    body, check = re.sub(r"\.", "", text).upper().split("-")
    rest = 11 - sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body))) % 11
    return {11: "0", 10: "K"}.get(rest, str(rest)) == check


CHECKS: Mapping[str, Callable[[str], bool]] = {
    check.__name__: check for check in (luhn, verhoeff, iban, cpf, dni, nir, pesel, nhs, rut)
}
