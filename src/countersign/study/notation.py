"""Nouns <-> JSON: how findings, weights and estimates are kept between steps, digit for digit.

Floats are written so that they read back equal; arrays become lists; mappings become lists of pairs.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import numpy as np

Noun = TypeVar("Noun")


@cache
def _converter() -> Any:
    import cattrs

    converter = cattrs.Converter()
    converter.register_unstructure_hook_func(lambda kind: _is_array(kind), _array_to_list)
    converter.register_structure_hook_func(lambda kind: _is_array(kind), _list_to_array)
    converter.register_unstructure_hook(np.ndarray, _array_to_list)
    converter.register_unstructure_hook(np.generic, lambda value: value.item())
    # Pairs, not objects: canonical JSON sorts the keys of objects, and the order of columns must not be lost.
    converter.register_unstructure_hook_func(_is_mapping, lambda value: _pairs(converter, value))
    converter.register_unstructure_hook(dict, lambda value: _pairs(converter, value))
    converter.register_structure_hook_func(_is_mapping, lambda value, kind: _mapping(converter, value, kind))
    converter.register_structure_hook_func(lambda kind: kind is Any or kind is object, lambda value, _: _plainly(value))
    converter.register_structure_hook_func(_is_plain_union, _plain)
    return converter


def _is_array(kind: Any) -> bool:
    return get_origin(kind) is np.ndarray or kind is np.ndarray


def _array_to_list(value: Any) -> dict[str, Any]:
    return {"dtype": value.dtype.str, "values": value.tolist()}


def _list_to_array(value: Any, _: Any) -> Any:
    if value["dtype"] == "|O":
        array = np.empty(len(value["values"]), dtype=object)
        array[:] = value["values"]
        return array
    return np.asarray(value["values"], dtype=np.dtype(value["dtype"]))


# Marks a mapping that became a list of pairs; no field of a noun is called so.
PAIRS = "pairs"


def _pairs(converter: Any, value: Mapping[Any, Any]) -> dict[str, list[Any]]:
    return {PAIRS: [[converter.unstructure(key), converter.unstructure(item)] for key, item in value.items()]}


def _mapping(converter: Any, value: Mapping[str, Any], kind: Any) -> dict[Any, Any]:
    of_keys, of_items = get_args(kind)
    return {converter.structure(key, of_keys): converter.structure(item, of_items) for key, item in value[PAIRS]}


def _plainly(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plainly(item) for key, item in value[PAIRS]}
    return [_plainly(item) for item in value] if isinstance(value, list) else value


def _is_mapping(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping) and len(get_args(kind)) == 2


def _is_plain_union(kind: Any) -> bool:
    if get_origin(kind) is not types.UnionType:
        return False
    return set(get_args(kind)) <= {float, int, str, bool, type(None)}


def _plain(value: Any, kind: Any) -> Any:
    if value is None or (isinstance(value, str) and str in get_args(kind)):
        return value
    return float(value) if float in get_args(kind) else value


def as_json(noun: Any) -> Any:
    """Return a noun (or a list or dict of nouns) as JSON values."""
    return _converter().unstructure(noun)


def from_json(values: Any, kind: type[Noun]) -> Noun:
    """Return the noun that `as_json` wrote."""
    result: Noun = _converter().structure(values, kind)
    return result
