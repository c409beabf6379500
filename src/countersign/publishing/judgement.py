"""The findings of a release by block of criteria, and the way of the rows through the quality gates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from countersign.model.finding import Finding, State
from countersign.model.release import DataNote
from countersign.publishing.charting import FlowChart, Stage
from countersign.publishing.digits import count, number
from countersign.publishing.labels import SYMBOLS, WORST_FIRST, state_word
from countersign.publishing.language import Words
from countersign.publishing.reference import blocks, criterion_title, place


@dataclass(frozen=True)
class FindingRow:
    """One finding as text."""

    criterion: str
    title: str
    state: str
    symbol: str
    word: str
    subject: str
    message: str
    value: str
    count: str
    fix: str


@dataclass(frozen=True)
class Block:
    """The findings of one block; what passed and what is open are listed apart."""

    letter: str
    title: str
    rows: tuple[FindingRow, ...]
    passed: tuple[FindingRow, ...]
    unanswered: tuple[FindingRow, ...]
    counts: tuple[tuple[str, str, int], ...]


def by_block(findings: Sequence[Finding], words: Words) -> tuple[Block, ...]:
    """Group the findings by block, the worst first within each."""
    result = []
    for letter, title in blocks(findings, words).items():
        own = sorted(
            (one for one in findings if one.criterion.startswith(letter)),
            key=lambda one: (WORST_FIRST.index(one.state), place(one.criterion)),
        )
        rows = tuple(finding_row(one, words) for one in own)
        quiet = (State.NOT_ASSESSED, State.NOT_APPLICABLE)
        result.append(
            Block(
                letter,
                title,
                tuple(row for row in rows if row.state not in (*quiet, State.PASS)),
                tuple(row for row in rows if row.state == State.PASS),
                tuple(row for row in rows if row.state in quiet),
                tuple((row, word, n) for row, word, n in counts(own, words) if n),
            )
        )
    return tuple(result)


def counts(findings: Sequence[Finding], words: Words) -> tuple[tuple[str, str, int], ...]:
    """Return symbol, word and number of findings for each state, the worst first."""
    seen = Counter(one.state for one in findings)
    return tuple((SYMBOLS[state], state_word(state, words), seen[state]) for state in WORST_FIRST)


def finding_row(one: Finding, words: Words) -> FindingRow:
    """Return one finding as text; a share reads as percent."""
    return FindingRow(
        criterion=one.criterion,
        title=criterion_title(one.criterion, words),
        state=one.state,
        symbol=SYMBOLS[one.state],
        word=state_word(one.state, words),
        subject=one.subject,
        message=one.message,
        value=measured(one.value, one.unit, words),
        count="" if not one.count else count(one.count, words),
        fix=one.fix,
    )


def measured(value: float | None, unit: str, words: Words) -> str:
    """Return a measured value with its unit; shares as percent."""
    if value is None:
        return ""
    if unit == "share":
        return f"{number(value * 100, 1, words)} %"
    if float(value).is_integer():
        return f"{count(value, words)} {unit}".strip()
    return f"{number(value, 1 if abs(value) >= 10 else 3, words)} {unit}".strip()


@dataclass(frozen=True)
class GateFlow:
    """The way of one data set's rows through its gates: the picture and the table."""

    name: str
    chart: FlowChart
    table: tuple[tuple[str, str, str, str, str, str], ...]


def gate_flows(notes: Sequence[DataNote], words: Words) -> tuple[GateFlow, ...]:
    """Return the flow of each data set that has gates: rows in, set aside by each gate, kept."""
    return tuple(_flow(note, words) for note in notes if note.gates)


def _flow(note: DataNote, words: Words) -> GateFlow:
    left = note.rows
    stages = [Stage(words.gettext("Rows in the file"), left, 0, count(left, words))]
    table = []
    for gate in note.gates:
        left -= gate.dropped
        aside = words.ngettext("{n} row set aside", "{n} rows set aside", gate.dropped).format(
            n=count(gate.dropped, words)
        )
        stages.append(Stage(gate.name, left, gate.dropped, count(left, words), aside if gate.dropped else ""))
        table.append(
            (gate.name, gate.rule, gate.why, count(gate.failed, words), count(gate.dropped, words), count(left, words))
        )
    if left != note.kept:  # rows set aside by something that is not a gate stay visible
        stages.append(Stage(words.gettext("Rows used"), note.kept, left - note.kept, count(note.kept, words)))
    chart = FlowChart(
        title=words.gettext("From rows in the file to rows used: {name}").format(name=note.name),
        description=words.gettext("{rows} rows came in, {aside} were set aside, {kept} are used.").format(
            rows=count(note.rows, words), aside=count(note.rows - note.kept, words), kept=count(note.kept, words)
        ),
        stages=tuple(stages),
    )
    return GateFlow(note.name, chart, tuple(table))
