"""Rows covered by others: the fewest blanks after which every row matches k rows, where a blank matches anything.

This is how sdcMicro counts. It is a weaker promise than rows that look alike: a row that nobody else shares may stay as
it is where k - 1 others were blanked so that they might be it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from countersign.model.additive_table import Bools
from countersign.model.cells import Floats, Integers
from countersign.protection.microdata.classes import MISSING, matches, numbered
from countersign.protection.microdata.groups import Groups, groups_of, sets_of_keys
from countersign.protection.microdata.optimising import LARGEST, Programme

EXACT = 300
"""Up to this many classes at risk the fewest blanks are searched for exactly."""
NODES = 200
SMALL = 300_000
"""Up to this many pairs of a blank and a class, every blank is tried once more by counting everybody."""


@dataclass
class Cover:
    """Blanks chosen so far, and what is still needed.

    Parameters
    ----------
    needs: rows that each class at risk must still match, (V,), 0 or less where k is reached.
    blanks: (class, keys blanked), one for each row that is blanked, in the order in which they were chosen.
    whole: rows of each class that are not blanked yet, (C,).
    """

    needs: Integers
    blanks: list[tuple[int, Bools]]
    whole: Integers

    def copy(self) -> Cover:
        """Return a copy that can be changed by itself."""
        return replace(self, needs=self.needs.copy(), blanks=list(self.blanks), whole=self.whole.copy())

    def cost(self, weights: Floats) -> float:
        """Return the sum of the weights of all blanked cells."""
        return float(sum(weights[mask].sum() for _, mask in self.blanks))


def covered(
    codes: Integers, counts: Integers, found: Integers, *, k: int, weights: Floats, most: int, exact: bool
) -> tuple[list[tuple[int, Bools, int]], float]:
    """Choose blanks after which every row matches k rows.

    Parameters
    ----------
    codes, counts: all classes, (C, m) and (C,). found: rows that each matches so far, (C,).
    weights: what a blank of each key costs, (m,). most: keys blanked in one row, unless a row cannot be helped so.
    exact: search for the optimum where there are at most `EXACT` classes at risk.

    Returns
    -------
    (class, keys blanked, rows) and a bound; 0 if none is known. No choice costs less that blanks at most `most` keys a
    row, and of which every blanked row matches k rows by their answers, not by their blanks.
    """
    risk, safe = np.flatnonzero(found < k), np.flatnonzero(found >= k)
    state = Cover(k - found[risk], [], counts.copy())
    groups = groups_of(codes, risk, safe, masks=sets_of_keys(weights, fewest=1, most=most), weights=weights)
    within = _within(groups, counts)
    best, bound = state.copy(), 0.0
    cover(groups, counts, best, k=k, within=within)
    first_enough = not (best.needs > 0).any()
    best = _finish(codes, counts, best, risk, k=k, weights=weights, most=most)
    best = _trimmed(codes, counts, best, risk, state.needs, k=k, weights=weights)
    if exact and len(risk) <= EXACT and len(risk) * len(groups.masks) <= LARGEST:
        other, bound = _optimum(groups, counts, state, k=k, within=within)
        if other is not None:
            cover(groups, counts, other, k=k, within=within)
            other = _finish(codes, counts, other, risk, k=k, weights=weights, most=most)
            other = _trimmed(codes, counts, other, risk, state.needs, k=k, weights=weights)
            if other.cost(weights) < best.cost(weights):
                best = other
    known = first_enough and not _half_answered(codes, risk, most=most) and not _leaning(codes, counts, best, k=k)
    return [(class_, mask, 1) for class_, mask in best.blanks], bound if known else 0.0


def _half_answered(codes: Integers, risk: Integers, *, most: int) -> bool:
    """Whether a blank can let a class at risk match one that lacks other answers than it: no group holds both."""
    lacking = codes == MISSING
    for class_ in risk.tolist():
        half = (lacking != lacking[class_]).any(axis=1)
        if half.any() and (_differs(codes[half], codes[class_]).sum(axis=1) <= most).any():
            return True
    return False


def _leaning(codes: Integers, counts: Integers, state: Cover, *, k: int) -> bool:
    """Whether a blanked row would match too few but for the blanks of others: no bound is known for such choices."""
    blanked = [np.where(mask, MISSING, codes[class_]) for class_, mask in state.blanks]
    everybody = np.concatenate([counts, np.zeros(len(blanked), dtype=np.int64)])
    return bool((matches(np.vstack([codes, *blanked]), everybody)[len(codes) :] < k).any())


def _trimmed(
    codes: Integers, counts: Integers, state: Cover, risk: Integers, needs: Integers, *, k: int, weights: Floats
) -> Cover:
    """Return the state without blanks that nobody needs, looked at by everybody's count if that can be afforded."""
    found = trim(codes, counts, state.copy(), risk, needs, k=k, weights=weights)
    shown, rows, _ = shown_after(codes, found)
    if (matches(shown, rows) < k).any():  # a blanked row leant on the blank of another
        found = state
    if len(found.blanks) * len(counts) <= SMALL:
        found = _take_back(codes, found, k=k, weights=weights)
    return found


