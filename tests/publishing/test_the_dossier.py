"""dossier.html: the same findings for a statistical office, in the order of its framework, with nothing hidden."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest
from judged_samples import CHANGE, LADDER_CHANGE, judged
from ranged_samples import ranged
from release_samples import SECRET, litter, sparse, survey
from test_report import Page, luminance

from countersign.catalogue import criteria, view
from countersign.errors import CatalogueError
from countersign.model.finding import State
from countersign.model.release import Release
from countersign.publishing.concepts import in_view, orders
from countersign.publishing.criterion_cards import cards, evidence, worst
from countersign.publishing.dossier import render, style
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words
from countersign.publishing.report import render as render_report
from countersign.publishing.verdict_tables import musts

SAMPLES = {"survey": survey, "ranged": ranged, "litter": litter, "sparse": sparse, "judged": judged}


@pytest.fixture(params=sorted(SAMPLES))
def text(request: pytest.FixtureRequest) -> str:
    return render(SAMPLES[request.param](), words=Words())


def part(text: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', text, flags=re.S)
    assert found, name
    return unescape(found.group())


def test_the_page_is_well_formed_asks_nobody_and_its_links_lead_somewhere(text: str) -> None:
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    for given in page.all("a"):
        assert str(given["href"]).removeprefix("#") in page.ids
    assert not {"script", "link", "iframe", "img"} & {tag for tag, _ in page.tags}
    assert "url(" not in text
    assert page.headings.count(1) == 1
    for before, after in pairwise(page.headings):
        assert after <= before + 1
    for found in re.findall(r"<table.*?</table>", text, flags=re.S):
        assert "<caption" in found
        assert 'scope="col"' in found


def test_all_fifty_criteria_are_on_the_page_assessed_or_not(text: str) -> None:
    for key in criteria().ids:
        assert text.count(f'id="{key}"') == 1
    assert "Not assessed: neither passed nor failed." in text


def test_findings_stand_under_their_sims_concept_with_formula_limits_source_and_numbers() -> None:
    text = part(render(judged(), words=Words()), "findings")
    concepts = re.findall(r'<div class="concept">.*?(?=<div class="concept">|</section>)', text, flags=re.S)
    titles = [re.search(r"<h3>(.*?) <span", found).group(1) for found in concepts]  # type: ignore[union-attr]
    assert titles[: len(view("sims").items)] == [item.title for item in view("sims").items]
    other = next(found for found in concepts if "other errors" in found)
    row = next(found for found in re.findall(r"<tr>.*?</tr>", other, flags=re.S) if "dissimilarity" in found)
    for said in ("schooling", "31.0 %", "good 0.1, warning 0.25", "This project's default", "Failed", "Recruit 200"):
        assert said in row, said
    assert criteria()["E2"].technical in text


def test_a_view_that_was_not_read_says_so_and_nothing_it_leaves_out_is_lost() -> None:
    text = part(render(judged(), words=Words()), "findings")
    for key in ("sims", "nqaf"):
        assert view(key).label in text
    assert view("sims").missing in text
    assert "draft, unverified" in text
    ids = criteria().ids
    for order in orders(ids, Words()):
        assert {key for concept in order.concepts for key in concept.criteria} == set(ids)
    some = in_view("ons_gateway", ("A1", "E9", "I1"), Words())
    assert some.concepts[-1].criteria == ("I1",)
    with pytest.raises(CatalogueError, match="nqaf"):
        orders(ids, Words(), frameworks=("nqav",))


def test_a_criterion_under_two_concepts_is_told_once_and_named_twice() -> None:
    text = render(judged(), words=Words())
    assert "C1: stands above" in text
    assert text.count('id="C1"') == 1


def test_changed_limits_come_first_with_who_when_and_why() -> None:
    for make in (render, render_report):
        text = make(judged(), words=Words())
        box = part(text, "changed")
        assert text.index('id="changed"') < text.index('<main id="content">')
        for change in (CHANGE, LADDER_CHANGE):
            for said in (change.limit, change.by, change.date, change.why):
                assert said in box
        assert "good 0.1, warning 0.25 (share)" in box
        assert "good 0.15, warning 0.3 (share)" in box
        assert re.search(r"good 5</td><td><b>good 4<", box)
        assert 'id="changed"' not in make(judged(changed=False), words=Words())


def test_every_verdict_has_its_row_and_every_unmet_must_its_reason_and_fix() -> None:
    text = part(render(judged(), words=Words()), "verdicts")
    assert re.search(r"<tr><th scope=\"row\">The whole study</th>", text)
    assert re.search(r"People with safe drinking water at home</th><td>Town</td><td>2025</td><td>U2 ", text)
    for said in (
        "none established", "it is reported who is missing", "hardly in the data", "Recruit 200", "collect more",
        "Did people agree? <b>yes</b>", "Model route with sensitivity", "official figure took 400",
    ):  # fmt: skip
        assert said in text, said


def test_sentences_permitted_and_refused_stand_side_by_side() -> None:
    text = part(render(judged(), words=Words()), "sentences")
    assert "somewhere between 30 and 52 %" in text
    assert "✕ People with safe drinking water at home: 44 %." in text
    assert "Write the range." in text
    assert '<td><a href="#A2">A2</a></td>' in text


def test_a_must_stands_once_with_all_verdicts_it_holds_for() -> None:
    release = judged()
    whole, water, town = release.fitness
    assert len(re.findall("<td>all</td></tr>", part(render(release, words=Words()), "verdicts"))) == 2
    assert "Recruit 200" in part(render(release, words=Words()), "verdicts")
    only = replace(town, blockers=whole.blockers[:1])
    labels = Labels(release.plan, tuple(note.codebook for note in release.data), Words())
    found = musts((whole, water, only), labels, Words())
    assert [(one.criterion, one.about) for one in found] == [
        ("A2", "all"),
        ("E1", "The whole study; People with safe drinking water at home"),
    ]
    found = musts((whole, water, replace(town, blockers=release.fitness[0].blockers[1:])), labels, Words())
    assert found[0].about == "The whole study; People with safe drinking water at home"
    found = musts((replace(whole, blockers=()), replace(water, blockers=()), town), labels, Words())
    assert found[0].about == "People with safe drinking water at home (Town)"


def test_answers_stand_side_by_side_by_role_and_disagreement_is_marked_not_averaged() -> None:
    text = part(render(judged(), words=Words()), "answers")
    b1, a2 = text.split("<h3>")[2], text.split("<h3>")[1]
    assert "they disagree" in b1
    assert "they disagree" not in a2
    assert b1.index("A representative of the community") < b1.index("The data lead of the organisation")
    assert "<b>2: Consultation" in b1
    assert "<b>4: Partnership" in b1
    assert "<b>3" not in b1
    assert "minutes.pdf" in b1
    assert "abababababab" in b1
    assert re.search(r"Waiting time</th><td>2</td><td>4</td><td>3</td><td>−2</td>", text)
    assert re.search(r"Clean water</th><td>3</td><td>–</td><td>–</td><td>–</td>", text)


def test_gaps_and_groups_are_tables_and_the_worst_gap_comes_first() -> None:
    text = render(judged(), words=Words())
    gaps = part(text, "gaps")
    assert gaps.index("not for this group") < gaps.index("an official figure exists")
    assert "Women (asked for by the SDG minimum set)" in gaps
    gap = judged().gaps[1]
    alike = replace(gap, group={"sex": "male"}, figure_id="water:sex=male", required=True)
    other = replace(gap, group={"sex": "other"}, official_year="2011")
    rows = part(render(replace(judged(), gaps=(gap, alike, other)), words=Words()), "gaps").count('<tr><th scope="row"')
    assert rows == 2
    groups = part(text, "groups")
    assert "★ Schooling: none" in groups
    assert "none; precise from +310" in groups
    assert "+120" in groups
    few = replace(judged().groups[0], n=None, n_effective=None, data=None, ratio=None)
    assert part(render(replace(judged(), groups=(few,)), words=Words()), "groups").count(">withheld<") == 2


def test_coherence_shows_the_official_figure_or_says_that_none_was_compared() -> None:
    assert "3.1 standard errors lower" in part(render(judged(), words=Words()), "coherence")
    assert "no official series was compared" in part(render(sparse(), words=Words()), "coherence")


def test_a_withheld_value_is_nowhere_and_outside_text_is_no_markup() -> None:
    text = render(ranged(), words=Words())
    for trace in (f"{SECRET:.4f}"[:5], "98,765"):
        assert trace not in text
    evil = "<script>alert(1)</script>\"'&"
    release = judged()
    release = replace(
        release,
        findings=tuple(replace(one, message=evil, subject=evil, evidence={evil: evil}) for one in release.findings),
        answers=tuple(replace(one, value=evil, comment=evil, who=evil) for one in release.answers),
        gaps=tuple(replace(one, why=evil) for one in release.gaps),
        sentences=tuple(replace(one, text=evil) for one in release.sentences),
    )
    text = render(release, words=Words())
    assert "<script" not in text
    Page(text)


def test_the_worst_state_speaks_for_a_criterion_and_a_pass_is_not_hidden_by_an_open_check() -> None:
    by_state = {state: next(f for f in survey().findings if f.state is state) for state in State}
    assert worst([]) is State.NOT_ASSESSED
    assert worst([by_state[State.PASS], by_state[State.FAIL]]) is State.FAIL
    assert worst([by_state[State.NOT_ASSESSED], by_state[State.PASS]]) is State.PASS
    assert worst([by_state[State.NOT_ASSESSED]]) is State.NOT_ASSESSED


def test_evidence_reads_as_numbers_and_long_lists_say_how_many_more() -> None:
    said = evidence({"n": 12345, "share": 0.123456, "none": None, "empty": {}, "by": {"a": 1.0, "b": 2.5}}, Words())
    assert said == "n: 12,345; share: 0.123; by: a 1, b 2.5"
    assert evidence({"x": list(range(12))}, Words()).endswith("9 and 2 more")
    assert evidence({"x": 100.0, "y": 0.0, "z": 250.5}, Words()) == "x: 100; y: 0; z: 250.5"


def test_one_finding_has_one_row_however_many_there_are() -> None:
    made = cards(survey().findings, Words())
    assert sum(len(card.rows) + len(card.passed) for card in made.values()) == len(survey().findings)


def test_colours_stand_out_and_sides_are_logical() -> None:
    assert not re.findall(r"(?:margin|padding|border)-(?:left|right)|text-align:\s*(?:left|right)", style())
    for ink in set(re.findall(r"(?<![-\w])color:\s*(#[0-9a-f]{6})", style())):
        for paper in ("#ffffff", "#fff6ec"):
            light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


def test_the_three_pages_name_the_same_numbers() -> None:
    from countersign.publishing.community import render as render_community

    release: Release = judged()
    for text in (render_report(release, words=Words()), render(release, words=Words())):
        assert "somewhere between 30 and 52" in text
    assert "Between 41 and 47 in 100" in render_community(release, words=Words())
    assert "Between 41 and 47 in 100" in render_report(release, words=Words())
