"""Arguments: every verb takes the same word for the same thing, and says in plain words what it cannot take.

`verb` stands before each verb. It reads the types the verb declares and brings what was given to them: one name is a
list of one name, never its letters; nothing at all is what it would be if it were left out; a number is a finite one.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar

from countersign.errors import ArgumentError, nearest
from countersign.study.inferring.spelling import is_number

P = ParamSpec("P")
R = TypeVar("R")

_NAMES = re.compile(r"(?:str \| |Group \| )?(?:Sequence\[(?P<each>.+?)\](?: \| Mapping\[str, str\])?|By|Group|Asked)")
"""Declared types that mean names, several or one."""
_TEXT = re.compile(r"str|Distance|Centre|Denominator|PropensityMethod|Model|Literal\[.*\]")
_NUMBERS = re.compile(r"Sequence\[float\]|tuple\[float, float\]|Sequence\[float\] \| float")
_NOUN = re.compile(r"ReplicateWeights|Weights|TotalError")
_LEAST = {
    "seed": 0,
    "replicates": 0,
    "bootstrap": 0,
    "draws": 0,
    "order": 0,
    "steps": 0,
    "degrees": 1,
    "most": 1,
    "hidden": 0,
    "minimum": 0,
    "households": 0,
}
"""Smallest whole number a word can mean; 1 where it is not named."""
_KINDS = {
    "str": "a text", "int": "a whole number", "bool": "True or False", "float": "a number", "list": "a list",
    "tuple": "a tuple", "dict": "a mapping", "set": "a set, which has no order", "bytes": "bytes",
    "NoneType": "nothing (None)",
}  # fmt: skip


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Return the verb with its arguments checked before it runs.

    Raises
    ------
    ArgumentError: an unknown or missing argument, or one of another type than declared.
    """

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        held = arguments(function, args, kwargs)
        placed = [held.pop(name) for name in _placed(signature(function).parameters)]
        for name, one in signature(function).parameters.items():
            if one.kind is Parameter.VAR_KEYWORD:
                held |= held.pop(name, {})
        return function(*placed, **held)

    return asked


def arguments(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], *, called: str = ""
) -> dict[str, Any]:
    """Return name -> argument, brought to the declared types, defaults filled in.

    Parameters
    ----------
    called: the verb's name in messages; empty = that of the function.
    """
    called = called or function.__name__
    declared = signature(function)
    parameters = declared.parameters
    placed = _placed(parameters)
    if len(args) > len(placed):
        raise ArgumentError(
            f"{len(args)} things were given without a name, and {len(placed)} can be.",
            where=called,
            expected=f"{' and '.join(placed)}, and everything else by name",
            action="write the names, such as where=",
        )
    open_ended = any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values())
    for name in kwargs:
        if (name not in parameters and not open_ended) or name in placed[: len(args)]:
            raise ArgumentError(
                f"'{name}' is given twice."
                if name in parameters
                else f"There is no argument '{name}'. {nearest(name, parameters)}".strip(),
                where=called,
                expected=f"one of: {', '.join(parameters)}",
                action="correct the name",
            )
    given = dict(zip(placed, args, strict=False)) | dict(kwargs)
    lacking = [
        name for name, one in parameters.items()
        if one.default is Parameter.empty and one.kind is not Parameter.VAR_KEYWORD and name not in given
    ]  # fmt: skip
    if lacking:
        raise ArgumentError(
            f"It is not said what {' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'}.",
            where=called,
            expected=", ".join(name if name in placed else f"{name}=" for name in lacking),
            action="give what is missing",
        )
    found: dict[str, Any] = {}
    for name, one in parameters.items():
        if one.kind is Parameter.VAR_KEYWORD:
            found[name] = {key: value for key, value in given.items() if key not in parameters}
        else:
            found[name] = _taken(called, one, given[name]) if name in given else one.default
    _in_the_model(called, found)
    return found


_TERMS = ("on", "on_site", "on_visit", "outcome_on", "citizen")
"""Arguments that name the variables of a model."""


