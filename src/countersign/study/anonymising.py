"""A study's rows -> rows that anybody may have, or a refusal that says what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countersign.catalogue import protection_limit
from countersign.errors import ProtectionError, nearest
from countersign.model.anonymised import Anonymised, AnonymisedColumn, GroupCost

if TYPE_CHECKING:
    from countersign.model.cells import Integers
    from countersign.study.disclosing.variants import VariantComparison
    from countersign.study.disclosing.whole_table import WholeTable
    from countersign.study.study import Study
    from countersign.study.telling import Account

FOLDER, RECORD = "anonymised", "record"
GROUPS = 40
"""Variables with more answers than this are no groups of people."""


@dataclass(frozen=True)
class _Treated:
    """Rows after every treatment, in their old order, and what was done: column -> words."""

    rows: WholeTable
    done: Mapping[str, str]
    matrices: Mapping[str, Mapping[str, Mapping[str, float]]]
    blanked: int
    proven: bool


def anonymise(study: Study) -> tuple[Anonymised, WholeTable]:
    """Make the rows of the main data anonymous, as the study file says under ``protection.microdata``.

    Returns
    -------
    What was done, and the rows in an order that tells nothing.

    Raises
    ------
    ProtectionError: a column gives persons away and is neither left out nor treated; k is below the catalogue's limit
    without a reason; rows are still at risk; see the treatments in `countersign.disclosure`.
    """
    from countersign.evidence.secret import FOLDER as SECRETS
    from countersign.evidence.secret import keep_secret
    from countersign.study.admitting import build_for
    from countersign.study.disclosing.variants import compare_variants
    from countersign.study.disclosing.whole_table import whole
    from countersign.study.risking import keys_of

    build_for(study, "publish_microdata")
    options = study.plan.protection.microdata
    everything = whole(study.main)
    plan = study.plan.protection
    _known(study, everything, "keys", plan.keys)
    _known(study, everything, "sensitive", plan.sensitive)
    _known(study, everything, "household", [plan.household] if plan.household else [])
    kept = _kept(study, options, everything)
    k = _k(study, options)
    secret = keep_secret(study.place.study / SECRETS / "rows").hex()
    treatable = everything.only(kept)
    household = plan.household
    keys = tuple(name for name in keys_of(study).keys if name in kept and name != household)
    _refuse_copies(study, options, kept, keys)
    treated = _treat(study, treatable, everything, options, keys=keys, k=k, secret=secret)
    rows = _renumbered(treated.rows, household, secret)
    order = np.argsort(everything.lots(f"{secret} order"), kind="stable")
    rows = rows.taken(order)
    missing = str(options.get("missing", "own"))
    _attack(study, rows, keys, k=k, missing=missing)
    comparison = compare_variants(
        treatable.arrow, rows.arrow, keys=keys or kept[:1], k=k,
        sensitive=_there(study.plan.protection.sensitive, kept), groups=_groups(study, treatable),
        indicators=_indicators(study, kept), names=["anonymised"],
    )  # fmt: skip
    found = _described(study, comparison, treated, everything, treatable, rows, keys, k=k, missing=missing)
    return found, rows.taken(np.arange(len(rows)))


def _kept(study: Study, options: Mapping[str, Any], everything: WholeTable) -> tuple[str, ...]:
    """Return the columns that leave; refuses those that give persons away."""
    names = everything.names
    chosen, dropped, stays = _names(options.get("columns")), _names(options.get("drop")), options.get("stays") or {}
    for key, given in (("columns", chosen), ("drop", dropped), ("stays", tuple(stays))):
        _known(study, everything, "microdata", given, key)
    kept = tuple(name for name in names if (not chosen or name in chosen) and name not in dropped)
    reasons = {name: why for name, why in _identifying(study, kept).items() if not str(stays.get(name, "")).strip(" ?")}
    treated = {*_names(options.get("average")), *(options.get("bands") or {})}
    reasons = {name: why for name, why in reasons.items() if name not in treated}
    if reasons:
        told = "; ".join(f"'{name}' ({why})" for name, why in sorted(reasons.items()))
        raise ProtectionError(
            f"{len(reasons)} columns would give persons away: {told}.",
            where=study.file.document.where("protection", "microdata"),
            expected="rows without names, numbers of persons, exact places and times, and free text",
            action=f"leave them out: 'drop: [{', '.join(sorted(reasons))}]'; or say under 'stays' why one may stay",
        )
    if not kept:
        raise ProtectionError(
            "No column is left.",
            where=study.file.document.where("protection", "microdata"),
            expected="at least one column that leaves",
            action="drop fewer",
        )
    return kept


def _known(study: Study, everything: WholeTable, key: str, given: Sequence[str], *below: str) -> None:
    """Refuse names that are no columns: a key that is spelt otherwise would protect nobody."""
    for name in given:
        if name not in everything.names:
            raise ProtectionError(
                f"There is no column '{name}'. {nearest(name, everything.names)}".strip(),
                where=study.file.document.where("protection", key, *below),
                expected=f"one of: {', '.join(everything.names)}",
                action="correct the name",
            )


def _identifying(study: Study, kept: Sequence[str]) -> dict[str, str]:
    """Return column -> why it gives persons away: by its part, by its type, or by what its cells look like."""
    from countersign.catalogue import load

    found: dict[str, str] = {}
    codebook, roles = study.main.codebook, study.main.roles
    for entry in load("direct_identifiers"):
        columns = roles.get(entry.facts["role"], ()) if "role" in entry.facts else ()
        for name in kept:
            typed = codebook[name].type == entry.facts.get("type") and not codebook[name].derived
            if name in columns or typed:
                found.setdefault(name, entry.title)
    plan = study.plan.protection
    if plan.contributor in kept:
        found.setdefault(plan.contributor, "who gave the record")
    kinds = load("personal_data")
    for finding in study.data_findings:
        if finding.check == "personal_data":
            for name in finding.evidence.get("columns", {}):
                if name in kept:
                    found.setdefault(name, next((e.title for e in kinds if e.id == finding.subject), "personal data"))
    return found


def _refuse_copies(study: Study, options: Mapping[str, Any], kept: Sequence[str], keys: Sequence[str]) -> None:
    """Refuse columns from which another one that is treated could be computed, or that are computed from it."""
    from countersign.model.expression import names, parse

    codebook, stays = study.main.codebook, options.get("stays") or {}
    changed = {*keys, *_names(options.get("average")), *(options.get("randomise") or {})}
    for key in ("bands", "codes", "top", "bottom"):
        changed |= set(options.get(key) or {})
    told = []
    for name in kept:
        if not (derived := codebook[name].derived):
            continue
        for source in names(parse(derived), codebook.names):
            pair = {name, source}
            if source in kept and pair & changed and not pair <= set(keys) and not pair & set(stays):
                told.append((name, source))
    if told:
        lines = ", ".join(f"'{name}' from '{source}'" for name, source in told)
        raise ProtectionError(
            f"What is blanked or made wider could be computed again: {lines}.",
            where=study.file.document.where("protection", "microdata"),
            expected="only one of two columns that say the same, or both among the keys",
            action="drop one of the two, or say under 'stays' why it may stay",
        )


def _k(study: Study, options: Mapping[str, Any]) -> int:
    limit = int(protection_limit("people_per_key_public"))
    k = int(options.get("k") or max(study.plan.protection.k, limit))
    where = study.file.document.where("protection", "microdata", "k")
    if k < 2:
        raise ProtectionError(
            f"With k = {k} everybody may stand alone.", where=where, expected="2 or more", action="raise it"
        )
    if k < limit and not str(options.get("reason", "")).strip(" ?"):
        raise ProtectionError(
            f"k = {k} is below {limit}, the limit for rows that anybody may have.",
            where=where,
            expected=f"{limit} or more, or a reason",
            action="raise it, or write the reason under 'reason': it is published with the rows",
        )
    return k


def _treat(
    study: Study,
    rows: WholeTable,
    everything: WholeTable,
    options: Mapping[str, Any],
    *,
    keys: Sequence[str],
    k: int,
    secret: str,
) -> _Treated:
    from countersign.study.disclosing.microdata import averaged, extremes_coded, randomised, recoded, suppressed

    done: dict[str, list[str]] = {}

    def note(column: str, words: str) -> None:
        done.setdefault(column, []).append(words)

    bands, codes = options.get("bands") or {}, options.get("codes") or {}
    rows, made = recoded(rows, bands=bands, codes=codes, hierarchies={})
    for one in made:
        note(one["column"], f"{one['answers_before']} answers made {one['answers_after']} wider ones")
    if options.get("top") or options.get("bottom"):
        rows, made = extremes_coded(rows, bottom=options.get("bottom") or {}, top=options.get("top") or {})
        for one in made:
            note(one["column"], "what lies beyond the limits is replaced by them")
    if columns := _names(options.get("average")):
        rows, made = averaged(rows, columns=columns, k=k)
        for one in made:
            note(
                one["column"], f"replaced by means of {k} to {2 * k - 1} people ({one['loss']:.1%} of its spread lost)"
            )
    matrices: dict[str, Any] = {}
    for column, change in (options.get("randomise") or {}).items():
        rows, made, matrix = randomised(rows, columns=[column], secret=secret, change=float(change), moves={})
        matrices |= {name: _texts(chances) for name, chances in matrix.items()}
        note(column, f"drawn anew with the chance {float(change):g} (chances are in method.json)")
    blanked, proven = 0, True
    if keys:
        importance = dict(options.get("importance") or {})
        found, rows = suppressed(
            rows, keys=keys, k=k, importance=importance, missing=options.get("missing", "own"),
            most=options.get("most"), secret=secret, lot=everything.lots(secret),
        )  # fmt: skip
        blanked, proven = int(found.cells.sum()), found.proven
        for name, count in zip(keys, found.cells.tolist(), strict=True):
            if count:
                note(name, f"blanked in {count:,} rows")
    return _Treated(rows, {name: "; ".join(words) for name, words in done.items()}, matrices, blanked, proven)


def _texts(chances: Mapping[Any, Mapping[Any, float]]) -> dict[str, dict[str, float]]:
    return {str(one): {str(other): chance for other, chance in line.items()} for one, line in chances.items()}


def _renumbered(rows: WholeTable, household: str, secret: str) -> WholeTable:
    """Give households numbers that tell nothing."""
    if household not in rows.names:
        return rows
    codes, values = rows.coded(household)
    lot = np.random.default_rng(int(secret[:15], 16)).permutation(len(values)) + 1
    return rows.with_column(household, [None if code < 0 else int(lot[code]) for code in codes.tolist()])


def _attack(study: Study, rows: WholeTable, keys: Sequence[str], *, k: int, missing: str) -> None:
    """Count again what the file will hold, as text, and stop if rows are still at risk."""
    from collections import Counter

    from countersign.protection.microdata.recounting import recount
    from countersign.publishing.delimited import cell

    if not keys:
        return
    written = [[cell(value) for value in rows.arrow.column(name).to_pylist()] for name in keys]
    shown = Counter(zip(*written, strict=True))
    left = sum(count for count in shown.values() if count < k)
    if missing == "matches" and left:
        places = [{text: at for at, text in enumerate(sorted({*column} - {""}))} for column in written]
        codes = np.array([[place.get(text, -1) for text, place in zip(row, places, strict=True)] for row in shown])
        left = recount(codes, codes, np.array(list(shown.values())), k=k).matches
    if left:
        raise ProtectionError(
            f"{left:,} rows still share all keys with fewer than {k - 1} others.",
            where=study.file.document.where("protection", "microdata"),
            expected="no such row; nothing was written",
            action="make keys wider under 'bands' and 'codes'",
        )


def _groups(study: Study, rows: WholeTable) -> tuple[str, ...]:
    named = [group.variable for group in study.plan.protection.visible]
    broken = [name for indicator in study.plan.indicators.values() for by in indicator.by for name in by]
    there = [name for name in dict.fromkeys([*named, *broken]) if name in rows.names]
    return tuple(name for name in there if len(rows.coded(name)[1]) <= GROUPS)


def _indicators(study: Study, kept: Sequence[str]) -> dict[str, str]:
    """Return the study's own shares and means that can be computed from the columns that leave."""
    from countersign.errors import ExpressionError
    from countersign.model.expression import names, parse

    found = {}
    for name, indicator in study.plan.indicators.items():
        if indicator.statistic in ("mean", "proportion") and not indicator.denominator and not indicator.where:
            try:
                needed = set(names(parse(indicator.numerator)))
            except ExpressionError:
                continue
            if needed and needed <= set(kept):
                found[name] = indicator.numerator
    return found


