"""Consent (A1), the part that is computed: whether each record says that the person agreed, to what, how and when.

Whether people understood what they agreed to is asked of people (`countersign.quality.answers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from countersign.catalogue import load, threshold
from countersign.model.finding import Finding, State
from countersign.model.period import last_day
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
