"""A value <-> a cell. A cell says what the same words would say in study.yaml.

Where only text may stand, a cell is text, whatever it looks like. Elsewhere ``1`` is a number, ``true`` is true, and
``"1"`` in double quotes is text. A list may be written without its outer brackets, a mapping without its braces.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from countersign.errors import StudyError
from countersign.study.document import scalar
from countersign.study.sheets.shapes import Shape, child, kinds
from countersign.study.yaml_text import SPREADSHEET, in_line, quoted

LONGEST = 32_000  # a little under what a cell holds
EXACT = 15  # digits a spreadsheet keeps of a number
_YES = {"true": True, "yes": True, "false": False, "no": False}


def read_cell(found: Any, form: Shape, *, where: str) -> Any:
    """Return what a cell says.

    Parameters
    ----------
    found: the cell as a spreadsheet holds it: text, number, true or false, a date. form: what may stand there.
    where: the cell's address, for messages.

    Raises
    ------
    StudyError: brackets that are not closed, or a key that stands twice in the cell.
    """
    allowed = kinds(form)
    if isinstance(found, bool):
        return found if "boolean" in allowed else read_cell(str(found).lower(), form, where=where)
    if isinstance(found, int | float):
        number = int(found) if float(found).is_integer() else found
        if "number" in allowed or (isinstance(number, int) and "integer" in allowed):
            return number
        return read_cell(repr(number), form, where=where)
    if isinstance(found, dt.datetime):
        text = found.date().isoformat() if found.time() == dt.time() else found.isoformat(sep=" ")
        return read_cell(text, form, where=where)
    if isinstance(found, dt.date | dt.time):
        return read_cell(found.isoformat(), form, where=where)
    return _read_text(str(found).strip(), form, allowed, where)


def _read_text(text: str, form: Shape, allowed: frozenset[str], where: str) -> Any:
    if "array" in allowed and not allowed & {"string"} and not text.startswith(("[", "{")):
        return _several(text, form, allowed, where)
    if text.startswith('"') and text.endswith('"') and len(text) > 1 and (plain := unquoted(text)) is not None:
        return plain
    if allowed == {"string"}:
        return text
    for opening, closing, kind in (("[", "]", "array"), ("{", "}", "object")):
        if kind in allowed and text.startswith(opening) and text.endswith(closing):
            return _parsed(text, form, where)
    words = [word for one in form for word in (one.get("enum") or [one.get("const")]) if word is not None]
    if text in words:
        return text
    if "array" in allowed and not _takes_text(form):
        return _several(text, form, allowed, where)
    if "boolean" in allowed and not allowed & {"string"} and text.lower() in _YES:
        return _YES[text.lower()]
    if "object" in allowed and not allowed & {"string", "array"} and not _fits(scalar(text), allowed):
        return _parsed("{" + text + "}", form, where)
    return _typed(text, allowed)


def _several(text: str, form: Shape, allowed: frozenset[str], where: str) -> Any:
    """Entries, or pairs where every entry is one."""
    if "object" in allowed and ":" in text:
        try:
            pairs = _parsed("{" + text + "}", form, where)
        except StudyError:
            pairs = {"": None}
        if None not in pairs.values():
            return pairs
    return _parsed(f"[{text}]", form, where)


def _takes_text(form: Shape) -> bool:
    return any("string" in kinds((one,)) and "enum" not in one and "const" not in one for one in form)


def _typed(text: str, allowed: frozenset[str]) -> Any:
    value = scalar(text)
    return value if isinstance(value, str) or "string" not in allowed or _fits(value, allowed) else text


def _fits(value: Any, allowed: frozenset[str]) -> bool:
    """Whether a value may stand where these kinds are allowed."""
    return {
        bool: "boolean" in allowed,
        int: bool(allowed & {"integer", "number"}),
        float: "number" in allowed,
        str: "string" in allowed,
        type(None): "null" in allowed,
    }[type(value)]


def unquoted(text: str) -> str | None:
    """Return the text that stands in double quotes; None if it does not."""
    node = _node(text)
    return str(node.value) if node is not None and node.id == "scalar" and node.style == '"' else None


def _node(text: str) -> Any:
    """The node of a text of YAML; None if it is none."""
    import yaml

    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError):
        return None


def _parsed(text: str, form: Shape, where: str) -> Any:
    """Read brackets; scalars take the form that may stand there."""
    node = _node(text)
    if node is None or node.id == "scalar":
        raise StudyError(
            "The cell cannot be read as a list or a mapping.",
            where=where,
            expected="entries separated by commas, such as: sex, [sex, age]; or pairs, such as: 7: refused, 9: unknown",
            action="look for a bracket that is not closed; put an entry that holds a comma, colon or bracket in double"
            " quotes",
        )
    return _of_node(node, form, where)


def _of_node(node: Any, form: Shape, where: str) -> Any:
    if node.id == "scalar":
        plain = node.style not in ("'", '"')
        allowed = kinds(form)
        return _typed(node.value, allowed) if plain and allowed != {"string"} else node.value
    if node.id == "sequence":
        return [_of_node(item, child(form, 0), where) for item in node.value]
    made: dict[str, Any] = {}
    for key, item in node.value:
        name = str(key.value)
        if name in made or key.id != "scalar":
            raise StudyError(
                f"The key '{name}' stands twice in this cell." if name in made else "A key is not a text.",
                where=where,
                expected="each key once, such as: 7: refused, 9: unknown",
                action="remove or rename one of the two",
            )
        made[name] = _of_node(item, child(form, name), where)
    return made


def write_cell(value: Any, form: Shape, *, where: str = "", whole: bool = True) -> str | int | float:
    """Return what to put into a cell so that `read_cell` gives the same value of the same type.

    Parameters
    ----------
    whole: whether the text may begin with a brace; where it may not, it is put in quotes.

    Raises
    ------
    StudyError: a text longer than a cell can hold.
    """
    for candidate in _candidates(value):
        if isinstance(candidate, str) and not (_safe(candidate) and (whole or not candidate.startswith("{"))):
            continue
        try:
            again = read_cell(candidate, form, where="")
        except StudyError:
            continue
        if same(again, value):
            return candidate
    raise StudyError(
        "The value does not fit into a cell of a workbook.",
        where=where,
        expected=f"at most {LONGEST:,} signs",
        action="shorten it, or keep the study as study.yaml",
    )


def _candidates(value: Any) -> tuple[str | int | float, ...]:
    if isinstance(value, dict | list):
        text = in_line(value)
        return (text[1:-1], text) if value else (text,)
    if isinstance(value, str):
        return value, quoted(value)
    if isinstance(value, bool) or value is None:
        return ("null" if value is None else "true" if value else "false",)
    digits = len(re.sub(r"[eE].*|[^0-9]", "", repr(value)).strip("0"))
    text = repr(value)
    if isinstance(value, float) and value.is_integer():
        return (text,)
    return (value, text) if digits <= EXACT and abs(value) < 10**EXACT else (text,)


def _safe(text: str) -> bool:
    """Whether a spreadsheet keeps the text: nothing invisible, no spaces around it, none of its own escapes."""
    visible = all(sign == "\n" or (sign.isprintable() and sign not in "\ufeff\ufffe\uffff") for sign in text)
    return bool(text) and visible and text == text.strip() and len(text) <= LONGEST and not SPREADSHEET.search(text)


def same(one: Any, other: Any) -> bool:
    """Return whether two plain values are equal, with their types and the order of their keys."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