def _described(
    study: Study,
    comparison: VariantComparison,
    treated: _Treated,
    everything: WholeTable,
    before: WholeTable,
    rows: WholeTable,
    keys: Sequence[str],
    *,
    k: int,
    missing: str,
) -> Anonymised:
    (variant,) = comparison.variants
    language = study.plan.settings.language
    columns = []
    for name in rows.names:
        had, has = before.coded(name)[0] >= 0, rows.coded(name)[0] >= 0
        variable = study.main.codebook[name]
        label = variable.label.get(language) or next(iter(variable.label.values()), "")
        columns.append(
            AnonymisedColumn(
                name=name, label=label, type=variable.type, treated=treated.done.get(name, ""),
                kept=float(has.sum() / had.sum()) if had.any() else 1.0, answers=len(rows.coded(name)[1]),
                key=name in keys,
            )
        )  # fmt: skip
    costs, few = [], 0
    for (variable_name, category), (shown, kept) in variant.groups.items():
        codes, values = before.coded(variable_name)
        people = int((codes == [str(value) for value in values].index(category)).sum())
        if people < k:
            few += 1
        else:
            costs.append(GroupCost(variable_name, category, people, shown, kept))
    measures = {
        "below": "rows with fewer than k alike",
        "alone": "rows alone",
        "expected": "people recognised, expected",
    }
    return Anonymised(
        columns=tuple(columns),
        left_out=tuple(name for name in everything.names if name not in rows.names),
        rows=len(rows),
        keys=tuple(keys),
        k=k,
        missing=missing,
        reason=str(study.plan.protection.microdata.get("reason", "")),
        blanked=treated.blanked,
        proven=treated.proven,
        before={words: float(getattr(comparison.original, name)) for name, words in measures.items()},
        after={words: float(getattr(variant.risk, name)) for name, words in measures.items()},
        groups=tuple(costs),
        few=few,
        matrices=treated.matrices,
        said=_said(comparison, treated, keys, k),
        risks=_risks(study, comparison, rows, keys, k=k, missing=missing),
        picture=comparison.picture(),
    )


