"""Consent (A1), the part that is computed: whether each record says that the person agreed, to what, how and when.

Where a study is built for a purpose, only rows of people who agreed are in it; then it is said who was left out, why,
and whether that differs by group (E1).

Whether people understood what they agreed to is asked of people (`countersign.quality.answers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import narwhals as nw

from countersign.catalogue import load, threshold
from countersign.model.consent import ConsentAccount
from countersign.model.finding import Finding, State
from countersign.model.period import last_day
from countersign.quality.confidentiality import few, fewest_people
from countersign.quality.context import KEPT, Asking, Context, count, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed

PARTS: Mapping[str, str] = {"consent_version": "version", "consent_language": "language", "consent_time": "time"}


def consent(context: Context) -> Asking:
    """A1: records with a yes, with version, language and time of the consent, and minors whose guardian agreed.

    Columns are found by their roles (``consent``, ``consent_version``, ``consent_language``, ``consent_time``,
    ``guardian``, ``age``). A yes is one of the catalogue's ``consent_words``, as a value or as its label. A record of
    somebody who said no that is still in fails, whatever the shares are.
    """
    column = context.role("consent")
    if not context.is_main:
        return []
    if account := context.documents.consent.get(context.dataset.name):
        return _enforced(account, context)
    if not column:
        why, fix = "No column says who agreed.", "Name the column as 'consent:' under 'data:' in the study file."
        return [not_assessed("A1", "consent_given", why, fix=fix)]
    parts = {word: context.role(role) for role, word in PARTS.items()}
    there = {word: name for word, name in parts.items() if name}
    questions = {
        "kept": count(KEPT),
        "yes": count(KEPT & says(context, column, "agreed")),
        "no": count(KEPT & says(context, column, "refused")),
        "said": count(KEPT & ~nw.col(column).is_null()),
        **{word: count(KEPT & ~nw.col(name).is_null()) for word, name in there.items()},
        **_of_minors(context),
    }
    if there:
        whole = ~nw.col(column).is_null()
        for name in there.values():
            whole = whole & ~nw.col(name).is_null()
        questions["whole"] = count(KEPT & whole)
    found = yield questions
    if not found["kept"]:
        return [not_assessed("A1", "consent_given", "No record is left to ask about consent.")]
    if found["said"] and not found["yes"] and not found["no"]:
        why = f"No value of '{column}' says yes or no, so nobody can tell who agreed."
        fix = f"Say what its codes mean under 'variables: {column}: values', such as 1: yes; or name another column."
        return [not_assessed("A1", "consent_given", why, fix=fix)]
    findings = [_given(found), _recorded(found, there, [word for word, name in parts.items() if not name])]
    if "minors" in found:
        findings += _minors(context, found)
    return findings


def _enforced(account: ConsentAccount, context: Context) -> list[Finding]:
    """Say what building the data for a purpose left out, and how consent is recorded for the rows that are used."""
    purpose = load("purposes")[account.purpose].title.lower()
    used, rows = account.used, account.rows
    out = rows - used
    given = judged(
        "A1",
        "consent_given",
        1.0 if used else 0.0,
        f"These data are built to {purpose}: all {number(used)} rows in them are of people who agreed to that."
        if used
        else f"Nobody agreed to {purpose}.",
        limit="consent_given",
        count=0,
        evidence={"purpose": account.purpose, "agreed": used, "refused": 0},
    )
    whole, parts = account.recorded.get("whole", 0), ("version", "language", "time")
    absent = [name for name in parts if not account.recorded.get(name)]
    recorded = judged(
        "A1",
        "consent_recorded",
        share(whole, used),
        f"For {number(whole)} of {number(used)} rows ({percent(share(whole, used))}) it is on record to which words "
        "people agreed, in which language and when." + (f" Nothing says the {listed(absent)}." if absent else ""),
        limit="consent_recorded",
        count=used - whole,
        evidence={name: share(account.recorded.get(name, 0), used) for name in (*parts, "how", "collector")},
        mildest=State.WARN if absent else State.PASS,
        fix="Add notice, language and time to the consent records.",
    )
    findings = [given, recorded, _left_out(account, out, context)]
    if account.minors >= fewest_people(context.plan):
        findings.append(
            judged(
                "A1",
                "guardian_consent",
                1.0,
                f"For all {number(account.minors)} children in the data a guardian agreed.",
                limit="guardian_consent",
                count=0,
                evidence={"minors": account.minors},
            )
        )
    return [*findings, *_uneven(account, context)]


def _left_out(account: ConsentAccount, out: int, context: Context) -> Finding:
    reasons = load("consent_reasons")
    hidden = few(dict(account.reasons), fewest_people(context.plan))
    told = [f"{number(n)} {reasons[reason]['said']}" for reason, n in account.reasons.items() if reason not in hidden]
    if hidden:
        told.append("some for reasons that concern only a few people")
    fewest = fewest_people(context.plan)
    message = f"{number(out)} of {number(account.rows)} rows ({percent(share(out, account.rows))}) are left out"
    message = f"{message}: {', '.join(told)}." if out else "No row had to be left out."
    if 0 < out < fewest:
        message = f"Fewer than {fewest} rows are left out; why is not told, since it is about so few."
    found = judged(
        "A1",
        "consent_left_out",
        share(out, account.rows),
        " ".join((message, *account.notes)),
        limit="consent_left_out",
        count=out,
        evidence={
            "purpose": account.purpose,
            "reasons": {reason: n for reason, n in account.reasons.items() if reason not in hidden},
            "not_told": len(hidden),
        },
        fix="Ask those who were never asked, or whose agreement has run out; respect everybody who said no."
        if set(account.reasons) - {"refused", "withdrawn"}
        else "",
    )
    if 0 < out < fewest:
        return replace(found, value=None, count=None, evidence={"purpose": account.purpose, "not_told": True})
    return found


def _uneven(account: ConsentAccount, context: Context) -> list[Finding]:
    """E1: how much more often one group is left out than another; who says no chooses themselves out of the sample."""
    found = []
    for variable in dict.fromkeys(one.variable for one in account.groups):
        own = [one for one in account.groups if one.variable == variable]
        rates = {one.category: share(one.out, one.rows) for one in own if one.out is not None and one.rows}
        hidden = len(own) - len(rates)
        if len(rates) < 2:
            why = f"Too few people were left out to say how that differs by '{variable}'."
            found.append(not_assessed("E1", "consent_by_group", why, subject=variable))
            continue
        most, least = max(rates, key=lambda one: rates[one]), min(rates, key=lambda one: rates[one])
        found.append(
            judged(
                "E1",
                "consent_by_group",
                rates[most] - rates[least],
                (
                    f"By '{variable}', {percent(rates[most])} of {most} are left out for want of agreement, and "
                    f"{percent(rates[least])} of {least}."
                    if rates[most] != rates[least]
                    else f"By '{variable}', the same share of all groups is left out for want of agreement: "
                    f"{percent(rates[most])}."
                )
                + (f" {hidden} groups are too small to be told." if hidden else ""),
                subject=variable,
                limit="consent_by_group",
                count=len(rates),
                evidence={"left_out": {name: round(rate, 6) for name, rate in rates.items()}, "not_told": hidden},
                harshest=State.WARN,
                fix="Weight by this group, and ask its members why they said no.",
            )
        )
    return found


def withdrawals(context: Context) -> Sequence[Finding]:
    """A1: withdrawals carried out within the days of the catalogue (``withdrawal_days``); one that is overdue fails."""
    asked = context.plan.process.withdrawals
    if not context.is_main or asked is None:
        return []
    limit = threshold("withdrawal_days")
    if not asked:
        return [
            Finding("A1", State.PASS, "withdrawals", "The study says that nobody took their agreement back.", count=0)
        ]
    late = overdue = waiting = 0
    longest = 0
    for one in asked:
        begun, done = last_day(one.asked), last_day(one.done)
        if begun is None:
            continue
        days = ((done or context.today) - begun).days
        longest = max(longest, days)
        if limit.keeps(days, limit.good):
            waiting += done is None
        elif done is None:
            overdue += 1
        else:
            late += 1
    in_time = len(asked) - late - overdue - waiting
    message = f"{in_time} of {len(asked)} withdrawals were carried out within {limit.good:g} days."
    message += f" {late} came later." if late else ""
    message += f" {waiting} are under way." if waiting else ""
    message += (
        f" {overdue} are overdue: the data of people who took their agreement back are still there." if overdue else ""
    )
    return [
        Finding(
            "A1",
            State.FAIL if overdue else State.WARN if late else State.PASS,
            "withdrawals",
            message,
            value=float(longest),
            unit="days",
            count=late + overdue,
            evidence={
                "withdrawals": len(asked),
                "in_time": in_time,
                "late": late,
                "waiting": waiting,
                "overdue": overdue,
            },
            threshold=limit.record(),
            fix="Take out the data of everybody who asked for it, and write down the day." if late or overdue else "",
        )
    ]


def says(context: Context, column: str, what: str) -> nw.Expr:
    """Whether a value, or its label, is one of the catalogue's words."""
    words = {str(word).casefold() for word in load("consent_words")[what]["words"]}
    variable = context.dataset.codebook.variables.get(column)
    labelled = variable.values if variable is not None else {}
    words |= {code.casefold() for code, label in labelled.items() if label.casefold() in words}
    # A code whose label says something else means what its label says, such as 1 = no.
    words -= {code.casefold() for code, label in labelled.items() if label and label.casefold() not in words}
    if context.types.get(column) == "boolean":
        return nw.col(column) if what == "agreed" else ~nw.col(column)
    return nw.col(column).cast(nw.String).str.to_lowercase().is_in(sorted(words))


