"""How to cite a release or a figure: as text, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from countersign.model.address import figure_address, readable
from countersign.model.estimate import Estimate
from countersign.publishing.site.layout import web
from countersign.publishing.site.views import ReleaseView

_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


@dataclass(frozen=True)
class Citation:
    """The same citation in three forms."""

    text: str
    bibtex: str
    csl: str


def cite(view: ReleaseView, one: Estimate | None = None) -> Citation:
    """Return how to cite a release, or one figure of it.

    A figure is named by its id, its release and the beginning of the digest of the figures, so that it can be found and
    checked wherever the files lie.
    """
    release, words = view.release, view.words
    author = release.plan.initiative.organiser or release.plan.record.publisher or view.study_title
    year = release.made[:4]
    title = view.study_title if one is None else f"{view.title(one)}. {view.study_title}"
    base = release.plan.calendar.address
    if one is None:
        url = web(base, f"{release.vintage}/index.html") if base else ""
    else:
        url = figure_address(base, release.vintage, one.figure_id)
    note = words.gettext("Release {vintage}").format(vintage=release.vintage)
    if one is not None:
        note += ", " + words.gettext("figure {id}").format(id=one.figure_id)
    if release.digest:
        note += f", SHA-256 {release.digest[:16]}"
    made_up = words.gettext("Synthetic data: made up.") if view.synthetic else ""
    text = " ".join(filter(None, [f"{author} ({year}).", f"{title.rstrip('.')}.", f"{note}.", made_up, url]))
    key = readable(f"{author[:24]} {year} {release.vintage} {one.figure_id if one else ''}")
    return Citation(
        text, _bibtex(key, author, title, year, note, url, made_up), _csl(key, view, author, title, url, one)
    )


def _bibtex(key: str, author: str, title: str, year: str, note: str, url: str, made_up: str) -> str:
    fields = {"author": f"{{{_tex(author)}}}", "title": f"{{{_tex(title)}}}", "year": year}
    fields |= {"note": _tex(f"{note}. {made_up}".strip()), "url": url}
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _csl(key: str, view: ReleaseView, author: str, title: str, url: str, one: Estimate | None) -> str:
    release = view.release
    parts = [int(part) for part in re.findall(r"\d+", release.made[:10])]
    body: dict[str, Any] = {
        "id": key,
        "type": "dataset",
        "title": title,
        "author": [{"literal": author}],
        "issued": {"date-parts": [parts]},
        "version": release.vintage,
        "genre": view.words.gettext("Statistical figures"),
    }
    if one is not None:
        body["number"] = one.figure_id
    if url:
        body["URL"] = url
    return json.dumps([body], ensure_ascii=False, indent=2)


def _tex(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in text)
