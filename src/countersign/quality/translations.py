"""Translations (B4): whether people can read or hear the form in their language, and who breaks off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.finding import Finding, State
from countersign.model.form import Form
from countersign.quality.bank_claims import with_disability
from countersign.quality.burden import answered_share
from countersign.quality.context import KEPT, Asking, Context, count, is_of, listed, number, percent, share
from countersign.quality.findings import judged, not_assessed
from countersign.quality.instrument import NAME_IT, NO_FORM
from countersign.tables import group

_SAID = "Let people who speak the language and persons with disabilities test the form."


def languages(context: Context) -> Sequence[Finding]:
    """B4 from the form of the study, the languages people speak, and the ways to answer that the study states."""
    if not context.is_main:
        return []
    form, process = context.documents.form, context.plan.process
    if form is None:
        return [not_assessed("B4", "translations", NO_FORM, fix=NAME_IT)]
    return [
        *translations(form),
        *language_coverage(form, process.languages),
        *accessible_ways(form, process.accessible),
    ]


def completeness(form: Form) -> Mapping[str, float]:
    """Return language -> share of the texts shown that are there in it: wordings of questions and notes, and answers.

    A hint or message counts in every language as soon as it is there in one. Texts that no language has (a choice that
    is only a picture) are left out.
    """
    texts: list[Mapping[str, str]] = []
    seen: set[str] = set()
    for question in form.questions:
        if question.kind not in ("question", "note"):
            continue
        texts += [question.label, question.hint, question.constraint_message, question.required_message]
        if question.list_name not in seen:
            texts += [choice.label for choice in question.choices]
            seen |= {question.list_name} if question.list_name else set()
    texts += [group_.label for group_ in form.groups]
    shown = [text for text in texts if text]
    tags = form.languages or {"": ""}
    return {tag: share(sum(tag in text for text in shown), len(shown)) for tag in tags}


def translations(form: Form) -> list[Finding]:
    """Share of the texts that are there in the form's least complete language."""
    there = completeness(form)
    least = min(there, key=lambda tag: there[tag])
    lacking = [tag for tag, part in there.items() if part < 1]
    if len(there) == 1:
        message = (
            f"The form is in one language, {form.language(least)}; {percent(there[least])} of its texts are there."
        )
    else:
        told = ", ".join(f"{form.language(tag)} {percent(part)}" for tag, part in there.items())
        message = f"The form is in {number(len(there))} languages. Texts that are there: {told}."
    evidence = {"form": form.form_id or form.file, "complete": {tag: round(part, 6) for tag, part in there.items()}}
    return [
        judged(
            "B4", "translations", there[least], message, limit="translations", count=len(lacking), evidence=evidence,
            fix=f"Translate what is missing in {listed([form.language(tag) for tag in lacking])}.",
        )
    ]  # fmt: skip


def language_coverage(form: Form, spoken: Mapping[str, float]) -> list[Finding]:
    """Share of the population whose language has a complete translation, from the shares that the study states.

    A translation is complete as the catalogue's ``translations`` says (pass). A language without a region
    covers those with one: ``fr`` is for ``fr-CA`` too.
    """
    if not spoken:
        why = "The study does not say which languages the people speak, so nobody can say whom the form leaves out."
        fix = "Add 'process: languages:' with the share of the population that speaks each language best."
        return [not_assessed("B4", "language_coverage", why, fix=fix)]
    limit = threshold("translations")
    whole = {tag for tag, part in completeness(form).items() if limit.state(part) is State.PASS}
    if whole == {""}:
        why = "The form does not say which language it is in."
        return [not_assessed("B4", "language_coverage", why, fix="Name the language in the form: label::English (en).")]
    reached = {tag: part for tag, part in spoken.items() if tag in whole or tag.split("-")[0] in whole}
    left = {tag: part for tag, part in spoken.items() if tag not in reached}
    value = min(1.0, sum(reached.values()))
    message = f"{percent(value)} of the population speak a language in which the form is complete."
    if left:
        message += " Not complete in: " + ", ".join(f"{tag} ({percent(part)})" for tag, part in left.items()) + "."
    return [
        judged(
            "B4", "language_coverage", value, message, limit="language_coverage", count=len(left),
            evidence={"spoken": dict(spoken), "complete": sorted(whole)},
            fix=f"Translate the form into {listed(sorted(left, key=lambda tag: -left[tag]))}.",
        )
    ]  # fmt: skip


