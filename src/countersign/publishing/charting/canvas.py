"""What all specifications share: size, font, colours, texts at a place, marks on one axis; mirrored where needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from countersign.publishing.language import Words

Anchor = Literal["start", "middle", "end"]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "Noto Sans, Liberation Sans, Arial, sans-serif"
WIDE, NARROW = 720.0, 360.0
MARGIN = 8.0
TEXT, SMALL = 12.5, 11.5
INK, SOFT, FAINT = "#1d1c1a", "#55524c", "#6f6a61"
GRID, ZERO = "#e6e2da", "#a39d91"
MAIN, SECOND, THIRD = "#14506b", "#a85f00", "#1d1c1a"
PALER, PALE, PALE_EDGE = "#e9f0f4", "#cfdfe7", "#6c8b9a"
OUTSIDE = "#7a2e00"


@dataclass(frozen=True)
class Form:
    """How a chart is drawn: wide or narrow, and in which language (its numbers, its direction)."""

    narrow: bool = False
    words: Words = field(default_factory=Words)

    @property
    def mirrored(self) -> bool:
        """Whether the chart runs from right to left."""
        return self.words.direction == "rtl"

    @property
    def width(self) -> float:
        """Units across."""
        return NARROW if self.narrow else WIDE


class Canvas:
    """Gathers marks by layer and returns the specification.

    Places across are given in units from the side where reading starts, or as values of the axis; places down in units
    from the top. The axis lies between `left` and `right`.
    """

    def __init__(self, form: Form, *, left: float, right: float, low: float = 0.0, high: float = 1.0) -> None:
        self.form, self.left, self.right = form, left, right
        self.low, self.high = low, high
        self._layers: dict[tuple[str, str], tuple[dict[str, Any], list[dict[str, Any]]]] = {}

    def text(
        self, name: str, across: float, down: float, text: str, *, anchor: Anchor = "start", strong: bool = False,
        size: float = TEXT, colour: str = INK, most: float = 0.0,
    ) -> None:  # fmt: skip
        """Write a text at a place in units; `most`: units it may take, cut with an ellipsis beyond."""
        if not text:
            return
        sides = {"start": "left", "middle": "center", "end": "right"}
        if self.form.mirrored:
            sides = {"start": "right", "middle": "center", "end": "left"}
        style: dict[str, Any] = {"align": sides[anchor], "fontSize": size, "color": colour}
        if strong:
            style["fontWeight"] = 600
        if most:
            style["limit"] = round(most)
        self._put(name, "text", style, {"p": self._unit(across), "y": down, "t": text})

    def value_text(self, name: str, value: float, down: float, text: str, **style: Any) -> None:
        """Write a text in the middle above or below a value of the axis."""
        self.text(name, self.place(value), down, text, **style)

    def rule(self, name: str, start: float, end: float, down: float, **style: Any) -> None:
        """Draw a line between two values of the axis."""
        self._put(name, "rule", style, {"x": start, "x2": end, "y": down, "y2": down})

    def upright(self, name: str, value: float, top: float, bottom: float, **style: Any) -> None:
        """Draw an upright line at a value of the axis."""
        self._put(name, "rule", style, {"x": value, "x2": value, "y": top, "y2": bottom})

    def slope(self, name: str, start: tuple[float, float], end: tuple[float, float], **style: Any) -> None:
        """Draw a line between two points, each a value of the axis and a place down."""
        self._put(name, "rule", style, {"x": start[0], "x2": end[0], "y": start[1], "y2": end[1]})

    def bar(self, name: str, start: float, end: float, top: float, bottom: float, **style: Any) -> None:
        """Draw a bar between two values of the axis."""
        self._put(name, "rect", style, {"x": start, "x2": end, "y": top, "y2": bottom})

    def point(
        self, name: str, value: float, down: float, *, shape: str = "circle", size: float = 80, **style: Any
    ) -> None:
        """Draw a mark at a value of the axis."""
        self._put(name, "point", {"shape": shape, "size": size, "opacity": 1, **style}, {"x": value, "y": down})

    def place(self, value: float) -> float:
        """Return the place of a value in units from the side where reading starts."""
        return self.left + (self.right - self.left) * (value - self.low) / (self.high - self.low)

    def value(self, across: float) -> float:
        """Return the value of the axis at a place in units."""
        return self.low + (self.high - self.low) * (across - self.left) / (self.right - self.left)

    def specification(self, height: float) -> dict[str, Any]:
        """Return the Vega-Lite specification."""
        before, after = self.left, self.form.width - self.right
        if self.form.mirrored:
            before, after = after, before
        return frame(
            self.form,
            width=self.right - self.left,
            height=height,
            padding={"left": before, "right": after, "top": 0, "bottom": 0},
            layer=self.layers(),
        )

    def layers(self) -> list[dict[str, Any]]:
        """Return the marks layer by layer, in the order in which they were first drawn, each with a name of its own."""
        made = []
        for place, ((name, _), (mark, rows)) in enumerate(self._layers.items(), start=1):
            made.append(self._layer(f"{name}_{place}", mark, rows))
        return made

    def _unit(self, across: float) -> float:
        """Units from the left edge of the axis, as the drawing counts them."""
        if self.form.mirrored:
            return round(self.form.width - across - (self.form.width - self.right), 1)
        return round(across - self.left, 1)

    def _put(self, name: str, kind: str, style: Mapping[str, Any], datum: dict[str, Any]) -> None:
        mark = {"type": kind, **style}
        key = (name, repr(sorted(mark.items())))
        self._layers.setdefault(key, (mark, []))[1].append(datum)

    def _layer(self, name: str, mark: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
        down = {"type": "quantitative", "scale": None, "axis": None}
        encoding: dict[str, Any] = {"y": {"field": "y", **down}}
        if "y2" in rows[0]:
            encoding["y2"] = {"field": "y2"}
        if mark["type"] == "text":
            encoding["x"] = {"field": "p", "type": "quantitative", "scale": None, "axis": None}
            encoding["text"] = {"field": "t", "type": "nominal"}
        else:
            scale = {"domain": [self.low, self.high], "nice": False, "zero": False}
            if self.form.mirrored:
                scale["reverse"] = True
            encoding["x"] = {"field": "x", "type": "quantitative", "scale": scale, "axis": None}
            if "x2" in rows[0]:
                encoding["x2"] = {"field": "x2"}
        return {"name": name, "data": {"values": rows}, "mark": mark, "encoding": encoding}


def frame(form: Form, *, width: float, height: float, padding: Mapping[str, float], **content: Any) -> dict[str, Any]:
    """Return a specification of a size, with the font and without decoration."""
    return {
        "$schema": SCHEMA,
        "width": round(width, 1),
        "height": round(height, 1),
        "autosize": {"type": "none"},
        "padding": {side: round(size, 1) for side, size in padding.items()},
        "background": None,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "text": {"fontSize": TEXT, "color": INK, "baseline": "middle"},
            "rule": {"color": MAIN},
        },
        **content,
    }
