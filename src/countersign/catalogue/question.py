"""Questions to people: what is asked, of whom, how it is answered, and what an answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from countersign.catalogue.entries import Entry
from countersign.model.finding import State

STATES = tuple(str(state) for state in State)


@dataclass(frozen=True)
class Scale(Entry):
    """How a question is answered.

    Parameters
    ----------
    choices: answer -> its plain words. choices_of: a list of this catalogue whose ids are the answers instead.
    states: answer -> state. limit: id of the threshold that decides where an answer is a number.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"states": STATES}

    choices: Mapping[str, str] = field(default_factory=dict)
    choices_of: str = ""
    states: Mapping[str, str] = field(default_factory=dict)
    limit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Question(Entry):
    """One question only people can answer; its title is the plain question.

    Parameters
    ----------
    criterion: id it speaks to. technical: the same in the words of the field. scale: id in the ``scales`` list.
    choices, choices_of, states, limit: as in `Scale`, where the question differs from its scale. unit: of a number.
    roles: who may answer. min_roles: how many different ones must. not_only: roles that are not enough by themselves.
    evidence: ``required``, ``welcome`` or ``none``. per: asked for the ``study``, every ``indicator`` or every
        ``step`` of the value chain. form: a list of this catalogue to fill in first.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "evidence": ("required", "welcome", "none"),
        "per": ("study", "indicator", "step"),
        "states": STATES,
        "scale": ("yes-partly-no", "same-close-different", "rung", "choice", "number", "date", "text"),
    }

    criterion: str = ""
    technical: str = ""
    scale: str = "yes-partly-no"
    choices: Mapping[str, str] = field(default_factory=dict)
    choices_of: str = ""
    states: Mapping[str, str] = field(default_factory=dict)
    limit: str = ""
    unit: str = ""
    roles: tuple[str, ...] = ()
    min_roles: int = 1
    not_only: tuple[str, ...] = ()
    evidence: str = "none"
    per: str = "study"
    form: str = ""

    @property
    def ask(self) -> str:
        """The plain question."""
        return self.title
