"""Versions (G3): whether the form was the same each time, and where answers must not be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from countersign.catalogue import threshold
from countersign.model.expression import names, parse
from countersign.model.finding import Finding, State
from countersign.model.form import Form
from countersign.model.form_differences import FormDifference, FormDifferences, compare
from countersign.model.plan import IndicatorPlan
from countersign.quality.burden import last_part
from countersign.quality.confidentiality import few, fewest_told
from countersign.quality.context import Context, listed, number, share
from countersign.quality.findings import judged, not_assessed
from countersign.quality.instrument import NAME_IT, NO_FORM
from countersign.tables import group

_WORDS: Mapping[str, str] = {
    "type": "kind of answer", "label": "wording", "option_added": "answer added", "option_removed": "answer removed",
    "option_label": "answer reworded", "list": "list of answers", "constraint": "rule", "relevance": "when it is asked",
    "calculation": "calculation", "choice_filter": "which answers are shown", "moved": "now within another repeat",
    "hint": "hint", "option_order": "order of the answers", "required": "whether it must be answered",
    "default": "default", "order": "place in the form", "renamed": "name",
}  # fmt: skip


def versions(context: Context) -> Sequence[Finding]:
    """G3 from the forms of the study: each earlier version held against the one in use, and its rounds."""
    if not context.is_main:
        return []
    forms = dict(context.documents.forms)
    if not forms:
        return [not_assessed("G3", "form_versions", NO_FORM, fix=NAME_IT)]
    in_use, *earlier = forms
    rounds = context.plan.process.rounds
    if not earlier:
        return [_one_form(in_use, [each.form for each in rounds])]
    findings = []
    for name in earlier:
        differences = compare(forms[name], forms[in_use], slip_length=int(threshold("slip_length").good))
        findings.append(form_versions(differences, subject=name, before=name, after=in_use))
        findings += _indicators(context, forms[in_use], differences, before=name)
    return findings


def form_versions(differences: FormDifferences, *, subject: str, before: str, after: str) -> Finding:
    """Share of the questions of both versions whose answers must not be compared; a warning where some need a look."""
    common, broken, look = len(differences.common), differences.broken, differences.to_look_at
    added, removed = differences.of("added"), differences.of("removed")
    changed = {place: sorted({_told(d) for d in _weighing(differences, place, "break")}) for place in broken}
    unsure = {place: sorted({_told(d) for d in _weighing(differences, place, "look")}) for place in look}
    evidence = {
        "before": before,
        "after": after,
        "questions_in_both": common,
        "broken": changed,
        "to_look_at": unsure,
        "added": [each.question for each in added],
        "removed": [each.question for each in removed],
        "differences": [_record(each) for each in differences.differences if each.weight != "none"],
    }
    if not common:
        why = f"The forms '{before}' and '{after}' have no question in common; nothing can be compared over time."
        return Finding("G3", State.FAIL, "form_versions", why, subject=subject, evidence=evidence, count=0,
                       fix="Ask the questions that matter over time with the same name and wording.")  # fmt: skip
    message = f"'{before}' and '{after}' have {number(common)} questions in common."
    if broken:
        told = [f"'{place}' ({', '.join(changed[place])})" for place in broken]
        message += f" The answers of {number(len(broken))} must not be compared: {listed(told)}."
    if look:
        told = [f"'{place}' ({', '.join(unsure[place])})" for place in look]
        message += f" Somebody should look at {number(len(look))}: {listed(told)}."
    if not broken and not look:
        message += " They are the same in wording, answers, rules and order."
    if added or removed:
        message += f" {number(len(added))} questions came, {number(len(removed))} went."
    return judged(
        "G3", "form_versions", share(len(broken), common), message, limit="questions_changed", subject=subject,
        count=len(broken), evidence=evidence, mildest=State.WARN if look else State.PASS,
        fix="Mark the break in every series of these questions, or ask some people both versions.",
    )  # fmt: skip


def version_columns(context: Context) -> Sequence[Finding]:
    """Share of the answers that only some versions of the form have in the data (role ``form_version``).

    Versions with fewer records than the catalogue's ``group_size`` (warn) are counted and not compared.
    """
    column = context.role("form_version")
    if not column:
        return []
    answers = [variable.name for variable in context.answers if not variable.derived and variable.name != column]
    if not answers:
        return []
    asked = {f"_{at}": nw.col(name).count() for at, name in enumerate(answers)}
    found = group(context.dataset.kept(), [column], _n=nw.len(), **asked)
    sizes = {str(key): int(n) for key, n in zip(found[column].tolist(), found["_n"], strict=True) if key is not None}
    least = threshold("group_size").warn or 0
    big = [key for key, size in sizes.items() if size >= least]
    untold = few(sizes, fewest_told(context.plan, context.dataset.unit))
    evidence: dict[str, Any] = {
        "records": {key: size for key, size in sorted(sizes.items()) if key not in untold},
        "compared": sorted(big),
    }
    if len(big) < 2:
        why = f"Fewer than two versions of the form have {number(least)} records each."
        return [Finding("G3", State.NOT_APPLICABLE, "version_columns", why, subject=column, evidence=evidence)]
    rows = {str(key): at for at, key in enumerate(found[column].tolist())}
    only: dict[str, list[str]] = {}
    for at, name in enumerate(answers):
        there = sorted(key for key in big if found[f"_{at}"][rows[key]])
        if 0 < len(there) < len(big):
            only[name] = there
    message = f"The data come from {number(len(sizes))} versions of the form."
    message += (
        f" {number(len(only))} of {number(len(answers))} answers are there in some of them only: {listed(list(only))}."
        if only
        else f" All {number(len(answers))} answers are there in each that has {number(least)} records."
    )
    return [
        judged(
            "G3", "version_columns", share(len(only), len(answers)), message, limit="version_columns", subject=column,
            count=len(only), evidence=evidence | {"only_in": only},
            fix="Say 'asked_if' for these variables, so that not asked is not taken for missing.",
        )
    ]  # fmt: skip


def _one_form(name: str, used: Sequence[str]) -> Finding:
    if len(used) > 1 and set(used) == {name}:
        message = f"All {number(len(used))} rounds used the form '{name}'."
        return Finding("G3", State.PASS, "form_versions", message, value=0.0, unit="share", count=0,
                       evidence={"rounds": len(used)})  # fmt: skip
    if len(used) == 1:
        why = "There was one round, so nothing is compared over time."
        return Finding("G3", State.NOT_APPLICABLE, "form_versions", why, evidence={"rounds": 1})
    why = f"The study names one form, '{name}', and does not say whether every round used it."
    fix = "Name the earlier forms under 'form: files:', and the form of each round under 'process: rounds:'."
    return not_assessed("G3", "form_versions", why, fix=fix)


def _indicators(context: Context, form: Form, differences: FormDifferences, *, before: str) -> list[Finding]:
    """One failure for each indicator that uses a question whose answers must not be compared."""
    asked = {question.place: question.name for question in form.questions}
    findings = []
    for name, indicator in context.plan.indicators.items():
        if (indicator.data or context.plan.main.name) != context.dataset.name:
            continue
        used = {last_part(context.dataset.codebook[v].source) for v in _variables(context, indicator)}
        broken = [place for place in differences.broken if asked.get(place) in used]
        if broken:
            told = sorted({_told(each) for place in broken for each in _weighing(differences, place, "break")})
            findings.append(
                Finding(
                    "G3", State.FAIL, "series_break",
                    f"Figures of '{name}' from the form '{before}' and from the one in use must not be compared: "
                    f"{listed([repr(place) for place in broken])} changed ({', '.join(told)}).",
                    subject=name, count=len(broken), evidence={"before": before, "questions": broken, "changed": told},
                    fix="Show the two as separate series, with the break marked.",
                )
            )  # fmt: skip
    return findings


def _variables(context: Context, indicator: IndicatorPlan) -> set[str]:
    """Variables of the file that an indicator rests on; those of derived variables are followed."""
    texts = [indicator.numerator, indicator.denominator, indicator.where]
    waiting = [name for text in texts if text for name in names(parse(text), list(context.types))]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or name not in context.dataset.codebook:
            continue
        found.add(name)
        if derived := context.dataset.codebook[name].derived:
            waiting += names(parse(derived), list(context.types))
    return {name for name in found if not context.dataset.codebook[name].derived}


def _weighing(differences: FormDifferences, place: str, weight: str) -> list[FormDifference]:
    return [each for each in differences.differences if each.question == place and each.weight == weight]


def _told(difference: FormDifference) -> str:
    words = _WORDS.get(difference.what, difference.what)
    if difference.option:
        words += f" '{difference.option}'"
    return f"{words}, {difference.language}" if difference.language else words


def _record(difference: FormDifference) -> dict[str, str]:
    kept = ("question", "what", "weight", "language", "option", "before", "after")
    return {name: value for name in kept if (value := getattr(difference, name))}
