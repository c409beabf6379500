"""The strongest sentence that a verdict allows is written of each figure; stronger ones are refused with reasons."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from release_samples import estimate

from countersign.model.dataset import Codebook
from countersign.model.estimate import EstimateTable, Status
from countersign.model.fan import Part, PartKind, PlausibleRange
from countersign.model.finding import Blocker, Finding, Fitness, State
from countersign.model.held_against import LimitChange
from countersign.model.plan import IndicatorPlan, Initiative, Plan, Population, Source
from countersign.model.release import DataNote, Release
from countersign.publishing.language import Words
from countersign.publishing.sentences import permit, write_sentences

ALIKE = "those who took part are like those who did not"
EXPERIMENTAL = "An experimental figure beside the official one."
WATER = estimate("water", "proportion", 0.25, 0.05, 400, raw=0.3, time="2025", area="")
BLOCKED = (
    Blocker("U2", "E8", True, "duplicates are removed", "Many are copies.", "Remove the copies."),
    Blocker("U5", "E3", True, "at most 5 points off", "Off by 7 points.", "Say so."),
)


def release(*figures, reach="U4", blockers=BLOCKED[1:], selection="open-web", findings=(), more_fitness=(), **plan):
    settled = Plan(
        title={"en": "T"},
        data={"d": Source("d", "d.csv")},
        indicators={"water": IndicatorPlan("water", "proportion", "w = 1", title={"en": "Adults with water"})},
        population=Population(who="adults", area="Tavoria", start="2025", end="2025"),
        initiative=Initiative(selection=selection),
        **plan,
    )
    whole = Fitness(use="", wanted="U5", reach=reach, blockers=tuple(blockers))
    return Release(
        plan=settled,
        version="0",
        made="",
        data=(DataNote("d", "person", selection, 400, 400, Codebook({})),),
        findings=tuple(findings),
        fitness=(whole, *more_fitness),
        estimates=EstimateTable(figures or (WATER,)),
    )


def one(made: Release):
    (sentence,) = permit(made, Words())
    return sentence


@pytest.mark.parametrize(
    ("reach", "text"),
    [
        ("", "Adults with water: we may talk about it among ourselves. Nothing may be published yet."),
        ("U0", "Adults with water: we may talk about it among ourselves. Nothing may be published yet."),
        ("U1", "Adults with water: 120 of the 400 who took part (30.0 %) (Tavoria, 2025)."),
        ("U3", "Adults with water: 120 of the 400 who took part (30.0 %) (Tavoria, 2025)."),
        ("U4", f"Adults with water: somewhere between 20 and 30 % (Tavoria, 2025), if {ALIKE}."),
        ("U5", f"Adults with water: about 25 %, somewhere between 20 and 30 % (Tavoria, 2025). {EXPERIMENTAL}"),
        ("U6", "Adults with water: 25 % (20 to 30 %) (Tavoria, 2025)."),
    ],
)
def test_the_use_within_reach_decides_what_may_be_said(reach, text):
    assert one(release(reach=reach)).text == text


def test_stronger_forms_are_refused_with_what_stands_in_their_way():
    refused = one(release(reach="U1", blockers=BLOCKED)).refused
    assert [no.claim for no in refused] == ["U4", "U5", "U6"]
    assert refused[0].why == "E8: Many are copies."
    assert refused[1].why == "E8: Many are copies. E3: Off by 7 points."
    assert refused[0].instead == "Remove the copies."


def test_nothing_is_refused_of_what_nothing_speaks_against():
    assert one(release(reach="U6", blockers=())).refused == ()


def test_the_plausible_range_is_said_and_not_the_interval_of_chance():
    plausible = PlausibleRange(
        (Part(PartKind.SAMPLING, 0.2, 0.3, "chance"), Part(PartKind.TOTAL_ERROR, 0.05, 0.5, "learnt"))
    )
    sentence = one(release(replace(WATER, plausible=plausible)))
    assert "between 5 and 50 %" in sentence.text
    assert "no more than they do on questions that can be checked" in sentence.text


def test_a_figure_takes_the_verdict_of_its_area():
    north = estimate("water", "proportion", 0.25, 0.05, 400, domain={"region": "North"})
    south = estimate("water", "proportion", 0.25, 0.05, 400, domain={"region": "South", "sex": "female"})
    fitness = (
        Fitness(use="", wanted="U5", subject="water", reach="U4"),
        Fitness(use="", wanted="U5", subject="water", reach="U1", level="region", domain={"region": "South"}),
    )
    found = permit(release(north, south, more_fitness=fitness), Words())
    assert [sentence.use for sentence in found] == ["U4", "U1"]


def test_what_nobody_has_assessed_is_named_and_rights_come_first():
    gates = (Blocker("U0", "A1", False, "", "", ""), Blocker("U3", "D2", False, "", "", ""),
             Blocker("U6", "F2", False, "", "", ""))  # fmt: skip
    sentence = one(release(blockers=gates))
    assert sentence.open == ("A1", "D2")
    assert "Before it is published, these must be answered: A1." in sentence.caveat


@pytest.mark.parametrize(
    ("status", "word"),
    [(Status.SUPPRESSED, "Withheld to protect people"), (Status.TOO_FEW, "Too few"), (Status.NO_DATA, "No data")],
)
def test_of_a_figure_that_is_not_shown_no_number_is_written(status, word):
    hidden = replace(WATER, status=status, value=None, lower=None, upper=None, note="Nothing more.")
    sentence = one(release(hidden))
    assert (sentence.text, sentence.use, sentence.refused) == (
        f"No figure may be written of this. {word}. Nothing more.", "", ())  # fmt: skip


def test_a_refused_figure_names_the_claim_and_what_may_be_said_instead():
    refused = replace(WATER, status=Status.REFUSED, value=None, lower=None, upper=None, note="Refused: no prevalence.")
    said = {"claim": "prevalence_from_cases", "refuses": "figure", "sentence": "x % have it."}
    claim = Finding("C1", State.FAIL, "blocked_claim", "no prevalence", subject="water", fix="Count.", evidence=said)
    sentence = one(release(refused, findings=(claim,)))
    assert sentence.text == "No figure may be written of this. No prevalence."
    assert [(no.claim, no.sentence, no.instead) for no in sentence.refused] == [
        ("prevalence_from_cases", "x % have it.", "Count.")
    ]


def test_an_unreliable_figure_is_never_more_than_a_range():
    sentence = one(release(replace(WATER, status=Status.UNRELIABLE), reach="U6", blockers=()))
    assert "somewhere between" in sentence.text
    assert "Too uncertain to be quoted alone." in sentence.caveat


def test_changed_limits_and_made_up_data_stand_beside_every_sentence():
    change = LimitChange("missing", "a reason", "somebody", "2026-01-01", good=0.1)
    sentence = one(release(limits=(change,), synthetic=True))
    assert "This study sets limits of its own: missing." in sentence.caveat
    assert "made up, do not quote" in sentence.caveat


@pytest.mark.parametrize(("selection", "condition"), [
    ("enumeration", "if nobody was left out"), ("probability", "if those who did not answer are like those who did"),
])  # fmt: skip
def test_the_condition_goes_with_how_units_got_in(selection, condition):
    assert condition in one(release(selection=selection)).text


def test_the_file_has_one_row_for_each_refused_sentence(tmp_path):
    found = permit(release(reach="U4"), Words())
    assert write_sentences(found, tmp_path / "sentences.csv") == 2
    rows = list(csv.DictReader((tmp_path / "sentences.csv").open(encoding="utf-8")))
    assert [row["refused_claim"] for row in rows] == ["U5", "U6"]
    assert {row["sentence"] for row in rows} == {found[0].text}


@pytest.mark.parametrize(
    ("reach", "text"),
    [
        ("U4", "Adults with water: 25 % (Tavoria, 2025), if nobody was left out."),
        ("U5", f"Adults with water: 25 % (Tavoria, 2025). {EXPERIMENTAL}"),
        ("U6", "Adults with water: 25 % (Tavoria, 2025)."),
    ],
)
def test_what_chance_does_not_move_is_no_range_from_itself_to_itself(reach, text):
    counted = replace(WATER, lower=0.25, upper=0.25, standard_error=0.0)
    assert one(release(counted, reach=reach, selection="enumeration")).text == text


def test_the_reason_of_a_refusal_begins_as_a_sentence_does():
    refused = replace(
        WATER, status=Status.REFUSED, value=None, lower=None, upper=None, note="Refused: a share of cases."
    )
    assert one(release(refused)).text == "No figure may be written of this. A share of cases."
