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
from countersign.publishing.sdmx.variables import MISSING

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
        self._time = structure.time.id if structure.time else ""
        self._variables = {one.variable: one for one in variables}
        own = [one for one in variables if one.dimension == dimension]
        reserved = {code for one in own for code in one.codes.values()}
        codes = structure.codes(dimension) if dimension else {}
        self._free: Iterator[str] = (code for code in codes if code not in reserved and code not in TOTALS)
        self._codes: dict[Member, str] = {}
        self._known: dict[tuple[str, str], bool] = {}
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
        own = tuple(pair for pair in domain.items() if self._uncoded(pair))
        member = (*place, *own)
        if not member:
            return ""
        if member not in self._codes:
            self._codes[member] = self._next(own, place)
            self.labels[self._codes[member]] = self._label(own, place)
        return self._codes[member]

    def _uncoded(self, pair: tuple[str, str]) -> bool:
        """Whether a category is a group without a code: of such a variable, or one that is not known of a coded one."""
        found = self._known.get(pair)
        if found is None:
            one = self._variables[pair[0]]
            found = one.dimension == self.dimension
            if not found:
                found = pair[1] not in one.codes if one.dimension != self._time else pair[1] == MISSING
            self._known[pair] = found
        return found

    def _next(self, own: Member, place: Member) -> str:
        if len(own) == 1 and not place:
            fixed = self._variables[own[0][0]].codes.get(own[0][1], "")
            if fixed:
                return fixed
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
        for name, category in own:
            known = "not known" if category == MISSING else self._names.category(name, category)
            said.append(f"{self._names.variable(name)}: {known}")
        return "; ".join(said)
