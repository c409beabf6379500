"""Ten people or places in a row: how many of ten, how many perhaps, as a picture with words for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from countersign.publishing.language import Words

TEN = 10
STEP = 34
HEIGHT = 64


@dataclass(frozen=True)
class OfTen:
    """How many of ten: `sure` of them at least, up to `most`; and the words for the picture."""

    sure: int
    most: int
    said: str


def of_ten(lower: float, upper: float, words: Words, *, people: bool = True) -> OfTen:
    """Return the picture of a share that lies between `lower` and `upper` (0 to 1), rounded outwards to tenths.

    Parameters
    ----------
    people: whether the ten are people; else places or things.
    """
    sure = max(0, math.floor(lower * TEN + 1e-9))
    most = min(TEN, math.ceil(upper * TEN - 1e-9))
    return OfTen(sure, most, _said(sure, most, words, people=people))


def about_ten(share: float, words: Words, *, people: bool = True) -> OfTen:
    """Return the picture of one share (0 to 1) that is counted and not guessed, rounded to the nearest tenth."""
    near = min(TEN, max(0, math.floor(share * TEN + 0.5)))
    return OfTen(near, near, _said(near, near, words, people=people))


def _said(sure: int, most: int, words: Words, *, people: bool) -> str:
    if sure == most:
        text = words.gettext("About {n} of 10 people") if people else words.gettext("About {n} of 10")
        return text.format(n=sure)
    text = words.gettext("{low} to {high} of 10 people") if people else words.gettext("{low} to {high} of 10")
    return text.format(low=sure, high=most)


def draw(one: OfTen, *, number: str, people: bool = True, mirrored: bool = False) -> Markup:
    """Return the picture as SVG: filled, perhaps (half-filled) and empty ones differ in shape, not in colour alone.

    Parameters
    ----------
    number: makes the id of the title unique on the page. mirrored: from right to left.
    """
    marks = []
    for place in range(TEN):
        kind = "sure" if place < one.sure else "perhaps" if place < one.most else "none"
        at = (TEN - 1 - place if mirrored else place) * STEP
        marks.append(_person(at, kind) if people else _thing(at, kind))
    return Markup(
        '<svg class="ten" viewBox="0 0 {width} {height}" role="img" aria-labelledby="ten-{number}">'
        '<title id="ten-{number}">{said}</title>{marks}</svg>'
    ).format(width=TEN * STEP, height=HEIGHT, number=number, said=one.said, marks=Markup("").join(marks))


def _person(at: int, kind: str) -> Markup:
    body = Markup('<circle cx="{x}" cy="12" r="8"/><path d="M{a} 60V34q0-10 10-10h6q10 0 10 10v26z"/>').format(
        x=at + 17, a=at + 4
    )
    return _mark(body, at, kind)


def _thing(at: int, kind: str) -> Markup:
    return _mark(Markup('<circle cx="{x}" cy="32" r="13"/>').format(x=at + 17), at, kind)


def _mark(body: Markup, at: int, kind: str) -> Markup:
    asked = (
        Markup(
            '<text x="{x}" y="51" text-anchor="middle" font-family="Noto Sans, Liberation Sans, Arial, sans-serif" '
            'font-size="17" font-weight="700" stroke="none" fill="#1d1c1a">?</text>'
        ).format(x=at + 17)
        if kind == "perhaps"
        else Markup("")
    )
    # The look stands in the drawing itself: what prints a page does not bring its style into a drawing.
    return Markup('<g class="{kind}" stroke="{edge}" stroke-width="2" fill="{fill}"{dash}>{body}{asked}</g>').format(
        kind=kind,
        edge="#6f6a61" if kind == "none" else "#14506b",
        fill={"sure": "#14506b", "perhaps": "#d4e3ea"}.get(kind, "#ffffff"),
        dash=Markup(' stroke-dasharray="4 2"') if kind == "perhaps" else "",
        body=body,
        asked=asked,
    )
