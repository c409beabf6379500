"""One order for the keys of a study: that of the schema where it names them, that of the file where the study does."""

from __future__ import annotations

from typing import Any

from countersign.study.sheets.shapes import Shape, at, child, fixed_keys


def canonical(value: Any, form: Shape | None = None) -> Any:
    """Return the same values with the keys that the schema names in the order in which it names them."""
    form = at(()) if form is None else form
    if isinstance(value, dict):
        known = {key: number for number, key in enumerate(fixed_keys(form))}
        keys = sorted(value, key=lambda key: known.get(key, len(known)))
        return {key: canonical(value[key], child(form, key)) for key in keys}
    if isinstance(value, list):
        return [canonical(item, child(form, 0)) for item in value]
    return value