def _in_the_model(called: str, found: Mapping[str, Any]) -> None:
    """Refuse to be told how to use a variable that is not used: the figure would not be adjusted by it."""
    words = [word for word in _TERMS if word in found]
    used = {
        name for word in words for term in found[word] or () for name in ((term,) if isinstance(term, str) else term)
    }
    for word in ("numeric", "categories"):
        for name in (found.get(word) or ()) if words else ():
            if name not in used:
                raise ArgumentError(
                    f"'{name}' is in {word}=, which only says how a variable is used, and no variable of the model is"
                    " called so.",
                    where=called,
                    expected=f"names that are in {words[0]}= too",
                    action=f"add '{name}' to {words[0]}=, or leave it out of {word}=",
                )


def _placed(parameters: Mapping[str, Parameter]) -> list[str]:
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, one in parameters.items() if one.kind in kinds]


def _taken(called: str, parameter: Parameter, given: Any) -> Any:
    """Bring one argument to its declared type."""
    name, declared = parameter.name, str(parameter.annotation).removesuffix(" | None")
    if given is None and parameter.default is not Parameter.empty:
        return parameter.default
    if declared == "Any":
        return _table(called, name, given)
    if _TEXT.fullmatch(declared):
        return _text(called, parameter, given)
    if declared == "float":
        return _number(called, name, given)
    if declared == "int":
        return _whole(called, name, given)
    if declared == "bool":
        if type(given).__name__ in ("bool", "bool_"):
            return bool(given)
        raise _wrong(called, name, given, "True or False")
    if _NUMBERS.fullmatch(declared):
        return _numbers(called, name, given, declared)
    if _NOUN.fullmatch(declared):
        if any(one.__name__ == declared for one in type(given).__mro__):
            return given
        raise _wrong(called, name, given, f"{declared}, made by {_MAKERS[declared]}")
    if declared in ("Mapping[str, str]", "Figures") or (isinstance(given, Mapping) and "Mapping" in declared):
        return _mapping(called, name, given, texts=declared != "Figures")
    if declared == "Asked" and isinstance(given, Mapping):
        return _mapping(called, name, given, texts=True)
    if declared.startswith("Callable"):
        if callable(given):
            return given
        raise _wrong(called, name, given, "a function")
    if declared in ("Margins", "Totals", "Population"):
        return _known(called, name, given, declared)
    if declared in ("Sequence[Any]", "Sequence[str | int] | str | int"):
        return _values(called, name, given)
    names = _NAMES.fullmatch(declared.removesuffix(" | str"))
    if names:
        crossed = names["each"] != "str" and declared != "Asked"
        if name == "columns":  # a pattern, or names of which each counts
            return given if isinstance(given, str) else _names(called, name, given, crossed=False, once=False)
        return _names(called, name, given, crossed=crossed)
    return given


_MAKERS = {
    "ReplicateWeights": "inference.replicate",
    "Weights": "countersign.weight or inference.calibrate",
    "TotalError": "inference.learn_total_error",
}


def _table(called: str, name: str, given: Any) -> Any:
    if (
        given is None
        or is_number(given)
        or isinstance(given, bool | bytes)
        or (isinstance(given, str) and not given.strip())
    ):
        raise _wrong(called, name, given, "a table: a path, a data frame, an Arrow table, or a Dataset")
    return given


def _text(called: str, parameter: Parameter, given: Any) -> str:
    if not isinstance(given, str):
        raise _wrong(called, parameter.name, given, "one text, such as the name of a column")
    if not given.strip() and parameter.default != "":
        raise _wrong(called, parameter.name, given, "a text, such as the name of a column")
    return str(given) if given.strip() else ""


def _number(called: str, name: str, given: Any) -> float:
    """Return a finite number; infinity has no meaning in any verb."""
    if isinstance(given, bool | str | bytes) or not hasattr(type(given), "__float__"):
        raise _wrong(called, name, given, "a number")
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(called, name, given, "a number") from None
    if not math.isfinite(number) or (name == "level" and not 0 < number < 1):
        raise ArgumentError(
            f"{name}={number:g} cannot be computed with.",
            where=called,
            expected="a level of confidence above 0 and below 1, such as 0.95"
            if name == "level"
            else "a finite number",
            action=f"correct {name}=",
        )
    return given if type(given) is int else number


