"""The report is a page people can read anywhere, that says what it must and hides what it must."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from ranged_samples import ranged
from release_samples import FITNESS, SECRET, litter, sparse, survey

from countersign.errors import StoreError
from countersign.model.estimate import EstimateTable, Status
from countersign.publishing.digits import show
from countersign.publishing.exports import shown
from countersign.publishing.language import Words, speak
from countersign.publishing.report import render, write_report

VOID = {"meta", "br", "link", "img", "input", "hr", "col"}


class Page(HTMLParser):
    """Reads a page into what the tests ask about, and refuses tags that do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.tags if name == tag]


SAMPLES = {"survey": survey, "ranged": ranged, "litter": litter, "sparse": sparse}


@pytest.fixture(scope="module", params=sorted(SAMPLES))
def text(request: pytest.FixtureRequest) -> str:
    return render(SAMPLES[request.param](), words=Words())


def sections(text: str) -> list[str]:
    return re.findall(r"<section\b.*?</section>", text, flags=re.S)


def test_the_page_is_well_formed_and_its_ids_are_unique(text: str) -> None:
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    for given in page.all("svg"):
        assert all(name in page.ids for name in str(given["aria-labelledby"]).split())
    for given in page.all("a"):
        assert str(given["href"]).removeprefix("#") in page.ids


def test_the_page_asks_nobody_for_anything(text: str) -> None:
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "img", "video", "audio"} & {tag for tag, _ in page.tags}
    for tag, given in page.tags:
        for name in ("src", "srcset", "data", "xlink:href", "background", "poster"):
            assert name not in given, f"<{tag} {name}>"
        assert not any(name.startswith("on") for name in given)
        assert "://" not in str(given.get("href", ""))
    assert "@import" not in text
    assert "url(" not in text


def test_headings_come_in_order_and_there_is_one_title(text: str) -> None:
    levels = Page(text).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    for before, after in pairwise(levels):
        assert after <= before + 1


def test_the_page_has_landmarks_a_language_and_a_way_past_the_head(text: str) -> None:
    page = Page(text)
    assert page.all("html")[0] == {"lang": "en", "dir": "ltr"}
    for landmark in ("main", "header", "footer"):
        assert page.all(landmark)
    assert page.all("a")[0] == {"class": "skip", "href": "#content"}
    for given in page.all("section"):
        assert given["aria-labelledby"] in page.ids


def test_every_picture_has_words_for_it_and_a_table_in_its_section(text: str) -> None:
    for part in sections(text):
        drawings = re.findall(r"<svg.*?</svg>", part, flags=re.S)
        for drawing in drawings:
            assert 'role="img"' in drawing
            assert re.search(r"<title id=[^>]+>[^<]{3,}</title>", drawing)
            assert re.search(r"<desc id=[^>]+>[^<]{15,}</desc>", drawing)
        assert not drawings or "<table" in part
        wide, narrow = (sum(f'"plot {form}"' in drawing for drawing in drawings) for form in ("wide", "narrow"))
        assert wide == narrow


def test_every_table_has_a_caption_and_heads_with_a_scope(text: str) -> None:
    for part in re.findall(r"<table.*?</table>", text, flags=re.S):
        assert "<caption" in part
        assert "<th>" not in part
        assert 'scope="col"' in part
        assert 'scope="row"' in part


def test_no_sample_is_given_a_margin_of_error(text: str) -> None:
    assert "margin of error" not in text.casefold()


def test_synthetic_data_are_marked_in_every_section_in_the_title_and_on_every_printed_page() -> None:
    text = render(survey(), words=Words())
    parts = sections(text)
    assert len(parts) >= 9
    for part in parts:
        assert 'class="mark"' in part
        assert "Synthetic data" in part
    assert "synthetic data" in re.search(r"<title>(.*?)</title>", text).group(1)  # type: ignore[union-attr]
    assert re.search(r"@page \{ @top-center \{ content: \"Synthetic data", text)
    assert "Synthetic" not in render(survey(synthetic=False), words=Words())


def test_text_from_outside_cannot_become_markup() -> None:
    evil = "<script>alert(1)</script>\"'&"
    release = survey(title=evil)
    findings = tuple(replace(one, message=evil, fix=evil, subject=evil) for one in release.findings)
    gates = tuple(replace(gate, name=evil, rule=evil, why=evil) for gate in release.data[0].gates)
    figures = [replace(one, domain={evil: evil}, figure_id=evil, note=evil, unit=evil) for one in release.estimates]
    release = replace(
        release,
        findings=findings,
        data=(replace(release.data[0], gates=gates, name=evil, unit=evil),),
        estimates=EstimateTable(tuple(figures)),
        comparisons=tuple(replace(one, item=evil, category=evil) for one in release.comparisons),
    )
    text = render(release, words=Words())
    assert "<script" not in text
    Page(text)


@pytest.mark.parametrize("make", [survey, litter, sparse])
def test_every_figure_shows_its_interval(make) -> None:  # type: ignore[no-untyped-def]
    release = make()
    text = render(release, words=Words())
    for one in release.estimates:
        if shown(one):
            row = re.search(
                rf"<tr[^>]*>(?:(?!</tr>).)*<code[^>]*>{re.escape(one.figure_id)}</code>.*?</tr>", text, flags=re.S
            )
            assert row is not None
            numbers = show(one, Words())
            assert f">{numbers.value}<" in row.group()
            assert f">{numbers.interval}<" in row.group()


