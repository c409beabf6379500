"""`countersign anonymise`: what is written, what it says, and what is refused."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from countersign.cli import main

STUDY = """countersign: 1
title: "Wells"
data:
  people:
    file: people.csv
    unit: person
    roles: {{id: id, collector: who, latitude: lat, longitude: lon, weight: weight}}
    variables:
      story: {{type: text}}
      village: {{type: category, label: Village}}
    derive: {{old: age >= 60}}
indicators:
  piped: {{proportion: "water = 'piped'", by: [sex]}}
protection:
  keys: [village, sex, age]
  sensitive: water
  minimum_contributors: 3
  microdata: {options}
"""
DROP = "id, who, lat, lon, story, old"
GOOD = "{drop: [" + DROP + "], bands: {age: [30, 60]}, average: [income, weight]}"


def people(folder: Path, options: str = GOOD) -> Path:
    lot = np.random.default_rng(5)
    lines = ["id,who,village,sex,age,income,water,lat,lon,weight,story"]
    for number in range(150):
        village = "Ama" if number % 4 else ("Bo", "Cay")[number % 3 == 0]
        lines.append(
            f"r{number},enumerator{number % 7},{village},{'fm'[number % 2]},{lot.integers(18, 80)},"
            f"{lot.integers(1, 9000)},{('piped', 'well')[number % 3 == 0]},{1 + number / 1e4},{2 + number / 1e4},"
            f"{1 + number % 5},story CANARY{number}"
        )
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY.format(options=options), encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["anonymise", str(folder), *words])
    return result.exit_code, result.output


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "anonymised" / "microdata.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = people(tmp_path_factory.mktemp("wells"))
    code, said = run(folder)
    assert code == 0, said
    return folder, said


def test_every_row_looks_like_four_others(done: tuple[Path, str]) -> None:
    found = rows(done[0])
    assert len(found) == 150
    shown = Counter((row["village"], row["sex"], row["age"]) for row in found)
    assert min(shown.values()) >= 5


def test_no_identifier_is_anywhere_in_the_folder(done: tuple[Path, str]) -> None:
    for file in (done[0] / "anonymised").iterdir():
        text = file.read_text(encoding="utf-8")
        assert "CANARY" not in text
        assert "enumerator" not in text
        assert "r14" not in text
    assert "CANARY" not in done[1]


def test_rows_have_new_numbers_and_another_order(done: tuple[Path, str]) -> None:
    found = rows(done[0])
    assert [row["record"] for row in found] == [str(number) for number in range(1, 151)]
    with (done[0] / "people.csv").open(encoding="utf-8") as file:
        before = [row["water"] for row in csv.DictReader(file)]
    assert [row["water"] for row in found] != before
    assert Counter(row["water"] for row in found) == Counter(before)


def test_the_order_of_the_delivery_changes_nothing(done: tuple[Path, str], tmp_path: Path) -> None:
    people(tmp_path)
    head, *lines = (tmp_path / "people.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "people.csv").write_text("\n".join([head, *reversed(lines)]) + "\n", encoding="utf-8")
    secret = done[0] / ".secrets" / "rows"
    (tmp_path / ".secrets").mkdir()
    (tmp_path / ".secrets" / "rows").write_bytes(secret.read_bytes())
    (tmp_path / ".secrets" / "rows").chmod(0o600)
    assert run(tmp_path)[0] == 0
    assert rows(tmp_path) == rows(done[0])


def test_the_secret_is_not_part_of_what_leaves(done: tuple[Path, str]) -> None:
    secret = (done[0] / ".secrets" / "rows").read_text(encoding="utf-8").strip()
    assert all(secret not in file.read_text(encoding="utf-8") for file in (done[0] / "anonymised").iterdir())


def test_it_is_said_what_was_done_and_what_it_cost(done: tuple[Path, str]) -> None:
    method = json.loads((done[0] / "anonymised" / "method.json").read_text(encoding="utf-8"))
    assert method["k"] == 5
    assert method["after"]["rows with fewer than k alike"] == 0
    assert method["before"]["rows with fewer than k alike"] > 100
    assert {(group["variable"], group["category"]) for group in method["groups"]} == {("sex", "f"), ("sex", "m")}
    treated = {column["name"]: column["treated"] for column in method["columns"]}
    assert treated["income"].startswith("replaced by means of 5 to 9 people")
    assert "wider ones" in treated["age"]
    page = (done[0] / "anonymised" / "index.html").read_text(encoding="utf-8")
    assert "finds at least 5 rows that fit equally well" in page
    assert "<svg" in page
    assert "piped: 0.6667 before, 0.6667 now." in done[1]


def test_means_of_weights_are_of_five_people(done: tuple[Path, str]) -> None:
    assert min(Counter(row["weight"] for row in rows(done[0])).values()) >= 5
    assert "have a weight that fewer than" not in done[1]


def test_parquet_and_randomised_answers_with_their_chances(tmp_path: Path) -> None:
    options = "{drop: [" + DROP + "], bands: {age: [60]}, randomise: {water: 0.3}, format: parquet, average: income}"
    code, said = run(people(tmp_path, options), "--json")
    assert code == 0, said
    assert pq.read_table(tmp_path / "anonymised" / "microdata.parquet").num_rows == 150
    chances = json.loads(said)["matrices"]["water"]
    assert chances["piped"]["piped"] == pytest.approx(0.7 + 0.3 * 100 / 150)
    assert sum(chances["well"].values()) == pytest.approx(1)


def test_a_weaker_promise_is_told_as_such(tmp_path: Path) -> None:
    options = GOOD.replace("{drop", "{missing: matches, drop", 1)
    code, said = run(people(tmp_path, options))
    assert code == 0, said
    assert "can still recognise people" in " ".join(said.split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("{}", "5 columns would give persons away"),
        ("{drop: [id, who, lat, story, old]}", "'lon' (an exact place)"),
        ("{drop: [id, lat, lon, story, old]}", "'who' (who collected the record)"),
        ("{drop: [id, who, lat, lon, old]}", "'story' (free text)"),
        ("{drop: [id, who, lat, lon, story], bands: {age: [60]}}", "could be computed again: 'old' from 'age'"),
        ("{drop: [" + DROP + "], k: 4}", "k = 4 is below 5"),
        ("{drop: [" + DROP + "], k: 4, reason: ' '}", "k = 4 is below 5"),
        ("{drop: [" + DROP + "], k: 1, reason: because}", "k = 1"),
        ("{drop: [" + DROP + "], k: 151}", "151 rows cannot share"),
        ("{drop: [" + DROP + ", nothing]}", "There is no column 'nothing'"),
        ("{columns: [nothing]}", "There is no column 'nothing'"),
        ("{columns: [income], drop: [income]}", "No column is left"),
        ("{drop: [" + DROP + "], bands: {income: [2, 1]}}", "do not rise"),
        ("{drop: [" + DROP + "], importance: {income: 2}}", "is no key"),
        ("{drop: [" + DROP + "], importance: {age: 0}}", "importance"),
        ("{drop: [" + DROP + "], anonymous: yes}", "anonymous"),
    ],
)
def test_rows_stay_where_they_are(tmp_path: Path, options: str, words: str) -> None:
    code, said = run(people(tmp_path, options))
    assert code == 2
    assert words in " ".join(said.split())
    assert "CANARY" not in said
    assert not (tmp_path / "anonymised").exists()


@pytest.mark.parametrize("line", ["keys: [village, sex, age]", "sensitive: water"])
def test_a_key_that_is_spelt_otherwise_is_refused(tmp_path: Path, line: str) -> None:
    people(tmp_path)
    study = (tmp_path / "study.yaml").read_text(encoding="utf-8")
    (tmp_path / "study.yaml").write_text(study.replace(line, line.split(":")[0] + ": [vilage]"), encoding="utf-8")
    code, said = run(tmp_path)
    assert code == 2
    assert "There is no column 'vilage'. Did you mean 'village'?" in " ".join(said.split())
    assert not (tmp_path / "anonymised").exists()


def test_what_stays_for_a_reason_and_k_below_the_limit_for_a_reason(tmp_path: Path) -> None:
    options = "{drop: [id, who, lat, lon, old], stays: {story: all are made up}, k: 3, reason: for researchers only}"
    code, said = run(people(tmp_path, options))
    assert code == 0, said
    assert "for researchers only" in (tmp_path / "anonymised" / "index.html").read_text(encoding="utf-8")
    assert min(Counter((r["village"], r["sex"], r["age"]) for r in rows(tmp_path)).values()) >= 3


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    people(tmp_path)
    (tmp_path / "anonymised").mkdir()
    (tmp_path / "anonymised" / "mine.txt").write_text("mine", encoding="utf-8")
    code, _ = run(tmp_path)
    assert code == 2
    assert (tmp_path / "anonymised" / "mine.txt").read_text(encoding="utf-8") == "mine"
