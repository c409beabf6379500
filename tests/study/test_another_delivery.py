"""What another delivery of the same files may bring: other packing, nothing that passes, answers written otherwise."""

from __future__ import annotations

import gzip
from pathlib import Path

from small_study import STUDY, countersign, rows, write_study

UNITS = """\
  sample:
    file: data/sample.csv
    kind: units
    variables: {water: {type: category}}
compare: {benchmark: sample, items: [water]}
"""


def with_sample(folder: Path, answers: list[str]) -> Path:
    study = STUDY.replace("weights: {rake", UNITS + "weights: {rake")
    write_study(folder, study=study)
    (folder / "data" / "sample.csv").write_text("water,n\n" + "".join(f"{one},1\n" for one in answers))
    return folder


def test_a_packed_file_stands_in_for_the_plain_one(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study")
    delivery = tmp_path / "delivery"
    delivery.mkdir()
    (delivery / "people.csv.gz").write_bytes(gzip.compress(("\n".join(rows()) + "\n").encode()))
    done = countersign("run", study, "--data", delivery, "--folder", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "48 rows read" in done.output


def test_a_delivery_of_which_nothing_passes_the_gates_is_refused_with_the_gates(tmp_path: Path) -> None:
    study = STUDY.replace("    unit: person\n", "    unit: person\n    keep: [{rule: minutes > 900, name: far away}]\n")
    done = countersign("run", write_study(tmp_path / "study", study=study), "--folder", tmp_path / "out")
    assert done.exit_code == 2
    assert "'far away' (48)" in done.output
    assert not (tmp_path / "out" / "release").exists()


def test_an_answer_spelled_in_two_ways_is_refused_and_not_compared(tmp_path: Path) -> None:
    study = with_sample(tmp_path / "study", ["Piped", "well", "river", "well"])
    done = countersign("run", study, "--folder", tmp_path / "out")
    assert done.exit_code == 2
    assert "'piped'" in done.output
    assert "'Piped'" in done.output
    assert "recode" in done.output


def test_an_answer_that_only_one_side_has_is_compared(tmp_path: Path) -> None:
    study = with_sample(tmp_path / "study", ["piped", "well", "well", "spring"])
    done = countersign("run", study, "--folder", tmp_path / "out")
    assert done.exit_code == 0, done.output


def test_a_delivery_from_one_place_only_is_refused_with_the_role_that_matters(tmp_path: Path) -> None:
    study = STUDY.replace("    unit: person\n", "    unit: person\n    roles: {psu: village}\n")
    study = study.replace("weights: {rake: census, by: [sex, region]}\n", "")
    people = "\n".join([rows()[0] + ",village", *(f"{row},Upton" for row in rows()[1:])]) + "\n"
    done = countersign("run", write_study(tmp_path / "study", study=study, people=people), "--folder", tmp_path / "out")
    assert done.exit_code == 2
    assert "one value of 'village'" in done.output
    assert "'psu'" in done.output
