"""Question bank (C2): whether questions that claim to be of the bank are those of the bank, and what differs.

A set is used as it is or not at all: an altered wording, answer, code or order is a failure. Where nobody knows the
official wording of a language it is not assessed, which is not a failure.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from countersign.catalogue import BankSet, Status
from countersign.model.finding import Finding, State
from countersign.model.form import Form, FormQuestion
from countersign.quality.bank_claims import Claims, claims_of, unknown_claims, variables_of
from countersign.quality.context import Context, listed, number, share
from countersign.quality.findings import not_assessed
from countersign.quality.instrument import kinds_of_answer

_NONE = (
    "Neither form nor codebook says that a question is one of the question bank, and none has a wording known there."
)
_CLAIM = (
    "Say which questions are standard ones, such as WG-SS/seeing: in a column 'bank' of the form, or in the codebook."
)
OTHER_RULE = "Compute it by the rule; report other cut-offs beside it under another name."
_AS_IS = "Use the questions of the set as they are published, or do not call them by its name."


def bank(context: Context) -> Sequence[Finding]:
    """C2 from the form and the codebook."""
    if not context.is_main:
        return []
    form, variables = context.documents.form, variables_of(context)
    found = [_unknown(*each) for each in unknown_claims(form, variables)]
    claims = claims_of(form, variables)
    if not claims and not found:
        return [not_assessed("C2", "bank_questions", _NONE, fix=_CLAIM)]
    for each in claims.values():
        found += compared(each, form)
    return found


def compared(claims: Claims, form: Form | None) -> list[Finding]:
    """Compare everything that claims to be of one set: order, wording, answers, codes, identifier."""
    if form is None or not claims.questions:
        why = f"There is no form to compare the wording of '{claims.set.id}' with."
        lacking = not_assessed("C2", "bank_questions", why, subject=claims.set.id, fix="Name the form under 'form:'.")
        return [bank_order(claims, form), *bank_codes(claims), lacking]
    found = [bank_order(claims, form)]
    for tag in form.languages or {"": ""}:
        found += [*bank_questions(claims, form, tag), *bank_answers(claims, form, tag)]
    return [*found, *bank_codes(claims), *bank_identifier(claims, form)]


def bank_order(claims: Claims, form: Form | None) -> Finding:
    """Whether every item of the set is asked, in the order of the set."""
    there = [item.id for item in claims.items]
    dropped = [item.id for item in claims.set.items if item.id not in there]
    place = {question.place: at for at, question in enumerate(form.questions)} if form else {}
    asked = [item for item in there if item in claims.questions]
    order = sorted(asked, key=lambda item: place[claims.questions[item].place])
    moved = [item for item, at in zip(order, asked, strict=True) if item != at]
    message = f"{number(len(there))} of {number(len(claims.set.items))} questions of '{claims.set.id}' are asked"
    message += f"; {_quoted(dropped)} {'is' if len(dropped) == 1 else 'are'} not." if dropped else "."
    if moved:
        message += f" They stand in another order: {listed(order, most=10)} instead of {listed(asked, most=10)}."
    return Finding(
        "C2", _state(claims, dropped or moved), "bank_order", message, subject=claims.set.id,
        value=share(len(there), len(claims.set.items)), unit="share", count=len(dropped) + len(moved),
        evidence=_source(claims.set) | {"asked": there, "not_asked": dropped, "order": order, "how": dict(claims.how)},
        fix=_AS_IS if dropped or moved else "",
    )  # fmt: skip


def bank_questions(claims: Claims, form: Form, tag: str) -> list[Finding]:
    """Whether the wording of each question in one language is the official one, by its digest."""
    texts = {key: q.label[tag] for key, q in claims.questions.items() if q.label.get(tag)}
    if not texts:
        return []
    subject, language = _subject(claims.set, form, tag), form.language(tag)
    same = {key: _same_question(claims.set, key, text, tag) for key, text in texts.items()}
    known = {key: answer for key, answer in same.items() if answer is not None}
    if not known:
        return [_no_wording(claims.set, "bank_questions", language, subject, named=bool(tag))]
    differ = [key for key, answer in known.items() if not answer]
    variants = [key for key, text in texts.items() if claims.set.is_variant(key, text, language=tag or "en")]
    message = f"{number(len(known) - len(differ))} of {number(len(known))} questions of '{claims.set.id}' have the "
    message += f"wording known in {language}{_standing(claims.set, tag)}."
    if differ:
        told = [f"'{claims.questions[key].name}' ({key})" for key in differ]
        message += f" Worded otherwise: {listed(told, most=10)}."
    if variants:
        message += f" An earlier published wording: {listed(variants, most=10)}."
    if unknown := [key for key in same if key not in known]:
        message += f" No wording is known for {listed(unknown, most=10)}."
    return [
        Finding(
            "C2", _state(claims, differ), "bank_questions", message, subject=subject,
            value=share(len(known) - len(differ), len(known)), unit="share", count=len(differ),
            evidence=_source(claims.set, tag) | {"differ": differ, "variants": variants, "how": dict(claims.how)},
            fix=_AS_IS if differ else "",
        )
    ]  # fmt: skip


def bank_answers(claims: Claims, form: Form, tag: str) -> list[Finding]:
    """Whether the answers offered in one language are the official ones, each by its digest, and in their order."""
    subject, language = _subject(claims.set, form, tag), form.language(tag)
    labels = {
        key: {choice.name: choice.label[tag] for choice in question.choices if choice.label.get(tag)}
        for key, question in claims.questions.items()
    }
    labels = {key: given for key, given in labels.items() if given}
    if not labels or not claims.set.codes:
        return []
    same = {key: _same_options(claims.set, given, tag) for key, given in labels.items()}
    known = {key: answer for key, answer in same.items() if answer is not None}
    if not known:
        return [_no_wording(claims.set, "bank_answers", language, subject, named=bool(tag))]
    differ = [key for key, answer in known.items() if not answer]
    reworded = sorted({code for key in differ for code in _reworded(claims.set, labels[key], tag)})
    message = f"The answers of {number(len(known) - len(differ))} of {number(len(known))} questions of "
    message += f"'{claims.set.id}' are worded as known in {language}{_standing(claims.set, tag)}."
    if differ:
        message += f" Worded otherwise: those of {_quoted(differ)}"
        message += f", answer {_quoted(reworded)}." if reworded else "."
    return [
        Finding(
            "C2", _state(claims, differ), "bank_answers", message, subject=subject,
            value=share(len(known) - len(differ), len(known)), unit="share", count=len(differ),
            evidence=_source(claims.set, tag) | {"differ": differ, "answers": reworded},
            fix=_AS_IS if differ else "",
        )
    ]  # fmt: skip


def bank_codes(claims: Claims) -> list[Finding]:
    """Whether the codes offered are those of the set, in their order, and codes of no answer mean the same."""
    if not claims.set.codes:
        return []
    told: dict[str, list[str]] = {}
    mild: dict[str, list[str]] = {}
    for key, question in claims.questions.items():
        if question.choices:
            variable = claims.variables.get(key)
            _hold(claims.set, key, question, variable.recode if variable else {}, told, mild)
    for key, variable in claims.variables.items():
        if key not in claims.questions and variable.values:
            codes = list(variable.values)
            for code in claims.set.strange_codes(codes):
                told.setdefault(f"'{code}' is added", []).append(key)
            for code in claims.set.absent_codes(codes):
                told.setdefault(f"'{code}' is not offered", []).append(key)
        for code, reason in variable.missing.items():
            _missing_code(claims.set, key, code, {"en": reason}, mild)
    if not any(question.choices for question in claims.questions.values()) and not any(
        variable.values or variable.missing for variable in claims.variables.values()
    ):
        return []
    concerned = {key for keys in (*told.values(), *mild.values()) for key in keys}
    parts = [f"{what} ({listed(keys, most=10)})" for what, keys in {**told, **mild}.items()]
    message = f"The codes of '{claims.set.id}' are those of the bank." if not parts else (
        f"Codes of '{claims.set.id}' differ from the bank: {'; '.join(parts)}."
    )  # fmt: skip
    state = _state(claims, told) if told else State.WARN if mild else State.PASS
    return [
        Finding(
            "C2", state, "bank_codes", message, subject=claims.set.id, count=len(concerned),
            value=share(len(claims.items) - len(concerned), len(claims.items)), unit="share",
            evidence=_source(claims.set) | {"differ": {what: list(keys) for what, keys in {**told, **mild}.items()}},
            fix=_AS_IS if parts else "",
        )
    ]  # fmt: skip


def bank_identifier(claims: Claims, form: Form) -> list[Finding]:
    """Whether a calculation of the form over the questions of a set is the set's identifier.

    Read are calculations that compare each question with codes and join them by 'or'; what else they do is for people
    to look at.
    """
    if not claims.set.identifier or not claims.questions:
        return []
    names = {question.name: key for key, question in claims.questions.items()}
    findings = []
    for computed in form.questions:
        if computed.kind != "computed":
            continue
        used = [name for name in re.findall(r"\$\{\s*([^}]+?)\s*\}", computed.calculation) if name in names]
        if len(set(used)) < 2:
            continue
        findings.append(_judged_identifier(claims, computed, {names[name] for name in used}, names))
    return findings


_TEST = re.compile(r"\$\{\s*([^}]+?)\s*\}\s*(=|!=|>=|<=|>|<)\s*['\"]?([^'\"\s,)]+)['\"]?")


def _judged_identifier(claims: Claims, computed: FormQuestion, used: set[str], names: Mapping[str, str]) -> Finding:
    first = claims.set.identifier["rules"][0]
    wanted, codes = set(first["codes"]), list(claims.set.codes)
    tested: dict[str, set[str]] = {}
    for name, sign, value in _TEST.findall(computed.calculation):
        if name in names and value in codes:
            tested.setdefault(names[name], set()).update(_meeting(codes, sign, value))
    lacking = [item.id for item in claims.set.items if item.id in claims.questions and item.id not in used]
    plain = not re.search(r"\band\b|\bnot\(|\bsum\b|\+", computed.calculation) and set(tested) == used
    other = {key: sorted(found) for key, found in tested.items() if found != wanted}
    evidence = _source(claims.set) | {"calculation": computed.name, "tested": {k: sorted(v) for k, v in tested.items()}}
    if not plain and not lacking:
        why = f"'{computed.name}' uses questions of '{claims.set.id}' in a way that this check does not understand."
        return Finding("C2", State.NOT_ASSESSED, "bank_identifier", why, subject=computed.name, evidence=evidence,
                       fix=f"Compare it with the rule: {claims.set.identifier['cut_off']}.")  # fmt: skip
    parts = [f"it leaves out {_quoted(lacking)}"] if lacking else []
    parts += [f"it counts the codes {listed(found)} of {key}" for key, found in other.items()]
    rule = claims.set.identifier["cut_off"]
    message = f"'{computed.name}' is the identifier of '{claims.set.id}': {rule}."
    if parts:
        message = f"'{computed.name}' is not the identifier of '{claims.set.id}': {'; '.join(parts)}. The rule: {rule}."
    return Finding(
        "C2", State.FAIL if parts else State.PASS, "bank_identifier", message, subject=computed.name,
        count=len(lacking) + len(other), evidence=evidence | {"leaves_out": lacking, "codes": other},
        fix=OTHER_RULE if parts else "",
    )  # fmt: skip


_SIGNS: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def _meeting(codes: Sequence[str], sign: str, value: str) -> set[str]:
    return {code for n, code in enumerate(codes) if _SIGNS[sign](n, codes.index(value))}


def _hold(
    entry: BankSet,
    key: str,
    question: FormQuestion,
    recode: Mapping[str, str],
    told: dict[str, list[str]],
    mild: dict[str, list[str]],
) -> None:
    """Hold the codes of one question against the set: absent, added, in another order, missing codes otherwise.

    A code that the codebook maps to one of the set (``recode``) counts as that.
    """
    labels = {recode.get(choice.name, choice.name): choice.label for choice in question.choices}
    codes = list(labels)
    for code in entry.absent_codes(codes):
        told.setdefault(f"'{code}' is not offered", []).append(key)
    for code in entry.strange_codes(codes):
        kinds = kinds_of_answer(labels[code], code)
        instead = [c for c, says in entry.missing.items() if kinds & kinds_of_answer({"en": says}, "")]
        if instead:
            mild.setdefault(f"'{code}' stands for no answer instead of '{instead[0]}'", []).append(key)
        else:
            told.setdefault(f"'{code}' is added", []).append(key)
    if question.other:
        told.setdefault("'other' is added", []).append(key)
    counted = [code for code in codes if code in entry.codes]
    if counted != [code for code in entry.codes if code in counted]:
        told.setdefault("the order is another one", []).append(key)
    for code, label in labels.items():
        _missing_code(entry, key, code, label, mild)


def _missing_code(entry: BankSet, key: str, code: str, label: Mapping[str, str], mild: dict[str, list[str]]) -> None:
    if code not in entry.missing:
        return
    there = kinds_of_answer({"en": entry.missing[code]}, "")
    for tag, text in label.items():
        here = kinds_of_answer({tag: text}, "")
        if here and there and not here & there:
            mild.setdefault(f"'{code}' means something else than '{entry.missing[code].lower()}'", []).append(key)
            return


def _same_question(entry: BankSet, key: str, text: str, tag: str) -> bool | None:
    """Where the form names no language, an official wording in any is one, and another text says nothing."""
    if tag:
        return entry.same_question(key, text, language=tag)
    known = [entry.same_question(key, text, language=wording.language) for wording in entry.wordings]
    return True if any(known) else None


def _same_options(entry: BankSet, labels: Mapping[str, str], tag: str) -> bool | None:
    if tag:
        return entry.same_options(labels, language=tag)
    known = [entry.same_options(labels, language=wording.language) for wording in entry.wordings]
    return True if any(known) else None


def _reworded(entry: BankSet, labels: Mapping[str, str], tag: str) -> list[str]:
    """Codes whose label is not the official one, where digests of single answers are known."""
    return [code for code in entry.codes if entry.same_answer(code, labels.get(code, ""), language=tag) is False]


def _no_wording(entry: BankSet, check: str, language: str, subject: str, *, named: bool) -> Finding:
    what = "wording" if check == "bank_questions" else "wording of the answers"
    why = f"No official {what} of '{entry.id}' is known in {language} to compare with."
    if not named:
        why = f"The form does not name its language, and its {what} is none that is known of '{entry.id}'."
    fix = "Compare it by hand with the official translation, and give its digest to the question bank."
    return not_assessed("C2", check, why, subject=subject, fix=fix if named else "Name the language in the form.")


def _state(claims: Claims, differences: Collection[object]) -> State:
    """A set that nobody claims, and of which half or less is asked, is a hint only."""
    return State.PASS if not differences else State.FAIL if claims.bound else State.WARN


def _unknown(who: str, claim: str, hint: str) -> Finding:
    message = f"The {who} claims to be '{claim}', and the question bank has no such item. {hint}".rstrip()
    return Finding("C2", State.FAIL, "bank_claim", message, subject=claim, count=1, evidence={"claim": claim},
                   fix="Correct the claim, or take it out.")  # fmt: skip


def _standing(entry: BankSet, tag: str) -> str:
    """How far the wording was checked, where it was not read at its source."""
    wording = entry.wording(tag) if tag else None
    return f" ({wording.status})" if wording and wording.status != Status.READ else ""


def _subject(entry: BankSet, form: Form, tag: str) -> str:
    return f"{entry.id}, {tag}" if tag else entry.id


def _source(entry: BankSet, tag: str = "") -> dict[str, Any]:
    wording = entry.wording(tag) if tag else None
    told = {"set": entry.id, "status": str(entry.status), "source": entry.source}
    return told | ({"wording_status": wording.status, "wording_source": wording.source} if wording else {})


def _quoted(names: Sequence[str]) -> str:
    return listed([f"'{name}'" for name in names], most=10)
