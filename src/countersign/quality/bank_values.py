"""Bank values (C2): whether the values of variables that claim to be of the question bank are those of its codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import narwhals as nw

from countersign.model.dataset import Variable
from countersign.model.expression import names, parse
from countersign.model.finding import Finding, State
from countersign.quality.bank_claims import Claims, claims_of, code_of, identifier, variables_of
from countersign.quality.context import KEPT, Asking, Context, count, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.quality.question_bank import OTHER_RULE


def values(context: Context) -> Asking:
    """Share of the values of claimed variables that are codes of their set, or numbers in its range.

    Values that the codebook takes for missing are not counted. Category variables that claim no item are in the
    evidence.
    """
    if not context.is_main:
        return []
    every = claims_of(context.documents.form, variables_of(context))
    known = {v.name: _is_known(context, claims, key, v) for claims, key, v in _claimed(every)}
    rest = [v.name for v in context.from_file if v.type == "category" and v.name not in known]
    if not known:
        why = "No column claims to be of the question bank, so no values are held against a code list."
        fix = "Say which columns are standard ones: 'bank:' in the codebook, such as WG-SS/seeing."
        return [not_assessed("C2", "standard_values", why, fix=fix)]
    asked: dict[str, nw.Expr] = {}
    for at, (name, good) in enumerate(known.items()):
        present = KEPT & ~nw.col(name).is_null()
        asked |= {f"n{at}": count(present), f"k{at}": count(present & good)}
    found = yield asked
    sizes = {name: (found[f"n{at}"], found[f"k{at}"]) for at, name in enumerate(known)}
    total, good_ones = (sum(pair[side] for pair in sizes.values()) for side in (0, 1))
    if not total:
        return [not_assessed("C2", "standard_values", "The variables that claim to be of the question bank are empty.")]
    strange = {name: n - k for name, (n, k) in sizes.items() if n > k}
    value = share(good_ones, total)
    message = f"{percent(value)} of the {number(total)} values of {number(len(known))} standard variables are in "
    message += "their code list."
    if strange:
        message += f" Others: {listed([f'{name} ({number(n)})' for name, n in strange.items()])}."
    return [
        judged(
            "C2", "standard_values", value, message, limit="standard_values", count=total - good_ones,
            evidence={"outside": strange, "values": {name: n for name, (n, _) in sizes.items()}, "not_claimed": rest},
            fix=f"Map the values of {listed(list(strange))} to the codes with 'recode', or declare them missing.",
        )
    ]  # fmt: skip


def identifiers(context: Context) -> Asking:
    """Records in which a variable that is computed from the questions of a set is not the identifier of the set.

    Such a variable is derived from at least two of them, in the codebook or by a calculation of the form that the data
    hold. Its values are read as with and without: true and false, 1 and 0 (or 2), yes and no.
    """
    if not context.is_main:
        return []
    looked_at = list(_computed(context))
    asked: dict[str, nw.Expr] = {}
    for at, (_, variable, status) in enumerate(looked_at):
        yes = _truth(context, variable)
        asked |= {
            f"rows{at}": count(KEPT & ~status.is_null()),
            f"unlike{at}": count(KEPT & ~status.is_null() & (yes.is_null() | (yes != status))),
            f"extra{at}": count(KEPT & status.is_null() & ~yes.is_null()),
            f"read{at}": count(KEPT & ~yes.is_null()),
            f"there{at}": count(KEPT & ~nw.col(variable.name).is_null()),
        }
    if not asked:
        return []
    found = yield asked
    findings = []
    for at, (claims, variable, _) in enumerate(looked_at):
        rows, unlike, extra = (int(found[f"{name}{at}"]) for name in ("rows", "unlike", "extra"))
        rule = claims.set.identifier["cut_off"]
        if found[f"there{at}"] and not found[f"read{at}"]:
            why = f"The values of '{variable.name}' are neither yes and no, true and false nor 1 and 0."
            findings.append(not_assessed("C2", "bank_identifier", why, subject=variable.name, fix="Recode them."))
            continue
        message = f"'{variable.name}' agrees with the identifier of '{claims.set.id}' in {number(rows - unlike)} of "
        message += f"{number(rows)} records."
        if unlike:
            message += f" The rule: {rule}."
        if extra:
            message += f" It has a value in {number(extra)} records in which the rule has none."
        state = State.FAIL if unlike else State.WARN if extra else State.PASS
        findings.append(
            Finding(
                "C2", state, "bank_identifier", message, subject=variable.name, value=share(rows - unlike, rows),
                unit="share", count=unlike + extra, evidence={"records": rows, "unlike": unlike, "extra": extra},
                fix=OTHER_RULE if unlike or extra else "",
            )
        )  # fmt: skip
    return findings


def _claimed(every: dict[str, Claims]) -> Iterator[tuple[Claims, str, Variable]]:
    for claims in every.values():
        for key, variable in claims.variables.items():
            yield claims, key, variable


def _is_known(context: Context, claims: Claims, key: str, variable: Variable) -> nw.Expr:
    item = claims.set.item(key)
    if item.kind == "number":
        if not context.schema[variable.name].is_numeric():
            return nw.lit(False)
        column = nw.col(variable.name)
        low = column >= item.lowest if item.lowest is not None else ~column.is_null()
        return low & (column <= item.highest) if item.highest is not None else low
    codes = [*claims.set.codes, *claims.set.further, *claims.set.missing]
    return code_of(context, variable).is_in(codes)


def _computed(context: Context) -> Iterator[tuple[Claims, Variable, nw.Expr]]:
    form = context.documents.form
    every = claims_of(form, variables_of(context))
    for claims in every.values():
        status = identifier(claims, context) if claims.set.identifier else None
        if status is None:
            continue
        items = {variable.name for variable in claims.variables.values()}
        for variable in variables_of(context):
            if variable.name not in items and len(items & set(_rests_on(context, variable))) > 1:
                yield claims, variable, status


def _rests_on(context: Context, variable: Variable) -> Sequence[str]:
    """Variables that a derived variable or a calculation of the form is computed from."""
    if variable.derived:
        return names(parse(variable.derived), list(context.types))
    form = context.documents.form
    question = form.question(variable.source.rsplit("/", 1)[-1]) if form else None
    if question is None or question.kind != "computed":
        return ()
    return [v.name for v in variables_of(context) if "${" + v.source.rsplit("/", 1)[-1] + "}" in question.calculation]


def _truth(context: Context, variable: Variable) -> nw.Expr:
    """A computed variable as true, false or missing: yes and no, 1 and 0, true and false."""
    column = nw.col(variable.name)
    if context.schema[variable.name] == nw.Boolean:
        return column
    text = code_of(context, variable).str.to_lowercase()
    yes = text.is_in(["1", "yes", "true", "with"])
    return (
        nw.when(yes)
        .then(nw.lit(True))
        .otherwise(nw.when(text.is_in(["0", "2", "no", "false", "without"])).then(nw.lit(False)))
    )
