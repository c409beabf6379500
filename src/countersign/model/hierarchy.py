"""Hierarchy: a code list whose codes add up to others, such as villages to districts to the country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from countersign.errors import ProtectionError


@dataclass(frozen=True)
class Hierarchy:
    """The codes of one dimension, each with the code it is a part of.

    Parameters
    ----------
    variable: name of the dimension.
    parents: code -> the code it adds up to; the one code without a parent, the total, maps to ``""``.

    Raises
    ------
    ProtectionError: there is no total or more than one, a parent is no code of the list, or codes are parts of
        themselves in a circle.
    """

    variable: str
    parents: Mapping[str, str]

    def __post_init__(self) -> None:
        tops = [code for code, parent in self.parents.items() if not parent]
        if len(tops) != 1:
            raise ProtectionError(
                f"The hierarchy has {len(tops)} totals"
                + (f": {', '.join(repr(code) for code in tops[:5])}." if tops else ", so it is a circle or empty."),
                where=self.variable,
                expected="exactly one code that is part of no other: the total",
                action="add one total above all codes, or name the parent of each of the others",
            )
        for code, parent in self.parents.items():
            if parent and parent not in self.parents:
                raise ProtectionError(
                    f"'{code}' is part of '{parent}', which is no code of this hierarchy.",
                    where=f"{self.variable}, code '{code}'",
                    expected="a parent that is itself in the list",
                    action=f"add '{parent}' with its own parent, or correct the name",
                )
        for code in self.parents:
            self._refuse_circle(code)

    def _refuse_circle(self, code: str) -> None:
        seen = [code]
        while parent := self.parents[seen[-1]]:
            if parent in seen:
                raise ProtectionError(
                    f"'{code}' leads back to itself: {' > '.join([*seen, parent])}.",
                    where=f"{self.variable}, code '{code}'",
                    expected="parents that lead up to the total",
                    action="correct one of these parents",
                )
            seen.append(parent)

    @cached_property
    def total(self) -> str:
        """The code of the whole."""
        return next(code for code, parent in self.parents.items() if not parent)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Code -> the codes that add up to it, in the order of the list; codes without parts are left out."""
        found: dict[str, list[str]] = {}
        for code, parent in self.parents.items():
            if parent:
                found.setdefault(parent, []).append(code)
        return {code: tuple(parts) for code, parts in found.items()}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The codes without parts, in the order of the list."""
        return tuple(code for code in self.parents if code not in self.children)

    def path(self, code: str) -> tuple[str, ...]:
        """Return the code and everything it is part of, up to the total."""
        found = [code]
        while parent := self.parents[found[-1]]:
            found.append(parent)
        return tuple(found)

    @classmethod
    def flat(cls, variable: str, codes: Iterable[str], *, total: str = "Total") -> Hierarchy:
        """Return codes that all add up to one total."""
        return cls(variable, {total: "", **dict.fromkeys(codes, total)})

    @classmethod
    def indented(cls, variable: str, lines: Iterable[tuple[str, str]]) -> Hierarchy:
        """Return the hierarchy of an indented list, as tau-Argus and sdcTable write it.

        Parameters
        ----------
        lines: (level, code) from top to bottom; a level is as many ``@`` as the code is deep, ``@`` for the total.

        Raises
        ------
        ProtectionError: a level that is no row of ``@``, that skips one, or a code that occurs twice.
        """
        parents: dict[str, str] = {}
        above: list[str] = []
        for number, (level, code) in enumerate(lines, start=1):
            depth = len(level)
            if not depth or level.strip("@") or depth > len(above) + 1:
                raise ProtectionError(
                    f"The level '{level}' of '{code}' does not follow from the line before.",
                    where=f"{variable}, line {number}",
                    expected=f"one to {len(above) + 1} signs @, one more than the parent has",
                    action="correct the level",
                )
            if code in parents:
                raise ProtectionError(
                    f"'{code}' occurs twice.",
                    where=f"{variable}, line {number}",
                    expected="each code once",
                    action="rename one of the two",
                )
            del above[depth - 1 :]
            parents[code] = above[-1] if above else ""
            above.append(code)
        return cls(variable, parents)
