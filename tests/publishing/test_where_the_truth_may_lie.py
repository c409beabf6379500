"""Figures of people who chose themselves stand with a plausible range and its reasons, never with chance alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from ranged_samples import bare, experience, ranged
from release_samples import SECRET, litter, survey

from countersign.model.estimate import EstimateTable, Status
from countersign.model.experience import Experience
from countersign.model.finding import State
from countersign.model.plan import UncertaintyPlan
from countersign.model.total_error import TotalError
from countersign.publishing.language import Words
from countersign.publishing.notebook import plot
from countersign.publishing.report import render


@pytest.fixture(scope="module")
def page() -> str:
    return render(ranged(), words=Words()).replace("\u00a0", " ")


def section(text: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', text, flags=re.S)
    assert found is not None, name
    return found.group()


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def key_figure(text: str, title: str) -> str:
    (found,) = (each for each in section(text, "key").split('<div class="key-figure">') if title in each)
    return plain(found)


def test_a_key_figure_says_its_value_and_where_the_truth_may_lie(page: str) -> None:
    said = key_figure(page, "safe drinking water")
    assert "We would say 44 %." in said
    assert "The truth may lie anywhere between 30 % and 57 %. Here is why" in said
    assert "Between 41 and 47" not in said
    assert "95 % interval" not in said
    assert "Chance: 41.3–47.0 %" in said
    assert "Errors on checked questions: 30.1–52.3 %" in said
    assert "Corrected by what 12 checked questions teach, it would be 39 %" in said
    assert "true value 40 %: inside the plausible range" in said


def test_a_mean_is_said_in_its_own_unit_and_its_truth_outside_is_told(page: str) -> None:
    said = key_figure(page, "Minutes to fetch water")
    assert "We would say 27.4 minutes. The truth may lie anywhere between 19.2 minutes and 28.7 minutes." in said
    assert "true value 30.0 minutes: NOT inside the plausible range" in said


def test_the_reasons_of_a_key_figure_are_where_its_link_leads(page: str) -> None:
    links = re.findall(r'<a href="#(range-\d+)"', section(page, "key"))
    assert links == ["range-1", "range-2"]
    places = re.findall(r'<article class="range" id="([^"]+)">\s*<h3>([^<]+)</h3>', section(page, "ranges"))
    assert places == [
        ("range-1", "People with safe drinking water at home"),
        ("range-2", "Minutes to fetch water"),
    ]


def test_where_only_chance_was_looked_at_no_plausible_range_is_claimed(page: str) -> None:
    said = key_figure(page, "People with disability")
    assert "95 % interval, chance only" in said
    assert "truth may lie" not in said
    assert "People with disability" not in plain(section(page, "ranges"))


def test_an_interval_beside_a_self_selected_sample_says_that_it_is_chance_only() -> None:
    assert "95 % interval, chance only" in section(render(survey(), words=Words()), "key")
    assert "95 % interval, chance only" in section(render(litter(), words=Words()), "key")


def test_each_part_has_its_name_range_and_reason(page: str) -> None:
    said = plain(section(page, "ranges").split("</article>")[0])
    assert "The low end comes from: errors on checked questions." in said
    assert "The high end comes from: other ways of computing it." in said
    for text in (
        "Chance 41.3–47.0 Other people could have taken part.",
        "Other ways of computing it 39.0–57.1 4 ways of computing the figure",
        "Errors on checked questions 30.1–52.3 How wrong these data were on 12 questions with a known answer.",
        "The interval is made to hold the truth of 90 in 100 such questions.",
        "Selection on the answer itself 35.1–44.0 If taking part depends on the answer itself, up to a strength of 0.5",
    ):
        assert text in said


def test_the_picture_shows_the_range_its_parts_and_every_way_of_computing(page: str) -> None:
    wide, narrow = re.findall(r"<svg.*?</svg>", section(page, "ranges"), flags=re.S)[:2]
    for drawing in (wide, narrow):
        assert 'class="band"' in drawing
        (published,) = re.findall(r'<g class="mark-2"[^>]*>(.*?)</g>', drawing)
        assert published.count("<path") == 2  # in its row and in the legend
        assert "Raking (published)" in drawing
        assert "Doubly robust" not in drawing
        (lines,) = re.findall(r'<g class="interval"[^>]*>(.*?)</g>', drawing)
        assert lines.count("<line") == 1 + 4 + 4  # legend, parts, ways of computing
        for text in (
            "30.1–57.1",
            "57.1 (56.1–58.1)",
            "39.0 (30.0–52.0)",
            "1: on nothing else (left out)",
            "12.3",
        ):
            assert text in drawing
    description = re.search(r"<desc[^>]*>(.*?)</desc>", wide).group(1)  # type: ignore[union-attr]
    assert "Published value 44.1; plausible range 30.1–57.1." in description
    assert "4 ways of computing it, from 39.0 to 57.1." in description


def test_what_could_not_be_computed_is_listed_with_its_reason_and_folded(page: str) -> None:
    (folded,) = re.findall(r"<details.*?</details>", section(page, "ranges").split("</article>")[0], flags=re.S)
    assert not folded.startswith('<details class="data" open')
    assert "Doubly robust : needs a reference sample" in plain(folded)
    assert "those who took part are like everybody" in folded


def test_a_value_that_matters_is_placed_and_what_would_reach_it_is_said(page: str) -> None:
    said = plain(section(page, "ranges"))
    assert "The value that matters, 50.0 %, lies inside the plausible range" in said
    assert "the error would have to be 1.7 times as large as is typical" in said
    assert "No strength of selection on the answer itself would move the figure across it." in said
    assert "would have to be 1.62 times the odds" in said


@pytest.mark.parametrize(
    ("phi", "text"),
    [(0.37, "with a strength of 0.37 or more"), (0.0, "the figure is on the other side of it already")],
)
def test_the_strength_that_reaches_the_value_that_matters_is_said(phi: float, text: str) -> None:
    release = ranged()
    water = release.estimates["water"]
    assert water.tipping is not None
    figures = tuple(
        replace(one, tipping=replace(water.tipping, phi=phi, threshold=0.7)) if one is water else one
        for one in release.estimates
    )
    said = plain(section(render(replace(release, estimates=EstimateTable(figures)), words=Words()), "ranges"))
    assert text in said
    assert "lies outside the plausible range" in said


def test_strengths_in_the_range_are_those_the_study_states() -> None:
    release = ranged()
    release = replace(release, plan=replace(release.plan, uncertainty=UncertaintyPlan(up_to=1.0)))
    said = plain(section(render(release, words=Words()), "ranges"))
    assert "up to a strength of 1 between" in said
    assert "left out" not in said


def test_every_figure_with_a_range_has_it_in_its_table_and_picture(page: str) -> None:
    (row,) = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*<code[^>]*>water:sex=female</code>.*?</tr>", page, flags=re.S)
    assert ">21.1–62.2<" in row
    assert ">37.5–43.5<" in row
    figures = section(page, "figures")
    assert "40.5 (21.1–62.2)" in figures
    assert "Interval of chance" in figures


def test_the_release_says_how_wrong_the_data_were_and_what_chance_alone_would_have_held(page: str) -> None:
    said = plain(section(page, "experience"))
    assert "12 questions (12 answers to them) have an official answer" in said
    assert "The 90 % interval held the official share of 11 of 12 answers (92 %)." in said
    assert "Half of these intervals are wider than 20 points." in said
    assert "The usual 95 % interval, which shows chance only, held it for 11 of 12 (92 %)." in said
    assert "got an interval from this: 1 for everybody, 1 for groups." in said
    assert "Without such an interval, because it is not a share: Minutes to fetch water." in said
    drawing = re.search(r"<svg.*?</svg>", section(page, "experience"), flags=re.S).group()  # type: ignore[union-attr]
    labels = re.findall(r">(Item [^<]+)<", drawing)
    assert labels[0] == "Item 11: yes"  # the largest error first
    assert "70.0 | 50.0 | 30.0 ✕" in drawing
    assert "32.0 | 31.0 | 30.0 ✓" in drawing


def test_only_the_largest_errors_are_drawn_and_all_are_in_the_table() -> None:
    text = section(render(ranged(items=30), words=Words()), "experience")
    drawing, table = (re.search(rf"<{tag}.*?</{tag}>", text, flags=re.S).group() for tag in ("svg", "table"))  # type: ignore[union-attr]
    assert len(re.findall(r">Item [^<]+</text>", drawing)) == 15
    assert len(re.findall(r"<th scope=\"row\">Item", table)) == 30


def test_too_few_checked_questions_are_said_with_how_many_are_missing() -> None:
    said = plain(section(render(ranged(items=4), words=Words()), "experience"))
    assert "4 questions have an official answer, and a 90 % interval needs at least 10. 6 more are needed" in said
    assert "held the official share" not in said
    said = plain(section(render(ranged(items=9), words=Words()), "experience"))
    assert "1 more is needed: a question" in said


def test_no_checked_question_at_all_is_said() -> None:
    release = replace(ranged(), experience=Experience(reason="No question with a known answer was compared."))
    said = plain(section(render(release, words=Words()), "experience"))
    assert "No question with a known answer was compared." in said


def test_figures_learnt_from_weighted_answers_alone_are_shown_without_the_corrected_ones() -> None:
    found = experience()
    text = section(render(replace(ranged(), experience=replace(found, corrected=None)), words=Words()), "experience")
    assert "70.0 | 30.0 ✕" in text
    assert "orrected" not in text


def test_the_card_has_a_light_in_words_and_shape_for_every_measure(page: str) -> None:
    card = section(page, "diagnostics")
    rows = {
        re.split(r"  |<span", name)[0].strip(): (row, plain(cells))
        for row, name, cells in re.findall(
            r'<tr role="row" class="(\w+)"><th role="rowheader" scope="row">(.*?)</th>(.*?)</tr>', card, flags=re.S
        )
    }
    assert rows["Population in nearly empty groups"] == ("warn", "▲ caution 3.1 % good up to 0 %, caution up to 5 %")
    assert rows["Design effect of the weights"] == ("warn", "▲ caution 2.35 good up to 2, caution up to 5")
    assert rows["Error on questions with a known answer"] == (
        "fail",
        "✕ problem 7.74 points good up to 3, caution up to 5",
    )
    assert rows["Coefficient of variation of the figure for everybody"][1].startswith("✕ problem 41.0 %")
    assert rows["How well the weights predict the answer (correlation)"] == (
        "warn",
        "▲ caution 0.42 good from 0.5, caution from 0.3",
    )
    assert rows["Error needed to reach the value that matters"][1] == "▲ caution 1.74 good from 3, caution from 1"
    assert rows["Largest difference between adjusted ways of computing"][1].startswith("✓ good 0.7 standard errors")
    assert "(worst of 2: People with disability)" in card


def test_the_overall_light_is_the_worst_and_says_because_of_what(page: str) -> None:
    said = plain(section(page, "diagnostics"))
    assert (
        "✕ Overall: problem. Do not quote a figure without its plausible range, because of: balance, precision." in said
    )
    assert "Coverage: does anybody speak for every group? ▲ caution" in said


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (
            {"empty_cells", "balance"},
            "▲ Overall: caution. Use the figures with caution because of: coverage. Not assessed",
        ),
        (
            {"balance"},
            "✓ Overall: good. Nothing that was measured speaks against these figures. Not assessed: coverage",
        ),
        (set(), "○ Overall: not assessed. Nothing could be measured."),
    ],
)
def test_the_overall_light_counts_what_was_measured_only(left: set[str], text: str) -> None:
    release = ranged()
    release = replace(release, findings=tuple(one for one in release.findings if one.check in left))
    assert text in plain(section(render(release, words=Words()), "diagnostics"))


def test_a_measure_that_could_not_be_taken_is_not_called_good() -> None:
    release = ranged()
    findings = tuple(
        replace(one, state=State.NOT_ASSESSED, value=None) if one.check == "residual_bias" else one
        for one in release.findings
    )
    said = plain(section(render(replace(release, findings=findings), words=Words()), "diagnostics"))
    assert "as wrong. ○ not assessed good up to 3" in said


def test_a_withheld_figure_shows_nothing_of_all_this(page: str) -> None:
    for trace in (f"{SECRET:.1f}", f"{SECRET * 100:,.1f}", f"{SECRET * 100:,.0f}", f"{SECRET:.0f}"):
        assert trace not in page
    release = ranged()
    hidden = tuple(replace(one, status=Status.SUPPRESSED) for one in release.estimates)
    text = render(replace(release, estimates=EstimateTable(hidden), comparisons=()), words=Words())
    for name in ("ranges", "experience", "diagnostics"):
        assert f'id="{name}"' not in text
    for trace in ("We would say", "30.1", "57.1", "would be 39"):
        assert trace not in text


def test_a_sample_drawn_by_chance_reads_as_if_there_were_none_of_this() -> None:
    text = render(bare(ranged()), words=Words())
    for word in ("plausible", "We would say", "chance only", 'id="ranges"', 'id="experience"', 'id="diagnostics"'):
        assert word not in text
    assert "Between 41 and 47 in 100" in section(text, "key")


def test_the_words_are_explained(page: str) -> None:
    words = section(page, "glossary")
    for term in ("Plausible range", "Checked question", "Selection on the answer itself", "Value that matters"):
        assert f"<dt>{term}</dt>" in words


def test_a_notebook_shows_plausible_ranges_and_none_of_a_withheld_figure() -> None:
    release = ranged()
    table = release.estimates._repr_html_()
    assert "plausible range" in table
    assert "0.3012 to 0.571" in table
    assert "988" not in table
    assert "987.7" not in table
    assert "plausible" not in survey().estimates._repr_html_()
    picture = plot(release.estimates)._repr_html_()
    assert 'class="band"' in picture
    assert "44.1 (30.1–57.1)" in picture
    assert f"{SECRET:.1f}" not in picture


def test_a_value_that_misses_its_limit_is_not_rounded_onto_it() -> None:
    release = ranged()
    findings = []
    for one in release.findings:
        if one.check == "empty_cells":
            one = replace(one, state=State.FAIL, value=0.05004)
        if one.check == "weights":
            one = replace(one, value=2.0)
        findings.append(one)
    card = plain(section(render(replace(release, findings=tuple(findings)), words=Words()), "diagnostics"))
    assert "5.004 % good up to 0 %, caution up to 5 %" in card.replace("\u00a0", " ")
    assert "▲ caution 2.00 good up to 2" in card


def test_data_without_weights_are_not_said_to_be_weighted() -> None:
    text = render(replace(ranged(), weights=None), words=Words())
    assert "only if those who took part are like everybody" in plain(section(text, "ranges"))
    said = section(text, "experience")
    assert "without weights | corrected by the other questions | official" in said
    assert "with weights" not in said.replace("without weights", "")


def test_figures_of_data_drawn_by_chance_keep_their_interval_beside_those_of_volunteers() -> None:
    release = survey()
    drawn = replace(release.data[0], name="drawn", selection="probability")
    indicators = dict(release.plan.indicators)
    indicators["minutes"] = replace(indicators["minutes"], data="drawn")
    release = replace(release, data=(*release.data, drawn), plan=replace(release.plan, indicators=indicators))
    text = render(release, words=Words())
    assert "chance only" in key_figure(text, "safe drinking water")
    assert "95 % interval · from" in key_figure(text, "Minutes to fetch water")


def test_a_study_without_a_figure_for_everybody_shows_the_ranges_of_its_first_groups() -> None:
    release = ranged()
    figures = []
    for one in release.estimates:
        if one.domain.get("sex") in ("female", "male") and len(one.domain) == 1:
            figures.append(replace(one, plausible=release.estimates["water"].plausible))
    text = render(replace(release, estimates=EstimateTable(tuple(figures))), words=Words())
    titles = re.findall(r'<article class="range"[^>]*>\s*<h3>([^<]+)</h3>', section(text, "ranges"))
    assert titles == [
        "People with safe drinking water at home: Women",
        "People with safe drinking water at home: Men",
    ]
    assert len(re.findall("Here is why</a>", section(text, "key"))) == 2


def test_of_a_question_the_answer_furthest_off_is_drawn_and_of_two_halves_the_rarer() -> None:
    found = experience(items=12)
    assert found.corrected is not None
    assert found.weighted is not None

    def more(learnt: TotalError) -> TotalError:
        first = learnt.checked[0]
        rare = replace(first, category="no", estimate=1 - first.estimate, truth=0.7)  # as far off, but less rare
        far = replace(first, item="item_1", category="often", estimate=0.9, truth=0.6)
        return replace(learnt, checked=(*learnt.checked, rare, far))

    known = replace(found, corrected=more(found.corrected), weighted=more(found.weighted))
    text = section(render(replace(ranged(), experience=known), words=Words()), "experience")
    drawing = re.search(r"<svg.*?</svg>", text, flags=re.S).group()  # type: ignore[union-attr]
    assert "Item 0: yes" in drawing
    assert "Item 0: no" not in drawing
    assert "Item 1: often" in drawing
