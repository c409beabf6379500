"""Canaries: unique values planted in every input appear in no output, message, file name, metadata or picture.

A canary that sings here is a leak. Do not take it out of the study: close the leak.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import planted_study
import pytest
from click.testing import CliRunner
from planted_study import COLUMNS, STUDY, leaks, of_the_few, planted, rows, spoken, texts

from countersign.cli import main
from countersign.study import Study
from real_data import PROJECT, shared

SECRETS = planted() | of_the_few()
CODES = {row["kind"] for row in rows()}  # codes of a category: they may be told to who holds the data, never published


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_study.write(tmp_path_factory.mktemp("planted"))
    said = spoken(made, "run")
    (made / "said.txt").write_text(said, encoding="utf-8")
    assert (made / "release" / "report.html").is_file(), said
    return made


def test_the_canaries_can_be_seen(folder: Path) -> None:
    found = leaks(texts(folder / "data"), SECRETS)
    assert len(found) > 8 * len(rows())
    assert any("zqTold" in one for one in found)


def test_nothing_of_a_row_is_in_the_release(folder: Path) -> None:
    assert leaks(texts(folder / "release"), SECRETS) == []


def test_nothing_of_a_row_is_on_the_site(folder: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["site", str(folder), "--out", str(tmp_path / "site")])
    assert said.exit_code == 0, said.output
    assert leaks(iter([("site", said.output)]), SECRETS) == []
    assert leaks(texts(tmp_path / "site"), SECRETS) == []


@pytest.mark.parametrize("verb", ["check", "assess", "weight", "estimate", "protect", "publish", "run"])
def test_no_command_says_anything_of_a_row(folder: Path, verb: str) -> None:
    said = spoken(folder, verb)
    told = leaks(iter([(verb, said)]), SECRETS)
    assert [one for one in told if one.split(": ")[1] not in CODES or verb != "assess"] == []
    assert "Next:" in said


def test_codes_that_one_record_has_are_told_inside_and_not_outside(folder: Path) -> None:
    with Study.open(folder) as study:
        findings, _ = study.assess()
    inside = " ".join(one.inside for one in findings)
    assert {code for code in CODES if code in inside} >= {"zq5", "zq45", "zq85"}
    kept = json.loads((folder / "release" / "assessment.json").read_text(encoding="utf-8"))
    rare = next(one for one in kept if one["check"] == "rare_codes" and one["subject"] == "kind")
    assert rare["message"] == "'kind' has 4 codes seen only once."


def test_a_group_of_two_has_no_number_anywhere(folder: Path) -> None:
    release = folder / "release"
    with (release / "estimates.csv").open(encoding="utf-8", newline="") as file:
        of_them = [row for row in csv.DictReader(file) if row["people"] == "wee"]
    assert len(of_them) > 8
    for row in of_them:
        assert row["status"] == "suppressed", row["figure_id"]
        assert not any(row[name] for name in ("value", "standard_error", "lower", "upper", "n", "n_effective"))
    for finding in json.loads((release / "assessment.json").read_text(encoding="utf-8")):
        assert [key for key, value in numbered(finding) if re.search(r"\bwee\b", key)] == [], finding
        # A small number told of a small group: "wee (2)", "2 of wee".
        assert not re.search(r"\bwee\b\W{0,3}\(?\d|\b\d+ (records )?of wee", finding["message"]), finding["message"]
    groups = (release / "leave_nobody_behind.csv").read_text(encoding="utf-8")
    assert "people,wee,yes,0.04,,,,,,no," in groups
    page = (release / "report.html").read_text(encoding="utf-8")
    start = page.index('<section id="protection"')  # there figures are counted, not people
    page = page[:start] + page[page.index("</section>", start) :]
    assert not re.search(r"The wee</(td|th|text)>\s*<t[^>]*>\s*[\d.,]+", page)


def numbered(value: Any, path: str = "") -> list[tuple[str, float]]:
    """Return (names on the way, number) for every number inside JSON values; limits of the catalogue apart."""
    if isinstance(value, dict):
        return [found for key, item in value.items() if key != "threshold" for found in numbered(item, f"{path} {key}")]
    if isinstance(value, list):
        return [found for item in value for found in numbered(item, path)]
    return [(path, value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_the_answer_of_one_person_is_pooled_with_others_where_it_is_compared(folder: Path) -> None:
    with (folder / "release" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        categories = {row["category"]: float(row["raw"]) for row in csv.DictReader(file)}
    assert "perhaps" not in categories
    assert categories["no + perhaps"] > 0.2


def test_a_proposed_study_file_holds_nothing_of_a_row(folder: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    answer = CliRunner().invoke(main, ["new", str(new), "--from", str(folder / "data" / "people.csv")])
    assert answer.exit_code == 0, answer.output
    assert leaks(iter([("said", answer.output)]), SECRETS) == []
    shutil.rmtree(new / "data", ignore_errors=True)
    assert leaks(texts(new), SECRETS) == []


def changed(number: int, **cells: str) -> Callable[[], list[dict[str, str]]]:
    def people() -> list[dict[str, str]]:
        made = rows()
        made[number] |= cells
        return made

    return people


BAD = {
    "a text among numbers": (changed(20, income="zqBadNumber"), STUDY),
    "a day that is none": (changed(20, day="zqBadDay"), STUDY.replace("type: date", "type: date, format: '%Y-%m-%d'")),
    "a number beyond counting": (changed(20, income="9" * 400), STUDY),
    "a group that the benchmark lacks": (changed(20, sex="zqSex"), STUDY),
    "a quote that is never closed": (changed(20, remark='"zqOpened'), STUDY),
    "one cell too many": (changed(20, remark="zqOne,zqTwo"), STUDY),
    "bytes that are no letters": (changed(20, remark="zq\udcff"), STUDY),
    "text where arithmetic is asked": (rows, STUDY.replace("{mean: income,", "{mean: name * 2,")),
    "a text made a number": (rows, STUDY.replace("phone: {type: text}", "phone: {type: integer}")),
    "a text as weight": (rows, STUDY.replace("device: device,", "device: device, weight: remark,")),
    "a division by nothing": (rows, STUDY.replace("{mean: income,", "{mean: income / (minutes - minutes),")),
    "a place beyond the globe": (changed(20, lat="4711.1234567"), STUDY),
    "codes beyond the list": (rows, STUDY.replace("kind: {type: category", "kind: {type: category, values: {a: A}")),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("case", BAD)
def test_no_error_quotes_a_row(case: str, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where a file about a defect would be written
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    people, study = BAD[case]
    made = planted_study.write(tmp_path / "study", study=f"{study}settings: {{engine: {engine}}}\n", people=people())
    outcome = CliRunner().invoke(main, ["run", str(made), "--json"])
    secrets = SECRETS | {"4711.123", "9" * 30}
    told = [("said", outcome.output + outcome.stderr)]
    told += [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.glob("countersign-defect-*")]
    assert outcome.exit_code in (0, 1, 2)
    assert not outcome.exception or isinstance(outcome.exception, SystemExit), outcome.exception
    assert leaks(iter(told), secrets) == []
    trail = made / "trail.jsonl"
    if trail.exists():
        assert leaks(iter([("trail", trail.read_text(encoding="utf-8"))]), secrets) == []
    if (made / "release").exists():
        assert leaks(texts(made / "release"), secrets) == []


def test_a_defect_that_quotes_a_row_is_told_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        try:
            raise KeyError(rows()[3]["name"])
        except KeyError as error:
            raise ValueError(f"Could not convert string '{rows()[3]['remark']}' to INT64") from error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Study, "run", broken)
    made = planted_study.write(tmp_path / "study")
    for option in ([], ["--json"]):
        answer = CliRunner().invoke(main, ["run", str(made), *option])
        assert answer.exit_code == 1
        assert leaks(iter([("said", answer.output + answer.stderr)]), SECRETS) == []
    written = list(tmp_path.glob("countersign-defect-*"))
    assert written
    assert leaks(iter([(path.name, path.read_text(encoding="utf-8")) for path in written]), SECRETS) == []


def test_progress_names_steps_and_no_rows(tmp_path: Path) -> None:
    steps: list[str] = []
    made = planted_study.write(tmp_path)
    with Study.open(made, progress=lambda step, done, total: steps.append(f"{step} {done} {total}")) as study:
        study.run()
    assert len(steps) > 5
    assert leaks(iter([("progress", "\n".join(steps))]), SECRETS) == []


def test_every_column_of_the_planted_study_has_its_canary() -> None:
    hidden = {
        name for name in COLUMNS if any(row[name] in SECRETS or row[name].rstrip("0") in SECRETS for row in rows())
    }
    assert hidden >= {
        "id",
        "lat",
        "lon",
        "income",
        "name",
        "phone",
        "mail",
        "remark",
        "household",
        "collector",
        "device",
    }


@pytest.mark.slow
def test_nothing_of_the_callers_is_in_the_release_of_the_built_in_example(tmp_path: Path) -> None:
    made = tmp_path / "demo"
    answer = CliRunner().invoke(main, ["demo", "--folder", str(made)])
    assert answer.exit_code == 0, answer.output
    shutil.rmtree(made / "release")
    calls = made / "data" / "synthetic_calls.csv"
    text = calls.read_text(encoding="utf-8").replace("SYN-", "zqSyn").replace("volunteer ", "zqVolunteer")
    calls.write_text(text, encoding="utf-8")
    said = spoken(made, "run")
    assert text.count("zqSyn") > 4000
    assert leaks(iter([("said", said)]), {"zqSyn000051"}) == []
    assert leaks(texts(made / "release"), {"zqSyn000051"}) == []


@pytest.mark.slow
def test_no_respondent_of_a_real_survey_is_in_its_release(tmp_path: Path) -> None:
    source = shared("cases", "pew_optin_2016")
    made = tmp_path / "study"
    shutil.copytree(PROJECT / "examples" / "pew-optin", made)
    for path in source.iterdir():
        if path.is_file() and path.name != "optin_sample.csv.gz":
            shutil.copy(path, made / path.name)
    with gzip.open(source / "optin_sample.csv.gz", "rt", encoding="utf-8", newline="") as file:
        head, *lines = list(csv.reader(file))
    place = head.index("rid")
    with gzip.open(made / "optin_sample.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *([*row[:place], f"zqR{row[place]}", *row[place + 1 :]] for row in lines)])
    said = spoken(made, "run")
    assert (made / "release" / "report.html").is_file(), said
    assert leaks(iter([("said", said)]), {"zqR1"}) == []
    assert leaks(texts(made / "release"), {"zqR1"}) == []


def test_a_short_number_inside_a_digest_is_no_leak_and_beside_one_it_is() -> None:
    digest = "4be88597c02f0d31a8e5"
    assert leaks(iter([("trail", f'"sha256": "{digest}"')]), {"88597"}) == []
    assert leaks(iter([("trail", f"{digest} of 88597 people, 885970000000")]), {"88597"}) == ["trail: 88597"]
