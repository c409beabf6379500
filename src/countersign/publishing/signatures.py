"""Signatures: who signed a release and who dissents, as two blocks of every page and as a file for machines.

What a party signed must not change, so pages are signed with blocks that are empty; the pages in the release's
folder have the same blocks filled: who dissents at the head, who signed at the end (docs/bundle.md, "Pages beside the
bundle").
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from markupsafe import Markup

from countersign.catalogue import load
from countersign.model.signing import Standing
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import environment
from countersign.publishing.writing import write_whole

BEGIN, END = "<!-- signatures -->", "<!-- /signatures -->"
BLOCK = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
FILE = "signatures.json"
BRIEF = frozenset({"brief.html", "community.html"})
"""Pages of one sheet."""


def signature_block(standing: Standing, words: Words, *, head: str = "", brief: bool = False) -> str:
    """Return the block of a page that tells who signed, between its two comments.

    Parameters
    ----------
    head: the signed head of the log, printed as a QR code beside the digest; empty = none. brief: for a page of one
    sheet, without code, quorum and earlier positions.
    """
    roles, positions = load("signing_roles"), load("signing_positions")

    def title(listing: Any, name: str) -> str:
        entry = next((one for one in listing if one.id == name), None)
        return words.gettext(entry.title) if entry else name

    told = [
        {
            **asdict(one),
            "dissents": one in standing.dissents,
            "role": title(roles, one.role),
            "position": title(positions, one.position),
        }
        for one in standing.signatures
    ]
    present = {one.party for one in standing.signatures}
    lacking = {one.role: one.given for one in standing.lacking}
    view = {
        "brief": brief,
        "signed": told,
        "waiting": [
            {"name": party.name, "role": title(roles, party.role)}
            for name, party in sorted(standing.parties.items())
            if name not in present and standing.signatures
        ],
        "quorum": [
            {"role": title(roles, role), "needed": needed, "given": lacking.get(role, needed)}
            for role, needed in sorted(standing.quorum.items())
        ],
        "code": Markup(qr(f"{standing.digest}\n{head}")) if head else "",  # noqa: S704 - drawn by segno from our own text
        "digest": standing.digest,
    }
    return environment(words).get_template("parts/signatures.html").render(view).strip()


def dissent_block(standing: Standing, words: Words) -> str:
    """Return the block at the head of a page: who does not agree, and why; empty where nobody dissents."""
    return environment(words).get_template("parts/dissents.html").render({"dissents": standing.dissents}).strip()


def with_blocks(page: str, top: str, bottom: str) -> str:
    """Return a page with two blocks in the place of those it has; else one at each end of what it shows."""
    if len(BLOCK.findall(page)) > 1:
        blocks = iter((top, bottom))
        return BLOCK.sub(lambda _: next(blocks), page, count=2)
    opening = re.search(r"<main[^>]*>|<body[^>]*>(?![\s\S]*<main)", page)
    ending = "</main>" if "</main>" in page else "</body>"
    if opening is None or ending not in page:
        return page
    head, shown = page[: opening.end()], page[opening.end() :]
    before, after = shown.rsplit(ending, 1)
    return f"{head}\n{top}{before}{bottom}\n{ending}{after}"


def draw_blocks(pages: Iterable[Path], standing: Standing, *, head: str = "") -> None:
    """Fill the block of every page, in the page's own language.

    Raises
    ------
    StoreError: the disk refused; a page is either as it was or filled.
    """
    for path in pages:
        page = path.read_text(encoding="utf-8")
        language = re.search(r'<html[^>]*\slang="([A-Za-z0-9-]+)"', page)
        words = speak(language.group(1) if language else "en")
        block = signature_block(standing, words, head=head, brief=path.name in BRIEF)
        changed = with_blocks(page, dissent_block(standing, words), block)
        if changed != page:
            write_whole(path, changed)


def write_signatures(standing: Standing, path: Path) -> None:
    """Write who signed as JSON, for machines."""
    write_whole(path, json.dumps(asdict(standing), ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def qr(text: str, *, title: str = "QR code: digest and head of the log") -> str:
    """Return a text as a QR code, an SVG that a page can hold; the same text gives the same bytes.

    Parameters
    ----------
    title: what the code holds, for those who cannot see it.
    """
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=3, border=4, xmldecl=False, svgns=True, title=title,
        nl=False, dark="#000", light="#fff",
    )  # fmt: skip
    return out.getvalue().decode("utf-8")