def _whole(called: str, name: str, given: Any) -> int:
    try:
        if isinstance(given, bool):
            raise TypeError
        number = int(operator.index(given))
    except TypeError:
        raise _wrong(called, name, given, "a whole number") from None
    least = _LEAST.get(name, 1)
    if number == 1 and name in ("bootstrap", "replicates"):
        least = 2  # one has no spread
    if number < least:
        raise ArgumentError(
            f"{name}={number} is too small.",
            where=called,
            expected=f"{least} or more" + (", or 0 for none" if least == 2 else ""),
            action=f"correct {name}=",
        )
    return number


def _numbers(called: str, name: str, given: Any, declared: str) -> Any:
    if is_number(given) and not declared.startswith("tuple"):
        return _number(called, name, given) if declared.endswith(" | float") else (_number(called, name, given),)
    if isinstance(given, str | bytes | Mapping) or not hasattr(given, "__len__") or not hasattr(given, "__iter__"):
        raise _wrong(called, name, given, "a list of numbers")
    numbers = tuple(_number(called, name, one) for one in given)
    if declared.startswith("tuple") and (len(numbers) != 2 or numbers[0] >= numbers[1]):
        raise ArgumentError(
            f"{name}= is no pair of numbers, smaller one first.",
            where=called,
            expected="two numbers, such as (0.3, 3)",
            action=f"correct {name}=",
        )
    return numbers


def _mapping(called: str, name: str, given: Any, *, texts: bool) -> Any:
    if not isinstance(given, Mapping):
        raise _wrong(called, name, given, "a mapping: name -> what belongs to it")
    for key, value in given.items() if texts else ():
        if not isinstance(key, str) or not key.strip():
            raise _wrong(called, name, key, "names as its keys", inside=True)
        if not isinstance(value, str) or not value.strip():
            raise _wrong(called, name, value, "an expression or a name for each key", inside=True)
    return given


def _known(called: str, name: str, given: Any, declared: str) -> Any:
    """Check known numbers: of everybody, by category, or by variable and category."""
    if type(given).__name__ in ("Benchmark", "KnownTotals"):
        return given
    if declared == "Population" and not isinstance(given, Mapping):
        return _number(called, name, given)
    if not isinstance(given, Mapping):
        raise _wrong(called, name, given, "a mapping: variable -> category -> people")
    if declared == "Population":
        for one in given.values():
            _number(called, name, one)
        return given
    for held in given.values():
        if isinstance(held, Mapping):
            for one in held.values():
                _number(called, name, one)
        elif declared == "Margins":
            raise _wrong(called, name, held, "a mapping category -> people for each variable", inside=True)
        else:
            _number(called, name, held)
    return given


def _values(called: str, name: str, given: Any) -> tuple[Any, ...]:
    """Return values of a column, one of them as a tuple of one."""
    if isinstance(given, str) or is_number(given):
        return (given,)
    if isinstance(given, bytes | Mapping) or not isinstance(given, Sequence):
        raise _wrong(called, name, given, "a list of values")
    for one in given:
        if one is None or isinstance(one, Mapping | list | tuple | set | bytes):
            raise _wrong(called, name, one, "values of a column", inside=True)
    return tuple(given)


def _names(called: str, name: str, given: Any, *, crossed: bool, once: bool = True) -> tuple[Any, ...]:
    """Return names, and crossed ones as tuples, each once."""
    if isinstance(given, str):
        return (given,) if given.strip() else ()
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise _wrong(called, name, given, "a name, or a list of names")
    found: list[Any] = []
    for one in given:
        several = crossed and isinstance(one, Sequence) and not isinstance(one, str | bytes)
        parts = tuple(one) if several else (one,)
        for part in parts:
            if not isinstance(part, str) or not part.strip():
                expected = "names only" + (", crossed ones as a tuple of names" if crossed else "")
                raise _wrong(called, name, part, expected, inside=True)
        parts = tuple(dict.fromkeys(parts))
        if parts:
            found.append(parts if len(parts) > 1 else parts[0])
    return tuple(dict.fromkeys(found)) if once else tuple(found)


def _wrong(called: str, name: str, given: Any, expected: str, *, inside: bool = False) -> ArgumentError:
    """Return the error; what was given is told by its kind, never by its value."""
    kind = type(given).__name__
    empty = isinstance(given, str) and not given.strip()
    told = "an empty text" if empty else _KINDS.get(kind, f"a {kind}")
    return ArgumentError(
        f"{name}= {'holds' if inside else 'is'} {told}.", where=called, expected=expected, action=f"correct {name}="
    )
