"""Pew opt-in samples: weighting brings little, makes food stamps worse, and the report says both."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from example_runs import PROJECT, Run, command, run_example, shared

NAME = "pew-optin"
DEMOGRAPHIC = ("GENDER", "AGE", "EDUCCAT5", "DIVISION")
LIMITS = (25, 35, 45, 55, 65)


def people(file: str) -> list[dict[str, str]]:
    with gzip.open(shared("cases", "pew_optin_2016") / file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_example(NAME, data=shared("cases", "pew_optin_2016"), folder=tmp_path_factory.mktemp("pew"))


class ByHand:
    """Raking and the bias score, written out in NumPy, sharing nothing with the program."""

    def __init__(self) -> None:
        self.sample, self.reference = people("optin_sample.csv.gz"), people("reference_population.csv.gz")
        self.weights = np.full(len(self.sample), len(self.reference) / len(self.sample))
        margins = [self._margin(name) for name in DEMOGRAPHIC]
        for _ in range(100):
            for place, target in margins:
                self.weights *= (target / np.bincount(place, self.weights, len(target)))[place]

    def _margin(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        def category(row: dict[str, str]) -> str:
            return str(np.searchsorted(LIMITS, float(row[name]), side="right")) if name == "AGE" else row[name]

        target = [category(row) for row in self.reference]
        levels = sorted(set(target))
        place = np.array([levels.index(category(row)) for row in self.sample])
        return place, np.array([target.count(level) for level in levels], dtype=float)

    def share(self, item: str, answer: str, *, weighted: bool) -> float:
        weights = self.weights if weighted else np.ones(len(self.sample))
        chosen = np.array([row[item] == answer for row in self.sample])
        return float(weights[chosen].sum() / weights.sum())

    def bias(self, *, weighted: bool) -> float:
        """Mean over items of the mean over the reference's answers of the absolute difference, in points."""
        scores = []
        for item in self.reference[0]:
            if item in DEMOGRAPHIC:
                continue
            answers = [row[item] for row in self.reference]
            scores.append(
                np.mean([
                    abs(self.share(item, level, weighted=weighted) - answers.count(level) / len(answers))
                    for level in set(answers)
                ])
            )  # fmt: skip
        assert len(scores) == 26
        return float(100 * np.mean(scores))


@pytest.fixture(scope="module")
def by_hand() -> ByHand:
    return ByHand()


def test_the_published_lesson_holds_by_hand(by_hand: ByHand) -> None:
    """If this fails the data have changed, not the program."""
    assert round(by_hand.bias(weighted=False), 2) == 7.65
    assert round(by_hand.bias(weighted=True), 2) == 7.31
    assert round(100 * by_hand.share("FDSTMP_CPS", "Yes", weighted=False), 1) == 23.3
    assert round(100 * by_hand.share("FDSTMP_CPS", "Yes", weighted=True), 1) == 25.1


@pytest.mark.parametrize(
    ("indicator", "item", "answer"),
    [
        ("food_stamps", "FDSTMP_CPS", "Yes"),
        ("volunteered", "VOLSUM", "Volunteered"),
        ("registered", "REGISTERED", "Yes"),
        ("voted_2014", "VOTE14", "Voted"),
        ("employed", "EMPLOYED", "Employed"),
    ],
)
def test_weighted_shares_are_those_of_raking_by_hand(
    run: Run, by_hand: ByHand, indicator: str, item: str, answer: str
) -> None:
    assert run.value(indicator) == pytest.approx(by_hand.share(item, answer, weighted=True), rel=1e-8)


def test_the_interval_of_food_stamps_misses_the_reference(run: Run) -> None:
    """Food stamps are received by 13.8 % in the reference; an interval that speaks of chance alone excludes it."""
    low, _ = run.interval("food_stamps")
    assert low > 0.20


def test_the_residual_bias_is_a_finding_with_both_numbers(run: Run, by_hand: ByHand) -> None:
    findings = [f for f in run.findings if f["criterion"] == "E3"]
    assert findings
    told = " ".join(str(finding["message"]) for finding in findings)
    assert f"{by_hand.bias(weighted=False):.2f}" in told
    assert f"{by_hand.bias(weighted=True):.2f}" in told


def test_the_report_says_how_little_weighting_brought_and_what_got_worse(run: Run) -> None:
    report = run.report
    assert "7.65" in report
    assert "7.31" in report
    assert "23.3" in report
    assert "25.1" in report
    assert "13.8" in report
    assert "worse" in report


