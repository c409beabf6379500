"""Answer: what one person said about one question, in which role, when, with which evidence.

Answers of different people stand side by side. Nobody's answer replaces another's, and they are never averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EvidenceFile:
    """A file that proves an answer: its name, and the SHA-256 of its bytes, by which it is kept."""

    name: str
    digest: str = ""


@dataclass(frozen=True)
class Answer:
    """One person's answer to one question about one criterion.

    Parameters
    ----------
    criterion: id, ``A1`` .. ``I3``. question: id of the question within the criterion (catalogue).
    role: id in the list of roles. who: name or pseudonym of the person. date: ISO 8601. language: BCP 47.
    value: the answer, one of the scale of the question: ``yes``, ``4``, ``close``, a number or a text.
    about: indicator or step of the value chain it is about; empty = the whole study. comment: in the person's words.
    evidence: files. source: file and place the answer was read from, for messages.
    publish: the person agrees that name, comment and free words are shown; else only role, date and answer are.
    """

    criterion: str
    question: str
    role: str
    who: str
    date: str
    value: str
    language: str = "en"
    about: str = ""
    comment: str = ""
    evidence: tuple[EvidenceFile, ...] = ()
    source: str = ""
    publish: bool = False


@dataclass(frozen=True)
class Score:
    """One indicator of a community scorecard: three scores that stand side by side.

    Parameters
    ----------
    item: what is scored. rights_holder, duty_bearer, agreed: 1 to 5, or None where that side did not score.
    why: side -> reason. action, responsible, due: what was agreed.
    """

    item: str
    rights_holder: float | None = None
    duty_bearer: float | None = None
    agreed: float | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    responsible: str = ""
    due: str = ""

    @property
    def gap(self) -> float | None:
        """Rights-holder minus duty-bearer; None unless both scored."""
        if self.rights_holder is None or self.duty_bearer is None:
            return None
        return self.rights_holder - self.duty_bearer


@dataclass(frozen=True)
class Scorecard:
    """The scores of one meeting, and who was there.

    Parameters
    ----------
    place, date: where and when. attendance: side (``rights_holder``, ``duty_bearer``) -> number of people.
    """

    place: str
    date: str
    scores: tuple[Score, ...]
    attendance: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
