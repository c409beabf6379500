"""What data are called: citizen data, citizen-contributed data, data about citizens."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.model.answer import Answer
from countersign.model.documents import Documents
from countersign.model.finding import State
from countersign.model.plan import Initiative
from countersign.quality.admission import admit

BOTH = ("organiser", "community")


def who(kind: str, *, by: tuple[str, ...] = BOTH, **rungs: int) -> Initiative:
    return Initiative(kind=kind, participation=rungs, scored_by=by)


def scored(role: str, step: str, rung: int) -> Answer:
    return Answer("B1", "B1.rung", role, role, "2026-01-01", str(rung), about=step)


@pytest.mark.parametrize(
    ("initiative", "label"),
    [
        (who("cso"), "citizen"),
        (who("individual", collection=1), "citizen"),
        (who("nso", design=4, collection=1), "citizen"),
        (who("nso", identify=1, collect=4), "citizen"),
        (who("nso", design=3, collection=3), "contributed"),
        (who("nso", design=3, collection=1), "contributed"),
        (who("scientist", design=3, collection=0), "about"),
        (who("scientist", process=5), ""),
        (who("", design=3, collection=3), ""),
        (who("", design=4), "citizen"),
        (who("nso"), ""),
        (who("nso", by=("organiser",), design=5), ""),
    ],
)
def test_the_label_follows_who_started_it_and_the_rungs(initiative, label):
    assert admit(initiative).label == label
    assert admit(initiative).is_citizen_data is (None if not label else label == "citizen")


def test_scores_of_people_stand_before_what_the_study_states():
    stated = who("nso", design=5)
    given = [scored("cso", "identify", 5), scored("community", "identify", 3), scored("community", "collect", 5)]
    assert admit(stated, answers=given).label == "about"  # 3 is the lowest at design; collection has one role only
    assert admit(stated, answers=[*given, scored("nso", "collect", 4)]).label == "citizen"
    assert admit(stated, answers=given[:1]).is_citizen_data is None


def test_the_label_is_a_finding(engine):
    data = dataset(engine, {"x": [1]})
    states = {
        kind: found(data, "citizen_data", plan=plan(initiative=who(kind, design=3, collection=3))).state
        for kind in ("cso", "nso", "")
    }
    assert states == {"cso": State.PASS, "nso": State.WARN, "": State.NOT_ASSESSED}
    told = found(
        data, "citizen_data", plan=plan(initiative=who("nso")),
        documents=Documents(answers=(scored("nso", "collect", 4), scored("community", "collect", 4))),
    )  # fmt: skip
    assert told.evidence["label"] == "citizen"
