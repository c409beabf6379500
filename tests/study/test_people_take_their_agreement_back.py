"""A code on a slip is enough: the row leaves every future build, its key is destroyed, and no plaintext stays."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from consent_study import events, write_consented
from small_study import countersign

from countersign.evidence.log import Log
from countersign.study import Study


def code_of(folder: Path, record: str) -> str:
    assert countersign("consent", "receipts", folder).exit_code == 0
    with (folder / ".receipts" / "receipts.csv").open(encoding="utf-8") as file:
        return next(row["code"] for row in csv.DictReader(file) if row["record"] == record)


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file of a folder as bytes: raw, and what is packed in it, unpacked."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield path, data
        if data[:4] == b"PAR1":
            yield path, json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
        if data[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                for name in packed.namelist():
                    yield path, packed.read(name)
        if data[:2] == b"\x1f\x8b":
            yield path, gzip.decompress(data)


def holding(folder: Path, *words: str) -> set[str]:
    found = {path for path, data in everything(folder) for word in words if word.encode() in data}
    return {path.relative_to(folder).as_posix() for path in found}


def verbs(folder: Path) -> list[str]:
    return [json.loads(line)["verb"] for line in (folder / "trail.jsonl").read_text().splitlines()]


def statements(folder: Path) -> list[dict]:
    lines = Log(folder).lines()
    return [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in lines]


def test_no_plaintext_of_the_row_is_left(tmp_path: Path) -> None:
    folder = write_consented(
        tmp_path,
        extra="protection: {microdata: {drop: [id, story, day, guardian], k: 3, reason: small}, keys: [sex]}\n",
    )
    assert countersign("run", folder).exit_code == 0
    assert countersign("weight", folder).exit_code == 0
    assert countersign("anonymise", folder).exit_code == 0
    code = code_of(folder, "P-0007")
    before = holding(folder, "P-0007", "told-0007-story")
    assert {"weights.parquet", "data/people.csv"} <= before
    assert any(name.startswith("artefacts/") for name in before), "the rows to compute from are kept in the clear"
    result = countersign("consent", "withdraw", folder, code, "--clean-source")
    assert result.exit_code == 0, result.output
    assert holding(folder, "P-0007") == {"data/consents.csv"}, "only the proof that the person was asked"
    assert holding(folder, "told-0007-story") == set()
    assert "consent records, which keeps the" in result.output
    assert countersign("run", folder).exit_code == 0
    assert holding(folder, "P-0007") == {"data/consents.csv"}
    with Study.open(folder) as study:
        assert study.main.readings[0].rows == 46


def test_the_organisers_own_file_is_left_alone_and_named(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    before = (folder / "data" / "people.csv").read_bytes()
    code = code_of(folder, "P-0007")
    result = countersign("consent", "withdraw", folder, code.lower().replace("-", " "))
    assert result.exit_code == 0, result.output
    assert (folder / "data" / "people.csv").read_bytes() == before
    assert "still stands in" in result.output
    assert "people.csv" in result.output
    with Study.open(folder) as study:
        assert study.main.readings[0].rows == 46


def test_a_cleaned_file_is_the_same_byte_for_byte_but_for_the_row(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    path = folder / "data" / "people.csv"
    lines = path.read_text().splitlines()
    lines[10] = lines[10].replace("told-0010-story", '"a story\nof two lines, P-0007 in it"')
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig") + b"\r\n")
    before = path.read_bytes()
    gone = (lines[7] + "\r\n").encode()
    assert countersign("consent", "withdraw", folder, "--record", "P-0007", "--clean-source").exit_code == 0
    assert path.read_bytes() == before.replace(gone, b"")


def test_the_releases_it_touches_are_listed_and_counted_in_the_log(tmp_path: Path) -> None:
    folder = write_consented(tmp_path, extra="calendar: {vintage: 2026-06}\n")
    assert countersign("run", folder).exit_code == 0
    text = (
        (folder / "study.yaml")
        .read_text()
        .replace("vintage: 2026-06", "vintage: 2026-12, revises: 2026-06, note: more")
    )
    (folder / "study.yaml").write_text(text)
    assert countersign("run", folder).exit_code == 0
    answer = json.loads(countersign("consent", "withdraw", folder, "--record", "P-0007", "--json").output)
    assert [one["vintage"] for one in answer["releases"]] == ["2026-06", "2026-12"]
    said = [one for one in statements(folder) if ":withdrawal:" in one["predicateType"]]
    assert [one["predicate"] for one in said] == [{"count": 1}, {"count": 1}]
    assert "P-0007" not in json.dumps(said)
    assert (folder / "vintages" / "2026-06").is_dir(), "what is published stays"


def test_only_what_depends_on_the_row_is_done_again(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    assert countersign("run", folder).exit_code == 0
    before = len(verbs(folder))
    assert countersign("consent", "withdraw", folder, "--record", "P-0007").exit_code == 0
    assert countersign("run", folder).exit_code == 0
    assert "read_benchmark" not in verbs(folder)[before:]
    assert {"admit", "take_in", "weight", "estimate"} <= set(verbs(folder)[before:])


def test_an_old_release_cannot_be_computed_again_and_says_why(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    assert countersign("run", folder).exit_code == 0
    assert countersign("consent", "withdraw", folder, "--record", "P-0007").exit_code == 0
    result = countersign("retrace", folder / "release", "piped")
    assert result.exit_code == 2
    assert "took it back since" in result.output


def test_one_purpose_may_be_taken_back_alone(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    result = countersign("consent", "withdraw", folder, "--record", "P-0007", "--purpose", "photo")
    assert result.exit_code == 0, result.output
    assert "another purpose" in result.output
    with Study.open(folder) as study:
        assert study.main.readings[0].rows == 47


def test_who_agrees_again_is_in_again(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    assert countersign("consent", "withdraw", folder, "--record", "P-0007", "--on", "2024-05-01").exit_code == 0
    with (folder / "data" / "consents.csv").open("a", encoding="utf-8") as file:
        file.write("P-0007,given,publish_aggregates,2024-06-01,1,en,spoken,c1,\n")
    with Study.open(folder) as study:
        assert study.main.readings[0].rows == 47


def test_a_withdrawal_can_be_repeated_and_never_be_taken_out(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    for _ in range(2):
        assert countersign("consent", "withdraw", folder, "--record", "P-0007").exit_code == 0
    assert countersign("consent", "withdraw", folder, "--record", "P-0008").exit_code == 0
    path = folder / "withdrawals.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    assert b"P-0007" not in path.read_bytes()
    path.write_bytes(lines[1])
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "withdrawals.jsonl, line 1" in result.output


def test_without_the_secret_no_data_set_is_built(tmp_path: Path) -> None:
    folder = write_consented(tmp_path)
    assert countersign("consent", "withdraw", folder, "--record", "P-0007").exit_code == 0
    (folder / ".secrets" / "receipts").unlink()
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "no data set is built" in result.output


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("2222-2222-2223",), "One sign of the receipt code is wrong"),
        (("ABCD-EFGH-JKLM",), "signs that no code has"),
        (("2222",), "has 4 signs"),
        (("2222-2222-2222",), "No record of this study has this code"),
        (("--record", "P-9999"), "No record has this pseudonym"),
        (("--record", "P-0007", "--purpose", "fotos"), "There is no purpose 'fotos'"),
        (("--record", "P-0007", "--on", "2199-01-01"), "no day up to today"),
        ((), "Nothing says whose agreement"),
    ],
)
def test_what_is_no_withdrawal_is_refused(words: tuple[str, ...], problem: str, tmp_path: Path) -> None:
    folder = write_consented(tmp_path, lines=events())
    result = countersign("consent", "withdraw", folder, *words)
    assert result.exit_code == 2
    assert problem in result.output
    assert not (folder / "withdrawals.jsonl").exists()


def test_slips_speak_the_language_in_which_people_were_asked(tmp_path: Path) -> None:
    lines = [line.replace(",1,en,", ",1,fr,") for line in events(P0009="refused")]
    folder = write_consented(tmp_path, lines=lines)
    code = code_of(folder, "P-0007")
    page = (folder / ".receipts" / "slips.html").read_text(encoding="utf-8")
    assert f"Votre code est {code}" in page
    assert "P-0009" not in page
    assert "http" not in page
    assert (folder / ".receipts" / "receipts.csv").stat().st_mode & 0o077 == 0


def test_pseudonyms_that_are_plain_numbers_touch_nobody_else(tmp_path: Path) -> None:
    folder = write_consented(tmp_path, extra="calendar: {vintage: 2026-06}\n")
    for name in ("people.csv", "consents.csv"):
        path = folder / "data" / name
        path.write_text(re.sub(r"P-0*(\d+)", r"\1", path.read_text()))
    assert countersign("run", folder).exit_code == 0
    nobody = json.loads(countersign("consent", "withdraw", folder, "--record", "5", "--json").output)
    assert nobody["releases"] == [], "a child without a guardian was never in"
    assert [Path(one).name for one in nobody["still_in"]] == ["people.csv"]
    answer = json.loads(countersign("consent", "withdraw", folder, "--record", "7", "--clean-source", "--json").output)
    assert [one["vintage"] for one in answer["releases"]] == ["2026-06"]
    assert answer["still_in"] == []
    with Study.open(folder) as study:
        assert study.main.readings[0].rows == 46
