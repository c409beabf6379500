"""Groups that have no code: one code each of the dimension for custom breakdowns, and a label that says what it means.

Global lists know no indigenous people, no ethnicity, no refugees. What has no code is not left out: it gets the next
free one, in the order in which the figures name the groups, unless the study fixes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from countersign.model.data_structure import DataStructure
from countersign.model.sdmx_mapping import MappedVariable
from countersign.publishing.labels import Labels
from countersign.publishing.sdmx.refusals import in_study, refusal
from countersign.publishing.sdmx.roles import TOTALS

Member = tuple[tuple[str, str], ...]


class Groups:
    """Codes of groups of one structure.

    Parameters
    ----------
    dimension: for groups without a code; empty where the structure has none.
    """

    def __init__(
        self, structure: DataStructure, dimension: str, variables: Sequence[MappedVariable], names: Labels
    ) -> None:
        self.dimension, self._names, self._structure = dimension, names, structure
        self._variables = {one.variable: one for one in variables if dimension and one.dimension == dimension}
        reserved = {code for one in self._variables.values() for code in one.codes.values()}
        codes = structure.codes(dimension) if dimension else {}
        self._free: Iterator[str] = (code for code in codes if code not in reserved and code not in TOTALS)
        self._codes: dict[Member, str] = {}
        self.labels: dict[str, str] = {}

    def code(self, domain: Mapping[str, str], place: Member = ()) -> str:
        """Return the code of the group a figure is about; empty where it is about no group without a code.

        Parameters
        ----------
        domain: variable -> category. place: the place all figures are about, where it has no code.

        Raises
        ------
        ReleaseError: there are more groups than codes.
        """
        if not self.dimension:
            return ""
        own = tuple((name, str(category)) for name, category in domain.items() if name in self._variables)
        member = (*place, *own)
        if not member:
            return ""
        if member not in self._codes:
            self._codes[member] = self._next(own, place)
            self.labels[self._codes[member]] = self._label(own, place)
        return self._codes[member]

    def _next(self, own: Member, place: Member) -> str:
        if len(own) == 1 and not place and own[0][1] in self._variables[own[0][0]].codes:
            return self._variables[own[0][0]].codes[own[0][1]]
        code = next(self._free, "")
        if not code:
            count = len(self._structure.codes(self.dimension))
            raise refusal(
                f"There are more groups without a code than the {count} codes of {self.dimension}.",
                where=in_study("sdmx", "breakdowns"),
                expected="fewer groups, or a dimension for them",
                action="give a variable its dimension, or leave a breakdown out",
            )
        return code

    def _label(self, own: Member, place: Member) -> str:
        said = [text for _, text in place]
        said += [f"{self._names.variable(name)}: {self._names.category(name, category)}" for name, category in own]
        return "; ".join(said)
