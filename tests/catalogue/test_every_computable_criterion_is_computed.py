"""Each of the fifty criteria is computed, or asked, or both, as its entry says: on the built-in example made rich."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from countersign.catalogue import criteria, load, questions
from countersign.demonstration.folder import generate
from countersign.model.finding import State
from countersign.study import Study

ASKED = ("answer", "confirmed_by", "disagreement")  # of every criterion with questions, whatever it is about
DOMAINS = {
    "seeing": "seeing", "hearing": "hearing", "walking": "walking", "remembering": "cognition",
    "self_care": "selfcare", "communicating": "communication",
}  # fmt: skip
PROCESS = {
    "protocol": {"file": "README.md", "version": "2", "date": "2025-01-10"},
    "pilot": {"records": 42, "date": "2024-11-02", "changes": "One question was split."},
    "training": {"trained": 25, "passed": 23, "date": "2025-01-20"},
    "back_checks": {"checked": 60, "agreed": 57, "days": 3},
    "rounds": [
        {"period": 2024, "form": "then", "method": "phone", "announced": "2025-02-01", "released": "2025-02-03"},
        {"period": 2025, "form": "now", "method": "phone", "announced": "2026-01-01", "released": "2026-01-01"},
    ],
    "released": "2026-01-01",
    "feedback": [{"date": "2026-02-10", "how": "radio", "round": 2025, "reached": 240, "opted_in": 300, "sent": 280}],
    "withdrawals": [{"asked": "2025-05-02", "done": "2025-05-06"}],
    "languages": {"en": 1.0},
    "accessible": ["audio"],
    "asks_per_year": 2,
    "cost": {"amount": 12000, "currency": "KES"},
    "stable_id": "https://doi.org/10.1234/example",
    "formats": ["csv"],
    "catalogue": "national data portal",
    "api": "https://example.org/api",
    "plain_version": "community.html",
    "audio_version": "summary.mp3",
}


def write_form(path: Path, wording: str) -> None:
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    rows = [
        ("type", "name", "label::English (en)", "constraint", "required"),
        ("integer", "age", "How old are you?", ". >= 0 and . <= 110", "yes"),
        ("select_one sex", "sex", "Are you a woman or a man?", "", "yes"),
        ("select_one yes_no", "electricity", wording, "", "yes"),
    ]
    for row in rows:
        survey.append(list(row))
    choices = book.create_sheet("choices")
    for row in [
        ("list_name", "name", "label::English (en)"), ("sex", "female", "Woman"), ("sex", "male", "Man"),
        ("sex", "other", "Other"), ("sex", "no_answer", "Prefer not to say"), ("yes_no", "yes", "Yes"),
        ("yes_no", "no", "No"),
    ]:  # fmt: skip
        choices.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def write_rich(folder: Path) -> Path:
    """Write the example with everything beside the rows that a study can have; few known questions, to be quick."""
    generate(folder, rows=400)
    study = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    calls = study["data"]["calls"]
    for name, item in DOMAINS.items():
        calls["variables"][name]["bank"] = f"WG-SS/{item}"
    calls["derive"] |= {"helped": "if(age >= 75, 'yes', 'no')", "way": "if(age >= 60, 'landline', 'mobile')"}
    calls["roles"] |= {"proxy": "helped", "mode": "way"}
    calls["scales"] = {"assets": {"items": ["electricity", "radio", "bicycle", "mosquito_net"], "yes": "yes"}}
    again = {"file": "data/again.csv", "unit": "person", "optional": True, "roles": {"id": "synthetic_id"}}
    study["data"]["again"] = again | {"variables": {"electricity": {"type": "category"}}}
    study["repeats"] = [{"unit": "synthetic_id", "of": ["electricity"], "data": "calls", "second": "again"}]
    study["gold"] = [{"gold": "again", "data": "calls", "unit": "synthetic_id", "of": {"electricity": "electricity"}}]
    study["compare"]["items"] = study["compare"]["items"][:3]
    for indicator in study["indicators"].values():
        indicator["by"] = ["sex", "region"]
    study["process"] = PROCESS
    study["form"] = {"files": {"now": "forms/now.xlsx", "then": "forms/then.xlsx"}}
    study["official"] = {
        "office": {
            "file": "data/official.csv", "source": "Made up, 2023", "indicator": "meals", "value": "share",
            "standard_error": "se", "year": "year", "concept": "same", "published": "2024-02-01",
        }
    }  # fmt: skip
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "data" / "official.csv").write_text("year,share,se\n2025,0.3,0.01\n", encoding="utf-8")
    header, *rows = (folder / "data" / "synthetic_calls.csv").read_text(encoding="utf-8").splitlines()
    key, answer = (header.split(",").index(name) for name in ("synthetic_id", "electricity"))
    seen = {row.split(",")[key]: row.split(",")[answer] for row in rows if row.split(",")[answer] in ("yes", "no")}
    lines = [f"{one},{said}" for one, said in list(seen.items())[:150]]
    (folder / "data" / "again.csv").write_text("\n".join(["synthetic_id,electricity", *lines]), encoding="utf-8")
    write_form(folder / "forms" / "now.xlsx", "Do you have electricity at home?")
    write_form(folder / "forms" / "then.xlsx", "Is there electricity?")
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    with Study.open(write_rich(tmp_path_factory.mktemp("rich") / "study")) as study:
        by = defaultdict(list)
        for finding in study.findings:
            by[finding.criterion].append(finding)
    return by


def asked():
    return {question.criterion for question in questions()}


def test_modes_are_those_of_the_field():
    assert Counter(one.mode for one in criteria()) == {"auto": 31, "semi": 12, "human": 7}


@pytest.mark.parametrize("key", [one.id for one in criteria() if one.mode != "human"])
def test_what_is_computed_has_a_metric_of_its_own_and_a_finding(found, key):
    own = {metric.check for metric in criteria()[key].metrics} - set(ASKED)
    assert own
    computed = [finding for finding in found[key] if finding.check in own]
    assert computed, [finding.check for finding in found[key]]
    for finding in computed:
        assert finding.message
        if finding.state is State.NOT_ASSESSED:
            assert finding.fix, (finding.check, finding.message)


@pytest.mark.parametrize("key", [one.id for one in criteria() if one.mode != "auto"])
def test_what_people_must_say_is_asked_and_open_until_they_do(found, key):
    assert key in asked()
    open_ones = [finding for finding in found[key] if finding.state is State.NOT_ASSESSED]
    assert open_ones or key == "B1", [finding.check for finding in found[key]]


def test_in_a_study_that_says_everything_all_that_is_computed_is_assessed(found):
    """So that a measure which has stopped to measure is seen."""
    computable = [one.id for one in criteria() if one.mode == "auto"]
    silent = [
        key
        for key in computable
        if all(finding.state is State.NOT_ASSESSED for finding in found[key] if finding.check not in ASKED)
    ]
    assert silent == []


def test_every_check_that_is_made_is_listed_under_its_criterion(found):
    for key, findings in found.items():
        assert {finding.check for finding in findings} <= set(criteria()[key].checks), key


def test_every_limit_that_is_applied_is_the_one_its_metric_names(found):
    limits = load("thresholds").entries
    for key, findings in found.items():
        metrics = {metric.check: metric for metric in criteria()[key].metrics}
        for finding in findings:
            if finding.check not in metrics:
                continue
            given = finding.threshold or {}
            applied = {str(one.get("id", "")) for one in ([given] if "id" in given else given.values())}
            assert applied & set(limits) <= set(metrics[finding.check].thresholds), (key, finding.check, applied)
