"""Asked for: the answers that the indicators name, held against those the data have (criterion G2).

A share of an answer that is spelled otherwise in this delivery is 0 and looks like a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import cast

import narwhals as nw

from countersign.model.expression import Binary, In, Name, Node, Text, parse
from countersign.model.finding import Finding, State
from countersign.quality.context import Asking, Context, in_file_and_kept, listed

_COMPARISONS = ("=", "!=")


def answers_asked_for(context: Context) -> Asking:
    """One finding for each answer that an indicator compares a variable with and that no record of the file has."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for indicator in context.plan.indicators.values():
        if (indicator.data or context.plan.main.name) != context.dataset.name:
            continue
        for text in (indicator.numerator, indicator.denominator, indicator.where):
            for variable, answer in _compared(text):
                if context.types.get(variable) in ("category", "text"):
                    users = wanted.setdefault((variable, answer), [])
                    users += [indicator.name] if indicator.name not in users else []
    found = yield {
        name: expression
        for at, (variable, answer) in enumerate(wanted)
        for name, expression in in_file_and_kept(f"a{at}", nw.col(variable) == answer).items()
    }
    return [
        _absent(variable, answer, users)
        for at, ((variable, answer), users) in enumerate(wanted.items())
        if not found[f"a{at}"]
    ]


def _absent(variable: str, answer: str, users: list[str]) -> Finding:
    told = listed([f"'{name}'" for name in users])
    return Finding(
        "G2",
        State.WARN,
        "answer_absent",
        f"No record has '{answer}' in '{variable}', and {told} {'ask' if len(users) > 1 else 'asks'} for it. Either "
        "nobody gave this answer, or the file writes it otherwise.",
        subject=f"{variable}: {answer}",
        value=0.0,
        unit="records",
        count=0,
        evidence={"variable": variable, "answer": answer, "indicators": users},
        fix=f"Look at how the file writes the answers of '{variable}'; bring them together with 'recode'.",
    )


def _compared(text: str) -> Iterator[tuple[str, str]]:
    """Yield (variable, text) for every comparison of a variable with a text written out."""
    waiting: list[Node] = [parse(text)] if text else []
    while waiting:
        node = waiting.pop(0)
        match node:
            case Binary(operator=sign, left=Name(name=name), right=Text(value=value)) if sign in _COMPARISONS:
                yield name, value
            case Binary(operator=sign, left=Text(value=value), right=Name(name=name)) if sign in _COMPARISONS:
                yield name, value
            case In(operand=Name(name=name), choices=choices):
                yield from ((name, choice.value) for choice in choices if isinstance(choice, Text))
        waiting += _parts(node)


def _parts(node: Node) -> list[Node]:
    values = [getattr(node, field.name) for field in fields(node)]
    parts = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    return [cast("Node", part) for part in parts if is_dataclass(part)]
