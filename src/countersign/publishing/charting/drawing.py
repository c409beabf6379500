"""Specification -> SVG with its words, through one converter that is started when the first chart is drawn.

The converter needs no network. Starting it costs 0.7 s of CPU, each drawing 0.05 s; a drawing is kept by the digest of
its specification, for a page is often made twice.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from markupsafe import Markup, escape

from countersign.publishing.charting import areas, bars, dots, flow, radar, trend
from countersign.publishing.charting.canvas import FONT, Form
from countersign.publishing.language import Words

VEGA_LITE = "5.21"
KEPT = 1024  # drawings: far more than one page has

_SPECIFICATIONS: dict[type, Callable[[Any, Form], dict[str, Any]]] = {
    dots.DotChart: dots.specification,
    bars.BarChart: bars.specification,
    flow.FlowChart: flow.specification,
    radar.RadarChart: radar.specification,
    trend.TrendChart: trend.specification,
    areas.AreaMap: areas.specification,
}


class Chart(Protocol):
    """What every chart has: its alternative text."""

    @property
    def title(self) -> str:
        """What is drawn."""

    @property
    def description(self) -> str:
        """Its message in words."""


class Drawer(Protocol):
    """Draws charts in one language."""

    def __call__(self, chart: Chart, *, narrow: bool = False, number: str = "chart") -> Markup:
        """Return the chart as ``<svg>``; `number` makes its ids unique on the page."""


def drawer(words: Words) -> Drawer:
    """Return what draws charts in the language of `words`, mirrored where it runs from right to left."""

    def draw(chart: Chart, *, narrow: bool = False, number: str = "chart") -> Markup:
        form = Form(narrow, words)
        return svg(specification(chart, form), chart, form, number=number)

    return draw


def specification(chart: Chart, form: Form) -> dict[str, Any]:
    """Return the Vega-Lite specification of any chart."""
    return _SPECIFICATIONS[type(chart)](chart, form)


def svg(made: dict[str, Any], chart: Chart, form: Form, *, number: str) -> Markup:
    """Return a specification as one ``<svg>`` with title and description for those who cannot see it."""
    size, body = _drawn(json.dumps(made, ensure_ascii=False, sort_keys=True))
    kind = "narrow" if form.narrow else "wide"
    return Markup(  # noqa: S704 - the body comes from the converter, which escapes every text
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" class="plot {kind}" role="img" direction="ltr" '
        f'lang="{escape(form.words.language)}" aria-labelledby="{escape(number)}-t {escape(number)}-d">'
        f'<title id="{escape(number)}-t">{escape(chart.title)}</title>'
        f'<desc id="{escape(number)}-d">{escape(chart.description)}</desc>{body}</svg>'
    )


@functools.lru_cache(maxsize=KEPT)
def _drawn(specification: str) -> tuple[str, str]:
    """Return the size of a drawing and what stands between its ``<svg>`` tags, without what a page does not need."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE)
    head = re.match(r'<svg[^>]*viewBox="([^"]*)"[^>]*>', drawn)
    assert head is not None
    return head[1], _bare(drawn[head.end() : -len("</svg>")])


_SAID_ELSEWHERE = re.compile(r' (?:aria-[a-z]+|role|pointer-events|font-family)="[^"]*"')
_PLAIN = re.compile(r' (?:opacity="1"|stroke-miterlimit="10"|fill-opacity="1")')
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*/>|<g>\s*</g>')
_MARK = re.compile(r'class="mark-[a-z]+ role-mark ([a-zA-Z0-9_-]+?)_a?[0-9]+_marks"')
_TAG = re.compile(r"<[^>]+>")
_LONG = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
_GROUP = re.compile(r'<g class="mark-group[^"]*"[^>]*>')
_LEAF = re.compile(r'<g class="([^"]+)">((?:(?!<g[ >]|</g>).)+)</g>')
_STYLE = re.compile(r' (?:text-anchor|font-[a-z]+|fill|stroke|stroke-[a-z]+)="[^"]*"')


def _hoisted(name: str, marks: str) -> str:
    """Say once, at the group, what all of its marks have in common."""
    heads = [set(_STYLE.findall(tag)) for tag in _TAG.findall(marks) if not tag.startswith("</")]
    common = sorted(set.intersection(*heads)) if heads else []
    for style in common:
        marks = _TAG.sub(lambda tag, style=style: tag[0].replace(style, "", 1), marks)  # type: ignore[misc]
    return f'<g class="{name}"{"".join(common)}>{marks}</g>'


def _bare(body: str) -> str:
    """Keep what is seen: the title of the whole drawing says what single marks would."""
    for pattern in (_SAID_ELSEWHERE, _PLAIN, _EMPTY):
        body = pattern.sub("", body)
    # A tenth of a unit is finer than any printer, and says no more of a figure than its words do.
    body = _TAG.sub(lambda tag: _LONG.sub(lambda long: f"{float(long[0]):.1f}".replace("-0.0", "0.0"), tag[0]), body)
    body = _MARK.sub(lambda found: f'class="{found[1].replace("_", "-")}"', body)
    body = _GROUP.sub("<g>", body)
    body = _LEAF.sub(lambda found: _hoisted(found[1], found[2]), body)
    return f'<g font-family="{FONT}">{body}</g>'
