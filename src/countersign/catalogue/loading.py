"""Reads reference lists: one YAML file each, read when first asked for, kept for the life of the program.

What is wrong in a list is a CatalogueError that names the file and the entry, so that a contributor who edits one
learns it from the first test.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields
from functools import cache
from importlib import resources
from typing import Any, TypeVar, cast

import yaml

from countersign.catalogue.breakdown import Dimension, Group, Requirement
from countersign.catalogue.decision import Node
from countersign.catalogue.entries import (
    Claim,
    CodeList,
    Criterion,
    Entry,
    Indicator,
    Listing,
    Rung,
    Status,
    Step,
    Threshold,
    Use,
)
from countersign.catalogue.framework import View
from countersign.catalogue.organisation import Part
from countersign.catalogue.parts import allowed, build_all, frozen
from countersign.catalogue.question import Question, Scale
from countersign.catalogue.question_sets import BankSet
from countersign.errors import CatalogueError, nearest

KINDS: Mapping[str, type[Entry]] = {
    "": Entry,
    "step": Step,
    "rung": Rung,
    "use": Use,
    "criterion": Criterion,
    "threshold": Threshold,
    "indicator": Indicator,
    "code list": CodeList,
    "claim": Claim,
    "question": Question,
    "scale": Scale,
    "view": View,
    "node": Node,
    "dimension": Dimension,
    "vulnerable group": Group,
    "requirement": Requirement,
    "bank set": BankSet,
    "maturity": Part,
}
HEAD = frozenset({"list", "holds", "title", "version", "source", "status", "note", "author", "date", "entries",
                  "valid_from", "valid_to", "languages"})  # fmt: skip
INHERITED = ("version", "source", "status", "author", "date", "valid_from", "valid_to")

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Kind = TypeVar("Kind", bound=Entry)


class _Reader(_Base):  # type: ignore[misc]
    """The C loader of PyYAML that refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise CatalogueError(
                    f"The key '{key.value}' is written twice.", where=f"line {key.start_mark.line + 1}"
                )
            seen.add(key.value)
        return cast(dict[Hashable, Any], super().construct_mapping(node, deep=deep))


def available() -> tuple[str, ...]:
    """Return the names of all lists, sorted."""
    files = resources.files("countersign.catalogue").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def load(name: str) -> Listing[Entry]:
    """Return a reference list by the name of its file, without ``.yaml``.

    Raises
    ------
    CatalogueError: no such list (the nearest is named), or a list that cannot be understood (file and entry are
        named).
    """
    file = resources.files("countersign.catalogue").joinpath(f"{name}.yaml")
    if not file.is_file():
        raise CatalogueError(
            f"There is no reference list '{name}'. {nearest(name, available())}".rstrip(),
            expected=f"one of {', '.join(available())}",
        )
    return read(file.read_text(encoding="utf-8"), where=f"catalogue/{name}.yaml")


def read(text: str, *, where: str) -> Listing[Entry]:
    """Return the list written in a YAML text; `where` names it in errors.

    The head gives ``list`` (its name), ``title``, ``holds`` (kind of entry), and what entries inherit unless they say
    otherwise: ``version``, ``source``, ``status``, ``author``, ``date``, ``valid_from``, ``valid_to``.
    """
    try:
        head = yaml.load(text, Loader=_Reader)  # noqa: S506 - built on CSafeLoader
    except yaml.YAMLError as error:
        raise CatalogueError("This is not valid YAML.", where=where, action=str(error)) from error
    except CatalogueError as error:
        raise CatalogueError(error.problem, where=f"{where}, {error.where}") from error
    if not isinstance(head, dict) or not isinstance(head.get("entries"), dict):
        raise CatalogueError("A list needs a head and 'entries'.", where=where, expected="entries: {id: {...}, ...}")
    for key in head:
        if key not in HEAD:
            raise CatalogueError(f"Unknown key '{key}'. {nearest(str(key), HEAD)}".rstrip(), where=where)
    holds = str(head.get("holds", ""))
    if holds not in KINDS:
        raise CatalogueError(f"Unknown kind '{holds}'. {nearest(holds, KINDS)}".rstrip(), where=where)
    entries = {
        str(key): _entry(str(key), body, head=head, kind=KINDS[holds], where=f"{where}, entries.{key}")
        for key, body in head["entries"].items()
    }
    return Listing(
        name=str(head.get("list", "")),
        title=str(head.get("title", "")),
        entries=entries,
        version=str(head.get("version", "")),
        source=str(head.get("source", "")),
        status=_status(head.get("status", Status.PROPOSED), where=where),
        note=str(head.get("note", "")),
    )


