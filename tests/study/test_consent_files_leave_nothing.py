"""Canaries in the files of consent: pseudonyms, collectors, guardians, codes and tags are in nothing that leaves."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from consent_study import events, write_consented
from small_study import countersign

from countersign.evidence.contributors import Contributors


def leaving(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of everything that may leave, packed files unpacked."""
    for path in [*(folder / "release").rglob("*"), *(folder / "log").rglob("*"), folder / "trail.jsonl"]:
        if path.is_file():
            data = path.read_bytes()
            yield path.name, data
            if data[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(data)) as packed:
                    yield from ((f"{path.name}/{name}", packed.read(name)) for name in packed.namelist())


def test_nothing_of_the_files_of_consent_leaves(tmp_path: Path) -> None:
    lines = [line.replace(",c1,", f",zqCollector{n},") for n, line in enumerate(events(P0009="refused"))]
    lines[0] += ",guardian"
    lines = [lines[0], *(f"{line},zqAunt{n}" for n, line in enumerate(lines[1:]))]
    folder = write_consented(tmp_path, lines=lines)
    said = [countersign("run", folder).output, countersign("consent", "receipts", folder).output]
    with (folder / ".receipts" / "receipts.csv").open(encoding="utf-8") as file:
        codes = {row["record"]: row["code"] for row in csv.DictReader(file)}
    keys = Contributors(folder)
    said.append(countersign("consent", "withdraw", folder, codes["P-0007"]).output)
    said.append(countersign("run", folder).output)
    secrets = {"zqCollector", "zqAunt", "told-00", *codes, *codes.values(), *(keys.tag(one).hex() for one in codes)}
    secrets |= {keys.path.read_bytes()[16:48].hex(), (folder / ".secrets" / "receipts").read_text().strip()}
    assert len(secrets) > 100
    told = [*leaving(folder), *((f"said {n}", text.encode()) for n, text in enumerate(said))]
    assert len(told) > 40
    found = [(name, secret) for name, data in told for secret in secrets if secret.encode() in data]
    assert found == []


def test_an_error_in_the_file_names_a_line_and_no_person(tmp_path: Path) -> None:
    lines = events()
    lines[5] = lines[5].replace("given", "zqPerhaps")
    result = countersign("run", write_consented(tmp_path, lines=lines))
    assert result.exit_code == 2
    assert "line 6" in result.output
    assert "P-0005" not in result.output
    assert "zqPerhaps" not in result.output.replace("zqperhaps", "")
