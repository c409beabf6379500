"""Tree bootstrap: seeds, and at every step the recruits of each respondent, are drawn again with replacement."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from countersign.estimation.hidden.recruitment import Recruitment
from countersign.model.cells import Integers

AT_ONCE = 2_000_000
"""Rows of resampled trees held at one time."""


def resampled_trees(
    found: Recruitment, *, replicates: int, seed: int
) -> Iterator[tuple[int, Integers, Integers, Integers]]:
    """Draw trees of recruitment again (Baraff, McCormick and Raftery 2016).

    As many seeds as there are, with replacement; for each of them as many of its recruits as it has, with replacement;
    and so on to the leaves. Trees, and with them likeness within chains, are kept; the size of a replicate varies.

    Yields
    ------
    Block by block: number of replicates in it; for each row drawn its replicate within the block, its original row, and
    the original row of its recruiter or -1, (rows,) each.
    """
    random = np.random.default_rng(seed)
    own = found.recruits
    start = np.concatenate([[0], np.cumsum(own)])
    recruited = np.flatnonzero(found.parent >= 0)
    by_parent = recruited[np.argsort(found.parent[recruited], kind="stable")]
    seeds = found.seeds
    block = max(1, min(replicates, AT_ONCE // len(found)))
    for first in range(0, replicates, block):
        count = min(block, replicates - first)
        replicate = np.repeat(np.arange(count), len(seeds))
        row = seeds[random.integers(0, len(seeds), len(replicate))]
        held = [(replicate, row, np.full(len(row), -1, dtype=np.int64))]
        while True:
            children = own[row]
            replicate, recruiter = np.repeat(replicate, children), np.repeat(row, children)
            if not len(recruiter):
                break
            pick = (random.random(len(recruiter)) * own[recruiter]).astype(np.int64)
            row = by_parent[start[recruiter] + pick]
            held.append((replicate, row, recruiter))
        yield count, *(np.concatenate(parts) for parts in zip(*held, strict=True))  # type: ignore[misc]
