"""Finding things without a script: an index by word, indicator, group and place; a script helps whoever has one."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from countersign.publishing.site.group_pages import groups_of
from countersign.publishing.site.layout import Layout
from countersign.publishing.site.views import StudyView

_WORD = re.compile(r"[^\W_]{2,}", re.UNICODE)
_TAKEN_TOGETHER = re.compile(r"[぀-ヿ㐀-鿿฀-๿]")
"""Scripts without spaces between words: there a label is one entry."""
SHORTEST = 3


@dataclass(frozen=True)
class Thing:
    """Something with a page: its label, what it is, and the path."""

    label: str
    kind: str
    path: str


def things(studies: Iterable[StudyView]) -> list[Thing]:
    """Return everything that has a page and a name: studies, indicators, groups and places."""
    found = []
    for study in studies:
        view = study.newest
        words = view.words
        found.append(Thing(view.study_title, words.gettext("study"), study.path))
        found += [
            Thing(view.labels.indicator(name), words.gettext("indicator"), view.indicator_path(name))
            for name in view.indicators
        ]
        kinds = {"people": words.gettext("group"), "place": words.gettext("place"), "time": words.gettext("time")}
        found += [Thing(one.title, kinds[one.kind], one.path) for one in groups_of(view)]
    return found


def by_word(found: Iterable[Thing]) -> list[tuple[str, list[tuple[str, list[Thing]]]]]:
    """Return first letter -> word -> things with that word, in the order of letters."""
    words: dict[str, dict[str, Thing]] = {}
    for one in found:
        label = one.label.casefold()
        parts = [label] if _TAKEN_TOGETHER.search(label) else [w for w in _WORD.findall(label) if _counts(w)]
        for word in parts or [label]:
            words.setdefault(word, {})[one.path] = one
    letters: dict[str, list[tuple[str, list[Thing]]]] = {}
    for word in sorted(words, key=lambda each: (_plain(each), each)):
        letters.setdefault(_letter(word), []).append((word, list(words[word].values())))
    return sorted(letters.items(), key=lambda pair: (not pair[0].isalpha(), pair[0]))


def write_search(layout: Layout, studies: list[StudyView]) -> None:
    """Write the index, the list that the script reads, and the script."""
    words = layout.words
    found = things(studies)
    letters = by_word(found)
    kinds: dict[str, list[Thing]] = {}
    for one in sorted(found, key=lambda each: (_plain(each.label), each.path)):
        kinds.setdefault(one.kind, []).append(one)
    several = len(studies) > 1
    titles = {study.newest.prefix: study.newest.study_title for study in studies}
    layout.page(
        "search/index.html",
        "search",
        title=words.gettext("Find a figure"),
        crumbs=[(words.gettext("Start"), "index.html"), (words.gettext("Find a figure"), "")],
        address=studies[0].study.address if not several else "",
        letters=letters,
        kinds=kinds,
        where=lambda one: next((t for p, t in titles.items() if several and p and one.path.startswith(p)), ""),
    )
    rows = [[one.label, one.kind, one.path] for one in found]
    for study in studies:
        view = study.newest
        figure = words.gettext("figure")
        rows += [[view.title(one), figure, view.paths[name]] for name, one in view.figures.items()]
    listed = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    layout.write("search/list.js", f"window.countersignList={listed};\n")


def _counts(word: str) -> bool:
    return len(word) >= SHORTEST or word.isdigit() or not word.isascii()


def _letter(word: str) -> str:
    first = _plain(word)[:1] or word[:1]
    return "0-9" if first.isdigit() else first.upper()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in folded if not unicodedata.combining(sign))
