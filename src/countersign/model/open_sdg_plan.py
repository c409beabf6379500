"""OpenSdgPlan: what a study says about its figures on an Open SDG site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from countersign.errors import StudyError, nearest

SITE_NUMBER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
GOAL_NUMBER = re.compile(r"([1-9]|1[0-7])-[0-9a-z]{1,2}-\d{1,2}(-[a-z0-9]+)*")


@dataclass(frozen=True)
class BoundaryFile:
    """A GeoJSON file with the outlines of the categories of one variable.

    Parameters
    ----------
    file: path as written in the study. code: property of a feature that holds the category; empty = the one property
    whose values are the categories. name: property with the name that people read; empty = ``name``, else the code.
    """

    file: str
    code: str = ""
    name: str = ""


@dataclass(frozen=True)
class OpenSdgPlan:
    """How figures become a data repository of Open SDG.

    Parameters
    ----------
    languages: of the site; empty = those of the study's title. boundaries: variable of areas -> GeoJSON file.
    numbers: indicator of the study -> number of the indicator on the site, such as ``6-1-1``, or a name with a hyphen
    for an indicator outside the goals; without it, that of ``sdg``. leave_out: indicators that do not go to the site.
    translations: folder or address of the project's shared translations; empty = the site adds them itself.
    """

    languages: tuple[str, ...] = ()
    boundaries: Mapping[str, BoundaryFile] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    translations: str = ""

    def of_indicators(self, sdg: Mapping[str, str]) -> dict[str, str]:
        """Return indicator of the study -> number on the site, for those that go there, in the order of the study.

        Parameters
        ----------
        sdg: every indicator of the study -> its SDG number, such as ``6.1.1``; empty where it has none.

        Raises
        ------
        StudyError: an indicator without a number, a number that is none, two indicators with one number, a name that
            is no indicator of the study.
        """
        for key, names in (("numbers", self.numbers), ("leave_out", self.leave_out)):
            for name in names:
                if name not in sdg:
                    raise StudyError(
                        f"'{name}' is no indicator of this study. {nearest(name, sdg)}".strip(),
                        where=f"open_sdg.{key}",
                        expected="a name that stands under `indicators`",
                    )
        found: dict[str, str] = {}
        for name, of_goals in sdg.items():
            if name in self.leave_out:
                continue
            number = (self.numbers.get(name) or of_goals).strip().replace(".", "-")
            if not number:
                raise StudyError(
                    f"The indicator '{name}' has no number for the Open SDG site.",
                    where="open_sdg.numbers",
                    expected="a number such as 6-1-1, or a name with a hyphen for an indicator outside the goals",
                    action=f"add `numbers: {{{name}: 6-1-1}}`, or name it under `leave_out`",
                )
            if not SITE_NUMBER.fullmatch(number):
                raise StudyError(
                    f"'{number}' is no number of an indicator on an Open SDG site.",
                    where=f"open_sdg.numbers.{name}",
                    expected="small letters and digits with hyphens between them, such as 6-1-1 or rain-gauges",
                )
            if number in found.values():
                other = next(one for one, taken in found.items() if taken == number)
                raise StudyError(
                    f"The indicators '{other}' and '{name}' both have the number {number}.",
                    where="open_sdg.numbers",
                    expected="one indicator for each number: a site has one page for each",
                    action=f"give one of them another number, such as {number}-b, or name it under `leave_out`",
                )
            found[name] = number
        return found


def is_of_goals(number: str) -> bool:
    """Return whether a number on a site is that of an indicator of the goals, such as ``6-1-1`` or ``1-a-1-b``."""
    return GOAL_NUMBER.fullmatch(number) is not None
