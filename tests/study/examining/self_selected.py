"""A study of people who chose to answer, and a reference sample beside them: small and made up by rule."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from countersign.cli import main

Row = Mapping[str, object]

STUDY = """\
countersign: 1
title: People who chose to answer
initiative: {{organiser: {{name: Neighbours, kind: community}}, selection: {selection}}}
population: {{who: everybody, area: Hilltown, period: 2024}}
data:
  people: {{file: people.csv, unit: person}}
benchmark:
  office:
    file: office.csv
    kind: units
    weight: w
    roles: {{stratum: area}}
{weights}
indicators:
{indicators}
{rest}
"""
WEIGHTS = "weights: {rake: office, by: [sex, age]}"
INDICATORS = """\
  piped: {proportion: water = 'piped', by: [sex, village], threshold: 0.5}
  income: {mean: income, threshold: 12}
"""


def people(count: int = 120) -> list[dict[str, object]]:
    """Return those who took part: mostly young and of the town."""
    rows: list[dict[str, object]] = []
    for number in range(count):
        sex, age = "fm"[number % 3 == 0], "young" if number % 4 else "old"
        piped = (number * 7 + (sex == "f") * 3 + (age == "old")) % 10 < (6 if age == "young" else 3)
        rows.append({
            "id": number + 1,
            "sex": sex,
            "age": age,
            "village": "up" if number % 5 else "down",
            "water": "piped" if piped else "well",
            "income": 10 + (number * 13) % 7 + 3 * (age == "young"),
        })  # fmt: skip
    return rows


def office(count: int = 80) -> list[dict[str, object]]:
    """Return the office's sample, of two areas with other weights: fewer young people."""
    return [
        {
            "sex": "fm"[number % 2],
            "age": "young" if number % 5 < 2 else "old",
            "village": "up" if number % 3 else "down",
            "area": "north" if number < count // 2 else "south",
            "w": 10.0 if number < count // 2 else 15.5,
        }
        for number in range(count)
    ]


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def make(
    folder: Path,
    *,
    volunteers: Sequence[Row] = (),
    reference: Sequence[Row] = (),
    weights: str = WEIGHTS,
    indicators: str = INDICATORS,
    rest: str = "",
    selection: str = "open-web",
) -> Path:
    """Write the study's folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = STUDY.format(weights=weights, indicators=indicators, rest=rest, selection=selection)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    write(folder / "people.csv", volunteers or people())
    write(folder / "office.csv", reference or office())
    return folder


def figures(folder: Path) -> dict[str, dict[str, str]]:
    """Return the rows of estimates.csv by figure."""
    with (folder / "release" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


def fan(folder: Path, figure: str) -> dict[str, dict[str, str]]:
    """Return the fan of one figure by estimator."""
    with (folder / "release" / "fan.csv").open(encoding="utf-8", newline="") as file:
        return {row["estimator"]: row for row in csv.DictReader(file) if row["figure_id"] == figure}


def countersign(*words: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


def run(folder: Path) -> Path:
    """Run a study and return its folder."""
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    return folder