def _of_minors(context: Context) -> dict[str, nw.Expr]:
    age, guardian = context.role("age"), context.role("guardian")
    if not age or context.types.get(age) not in ("number", "integer"):
        return {}
    minor = KEPT & (nw.col(age) < threshold("adult_age").good)
    found = {"minors": count(minor)}
    if guardian:
        found["guarded"] = count(minor & says(context, guardian, "agreed"))
    return found


def _given(found: Mapping[str, float]) -> Finding:
    value = share(found["yes"], found["kept"])
    message = (
        f"{number(found['yes'])} of {number(found['kept'])} records ({percent(value)}) say that the person agreed."
    )
    if found["no"]:
        message += f" {number(found['no'])} are of people who did not agree and are still in."
    return judged(
        "A1",
        "consent_given",
        value,
        message,
        limit="consent_given",
        count=int(found["kept"] - found["yes"]),
        evidence={"agreed": int(found["yes"]), "refused": int(found["no"])},
        mildest=State.FAIL if found["no"] else State.PASS,
        fix="Set aside records without agreement: add \"consent = 'yes'\" under 'keep' in the study file.",
    )


def _recorded(found: Mapping[str, float], there: Mapping[str, str], absent: Sequence[str]) -> Finding:
    if not there:
        return not_assessed(
            "A1",
            "consent_recorded",
            "No column says to which wording people agreed, in which language and when.",
            fix="Add version, language and time of the consent to the form, and name the columns under 'data:'.",
        )
    value = share(found["whole"], found["kept"])
    message = (
        f"{number(found['whole'])} of {number(found['kept'])} records ({percent(value)}) hold {listed(list(there))} "
    )
    message += "of the consent."
    if absent:
        message += f" No column holds its {listed(list(absent))}."
    return judged(
        "A1",
        "consent_recorded",
        value,
        message,
        limit="consent_recorded",
        count=int(found["kept"] - found["whole"]),
        evidence={**{word: share(found[word], found["kept"]) for word in there}, "without_column": list(absent)},
        mildest=State.WARN if absent else State.PASS,
        fix="Add version, language and time of the consent to the form.",
    )


def _minors(context: Context, found: Mapping[str, float]) -> list[Finding]:
    minors, age = int(found["minors"]), threshold("adult_age").good
    if not minors:
        return []
    if "guarded" not in found:
        return [
            not_assessed(
                "A1",
                "guardian_consent",
                f"{number(minors)} records are of people under {age:g}, and no column says whether a guardian agreed.",
                fix="Name the column as 'guardian:' under 'data:' in the study file, or ask for it in the form.",
            )
        ]
    value = share(found["guarded"], minors)
    return [
        judged(
            "A1",
            "guardian_consent",
            value,
            f"For {number(found['guarded'])} of {number(minors)} people under {age:g} ({percent(value)}) "
            "a guardian agreed.",
            limit="guardian_consent",
            count=int(minors - found["guarded"]),
            evidence={"minors": minors},
            fix="Set aside the records of children without the agreement of a guardian.",
        )
    ]
