"""Microdata risk -> one page in plain words, with pictures: which question does it, how much it takes to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from countersign.model.foreseen_risk import ForeseenRisk
from countersign.model.microdata_risk import MicrodataRisk, SpecialUniques
from countersign.publishing.charting import DotChart, Line, Mark, Row, drawer
from countersign.publishing.language import speak
from countersign.publishing.pages import Numbers, environment
from countersign.publishing.report import style
from countersign.publishing.writing import write_whole

MOST_CHANGES = 12  # changes of questions in the picture


def write_risk(
    path: Path,
    *,
    sentences: Sequence[str],
    risk: MicrodataRisk,
    special: SpecialUniques,
    title: str = "",
    labels: Mapping[str, str] | None = None,
) -> None:
    """Write the page on rows that are there: sums only, no value of a row.

    Parameters
    ----------
    sentences: what was found, in words. title: of the study. labels: question -> its label.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    charts = [_questions(special, labels or {}), _known(special)] if special.alone and special.score else []
    table = [
        (f"share all answers with fewer than {k - 1} other{'s' if k > 2 else ''}", count, count / risk.records)
        for k, count in risk.counted[0].below.items()
        if k > 2
    ]
    alone = ("share all answers with nobody", risk.counted[0].alone, risk.counted[0].alone / risk.records)
    _write(path, "How easily are people recognised?", title, sentences, charts, [alone, *table])


def write_foreseen(path: Path, *, sentences: Sequence[str], found: ForeseenRisk) -> None:
    """Write the page on a form before anybody is asked; errors as `write_risk`."""
    shown = sorted(found.single, key=lambda one: one.alone)[:MOST_CHANGES]
    rows = [Row("as it is", (Mark(100 * found.alone),), 0, 100 * found.alone, _percent(found.alone))]
    rows += [_bar(one.sentence(), one.alone) for one in shown]
    chart = DotChart(
        "What one change leaves",
        "; ".join(f"{row.label}: {row.text}" for row in rows),
        tuple(rows),
        axis="respondents who stand alone, percent",
        lines=(Line(100 * found.limit, "limit"),),
        floor=0,
        ceiling=100,
    )
    table = [
        (f"are in a group of fewer than {k}" if k > 2 else "stand alone", share * found.respondents, share)
        for k, share in found.below.items()
    ]
    heading = "How easily will people be recognised?"
    _write(path, heading, f"{found.respondents:,} respondents", sentences, [chart], table, inside=False)


def _questions(special: SpecialUniques, labels: Mapping[str, str]) -> DotChart:
    rows = tuple(_bar(_named(one.question, labels), one.contribution) for one in special.questions)
    return DotChart(
        "Which question tells people apart",
        "; ".join(f"{row.label}: {row.text}" for row in rows),
        rows,
        axis="part it takes in what tells people apart, percent (questions act together: parts overlap)",
        floor=0,
        ceiling=100,
    )


def _known(special: SpecialUniques) -> DotChart:
    rows = []
    for one in special.known:
        mean, most = one.mean / special.records, one.most / special.records
        label = f"{one.known} of {len(special.keys)} answers"
        text = _percent(mean) if one.sets == 1 else f"{_percent(mean)}, at worst {_percent(most)}"
        marks = (Mark(100 * mean),) if one.sets == 1 else (Mark(100 * mean), Mark(100 * most, "hollow", 2))
        rows.append(Row(label, marks, text=text))
    return DotChart(
        "Who stands alone for somebody who knows so much",
        "; ".join(f"{row.label}: {row.text}" for row in rows),
        tuple(rows),
        axis="people who stand alone, percent",
        legend=(("dot", 1, "on average"), ("hollow", 2, "with the questions that tell most")),
        join=True,
        floor=0,
        ceiling=100,
    )


def _bar(label: str, share: float) -> Row:
    return Row(label, (Mark(100 * share),), 0, 100 * share, _percent(share))


def _named(question: str, labels: Mapping[str, str]) -> str:
    label = labels.get(question, "")
    return f"{label} ({question})" if label and label.casefold() != question.casefold() else label or question


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _write(
    path: Path,
    heading: str,
    title: str,
    sentences: Sequence[str],
    charts: Sequence[DotChart],
    table: Sequence[tuple[str, float, float]],
    *,
    inside: bool = True,
) -> None:
    words, number = speak("en"), Numbers()
    draw = drawer(words)
    drawn = [(chart.title, draw(chart, number=number()), draw(chart, narrow=True, number=number())) for chart in charts]
    own = (files("countersign.publishing") / "templates" / "risk.css").read_text(encoding="utf-8")
    page = environment(words).get_template("risk.html")
    told = [(label, f"{count:,.0f}", _percent(share)) for label, count, share in table]
    view = {
        "heading": heading,
        "title": title,
        "sentences": sentences,
        "charts": drawn,
        "table": told,
        "inside": inside,
    }
    write_whole(path, page.render({**view, "words": words, "style": f"{style()}\n{own}"}))
