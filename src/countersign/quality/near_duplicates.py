"""Near duplicates (E8): pairs of records with nearly the same answers, found without comparing all pairs.

Answers are cut into bands; only records that agree in a whole band are compared. With more bands than answers may
differ, no pair can be missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from countersign.catalogue import threshold
from countersign.model.cells import Integers, Texts
from countersign.model.finding import Finding
from countersign.quality.context import Context, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.tables import collect

Codes = npt.NDArray[np.int32]
_CELLS = 8_000_000  # cells compared at a time


def near_duplicates(context: Context) -> Sequence[Finding]:
    """Count records whose answers agree with another record's in at least the share of the catalogue (0.85).

    Only answers count, no ids, times or places. Of two records those questions are compared that at least one of them
    answered; records with fewer answers than the catalogue asks for (20) are not compared. Where the answers carry too
    little information to tell so many people apart, agreement proves nothing and nothing is assessed.
    """
    if not context.is_main:
        return []
    least = int(threshold("near_duplicate_answers").good)
    names = [variable.name for variable in context.answers]
    if len(names) < least:
        why = f"With only {len(names)} answers a record, two people may well agree in nearly all ({least} needed)."
        return [not_assessed("E8", "near_duplicates", why)]
    table = context.dataset.kept()
    rows = context.rows.kept
    most = int(threshold("near_duplicate_rows").good)
    if rows > most:
        why = f"{number(rows)} records are more than can be compared with each other ({number(most)})."
        return [
            not_assessed("E8", "near_duplicates", why, fix="Assess a part of the data, such as one area or one month.")
        ]
    columns = collect(table, names)
    codes = np.stack([encode(columns[name]) for name in names], axis=1) if rows else np.zeros((0, len(names)), np.int32)
    enough = np.flatnonzero((codes >= 0).sum(axis=1) >= least)
    if len(enough) < 2:
        why = f"Fewer than two records have {least} answers or more."
        return [not_assessed("E8", "near_duplicates", why)]
    alike = threshold("near_duplicate_share").good
    known = information(codes[enough], alike=alike)
    needed = bits_needed(codes[enough], alike=alike)
    if known < needed:
        why = (
            f"{len(names)} answers cannot tell {number(len(enough))} records apart: people agree in {percent(alike)} "
            f"of them by chance ({known:.0f} bits of information, {needed:.0f} needed)."
        )
        return [not_assessed("E8", "near_duplicates", why, fix="Record more answers, or who collected when and where.")]
    found = similar(codes[enough], alike=alike, most=int(threshold("largest_comparison").good))
    if found is None:
        why = "Too many records agree in half of their answers to compare them pair by pair."
        return [not_assessed("E8", "near_duplicates", why, fix="Name the columns that hold answers under 'answers'.")]
    pairs, records, identical, complete = found
    message = (
        f"{number(records)} records have {percent(alike)} or more of their answers in common with another record"
        f" ({number(pairs)} pairs, {number(identical)} of them the same in every answer)."
        if pairs
        else f"No two records have {percent(alike)} or more of their answers in common."
    )
    if not complete:
        message += " The search may have missed some."
    evidence = {
        "pairs": pairs,
        "identical_pairs": identical,
        "compared_records": len(enough),
        "answers": len(names),
        "complete": complete,
        "alike": alike,
    }
    return [
        judged(
            "E8",
            "near_duplicates",
            share(records, len(enough)),
            message,
            limit="near_duplicates",
            count=records,
            evidence=evidence,
            fix="Look at the records concerned together with those who collected them.",
        )
    ]


def encode(column: Texts | npt.NDArray[np.float64]) -> Codes:
    """Number the different values of a column; missing = -1."""
    values = column.tolist()
    distinct = dict.fromkeys(values)
    there = [value for value in distinct if value is not None and value == value]
    place = dict.fromkeys(distinct, -1) | {value: number for number, value in enumerate(there)}
    return np.fromiter(map(place.__getitem__, values), dtype=np.int32, count=len(values))


def information(codes: Codes, *, alike: float) -> float:
    """Return how many bits `alike` of the answers carry: sum of -log2 sum p^2 over questions, p = shares of answers.

    2 to the power of minus this is the chance that two people agree in them, if answers did not go together.
    """
    bits = 0.0
    for column in codes.T:
        _, counts = np.unique(column, return_counts=True)
        bits -= math.log2(float(((counts / counts.sum()) ** 2).sum()))
    return alike * bits


def bits_needed(codes: Codes, *, alike: float) -> float:
    """Return the bits that make a chance agreement unlikely among all pairs and all choices of what may differ.

    log2 of the pairs, plus log2 of the ways to choose the answers that differ among those given, plus a margin from
    the catalogue, because answers do go together.
    """
    given = round(float((codes >= 0).sum(axis=1).mean()))
    ways = math.comb(given, math.floor((1 - alike) * given + 1e-9))
    return math.log2(math.comb(len(codes), 2)) + math.log2(ways) + threshold("near_duplicate_margin").good


def similar(codes: Codes, *, alike: float, most: int) -> tuple[int, int, int, bool] | None:
    """Find pairs of rows that agree in at least `alike` of the cells that one of them has.

    Parameters
    ----------
    codes: (n, m), -1 = missing. most: pairs to compare at most.

    Returns
    -------
    Pairs, rows in some pair, pairs that agree in every cell, and whether no pair can have been missed; None if even
    the coarsest bands leave more than `most` pairs.
    """
    width = codes.shape[1]
    # A fixed shuffle: neighbouring questions tend to be answered alike, and bands of such would hold everybody.
    order = np.random.default_rng(1).permutation(width)
    shuffled = codes[:, order]
    needed = math.floor((1 - alike) * width + 1e-9) + 1
    for bands in _fewer(needed):
        blocks = [_blocks(part) for part in np.array_split(shuffled, min(bands, width), axis=1)]
        if sum(len(rows) * (len(rows) - 1) // 2 for block in blocks for rows in block) <= most:
            break
    else:
        return None
    found: set[int] = set()
    identical: set[int] = set()
    for one, two in _pairs(blocks, chunk=max(1, _CELLS // width)):
        both = (codes[one] >= 0) | (codes[two] >= 0)
        same = (codes[one] == codes[two]) & both
        agree, of = same.sum(axis=1), both.sum(axis=1)
        near = agree >= alike * of - 1e-9
        keys = one.astype(np.int64) * len(codes) + two
        found.update(keys[near].tolist())
        identical.update(keys[agree == of].tolist())
    rows = {place for key in found for place in divmod(key, len(codes))}
    return len(found), len(rows), len(identical), bands >= needed and bool((codes >= 0).all())


def _fewer(bands: int) -> Iterator[int]:
    """Fewer and wider bands until two are left."""
    bands = max(bands, 2)
    while bands > 2:
        yield bands
        bands = max(2, bands * 2 // 3)
    yield 2


def _blocks(part: Codes) -> list[Integers]:
    """Return the groups of two or more rows that agree in a whole band in which something was answered."""
    answered = np.flatnonzero((part >= 0).any(axis=1))
    if len(answered) < 2:
        return []
    compact = np.ascontiguousarray(part[answered])
    keys = compact.view(np.dtype((np.void, compact.dtype.itemsize * compact.shape[1]))).ravel()
    _, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(sizes)
    return [answered[order[end - size : end]] for end, size in zip(ends, sizes, strict=True) if size > 1]


def _pairs(blocks: list[list[Integers]], *, chunk: int) -> Iterator[tuple[Integers, Integers]]:
    """Yield pairs of rows that share a block, about `chunk` at a time."""
    ones: list[Integers] = []
    twos: list[Integers] = []
    waiting = 0
    for block in blocks:
        for rows in block:
            first, second = np.triu_indices(len(rows), k=1)
            for at in range(0, len(first), chunk):
                ones.append(rows[first[at : at + chunk]])
                twos.append(rows[second[at : at + chunk]])
                waiting += len(ones[-1])
                if waiting >= chunk:
                    yield np.concatenate(ones), np.concatenate(twos)
                    ones, twos, waiting = [], [], 0
    if waiting:
        yield np.concatenate(ones), np.concatenate(twos)
