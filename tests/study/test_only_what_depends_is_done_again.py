"""After a change only those steps are taken again that depend on it; what is for people alone repeats no estimation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from guarded_plan import UndeclaredError, allowed
from small_study import STUDY, countersign, rows, write_study

from countersign.model.plan import Plan
from countersign.study import Study
from countersign.study.depending import GOING_OUT, PARTS, parts_of
from countersign.study.notation import as_json
from countersign.study.reading import read_study

TWO = STUDY.replace("benchmark:\n", "  visits:\n    file: data/visits.csv\n    unit: visit\nbenchmark:\n", 1)
TWO += "  seen: {data: visits, proportion: found = 'yes'}\ncompare: {benchmark: census, items: [water]}\n"
TWO += "protection: {minimum_contributors: 3}\n"
FIGURES = {"weight", "estimate", "learn", "examine", "contribute", "protect", "support", "compare"}
EVERY = FIGURES | {"take_in", "read_benchmark", "assess"}
MARGINS = (
    "variable,category,count\nsex,f,520\nsex,m,480\nregion,east,300\nregion,west,700\nwater,piped,400\nwater,well,600\n"
)


def two_sources(folder: Path) -> Path:
    people = "\n".join(line for line in rows() if ",river," not in line and ",9," not in line) + "\n"
    write_study(folder, study=TWO, people=people, margins=MARGINS)
    visits = ["visit,found"] + [f"{n},{'yes' if n % 3 else 'no'}" for n in range(30)]
    (folder / "data" / "visits.csv").write_text("\n".join(visits) + "\n", encoding="utf-8")
    return folder


def steps(folder: Path) -> list[str]:
    return [json.loads(line)["verb"] for line in (folder / "trail.jsonl").read_text().splitlines()]


def taken_again(folder: Path, change: Callable[[Path], None]) -> set[str]:
    with Study.open(folder) as study:
        _ = study.protected, study.support, study.data_findings
    before = len(steps(folder))
    change(folder)
    with Study.open(folder) as study:
        _ = study.protected, study.support, study.data_findings
    return set(steps(folder)[before:])


def in_study(*place: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "study.yaml"
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        inner = spec
        for key in place[:-1]:
            inner = inner.setdefault(key, {})
        inner[place[-1]] = value
        path.write_text(yaml.safe_dump(spec, sort_keys=False), encoding="utf-8")

    return change


def in_file(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        pytest.param(
            [
                in_study("publish", value=["csv"]),
                in_study("calendar", "announced", value="2027-01-01"),
                in_study("record", "keywords", value=["water"]),
                in_study("open_sdg", "languages", value=["fr"]),
            ],
            set(),
            id="what goes out",
        ),
        pytest.param(
            [
                in_study("title", value="Another title"),
                in_study("initiative", "funder", value="Members"),
                in_study("indicators", "piped", "title", value="Piped water"),
                in_study("data", "people", "variables", "water", "label", value="Water"),
                in_study("data", "people", "obtain", value="at the office"),
                in_study("protection", "microdata", value={"drop": ["id"]}),
            ],
            {"assess"},
            id="what people read",
        ),
        pytest.param(
            [in_file("data/margins.csv", "f,520\nsex,m,480", "f,510\nsex,m,490")], EVERY - {"take_in"}, id="benchmark"
        ),
        pytest.param(
            [in_file("data/visits.csv", "1,yes", "1,no")],
            {"take_in", "assess", "estimate", "learn", "examine", "contribute", "protect"},
            id="one of two sources",
        ),
        pytest.param(
            [in_study("protection", "minimum_contributors", value=4)],
            {"assess", "compare", "learn", "examine", "contribute", "protect"},
            id="protection",
        ),
    ],
)
def test_a_change_repeats_what_depends_on_it(changes: list, again: set[str], tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    found = taken_again(two_sources(tmp_path), change)
    assert found <= again, f"taken again without need: {found - again}"


def test_answers_of_people_repeat_the_assessment_alone(tmp_path: Path) -> None:
    folder = two_sources(tmp_path)
    with Study.open(folder) as study:
        _ = study.protected, study.data_findings
    before = len(steps(folder))
    assert countersign("questionnaire", folder, "--out", folder / "answers.yaml").exit_code == 0
    in_study("answers", value=["answers.yaml"])(folder)
    with Study.open(folder) as study:
        _ = study.protected, study.data_findings
    assert set(steps(folder)[before:]) <= {"assess"}


def test_labels_and_titles_are_never_stale(tmp_path: Path) -> None:
    folder = two_sources(tmp_path)
    with Study.open(folder) as study:
        assert study.protect().title == "A small study"
    in_study("title", value="Anew")(folder)
    in_study("data", "people", "variables", "sex", value={"label": "Sex of the person"})(folder)
    with Study.open(folder) as study:
        assert study.protect().title == study.estimate().title == "Anew"
        assert study.protect().labels == {"sex": "Sex of the person"}
        assert study.main.codebook["sex"].label == {"en": "Sex of the person"}


def test_what_is_for_people_alone_enters_no_figure(tmp_path: Path) -> None:
    """Everything that no estimating step depends on is changed at once; computed afresh, every outcome is the same."""
    one, two = two_sources(tmp_path / "one"), two_sources(tmp_path / "two")
    for place, value in {
        ("title",): "X", ("summary",): "Y", ("publish",): ["csv"], ("initiative", "funder"): "Z",
        ("initiative", "licence"): "CC-BY-4.0", ("indicators", "piped", "title"): "T",
        ("data", "people", "variables", "water", "label"): "W", ("data", "people", "labels"): {"sex": "S"},
        ("data", "people", "obtain"): "O", ("calendar", "vintage"): "2026-12", ("record", "keywords"): ["k"],
        ("process", "cost"): {"amount": 1, "currency": "KES"}, ("settings", "language"): "fr",
    }.items():  # fmt: skip
        in_study(*place, value=value)(two)
    outcomes = []
    for folder in (one, two):
        with Study.open(folder) as study:
            found = study.weights, study.estimates, study.examined, study.leaving, study.support
            outcomes.append(as_json(list(found)))
    assert outcomes[0] == outcomes[1]


def test_every_step_says_what_it_depends_on_and_nothing_that_goes_out() -> None:
    names = {field.name for field in fields(Plan)}
    for verb, parts in PARTS.items():
        assert {part.split(".")[0] for part in parts} <= names, verb
        assert not {part.split(".")[0] for part in parts} & set(GOING_OUT), verb
        assert "limits" in parts, "a limit that the study sets is in force in every step"


def test_a_step_that_reads_more_than_it_says_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARTS, "weight", ("limits",))
    assert "weighting" not in allowed("weight")
    monkeypatch.setitem(PARTS, "estimate", ("limits", "data.figures"))
    with pytest.raises(UndeclaredError, match="'estimate' reads"), Study.open(two_sources(tmp_path)) as study:
        study.estimate()


def test_parts_are_the_same_whatever_the_rest_says(tmp_path: Path) -> None:
    folder = two_sources(tmp_path)
    before = parts_of(read_study(folder).plan, "estimate")
    in_study("calendar", "note", value="late")(folder)
    assert parts_of(read_study(folder).plan, "estimate") == before
    in_study("indicators", "piped", "where", value="minutes > 3")(folder)
    assert parts_of(read_study(folder).plan, "estimate") != before
