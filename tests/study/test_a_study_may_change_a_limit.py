"""A study may set limits of its own: it is recorded with who, when and why, and every output shows it."""

from __future__ import annotations

import csv
import json

import pytest
from small_study import STUDY, countersign, write_study

LIMITS = """\
limits:
  missing_variable: {good: 0.001, why: "The study is about water.", by: "Board of neighbours", date: 2024-05-01}
  U2.E4: {good: 0.01, why: "The village council asked for it.", by: "Village council", date: 2024-05-02}
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = write_study(tmp_path_factory.mktemp("limits"), study=STUDY + LIMITS)
    done = countersign("run", folder)
    assert done.exit_code == 0, done.output
    return folder / "release"


def findings(release, check):
    told = json.loads((release / "assessment.json").read_text(encoding="utf-8"))
    return [one for one in told if one["check"] == check]


def test_the_finding_is_judged_by_the_new_limit_and_says_what_it_was(release):
    (water,) = [one for one in findings(release, "missing_variable") if one["subject"] == "water"]
    assert water["state"] == "warn"
    assert water["threshold"]["good"] == 0.001
    assert water["threshold"]["instead_of"]["good"] == 0.05
    assert water["threshold"]["author"] == "Board of neighbours"


def test_the_verdict_names_the_changed_demand(release):
    verdicts = json.loads((release / "fitness.json").read_text(encoding="utf-8"))
    demands = [one["demand"] for one in verdicts[0]["blockers"] if one["criterion"] == "E4"]
    (missing,) = findings(release, "missing_answers")
    assert missing["value"] > 0.001
    assert demands == [] or "Village council" in demands[0]


@pytest.mark.parametrize("name", ["report.html", "sentences.csv", "estimates.csv", "study.yaml"])
def test_every_output_names_the_changed_limits(release, name):
    text = (release / name).read_text(encoding="utf-8")
    assert "missing_variable" in text
    assert "U2.E4" in text


def test_each_sentence_stands_beside_the_changed_limits(release):
    rows = list(csv.DictReader((release / "sentences.csv").open(encoding="utf-8")))
    assert rows
    assert all("limits of its own: missing_variable, U2.E4" in row["caveat"] for row in rows if row["use"])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("limits: {mising: {good: 0.1, why: w, by: b, date: 2024}}", ["line 18", "no limit 'mising'", "'missing'?"]),
        ("limits: {missing: {good: 7, why: w, by: b, date: 2024}}", ["line 18", "7 is out of range", "from 0 to 1"]),
        ("limits: {missing: {good: 0.5, why: w, by: b, date: 2024}}", ["would warn from 0.2", "pass only from 0.5"]),
        ("limits: {missing: {why: w, by: b, date: 2024}}", ["nothing about it is changed"]),
        ("limits: {missing: {good: 0.1, by: b, date: 2024}}", ["'why' is missing"]),
        ('limits: {missing: {good: 0.1, why: " ", by: b, date: 2024}}', ["Nobody says why"]),
        ("limits: {missing: {good: 0.1, why: w, by: b, date: someday}}", ["not a day of the calendar"]),
        ("limits: {missing: {good: 0.1, why: w, by: b, date: 2024-02-31}}", ["not a day of the calendar"]),
    ],
)
def test_a_change_that_cannot_be_is_refused_before_anything_is_computed(tmp_path, limits, words):
    folder = write_study(tmp_path, study=STUDY + limits + "\n")
    for verb in ("check", "run"):
        done = countersign(verb, folder)
        assert done.exit_code == 2, (verb, done.output)
        for word in words:
            assert word in done.output, (word, done.output)
    assert not (folder / "release").exists()
