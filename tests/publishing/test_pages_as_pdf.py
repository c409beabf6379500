"""A page is also a tagged PDF: language, title, bookmarks, the same bytes from the same page."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest
from release_samples import litter, survey

from countersign.errors import ReleaseError
from countersign.publishing import brief, community
from countersign.publishing.language import Words
from countersign.publishing.pdf import to_pdf
from countersign.publishing.sentences import permit

pytest.importorskip("weasyprint", reason="WeasyPrint is the extra 'pdf'")


def inside(pdf: bytes) -> str:
    """Everything a PDF says, its streams unpacked."""
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.S):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            parts.append(stream)
    return b"\n".join(parts).decode("latin-1")


@pytest.fixture(scope="module")
def page() -> str:
    release = survey()
    sentences = tuple(replace(one, use="U4") for one in permit(release, Words()))
    return brief.render(replace(release, sentences=sentences), words=Words())


@pytest.fixture(scope="module")
def pdf(page: str) -> bytes:
    return to_pdf(page)


def test_it_says_that_it_is_tagged_pdf_ua_with_language_title_and_bookmarks(pdf: bytes) -> None:
    text = inside(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    assert '<rdf:Description rdf:about="" pdfuaid:part="1"' in text
    assert "/MarkInfo" in text
    assert "/StructTreeRoot" in text
    assert "/Lang (en)" in text
    assert "DisplayDocTitle true" in text
    assert "Policy brief:" in text
    assert "/Outlines" in text


def test_headings_tables_and_pictures_are_tagged_and_pictures_have_their_words(pdf: bytes) -> None:
    text = inside(pdf)
    for tag in ("/H1", "/H2", "/P", "/Figure"):
        assert re.search(rf"/S {tag}\b", text), tag


def test_the_same_page_gives_the_same_bytes_with_the_time_of_the_release(page: str, pdf: bytes) -> None:
    assert to_pdf(page) == pdf
    assert survey().made[:10] in inside(pdf) or survey().made[:10].replace("-", "") in inside(pdf)


def test_nothing_is_fetched() -> None:
    page = '<html lang="en"><title>t</title><body><img alt="" src="http://127.0.0.1:9/x.png"><p>words</p></body></html>'
    assert to_pdf(page).startswith(b"%PDF")


def test_an_arabic_page_says_its_language() -> None:
    page = community.render(litter(), words=Words(language="ar", asked="ar"))
    assert 'dir="rtl"' in page
    assert "/Lang (ar)" in inside(to_pdf(page))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ReleaseError, match=r"countersign\[pdf\]"):
        to_pdf("<p>")
