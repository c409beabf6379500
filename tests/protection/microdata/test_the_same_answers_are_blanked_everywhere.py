"""The quick choice of blanks is the same on every machine: what it blanks in drawn tables is written down here."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest

from countersign.protection.microdata.classes import classes_of, matches
from countersign.protection.microdata.suppressing import Suppression, suppress_locally

TABLES = {"own": range(40), "matches": range(16)}
ROWS = {"own": 36, "matches": 15}
DIGESTS = {"own": "63a9602f634a4492", "matches": "e08a5264729644b0"}


def drawn(number: int) -> tuple[list[np.ndarray], dict]:
    """Draw a table with 2 to 5 keys, and what is asked of it: some answers are missing in every second table."""
    draw = np.random.default_rng(number)
    keys = 2 + number % 4
    rows = int(draw.integers(8, 36))
    chances = np.array([0.55, 0.2, 0.15, 0.1])
    table = draw.choice(4, size=(rows, keys), p=chances)
    if number % 2:
        table[draw.random(table.shape) < 0.12] = -1
    asked = {"k": int(draw.integers(2, 6)), "importance": draw.choice([1.0, 2.0, 3.5], keys).tolist()}
    return list(table.T), {**asked, "most": int(draw.integers(1, 4))}


def blanked(number: int, missing: str) -> tuple[Suppression, np.ndarray]:
    """Return the choice for the first rows of a table, and what rows show then."""
    keys, asked = drawn(number)
    keys = [key[: ROWS[missing]] for key in keys]
    found = suppress_locally(keys, **asked, missing=missing, exact=False)  # type: ignore[arg-type]
    return found, np.where(found.blanked, -1, np.column_stack(keys))


@pytest.mark.parametrize(("missing", "cost"), [("own", 2939), ("matches", 392)])
def test_the_quick_choice_blanks_the_same_answers_on_every_machine(missing: str, cost: float) -> None:
    found = [blanked(number, missing) for number in TABLES[missing]]
    for one, shown in found:
        classes = classes_of(list(shown.T))
        alike = classes.counts if missing == "own" else matches(classes.codes, classes.counts)
        assert one.violations == 0
        assert (alike >= one.k).all()
    assert sum(one.cost for one, _ in found) == pytest.approx(cost)
    digest = sha256(b"".join(np.packbits(one.blanked).tobytes() for one, _ in found)).hexdigest()
    assert digest[:16] == DIGESTS[missing]
