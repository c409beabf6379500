"""What is said, chosen and computed does not hang on the order of a set of texts, which is another in every run.

Python gives a text another hash in every process, so a loop over a set goes another way in every run, unless the seed
of the hashes is given: here several, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

SEEDS = ("1", "2", "3", "4")
LETTERS = "abcdefgh"


def questions_still_open() -> list[str]:
    from small_study import STUDY

    from countersign.study.checking import open_questions
    from countersign.study.reading import read_study

    organiser = "{organiser: {name: Neighbours, kind: community}, selection: open-web}"
    assert organiser in STUDY
    asked = "\n  selection: open-web\n  organiser:\n    name: '?'\n    kind: '?'"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.yaml"
        path.write_text(STUDY.replace(organiser, asked), encoding="utf-8")
        return [str(one) for one in open_questions(read_study(path))]


def words_among_numbers() -> list[str]:
    from countersign.intake.proposal import propose
    from countersign.tables import open_engine

    with tempfile.TemporaryDirectory() as folder, open_engine("duckdb") as engine:
        path = Path(folder) / "people.csv"
        words = ("refused", "don't know", "n/a", "unknown", "none", "-")
        path.write_text("age\n" + "\n".join([*map(str, range(20, 60)), *words]) + "\n", encoding="utf-8")
        return list(propose(path, engine=engine).missing)


def groups_to_be_spared() -> list[str]:
    from counting import people, study

    from countersign.model.protection_plan import ProtectionPlan, VisibleGroup
    from countersign.protection.figures.sparing import spared_groups

    made = study(people(**{f"{area}_{answer}": 6 for area in LETTERS for answer in ("yes", "no")}))
    plan = replace(made.plan, protection=ProtectionPlan(visible=(VisibleGroup("area", "", 3.0),)))
    return [one.category for one in spared_groups(plan, made.figures, made.contributions)]


def cells_that_hang_together() -> list[Any]:
    from counting import study

    from countersign.model.contribution import Told
    from countersign.protection.figures.linking import link
    from countersign.protection.figures.records import records_of

    names = ("area", "sex", "age")
    rows = [{**dict.fromkeys(names, letter), "answer": answer} for letter in "xy" for answer in ("yes", "no")] * 6
    made = study(rows, by=[names])
    told = [Told({name: letter}, 12, True) for name in names for letter in "xy"]
    found = link(records_of(made.plan, made.figures, made.contributions), told=told)
    return [one.table.cells for one in found]


def numbers_that_fit() -> list[float]:
    """Numbers of a crossed table of which only the margins are known: many fit."""
    from countersign.protection.figures.reading import Cell, Known
    from countersign.protection.figures.recalling import complete

    def cell(**group: str) -> Cell:
        return "people", "n", frozenset(group.items())

    rows, columns = LETTERS[:4], LETTERS[4:]
    inside = {(row, column): cell(area=row, age=column) for row in rows for column in columns}
    known = Known(open=set(inside.values()), withheld={"figure": tuple(inside.values())})
    for name, letters, other in (("area", rows, columns), ("age", columns, rows)):
        for letter in letters:
            total = cell(**{name: letter})
            parts = [inside[pair] for pair in inside if letter in pair]
            known.values[total] = 10.0
            known.equations.add((total, frozenset(parts)))
            assert len(parts) == len(other)
    complete(known)
    return [known.values[one] for one in inside.values()]


def groups_put_together() -> float:
    from countersign.quality.coverage import _merged

    counts = {(letter,): 0.1 * 3**place for place, letter in enumerate(LETTERS)}
    return _merged(counts, {(letter,) for letter in LETTERS[1:]})["",]


SAID = {
    one.__name__: one
    for one in (
        questions_still_open,
        words_among_numbers,
        groups_to_be_spared,
        cells_that_hang_together,
        numbers_that_fit,
        groups_put_together,
    )
}


@pytest.fixture(scope="module")
def runs() -> list[dict[str, Any]]:
    paths = [*sys.path, str(Path(__file__).parent.parent / "protection" / "figures")]
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    found = []
    for seed in SEEDS:
        done = subprocess.run(
            [sys.executable, __file__],
            env={**around, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout))
    return found


@pytest.mark.parametrize("name", SAID)
def test_it_is_the_same_for_every_seed_of_the_hashes(name: str, runs: list[dict[str, Any]]) -> None:
    assert runs[0][name]
    assert all(one[name] == runs[0][name] for one in runs)


if __name__ == "__main__":
    print(json.dumps({name: said() for name, said in SAID.items()}))
