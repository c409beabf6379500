"""Recruitment: who brought whom, as trees that grow from seeds; anything that is not such a tree is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countersign.errors import EstimationError
from countersign.model.cells import Floats, Integers, Texts


@dataclass(frozen=True)
class Recruitment:
    """Trees of recruitment.

    Parameters
    ----------
    parent: row of the recruiter, -1 for a seed, (n,). wave: steps from the seed, 0 for a seed, (n,).
    tree: number of the tree, from 0 in the order of the seeds' rows, (n,).
    degree: how many members of the population each respondent knows, above 0, (n,).
    """

    parent: Integers
    wave: Integers
    tree: Integers
    degree: Floats

    def __len__(self) -> int:
        return len(self.parent)

    @property
    def seeds(self) -> Integers:
        """Rows of the seeds."""
        return np.flatnonzero(self.parent < 0)

    @property
    def recruits(self) -> Integers:
        """How many each respondent recruited, (n,)."""
        return np.bincount(self.parent[self.parent >= 0], minlength=len(self)).astype(np.int64)

    @property
    def waves(self) -> int:
        """Largest wave."""
        return int(self.wave.max())


def degrees(degree: Floats) -> Floats:
    """Return the degrees, or refuse missing ones, zeros and below.

    A respondent who knows nobody cannot have been recruited; the weight 1/degree would be infinite.
    """
    known = np.asarray(degree, dtype=float)
    gone, low = int(np.isnan(known).sum()), int((known <= 0).sum())
    if not len(known):
        raise EstimationError(
            "There are no respondents.", where="table", expected="at least two", action="check the conditions"
        )
    if gone or low or np.isinf(known).any():
        raise EstimationError(
            f"{gone} respondents have no degree and {low} a degree of 0 or less.",
            where="degree",
            expected="how many members of the population each respondent knows, from 1",
            action="whoever was recruited knows at least the recruiter: correct the degrees, or leave these respondents"
            " out when reading: countersign.read(..., keep=['degree > 0'])",
        )
    return known


def recruitment(ids: Texts, recruiters: Texts, degree: Floats) -> Recruitment:
    """Return the trees of recruitment.

    Parameters
    ----------
    ids: of the respondents, (n,). recruiters: id of each one's recruiter, None for a seed, (n,). degree: (n,).

    Raises
    ------
    EstimationError: an id that is missing or there twice (also where a person has several recruiters); a recruiter who
        is no respondent; somebody who is, through others, their own recruiter; nobody without a recruiter; a degree
        that is missing or 0.
    """
    known = degrees(degree)
    place = _places(ids, recruiters)
    strangers = sum(who is not None and who not in place for who in recruiters.tolist())
    if strangers:
        raise EstimationError(
            f"The recruiters of {strangers} respondents are not among the respondents.",
            where="recruiter",
            expected="the id of another respondent, or nothing for a seed",
            action="complete the table; if a code stands for seeds, name it with seeds=",
        )
    parent = np.array([-1 if who is None else place[who] for who in recruiters.tolist()], dtype=np.int64)
    seeds = np.flatnonzero(parent < 0)
    wave = np.full(len(parent), -1, dtype=np.int64)
    tree = np.full(len(parent), -1, dtype=np.int64)
    wave[seeds], tree[seeds] = 0, np.arange(len(seeds))
    step = 0
    while True:
        next_ = np.flatnonzero((wave < 0) & (wave[parent] == step) & (parent >= 0))
        if not len(next_):
            break
        wave[next_], tree[next_] = step + 1, tree[parent[next_]]
        step += 1
    circular = int((wave < 0).sum())
    if circular:
        raise EstimationError(
            f"{circular} respondents lead back to themselves, not to a seed, when recruiters are followed.",
            where="recruiter",
            expected="chains that start with somebody nobody recruited",
            action="correct the recruiters: one coupon must have been read in the wrong direction",
        )
    return Recruitment(parent, wave, tree, known)


def _places(ids: Texts, recruiters: Texts) -> dict[object, int]:
    names = ids.tolist()
    gone = sum(name is None for name in names)
    if gone:
        raise EstimationError(
            f"{gone} respondents have no id.", where="id", expected="an id in every row", action="complete the ids"
        )
    place = {name: row for row, name in enumerate(names)}
    if len(place) < len(names):
        by: dict[object, set[object]] = {}
        for name, who in zip(names, recruiters.tolist(), strict=True):
            by.setdefault(name, set()).add(who)
        several = sum(len(whom) > 1 for whom in by.values())
        raise EstimationError(
            f"{len(names) - len(place)} rows repeat the id of another respondent; {several} persons have several"
            " recruiters.",
            where="id",
            expected="one row and one recruiter for each respondent",
            action="keep the coupon that was used, and take the others out",
        )
    return place
