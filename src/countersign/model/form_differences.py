"""FormDifferences: what changed between two versions of a form, and what of it breaks comparability.

Three weights of a difference: ``break`` = answers before and after must not be compared, ``look`` = somebody should
look before comparing, ``none`` = it does not touch the answers. In doubt the heavier one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from countersign.model.form import Choice, Form, FormQuestion
from countersign.model.wording import is_slip, same_text, words

Weight = Literal["break", "look", "none"]
What = Literal[
    "added", "removed", "renamed", "moved", "order", "type", "label", "hint", "option_added", "option_removed",
    "option_label", "option_order", "list", "constraint", "relevance", "required", "calculation", "choice_filter",
    "default", "language_added", "language_removed",
]  # fmt: skip
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|[^'\"]+|['\"]")


@dataclass(frozen=True)
class FormDifference:
    """One thing that is not the same in two versions of a form.

    Parameters
    ----------
    question: place of the question in the newer form, in the older one where it was removed; empty = the whole form.
    what: see `What`. weight: ``break``, ``look`` or ``none``.
    language: of a text; option: code of an answer. before, after: what the forms say.
    """

    question: str
    what: What
    weight: Weight
    language: str = ""
    option: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class FormDifferences:
    """All differences between two versions of a form, in the order of the newer one.

    Parameters
    ----------
    before, after: names or versions of the two forms. common: questions that somebody answers in both, by their place
    in the newer form. differences: what is not the same.
    """

    before: str
    after: str
    common: tuple[str, ...] = ()
    differences: tuple[FormDifference, ...] = field(default_factory=tuple)

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """Questions in both forms whose answers must not be compared, in the order of the newer form."""
        found = {each.question for each in self.differences if each.weight == "break"}
        return tuple(place for place in self.common if place in found)

    @cached_property
    def to_look_at(self) -> tuple[str, ...]:
        """Further questions in both forms that somebody should look at before comparing."""
        found = {each.question for each in self.differences if each.weight == "look"}
        return tuple(place for place in self.common if place in found and place not in self.broken)

    def of(self, *whats: What) -> tuple[FormDifference, ...]:
        """Return the differences of some kinds."""
        return tuple(each for each in self.differences if each.what in whats)


def compare(before: Form, after: Form, *, slip_length: int) -> FormDifferences:
    """Return what changed from one version of a form to the next.

    Questions are matched by groups and name, then by a name that both forms have once, then by equal wording, type and
    answers (``renamed``). Only questions that somebody answers and calculations are compared.

    Breaks: a question's type, wording, answers (added, removed, relabelled, filtered otherwise), constraint, relevance
    (its own or that of a group around it) or calculation is another one, or it moved into or out of a repeat.
    To be looked at: added, removed, renamed and moved questions, hints, the order of answers, required, defaults, a
    list from another file, and a wording that differs by one letter of one word of at least `slip_length` letters.
    No weight: capitals, blanks and punctuation of a text, a new translation.
    """
    pairs, differences = _matched(before, after)
    for old, new in pairs:
        differences += _compared(before, after, old, new, slip_length)
    differences += _languages(before, after)
    differences += _order([(old, new) for old, new in pairs if new.asked and old.asked], before)
    place = {question.place: at for at, question in enumerate(after.questions)}
    differences.sort(key=lambda each: place.get(each.question, len(place)))
    return FormDifferences(
        before=before.version or before.file,
        after=after.version or after.file,
        common=tuple(new.place for old, new in pairs if new.asked and old.asked),
        differences=tuple(differences),
    )


def _matched(before: Form, after: Form) -> tuple[list[tuple[FormQuestion, FormQuestion]], list[FormDifference]]:
    old = {question.place: question for question in before.questions if _counts(question)}
    new = {question.place: question for question in after.questions if _counts(question)}
    pairs = [(old.pop(place), new.pop(place)) for place in list(new) if place in old]
    differences: list[FormDifference] = []
    named = [_by(form, lambda question: [question.name]) for form in (old, new)]
    for place, question in list(new.items()):
        alike = named[0].get(question.name, [])
        if len(alike) == 1 and len(named[1][question.name]) == 1:
            pairs.append((old.pop(alike[0].place), new.pop(place)))
            broken = _repeats(before, alike[0]) != _repeats(after, question)
            differences.append(
                FormDifference(place, "moved", "break" if broken else "look", before=alike[0].place, after=place)
            )
    worded = [_by(form, _wordings) for form in (old, new)]
    for place, question in list(new.items()):
        candidates = [
            {
                each.place: each
                for key in _wordings(question)
                for each in side.get(key, ())
                if _same_labels(each, question)
            }
            for side in worded
        ]
        if len(candidates[0]) == 1 and len(candidates[1]) == 1 and (was := next(iter(candidates[0]))) in old:
            pairs.append((old.pop(was), new.pop(place)))
            differences.append(FormDifference(place, "renamed", "look", before=was, after=place))
    differences += [FormDifference(place, "added", "look") for place in new]
    differences += [FormDifference(place, "removed", "look") for place in old]
    order = {question.place: at for at, question in enumerate(after.questions)}
    return sorted(pairs, key=lambda pair: order[pair[1].place]), differences


def _counts(question: FormQuestion) -> bool:
    return question.asked or question.kind == "computed"


def _by(
    questions: Mapping[str, FormQuestion], keys: Callable[[FormQuestion], Iterable[Hashable]]
) -> dict[Hashable, list[FormQuestion]]:
    found: dict[Hashable, list[FormQuestion]] = {}
    for question in questions.values():
        for key in keys(question):
            found.setdefault(key, []).append(question)
    return found


def _wordings(question: FormQuestion) -> list[Hashable]:
    """What a question that was only renamed still has: type, codes of the answers, and its wording in a language."""
    codes = tuple(choice.name for choice in question.choices)
    return [(question.type, codes, tag, tuple(words(text))) for tag, text in question.label.items()]


def _same_labels(one: FormQuestion, other: FormQuestion) -> bool:
    return all(same_text(one.label[tag], other.label[tag]) for tag in one.label if tag in other.label)


def _repeats(form: Form, question: FormQuestion) -> tuple[str, ...]:
    return tuple(group.name for group in form.around(question) if group.repeated)


def _compared(
    before: Form, after: Form, old: FormQuestion, new: FormQuestion, slip_length: int
) -> Iterator[FormDifference]:
    place = new.place
    if old.type != new.type:
        yield FormDifference(place, "type", "break", before=old.type, after=new.type)
    yield from _texts(place, "label", old.label, new.label, slip_length)
    for each in _texts(place, "hint", old.hint, new.hint, slip_length):
        yield FormDifference(place, "hint", "none" if each.weight == "none" else "look", each.language,
                             before=each.before, after=each.after)  # fmt: skip
    yield from _options(place, old, new, slip_length)
    if _repeats(before, old) != _repeats(after, new) and old.place == place:
        yield FormDifference(place, "moved", "break", before="/".join(_repeats(before, old)) or "no repeat",
                             after="/".join(_repeats(after, new)) or "no repeat")  # fmt: skip
    rules: Sequence[tuple[What, Weight, str, str]] = (
        ("constraint", "break", old.constraint, new.constraint),
        ("relevance", "break", _all(before.conditions(old)), _all(after.conditions(new))),
        ("calculation", "break", old.calculation, new.calculation),
        ("choice_filter", "break", old.choice_filter, new.choice_filter),
        ("required", "look", old.required, new.required),
        ("default", "look", old.default, new.default),
    )
    for what, weight, one, other in rules:
        if _expression(one) != _expression(other):
            yield FormDifference(place, what, weight, before=one, after=other)


def _texts(
    place: str, what: What, old: Mapping[str, str], new: Mapping[str, str], slip_length: int, option: str = ""
) -> Iterator[FormDifference]:
    """Differences of one text, language by language.

    Where the forms have no language in common a text that is found again in any of the languages has not changed.
    """
    shared = [language for language in new if language in old]
    if not shared and old and new:
        if not any(same_text(one, other) for one in old.values() for other in new.values()):
            yield FormDifference(
                place, what, "break", next(iter(new)), option, next(iter(old.values())), next(iter(new.values()))
            )
        return
    if bool(old) != bool(new):
        told = old or new
        language = next(iter(told))
        yield FormDifference(place, what, "break", language, option, old.get(language, ""), new.get(language, ""))
    for language in shared:
        one, other = old[language], new[language]
        if one == other:
            continue
        weight: Weight = "break"
        if same_text(one, other):
            weight = "none"
        elif is_slip(one, other, length=slip_length):
            weight = "look"
        yield FormDifference(place, what, weight, language, option, one, other)


def _options(place: str, old: FormQuestion, new: FormQuestion, slip_length: int) -> Iterator[FormDifference]:
    one, other = _by_name(old.choices), _by_name(new.choices)
    for name in other:
        if name not in one and one:
            yield FormDifference(place, "option_added", "break", option=name, after=_shown(other[name]))
    for name in one:
        if name not in other and other:
            yield FormDifference(place, "option_removed", "break", option=name, before=_shown(one[name]))
    if bool(one) != bool(other) or (not one and old.list_name != new.list_name):
        yield FormDifference(
            place, "list", "look" if not one and not other else "break", before=old.list_name, after=new.list_name
        )
    if old.other != new.other:
        what: What = "option_added" if new.other else "option_removed"
        yield FormDifference(place, what, "break", option="other")
    shared = [name for name in other if name in one]
    for name in shared:
        yield from _texts(place, "option_label", one[name].label, other[name].label, slip_length, option=name)
    if shared != [name for name in one if name in other]:
        yield FormDifference(
            place,
            "option_order",
            "look",
            before=", ".join(name for name in one if name in other),
            after=", ".join(shared),
        )


def _by_name(choices: Sequence[Choice]) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for choice in choices:
        found.setdefault(choice.name, choice)
    return found


def _shown(choice: Choice) -> str:
    return next(iter(choice.label.values()), choice.name)


def _all(conditions: Sequence[str]) -> str:
    return conditions[0] if len(conditions) == 1 else " and ".join(f"({each})" for each in conditions)


def _expression(text: str) -> str:
    """An expression without the blanks that mean nothing; texts in it stay as they are."""
    return "".join(part if part[0] in "'\"" else _bare(part) for part in _QUOTED.findall(text)).strip()


def _bare(text: str) -> str:
    return re.sub(r" ?([=<>!+*,()|\[\]/]) ?", r"\1", re.sub(r"\s+", " ", text))


def _languages(before: Form, after: Form) -> Iterator[FormDifference]:
    for tag in after.languages:
        if tag not in before.languages:
            yield FormDifference("", "language_added", "none", tag, after=after.language(tag))
    for tag in before.languages:
        if tag not in after.languages:
            yield FormDifference("", "language_removed", "look", tag, before=before.language(tag))


def _order(pairs: Sequence[tuple[FormQuestion, FormQuestion]], before: Form) -> Iterator[FormDifference]:
    """Questions that do not stand in the longest run that kept its order."""
    was = {question.place: at for at, question in enumerate(before.questions)}
    places = [was[old.place] for old, _ in pairs]
    kept = _longest_rising(places)
    for at, (_, new) in enumerate(pairs):
        if at not in kept:
            yield FormDifference(
                new.place, "order", "look", before=str(sorted(places).index(places[at]) + 1), after=str(at + 1)
            )


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Positions of a longest increasing run of distinct numbers, not necessarily neighbours."""
    best: list[int] = []  # best[k]: position at which a run of k + 1 ends lowest
    before: list[int] = []
    for at, number in enumerate(numbers):
        low, high = 0, len(best)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if numbers[best[middle]] < number else (low, middle)
        before.append(best[low - 1] if low else -1)
        best[low : low + 1] = [at]
    found, at = set(), best[-1] if best else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found
