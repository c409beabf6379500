"""Barriers in a page are found by automated checks, one by one; the report itself has none."""

from __future__ import annotations

import pytest

from countersign.model.finding import State
from countersign.model.process import Process
from countersign.quality.accessible import accessible, contrast, contrasts, versions

STYLE = ":root{--ink:#1d1c1a;--paper:#fff} body{background:var(--paper);color:var(--ink)}"
PAGE = (
    f"<html lang='en'><head><title>T</title><style>{STYLE}</style></head><body><h1>A</h1><h2>B</h2><h3>C</h3><h2>D</h2>"
    "<svg role='img'><title>Bars</title></svg><svg aria-hidden='true'></svg><img src='x' alt=''>"
    "<table><tr><th>a</th></tr></table><a href='#x'>read</a><a id='x'></a><br></body></html>"
)


def test_a_page_without_a_barrier_passes():
    finding = accessible(PAGE)
    assert (finding.state, finding.value, finding.evidence["barriers"]) == (State.PASS, 0, {})


@pytest.mark.parametrize(
    ("before", "after", "barrier"),
    [
        (" lang='en'", "", "language"),
        ("<title>T</title>", "<title> </title>", "title"),
        ("<h1>A</h1>", "<h1>A</h1><h1>A</h1>", "first heading"),
        ("<h2>B</h2>", "", "heading order"),
        ("<title>Bars</title>", "", "picture name"),
        (" alt=''", "", "picture name"),
        ("<th>a</th>", "<td>a</td>", "table headers"),
        (">read<", "><", "link text"),
        ("#1d1c1a", "#9a9a9a", "contrast"),
    ],
)
def test_each_barrier_is_found_once(before, after, barrier):
    assert before in PAGE
    finding = accessible(PAGE.replace(before, after, 1))
    assert finding.state is State.FAIL
    assert finding.evidence["barriers"] == {barrier: 1}


def test_contrast_is_that_of_the_formula():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    # WebAIM's well-known pair at the limit: #767676 on white is 4.54, #777777 is 4.48.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_a_rule_with_its_own_background_is_held_against_that():
    [(_, page), (name, own)] = contrasts("body{background:#fff;color:#000} .banner{background:#000;color:#222}")
    assert (name, round(page)) == (".banner", 21)
    assert own < 1.5


@pytest.mark.parametrize(
    ("plain", "audio", "state"),
    [
        ("", "", State.NOT_ASSESSED),
        ("a.html", "", State.WARN),
        ("", "a.mp3", State.WARN),
        ("a.html", "a.mp3", State.PASS),
    ],
)
def test_plain_and_spoken_versions_are_stated(plain, audio, state):
    assert versions(Process(plain_version=plain, audio_version=audio)).state is state
