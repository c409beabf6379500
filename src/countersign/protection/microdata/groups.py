"""Groups: what rows at risk would look like after some of their key answers are blanked, and who could join them.

A group is a set of blanked keys together with the answers to the other keys. Every class at risk belongs to one group
for each set of keys. Rows of classes that are safe can help: those that a class has in excess of k for looking alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.classes import MISSING, numbered

ROOM = 30_000_000
"""Most numbers held for pairs of a set of keys and a class; beyond it, fewer keys are blanked at once."""


@dataclass(frozen=True)
class Groups:
    """G groups that V classes at risk belong to by L sets of blanked keys.

    Parameters
    ----------
    masks: which keys are blanked, (L, m), cheapest first. weight: what that costs a row, (L,).
    members: the classes at risk, (V,). helpers: the classes that may help, (H,).
    of: group of each member by each set, (L, V). cost: what it costs a row of the member, (L, V): what it lacks
        already costs nothing. of_helper: group of each helper by each set, (L, H), -1 for none with members.
    mask: the set of each group, (G,).
    """

    masks: Bools
    weight: Floats
    members: Integers
    helpers: Integers
    of: Integers
    cost: Floats
    of_helper: Integers
    mask: Integers

    def __len__(self) -> int:
        return len(self.mask)

    @cached_property
    def _helpers_sorted(self) -> tuple[Integers, Integers, Integers]:
        sets, helpers = np.nonzero(self.of_helper >= 0)
        held = self.of_helper[sets, helpers]
        order = np.lexsort((helpers, held))
        starts = np.searchsorted(held[order], np.arange(len(self) + 1))
        return helpers[order], starts, held

    def helpers_in(self, group: int) -> Integers:
        """Return the helpers of a group, as places in `helpers`."""
        places, starts, _ = self._helpers_sorted
        return places[starts[group] : starts[group + 1]]

    @cached_property
    def _members_sorted(self) -> tuple[Integers, Integers]:
        order = np.argsort(self.of.ravel(), kind="stable")
        starts = np.searchsorted(self.of.ravel()[order], np.arange(len(self) + 1))
        return order % self.of.shape[1], starts

    def members_in(self, group: int) -> Integers:
        """Return the members of a group, as places in `members`."""
        places, starts = self._members_sorted
        return places[starts[group] : starts[group + 1]]

    def only(self, members: Bools) -> Groups:
        """Return the same groups with some of the members, (V,), only."""
        return replace(self, members=self.members[members], of=self.of[:, members], cost=self.cost[:, members])

    def sum_members(self, amounts: Floats, active: Bools) -> Floats:
        """Return the sum of `amounts` (L, V) over the active members of each group, (G,)."""
        theirs = self.of[:, active].ravel()
        return np.asarray(np.bincount(theirs, weights=amounts[:, active].ravel(), minlength=len(self)), dtype=float)

    def sum_helpers(self, amounts: Floats) -> Floats:
        """Return the sum of `amounts` (H,) over the helpers of each group, (G,)."""
        sets, helpers = np.nonzero(self.of_helper >= 0)
        theirs = self.of_helper[sets, helpers]
        return np.asarray(np.bincount(theirs, weights=amounts[helpers], minlength=len(self)), dtype=float)


def sets_of_keys(weights: Floats, *, fewest: int, most: int) -> Bools:
    """Return every set of `fewest` to `most` keys as rows (L, m), cheapest first, then by the order of the keys."""
    m = len(weights)
    found = [mask for size in range(fewest, most + 1) for mask in combinations(range(m), size)]
    found.sort(key=lambda mask: (round(float(weights[list(mask)].sum()), 9), len(mask), mask))
    masks = np.zeros((len(found), m), dtype=bool)
    for place, mask in enumerate(found):
        masks[place, list(mask)] = True
    return masks


def groups_of(codes: Integers, members: Integers, helpers: Integers, *, masks: Bools, weights: Floats) -> Groups:
    """Return the groups of the members by each set of keys.

    Parameters
    ----------
    codes: (C, m) of all classes. members, helpers: which of them, one member at least.
    masks: (L, m). weights: of the keys, (m,).
    """
    lacking = codes == MISSING
    of = np.empty((len(masks), len(members)), dtype=np.int64)
    of_helper = np.full((len(masks), len(helpers)), -1, dtype=np.int64)
    sizes: list[int] = []
    for place, (group, there) in enumerate(_grouped(codes, members, helpers, masks)):
        start = sum(sizes)
        of[place] = start + group
        joined = there >= 0
        # A class that lacks part of what would be blanked is another pattern: it helps by the smaller set.
        joined &= ~(lacking[helpers] & masks[place]).any(axis=1)
        of_helper[place, joined] = start + there[joined]
        sizes.append(int(group.max()) + 1)
    blanked = masks[:, None, :] & ~lacking[members][None, :, :]
    return Groups(
        masks=masks,
        weight=masks @ weights,
        members=members,
        helpers=helpers,
        of=of,
        cost=blanked @ weights,
        of_helper=of_helper,
        mask=np.repeat(np.arange(len(masks)), sizes),
    )


def _grouped(
    codes: Integers, members: Integers, helpers: Integers, masks: Bools
) -> Iterator[tuple[Integers, Integers]]:
    """Yield for each set the group of each member, and that of each helper, -1 for none."""
    everybody = np.concatenate([members, helpers])
    for mask in masks:
        number = numbered(codes[everybody][:, ~mask])
        known, group = np.unique(number[: len(members)], return_inverse=True)
        place = np.searchsorted(known, number[len(members) :])
        place[place == len(known)] = 0
        there = np.where(known[place] == number[len(members) :], place, -1)
        yield group.ravel(), there
