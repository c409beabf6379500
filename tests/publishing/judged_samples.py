"""The survey of `release_samples` as a study judges it: verdicts by area, sentences, gaps, groups, answers, limits."""

# ruff: noqa: E501

from __future__ import annotations

from dataclasses import replace

from release_samples import FITNESS, survey

from countersign.model.answer import Answer, EvidenceFile, Score, Scorecard
from countersign.model.finding import Better, Blocker, Finding, State
from countersign.model.gap import Gap, GroupCoverage, Lack
from countersign.model.held_against import LimitChange
from countersign.model.process import Feedback, Process
from countersign.model.release import Release
from countersign.model.sentence import Refused, Sentence

CHANGE = LimitChange("dissimilarity", "Small towns are few here.", "A. Statistician", "2026-10-01", good=0.15, warn=0.3)
LADDER_CHANGE = LimitChange("U5.E3", "The office asked for it.", "B. Office", "2026-10-02", good=4.0)

BLOCKERS = (
    Blocker("U0", "A2", failed=False, demand="somebody looked at possible harm", why="Nobody has answered yet.", fix="Ask the community.", effort="answer"),
    Blocker("U4", "E1", failed=True, demand="it is reported who is missing", why="People with little schooling are hardly in the data.", fix="Recruit 200 people without schooling in the north.", effort="collect"),
)  # fmt: skip


def answers() -> tuple[Answer, ...]:
    return (
        Answer("B1", "B1.rung", "community", "Amina", "2026-09-01", "2", comment="We were asked once.", about="design"),
        Answer("B1", "B1.rung", "cso", "Ben", "2026-09-02", "4", about="design", evidence=(EvidenceFile("minutes.pdf", "ab" * 32),)),
        Answer("A2", "A2.harm", "dpo", "Chi", "2026-09-03", "no"),
    )  # fmt: skip


def judged(*, changed: bool = True, synthetic: bool = True) -> Release:
    """The survey with everything that people, official statistics and the ladder add to it."""
    release = survey(synthetic=synthetic)
    whole = replace(
        FITNESS, use="", reach="U4", blockers=BLOCKERS, path=(("Did people agree?", "yes"), ("What is one record?", "a person")),
        outcome="Model route with sensitivity", population="People aged 15 and over", period="2025",
        better=(Better("F1", "It is out 40 days after the period; the official figure took 400."),),
    )  # fmt: skip
    water = replace(whole, subject="water", use="U1", reach="U4")
    town = replace(water, level="area", domain={"area": "urban"}, use="U2", reach="U5")
    return replace(
        release,
        plan=replace(
            release.plan,
            limits=(CHANGE, LADDER_CHANGE) if changed else (),
            process=Process(feedback=(Feedback("2026-10-10", "Village meeting", reached=120),)),
        ),
        findings=(
            *release.findings,
            Finding("G1", State.WARN, "coherence", "The official figure of 2019 is 3.1 standard errors lower.", subject="water", value=3.1, unit="standard errors", evidence={"official": 0.38, "ours": 0.4413}, fix="Ask the office what changed since 2019."),
        ),
        fitness=(whole, water, town),
        sentences=(
            Sentence("water", "water", "People with safe drinking water at home: somewhere between 30 and 52 % (Example Land, 2025), if groups are alike.", "U4", caveat="Those who took part chose themselves.", open=("A2",), refused=(Refused("U6", "People with safe drinking water at home: 44 %.", "E3: known answers are off by 7.7 points.", "Write the range."),)),
            Sentence("minutes", "minutes", "Minutes to fetch water: mean 19 among the 4,890 that took part.", "U1"),
            Sentence("disability", "disability", "People with disability: we may talk about it among ourselves.", ""),
        ),
        gaps=(
            Gap("water", Lack.COVERED, sdg="6.1.1", area="Example Land", year="2025", official_year="2024"),
            Gap("water", Lack.NOT_DISAGGREGATED, sdg="6.1.1", group={"sex": "female"}, area="Example Land", year="2025", official_year="2019", filled_by="answers", use="U4", figure_id="water:sex=female", why="The official series has no figure for women.", required=True),
        ),
        groups=(
            GroupCoverage("schooling", "none", 200, 0.04, 0.21, 0.19, 90.0, 2.2, "with care", 0, 310, priority=True),
            GroupCoverage("area", "nomads", 0, 0.0, 0.03, 0.0, None, None, "no", 120),
            GroupCoverage("sex", "female", 1900, 0.38, 0.51, 0.75, 1100.0, 1.7, "yes"),
            GroupCoverage("sex", "male", 3100, 0.62, 0.49, 1.27, 1800.0, 1.7, "yes"),
        ),
        answers=answers(),
        scorecards=(
            Scorecard("North clinic", "2026-09-05", (Score("Waiting time", 2.0, 4.0, 3.0, {"too long": "rights_holder"}, "A second nurse", "District", "2027-01-01"), Score("Clean water", 3.0)), {"rights_holder": 30, "duty_bearer": 4}),
        ),
    )  # fmt: skip
