"""Every example of every page of docs/methods, on every engine."""

from __future__ import annotations

import contextlib
import math
import re
from pathlib import Path
from typing import Any

import pytest
from pages import drawn
from specs import Case, Table, cases, methods

import countersign
from countersign import disclosure, inference

DOCS = Path(__file__).resolve().parents[2] / "docs" / "methods"
ENGINES = ["duckdb", "polars", pytest.param("spark", marks=pytest.mark.slow)]


def outcome(case: Case, engine: str, folder: Path) -> Any:
    """Evaluate the expression of a case on its tables."""
    known: dict[str, Any] = {"inference": inference, "disclosure": disclosure, "countersign": countersign}
    for name, table in case.tables.items():
        path = folder / f"{name}.csv"
        path.write_text(table.csv(), encoding="utf-8")
        known[name] = countersign.read(path, engine=engine)
    *before, last = re.split(r"\n(?=\S)(?![)\]}])", case.expression)
    with contextlib.chdir(folder):  # where secrets and ledgers are made
        for statement in before:
            exec(statement, known)
        return eval(last, known)


def same(found: object, expected: str) -> bool:
    """Compare as precisely as `expected` is written, 1e-9 at most."""
    if expected == "":
        return found is None or found == "" or (isinstance(found, float) and math.isnan(found))
    try:
        wanted = float(expected)
    except ValueError:
        return str(found) == expected
    if not isinstance(found, int | float):
        return str(found) == expected
    mantissa = expected.lower().partition("e")[0]
    decimals = len(mantissa.partition(".")[2])
    power = int(expected.lower().partition("e")[2] or 0)
    tolerance = max(0.500001 * 10.0 ** (power - decimals) if "." in mantissa else 0.0, 1e-9 * abs(wanted), 1e-12)
    return abs(found - wanted) <= tolerance


def check(rows: list[dict[str, Any]], expected: Table) -> None:
    assert len(rows) == len(expected.rows), [tuple(str(row.get(n)) for n in expected.names) for row in rows]
    for row, line in zip(rows, expected.rows, strict=True):
        for name, cell in zip(expected.names, line, strict=True):
            assert name in row, f"no column {name}; there are: {', '.join(row)}"
            assert same(row[name], cell), f"{name} of {line[0]}: found {row[name]!r}, the page says {cell!r}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.id)
def test_the_example_gives_what_the_page_says(
    case: Case, engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if engine == "spark":
        request.getfixturevalue("spark")
    if case.refuses:
        with pytest.raises(countersign.CountersignError) as caught:
            outcome(case, engine, tmp_path)
        assert case.refuses in " ".join(caught.value.sentence().split())
        return
    assert case.gives is not None
    check(outcome(case, engine, tmp_path).rows(), case.gives)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in cases() if case.gives], ids=lambda case: case.id)
def test_engines_agree_to_nine_digits(case: Case, tmp_path: Path) -> None:
    first, second = (outcome(case, engine, tmp_path).rows() for engine in ("duckdb", "polars"))
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        for name, value in one.items():
            if isinstance(value, float) and not math.isnan(value):
                assert other[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
            else:
                assert str(other[name]) == str(value), name


def test_the_pages_are_drawn_from_the_examples() -> None:
    wanted = drawn()
    there = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md") if path.name in wanted}
    assert there == wanted, "run: python tests/methods/pages.py docs/methods"


def test_every_verb_of_inference_has_a_page() -> None:
    told = {verb for method in methods() if method.home == "inference" for verb in method.verbs}
    assert set(dir(inference)) == told


def test_the_pages_of_protection_tell_of_verbs_that_exist() -> None:
    told = {verb for method in methods() if method.home == "disclosure" for verb in method.verbs}
    assert told <= set(dir(disclosure))
