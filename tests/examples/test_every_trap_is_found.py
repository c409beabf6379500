"""Every trap known from real files is found by a shipped check with the count that somebody else finds too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from example_runs import PROJECT, shared
from traps import BFFP, MLW, PEW, TRAPS, Trap, _items, events_with_a_twin, page

from countersign.demonstration import generate
from countersign.model.finding import Finding, State
from countersign.quality.results import residual_bias, weight_spread
from countersign.study.study import Study

KNOWN: dict[str, dict[str, tuple[Finding, ...]]] = {}
CHECKS = {trap.check for trap in TRAPS} | {"weights", "item_bias", "place_concentration", "collector_concentration"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("traps")
    KNOWN.clear()


def findings(name: str, data: str, folder: Path) -> dict[str, tuple[Finding, ...]]:
    """Findings by data source, each study once; of a study that is weighted also those about its weights."""
    if name not in KNOWN:
        with Study.open(PROJECT / "examples" / name, data=shared("cases", data), folder=folder / name) as study:
            KNOWN[name] = assessed(study)
    return KNOWN[name]


def assessed(study: Study) -> dict[str, tuple[Finding, ...]]:
    result = {source: study._assess(dataset) for source, dataset in study.datasets.items()}
    if study.plan.compare:
        main = study.plan.main.name
        result[main] += (*weight_spread(study.weights), *residual_bias(study.comparisons))
    return result


LONG = ("marine-litterwatch",)  # a file of 176 columns takes its time


@pytest.mark.parametrize(
    "trap",
    [pytest.param(one, marks=[pytest.mark.slow] if one.study in LONG else []) for one in TRAPS],
    ids=[f"{one.number}-{one.check}-{one.subject}".replace(" ", "-") for one in TRAPS],
)
def test_a_shipped_check_finds_the_trap_with_its_count(trap: Trap, folders: Path) -> None:
    found = [
        finding
        for source, told in findings(trap.study, trap.data, folders).items()
        for finding in told
        if (finding.criterion, finding.check, finding.subject) == (trap.criterion, trap.check, trap.subject)
        and trap.source in ("", source)
        and finding.state is not State.NOT_ASSESSED
    ]
    assert len(found) == 1, [(one.state, one.count) for one in found]
    assert found[0].count == trap.count
    assert str(found[0].state) in trap.states
    assert trap.by_hand(shared("cases", trap.data)) == trap.count


def evidence(trap_check: str, subject: str, study: tuple[str, str], folders: Path) -> dict[str, Any]:
    told = [one for own in findings(*study, folders).values() for one in own]
    return dict(next(one for one in told if one.check == trap_check and one.subject == subject).evidence)


def test_the_three_shares_are_those_of_the_field(folders: Path) -> None:
    means = evidence("means_differ", "unbranded", BFFP, folders)
    assert [round(100 * means[key], 1) for key in ("pooled", "equal", "conditional")] == [58.9, 29.5, 53.0]
    assert (means["records"], means["records_with_any"]) == (887, 493)


def test_volunteering_is_told_twice_too_often(folders: Path) -> None:
    item = evidence("known_items", "", PEW, folders)["items"]["VOLSUM"]
    assert (round(100 * item["raw"], 1), round(100 * item["benchmark"], 1)) == (54.0, 26.5)


def test_the_correction_leaves_a_bias_that_chance_does_not_explain(folders: Path) -> None:
    found = evidence("validity", "corrected", ("purpleair-sensors", "purpleair_aqs_daily_a"), folders)
    assert round(found["mean"], 2) == -1.04
    assert found["mean_ends"][1] < 0


def test_the_people_of_the_sex_table_are_put_back_by_number(folders: Path) -> None:
    told = findings("kenya-census", "kenya_census_2019", folders)["population"]
    added = [one.evidence["added"] for one in told if one.check == "hidden_totals" and one.evidence["added"]]
    assert added == [{"persons": 1524}]


def test_the_twins_of_ghana_are_four_events() -> None:
    ghana = [row for row in _items(shared("cases", BFFP[1])) if row["country"] == "ghana"]
    twins = events_with_a_twin(ghana)
    assert len(twins) == 4
    assert {float(r["event_total_count"]) for r in ghana if r["event_id"] in twins} == {189.0, 389.0}


def test_weights_that_cost_more_than_they_gain_are_told(tmp_path: Path) -> None:
    """Registration, party, ideology and religion among the margins: a design effect of 7.9 (measured in the field)."""
    text = (PROJECT / "examples" / PEW[0] / "study.yaml").read_text(encoding="utf-8")
    more = "by: [age_group, sex, education, division, REGISTERED, PARTYSCALE5, IDEO3, RELIGCAT]"
    text = text.replace("by: [age_group, sex, education, division]", more)
    for item in ("REGISTERED, ", "PARTYSCALE5, ", "IDEO3, ", "RELIGCAT, "):
        before, after = text.rsplit("compare:", 1)
        text = f"{before}compare:{after.replace(item, '', 1)}"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    with Study.open(tmp_path, data=shared("cases", PEW[1]), folder=tmp_path / "out") as study:
        (cost, _) = weight_spread(study.weights)
    assert (cost.check, cost.count, cost.state) == ("weights", 15000, State.WARN)
    assert cost.value == pytest.approx(7.94, abs=0.005)


def test_the_clean_synthetic_example_has_no_trap(tmp_path: Path) -> None:
    """No faults, drawn by chance, calls shared: none of the checks that find traps warns or fails."""
    generate(tmp_path / "study", clean=True)
    with Study.open(tmp_path / "study", folder=tmp_path / "out") as study:
        told = assessed(study)["calls"]
    assert {one.check for one in told} >= {"weights", "known_items", "exact_duplicates", "missing_answers"}
    loud = [(one.check, one.subject) for one in told if one.check in CHECKS - {"item_bias"}]
    states = {one.check: one.state for one in told if one.check in CHECKS}
    assert [one for one in loud if states[one[0]] in (State.WARN, State.FAIL)] == []


def test_the_example_as_it_is_has_the_faults_that_were_put_in(tmp_path: Path) -> None:
    generate(tmp_path / "study")
    with Study.open(tmp_path / "study", folder=tmp_path / "out") as study:
        told = {(one.check, one.subject): one for one in study._assess(study.main)}
    assert told["copied_records", ""].state is State.WARN
    assert told["place_concentration", "region"].state is State.WARN


def test_the_page_of_traps_is_the_table_of_this_test() -> None:
    text = (PROJECT / "docs" / "traps.md").read_text(encoding="utf-8")
    assert text == page(), "draw it again: python tests/examples/traps.py docs/traps.md"
    assert "docs/traps.md" in (PROJECT / "README.md").read_text(encoding="utf-8")
    assert {trap.number for trap in TRAPS} | {14} == set(range(1, 17))


@pytest.mark.slow
def test_an_account_name_is_never_shown(folders: Path) -> None:
    assert "Cpj" not in repr([one for one in findings(*MLW, folders)["events"] if one.check == "personal_data"])
