"""What was wrong with a release that is out is stated and signed in the log, about that release and no other."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from small_study import STUDY, countersign, write_study

from countersign.study.delivering import digest_of_release
from real_data import PROJECT

OPEN = STUDY + "protection: {minimum_contributors: 0}\npublish: [csv]\n"
FIRST = OPEN + "calendar: {vintage: 2024-06}\n"
SECOND = (
    OPEN
    + """\
calendar:
  vintage: 2024-09
  revises: 2024-06
  note: "Two columns were mixed up."
  corrections: [{date: 2024-09-01, what: "The share was that of others.", why: "Columns mixed up.", figures: [piped]}]
"""
)


def statements(bundle: Path) -> list[dict]:
    with zipfile.ZipFile(bundle) as packed:
        lines = packed.read("statements.jsonl").decode().splitlines()
    return [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in lines]


def test_a_correction_is_about_the_release_that_was_wrong(tmp_path: Path) -> None:
    folder = write_study(tmp_path, study=FIRST)
    assert countersign("run", str(folder)).exit_code == 0
    wrong = digest_of_release(folder / "release")
    (folder / "study.yaml").write_text(SECOND, encoding="utf-8")
    done = countersign("run", str(folder))
    assert done.exit_code == 0, done.output
    bundle = folder / "release" / "bundle.zip"
    (said,) = [one for one in statements(bundle) if one["predicateType"] == "urn:countersign:statement:correction:1"]
    assert {subject["digest"]["sha256"] for subject in said["subject"]} >= {wrong}
    assert said["predicate"] == {
        "what": "The share was that of others.",
        "why": "Columns mixed up.",
        "figures": ["piped"],
        "date": "2024-09-01",
    }
    assert digest_of_release(folder / "release") != wrong
    script = [sys.executable, str(PROJECT / "tools" / "verify_bundle.py"), str(bundle)]
    assert subprocess.run(script, capture_output=True, check=False).returncode == 0
    assert countersign("verify", str(bundle)).exit_code == 0
    # A further run says nothing twice.
    assert countersign("run", str(folder)).exit_code == 0
    kinds = [one["predicateType"] for one in statements(bundle)]
    assert kinds.count("urn:countersign:statement:correction:1") == 1
