"""Filling (E4): columns that are described and empty or absent, and cells that are empty in another word."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from countersign.catalogue import load
from countersign.model.finding import Finding, State
from countersign.quality.context import Asking, Context, count, listed, number


def empty_columns(context: Context) -> Asking:
    """Variables of the file without a single value, and variables the study describes that this file lacks."""
    variables = context.from_file
    if not variables or context.is_published_table:
        return []
    found = yield {"rows": nw.len(), **{f"v{at}": nw.col(v.name).count() for at, v in enumerate(variables)}}
    findings = [
        Finding(
            "E4",
            State.WARN,
            "empty_variable",
            f"'{variable.name}' is empty in all {number(found['rows'])} records: it is described, and nobody "
            "filled it in.",
            subject=variable.name,
            value=1.0,
            unit="share",
            count=int(found["rows"]),
            evidence={"filled": 0, "records": found["rows"]},
            fix=f"Promise nothing that needs '{variable.name}'; fill it in, or take it out of the form and the "
            "codebook.",
        )
        for at, variable in enumerate(variables)
        if found["rows"] and not found[f"v{at}"]
    ]
    absent = [name for reading in context.dataset.readings for name in reading.absent]
    if absent:
        findings.append(
            Finding(
                "E4",
                State.WARN,
                "absent_variable",
                f"The study describes {listed([f'{name!r}' for name in absent])}, and the file has no such column.",
                subject=context.dataset.name,
                value=float(len(absent)),
                unit="columns",
                count=len(absent),
                evidence={"columns": absent},
                fix="Promise nothing that needs it; ask for the column, or take it out of the description.",
            )
        )
    return findings


def missing_words(context: Context) -> Asking:
    """Undeclared cells of texts and categories that hold a word for nothing (catalogue: ``missing_words``)."""
    words = sorted({str(word) for entry in load("missing_words") for word in entry["words"]})
    texts = [
        variable
        for variable in context.from_file
        if variable.type in ("text", "category")
        and not context.schema[variable.name].is_numeric()
        and not set(map(str.casefold, (*variable.values, *variable.values.values()))) & set(words)
    ]
    if not texts or context.is_published_table:
        return []
    longest = max(map(len, words), default=0)
    found = yield {
        # Most cells are longer than any word for nothing, and that is seen at once.
        f"v{at}": count((nw.col(v.name).str.len_chars() <= longest) & nw.col(v.name).str.to_lowercase().is_in(words))
        for at, v in enumerate(texts)
    }
    cells = {variable.name: int(found[f"v{at}"]) for at, variable in enumerate(texts) if found[f"v{at}"]}
    if not cells:
        return []
    told = [f"'{name}' ({number(n)})" for name, n in cells.items()]
    return [
        Finding(
            "E4",
            State.WARN,
            "missing_words",
            f"{number(sum(cells.values()))} cells hold a word for nothing, such as NULL, and count as answers: "
            f"{listed(told)}.",
            value=float(sum(cells.values())),
            unit="cells",
            count=sum(cells.values()),
            subject="" if context.is_main else context.dataset.name,
            evidence={"columns": cells},
            fix="Declare these words under 'missing' in the study file, each with its reason.",
        )
    ]


def padded_cells(context: Context) -> Sequence[Finding]:
    """Cells with blanks before or after their value; the reader took them off, others may not."""
    padded: dict[str, int] = {}
    for reading in context.dataset.readings:
        for name, cells in reading.padded.items():
            padded[name] = padded.get(name, 0) + cells
    if not padded:
        return []
    told = [f"'{name}' ({number(n)})" for name, n in padded.items()]
    return [
        Finding(
            "G2",
            State.WARN,
            "padded_cells",
            f"{number(sum(padded.values()))} cells have blanks before or after their value: {listed(told)}. "
            "They were taken "
            "off here; elsewhere they make a category of their own.",
            value=float(sum(padded.values())),
            unit="cells",
            count=sum(padded.values()),
            subject="" if context.is_main else context.dataset.name,
            evidence={"columns": padded},
            fix="Take the blanks off in the file before it is passed on.",
        )
    ]
