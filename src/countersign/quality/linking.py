"""Linking (G5): keys of two sources that look alike, and whether the same key means the same unit."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.dataset import Dataset
from countersign.model.finding import Finding
from countersign.quality.context import Context, listed, number, percent
from countersign.quality.findings import judged, not_assessed
from countersign.tables import aggregate, group


def look_alike_keys(context: Context) -> Sequence[Finding]:
    """Hold the main source's key against the key (role ``id``) of every other source that shares values with it.

    Of units with the same key in both, variables of the same name are compared. For each, agreement beyond chance is
    kappa = (o - e) / (1 - e): o the share of pairs that agree, e = sum over categories of p_1(c) p_2(c), p the shares
    in each whole source. The mean over variables tells whether the keys link (Cohen 1960, between two sources).
    """
    if not context.is_main:
        return []
    mine = context.dataset
    findings: list[Finding] = []
    for name, other in context.documents.datasets.items():
        if name != mine.name and len(mine.roles.get("id", ())) == 1 and len(other.roles.get("id", ())) == 1:
            findings += _held_together(mine, other)
    return findings


def _held_together(mine: Dataset, other: Dataset) -> Sequence[Finding]:
    key, their_key = mine.role("id"), other.role("id")
    schemas = mine.table.collect_schema(), other.table.collect_schema()
    if key not in schemas[0] or their_key not in schemas[1] or schemas[0][key] != schemas[1][their_key]:
        return []
    types, their_types = mine.codebook.types(), other.codebook.types()
    shared = [
        name
        for name in types
        if name != key
        and name in their_types
        and name in schemas[0]
        and name in schemas[1]
        and types[name] in ("category", "boolean", "integer", "text")
        and schemas[0][name] == schemas[1][name]
        and name not in {*mine.roles.get("weight", ()), *other.roles.get("weight", ())}
    ]
    left = mine.table.select(nw.col(key).alias("_key"), *(nw.col(n).alias(f"a{i}") for i, n in enumerate(shared)))
    right = other.table.select(
        nw.col(their_key).alias("_key"), *(nw.col(n).alias(f"b{i}") for i, n in enumerate(shared))
    )
    both = left.filter(~nw.col("_key").is_null()).join(right, on="_key", how="inner")
    agree = {
        f"o{i}": nw.when(nw.col(f"a{i}") == nw.col(f"b{i}")).then(1).otherwise(0).sum() for i in range(len(shared))
    }
    known = {f"k{i}": nw.when(~(nw.col(f"a{i}").is_null() | nw.col(f"b{i}").is_null())).then(1).otherwise(0).sum()
             for i in range(len(shared))}  # fmt: skip
    found = aggregate(both, _n=nw.len(), **agree, **known)
    if not found["_n"]:
        return []
    subject = f"{mine.name} and {other.name}"
    kappas = {}
    for i, name in enumerate(shared):
        chance = _chance(mine, other, name)
        if found[f"k{i}"] and chance < 1:
            kappas[name] = (found[f"o{i}"] / found[f"k{i}"] - chance) / (1 - chance)
    if not kappas:
        why = (
            f"{number(found['_n'])} keys of '{mine.name}' occur in '{other.name}' too, but no variable is in "
            "both by which "
            "to see whether they mean the same units."
        )
        return [not_assessed("G5", "keys_link", why, subject=subject)]
    mean = sum(kappas.values()) / len(kappas)
    told = [f"{name} {100 * value:.0f} %" for name, value in kappas.items()]
    message = (
        f"{number(found['_n'])} keys of '{mine.name}' occur in '{other.name}' too, and they mean the same "
        "units: beyond chance "
        f"they agree in {listed(told)}."
    )
    if not threshold("keys_agree").keeps(mean, threshold("keys_agree").good):
        message = (
            f"{number(found['_n'])} keys of '{mine.name}' occur in '{other.name}' too, but they are not the "
            "same units: of "
            f"the agreement that is not chance they reach {percent(max(mean, 0.0))} on average "
            f"({listed(told)}). Joined by "
            "these keys, every figure would be wrong."
        )
    return [
        judged(
            "G5",
            "keys_link",
            mean,
            message,
            limit="keys_agree",
            subject=subject,
            count=int(found["_n"]),
            evidence={"keys": [key, their_key], "agreement": {n: round(v, 6) for n, v in kappas.items()}},
            fix=f"Do not join '{mine.name}' and '{other.name}' by these keys; ask for a key that both sources share.",
        )
    ]


def _chance(mine: Dataset, other: Dataset, name: str) -> float:
    parts = []
    for one in (mine, other):
        counts = group(one.table.filter(~nw.col(name).is_null()), [name], _n=nw.len())
        total = float(counts["_n"].sum()) or 1.0
        parts.append({key: n / total for key, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True)})
    return float(sum(p * parts[1].get(key, 0.0) for key, p in parts[0].items()))