def criteria() -> Listing[Criterion]:
    """Return the criteria A1 .. I3."""
    return typed("criteria", Criterion)


def uses() -> Listing[Use]:
    """Return the use ladder U0 .. U6, lowest first."""
    return typed("uses", Use)


def claims() -> Listing[Claim]:
    """Return the claims that are refused."""
    return typed("blocked_claims", Claim)


def threshold(key: str) -> Threshold:
    """Return the limits of one measure; CatalogueError names the nearest known one."""
    return typed("thresholds", Threshold)[key]


def protection_limit(key: str) -> float:
    """Return a limit that protects people (list ``protection``); CatalogueError names the nearest known one."""
    return typed("protection", Threshold)[key].good


def indicator(key: str) -> Indicator:
    """Return an SDG indicator by its code, such as ``14.1.1``; ``14.1.1b`` and ``14.1.1(b)`` find it too."""
    listing = typed("sdg_indicators", Indicator)
    short = key.split("(")[0].strip()
    if short not in listing and short[-1:].isalpha() and short[:-1] in listing:
        short = short[:-1]
    return listing[short if short in listing else key]


def code_list(dimension: str) -> CodeList:
    """Return the code list of an SDMX dimension: ``SEX``, ``AGE``, ``URBANISATION``, ``DISABILITY_STATUS``."""
    return typed("code_lists", CodeList)[dimension]


def bank() -> Listing[BankSet]:
    """Return the question bank: sets of questions by the name under which a form may claim them."""
    return typed("question_bank", BankSet)


def maturity() -> Listing[Part]:
    """Return the form on the maturity of an organisation, part by part."""
    return typed("maturity", Part)


def typed(name: str, kind: type[Kind]) -> Listing[Kind]:
    """Return a list whose entries are all of one kind; CatalogueError where they are not."""
    listing = load(name)
    if not all(isinstance(entry, kind) for entry in listing):
        raise CatalogueError(f"The list does not hold {kind.__name__} entries.", where=f"catalogue/{name}.yaml")
    return cast(Listing[Kind], listing)


def _entry(key: str, body: Any, *, head: Mapping[str, Any], kind: type[Entry], where: str) -> Entry:
    body = {"title": body} if isinstance(body, str) else dict(body or {})
    known = {part.name for part in fields(kind)} - {"id", "facts"}
    given: dict[str, Any] = {name: head[name] for name in (*INHERITED, "languages") if name in head and name in known}
    given |= {name: body.pop(name) for name in list(body) if name in known}
    if kind is not Entry and body:
        first = next(iter(body))
        if "facts" not in body or len(body) > 1:
            first = next(name for name in body if name != "facts")
            raise CatalogueError(f"Unknown key '{first}'. {nearest(first, known)}".rstrip(), where=where)
        body = dict(body["facts"])
    for name, value in (given | body).items():
        if value is None:
            raise CatalogueError(f"'{name}' has no value.", where=where, action="quote a text that holds a comma")
    for name in ("title", "source", "status"):
        if not given.get(name):
            raise CatalogueError(f"'{name}' is missing.", where=where, expected="every entry has one, or its list does")
    given["status"] = _status(given["status"], where=where)
    allowed(kind.CHOICES, given, where=where)
    for name, value in given.items():
        if name in kind.PARTS:
            part, key_of_part = kind.PARTS[name]
            given[name] = build_all(part, value, key=key_of_part, where=f"{where}.{name}")
        elif name != "status":
            given[name] = frozen(value) if isinstance(value, list | dict) else _scalar(value, name)
    return kind(id=key, facts=frozen(body), **given)


def _status(value: Any, *, where: str) -> Status:
    try:
        return Status(str(value))
    except ValueError:
        known = [str(status) for status in Status]
        raise CatalogueError(
            f"Unknown status '{value}'. {nearest(str(value), known)}".rstrip(),
            where=where,
            expected=f"one of {', '.join(known)}",
        ) from None


def _scalar(value: Any, name: str) -> Any:
    """Dates, versions and years become text; numbers, true and false stay."""
    return str(value) if name in INHERITED or not isinstance(value, bool | int | float | str) else value