def _take_back(codes: Integers, state: Cover, *, k: int, weights: Floats) -> Cover:
    """Try every blanked cell again by counting everybody anew: `trim` looks at the rows that were whole only."""
    shown, rows, class_ = shown_after(codes, state)
    first = len(shown) - len(state.blanks)
    order = sorted(range(len(state.blanks)), key=lambda at: (-float(weights[state.blanks[at][1]].sum()), -at))
    for at in order:
        there = first + at
        for key in sorted(np.flatnonzero(state.blanks[at][1]).tolist(), key=lambda key: (-weights[key], key)):
            shown[there, key] = codes[class_[there], key]
            if (matches(shown, rows) < k).any():
                shown[there, key] = MISSING
    return _state_of(codes, state, shown, rows, class_)


def _finish(
    codes: Integers, counts: Integers, state: Cover, risk: Integers, *, k: int, weights: Floats, most: int
) -> Cover:
    """Blank more keys at once where fewer do not help; changes and returns `state`."""
    for size in range(most + 1, codes.shape[1] + 1):
        left = np.flatnonzero(state.needs > 0)
        if not len(left):
            break
        helpers = np.setdiff1d(np.arange(len(counts)), risk[left])
        masks = sets_of_keys(weights, fewest=size, most=size)
        groups = groups_of(codes, risk[left], helpers, masks=masks, weights=weights)
        part = Cover(state.needs[left], state.blanks, state.whole)
        cover(groups, counts, part, k=k, within=_within(groups, counts))
        state.needs[left] = part.needs
    return _repair(codes, state, k=k, weights=weights)


def _repair(codes: Integers, state: Cover, *, k: int, weights: Floats) -> Cover:
    """Blank what sets the nearest rows apart from a row that still matches too few: where answers were missing."""
    shown, rows, class_ = shown_after(codes, state)
    needs = k - matches(shown, rows)
    while (needs > 0).any():
        at = int(np.flatnonzero(needs > 0)[0])
        differs = _differs(shown, shown[at])
        cost = np.where(differs.any(axis=1) & (rows > 0), differs @ weights, np.inf)
        near = int(cost.argmin())
        new = np.where(differs[near], MISSING, shown[near])
        helped = _differs(shown, shown[near]).any(axis=1) & ~_differs(shown, new).any(axis=1)
        needs[helped] -= 1
        rows[near] -= 1
        matching = int(rows[~_differs(shown, new).any(axis=1)].sum()) + 1
        shown, class_ = np.vstack([shown, new]), np.append(class_, class_[near])
        rows, needs = np.append(rows, 1), np.append(needs, k - matching)
        needs[rows == 0] = 0
    return _state_of(codes, state, shown, rows, class_)


def _differs(shown: Integers, one: Integers) -> Bools:
    found: Bools = (shown != one) & (shown != MISSING) & (one != MISSING)
    return found


def shown_after(codes: Integers, state: Cover) -> tuple[Integers, Integers, Integers]:
    """Return what rows show, (R, m), how many rows show it so, (R,), and their class, (R,)."""
    left = np.flatnonzero(state.whole > 0)
    shown = [codes[left], *(np.where(mask, MISSING, codes[class_])[None, :] for class_, mask in state.blanks)]
    blanked = [class_ for class_, _ in state.blanks]
    rows = np.concatenate([state.whole[left], np.ones(len(blanked), dtype=np.int64)])
    return np.vstack(shown), rows, np.concatenate([left, np.array(blanked, dtype=np.int64)])


