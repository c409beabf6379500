"""The policy brief says what may be written, refuses what is refused, and shows who is left behind."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from ranged_samples import ranged
from release_samples import SECRET, litter, survey

from countersign.model.estimate import EstimateTable, Status
from countersign.model.sentence import Refused, Sentence
from countersign.publishing import write_estimates
from countersign.publishing.brief import render
from countersign.publishing.language import Words
from countersign.publishing.sentences import permit
from countersign.quality.accessible import accessible

REFUSED = Sentence(
    "water", "water", "No figure may be written of this. These data cannot carry it.", "",
    refused=(
        Refused("prevalence", "44 % have water.", "Records of cases have no denominator.", "Say how many cases."),
    ),
)  # fmt: skip


def said(page: str) -> str:
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(text))


@pytest.mark.parametrize("make", [survey, ranged, litter])
def test_a_brief_is_accessible_and_asks_nothing_of_the_network(make) -> None:
    release = make()
    page = render(replace(release, sentences=permit(release, Words())), words=Words())
    assert accessible(page).count == 0
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_it_holds_the_sentence_that_may_be_written_and_what_must_stand_beside_it() -> None:
    release = ranged()
    release = replace(release, sentences=tuple(replace(one, use="U2") for one in permit(release, Words())))
    text = said(render(release, words=Words()))
    first = next(one for one in release.sentences if one.figure_id == "water")
    assert first.text in text.replace("\u00a0", " ")
    assert first.caveat in text.replace("\u00a0", " ")
    assert "The truth may lie anywhere between" in text
    assert "countersign verify" in text
    assert f"{SECRET:.1f}" not in text


def test_a_refused_claim_is_refused_with_its_reason_and_what_to_write_instead() -> None:
    release = survey()
    first = replace(release.estimates["water"].withheld(), status=Status.REFUSED)
    release = replace(release, sentences=(REFUSED,), estimates=EstimateTable((first, *release.estimates.estimates[1:])))
    text = said(render(release, words=Words()))
    assert "✕ No figure may be written of this." in text
    assert "May not be written: 44 % have water." in text
    assert "Records of cases have no denominator. Instead: Say how many cases." in text
    assert "Between 41 and 47" not in text


def test_without_a_judged_sentence_no_figure_is_told() -> None:
    text = said(render(replace(survey(), sentences=()), words=Words()))
    assert "Nobody has judged yet what may be written of it." in text
    assert "Between 41 and 47" not in text


def test_wild_texts_of_a_study_stay_text() -> None:
    page = render(replace(survey(title="<script>"), sentences=(replace(REFUSED, text="<img src=x>"),)), words=Words())
    assert "<script" not in page
    assert "<img" not in page


def test_what_is_only_for_those_who_collected_it_is_not_told_and_its_groups_are_not_drawn() -> None:
    release = ranged()
    for use, told in (("U0", False), ("U2", True)):
        page = render(
            replace(release, sentences=tuple(replace(one, use=use) for one in permit(release, Words()))), words=Words()
        )
        assert ('id="gap"' in page) is told
        assert ('class="answer refused"' in page) is not told
    assert "This is about those who took part, not about everybody." in page


def test_the_digest_is_that_of_the_file_of_figures_and_a_phone_reads_it_from_the_code(tmp_path) -> None:
    import segno

    release = ranged()
    write_estimates(release.estimates, tmp_path / "estimates.csv", limits=release.plan.limits)
    digest = hashlib.sha256((tmp_path / "estimates.csv").read_bytes()).hexdigest()
    page = render(release, words=Words())
    assert digest in said(page)
    assert "sha256sum estimates.csv" in said(page)
    code = segno.make(f"sha256 {digest} estimates.csv\ncountersign verify release/bundle.zip", error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", scale=3, border=4, xmldecl=False, nl=False)
    lines = re.findall(r' d="(M4 4.5[^"]*)"', out.getvalue().decode())
    assert len(lines) == 1
    assert lines[0] in page
    assert "<title>QR code: digest of the figures" in page


def test_without_the_file_of_figures_the_digest_of_the_trail_stands_there() -> None:
    release = ranged()
    page = render(replace(release, plan=replace(release.plan, publish=("brief",))), words=Words())
    assert "sha256sum" not in page
    assert "Digest of the figures (SHA-256)" in page
    nothing = render(replace(release, plan=replace(release.plan, publish=("brief",)), trail=()), words=Words())
    assert "QR code" not in nothing
    assert "countersign verify release/bundle.zip" in nothing
