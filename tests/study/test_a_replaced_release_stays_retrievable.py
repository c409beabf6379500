"""Vintages: an old release is kept under its name, a figure does not change under it, and revisions are told."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from small_study import STUDY, countersign, rows, write_study

from countersign.evidence.delivery import previous_of
from countersign.study.vintages import kept, read_vintage

OPEN = STUDY + "protection: {minimum_contributors: 0}\npublish: [csv]\n"
FIRST = OPEN + "calendar: {vintage: 2024-06, announced: 2024-06-15}\n"
SECOND = OPEN + (
    "calendar:\n"
    "  vintage: 2024-12\n"
    "  revises: 2024-06\n"
    "  note: Two villages that came late are in.\n"
    "  corrections:\n"
    "    - {date: 2024-07-02, what: The share of women was too low., why: Columns were mixed up., "
    "figures: [piped/sex=f]}\n"
    "  comments:\n"
    "    - {date: 2024-07-05, about: A paper wrote that nobody has water., comment: Most people have., "
    "figures: [piped]}\n"
)


def more_piped() -> str:
    """The same people, but all in the east now have piped water."""
    lines = rows()
    east = [
        line.replace(",well,", ",piped,").replace(",river,", ",piped,") if ",east," in line else line for line in lines
    ]
    return "\n".join(east) + "\n"


def run(folder: Path, study: str, people: str | None = None) -> Result:
    write_study(folder, study=study, people=people)
    return countersign("run", folder)


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with two vintages."""
    folder = tmp_path_factory.mktemp("revised")
    assert run(folder, FIRST).exit_code == 0
    shutil.copytree(folder / "release", folder / "copy")
    done = run(folder, SECOND.replace("publish: [csv]", "publish: [report]"), more_piped())
    assert done.exit_code == 0, done.output
    assert "vintages" in done.output
    return folder


def test_the_old_vintage_is_kept_whole(revised: Path) -> None:
    old, copy = revised / "vintages" / "2024-06", revised / "copy"
    for path in copy.rglob("*"):
        if path.is_file():
            assert (old / path.relative_to(copy)).read_bytes() == path.read_bytes()
    assert [one.name for one in kept(revised)] == ["2024-06"]
    newest = read_vintage(revised / "release")
    assert newest is not None
    assert newest.name == "2024-12"


def test_a_figure_of_the_old_vintage_is_still_retraced(revised: Path) -> None:
    done = countersign("retrace", revised / "vintages" / "2024-06", "piped/sex=f")
    assert done.exit_code == 0, done.output
    assert "the same figure" in done.output


def test_every_revision_is_told_with_its_reason(revised: Path) -> None:
    old, new = table(revised / "vintages/2024-06/estimates.csv"), table(revised / "release/estimates.csv")
    told = table(revised / "release/revisions.csv")
    assert set(told) == set(new)
    for name, row in told.items():
        assert row["old_value"] == old[name]["value"]
        assert row["value"] == new[name]["value"]
        assert float(row["difference"] or 0) == pytest.approx(float(row["value"]) - float(row["old_value"]))
        assert row["revises"] == "2024-06"
    assert "Columns were mixed up" in told["piped/sex=f"]["reason"]
    assert told["piped/sex=m"]["reason"] == "Two villages that came late are in."
    assert told["fetching"]["kind"] == "unchanged"
    assert told["fetching"]["reason"] == ""


def test_corrections_and_comments_stand_in_the_release(revised: Path) -> None:
    assert table_rows(revised / "release/corrections.csv") == [
        {
            "date": "2024-07-02", "vintage": "2024-06", "figure_id": "piped/sex=f",
            "what": "The share of women was too low.", "why": "Columns were mixed up.",
        }
    ]  # fmt: skip
    assert "The share of women was too low." in (revised / "release/CORRECTIONS.txt").read_text(encoding="utf-8")
    report = (revised / "release/report.html").read_text(encoding="utf-8")
    for words in ("Mean absolute revision", "The share of women was too low.", "A paper wrote that nobody has water."):
        assert words in report