def _state_of(codes: Integers, state: Cover, shown: Integers, rows: Integers, class_: Integers) -> Cover:
    whole = np.zeros_like(state.whole)
    blanks: list[tuple[int, Bools]] = []
    for pattern, count, each in zip(shown, rows.tolist(), class_.tolist(), strict=True):
        mask = pattern != codes[each]
        if mask.any():
            blanks += [(each, mask)] * count
        else:
            whole[each] += count
    return Cover(np.minimum(state.needs, 0), blanks, whole)


def _within(groups: Groups, counts: Integers) -> Integers:
    rows = np.broadcast_to(counts[groups.members].astype(float), groups.of.shape)
    everybody = np.ones(groups.of.shape[1], dtype=bool)
    total = groups.sum_members(rows, everybody) + groups.sum_helpers(counts[groups.helpers].astype(float))
    return total.astype(np.int64)


def eligible(groups: Groups) -> Bools:
    """Return which members a blank of each set can help, (L, V): those that lack none of the keys of the set."""
    return np.isclose(groups.cost, groups.weight[:, None])


def cover(groups: Groups, counts: Integers, state: Cover, *, k: int, within: Integers) -> None:
    """Blank rows until every class at risk matches k rows or no group can help it; changes `state`.

    Parameters
    ----------
    counts: rows of all classes, (C,). within: rows that each group holds at least, (G,).

    Notes
    -----
    A row blanked in a group matches all its members from then on. The group whose blank meets most needs for its cost
    comes first; groups that do not compete are served together: the first of the best ratio is asked by all whom it
    could help, so one at least is served. A class of one row can be blanked itself: that meets all its needs at once,
    if the group holds k rows.
    """
    rows = counts[groups.members]
    able = eligible(groups)
    stuck = np.zeros(len(rows), dtype=bool)
    while (active := (state.needs > 0) & ~stuck).any():
        ratio = _ratio(groups, state, rows, able, active, within=within, k=k)
        who = np.flatnonzero(active)
        among = np.where(able[:, who], ratio[groups.of[:, who]], np.inf)
        best = among.argmin(axis=0)
        possible = np.isfinite(among[best, np.arange(len(who))])
        stuck[who[~possible]] = True
        who, best = who[possible], best[possible]
        asked = np.bincount(groups.of[best, who], minlength=len(groups))
        here = able & active[None, :]
        opened = np.flatnonzero((asked > 0) & (asked == np.bincount(groups.of[here], minlength=len(groups))))
        for group in opened.tolist():
            _blank_one(groups, state, group, rows, able, within=within, k=k)


def _ratio(
    groups: Groups, state: Cover, rows: Integers, able: Bools, active: Bools, *, within: Integers, k: int
) -> Floats:
    """Return what the next blank in each group costs for each need it meets, (G,)."""
    gain = np.bincount(groups.of[able & active[None, :]], minlength=len(groups)).astype(float)
    bonus = np.zeros(len(groups))
    alone = able & (active & (rows == 1))[None, :] & (within[groups.of] >= k)
    for need in range(1, k):
        bonus[groups.of[alone & (state.needs == need)[None, :]]] = need
    free = groups.sum_helpers(state.whole[groups.helpers].astype(float)) > 0
    ratio: Floats = groups.weight[groups.mask] / np.maximum(1.0, gain + np.maximum(0.0, bonus - 1.0))
    ratio[(gain == 0) | ~(free | (bonus > 0))] = np.inf
    return ratio