def accessible_ways(form: Form, stated: Sequence[str]) -> list[Finding]:
    """Number of ways to answer without reading small print.

    A sound, film or picture counts where every question has one in the form; others where the study states them.
    Whether they work is for people to say: the state is at best a warning until somebody tested them.
    """
    have = {
        kind: sum(bool(set(question.media) & set(kinds)) for question in form.asked)
        for kind, kinds in (("audio", ("audio",)), ("video", ("video",)), ("pictures", ("image", "big_image")))
    }
    whole = [kind for kind, count in have.items() if form.asked and count == len(form.asked)]
    ways = sorted({*whole, *stated})
    parts = [
        f"{kind} for {number(count)} of {number(len(form.asked))} questions" for kind, count in have.items() if count
    ]
    message = f"Ways to answer besides reading: {listed(ways)}." if ways else "There is no way to answer but reading."
    message += f" In the form: {', '.join(parts)}." if parts else ""
    message += " Nobody has confirmed yet that they work." if ways else ""
    return [
        judged(
            "B4", "accessible_ways", len(ways), message, limit="accessible_ways", count=len(ways),
            evidence={"form": have, "stated": list(stated), "questions": len(form.asked)},
            mildest=State.WARN,
            fix=_SAID if ways else "Record the questions as sound (media::audio), or let somebody read them aloud.",
        )
    ]  # fmt: skip


def break_off_by_group(context: Context) -> Asking:
    """Difference in break-off between languages, and between people with and without disability, largest minus least.

    Languages go by the role ``language``; disability by the Washington Group questions (`with_disability`). Groups
    under the catalogue's ``group_size`` (warn) are told and not compared.
    """
    if not context.is_main:
        return []
    answered = answered_share(context)
    if answered is None or not (context.documents.form or is_of(context.dataset.unit, ["person"])):
        why = "Nobody can tell which interviews were broken off."
        return [not_assessed("B4", "break_off_gap", why, fix="Name the form in the study file.")]
    off = answered < threshold("break_off_answers").good
    language, status = context.role("language"), with_disability(context)
    findings = []
    if language:
        counts = group(context.dataset.kept(), [language], _n=nw.len(), _off=off.cast(nw.Int64).sum())
        known = [(str(key), int(n), int(m)) for key, n, m in _rows(counts, language, "_n", "_off") if key is not None]
        sizes, broken = {key: n for key, n, _ in known}, {key: m for key, _, m in known}
        findings.append(_gap("language", sizes, broken))
    else:
        why = "The study does not say which column holds the language of the interview."
        fix = "Add 'roles: language:' to the study file."
        findings.append(not_assessed("B4", "break_off_gap", why, subject="language", fix=fix))
    if status is None:
        why = "No variables are known to be Washington Group questions, so break-off by disability cannot be compared."
        fix = "Ask the Washington Group short set, and claim it in the codebook (bank: WG-SS/seeing) or in the form."
        return [*findings, not_assessed("B4", "break_off_gap", why, subject="disability", fix=fix)]
    found = yield {
        "with": count(KEPT & status), "with off": count(KEPT & status & off),
        "without": count(KEPT & ~status), "without off": count(KEPT & ~status & off),
    }  # fmt: skip
    sizes = {"with disability": found["with"], "without disability": found["without"]}
    broken = {"with disability": found["with off"], "without disability": found["without off"]}
    return [*findings, _gap("disability", sizes, broken)]


def _rows(table: Mapping[str, Any], *columns: str) -> Iterator[tuple[Any, ...]]:
    yield from zip(*(table[column].tolist() for column in columns), strict=True)


def _gap(of: str, sizes: Mapping[str, int], broken: Mapping[str, int]) -> Finding:
    least = threshold("group_size").warn or 0
    shares = {name: broken[name] / sizes[name] for name in sizes if sizes[name] >= least}
    small = sorted(name for name in sizes if sizes[name] < least)
    evidence = {"records": dict(sizes), "broken_off": dict(broken), "too_small": small}
    if len(shares) < 2:
        why = f"Fewer than two groups of '{of}' have {number(least)} records, so break-off cannot be compared."
        return Finding("B4", State.NOT_ASSESSED, "break_off_gap", why, subject=of, evidence=evidence,
                       fix="Compare again when more people of each group were asked.")  # fmt: skip
    most, fewest = max(shares, key=lambda name: shares[name]), min(shares, key=lambda name: shares[name])
    gap = shares[most] - shares[fewest]
    message = f"Broken off alike in all {number(len(shares))} groups: {percent(shares[most])}."
    if gap:
        message = (
            f"Broken off: {percent(shares[most])} of '{most}' and {percent(shares[fewest])} of '{fewest}', "
            f"a difference of {100 * gap:.1f} points."
        )
    return judged(
        "B4", "break_off_gap", gap, message, limit="break_off_gap", subject=of, count=len(shares), evidence=evidence,
        fix=f"Ask people of '{most}' where they stopped and why; test the form with them.",
    )  # fmt: skip
