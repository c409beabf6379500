"""Self-response (B3): how often somebody else answered, and for whom."""

from __future__ import annotations

from countersign.catalogue import threshold
from countersign.quality.bank_claims import code_of, with_disability
from countersign.quality.consent import says
from countersign.quality.context import KEPT, Asking, Context, count, number, percent, share
from countersign.quality.findings import judged, not_assessed


def proxy_answers(context: Context) -> Asking:
    """Share of records that somebody else answered (role ``proxy``), in all and in each group, the largest of them.

    Groups: people with and without disability (`with_disability`), and those the study speaks for
    (``population: groups``). Groups under the catalogue's ``group_size`` (warn) are told and not judged.
    """
    if not context.is_main:
        return []
    column = context.role("proxy")
    if not column:
        why = "No column says whether the person answered or somebody else."
        fix = "Let the form ask who answers, and name the column as 'proxy:' under 'roles:' in the study file."
        return [not_assessed("B3", "proxy_answers", why, fix=fix)]
    proxy = says(context, column, "agreed")
    parts = {}
    if (status := with_disability(context)) is not None:
        parts = {"with disability": status, "without disability": ~status}
    for name, categories in context.plan.population.groups.items():
        if name in context.schema and name in context.dataset.codebook:
            code = code_of(context, context.dataset.codebook[name])
            parts |= {f"{name}: {category}": code == category for category in categories}
    asked = {"n": count(KEPT & ~proxy.is_null()), "k": count(KEPT & proxy)}
    for at, part in enumerate(parts.values()):
        asked |= {f"n{at}": count(KEPT & ~proxy.is_null() & part), f"k{at}": count(KEPT & proxy & part)}
    found = yield asked
    if not found["n"]:
        return [not_assessed("B3", "proxy_answers", "No record says who answered.")]
    sizes = {name: (int(found[f"n{at}"]), int(found[f"k{at}"])) for at, name in enumerate(parts)}
    least = threshold("group_size").warn or 0
    shares = {name: share(k, n) for name, (n, k) in sizes.items() if n >= least}
    value = share(found["k"], found["n"])
    message = f"Somebody else answered in {number(found['k'])} of {number(found['n'])} records ({percent(value)})."
    most = max(shares, key=lambda name: shares[name], default="")
    if most and shares[most] > value:
        message += f" Most often for '{most}': {percent(shares[most])}."
    whom = f"the person ({most})" if most else "the person"
    return [
        judged(
            "B3", "proxy_answers", max([value, *shares.values()]), message, limit="proxy_answers",
            count=int(found["k"]),
            evidence={
                "records": int(found["n"]),
                "groups": {name: {"records": n, "proxy": k} for name, (n, k) in sizes.items()},
                "too_small": sorted(name for name, (n, _) in sizes.items() if n < least),
            },
            fix=f"Ask {whom} directly, with help to hear, see or understand where it is needed.",
        )
    ]  # fmt: skip
