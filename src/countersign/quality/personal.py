"""Personal data (A2): columns that seem to give persons away. Counts and names of columns only, never a value."""

from __future__ import annotations

import re

import narwhals as nw

from countersign.catalogue import Entry, load
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.context import Asking, Context, count, listed, number


def personal_data(context: Context) -> Asking:
    """Cells of texts and categories that look like what gives a person away (catalogue: ``personal_data``).

    A hint: whether anybody could be hurt is for people to answer. One finding for each kind that occurs; none is no
    proof that nothing is there.
    """
    texts = [
        variable
        for variable in context.from_file
        if variable.type in ("text", "category") and not context.schema[variable.name].is_numeric()
    ]
    if not texts or context.is_published_table:
        return []
    kinds = list(load("personal_data"))
    wanted = {at: [(kind, hit) for kind in kinds if (hit := _pattern(kind, v, context))] for at, v in enumerate(texts)}
    # Most columns give nobody away: one look for all kinds at once, a second one only where something was seen.
    first = yield {
        f"{at}": count(_cell(texts[at]).str.contains("|".join(f"(?:{hit})" for _, hit in hits)))
        for at, hits in wanted.items()
        if hits
    }
    questions: dict[str, nw.Expr] = {}
    for at, hits in wanted.items():
        if first.get(f"{at}"):
            for kind, hit in hits:
                long = _cell(texts[at]).str.len_chars() >= int(kind["least"])
                questions[f"{kind.id} {at}"] = count(long & _cell(texts[at]).str.contains(hit))
    found = (yield questions) if questions else {}
    findings = []
    for kind in kinds:
        columns: dict[str, int] = {}
        for at, variable in enumerate(texts):
            cells = int(found.get(f"{kind.id} {at}") or 0)
            if cells:
                columns[variable.name] = cells
        if columns:
            findings.append(_found(kind, columns))
    return findings


def _cell(variable: Variable) -> nw.Expr:
    return nw.col(variable.name).cast(nw.String)


def _pattern(kind: Entry, variable: Variable, context: Context) -> str:
    """Return what to look for in this column, or nothing."""
    # A key of several columns is made of content; one column alone numbers the records, often with random letters.
    if any(context.dataset.roles.get(role, ()) == (variable.name,) for role in kind.get("roles", ())):
        return ""
    if words := kind.get("headers", ()):
        name = f" {re.sub(r'[^a-z0-9]+', ' ', re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', variable.source).casefold())} "
        # A number in place of a name is what a data lead is asked to write there.
        return r"[^\d\s.,-]" if any(f" {word} " in name for word in words) else ""
    return str(kind["pattern"])


def _found(kind: Entry, columns: dict[str, int]) -> Finding:
    cells = sum(columns.values())
    told = [f"'{name}' ({number(n)})" for name, n in columns.items()]
    return Finding(
        "A2",
        State.WARN,
        "personal_data",
        f"{number(cells)} cells look like {kind.title}: {listed(told)}.",
        subject=kind.id,
        value=float(cells),
        unit="cells",
        count=cells,
        evidence={"columns": columns},
        fix="Take them out, or replace each with a number, before the data are passed on; ask whether anybody "
        "could be hurt.",
    )
