"""protection: {method: perturb} and {method: round} in a study: what leaves, what does not, and what is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from small_study import STUDY, countersign, rows, write_study

import countersign as library
from countersign.errors import ProtectionError, StoreError
from countersign.model.estimate import EstimateTable, Status

NOISE = STUDY.replace("    unit: person\n", "    unit: person\n    roles: {id: id}\n").replace(
    "  fetching: {median: minutes, by: [sex]}\n",
    """\
  fetching: {median: minutes, by: [sex]}
  far: {mean: minutes, by: [sex, region]}
  hours: {total: minutes / 60, by: [region]}
  wells: {total: water = 'well', by: [sex]}
  source: {distribution: water, by: [region]}
""",
)


def study_of(
    folder: Path, protection: str, *, engine: str = "", people: str | None = None, text: str = NOISE
) -> library.Study:
    write_study(folder, study=text + f"protection: {protection}\n", people=people)
    return library.Study.open(folder, engine=engine)


def figures(folder: Path, protection: str, **more: str) -> EstimateTable:
    with study_of(folder, protection, **more) as study:  # type: ignore[arg-type]
        return study.protect()


def numbers(table: EstimateTable) -> dict[str, tuple[float | None, int]]:
    return {one.figure_id: (one.value, one.n) for one in table}


@pytest.mark.parametrize(
    "protection", ["{method: perturb}", "{method: round}", "{method: round, noise: {how: nearest}}"]
)
def test_every_kind_of_figure_is_changed_and_says_so(tmp_path: Path, protection: str) -> None:
    with study_of(tmp_path, protection) as study:
        true, told, report = study.estimate(), study.protect(), study.leaving.disclosure
    assert report.method in ("perturb", "round")
    assert {one.figure_id for one in told} == {one.figure_id for one in true}
    shown = [one for one in told if one.value is not None]
    assert len(shown) > 20
    for one in shown:
        old = true[one.figure_id]
        assert one.flags[-1] == "noise"
        assert "Changed a little to protect people" in one.note
        assert abs(one.n - old.n) <= report.noise["largest"]
        assert one.lower is not None
        assert one.upper is not None
        assert one.lower <= one.value <= one.upper  # type: ignore[operator]
        assert one.n not in (1, 2)
    changed = sum(one.value != pytest.approx(true[one.figure_id].value, rel=1e-4) for one in shown)
    assert changed > len(shown) / 3
    assert report.withheld == sum(one.status is Status.SUPPRESSED for one in told)
    assert {one.note for one in told if one.status is Status.SUPPRESSED} <= {"Withheld to protect people."}


def test_the_same_records_give_the_same_figures_on_every_engine_and_in_every_order(tmp_path: Path) -> None:
    first = numbers(figures(tmp_path / "a", "{method: perturb}", engine="duckdb"))
    secret = tmp_path / "a" / ".secrets" / "noise.key"
    head, *lines = rows()
    for name, more in (("b", {"engine": "polars"}), ("c", {"people": "\n".join([head, *reversed(lines)]) + "\n"})):
        (tmp_path / name / ".secrets").mkdir(parents=True)
        shutil.copy(secret, tmp_path / name / ".secrets")
        found = numbers(figures(tmp_path / name, "{method: perturb}", **more))
        assert {k: (v and round(v, 4), n) for k, (v, n) in found.items()} == {
            k: (v and round(v, 4), n) for k, (v, n) in first.items()
        }


def test_another_secret_is_noticed_and_gives_other_figures(tmp_path: Path) -> None:
    first = numbers(figures(tmp_path, "{method: perturb}"))
    assert numbers(figures(tmp_path, "{method: perturb}")) == first
    secret = tmp_path / ".secrets" / "noise.key"
    assert secret.stat().st_mode & 0o077 == 0
    secret.write_text("ab" * 32)
    assert numbers(figures(tmp_path, "{method: perturb}")) != first
    secret.write_text("not a secret")
    with pytest.raises(StoreError, match="64 hexadecimal digits"):
        figures(tmp_path, "{method: perturb}")


def test_the_secret_may_lie_elsewhere(tmp_path: Path) -> None:
    figures(tmp_path / "study", "{method: perturb, noise: {secret: ../kept/key}}")
    assert (tmp_path / "kept" / "key").is_file()
    assert not (tmp_path / "study" / ".secrets").exists()


def test_nothing_of_the_secret_and_no_true_count_leaves(tmp_path: Path) -> None:
    write_study(tmp_path, study=NOISE + "protection: {method: perturb}\n")
    done = countersign("run", tmp_path)
    assert done.exit_code == 0, done.output
    secret = (tmp_path / ".secrets" / "noise.key").read_text().strip()
    release = tmp_path / "release"
    for path in release.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secret.encode() not in data
            assert bytes.fromhex(secret) not in data
    assert secret not in (tmp_path / "trail.jsonl").read_text()
    assessment = json.loads((release / "assessment.json").read_text(encoding="utf-8"))
    found = {one["check"]: one for one in assessment if one["criterion"] == "A3"}
    assert found["noise"]["evidence"]["variance"] == 3
    assert found["noise"]["state"] == "pass"
    inclusion = [one for one in assessment if one["check"] == "group_inclusion"]
    assert inclusion
    assert not any(one["evidence"]["records"] for one in inclusion)
    report = (release / "report.html").read_text(encoding="utf-8")
    assert "Parts need not add up to their total" in report
    assert "The same people are changed alike" in report


def test_groups_of_the_population_are_told_by_published_numbers(tmp_path: Path) -> None:
    with study_of(tmp_path, "{method: round}") as study:
        rows_ = study.coverage_table
    assert rows_
    assert all(row.n is not None and row.n % 5 == 0 for row in rows_)
    for variable in {row.variable for row in rows_}:
        assert sum(row.data or 0 for row in rows_ if row.variable == variable) == pytest.approx(1)


def test_where_zeros_are_protected_small_bases_are_withheld(tmp_path: Path) -> None:
    shown = figures(tmp_path / "a", "{method: perturb}")
    hidden = figures(tmp_path / "b", "{method: perturb, zeros: protect}")
    assert all(one.n > 5 for one in hidden if one.value is not None)
    assert len(hidden) == len(shown)
    with study_of(tmp_path / "c", "{method: perturb, zeros: protect}") as study:
        assert any("withheld" in note for note in study.leaving.disclosure.notes)


def test_without_an_id_it_is_said_on_what_the_noise_rests(tmp_path: Path) -> None:
    with study_of(tmp_path, "{method: perturb}", text=STUDY) as study:
        notes = study.leaving.disclosure.notes
    assert any("have no id" in note for note in notes)
    with study_of(tmp_path / "b", "{method: perturb}") as study:
        assert not any("have no id" in note for note in study.leaving.disclosure.notes)


def test_limits_that_no_noise_keeps_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtectionError, match="variance from 2 to 5"):
        figures(tmp_path, "{method: perturb, noise: {variance: 8}}")
    assert not (tmp_path / "release").exists()


def test_what_subtracting_tells_is_told(tmp_path: Path) -> None:
    with study_of(tmp_path, "{method: perturb, noise: {largest: 8, variance: 5, hidden: 0}}") as study:
        noise = study.leaving.disclosure.noise
    assert (noise["largest"], noise["variance"], noise["never_published_up_to"]) == (8, 5, 0)
    assert 0 < noise["one_or_two"] < 0.5