def _said(comparison: VariantComparison, treated: _Treated, keys: Sequence[str], k: int) -> tuple[str, ...]:
    (variant,) = comparison.variants
    known = ", ".join(keys) or "nothing"
    said = [f"Whoever knows {known} of a person finds at least {k} rows that fit equally well."]
    if treated.blanked:
        proof = " No choice of this kind blanks less: that is proven." if treated.proven else ""
        said.append(f"{treated.blanked:,} single answers were blanked for that.{proof}")
    said.append(f"{variant.cells * variant.rows:.1%} of all answers in these columns are kept.")
    for name, (value, now, overlap) in variant.indicators.items():
        told = "cannot be computed any more" if now is None or overlap is None else f"{value:.4g} before, {now:.4g} now"
        said.append(f"{name}: {told}.")
    return tuple(said)


def _risks(
    study: Study, comparison: VariantComparison, rows: WholeTable, keys: Sequence[str], *, k: int, missing: str
) -> tuple[str, ...]:
    """Say what is left as risk."""
    (variant,) = comparison.variants
    risks = []
    if missing == "matches":
        risks.append(
            "A blank counts as any answer. Somebody who knows who took part and what everybody answered can still"
            " recognise people; 'missing: own' protects against that."
        )
    if variant.risk.certain:
        risks.append(
            f"{variant.risk.certain:,} rows are in groups all of which gave the same answer to a sensitive question:"
            " who knows that somebody is in the group knows the answer."
        )
    household = study.plan.protection.household
    if household in rows.names:
        risks.append(
            "The rows say who lives together. The members of a household recognise it by one another, and so do"
            f" neighbours: drop '{household}', unless it is needed."
        )
    weight = study.main.role("weight")
    if weight and weight in rows.names:
        codes, _ = rows.coded(weight)
        rare = int((np.bincount(codes[codes >= 0])[codes[codes >= 0]] < k).sum())
        if rare:
            risks.append(
                f"{rare:,} rows have a weight that fewer than {k} share: it can tell where they were drawn. Name"
                f" '{weight}' under 'average' to take means of {k} or more."
            )
    exact = [
        name for name in rows.names
        if name not in keys and name not in (weight, household)
        and study.main.codebook[name].type in ("number", "integer", "date")
        and _rare(rows.coded(name)[0], k) > 0.5
    ]  # fmt: skip
    if exact:
        named = ", ".join(f"'{name}'" for name in exact)
        risks.append(f"Most values of {named} are shared by fewer than {k} rows: who knows one of them finds the row.")
    return tuple(risks)


