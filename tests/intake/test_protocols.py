"""The headings of a protocol are read from text, web pages and Word documents, and other formats are refused."""

from __future__ import annotations

import zipfile

import pytest

from countersign.errors import DataError
from countersign.intake import read_headings


def test_headings_of_a_text(tmp_path):
    file = tmp_path / "p.md"
    file.write_text(
        "# Purpose\nWe count.\n\nSampling\n--------\n1. Training of volunteers\n2. Then they go, and count.\nSAFETY\n"
    )
    assert read_headings(file) == ("Purpose", "Sampling", "1. Training of volunteers", "SAFETY")


def test_headings_of_a_page(tmp_path):
    file = tmp_path / "p.html"
    file.write_text("<h1>Aim</h1><p>text</p><h3>Data <b>checks</b></h3>")
    assert read_headings(file) == ("Aim", "Data checks")


def word(folder, body):
    file = folder / "p.docx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", body)
    return file


def test_headings_of_a_word_document(tmp_path):
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = (
        f'<w:document {space}><w:body><w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Con</w:t></w:r>'
        f"<w:r><w:t>sent</w:t></w:r></w:p><w:p><w:r><w:t>text</w:t></w:r></w:p></w:body></w:document>"
    )
    assert read_headings(word(tmp_path, body)) == ("Consent",)


@pytest.mark.parametrize("body", ["<w", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'])
def test_a_broken_or_booby_trapped_word_document_is_refused(tmp_path, body):
    with pytest.raises(DataError, match="cannot be read"):
        read_headings(word(tmp_path, body))


def test_a_pdf_is_refused_with_a_way_out(tmp_path):
    file = tmp_path / "p.pdf"
    file.write_bytes(b"%PDF")
    with pytest.raises(DataError, match="sections"):
        read_headings(file, where="study.yaml, line 3")
