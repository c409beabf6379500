"""A release that was altered on the way, or would be by our own page, is refused: never a defect, never half a page."""

from __future__ import annotations

import json
import shutil

import pytest
from small_study import countersign, write_study


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rounds")
    for name in ("old", "new"):
        assert countersign("run", write_study(folder / name)).exit_code == 0
    return folder


ALTERED = {
    "a column is gone": (lambda lines: [lines[0].replace("figure_id", "figure"), *lines[1:]], "line 1", "'figure_id'"),
    "the header is gone": (lambda lines: lines[1:], "line 1", "is missing"),
    "a cell too few": (lambda lines: [*lines[:2], lines[2].rsplit(",", 1)[0]], "line 3", "cells of the header"),
    "a cell too many": (lambda lines: [*lines[:2], lines[2] + ",x"], "line 3", "cells of the header"),
    "a figure twice": (lambda lines: [*lines, lines[1]], "stands twice", "'piped'"),
    "a word as value": (
        lambda lines: [lines[0], lines[1].replace(",0.", ",about 0.", 1), *lines[2:]],
        "line 2",
        "no number",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_figures_that_were_altered_are_refused_with_their_line(name, rounds, tmp_path):
    change, where, says = ALTERED[name]
    altered = tmp_path / "altered"
    shutil.copytree(rounds / "old" / "release", altered)
    file = altered / "estimates.csv"
    file.write_text("\n".join(change(file.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    page = tmp_path / "page.html"
    for words in (["compare", altered, rounds / "new" / "release", "--out", page], ["retrace", altered]):
        result = countersign(*words)
        assert result.exit_code == 2, result.output
        assert where in result.output
        assert says in result.output
    assert not page.exists()


@pytest.mark.parametrize("text", [b"\x00\xff\xfe", b""])
def test_what_is_no_text_is_refused(text, rounds, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(rounds / "old" / "release", altered)
    (altered / "estimates.csv").write_bytes(text)
    for words in (["compare", altered, rounds / "new" / "release"], ["retrace", altered]):
        assert countersign(*words).exit_code == 2


def test_findings_without_their_words_are_refused(rounds, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(rounds / "old" / "release", altered)
    (altered / "assessment.json").write_text(json.dumps([{"state": "pass"}]), encoding="utf-8")
    result = countersign("compare", altered, rounds / "new" / "release", "--out", tmp_path / "page.html")
    assert result.exit_code == 2
    assert "assessment.json" in result.output


def test_the_page_never_replaces_a_file_of_a_release(rounds):
    old, new = rounds / "old" / "release", rounds / "new" / "release"
    for release in (old, new):
        before = (release / "estimates.csv").read_bytes()
        result = countersign("compare", old, new, "--out", release / "estimates.csv")
        assert result.exit_code == 2
        assert "inside a release" in result.output
        assert (release / "estimates.csv").read_bytes() == before
    assert countersign("compare", old, new, "--out", rounds / "page.html").exit_code == 0
