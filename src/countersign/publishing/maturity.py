"""Maturity -> one page in plain words, and the empty form as YAML or XLSX; many organisations -> counts on one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from countersign.model.maturity import HEAD, LEVELS, PER_PART, Maturity, MaturitySummary, PartResult, SelfRating
from countersign.model.questionnaire import START
from countersign.publishing.charting import drawer
from countersign.publishing.charting.radar import Axis, RadarChart
from countersign.publishing.language import Words, speak
from countersign.publishing.pages import environment
from countersign.publishing.report import style
from countersign.publishing.workbook import Column, Sheet, save_workbook
from countersign.publishing.writing import write_whole


def write_maturity(found: Maturity, path: Path, *, language: str = "en") -> None:
    """Write the page of one organisation as one HTML file that needs nothing else.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    write_whole(path, render(found, words=speak(language)))


def write_summary(summary: MaturitySummary, path: Path, *, language: str = "en") -> None:
    """Write the page with the counts of many organisations; errors as `write_maturity`."""
    words = speak(language)
    write_whole(path, _page(words, {"summary": summary, "found": None, "levels": (*sorted(summary.levels), 0)}))


def render(found: Maturity, *, words: Words) -> str:
    """Return the page of one organisation as HTML text."""
    _ = words.gettext
    unknown = _("not answered")
    told = [f"{part.title}: {part.level if part.level is not None else unknown}" for part in found.parts]
    chart = RadarChart(
        title=_("Level of each part, from 1 to 4"),
        description="; ".join(told),
        axes=tuple(Axis(part.title, part.level) for part in found.parts),
        highest=found.highest,
        rings=tuple(str(number) for number in range(1, found.highest + 1)),
        missing=unknown,
    )
    draw = drawer(words)
    pictures = (draw(chart, number="radar"), draw(chart, narrow=True, number="radar-n"))
    return _page(words, {"found": found, "summary": None, "pictures": pictures})


def write_form(path: Path, *, words: Words, parts: Sequence[tuple[PartResult, Sequence[PartResult]]]) -> None:
    """Write the empty form; the ending of the path says in which format: ``.xlsx``, ``.yaml`` or ``.yml``.

    Parameters
    ----------
    parts: each part, with all its levels.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    _ = words.gettext
    notes = (
        _("How far is our organisation?"),
        _("Choose for each part the level that fits best. It is not an exam: every level leads to a next step."),
        _("Fill it in together: people who collect, people who lead, people of the community."),
    )
    about = {
        "organisation": _("The name of the organisation, or nothing"),
        "date": _("The day, year-month-day, such as 2026-03-01"),
        "language": _("The language of your comments, such as en, fr or sw"),
    }
    if path.suffix.lower() != ".xlsx":
        lines = [f"# {note}" for note in notes]
        lines += ["maturity: 1", *(f"{key}:" for key in HEAD), "answers:"]
        for part, levels in parts:
            lines += ["", f"  # {part.title}: {part.question}"]
            lines += [f"  #   {one.level} {one.level_title}: {one.says}" for one in levels]
            lines += [f"  - part: {part.id}", "    level:", "    comment:"]
        write_whole(path, "\n".join(lines) + "\n")
        return
    start = Sheet(
        START,
        (Column("", 20), Column("", 34), Column("", 70)),
        notes=notes,
        rows=tuple((key, "", about[key]) for key in HEAD),
        open_columns=(1,),
    )
    sheet = Sheet(
        LEVELS,
        (
            Column("part", 16),
            Column(_("The question"), 40),
            Column(_("The levels"), 70),
            Column("level", 12, open=True),
            Column("comment", 40, open=True),
        ),
        rows=tuple(
            (
                part.id,
                f"{part.title}\n{part.question}",
                "\n".join(f"{one.level} {one.level_title}: {one.says}" for one in levels),
                "",
                "",
            )
            for part, levels in parts
        ),
        choices={(row, 3): tuple(str(one.level) for one in levels) for row, (_part, levels) in enumerate(parts)},
        header=True,
        frozen=1,
    )
    save_workbook(path, (start, sheet))


def write_rating(rating: SelfRating, path: Path) -> None:
    """Write what an organisation said of itself as YAML, to be read back and compared after a year.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    head = {"organisation": rating.organisation, "date": rating.date, "language": rating.language}
    lines = ["maturity: 1", *(f"{key}: {_text(head[key])}" for key in HEAD), "answers:"]
    for part in dict.fromkeys((*rating.levels, *rating.comments)):
        said = {"part": part, "level": str(rating.levels.get(part, "")), "comment": rating.comments.get(part, "")}
        lines += [f"{'    ' if place else '  - '}{key}: {_text(said[key])}" for place, key in enumerate(PER_PART)]
    write_whole(path, "\n".join(lines) + "\n")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


def _page(words: Words, view: dict[str, Any]) -> str:
    own = (files("countersign.publishing") / "templates" / "maturity.css").read_text(encoding="utf-8")
    page = environment(words).get_template("maturity.html")
    return page.render({**view, "words": words, "style": f"{style()}\n{own}"})