def _rare(codes: Integers, k: int) -> float:
    answered = codes[codes >= 0]
    return float((np.bincount(answered)[answered] < k).mean()) if len(answered) else 0.0


def write_anonymised(study: Study, found: Anonymised, rows: WholeTable) -> Path:
    """Write the folder ``anonymised`` and return it; the old one stays until the new one is whole.

    Raises
    ------
    StoreError: the disk refused, or a folder of that name is not ours.
    """
    from countersign.evidence.delivery import deliver
    from countersign.publishing.anonymised import METHOD, write_rows

    title = study.plan.title.get(study.plan.settings.language) or next(iter(study.plan.title.values()), "")
    numbered = {RECORD if RECORD not in rows.names else "_record": list(range(1, len(rows) + 1))}
    columns = numbered | {name: rows.arrow.column(name).to_pylist() for name in rows.names}
    style = str(study.plan.protection.microdata.get("format", "csv"))

    values = {name: study.main.codebook[name].values for name in rows.names}

    def build(folder: Path) -> None:
        write_rows(found, columns, folder, title=title, format=style, values=values)

    return deliver(build, study.place.folder / FOLDER, mark=METHOD)


def tell_anonymised(study: Study) -> Account:
    """Make the rows anonymous, write them, and say what was done and what is left as risk."""
    from countersign.study.telling import Account, of_study

    found, rows = anonymise(study)
    folder = write_anonymised(study, found, rows)
    sentences = [
        f"{found.rows:,} rows with {len(found.columns)} columns may leave; {len(found.left_out)} columns stay.",
        *found.said,
        *(f"Left as risk: {risk}" for risk in found.risks),
    ]
    if found.groups:
        worst = min(found.groups, key=lambda group: (group.kept, group.variable, group.category))
        sentences.append(
            f"It costs the group {worst.variable} {worst.category} most: {worst.kept:.1%} of its answers are kept."
        )
    sentences.append(f"Written to {folder}: read index.html before you pass the rows on.")
    data = {"folder": str(folder), **found.as_dict()}
    return Account("anonymise", tuple(sentences), of_study(study, "risk"), data)


def _there(names: Sequence[str], kept: Sequence[str]) -> list[str]:
    return [name for name in names if name in kept]


def _names(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())