def test_vendors_differ_and_each_is_shown(run: Run) -> None:
    shares = [run.value("employed", vendor=f"Vendor {number}") for number in (1, 2, 3)]
    assert max(shares) - min(shares) > 0.05


def test_refused_answers_and_padded_numbers_are_told(run: Run) -> None:
    assert run.found("E4", "check", "Said whether they get food stamps")["count"] == 31
    assert run.found("E4", "check", "Said where they lived a year ago")["count"] == 47
    padded = sum(row["rid"] != row["rid"].strip() for row in people("optin_sample.csv.gz"))
    assert f"{padded:,} cells" in run.report


def test_no_indicator_is_made_of_being_online() -> None:
    study = (Path(__file__).parents[2] / "examples" / NAME / "study.yaml").read_text(encoding="utf-8")
    asked = study.split("\nindicators:\n")[1].split("\ncompare:\n")[0]
    assert not any(item in asked for item in ("TABLET", "TEXTIM", "SOCIAL"))


@pytest.mark.slow
def test_one_vendor_alone_runs_as_another_delivery(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    chosen = [row for row in people("optin_sample.csv.gz") if row["vendor"] == "Vendor 2"]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(chosen[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(chosen)
    with gzip.open(data / "optin_sample.csv.gz", "wt", encoding="utf-8") as stream:
        stream.write(text.getvalue())
    name = "reference_population.csv.gz"
    (data / name).write_bytes((shared("cases", "pew_optin_2016") / name).read_bytes())
    run = run_example(NAME, data=data, folder=tmp_path / "out")
    assert float(run.figure("food_stamps")["n"]) == 4746


def test_an_answer_spelled_otherwise_is_refused_before_a_wrong_share_is_published(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("optin_sample.csv", "reference_population.csv"):
        chosen = people(f"{name}.gz")
        with (data / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(chosen[0]), lineterminator="\n")
            writer.writeheader()
            spell = {"Yes": "yes"} if name.startswith("optin") else {}
            writer.writerows({**row, "FDSTMP_CPS": spell.get(row["FDSTMP_CPS"], row["FDSTMP_CPS"])} for row in chosen)
    done = command("run", PROJECT / "examples" / NAME, "--data", data, "--folder", tmp_path / "out")
    assert done.returncode == 2
    assert "FDSTMP_CPS" in done.stderr + done.stdout
    assert "recode" in done.stderr + done.stdout


def verdicts(run: Run) -> dict[str, dict]:
    told = json.loads((run.folder / "release" / "fitness.json").read_text(encoding="utf-8"))
    return {one["subject"]: one for one in told}


@pytest.mark.parametrize("indicator", ["", "food_stamps", "volunteered", "registered", "voted_2014", "employed"])
def test_official_uses_are_blocked_by_who_is_missing_and_by_what_is_known_to_be_wrong(run: Run, indicator: str) -> None:
    verdict = verdicts(run)[indicator]
    assert set(verdict["blocked"]) == {"U5", "U6"}
    assert set(verdict["blocked"]["U5"]) == {"E1", "E3"}
    assert {"E1", "E3"} <= set(verdict["blocked"]["U6"])
    reasons = {one["criterion"]: one["why"] for one in verdict["blockers"] if one["failed"] and one["use"] == "U5"}
    assert "nobody took part from" in reasons["E1"]
    assert "off by 7.31 points" in reasons["E3"]


def test_policy_use_is_within_reach_and_its_sentence_is_a_range(run: Run) -> None:
    assert verdicts(run)["food_stamps"]["reach"] == "U4"
    with (run.folder / "release" / "sentences.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["figure_id"] == "food_stamps"]
    lower, upper = (float(run.figure("food_stamps")[f"plausible_{end}"]) for end in ("lower", "upper"))
    assert {row["use"] for row in rows} == {"U4"}
    assert f"somewhere between {100 * lower:.0f} and {100 * upper:.0f} %" in rows[0]["sentence"]
    assert [row["refused_claim"] for row in rows] == ["U5", "U6"]
    assert all("E1:" in row["refused_why"] and "E3:" in row["refused_why"] for row in rows)


def test_what_only_people_can_answer_stays_open_and_is_not_failed(run: Run) -> None:
    verdict = verdicts(run)[""]
    assert verdict["use"] == ""
    assert set(verdict["open"]["U0"]) == {"A1", "A2"}
