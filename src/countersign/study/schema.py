"""Document -> checked Document: every key known, every value of its form, or one clear error.

The rules are the JSON Schema beside this file, the same that editors use to complete a study file.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from countersign.errors import StudyError, nearest
from countersign.study.document import Document, Place


@cache
def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of study.yaml."""
    text = files("countersign.study").joinpath("study.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def agreement_schema() -> dict[str, Any]:
    """Return the JSON Schema of an agreement between organisations."""
    text = files("countersign.study").joinpath("agreement.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def check_schema(document: Document, schema: dict[str, Any] | None = None) -> None:
    """Check a study file against its schema, or another document against another one.

    Raises
    ------
    StudyError: the first problem in the order of the file: an unknown key (with the nearest known one), a missing key,
        or a value of another form than expected.
    """
    from jsonschema import Draft202012Validator

    if not isinstance(document.values, dict):
        raise StudyError(
            "The study file holds no keys.",
            where=document.where(),
            expected="at least: countersign, title, data, indicators",
            action="see docs/study-file.md",
        )
    validator = Draft202012Validator(study_schema() if schema is None else schema)
    problems = [_deepest(error) for error in validator.iter_errors(document.values)]
    if problems:
        raise min((_as_error(document, problem) for problem in problems), key=lambda pair: pair[0])[1]


def _deepest(error: Any) -> Any:
    """Of an `anyOf`, take the branch whose form the value comes nearest to: it explains best."""
    while error.validator in ("anyOf", "oneOf") and error.context:
        branches: dict[int, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        fitting = [
            group
            for group in branches.values()
            if not any(e.validator == "type" and not e.relative_path for e in group)
        ]
        # That a question may stay open (`?`) explains nothing to somebody who answered it.
        fitting = [group for group in fitting if group[0].validator != "const"]
        if not fitting:
            return error
        error = max(fitting[0], key=lambda e: len(e.absolute_path))
    return error


def _as_error(document: Document, error: Any) -> tuple[tuple[int, int], StudyError]:
    place: Place = tuple(error.absolute_path)
    schema = error.schema
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        extra = next(key for key in error.instance if key not in known)
        place = (*place, extra)
        hint = nearest(extra, known)
        problem = StudyError(
            f"The key '{extra}' is not known here.{' ' + hint if hint else ''}",
            where=document.where(*place),
            expected="one of " + ", ".join(known),
            action=f"correct the key{' to the one named above' if hint else ''}, or remove it",
        )
    elif error.validator == "required":
        absent = next(key for key in error.validator_value if key not in error.instance)
        about = schema.get("properties", {}).get(absent, {}).get("description", "")
        problem = StudyError(
            f"The key '{absent}' is missing.",
            where=document.where(*place),
            expected=f"{absent}: {about}" if about else f"a line that starts with '{absent}:'",
            action="add it; docs/study-file.md shows an example",
        )
    else:
        problem = StudyError(
            f"The value has another form than expected ({_form(error.instance)}).",
            where=document.where(*place),
            expected=_expected(schema, error),
            action="correct the value; docs/study-file.md shows an example",
        )
    line = next((document.lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in document.lines), 0)
    return (line, -len(place)), problem


def _form(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "nothing")


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def _expected(schema: dict[str, Any], error: Any) -> str:
    if "enum" in schema:
        options = [str(option) for option in schema["enum"] if option != "?"]
        hint = nearest(str(error.instance), options)
        return "one of " + ", ".join(options) + (f". {hint}" if hint else "")
    if "const" in schema:
        return str(schema["const"])
    parts = []
    for branch in schema.get("anyOf", [schema]):
        kinds = branch.get("type", [])
        parts += [_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        if "properties" in branch:
            parts[-1] += " with " + ", ".join(branch["properties"])
        if "$ref" in branch:
            parts.append("an expression")
        for limit in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
            if limit in branch:
                words = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
                parts[-1] += f" {words.get(limit, 'less than')} {branch[limit]}"
        if "minItems" in branch or "maxItems" in branch:
            parts[-1] += f" of {branch.get('minItems', 0)} or more entries"
    about = schema.get("description", "")
    return " or ".join(dict.fromkeys(parts)) + (f". {about}" if about else "")