def table_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_vintage_again_replaces_itself(revised: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(revised, folder)
    assert run(folder, SECOND, more_piped()).exit_code == 0
    assert [one.name for one in kept(folder)] == ["2024-06"]


def test_a_figure_does_not_change_under_the_name_of_a_vintage_that_is_out(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    assert run(folder, FIRST).exit_code == 0  # announced for a day that has passed
    before = (folder / "release/estimates.csv").read_bytes()
    done = run(folder, FIRST, more_piped())
    assert done.exit_code == 2
    assert "'2024-06' is out" in done.output
    assert "revises: 2024-06" in done.output
    assert (folder / "release/estimates.csv").read_bytes() == before
    # somebody signed it: then no day matters
    open_day = FIRST.replace(", announced: 2024-06-15", "")
    shutil.rmtree(folder / "release")
    assert run(folder, open_day).exit_code == 0
    (folder / "release" / "signatures.json").write_text('{"signatures": [{"party": "nso"}]}', encoding="utf-8")
    assert "it is signed" in run(folder, open_day, more_piped()).output
    # before the day comes, work goes on under the same name
    shutil.rmtree(folder / "release")
    later = FIRST.replace("2024-06-15", "2999-01-01")
    assert run(folder, later).exit_code == 0
    assert run(folder, later, more_piped()).exit_code == 0
    assert not (folder / "vintages").exists()


def test_an_old_name_cannot_be_taken_again_with_other_figures(revised: Path, tmp_path: Path) -> None:
    folder = tmp_path / "back"
    shutil.copytree(revised, folder)
    done = run(folder, FIRST, more_piped())
    assert done.exit_code == 2
    assert "another one has taken its place" in done.output
    assert run(folder, FIRST).exit_code == 0  # the same figures may come back
    assert {one.name for one in kept(folder)} == {"2024-06", "2024-12"}


def test_a_run_killed_while_the_old_release_is_kept_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    assert run(folder, FIRST).exit_code == 0
    # killed after the copy and between the two renames: both hold the old release, and the new one is not there yet
    shutil.copytree(folder / "release", folder / "vintages" / "2024-06")
    (folder / "vintages" / ".2024-06.1-00.new").mkdir()
    (folder / "release").rename(previous_of(folder / "release"))
    done = run(folder, SECOND, more_piped())
    assert done.exit_code == 0, done.output
    assert [one.name for one in kept(folder)] == ["2024-06"]
    assert (folder / "release" / "revisions.csv").is_file()
    assert not previous_of(folder / "release").exists()


def test_a_draft_without_a_name_that_says_the_same_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    assert run(folder, OPEN).exit_code == 0
    assert run(folder, FIRST).exit_code == 0  # the same figures, now under a name
    assert not (folder / "vintages").exists()
    shutil.rmtree(folder / "release")
    assert run(folder, OPEN).exit_code == 0
    assert run(folder, FIRST, more_piped()).exit_code == 0  # other figures: the draft is kept under its day
    assert len(kept(folder)) == 1


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        ("{vintage: b, revises: a}", "needs a note"),
        ("{vintage: a, revises: A, note: x}", "revises itself"),
        ("{vintage: a/b}", "cannot be the name"),
        ("{vintage: figures}", "cannot be the name"),
        ("{vintage: ..}", "cannot be the name"),
        ("{announced: 2024-13-01}", "not a day"),
        ("{address: example.org/x}", "no address"),
        ("{vintage: b, corrections: [{date: 2024-01-01, what: x, why: y}]}", "which release was wrong"),
        ("{vintage: b, revises: a, note: x}", "is not here"),
        ("{comments: [{date: 2024-01-01, about: x, comment: y, figures: [pipd]}]}", "Did you mean 'piped'"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(tmp_path: Path, calendar: str, words: str) -> None:
    done = run(tmp_path / "study", OPEN + f"calendar: {calendar}\n")
    assert done.exit_code == 2
    assert words in done.output
    assert not (tmp_path / "study" / "release").exists()


def test_a_vintage_that_is_out_is_audited_with_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    assert run(folder, FIRST).exit_code == 0
    # one person more: who has both releases can subtract, and knows the answer of this one
    one_more = "\n".join([*rows(), "49,f,east,2024-03-30,piped,9"]) + "\n"
    protected = SECOND.replace("minimum_contributors: 0", "minimum_contributors: 3")
    done = run(folder, protected, one_more)
    assert done.exit_code == 2, done.output
    assert "earlier" in done.output
    assert read_vintage(folder / "release").name == "2024-06"  # type: ignore[union-attr]
