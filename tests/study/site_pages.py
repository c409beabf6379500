"""Reading a site as a stranger would: its pages, their links, ids and headings."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path",
        "circle", "rect", "line"}  # fmt: skip


class Page(HTMLParser):
    """Collects what can be wrong with a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.levels: list[int] = []
        self.landmarks: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"left open: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self.wrong.append(f"an attribute stands twice on <{tag}>")
        for name in given:
            if name.startswith("on") or name == "style":
                self.wrong.append(f"attribute {name}")
        for name in ("href", "src", "action", "data", "poster", "srcset"):
            if given.get(name) is not None:
                self.links.append((tag, name, given[name] or ""))
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))
        if tag in ("main", "header", "footer", "nav"):
            self.landmarks.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1:]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & {*self.open[-1:]}:
            self.text += f" {data}"


def pages(site: Path) -> Iterator[tuple[Path, Page]]:
    """Yield every page of the site itself; those of releases that were copied are apart."""
    for path in sorted(site.rglob("*.html")):
        if "release" not in path.relative_to(site).parts[:-1]:
            yield path, Page(path.read_text(encoding="utf-8"))


def broken(site: Path, *, allowed: tuple[str, ...] = ()) -> list[str]:
    """Return every link that leads nowhere, and everything that is asked for from outside."""
    found = []
    ids = {path: set(page.ids) for path, page in pages(site)}
    for path, page in pages(site):
        for tag, name, target in page.links:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target.startswith("/"):
                canonical = tag in ("a", "link") and name == "href" and target.startswith(allowed) if allowed else False
                if not canonical:
                    found.append(f"{path.relative_to(site)}: outside {target}")
                continue
            place = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            if not place.is_file():
                found.append(f"{path.relative_to(site)}: nowhere {target}")
            elif parts.fragment and parts.fragment not in ids.get(place, ids.get(path, set())):
                found.append(f"{path.relative_to(site)}: no place {target}")
    return found
