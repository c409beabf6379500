"""Sizing: the sample-size calculator as a verb, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from countersign.errors import ArgumentError
from countersign.quality.sample_size import sample_size
from countersign.study.telling import Account

if TYPE_CHECKING:
    from countersign.model.sample_size import SampleSize

__all__ = ["read_groups", "sample_size", "tell_sample_size"]


def read_groups(text: str) -> Mapping[str, float]:
    """Read ``youth=0.2,women=0.5`` into group -> part of the population.

    Raises
    ------
    ArgumentError: a part is no number, or a group is named twice.
    """
    groups: dict[str, float] = {}
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        name, sign, part = piece.rpartition("=")
        try:
            number = float(part)
        except ValueError:
            number = float("nan")
        if not sign or not name.strip() or number != number or name.strip() in groups:
            raise ArgumentError(
                f"'{piece}' is not a group and its part of the population.",
                where="groups",
                expected="every group once, such as youth=0.2,women=0.5",
            )
        groups[name.strip()] = number
    return groups


def tell_sample_size(size: SampleSize) -> Account:
    """Say how many respondents are needed, and what that rests on."""
    first = (
        f"{size.n:,} respondents are needed to know a share of about {100 * size.share:g} % to within "
        f"{100 * size.margin:g} points, with a {100 * size.level:g} % interval."
    )
    sentences = [first]
    if size.design_effect != 1:
        sentences.append(f"That allows for a design effect of {size.design_effect:g}.")
    if size.population is not None:
        sentences.append(f"The population counts {size.population:,}.")
    sentences += [f"In the group '{name}': {n:,} respondents." for name, n in size.groups.items()]
    if size.total is not None:
        sentences.append(f"For every group to have as many by itself, {size.total:,} respondents are needed in all.")
    sentences.append("This holds for people drawn by chance. A sample that selected itself may be off by more.")
    data = {
        "n": size.n, "share": size.share, "margin": size.margin, "level": size.level,
        "design_effect": size.design_effect, "population": size.population, "groups": dict(size.groups),
        "total": size.total, "formula": "z^2 p (1 - p) / e^2, finite population correction, times the design effect",
        "source": "Cochran (1977), section 4.4; Kish (1965), section 8.2",
    }  # fmt: skip
    return Account("sample-size", tuple(sentences), "countersign check STUDY", data)
