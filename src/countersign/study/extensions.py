"""Extensions: what the rooms and installed packages offer, all registered through the same hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from countersign.errors import StudyError, nearest
from countersign.hooks import Importer, Measure, Publisher, hookimpl, manager
from countersign.study.outputs import COMMUNITY, DOSSIER, ESTIMATES, OUTPUTS, REPORT, load_output

__all__ = ["COMMUNITY", "DOSSIER", "ESTIMATES", "OUTPUTS", "REPORT", "importer", "measures", "publisher"]


class _BuiltIn:
    """The built-in measures, importers and publishers; rooms are entered only when one is used."""

    @hookimpl
    def quality_measures(self) -> Sequence[Measure]:
        from countersign.quality import MEASURES

        return MEASURES

    @hookimpl
    def importers(self) -> Mapping[str, Importer]:
        return dict.fromkeys(("", "csv", "xlsx", "parquet", "published-tables"), _take_in)

    @hookimpl
    def publishers(self) -> Mapping[str, Publisher]:
        return {name: load_output(address) for name, address in OUTPUTS.items()}


def _take_in(*positional: Any, **named: Any) -> Any:
    from countersign.intake import take_in

    return take_in(*positional, **named)


@cache
def _registered() -> Any:
    hooks = manager()
    hooks.register(_BuiltIn(), name="built-in")
    return hooks.hook


def measures() -> tuple[Measure, ...]:
    """Return every measure of data quality, the built-in ones first."""
    found: list[Sequence[Measure]] = _registered().quality_measures()
    # The one registered last answers first: the built-ins are registered after the installed packages.
    return tuple(measure for group in found for measure in group)


def importer(name: str, *, where: str) -> Importer:
    """Return the importer of a format.

    Raises
    ------
    StudyError: nobody offers it; the message names the nearest known one.
    """
    found: Importer = _one("format", name, _merged(_registered().importers()), where)
    return found


def publisher(name: str, *, where: str) -> Publisher:
    """Return the publisher of a name under ``publish``; see `importer`."""
    found: Publisher = _one("output", name, _merged(_registered().publishers()), where)
    return found


def _merged(offers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    def pairs() -> Iterator[tuple[str, Callable[..., Any]]]:
        for offer in reversed(offers):
            yield from offer.items()

    return dict(pairs())


def _one(kind: str, name: str, known: Mapping[str, Any], where: str) -> Any:
    if name in known:
        return known[name]
    names = sorted(option for option in known if option)
    raise StudyError(
        f"The {kind} '{name}' is not known. {nearest(name, names)}".strip(),
        where=where,
        expected="one of " + ", ".join(names),
        action="correct the name, or install the package that offers it",
    )
