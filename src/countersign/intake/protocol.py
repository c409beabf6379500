"""Protocol: a text file, web page or Word document -> its headings, which say what it speaks of."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from countersign.errors import DataError

TEXT = (".md", ".markdown", ".txt", ".rst", "")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LONGEST = 100  # letters; a longer line is a sentence, not a heading
LARGEST = 50_000_000  # bytes of a document once unpacked


def read_headings(path: Path, *, where: str = "") -> tuple[str, ...]:
    """Return the headings of a protocol, in order.

    Markdown and plain text: lines that begin with ``#`` or a number such as ``2.1``, lines underlined with ``=`` or
    ``-``, and short lines in capitals. HTML: h1 to h6. Word (.docx): paragraphs in a style called Heading or Title.

    Raises
    ------
    DataError: a format whose headings cannot be read, such as PDF, or a broken file.
    """
    kind = path.suffix.lower()
    try:
        if kind in TEXT:
            return _of_text(path.read_text(encoding="utf-8-sig"))
        if kind in (".html", ".htm"):
            return _of_html(path.read_text(encoding="utf-8-sig"))
        if kind == ".docx":
            return _of_word(path)
    except (UnicodeDecodeError, zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise DataError(
            f"The protocol '{path.name}' cannot be read.",
            where=where,
            expected="text in UTF-8, HTML or a Word document (.docx)",
            action="save it again, or name its sections under 'process: protocol: sections:'",
        ) from error
    raise DataError(
        f"The headings of a {kind} file cannot be read.",
        where=where,
        expected="text (.md, .txt), HTML or a Word document (.docx)",
        action="name its sections under 'process: protocol: sections:' and take 'file' out",
    )


def _of_text(text: str) -> tuple[str, ...]:
    lines = text.splitlines()
    found = []
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        bare = line.strip()
        underlined = bool(re.fullmatch(r"(=|-|~){3,}", below.strip())) and len(bare) > 2
        numbered = bool(re.match(r"\d+(\.\d+)*[.)]?\s+\S", bare)) and not bare.endswith((".", ";", ","))
        capitals = bare.isupper() and len(bare) > 3
        if bare and len(bare) <= LONGEST and (bare.startswith("#") or underlined or numbered or capitals):
            found.append(bare.lstrip("#").strip())
    return tuple(heading for heading in found if heading)


class _Headings(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def _of_html(text: str) -> tuple[str, ...]:
    parser = _Headings()
    parser.feed(text)
    return tuple(" ".join(heading.split()) for heading in parser.found if heading.strip())


def _of_word(path: Path) -> tuple[str, ...]:
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("word/document.xml").file_size > LARGEST:
            raise KeyError("too large")
        data = archive.read("word/document.xml")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # no Word document has them; they only serve to blow up a parser
        raise KeyError("document type")
    found = []
    for paragraph in ElementTree.fromstring(data).iter(f"{WORD}p"):  # noqa: S314 - entities are refused above
        style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
        name = "" if style is None else style.get(f"{WORD}val", "")
        if name.casefold().startswith(("heading", "title", "titre", "berschrift", "überschrift")):
            found.append("".join(part.text or "" for part in paragraph.iter(f"{WORD}t")).strip())
    return tuple(heading for heading in found if heading)
