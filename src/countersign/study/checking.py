"""StudyFile -> open questions: what a person still has to answer, in the order in which they meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from countersign.errors import ExpressionError, StudyError
from countersign.model.expression import parse
from countersign.study.document import OPEN, Document, Place, unanswered
from countersign.study.reading import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countersign.study.reading import StudyFile


@dataclass(frozen=True)
class OpenQuestion:
    """One thing the study file does not say yet.

    Parameters
    ----------
    where: file, line, key. question: in plain words. why: what depends on it. must: a run needs the answer.
    """

    where: str
    question: str
    why: str = ""
    must: bool = False

    def sentence(self) -> str:
        """Return it as one line."""
        mark = "* " if self.must else ""
        return f"{mark}{self.question} ({self.where})" + (f" {self.why}" if self.why else "")

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {"where": self.where, "question": self.question, "why": self.why, "must": self.must}


# Key, question, why: in the order in which the person who leads the data work meets them.
QUESTIONS: tuple[tuple[Place, str, str], ...] = (
    (("title",), "What is the study called?", ""),
    (("initiative", "organiser"), "Who organises it?", "Readers ask this first (A4)."),
    (("initiative", "funder"), "Who pays for it?", "Independence is judged by it (A4)."),
    (("initiative", "contact"), "How can the organiser be reached?", "Corrections need an address (A4)."),
    (("initiative", "level"), "How far does it reach: one place, a region, the whole country?", ""),
    (("initiative", "selection"), "How did people or places get in?", "The method and its limits depend on it (D4)."),
    (
        ("initiative", "participation"),
        "At which steps did citizens decide, and how much?",
        "It makes the data citizen data (B1).",
    ),
    (("initiative", "consent"), "How did people agree to take part?", "Without it no use is established (A1)."),
    (("initiative", "licence"), "Under which licence may the data be used?", "Others need permission (A6)."),
    (("initiative", "steward"), "Who decides about the data?", "Requests and withdrawals go there (A1)."),
    (("initiative", "protocol"), "Where is it written down how it was done?", "Others can then repeat it (D1)."),
    (("population", "who"), "Whom are the figures about?", "A figure without a population means nothing (C3)."),
    (("population", "area"), "Which area?", "(C3)"),
    (("population", "period"), "Which period?", "(C3)"),
    (("use",), "What are the figures wanted for: U0 to U6?", "The verdict is given for this use."),
    (
        ("benchmark",),
        "Is there a census or survey of the same population?",
        "Only then can it be seen who is missing (E1).",
    ),
    (
        ("weights",),
        "Which margins should the weights meet?",
        "Without weights the figures speak for those who took part.",
    ),
)

_NEEDED = ("data", "indicators", "repeats", "gold", "places", "official")


def open_questions(file: StudyFile) -> tuple[OpenQuestion, ...]:
    """Return what is still open, most basic first."""
    return tuple(_questions(file))


def _questions(file: StudyFile) -> Iterator[OpenQuestion]:
    document = file.document
    marked = dict.fromkeys(unanswered(document))
    for place, question, why in QUESTIONS:
        inside = [mark for mark in marked if mark[: len(place)] == place]
        if inside or not _filled(document.values, place):
            yield OpenQuestion(_where(document, inside[0] if inside else place), question, why)
        for mark in inside:
            del marked[mark]
    for mark in sorted(marked, key=lambda place: document.lines.get(place, 0)):
        yield OpenQuestion(document.where(*mark), _question(mark), must=mark[0] in _NEEDED)
    if file.plan.weighting and not file.plan.compared:
        why = "Then the report can say how wrong the weighted figures still are (E3)."
        yield OpenQuestion(document.where("compare"), "Which questions did the benchmark ask too?", why)


def _where(document: Document, place: Place) -> str:
    """The line of a key; of a key that is not in the file, that it is not."""
    if place in document.lines:
        return document.where(*place)
    return f"{document.file} has no '{'.'.join(str(part) for part in place)}:' yet"


def _question(mark: Place) -> str:
    name = ".".join(str(part) for part in mark)
    if mark[0] == "indicators" and len(mark) == 3 and mark[2] in STATISTICS:
        return f"What do you want to know? '{mark[1]}' needs a '{mark[2]}' (examples stand above the line)."
    return f"What should stand for '{name}'?"


def _filled(values: object, place: Place) -> bool:
    for part in place:
        if not isinstance(values, dict) or values.get(part) in (None, "", "?", {}, []):
            return False
        values = values[part]
    return True


def refuse_open(file: StudyFile) -> None:
    """Refuse to run while a question is open that a run needs answered.

    Raises
    ------
    StudyError: names the first such question.
    """
    for question in open_questions(file):
        if question.must:
            raise StudyError(
                question.question,
                where=question.where,
                expected="an answer in place of the question mark",
                action="write it into the study file; 'countersign check' lists every open question",
            )


def check_expressions(file: StudyFile) -> None:
    """Parse every expression of the study file, and look at its limits and its codes, without data.

    Raises
    ------
    CatalogueError: a limit is changed that does not exist, or out of its range.
    ReleaseError: a code is written under `sdmx` that the structure lacks.
    ExpressionError: the first that is not arithmetic on columns, with the line it stands on.
    """
    from countersign.study.sdmx_output import check_sdmx

    check_limits(file)
    check_sdmx(file)
    for place, text in _expressions(file):
        if text == OPEN:
            continue
        try:
            parse(text)
        except ExpressionError as error:
            raise ExpressionError(
                error.problem, where=file.document.where(*place), expected=error.expected, action=error.action
            ) from None


def check_limits(file: StudyFile) -> None:
    """Refuse changes of limits that do not exist or lie out of range.

    Raises
    ------
    CatalogueError: names the line, and the nearest limit or the range.
    """
    from countersign.catalogue import check_change

    for change in file.plan.limits:
        check_change(change, where=file.document.where("limits", change.limit))


def _expressions(file: StudyFile) -> Iterator[tuple[Place, str]]:
    plan = file.plan
    for name, source in plan.data.items():
        for key, text in source.derive.items():
            yield ("data", name, "derive", key), text
        for number, gate in enumerate(source.keep):
            yield ("data", name, "keep", number), gate.rule
    for number, check in enumerate(plan.checks):
        yield ("checks", number), check.rule
    for name, indicator in plan.indicators.items():
        place = ("indicators", name)
        if indicator.statistic == "ratio":
            yield (*place, "ratio", "numerator"), indicator.numerator
            yield (*place, "ratio", "denominator"), indicator.denominator
        elif indicator.statistic != "distribution":
            median = indicator.statistic == "quantile" and (*place, "median") in file.document.lines
            yield (*place, "median" if median else indicator.statistic), indicator.numerator
        if indicator.where:
            yield (*place, "where"), indicator.where
