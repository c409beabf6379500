"""Structure message -> DataStructure: a file of SDMX-ML 2.1, 3.0 or 3.1, or SDMX-JSON 2.0, read through pysdmx."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from countersign.errors import DataError, nearest
from countersign.model.data_structure import (
    Attachment,
    CodeList,
    Component,
    ComponentKind,
    ContentConstraint,
    DataStructure,
)

EXTRA = "pip install 'countersign[sdmx]'"
_REFERENCE = re.compile(r"[A-Za-z]+=[A-Za-z0-9_.-]+:[A-Za-z0-9_@$-]+\([^)]*\)(?:\.[A-Za-z0-9_@$-]+)?")
_NUMBER = re.compile(r"\[([0-9]+\.[0-9a-z]+\.[0-9a-z]+)\]", re.IGNORECASE)


def read_structure(path: Path, *, named: str = "", where: str = "") -> DataStructure:
    """Read the data structure of a file, with its code lists and constraints.

    Parameters
    ----------
    named: ``AGENCY:ID(VERSION)`` or the id, where the file holds several structures. where: for messages.

    Raises
    ------
    DataError: the file is not there or no structure message, holds no or several structures, refers to a code list it
        does not hold, or has no or several measures; the package that reads it is missing.
    """
    place = where or path.name
    messages = _artefacts(path, place)
    found = [one for one in messages if type(one).__name__ == "DataStructureDefinition"]
    keys = [_key(one) for one in found]
    chosen = [one for one in found if not named or named in (_key(one), one.id)]
    if len(chosen) != 1:
        listed = ", ".join(keys) or "none"
        raise DataError(
            f"'{path.name}' holds {len(chosen) if named else len(found)} data structures"
            + (f" named '{named}'. {nearest(named, keys)}".rstrip() if named else "."),
            where=place,
            expected=f"one data structure; the file holds: {listed}",
            action="name one of them with 'structure_id', or save the structure with everything it refers to",
        )
    definition = chosen[0]
    lists = {_key(one): _code_list(one) for one in messages if type(one).__name__ in ("Codelist", "ValueList")}
    components = tuple(_component(one, lists, path.name, place) for one in definition.components)
    components = _without_time_in_series(components)
    measures = [one.id for one in components if one.kind is ComponentKind.MEASURE]
    if len(measures) != 1:
        raise DataError(
            f"The structure '{_key(definition)}' has {len(measures)} measures: {', '.join(measures) or 'none'}.",
            where=place,
            expected="a structure with one measure, such as OBS_VALUE",
            action="take another structure",
        )
    used = {one.codes for one in components if one.codes}
    dimensions = frozenset(one.id for one in components)
    return DataStructure(
        agency=_agency(definition),
        id=definition.id,
        version=str(definition.version),
        name=definition.name or definition.id,
        components=components,
        lists={key: one for key, one in lists.items() if key in used},
        indicators=_indicators([one for one in messages if _is_used(one, used)]),
        constraints=_constraints(messages, dimensions),
        source=path.name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _artefacts(path: Path, place: str) -> Sequence[Any]:
    if not path.is_file():
        raise DataError(
            f"There is no file '{path.name}'.",
            where=place,
            expected="a structure message: SDMX-ML or SDMX-JSON",
            action="put the file there, correct the name, or leave 'structure' out for the global SDG structure",
        )
    try:
        from pysdmx.io import read_sdmx
    except ImportError as error:
        raise DataError(
            "Reading a structure of your own needs the package pysdmx, which is not installed.",
            where=place,
            expected="pysdmx with its parts for XML and data",
            action=EXTRA,
        ) from error
    try:
        message = read_sdmx(path, validate=False)
    except Exception as error:  # pysdmx lets errors of the XML and JSON parsers through
        lacking = _REFERENCE.search(str(error))
        raise (_incomplete(path.name, lacking[0], place) if lacking else _not_a_message(path, place)) from error
    if not message.structures:
        raise _not_a_message(path, place)
    return tuple(message.structures)


def _incomplete(file: str, reference: str, place: str) -> DataError:
    return DataError(
        f"'{file}' refers to {reference}, which it does not hold.",
        where=place,
        expected="a structure message with all code lists and concepts inside",
        action="export the structure once more, with 'references=all'",
    )


def _not_a_message(path: Path, place: str) -> DataError:
    return DataError(
        f"'{path.name}' is not a structure message that can be read.",
        where=place,
        expected="SDMX-ML 2.1, 3.0 or 3.1, or SDMX-JSON 2.0, with a data structure and its code lists",
        action="export the structure once more, with 'references=all', and check that the file is whole",
    )


def _agency(artefact: Any) -> str:
    agency = artefact.agency
    return agency if isinstance(agency, str) else str(agency.id)


def _key(artefact: Any) -> str:
    return f"{_agency(artefact)}:{artefact.id}({artefact.version})"


def _code_list(artefact: Any) -> CodeList:
    return CodeList(
        _key(artefact), artefact.name or artefact.id, {str(code.id): code.name or str(code.id) for code in artefact}
    )


def _component(found: Any, lists: dict[str, CodeList], file: str, place: str) -> Component:
    """Turn one component of pysdmx into ours; a code list that pysdmx resolved is kept as it is."""
    role = str(getattr(found.role, "value", found.role))
    kind = {"D": ComponentKind.DIMENSION, "M": ComponentKind.MEASURE}.get(role, ComponentKind.ATTRIBUTE)
    type_ = str(getattr(found.dtype, "value", found.dtype))
    if kind is ComponentKind.DIMENSION and (type_ in TIME_TYPES or found.id == "TIME_PERIOD"):
        kind = ComponentKind.TIME
    codes = ""
    if kind is not ComponentKind.TIME and (found.enumeration is not None or found.enum_ref):
        if found.enumeration is not None:
            codes = _key(found.enumeration)
            lists.setdefault(codes, _code_list(found.enumeration))
        else:
            codes = str(found.enum_ref).partition("=")[2] or str(found.enum_ref)
        if codes not in lists:
            raise _incomplete(file, f"Codelist={codes}", place)
    attached, dimensions = _attachment(found.attachment_level)
    return Component(
        id=found.id,
        kind=kind,
        name=found.name or getattr(found.concept, "name", None) or found.id,
        codes=codes,
        type=type_,
        required=bool(found.required) or kind in (ComponentKind.DIMENSION, ComponentKind.TIME),
        attached=attached,
        dimensions=dimensions,
    )


TIME_TYPES = frozenset({"ObservationalTimePeriod", "TimeRange", "GregorianTimePeriod", "StandardTimePeriod"})


def _attachment(level: str | None) -> tuple[Attachment, tuple[str, ...]]:
    if level is None or level == "O":
        return Attachment.OBSERVATION, ()
    if level == "D":
        return Attachment.DATASET, ()
    return Attachment.SERIES, tuple(level.split(","))


def _without_time_in_series(components: tuple[Component, ...]) -> tuple[Component, ...]:
    """An attribute that depends on time speaks of the observation; one that depends on the measure does too."""
    from dataclasses import replace

    series = {one.id for one in components if one.kind is ComponentKind.DIMENSION}
    return tuple(
        one
        if one.attached is not Attachment.SERIES or set(one.dimensions) <= series
        else replace(one, attached=Attachment.OBSERVATION, dimensions=())
        for one in components
    )


def _is_used(artefact: Any, used: Iterable[str]) -> bool:
    return type(artefact).__name__ == "Codelist" and _key(artefact) in used


def _indicators(lists: Iterable[Any]) -> Mapping[str, tuple[str, ...]]:
    """Return code -> numbers of indicators, from annotations called Indicator or a number in brackets in the name."""
    found: dict[str, tuple[str, ...]] = {}
    for artefact in lists:
        for code in artefact:
            told = [_annotated(one) for one in code.annotations or () if (one.id or one.type) == "Indicator"]
            numbers = [number for text in told for number in re.split(r"[;,\s]+", text) if number]
            numbers = numbers or _NUMBER.findall(code.name or "")
            if numbers:
                found[str(code.id)] = tuple(dict.fromkeys(number.casefold() for number in numbers))
    return found


def _annotated(annotation: Any) -> str:
    return str(annotation.text or annotation.value or annotation.title or "")


def _constraints(messages: Sequence[Any], components: frozenset[str]) -> tuple[ContentConstraint, ...]:
    """Return what the cube regions of the message allow; regions that exclude are not read."""
    found: list[ContentConstraint] = []
    for artefact in messages:
        regions = [
            {one.id: {value.value for value in one.values} for one in region.key_values if one.values}
            for region in getattr(artefact, "cube_regions", ()) or ()
            if region.is_included
        ]
        regions = [{name: codes for name, codes in one.items() if name in components} for one in regions]
        if regions:
            found += _allowed(regions)
    return tuple(found)


def _allowed(regions: list[dict[str, set[str]]]) -> list[ContentConstraint]:
    """Turn regions, of which an observation must lie in one, into what each code of their common subject allows.

    What is common to all regions of a subject is allowed to vary within their union, which refuses nothing that a
    region allows.
    """
    subjects = [name for name in regions[0] if all(len(one.get(name, ())) == 1 for one in regions)]
    subject = max(subjects, key=lambda name: len({min(one[name]) for one in regions}), default="")
    groups: dict[str, list[dict[str, set[str]]]] = {}
    for region in regions:
        groups.setdefault(min(region[subject]) if subject else "", []).append(region)
    found = [ContentConstraint({subject: frozenset(groups)})] if subject else []
    for code, alike in groups.items():
        common = [name for name in alike[0] if name != subject and all(name in one for one in alike)]
        if common:
            allowed = {name: frozenset[str]().union(*(one[name] for one in alike)) for name in common}
            found.append(ContentConstraint(allowed, subject, code))
    return found