def test_a_withheld_value_is_nowhere_on_the_page() -> None:
    text = render(survey(), words=Words())
    assert "withheld to protect people" in text
    for trace in (f"{SECRET:.4f}"[:5], "98,765", f"{SECRET * 100:.0f}", "12.34", "0.123"):
        assert trace not in text
    (row,) = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*water:sex=other.*?</tr>", text, flags=re.S)
    assert not re.search(r"<td[^>]*>[^a-z]*\d", row)


def test_states_are_said_in_words_and_not_by_colour_alone() -> None:
    text = render(survey(), words=Words())
    for state, word in (("fail", "Failed"), ("warn", "Warning"), ("pass", "Passed")):
        items = re.findall(rf'<li class="{state}">.*?</li>', text, flags=re.S)
        assert items
        assert all(word in item for item in items)
    assert "not assessed" in text.casefold()


def test_a_self_selected_sample_is_warned_about_beside_its_key_figures() -> None:
    text = render(survey(), words=Words())
    key = sections(text)[0]
    assert "selected themselves" in key
    assert "Between 41 and 47 in 100" in key
    assert "NOT inside the interval" in key
    assert "was not drawn at random" in text


def test_a_random_sample_is_not_called_self_selected() -> None:
    release = survey()
    text = render(replace(release, data=(replace(release.data[0], selection="probability"),)), words=Words())
    assert "selected themselves" not in text
    assert "drawn at random" in text


def test_weighting_that_made_a_question_worse_is_said_so() -> None:
    text = render(survey(), words=Words())
    # mean absolute errors by hand: food 9.5 -> 11.3, bank 22 -> 8, voted 11 -> 9, health 10/3 -> 8/3
    assert "moved the average error of the 4 checked questions from 11.46 to 7.74 points" in text
    assert "3 got better, 1 got worse" in text
    assert "off by 7.7 percentage points on average" in sections(text)[0]
    assert "Food help, yes: 23.3 % without weights, 25.1 % with weights, 13.8 % in the benchmark" in text


def test_a_question_nobody_answered_is_left_out_of_the_comparison() -> None:
    release = survey()
    nobody = replace(release.comparisons[0], item="Nobody", raw=float("nan"), weighted=float("nan"))
    text = render(replace(release, comparisons=(*release.comparisons, nobody)), words=Words())
    assert "the 4 checked questions from 11.46 to 7.74 points" in text
    assert not re.search(r"\bnan\b", text)


def test_the_first_page_names_what_blocks_a_use_and_the_next_step() -> None:
    parts = {re.search(r'id="([^"]+)"', part).group(1): part for part in sections(render(survey(), words=Words()))}  # type: ignore[union-attr]
    assert "Awareness, advocacy, early warning" in parts["fitness"]
    assert "Who is missing?" in parts["fitness"]
    assert FITNESS.next_step in parts["next"]


def test_a_release_without_weights_or_findings_has_no_such_sections() -> None:
    page = Page(render(sparse(), words=Words()))
    for name in ("weights", "findings", "truth", "evidence", "fitness"):
        assert name not in page.ids
    assert "figures" in page.ids


def test_words_explained_are_only_those_used() -> None:
    last = sections(render(litter(), words=Words()))[-1]
    assert "Woodruff" in last
    assert "Raking" not in last


def test_unreliable_figures_are_hollow_and_named() -> None:
    text = render(litter(), words=Words())
    assert "unreliable" in text
    assert re.search(r'<g class="mark-1"[^>]* fill="white"[^>]* stroke="#6f6a61"', text)
    solid = replace(
        litter(), estimates=EstimateTable(tuple(replace(one, status=Status.PUBLISHED) for one in litter().estimates))
    )
    assert "unreliable" not in render(solid, words=Words())


def test_hundreds_of_figures_stay_one_small_page_with_every_figure_in_a_table() -> None:
    release = litter(countries=480)
    started = time.process_time()
    text = render(release, words=Words())
    assert time.process_time() - started < 1.5
    assert len(text.encode()) < 1_500_000
    assert "The picture shows the 40 groups with most records; the table has all 480." in text
    for one in release.estimates:
        assert f'<code dir="ltr">{one.figure_id}</code>' in text


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_and_marks_stand_out_from_the_paper() -> None:
    style = re.search(r"<style>(.*?)</style>", render(survey(), words=Words()), flags=re.S).group(1)  # type: ignore[union-attr]
    named = dict(re.findall(r"--([a-z]+):\s*(#[0-9a-f]{6})", style))
    papers = [named["paper"], named["tint"], "#fff6ec"]
    inks = {named[name] for name in ("ink", "soft", "accent", "good", "warn", "bad")}
    inks |= set(re.findall(r"(?<![-\w])color:\s*(#[0-9a-f]{6})", style))
    assert len(inks) >= 7
    for ink in inks:
        for paper in papers:
            light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)
    for mark in set(re.findall(r"\.s\d\{fill:(#[0-9a-f]{6});stroke", style)) | {"#6f6a61"}:
        if mark != "#ffffff":
            assert 1.05 / (luminance(mark) + 0.05) >= 3, mark


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_report(sparse(), tmp_path / "release" / "report.html")
    assert [file.name for file in (tmp_path / "release").iterdir()] == ["report.html"]
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        write_report(sparse(), tmp_path / "blocked" / "report.html")


def test_the_same_release_gives_the_same_page() -> None:
    assert render(survey(), words=Words()) == render(survey(), words=speak("en"))
