"""Who has an earlier release can subtract: the few who were added since are not told, and nothing withheld is found."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from small_study import STUDY, countersign, rows, write_study

from countersign.protection.figures.withholding import BEFORE
from countersign.study.figures_file import read_figures


def more(count: int) -> str:
    added = [f"{100 + at},f,west,2024-03-05,piped,9" for at in range(count)]
    return "\n".join([*rows(), *added]) + "\n"


def first_release(tmp_path: Path) -> Path:
    folder = write_study(tmp_path / "study")
    assert countersign("run", folder).exit_code == 0
    shutil.copytree(folder / "release", tmp_path / "given away")
    return folder


def test_one_newcomer_stops_the_release_and_the_old_one_stays(tmp_path: Path) -> None:
    folder = first_release(tmp_path)
    old = (folder / "release" / "estimates.csv").read_bytes()
    write_study(folder, study=STUDY + "protection: {earlier: [../given away]}\n", people=more(1))
    done = countersign("run", folder)
    assert done.exit_code == 2
    assert "'../given away'" in done.output
    assert "piped/sex=f" in done.output
    assert "wait for more answers" in done.output
    assert (folder / "release" / "estimates.csv").read_bytes() == old


def test_three_newcomers_or_none_are_no_harm(tmp_path: Path) -> None:
    folder = first_release(tmp_path)
    for people in (more(0), more(3)):
        write_study(folder, study=STUDY + "protection: {earlier: [../given away]}\n", people=people)
        done = countersign("run", folder)
        assert done.exit_code == 0, done.output
        assert "release that stands" not in done.output


def test_the_release_in_the_folder_may_never_have_left_so_it_only_warns(tmp_path: Path) -> None:
    folder = first_release(tmp_path)
    write_study(folder, people=more(2))
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    assert "differ from the release that stands in the folder" in done.output
    assert "protection: earlier" in done.output


def test_a_folder_without_a_release_is_refused(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=STUDY + "protection: {earlier: [../nothing]}\n")
    done = countersign("run", folder)
    assert done.exit_code == 2
    assert "There is no release in '../nothing'" in done.output
    assert not (folder / "release").exists()


def test_totals_are_not_shown_that_give_away_who_was_withheld_before(tmp_path: Path) -> None:
    """Two women live in the west. The old release withheld them by sex and region; sexes alone would tell of them."""
    few = [line for line in rows() if not (",f,west," in line and int(line.split(",")[0]) > 10)]
    assert sum(",f,west," in line for line in few) == 2
    people = "\n".join(few) + "\n"
    unweighted = "\n".join(
        line for line in STUDY.split("\n") if not line.startswith(("benchmark", "  census", "weights"))
    )
    both, apart = "by: [sex, region, [sex, region]]", "by: [region, sex]"
    folder = write_study(tmp_path / "study", study=unweighted.replace(both, "by: [[sex, region]]"), people=people)
    assert countersign("run", folder).exit_code == 0
    kept = (folder / "release" / "estimates.csv").read_text(encoding="utf-8")
    assert 2 <= kept.count("suppressed") < 4
    shutil.copytree(folder / "release", tmp_path / "given away")
    write_study(folder, study=unweighted.replace(both, apart), people=people)
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    assert "piped/sex=f,region=west" in done.output
    assert "can be computed with the release that stands in the folder" in done.output.replace("\n", " ")
    named = unweighted.replace(both, apart) + "protection: {earlier: [../given away]}\n"
    write_study(folder, study=named, people=people)
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    figures = {row["figure_id"]: row for row in read_figures(folder / "release" / "estimates.csv")}
    assert {name for name, row in figures.items() if row["status"] == "suppressed"} == {
        "piped/sex=f", "piped/sex=m",
    }  # fmt: skip
    told = json.loads((folder / "release" / "disclosure.json").read_text(encoding="utf-8"))
    assert told["audit"]["earlier_releases"] == 1
    assert BEFORE in told["notes"]


def test_what_another_release_shows_is_not_withheld_to_hide_somebody(tmp_path: Path) -> None:
    """Two people live in the north. The least that hides them is the east, but an earlier release shows the east."""
    sizes = (("north", 2), ("east", 10), ("west", 36))
    regions = [region for region, size in sizes for _ in range(size)]
    lines = [f"{at},{'fm'[at % 2]},{region},2024-03-01,{'piped' if at % 3 else 'well'},{at % 31 + 1}"
             for at, region in enumerate(regions)]  # fmt: skip
    people = "\n".join(["id,sex,region,day,water,minutes", *lines]) + "\n"
    study = "\n".join(line for line in STUDY.split("\n") if not line.startswith(("benchmark", "  census", "weights")))
    study = study.replace("by: [sex, region, [sex, region]]", "by: [region]")
    folder = write_study(tmp_path / "study", study=study, people=people)

    def withheld() -> set[str]:
        assert countersign("run", folder).exit_code == 0
        figures = read_figures(folder / "release" / "estimates.csv")
        return {row["region"] for row in figures if row["status"] == "suppressed"}

    assert withheld() == {"north", "east"}
    shown = {"region": "east", "n": "10", "value": "", "status": "unreliable"}
    hidden = {"region": "west", "n": "", "value": "", "status": "suppressed"}
    rows = [
        row | next((new for new in (shown, hidden) if new["region"] == row["region"]), {})
        for row in read_figures(folder / "release" / "estimates.csv")
    ]
    (tmp_path / "given away").mkdir()
    with (tmp_path / "given away" / "estimates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    write_study(folder, study=study + "protection: {earlier: [../given away]}\n", people=people)
    assert withheld() == {"north", "west"}
