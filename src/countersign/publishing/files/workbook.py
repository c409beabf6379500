"""Release -> ``figures.xlsx``: a first sheet that explains, and a sheet for each table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from countersign.model.estimate import Estimate
from countersign.model.release import Release
from countersign.publishing.digits import decimals, scale
from countersign.publishing.exports import COMPARISON_COLUMNS, FAN_COLUMNS, comparison_rows, fan_rows, shown
from countersign.publishing.files.codebook import CODEBOOK_COLUMNS, codebook_rows
from countersign.publishing.files.figures import labels_of, title_of
from countersign.publishing.gaps import GAP_COLUMNS, GROUP_COLUMNS, gap_rows, group_rows
from countersign.publishing.labels import Labels, statistic_of, status_word
from countersign.publishing.language import Words, speak
from countersign.publishing.reference import criterion_title, selection_title, self_selected, use_title
from countersign.publishing.sentences import SENTENCE_COLUMNS, sentence_rows
from countersign.publishing.workbook import Column, Number, Sheet, Value, save_workbook

NAME = "figures.xlsx"
_WIDE = frozenset({"sentence", "caveat", "message", "fix", "why", "note", "reason", "assumption", "method", "instead"})
_SHARES = frozenset({"raw", "weighted", "reference", "raw_error", "weighted_error", "population", "data"})

_EMPTY = (
    "An empty cell is not zero. The column state says why there is no number: withheld to protect people, too few, no"
    " data, or not asked."
)
_CHOSEN = (
    "The people in these data chose to take part. The interval shows chance only; the plausible range, where there is"
    " one, also holds what choosing may have done."
)


def write(release: Release, folder: Path) -> None:
    """Write the figures of a release, and what is said of them, as one workbook.

    A figure without numbers says in words why it has none; nothing of it is in any cell.

    Raises
    ------
    StoreError: the disk refused.
    """
    words, labels = speak(release.plan.settings.language), labels_of(release)
    sheets = [_first(release, words), _figures(release, labels, words)]
    fixed: list[tuple[str, str, Sequence[str], Sequence[Sequence[Any]]]] = [
        ("comparison", "Before and after weighting, beside what is known to be true.", COMPARISON_COLUMNS,
         comparison_rows(release.comparisons, release.estimates)),
        ("fan", "What other estimators say of the same figure.", FAN_COLUMNS, fan_rows(release.estimates)),
        ("gaps", "What official statistics lack, and what could fill it.", GAP_COLUMNS, gap_rows(release.gaps)),
        ("groups", "Every group beside what the data know of it.", GROUP_COLUMNS, group_rows(release.groups)),
        ("sentences", "The strongest sentence that may be written of each figure, and those that may not.",
         SENTENCE_COLUMNS, sentence_rows(release.sentences, limits=release.plan.limits)),
        ("findings", "What was found about the data.",
         ("criterion", "title", "state", "subject", "value", "unit", "count", "message", "fix"),
         [(one.criterion, criterion_title(one.criterion, words), str(one.state), one.subject, one.value, one.unit,
           one.count, one.message, one.fix) for one in release.findings]),
        ("codebook", "What the columns of the data mean.", CODEBOOK_COLUMNS, codebook_rows(release)),
    ]  # fmt: skip
    synthetic = "Synthetic data: made up, do not quote. " if release.plan.synthetic else ""
    sheets += [_plain(name, synthetic + about, columns, rows) for name, about, columns, rows in fixed if rows]
    save_workbook(folder / NAME, tuple(sheets), title=title_of(release), made=release.made)


def _first(release: Release, words: Words) -> Sheet:
    """What it is, whom it speaks of, what it is good for, how to read it."""
    plan = release.plan
    population = plan.population
    verdict = next((one for one in release.fitness if not one.subject), None)
    chosen = [note for note in release.data if self_selected(note.selection)]
    use = f"{verdict.use}: {use_title(verdict.use, words)}" if verdict and verdict.use else "none established yet"
    rows: list[tuple[Value, ...]] = [
        ("What", words.pick(plan.summary) or title_of(release)),
        ("Whom it speaks of", ", ".join(filter(None, [population.who, population.area, population.time]))),
        ("Who made it", ", ".join(filter(None, [plan.initiative.organiser, plan.initiative.kind]))),
        ("How people got in", "; ".join(dict.fromkeys(selection_title(one.selection, words) for one in release.data))),
        ("Good enough for", use),
        ("Wanted for", f"{plan.use}: {use_title(plan.use, words)}"),
        ("Next step", verdict.next_step if verdict else ""),
        ("Licence", plan.initiative.licence),
        ("Made", f"{release.made}, countersign {release.version}"),
        ("", ""),
        ("How to read it", "A figure is never one number alone: read it with its interval, lower to upper."),
        ("", _EMPTY),
    ]  # fmt: skip
    if chosen:
        rows.append(("", _CHOSEN))
    rows += [("Note", note) for note in release.estimates.notes]
    rows += [("Limit changed", f"{one.limit}: by {one.by}, {one.date}. {one.why}".strip()) for one in plan.limits]
    notes = [title_of(release)]
    if plan.synthetic:
        notes.append("Synthetic data: made up, do not quote.")
    columns = (Column("", 22), Column("", 100))
    return Sheet("read me", columns, tuple(row for row in rows if row[1] or not row[0]), notes=tuple(notes))


def _figures(release: Release, labels: Labels, words: Words) -> Sheet:
    breakdowns = release.estimates.breakdowns
    ranged = any(one.plausible for one in release.estimates)
    heads = [Column("indicator", 34), *(Column(labels.variable(name), 20) for name in breakdowns)]
    heads += [Column(name, 13) for name in ("figure", "lower", "upper")]
    heads += [Column("plausible lower", 13), Column("plausible upper", 13)] if ranged else []
    heads += [Column("unit", 16), Column("state", 22), Column("records", 11, format="#,##0"),
              Column("effective records", 11, format="#,##0"), Column("standard error", 12), Column("statistic", 12),
              Column("interval", 14), Column("period", 12), Column("method", 40), Column("note", 40),
              Column("figure_id", 30)]  # fmt: skip
    rows = [_row(one, breakdowns, ranged, labels, words) for one in release.estimates]
    notes = ["Figures"] + (["Synthetic data: made up, do not quote."] if release.plan.synthetic else [])
    return Sheet("figures", tuple(heads), tuple(rows), notes=tuple(notes), header=True,
                 frozen=1 + len(breakdowns), filtered=True)  # fmt: skip


def _row(one: Estimate, breakdowns: tuple[str, ...], ranged: bool, labels: Labels, words: Words) -> tuple[Value, ...]:
    own = scale(one.statistic, one.unit)
    word = status_word(one.status, words)
    cells: list[Value] = [labels.indicator(one.indicator)]
    cells += [labels.category(name, str(one.domain[name])) if name in one.domain else "All" for name in breakdowns]
    if shown(one) and one.value is not None and one.lower is not None and one.upper is not None:
        places = decimals(one.lower * own.factor, one.upper * own.factor)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        numbers = [Number(value * own.factor, pattern) for value in (one.value, one.lower, one.upper)]
        ends = one.plausible and (one.plausible.lower, one.plausible.upper)
        whole = [Number(end * own.factor, pattern) for end in ends] if ends else ["", ""]
        error: Value = "" if one.standard_error is None else Number(one.standard_error * own.factor, f"{pattern}0"
                                                                    if places else "0.0")  # fmt: skip
        cells += [*numbers, *(whole if ranged else []), own.unit, word or str(one.status), one.n,
                  one.n_effective if one.n_effective is not None else "", error]  # fmt: skip
    else:
        count: Value = "" if one.n == 0 else one.n
        cells += [word or str(one.status), "", "", *(["", ""] if ranged else []), own.unit, word or str(one.status),
                  count, "", ""]  # fmt: skip
    note = f"Synthetic data: made up, do not quote. {one.note}".strip() if words and _synthetic(labels) else one.note
    return (*cells, statistic_of(one, labels, words), one.convention, one.time, one.method, note, one.figure_id)


def _synthetic(labels: Labels) -> bool:
    return bool(labels.plan and labels.plan.synthetic)


def _plain(name: str, about: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sheet:
    heads = []
    for place, column in enumerate(columns):
        longest = max((len(str(row[place])) for row in rows if row[place] is not None), default=0)
        width = 50 if column in _WIDE and longest > 30 else min(34, max(12, longest + 2, len(column) + 2))
        heads.append(Column(column, width, format="0.0000" if column in _SHARES else ""))
    cells = tuple(tuple(_value(value) for value in row) for row in rows)
    return Sheet(name, tuple(heads), cells, notes=(name, about), header=True, frozen=1, filtered=True)


def _value(value: Any) -> Value:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    plain: Value = value.item() if hasattr(value, "item") else value
    return plain
