"""What entries are made of: what a use demands, how a criterion is measured; frozen, typed and built strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Protocol, TypeVar, cast

from countersign.errors import CatalogueError, nearest

SOURCES = (
    "data", "codebook", "form", "paradata", "benchmark", "weights", "estimates", "trail", "answers", "study",
)  # fmt: skip


@dataclass(frozen=True)
class Must:
    """What a use demands of one criterion.

    Parameters
    ----------
    criterion: id; condition: ``pass`` (assessed, nothing failed), ``clean`` (assessed, not even a warning),
        ``stated`` or ``reported`` (assessed, whatever came out), ``at_most`` or ``at_least`` (the value of `check`
        against `limit`), ``answered`` (people answered, and not with no), ``explained`` (it agrees, or people
        explained why not).
    check: which measure the limit is held against, or the condition speaks of; limit: in the unit of that measure.
    or_else: a criterion that meets this must by itself if it was assessed and nothing failed.
    unless: selections for which this must does not apply. only: units of data for which it does apply.
    words: what is demanded, in plain words.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "condition": ("pass", "clean", "stated", "reported", "answered", "explained", "at_most", "at_least")
    }
    SHORT: ClassVar[str] = "condition"

    criterion: str
    condition: str = "pass"
    check: str = ""
    limit: float | None = None
    unless: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    words: str = ""
    or_else: str = ""


@dataclass(frozen=True)
class Metric:
    """One measure of a criterion: a check that the code makes.

    Parameters
    ----------
    check: its stable name, as in a Finding. formula: the exact formula or rule, one line.
    reads: what it needs, of `SOURCES`. limit: id in the ``thresholds`` list against which its value is held.
    settings: ids of further thresholds the formula uses. optional: whether it may be absent from an assessment.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"reads": SOURCES}
    SHORT: ClassVar[str] = "formula"

    check: str
    formula: str
    reads: tuple[str, ...]
    limit: str = ""
    settings: tuple[str, ...] = ()
    optional: bool = False

    @property
    def thresholds(self) -> tuple[str, ...]:
        """The ids of all thresholds it uses, the limit first."""
        return (*((self.limit,) if self.limit else ()), *self.settings)


@dataclass(frozen=True)
class Fix:
    """A next step that helps a criterion.

    Parameters
    ----------
    do: one plain sentence. effort: ``answer`` (write something down or ask somebody), ``repair`` (work on the data,
        the form or the output), ``collect`` (go out again).
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"effort": ("answer", "repair", "collect")}
    SHORT: ClassVar[str] = "do"

    do: str
    effort: str

    @property
    def cost(self) -> int:
        """0, 1 or 2: the order of effort."""
        return self.CHOICES["effort"].index(self.effort)


class Shaped(Protocol):
    """A part: a frozen dataclass that names the values its keys may have and the key a bare text stands for."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]]
    SHORT: ClassVar[str]


Part = TypeVar("Part", bound=Shaped)


def build(kind: type[Part], body: Any, *, where: str, **given: str) -> Part:
    """Return a part written as a mapping, or as one text for its most important key.

    Parameters
    ----------
    body: as read from YAML. given: keys that are known from elsewhere, such as the id of a mapping.

    Raises
    ------
    CatalogueError: an unknown or missing key, or a value that is not among those allowed; the nearest is named.
    """
    if isinstance(body, str):
        body = {kind.SHORT: body}
    if not isinstance(body, dict):
        raise CatalogueError("This is neither a text nor a mapping.", where=where)
    known = {part.name: part for part in fields(cast(Any, kind))}
    for name, value in body.items():
        if name not in known or name in given:
            raise CatalogueError(f"Unknown key '{name}'. {nearest(str(name), known)}".rstrip(), where=where)
        if value is None:
            raise CatalogueError(f"'{name}' has no value.", where=where, action="quote a text that holds a comma")
    for name, part in known.items():
        if part.default is MISSING and part.default_factory is MISSING and not (body | given).get(name):
            raise CatalogueError(f"'{name}' is missing.", where=where)
    allowed(kind.CHOICES, body, where=where)
    values: dict[str, Any] = given | frozen(body)
    return kind(**values)


def build_all(kind: type[Part], body: Any, *, key: str, where: str) -> tuple[Part, ...]:
    """Return the parts of a mapping whose keys are their `key`, such as criterion -> must; of a list without a key."""
    if not key:
        if not isinstance(body, list):
            raise CatalogueError("This must be a list.", where=where, expected="- {...}")
        return tuple(build(kind, item, where=f"{where}[{place}]") for place, item in enumerate(body, start=1))
    if not isinstance(body, dict):
        raise CatalogueError("This must be a mapping.", where=where, expected=f"{key}: {{...}}")
    return tuple(build(kind, item, where=f"{where}.{name}", **{key: str(name)}) for name, item in body.items())


def allowed(choices: Mapping[str, tuple[str, ...]], body: Mapping[str, Any], *, where: str) -> None:
    """Raise CatalogueError where a key has a value, or a mapping or list holds one, that is not among its choices."""
    for name, values in choices.items():
        given = body.get(name, ())
        for value in given.values() if isinstance(given, dict) else _several(given):
            if value not in values:
                raise CatalogueError(
                    f"'{value}' is not a value of '{name}'. {nearest(str(value), values)}".rstrip(),
                    where=where,
                    expected=f"one of {', '.join(values)}",
                )


def frozen(value: Any) -> Any:
    """Return lists as tuples, all the way down, so that nobody changes a list for everybody else."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {str(key): frozen(item) for key, item in value.items()}
    return value


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)