def _blank_one(
    groups: Groups, state: Cover, group: int, rows: Integers, able: Bools, *, within: Integers, k: int
) -> None:
    """Blank one row of a group: one that meets its own needs by it, or else one of a class that is safe."""
    set_ = int(groups.mask[group])
    there = groups.members_in(group)
    there = there[able[set_, there] & (state.needs[there] > 0)]
    helpers = groups.helpers_in(group)
    helpers = helpers[state.whole[groups.helpers[helpers]] > 0]
    alone = there[rows[there] == 1] if within[group] >= k else there[:0]
    if len(alone):
        member = int(alone[np.lexsort((alone, -state.needs[alone]))][0])
        if state.needs[member] > 1 or not len(helpers):
            _blank(state, int(groups.members[member]), groups.masks[set_])
            state.needs[there] -= 1
            state.needs[member] = 0
            return
    if len(there) and len(helpers):
        helper = int(helpers[np.lexsort((helpers, -state.whole[groups.helpers[helpers]]))][0])
        _blank(state, int(groups.helpers[helper]), groups.masks[set_])
        state.needs[there] -= 1


def _blank(state: Cover, class_: int, mask: Bools) -> None:
    state.whole[class_] -= 1
    state.blanks.append((class_, mask))


def _optimum(groups: Groups, counts: Integers, state: Cover, *, k: int, within: Integers) -> tuple[Cover | None, float]:
    """Solve the covering exactly; blanks of the solution, applied as far as there are rows.

    Notes
    -----
    y_P: rows of safe classes blanked in group P; t_cP: rows of class c at risk blanked in P; u_c: all rows of c are.
    sum_(P of c) (y_P + sum_(d != c) t_dP) + need_c u_c >= need_c and n_c u_c <= sum_P t_cP <= n_c.
    """
    able = eligible(groups)
    free = groups.sum_helpers(state.whole[groups.helpers].astype(float))
    programme = Programme()
    owners: list[tuple[int, int]] = []
    covers: list[list[tuple[int, float]]] = [[] for _ in groups.members]
    own: list[list[tuple[int, float]]] = [[] for _ in groups.members]
    seen: dict[tuple[int, ...], tuple[bool, bool]] = {}
    for group in range(len(groups)):
        set_ = int(groups.mask[group])
        there = groups.members_in(group)
        there = there[able[set_, there]]
        if not len(there):
            continue
        # The sets come cheapest first: a dearer group of the same members is of use only for what the cheaper lacks.
        helped, alone = free[group] > 0, bool(within[group] >= k)
        was = seen.get(tuple(there.tolist()), (False, False))
        seen[tuple(there.tolist())] = (was[0] or helped, was[1] or alone)
        weight = float(groups.weight[set_])
        if helped and not was[0]:
            y = programme.column(weight, float(min(free[group], k - 1)))
            owners.append((-1, group))
            for member in there.tolist():
                covers[member].append((y, 1.0))
        if alone and not was[1]:
            for member in there.tolist():
                t = programme.column(weight, float(counts[groups.members[member]]))
                owners.append((member, group))
                own[member].append((t, 1.0))
                for other in there.tolist():
                    if other != member:
                        covers[other].append((t, 1.0))
    for member, need in enumerate(state.needs.tolist()):
        u = programme.column(0.0, 1.0)
        programme.row([*covers[member], (u, float(need))], float(need))
        rows = float(counts[groups.members[member]])
        programme.row([*own[member], (u, -rows)], 0.0)
        programme.row(own[member], -np.inf, rows)
    solution, bound = programme.solve(nodes=NODES)
    if solution is None:
        return None, 0.0
    found = state.copy()
    for (member, group), rows in zip(owners, solution[: len(owners)].astype(int).tolist(), strict=True):
        for _ in range(rows):
            _apply(groups, found, member, group, able)
    for member, class_ in enumerate(groups.members.tolist()):
        if not found.whole[class_]:  # all its rows are blanked, and match their groups
            found.needs[member] = min(0, int(found.needs[member]))
    return found, bound


def _apply(groups: Groups, state: Cover, member: int, group: int, able: Bools) -> None:
    set_ = int(groups.mask[group])
    there = groups.members_in(group)
    there = there[able[set_, there] & (there != member)]
    if member >= 0:
        _blank(state, int(groups.members[member]), groups.masks[set_])
    else:
        helpers = groups.helpers[groups.helpers_in(group)]
        helpers = helpers[state.whole[helpers] > 0]
        if not len(helpers):
            return
        _blank(state, int(helpers[np.lexsort((helpers, -state.whole[helpers]))][0]), groups.masks[set_])
    state.needs[there] -= 1


