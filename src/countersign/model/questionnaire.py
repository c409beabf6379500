"""Questionnaire: what people are asked about a study, with what is already known, ready to be filled in offline.

The names of its parts are those in the files: whoever writes one and whoever reads it meet here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The keys of a filled questionnaire: once for the whole file, and once a question.
PERSON = ("who", "role", "date", "language", "publish")
PER_ANSWER = ("question", "about", "answer", "comment", "evidence", *PERSON)
# The keys of a scorecard: once for the meeting, and once an item.
SIDES = ("rights_holder", "duty_bearer")
MEETING = ("place", "date", *(f"attendance_{side}" for side in SIDES))
PER_SCORE = ("item", *SIDES, "agreed", *(f"why_{side}" for side in SIDES), "action", "responsible", "due")
# The sheets of a workbook, and the keys that say what a YAML file is.
START, QUESTIONS, SCORES = "Start", "Questions", "Scores"


@dataclass(frozen=True)
class Asked:
    """One question as it is put to people about one study.

    Parameters
    ----------
    question: id in the list of questions; criterion: id. ask: in plain words; technical: in those of the field.
    about: indicator or step of the value chain, empty = the whole study; about_title: the same in words, by language.
    choices: answer -> its words; empty where any answer is taken, and then `hint` says of which kind.
    roles: who may answer, role -> its words. evidence: ``required``, ``welcome`` or ``none``; proof: what would do.
    known: what the study says already.
    """

    question: str
    criterion: str
    ask: str
    technical: str = ""
    about: str = ""
    about_title: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    evidence: str = "none"
    proof: str = ""
    known: str = ""


@dataclass(frozen=True)
class Questionnaire:
    """All that one role, or everybody, is asked about a study.

    Parameters
    ----------
    title: of the study, by language. role: who is asked; empty = everybody. language: BCP 47, of the answers.
    worded: language the questions are really in. reviewed: whether that wording has been reviewed.
    """

    title: Mapping[str, str]
    asked: tuple[Asked, ...]
    role: str = ""
    language: str = "en"
    worded: str = "en"
    reviewed: bool = True
