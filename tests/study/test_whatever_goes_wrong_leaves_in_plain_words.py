"""Mistakes on the command line, refusals of the system and defects: a sentence or JSON, never a bare traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_study import STUDY, countersign, write_study

from countersign.study import Study


def broken(*_: object, **__: object) -> None:
    raise ValueError("could not convert 'Amina Odhiambo'")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rnu"], "Did you mean 'run'?"),
        (["run", "--bogus"], "No such option '--bogus'"),
        (["new", "x"], "--from"),
        (["run", "a", "b"], "b"),
    ],
)
def test_a_mistaken_command_is_explained_and_can_be_had_as_json(words: list[str], says: str) -> None:
    plain = countersign(*words)
    assert plain.exit_code == 2
    assert says in plain.stderr
    assert "What to do:" in plain.stderr
    machine = countersign(*words, "--json")
    assert machine.exit_code == 2
    assert says in json.loads(machine.stdout)["problem"]
    assert machine.stderr == ""


def test_no_command_shows_the_help() -> None:
    result = countersign()
    assert result.exit_code == 0
    assert "countersign new FOLDER" in result.stdout


def test_a_defect_is_owned_and_its_file_holds_no_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Study, "run", broken)
    folder = write_study(tmp_path / "study")
    result = countersign("run", folder)
    assert result.exit_code == 1
    assert "a defect of the program, not a mistake of yours" in result.stderr
    assert "Traceback" not in result.output
    (written,) = tmp_path.glob("countersign-defect-*.txt")
    assert str(written) in result.stderr
    text = written.read_text(encoding="utf-8")
    assert "builtins.ValueError" in text
    assert "in broken" in text
    assert "convert 'Amina" not in text.replace('raise ValueError("could not convert', "")
    machine = json.loads(countersign("run", folder, "--json").stdout)
    assert machine["error"] == "DefectError"


def test_a_file_that_may_not_be_opened_is_not_a_defect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "answers.csv")

    monkeypatch.setattr(Study, "run", forbidden)
    result = countersign("run", write_study(tmp_path / "study"))
    assert result.exit_code == 2
    assert "answers.csv" in result.stderr
    assert "What to do:" in result.stderr


def test_ctrl_c_says_that_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Study, "run", stopped)
    result = countersign("run", write_study(tmp_path / "study"))
    assert result.exit_code == 130
    assert "Nothing is lost" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_run_stopped_from_the_keyboard_leaves_no_traceback_and_continues(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    running = subprocess.Popen(
        [sys.executable, "-m", "countersign", "run", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while running.poll() is None and not (folder / "artefacts").exists():
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=900)
    assert running.returncode in (0, 130), said.decode()
    assert b"Traceback" not in said
    assert countersign("run", folder).exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
def test_a_reader_who_stops_listening_is_no_defect(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "countersign", "check", str(folder)]
    result = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    os.close(theirs)
    assert result.stderr == b""
    assert not list(tmp_path.glob("countersign-defect-*"))


YAML = {
    "a tab": (STUDY.replace("    file: data/people", "\tfile: data/people"), ["line 7", "begins with a tab"]),
    "an alias": (STUDY.replace("title: A", "summary: &a text\ntitle: *a #"), ["line 2", "second time"]),
    "an empty key": (STUDY.replace("  piped:", '  "":'), ["line 16", "key is empty"]),
    "a list as key": (STUDY + "? [a, b]\n: c\n", ["line 18", "not a text"]),
    "an invisible sign": (STUDY.replace("A small", "A \0 small"), ["line 2", "invisible"]),
    "too deep": (STUDY + "summary: " + "[" * 5000 + "]" * 5000 + "\n", ["nested too deeply"]),
    "a path as name": (STUDY.replace("  people:", "  ../people:"), ["line 6", "name of a file"]),
    "a name of the house": (
        STUDY.replace("    unit: person", "    unit: person\n    derive: {_row: minutes}"),
        ["line 9", "'_row' cannot be"],
    ),
}


@pytest.mark.parametrize("name", YAML)
def test_strange_yaml_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text, says = YAML[name]
    result = countersign("run", write_study(tmp_path / "study", study=text))
    assert result.exit_code == 2, result.output
    for words in says:
        assert words in result.stderr
    assert not (tmp_path / "people.parquet").exists()


def test_a_file_in_place_of_a_folder_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    file = tmp_path / "file"
    file.touch()
    table = folder / "data" / "people.csv"
    for words in (
        ["run", folder, "--folder", file],
        ["run", folder, "--data", table],
        ["new", file, "--from", table],
        ["demo", "--folder", file],
    ):
        result = countersign(*words)
        assert result.exit_code == 2, result.output
        assert "is a file" in result.stderr
    assert "is a folder" in countersign("new", tmp_path / "new", "--from", folder).stderr
    assert not (tmp_path / "new").exists()


def test_retracing_says_what_is_missing_or_does_not_agree(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    assert countersign("run", folder).exit_code == 0
    release = folder / "release"
    assert str(release) in countersign("retrace", folder).stderr
    assert "--data: There is no folder" in countersign("retrace", release, "--data", tmp_path / "nowhere").stderr
    assert "Did you mean 'piped'?" in countersign("retrace", release, "pipd").stderr
    figures = release / "estimates.csv"
    lines = figures.read_text(encoding="utf-8").splitlines()
    value = next(cell for cell in lines[1].split(",") if cell.startswith("0."))
    lines[1] = lines[1].replace(value, "0.9")
    figures.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = countersign("retrace", release, "piped")
    assert result.exit_code == 2
    assert "differs" in result.stderr
    assert "0.9" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="shell of Unix")
def test_a_closed_output_is_no_defect(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    command = f'exec "{sys.executable}" -m countersign check "{folder}" >&-'
    result = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, b"")
