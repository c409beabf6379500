"""Form: the questions as they were put, in every language, with their lists of answers and the rules of the form.

A form is what a data set was collected with. It is read by the room ``forms``, compared by it with its other versions,
and looked at by ``quality``; it holds no answers.

Languages are keyed by their tag (``fr``); ``""`` is the language of columns that name none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["question", "note", "computed", "metadata"]


@dataclass(frozen=True)
class Choice:
    """One answer of a list.

    Parameters
    ----------
    name: the code that is stored. label: language -> text. media: kind (``image``, ``audio`` ...) -> language -> file.
    """

    name: str
    label: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class FormGroup:
    """A group of questions, or one that is asked again and again.

    Parameters
    ----------
    name: as in the form. path: names of the groups around it, outermost first. repeated: whether it is a repeat.
    label: language -> heading. relevant: when it is shown, as the form writes it. count: how often, for repeats.
    row: row of the sheet (header = 1), or place in the list of a form that is no sheet.
    """

    name: str
    path: tuple[str, ...] = ()
    repeated: bool = False
    label: Mapping[str, str] = field(default_factory=dict)
    relevant: str = ""
    count: str = ""
    appearance: str = ""
    media: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    row: int = 0


@dataclass(frozen=True)
class FormQuestion:
    """One row of a form that has a value or is shown.

    Parameters
    ----------
    name: the variable. type: base type, such as ``select_one`` or ``integer``. path: names of the groups around it.
    kind: ``question`` (somebody answers), ``note`` (only shown), ``computed``, ``metadata`` (recorded by the device).
    closed: the answers come from a list, or the type itself checks them. number: the answer is a number.
    list_name: list of answers, or the file it comes from. choices: its answers in order, empty for files.
    other: the form adds 'other' with a text to the list (``or_other``).
    label, hint, constraint_message, required_message: language -> text.
    required, relevant, constraint, calculation, choice_filter: expressions as the form writes them; ``required`` is
        ``true()`` for yes and empty for no.
    media: kind -> language -> file. read_only: an expression, empty for no.
    bank: the item of the question bank it claims to be, such as ``WG-SS/seeing``.
    key: neighbours know the answer, so people could be recognised by it. sensitive: nobody may learn it from the data.
    row: row of the sheet (header = 1), or place in the list of a form that is no sheet.
    """

    name: str
    type: str
    path: tuple[str, ...] = ()
    kind: Kind = "question"
    closed: bool = False
    number: bool = False
    list_name: str = ""
    choices: tuple[Choice, ...] = ()
    other: bool = False
    label: Mapping[str, str] = field(default_factory=dict)
    hint: Mapping[str, str] = field(default_factory=dict)
    required: str = ""
    required_message: Mapping[str, str] = field(default_factory=dict)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Mapping[str, str] = field(default_factory=dict)
    calculation: str = ""
    choice_filter: str = ""
    parameters: str = ""
    default: str = ""
    appearance: str = ""
    media: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    read_only: str = ""
    bank: str = ""
    key: bool = False
    sensitive: bool = False
    row: int = 0

    @property
    def place(self) -> str:
        """Groups and name, joined by a stroke: unique in the form."""
        return "/".join((*self.path, self.name))

    @property
    def asked(self) -> bool:
        """Whether somebody answers it."""
        return self.kind == "question" and not self.read_only


@dataclass(frozen=True)
class Form:
    """A form: questions in the order in which they are put, groups, languages and settings.

    Parameters
    ----------
    form_id, title, version: as its settings say. default_language: tag, ``""`` where none is named.
    languages: tag -> name as the form writes it (``fr`` -> ``Français``), in the order of the form.
    file, digest: name and SHA-256 of the file it was read from. notes: plain sentences of the reader.
    """

    questions: tuple[FormQuestion, ...]
    groups: tuple[FormGroup, ...] = ()
    form_id: str = ""
    title: str = ""
    version: str = ""
    default_language: str = ""
    languages: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    digest: str = ""
    notes: tuple[str, ...] = ()

    @cached_property
    def asked(self) -> tuple[FormQuestion, ...]:
        """The questions somebody answers."""
        return tuple(question for question in self.questions if question.asked)

    @cached_property
    def _groups(self) -> Mapping[tuple[str, ...], FormGroup]:
        return {(*group.path, group.name): group for group in self.groups}

    def question(self, name: str) -> FormQuestion | None:
        """Return the first question of a name or a place, or None."""
        return next((each for each in self.questions if name in (each.name, each.place)), None)

    def around(self, question: FormQuestion) -> Iterator[FormGroup]:
        """Yield the groups around a question, outermost first."""
        for depth in range(1, len(question.path) + 1):
            if question.path[:depth] in self._groups:
                yield self._groups[question.path[:depth]]

    def conditions(self, question: FormQuestion) -> tuple[str, ...]:
        """Return everything that must hold for a question to be asked: of its groups, then its own."""
        found = [group.relevant for group in self.around(question) if group.relevant]
        return (*found, question.relevant) if question.relevant else tuple(found)

    def language(self, tag: str) -> str:
        """Return a language as a sentence names it."""
        name = self.languages.get(tag, "")
        if not tag:
            return "a language the form does not name"
        return f"{name} ({tag})" if name and name.casefold() != tag.casefold() else tag
