"""Accessible (H3): the report as a screen reader and a weak eye meet it, and the versions beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser

from countersign.catalogue import threshold
from countersign.model.finding import Finding, State
from countersign.model.process import Process
from countersign.quality.context import listed
from countersign.quality.findings import not_assessed

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
CONTRAST = re.compile(r"(?P<name>[\w-]+)\s*:\s*(?P<value>[^;]+)")


def accessible(html: str) -> Finding:
    """Return what automated checks find in a page; they find a part of the barriers, never all.

    Of WCAG 2.2: language of the page (3.1.1), its title (2.4.2), one first heading and no level left out (1.3.1), a
    name for every picture and drawing (1.1.1), header cells in every table (1.3.1), text in every link (2.4.4), and
    contrast of text and background of at least 4.5 to 1 (1.4.3).
    """
    page = _Page()
    page.feed(html)
    page.close()
    problems = dict(page.problems)
    weak = [pair for pair in contrasts(page.style) if pair[1] < threshold("contrast").good - 1e-9]
    if weak:
        problems["contrast"] = len(weak)
    told = [f"{WORDS[name]} ({count})" for name, count in problems.items()]
    message = (
        "Automated checks find no barrier in the report. Persons with disabilities should test it all the same."
        if not problems
        else f"Automated checks find barriers in the report: {listed(told, most=8)}."
    )
    return Finding(
        "H3",
        State.FAIL if problems else State.PASS,
        "report_accessible",
        message,
        value=float(sum(problems.values())),
        unit="barriers",
        count=sum(problems.values()),
        evidence={"barriers": problems, "weak_contrast": [selector for selector, _ in weak][:10]},
        threshold=threshold("contrast").record(),
        fix="Report this: the page is made by this program." if problems else "",
    )


def versions(process: Process) -> Finding:
    """H3: a version in plain language and a spoken one are stated."""
    said = {"plain language": process.plain_version, "audio": process.audio_version}
    there = [name for name, place in said.items() if place]
    missing = [name for name in said if name not in there]
    fix = "Add 'process: plain_version:' and 'audio_version:' once there are such versions."
    if not there:
        why = "The study names no version of the results in plain language and no spoken one."
        return not_assessed("H3", "accessible_versions", why, fix=fix)
    message = (
        f"There is a version in {listed(there)}." if not missing else f"There is {listed(there)}, no {missing[0]}."
    )
    state = State.WARN if missing else State.PASS
    return Finding("H3", state, "accessible_versions", message, count=len(missing), evidence={"there": there},
                   fix=fix if missing else "")  # fmt: skip


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours ``#rrggbb``, from 1 to 21 (WCAG 2.2, relative luminance).

    (L1 + 0.05) / (L2 + 0.05), L = 0.2126 R + 0.7152 G + 0.0722 B of the linear channels.
    """
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def contrasts(style: str) -> list[tuple[str, float]]:
    """Return the rules of a style that set a colour of text, each with its contrast to its background.

    The background is that of the same rule, else of the page. Colours that are no ``#hex``, alone or in a variable,
    are left out.
    """
    rules = [(selector.strip(), _declarations(body)) for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style)]
    variables: dict[str, str] = {}
    for _, body in rules:
        for name, value in body.items():
            if name.startswith("--"):
                variables.setdefault(name, value)
    page = next((_colour(body.get("background", ""), variables) for name, body in rules if name == "body"), "")
    found = []
    for selector, body in rules:
        text = _colour(body.get("color", ""), variables)
        if not text and "text" in selector:
            text = _colour(body.get("fill", ""), variables)
        behind = _colour(body.get("background", body.get("background-color", "")), variables) or page or "#ffffff"
        if text:
            found.append((selector, contrast(text, behind)))
    return found


WORDS: Mapping[str, str] = {
    "language": "no language stated",
    "title": "no title",
    "first heading": "not exactly one first heading",
    "heading order": "a level of headings left out",
    "picture name": "pictures without a name",
    "table headers": "tables without header cells",
    "link text": "links without text",
    "contrast": "text too pale",
}


def _declarations(body: str) -> dict[str, str]:
    return {match["name"]: match["value"].strip() for match in CONTRAST.finditer(body)}


def _colour(value: str, variables: Mapping[str, str]) -> str:
    named = re.search(r"var\((--[\w-]+)", value)
    value = variables.get(named[1], "") if named else value
    found = re.search(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b", value)
    if not found:
        return ""
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    return f"#{digits.lower()}"


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class _Page(HTMLParser):
    """Walks through a page and counts what a person who cannot see it would miss."""

    def __init__(self) -> None:
        super().__init__()
        self.style = ""
        self._open: list[str] = []
        self._language = self._title = False
        self._levels: list[int] = []
        self._links: list[bool] = []
        self._drawings: list[bool] = []
        self._tables: list[bool] = []
        self._unnamed = self._bare = self._silent = 0

    @property
    def problems(self) -> Iterator[tuple[str, int]]:
        skipped = sum(later - before > 1 for before, later in zip([0, *self._levels], self._levels, strict=False))
        found = {
            "language": not self._language,
            "title": not self._title,
            "first heading": self._levels.count(1) != 1,
            "heading order": skipped,
            "picture name": self._unnamed,
            "table headers": self._bare,
            "link text": self._silent,
        }
        yield from ((name, int(count)) for name, count in found.items() if count)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        hidden = given.get("aria-hidden") == "true" or given.get("role") == "presentation"
        named = bool(given.get("aria-label") or given.get("aria-labelledby"))
        if tag == "html":
            self._language = bool(given.get("lang"))
        elif re.fullmatch(r"h[1-6]", tag):
            self._levels.append(int(tag[1]))
        elif tag == "img":
            self._unnamed += "alt" not in given and not hidden and not named
            if self._links and given.get("alt"):
                self._links[-1] = True
        elif tag == "svg" and "svg" not in self._open:
            self._drawings.append(named or hidden)
        elif tag == "title" and "svg" in self._open and self._drawings:
            self._drawings[-1] = True
        elif tag == "table":
            self._tables.append(hidden)
        elif tag == "th" and self._tables:
            self._tables[-1] = True
        elif tag == "a":
            self._links.append(named or "href" not in given)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open and self._open.pop() != tag:
            pass
        if tag == "svg" and "svg" not in self._open and self._drawings:
            self._unnamed += not self._drawings.pop()
        elif tag == "table" and self._tables:
            self._bare += not self._tables.pop()
        elif tag == "a" and self._links:
            self._silent += not self._links.pop()

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        if self._open and self._open[-1] == "style":
            self.style += data
        elif self._open and self._open[-1] == "title" and "svg" not in self._open:
            self._title = True
        if self._links:
            self._links[-1] = True
