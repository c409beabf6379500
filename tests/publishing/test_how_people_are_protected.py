"""The report on protection: its files, its section in report and dossier, its words on the page for the community."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from release_samples import survey

from countersign.model.disclosure import AuditResult, DecisionTaken, Disclosure, RuleApplied, Visibility
from countersign.model.release import Release
from countersign.publishing import community, dossier, report
from countersign.publishing.charting import drawer
from countersign.publishing.disclosing import disclosure_record, shown_of, write_disclosure, write_visibility
from countersign.publishing.hidden_groups import hidden, most_lost
from countersign.publishing.labels import Labels
from countersign.publishing.language import speak
from countersign.publishing.protection_page import MOST_BARS, protection_page

WORDS = speak("en")
LABELS = Labels(None, (), WORDS)
ROWS = (
    Visibility({"people": "wee"}, 10, 4, 0.3, hidden_unweighted=7, marginalised=True),
    Visibility({"region": "north"}, 8, 6, 0.5, hidden_unweighted=2, changed=1),
    Visibility({"age": "80+"}, 6, 0, 0.0, hidden_unweighted=0, coarsened=6),
    Visibility({"region": "south"}, 8, 0, 0.0, hidden_unweighted=0),
)
SAID = DecisionTaken({"people": "wee"}, "show", 2, "The council", "community body", "2026-02-01", "See <us>.", 3, 1)
DONE = Disclosure(
    "suppress",
    figures=40,
    withheld=10,
    merged=6,
    rules=(
        RuleApplied("minimum_contributors", 3.0, 40, "study file"),
        RuleApplied("numerators", 3.0, 20, "study file"),
    ),
    audit=AuditResult(hidden=25, points=0, narrow=0, narrowest=4.0, width=3.0, earlier=1),
    visibility=ROWS,
    decisions=(SAID,),
    optimal=True,
)


def made(disclosure: Disclosure | None = DONE) -> Release:
    return replace(survey(synthetic=False), disclosure=disclosure)


def text(page: str) -> str:
    start = page.index('<section id="protection"')
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[start : page.index("</section>", start)])).split())


def test_every_figure_of_a_group_is_shown_changed_put_together_or_withheld() -> None:
    assert [shown_of(row) for row in ROWS] == [6, 1, 0, 8]
    for row in ROWS:
        assert shown_of(row) + row.changed + row.coarsened + row.hidden == row.figures


def test_visibility_is_a_table_with_a_row_for_each_group(tmp_path: Path) -> None:
    assert write_visibility(ROWS, tmp_path / "visibility.csv") == 4
    with (tmp_path / "visibility.csv").open(encoding="utf-8", newline="") as file:
        first, second, *_ = csv.DictReader(file)
    assert first == {
        "group": "people=wee", "marginalised": "yes", "figures": "10", "shown": "6", "changed": "0",
        "put_together": "0",
        "withheld": "4", "share_withheld": "0.4", "people_withheld": "0.3", "withheld_without_weights": "7",
    }  # fmt: skip
    assert (second["marginalised"], second["changed"], second["shown"]) == ("no", "1", "1")


def test_the_report_as_json_holds_sums_and_no_single_figure(tmp_path: Path) -> None:
    write_disclosure(DONE, tmp_path / "disclosure.json")
    kept = json.loads((tmp_path / "disclosure.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(disclosure_record(DONE)))
    assert (kept["figures"], kept["withheld"], kept["merged"], kept["optimal"]) == (40, 10, 6, True)
    assert kept["audit"] == {
        "attacked": 25, "points": 0, "narrow": 0, "width": 3.0, "safe": True, "tables": 0, "equations": 0,
        "earlier_releases": 1, "solver": "",
    }  # fmt: skip
    assert kept["decisions"][0]["refused"] is True  # and not how many
    assert "figure_id" not in json.dumps(kept)


@pytest.mark.parametrize("page", [report, dossier])
def test_report_and_dossier_say_what_was_done_and_what_it_cost(page) -> None:
    html = page.render(made(), words=WORDS)
    said = text(html)
    assert 'href="#protection"' in html
    assert "10 of 40 figures are withheld" in said
    assert "Withheld does not mean zero" in said
    assert "6 figures are shown together with those of a neighbouring category or period" in said
    assert "It is proven that no safe choice withholds less." in said
    assert "Wee loses most: 4 of 10 figures are withheld." in said.replace("wee loses", "Wee loses")
    assert "3 of their figures would be withheld to protect others" in said
    assert "None of 25 can be known to within fewer than 3 people. 1 earlier release was known" in said
    assert "“See <us>.”" in said
    assert "The council (community body), 2026-02-01." in said
    assert "3 figures follow it. Others do not: somebody in the group said no, and that comes first." in said
    assert "Which rule withheld which figure is not told" in said
    assert "★ People: wee 10 6 0 4 40 % 30 % 7" in said


def test_a_release_without_a_report_on_protection_has_no_section() -> None:
    assert 'id="protection"' not in report.render(made(None), words=WORDS)
    assert 'id="protection"' not in dossier.render(made(None), words=WORDS)


def test_where_nothing_was_withheld_that_is_said_and_nothing_is_drawn() -> None:
    nothing = Disclosure("suppress", 40, 0, visibility=(ROWS[3],), audit=AuditResult(0, 0, 0, None, 3.0))
    said = text(report.render(made(nothing), words=WORDS))
    assert "No figure had to be withheld: enough people stand behind each of the 40." in said
    assert "Nothing is withheld, so there is nothing that could be computed back." in said
    assert protection_page(nothing, LABELS, WORDS).chart is None
    reason = protection_page(replace(nothing, reason="The rows are no people."), LABELS, WORDS)
    assert reason.sentences == ("No figure is withheld or changed. The rows are no people.",)


def test_noise_is_told_with_its_size() -> None:
    noisy = Disclosure("perturb", 40, 0, noise={"largest": 5.0}, visibility=(replace(ROWS[3], changed=8),))
    page = protection_page(noisy, LABELS, WORDS)
    assert page.sentences[0].startswith("Figures are changed a little, by chance")
    assert "No number of people is off by more than 5." in page.sentences
    assert page.chart is not None


def test_the_picture_has_words_for_those_who_cannot_see_it_and_a_form_for_a_phone() -> None:
    chart = protection_page(DONE, LABELS, WORDS).chart
    assert "Most is withheld of Region: north: 2 of 8 shown." in chart.description
    for narrow in (False, True):
        drawn = str(drawer(WORDS)(chart, narrow=narrow, number="x"))
        assert drawn.count("<title") == drawn.count("<desc") == 1
        (hidden,) = re.findall(r'<g class="hidden"[^>]*>(.*?)</g>', drawn)
        assert hidden.count("<path") == 2 + 1  # two groups lost something, and the legend
        assert "★ People: wee" in drawn


def test_groups_that_are_to_stay_visible_come_first_and_the_rest_of_many_is_in_the_table_only() -> None:
    many = (*(Visibility({"v": f"g{at}"}, 3, 0, 0.0) for at in range(MOST_BARS + 3)), ROWS[1], ROWS[0])
    page = protection_page(replace(DONE, visibility=many), LABELS, WORDS)
    assert [bar.label for bar in page.chart.bars][:3] == ["People: wee", "Region: north", "V: g0"]
    assert page.left_out == 5
    assert len(page.table) == len(many)
    assert [row.group for row in most_lost(many)] == [{"people": "wee"}, {"region": "north"}]


# The page for the community -------------------------------------------------------------------------------------------


def test_the_community_reads_who_is_not_shown_and_what_can_be_decided() -> None:
    said = hidden(DONE, LABELS, WORDS)
    assert said == (
        "Numbers of fewer than 3 people are left out, so nobody is recognised.",
        "Decide together how your group is shown, and tell us. A “no” always counts.",
        "The council decided on 2026-02-01: “See <us>.”",
        "wee: 4 of 10 numbers are left out.",
        "north: 6 of 8 numbers are left out.",
        "Some groups are shown together with others. So fewer numbers are missing.",
    )
    page = community.render(made(), words=speak("en"))
    assert "Who is not shown, and why" in page
    assert said[0] in page


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Qui n’est pas montré, et pourquoi"), ("es", "Quién no se muestra")]
)
def test_it_does_so_in_french_and_spanish(language: str, words: str) -> None:
    page = unescape(community.render(made(), words=speak(language)))
    assert words in page.replace("'", "’")
    assert "Numbers of fewer" not in page
    assert "always counts" not in page


def test_nothing_is_said_where_nothing_is_hidden() -> None:
    assert hidden(None, LABELS, WORDS) == ()
    assert hidden(Disclosure("suppress", 40, 0, visibility=ROWS[3:]), LABELS, WORDS) == ()
    page = community.render(made(Disclosure("suppress", 40, 0)), words=speak("en"))
    assert "Who is not shown" not in page


def test_a_decision_that_changed_nothing_is_not_quoted() -> None:
    idle = replace(DONE, decisions=(replace(SAID, followed=0, refused=0),))
    assert not any("council" in one for one in hidden(idle, LABELS, WORDS))


def test_without_a_minimum_the_reason_is_said_in_general() -> None:
    assert hidden(replace(DONE, rules=()), LABELS, WORDS)[0] == (
        "We leave out numbers that could tell something of one person."
    )
    merged = Disclosure("suppress", 40, 0, merged=2)
    assert hidden(merged, LABELS, WORDS) == (
        "No number had to be left out.",
        "Some groups are shown together with others. So fewer numbers are missing.",
    )
