"""DataStructure: what an SDMX data set may hold: its dimensions, attributes, code lists, and which codes go together.

The names are those of the SDMX information model. A structure is the only thing that writers know of the data they
write: no dimension of any particular structure is named in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class ComponentKind(StrEnum):
    """The part a component plays."""

    DIMENSION = "dimension"
    TIME = "time"
    MEASURE = "measure"
    ATTRIBUTE = "attribute"


class Attachment(StrEnum):
    """What an attribute speaks of."""

    OBSERVATION = "observation"
    SERIES = "series"
    DATASET = "dataset"


NUMBERS = frozenset({"Double", "Float", "Decimal", "Integer", "Long", "Short", "BigInteger", "Count"})


@dataclass(frozen=True)
class CodeList:
    """A list of codes and their names.

    Parameters
    ----------
    key: ``AGENCY:ID(VERSION)``. codes: code -> name, in the order of the list.
    """

    key: str
    name: str
    codes: Mapping[str, str]


@dataclass(frozen=True)
class Component:
    """One column of the data.

    Parameters
    ----------
    id: such as ``SEX``. name: of its concept. codes: key of its code list; empty = free.
    type: SDMX data type of a free one. required: an observation needs it.
    attached: what an attribute speaks of. dimensions: the dimensions an attribute of a series depends on.
    """

    id: str
    kind: ComponentKind
    name: str = ""
    codes: str = ""
    type: str = "String"
    required: bool = False
    attached: Attachment = Attachment.OBSERVATION
    dimensions: tuple[str, ...] = ()

    @property
    def number(self) -> bool:
        """Whether its values are numbers; a measure's are, also where the structure does not say so."""
        return not self.codes and (self.type in NUMBERS or self.kind is ComponentKind.MEASURE)


@dataclass(frozen=True)
class ContentConstraint:
    """Which codes go together.

    Parameters
    ----------
    allowed: component -> codes it may have. component, code: it applies to observations that have this code there;
    both empty = to all.
    """

    allowed: Mapping[str, frozenset[str]]
    component: str = ""
    code: str = ""


@dataclass(frozen=True)
class DataStructure:
    """A data structure definition with everything it refers to.

    Parameters
    ----------
    components: in the order of the structure. lists: key -> code list.
    indicators: code of a series -> numbers of the indicators it belongs to; empty where the structure does not say.
    constraints: which codes go together. source, licence: of the structure. digest: SHA-256 of the file it was read
    from; empty for the one that comes along.
    """

    agency: str
    id: str
    version: str
    name: str
    components: tuple[Component, ...]
    lists: Mapping[str, CodeList]
    indicators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constraints: tuple[ContentConstraint, ...] = ()
    source: str = ""
    licence: str = ""
    digest: str = ""

    @property
    def key(self) -> str:
        """``AGENCY:ID(VERSION)``."""
        return f"{self.agency}:{self.id}({self.version})"

    @property
    def urn(self) -> str:
        """The name of the structure in a registry."""
        return f"urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={self.key}"

    @cached_property
    def _by_id(self) -> Mapping[str, Component]:
        return {one.id: one for one in self.components}

    def __contains__(self, component: str) -> bool:
        return component in self._by_id

    def __getitem__(self, component: str) -> Component:
        return self._by_id[component]

    def _of(self, kind: ComponentKind) -> tuple[Component, ...]:
        return tuple(one for one in self.components if one.kind is kind)

    @cached_property
    def dimensions(self) -> tuple[Component, ...]:
        """The dimensions but time, in the order of the key."""
        return self._of(ComponentKind.DIMENSION)

    @cached_property
    def time(self) -> Component | None:
        """The time dimension."""
        return next(iter(self._of(ComponentKind.TIME)), None)

    @cached_property
    def measure(self) -> Component:
        """What is measured."""
        return self._of(ComponentKind.MEASURE)[0]

    @cached_property
    def attributes(self) -> tuple[Component, ...]:
        """All attributes."""
        return self._of(ComponentKind.ATTRIBUTE)

    def attached(self, to: Attachment) -> tuple[Component, ...]:
        """Return the attributes that speak of an observation, a series or the whole data set."""
        return tuple(one for one in self.attributes if one.attached is to)

    def codes(self, component: str) -> Mapping[str, str]:
        """Return code -> name of a component; empty for a free one."""
        key = self[component].codes
        return self.lists[key].codes if key else {}