def trim(
    codes: Integers, counts: Integers, state: Cover, members: Integers, needs: Integers, *, k: int, weights: Floats
) -> Cover:
    """Take back every blank that nobody needs, the dearest first.

    Parameters
    ----------
    members: the classes at risk, (V,). needs: rows that each must match beside those it matched before any blank, (V,).

    Notes
    -----
    A row's blank of a key can go if all classes at risk that would no longer match the row have more than k without
    it, and the row itself still matches k rows.
    What was needed once stays needed when others go: one pass is enough.
    """
    near = _Neighbours(codes, counts, members)
    slack = -needs
    for class_, mask in state.blanks:
        slack[near.helped(class_, mask)] += 1
    kept: list[tuple[int, Bools]] = []
    order = sorted(range(len(state.blanks)), key=lambda at: (-float(weights[state.blanks[at][1]].sum()), -at))
    for at in order:
        class_, mask = state.blanks[at]
        mask = mask.copy()
        for key in sorted(np.flatnonzero(mask).tolist(), key=lambda key: (-weights[key], key)):
            less = mask.copy()
            less[key] = False
            there = near.helped(class_, mask)
            lost = np.setdiff1d(there, near.helped(class_, less))
            standing = lost[state.whole[members[lost]] > 0]
            place = near.number.get(class_, -1)
            if (slack[standing] < 1).any() or (place >= 0 and not near.keeps(class_, less, int(slack[place]), k=k)):
                continue
            slack[lost] -= 1
            if not less.any():
                state.whole[class_] += 1
            mask = less
        if mask.any():
            kept.append((class_, mask))
    return Cover(-slack, kept, state.whole)


class _Neighbours:
    """Who is helped by a blank: the members that a row matches by what it still shows, and did not match before."""

    def __init__(self, codes: Integers, counts: Integers, members: Integers) -> None:
        self.codes, self.counts, self.members = codes, counts, members
        self.number = {int(class_): place for place, class_ in enumerate(members)}
        lacking = (codes[members] == MISSING).any(axis=1)
        self.whole, self.lacking = ~lacking, np.flatnonzero(lacking)
        self._known: dict[bytes, tuple[Integers, Integers, Integers, Integers]] = {}

    def _by(self, mask: Bools) -> tuple[Integers, Integers, Integers, Integers]:
        """Return the group of every class, members sorted by group, where each group starts, and its rows."""
        known = self._known.get(mask.tobytes())
        if known is None:
            group = np.unique(numbered(self.codes[:, ~mask]), return_inverse=True)[1].ravel()
            theirs = group[self.members]
            order = np.argsort(theirs, kind="stable")
            starts = np.searchsorted(theirs[order], np.arange(int(group.max()) + 2))
            known = (group, order, starts, np.bincount(group, weights=self.counts).astype(np.int64))
            self._known[mask.tobytes()] = known
        return known

    def helped(self, class_: int, mask: Bools) -> Integers:
        """Return the members that a row of a class helps once it is blanked in `mask`."""
        mine = self.codes[class_]
        if (mine == MISSING).any():
            return self._compared(np.arange(len(self.members)), mine, mask)
        group, order, starts, _ = self._by(mask)
        there = order[starts[group[class_]] : starts[group[class_] + 1]]
        there = there[self.whole[there] & (self.members[there] != class_)]
        return np.concatenate([there, self._compared(self.lacking, mine, mask)])

    def _compared(self, there: Integers, mine: Integers, mask: Bools) -> Integers:
        """Return those of some members that differ from a row in keys of `mask` only, key by key."""
        theirs = self.codes[self.members[there]]
        differs = (theirs != mine) & (theirs != MISSING) & (mine != MISSING)
        helped: Integers = there[differs.any(axis=1) & ~differs[:, ~mask].any(axis=1)]
        return helped

    def keeps(self, class_: int, mask: Bools, slack: int, *, k: int) -> bool:
        """Whether a row of a class at risk, blanked in `mask` only, matches k rows; `slack`: what it has above k."""
        if not mask.any():
            return slack >= 0
        group, _, _, rows = self._by(mask)
        return bool(rows[group[class_]] >= k)
