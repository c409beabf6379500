"""Each mistake a delivery can hold: exit code 2, where it is, what was expected, what to do; nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_study import MARGINS, STUDY, countersign, rows, write_study

HEADER, *BODY = rows()


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def with_line(number: int, change: Callable[[str], str]) -> str:
    lines = [HEADER, *BODY]
    lines[number - 1] = change(lines[number - 1])
    return text(lines)


def two_date_formats() -> str:
    lines = [HEADER]
    for number, line in enumerate(BODY):
        cells = line.split(",")
        year, month, day = cells[3].split("-")
        if number % 2:
            cells[3] = f"{day}/{month}/{year}"
        lines.append(",".join(cells))
    return text(lines)


CASES: dict[str, tuple[dict[str, object], list[str]]] = {
    "an unknown key": ({"study": STUDY.replace("weights:", "wieghts:")}, ["study.yaml, line 14", "weights"]),
    "an empty file": ({"people": ""}, ["people.csv", "empty"]),
    "a header without rows": ({"people": HEADER + "\n"}, ["people.csv", "row"]),
    "a ragged row": ({"people": with_line(10, lambda line: line + ",extra")}, ["people.csv", "line 10"]),
    "a short row": ({"people": with_line(12, lambda line: line.rsplit(",", 2)[0])}, ["people.csv", "line 12"]),
    "duplicate headers": ({"people": text([HEADER.replace("minutes", "sex"), *BODY])}, ["people.csv", "'sex'"]),
    "a wrong encoding": (
        {
            "people": text([HEADER, *(line.replace("well", "Quelle für alle") for line in BODY)]).encode("latin-1"),
            "study": STUDY.replace("unit: person", "unit: person\n    encoding: utf-8"),
        },
        ["people.csv", "utf-8"],
    ),
    "a category the benchmark lacks": (
        {"people": with_line(5, lambda line: line.replace("east", "north").replace("west", "north"))},
        ["A category of region", "fewer than 3 rows", "region: east, west"],
    ),
    "a category the data lack": ({"margins": MARGINS.replace("700", "600") + "region,north,100\n"}, ["north"]),
    "margins with different totals": ({"margins": MARGINS.replace("700", "900")}, ["1200", "1000"]),
    "an unknown column": (
        {"study": STUDY.replace("median: minutes", "median: minuets")},
        ["line 17", "Did you mean 'minutes'?"],
    ),
    "more than arithmetic": (
        {"study": STUDY.replace("median: minutes", "median: \"__import__('os').getcwd()\"")},
        ["line 17", "indicators.fetching"],
    ),
    "dates in two formats": ({"people": two_date_formats()}, ["people.csv", "day", "format"]),
    "a domain without rows": (
        {"study": STUDY.replace("by: [sex]}", "by: [sex], where: region = 'south'}")},
        ["line 17", "fetching"],
    ),
    "a breakdown that is not there": ({"study": STUDY.replace("by: [sex]}", "by: [sec]}")}, ["Did you mean 'sex'?"]),
    "a word among numbers": (
        {"people": with_line(9, lambda line: line.rsplit(",", 1)[0] + ",NULL")},
        ["line 17", "'minutes' is text", "type: number"],
    ),
    "a word among what is declared a number": (
        {
            "people": with_line(9, lambda line: line.rsplit(",", 1)[0] + ",NULL"),
            "study": STUDY.replace("      day:", "      minutes: {type: number}\n      day:"),
        },
        ["people.csv", "minutes", "NULL", "missing"],
    ),
    "a missing value in a weighting variable": (
        {"people": with_line(4, lambda line: line.replace(",f,", ",,").replace(",m,", ",,"))},
        ["sex"],
    ),
    "base weights that are no numbers": (
        {"study": STUDY.replace("by: [sex, region]}", "by: [sex, region], base: water}", 1)},
        ["weights.base", "water"],
    ),
    "base weights that are not there": (
        {"study": STUDY.replace("by: [sex, region]}", "by: [sex, region], base: minuets}", 1)},
        ["weights.base", "Did you mean 'minutes'?"],
    ),
    "a missing margin": ({"study": STUDY.replace("by: [sex, region]}", "by: [sex, water]}", 1)}, ["water", "margin"]),
}


@pytest.mark.parametrize("name", CASES)
def test_it_says_where_and_what_to_do(name: str, tmp_path: Path) -> None:
    change, says = CASES[name]
    folder = write_study(tmp_path / "study", **change)  # type: ignore[arg-type]
    result = countersign("run", folder)
    assert result.exit_code == 2, result.output
    for words in says:
        assert words in result.output
    assert "What to do:" in result.output
    assert "Traceback" not in result.output
    assert not (folder / "release").exists()
    assert not list(folder.rglob("*.part"))
    assert not (folder / ".work").exists()


def test_a_missing_file_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=STUDY.replace("people.csv", "peoples.csv"))
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "Did you mean 'people.csv'?" in result.output
    assert "study.yaml, line 7" in result.output


def test_an_error_can_be_had_as_json(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=STUDY.replace("weights:", "wieghts:"))
    result = countersign("run", folder, "--json")
    assert result.exit_code == 2
    assert '"action"' in result.output


def test_a_failed_run_leaves_the_old_release_alone(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    assert countersign("run", folder).exit_code == 0
    before = {path.name: path.read_bytes() for path in (folder / "release").iterdir() if path.is_file()}
    write_study(folder, people="")
    assert countersign("run", folder).exit_code == 2
    assert {path.name: path.read_bytes() for path in (folder / "release").iterdir() if path.is_file()} == before
