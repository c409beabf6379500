"""The lot of a row: what it holds and the secret decide, by a formula that anybody can follow with whole numbers."""

from __future__ import annotations

import warnings
from hashlib import blake2b

import numpy as np

from countersign.protection.microdata.lots import lots

COLUMNS = [
    ("village", np.array([0, 1, 0, -1, 1]), ["Ama", "Bolo"]),
    ("age", np.array([2, 0, -1, 1, 0]), [20, 21.5, 80]),
    ("sex", np.array([0, 0, 0, 0, -1]), ["f"]),
]


def by_hand(secret: str, row: dict[str, object]) -> int:
    """Add 64 bits for each answer, mix them as splitmix64 does, and leave the lowest bit out."""
    total = 0
    for name, value in row.items():
        text = f"{secret}\x1f{name}\x1f{value!r}"
        total += int(blake2b(text.encode(), digest_size=8).hexdigest(), 16)
    total %= 2**64
    total = (total ^ total >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    total = (total ^ total >> 27) * 0x94D049BB133111EB % 2**64
    return total // 2


def test_lots_are_the_same_on_every_machine() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = lots(COLUMNS, secret="sé")
    assert found.dtype == np.int64
    assert found.tolist() == [
        by_hand("sé", {"village": "Ama", "age": 80, "sex": "f"}),
        by_hand("sé", {"village": "Bolo", "age": 20, "sex": "f"}),
        by_hand("sé", {"village": "Ama", "age": None, "sex": "f"}),
        by_hand("sé", {"village": None, "age": 21.5, "sex": "f"}),
        by_hand("sé", {"village": "Bolo", "age": 20, "sex": None}),
    ]


def test_neither_the_order_of_columns_nor_that_of_their_values_decides() -> None:
    turned = [(name, np.where(codes < 0, -1, len(values) - 1 - codes), values[::-1]) for name, codes, values in COLUMNS]
    assert lots(turned[::-1], secret="s").tolist() == lots(COLUMNS, secret="s").tolist()


def test_the_same_answer_to_another_question_is_another_lot() -> None:
    one, other = (lots([(name, np.array([0]), ["yes"])], secret="s")[0] for name in ("water", "light"))
    assert one != other


def test_where_the_secret_ends_decides() -> None:
    one = lots([("b", np.array([0]), ["yes"])], secret="a")
    other = lots([("", np.array([0]), ["yes"])], secret="ab")
    assert one[0] != other[0]


def test_no_columns_have_no_rows() -> None:
    assert lots([], secret="s").shape == (0,)
