"""Questionnaire -> YAML or XLSX: plain files that are filled in offline and read back by `countersign.intake`.

A workbook has two sheets: what to do and who answers, and one row a question with lists to choose from. Every text is
a text: a cell that begins with ``=``, ``+``, ``-`` or ``@`` is never a formula.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from countersign.catalogue import load
from countersign.model.questionnaire import (
    MEETING,
    PER_SCORE,
    PERSON,
    QUESTIONS,
    SCORES,
    SIDES,
    START,
    Asked,
    Questionnaire,
)
from countersign.publishing.language import Words
from countersign.publishing.workbook import Column, Sheet, save_workbook
from countersign.publishing.writing import write_whole

WIDTH = 110
EMPTY_ROWS = 30  # of a scorecard


def write_questionnaire(questionnaire: Questionnaire, path: Path, *, words: Words) -> None:
    """Write a questionnaire; the ending of the path says in which format: ``.xlsx``, ``.yaml`` or ``.yml``.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    if path.suffix.lower() == ".xlsx":
        save_workbook(path, (_start(questionnaire, words), _questions(questionnaire, words)))
    else:
        write_whole(path, as_yaml(questionnaire, words=words))


def instructions(questionnaire: Questionnaire, words: Words) -> tuple[str, ...]:
    """Return what a person has to do, one plain sentence each."""
    _ = words.gettext
    unsure = "" if questionnaire.reviewed else _("These questions are a translation that nobody has reviewed yet.")
    return (
        *((unsure,) if unsure else ()),
        _("Say who you are, in which role you answer, and on which day. A pseudonym will do."),
        _("Answer what you know. Leave the rest empty: an empty answer means that nobody has said anything yet."),
        _("Choose one of the allowed answers. What you want to add goes under 'comment'."),
        _(
            "Where evidence is required, name the file that proves it, and put it into the folder of this file. "
            "Separate several files by ';'."
        ),
        _("An answer that speaks against the data needs no evidence."),
        _("Your role, the day and your answer are shown. Your name and your own words stay in this file."),
        _("Only if you write 'yes' under 'publish', your name and your own words are shown too."),
        _("Do not change the columns 'question' and 'about'."),
        _("Send the file back. The data lead adds it to the study file under 'answers:'."),
    )


def as_yaml(questionnaire: Questionnaire, *, words: Words) -> str:
    """Return a questionnaire as YAML text with comments."""
    title = words.pick(questionnaire.title, words.gettext("Untitled study"))
    lines = [*_comment(f"{words.gettext('Questions to people about')}: {title}"), "#"]
    for number, sentence in enumerate(instructions(questionnaire, words), start=1):
        lines += _comment(f"{number}. {sentence}")
    lines += [
        "questionnaire: 1",
        f"study: {_text(title)}",
        "who:",
        f"role: {questionnaire.role}".rstrip(),
        "date:",
        f"language: {questionnaire.language}",
        "publish:",
        "answers:",
    ]
    for one in questionnaire.asked:
        lines.append("")
        for part in (f"{one.criterion}. {one.ask}", *_explained(one, words)):
            lines += _comment(part, indent="  ")
        lines.append(f"  - question: {one.question}")
        if one.about:
            lines.append(f"    about: {_text(one.about)}")
        lines += ["    answer:", "    comment:", "    evidence:"]
    return "\n".join(lines) + "\n"


def _explained(one: Asked, words: Words) -> Iterator[str]:
    if one.about:
        yield f"{words.gettext('About')}: {words.pick(one.about_title, one.about)}"
    yield f"{words.gettext('Allowed answers')}: {_allowed(one, words)}"
    yield f"{words.gettext('Who may answer')}: " + "; ".join(f"{role} ({text})" for role, text in one.roles.items())
    if one.evidence != "none":
        yield f"{_evidence(one, words)}: {words.gettext(one.proof)}"
    if one.known:
        yield f"{words.gettext('Known so far')}: {one.known}"


def _allowed(one: Asked, words: Words) -> str:
    if not one.choices:
        return words.gettext(one.hint)
    return "; ".join(
        answer if answer.casefold() == text.casefold() else f"{answer} = {text}" for answer, text in one.choices.items()
    )


def _evidence(one: Asked, words: Words) -> str:
    return {
        "required": words.gettext("Evidence required"),
        "welcome": words.gettext("Evidence welcome"),
    }.get(one.evidence, "")


def _comment(text: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _start(questionnaire: Questionnaire, words: Words) -> Sheet:
    _ = words.gettext
    title = words.pick(questionnaire.title, _("Untitled study"))
    roles = dict.fromkeys(role for one in questionnaire.asked for role in one.roles)
    texts: Mapping[str, str] = {role: text for one in questionnaire.asked for role, text in one.roles.items()}
    given = {"role": questionnaire.role, "language": questionnaire.language}
    about = {
        "who": _("Your name or a pseudonym"),
        "role": "; ".join(f"{role} = {texts[role]}" for role in roles),
        "date": _("The day of your answers, year-month-day, such as 2026-03-01"),
        "language": _("The language of your answers, such as en, fr or sw"),
        "publish": _("yes, if your name and your own words may be shown; else leave it empty"),
    }
    return Sheet(
        START,
        (Column("", 16), Column("", 34), Column("", 70)),
        notes=(f"{_('Questions to people about')}: {title}", *instructions(questionnaire, words)),
        rows=tuple((key, given.get(key, ""), about[key]) for key in PERSON),
        choices={(PERSON.index("role"), 1): tuple(roles), (PERSON.index("publish"), 1): ("yes", "no")},
        open_columns=(1,),
    )


def _questions(questionnaire: Questionnaire, words: Words) -> Sheet:
    _ = words.gettext
    columns = (
        Column("question", 16),
        Column("about", 14),
        Column(_("The question"), 44),
        Column(_("It is about"), 24),
        Column("answer", 16, open=True),
        Column(_("Allowed answers"), 36),
        Column("comment", 36, open=True),
        Column("evidence", 24, open=True),
        Column(_("Evidence wanted"), 30),
        Column(_("Known so far"), 30),
        Column(_("Who may answer"), 30),
        *(Column(key, 16, open=True) for key in PERSON),
    )
    answer, role, publish = 4, 12, 15
    rows = tuple(
        (
            one.question,
            one.about,
            one.ask,
            words.pick(one.about_title, one.about) if one.about else _("the whole study"),
            "",
            _allowed(one, words),
            "",
            "",
            f"{_evidence(one, words)}: {_(one.proof)}" if one.evidence != "none" else "",
            one.known,
            "; ".join(f"{key} = {text}" for key, text in one.roles.items()),
            *("" for key in PERSON),
        )
        for one in questionnaire.asked
    )
    asked = tuple(enumerate(questionnaire.asked))
    return Sheet(
        QUESTIONS,
        columns,
        rows=rows,
        choices={
            **{(place, answer): tuple(one.choices) for place, one in asked if one.choices},
            **{(place, role): tuple(one.roles) for place, one in asked},
            **{(place, publish): ("yes", "no") for place, _one in asked},
        },
        hints={(place, answer): _(one.hint) for place, one in asked if not one.choices and one.hint},
        header=True,
        frozen=1,
    )


def write_scorecard(title: Mapping[str, str], path: Path, *, words: Words) -> None:
    """Write an empty scorecard: who was there, and three scores for each item.

    Parameters
    ----------
    title: of the study, by language. path: its ending says in which format: ``.xlsx``, ``.yaml`` or ``.yml``.

    Raises
    ------
    StoreError: the disk refused; nothing half-written is left.
    """
    _ = words.gettext
    scale = load("scorecard")["score"]
    name = words.pick(title, _("Untitled study"))
    notes = (
        f"{_('Scorecard')}: {name}",
        _("One file for one meeting. Write down where and when it was, and how many people of each side were there."),
        _(
            "Both sides score alone first: those who use the service (rights-holders) and those who provide it "
            "(duty-bearers)."
        ),
        _("At the meeting they agree on a third score. Leave it empty where they did not agree. Nothing is averaged."),
        f"{_('Scores')}: {_(scale.title)}.",
    )
    about = {
        "place": _("Where the meeting was"),
        "date": _("The day of the meeting, year-month-day, such as 2026-03-01"),
        "attendance_rights_holder": _("How many who use the service were there"),
        "attendance_duty_bearer": _("How many who provide it were there"),
    }
    if path.suffix.lower() == ".xlsx":
        numbers = tuple(str(number) for number in range(int(scale["least"]), int(scale["most"]) + 1))
        rows = tuple(tuple("" for _key in PER_SCORE) for _row in range(EMPTY_ROWS))
        scored = [place for place, key in enumerate(PER_SCORE) if key in (*SIDES, "agreed")]
        start = Sheet(
            START,
            (Column("", 28), Column("", 34), Column("", 70)),
            notes=notes,
            rows=tuple((key, "", about[key]) for key in MEETING),
            open_columns=(1,),
        )
        scores = Sheet(
            SCORES,
            tuple(Column(key, 40 if key == "item" or key.startswith("why") else 16, open=True) for key in PER_SCORE),
            rows=rows,
            choices={(row, place): numbers for row in range(EMPTY_ROWS) for place in scored},
            header=True,
            frozen=1,
        )
        save_workbook(path, (start, scores))
        return
    lines = [line for note in notes for line in _comment(note)]
    lines += ["scorecard: 1", f"study: {_text(name)}", "place:", "date:", "attendance:"]
    lines += [f"  {side}:" for side in SIDES]
    lines += ["scores:", "  - item:"]
    lines += [f"    {key}:" for key in (*SIDES, "agreed")]
    lines += ["    why:", *(f"      {side}:" for side in SIDES), "    action:", "    responsible:", "    due:"]
    write_whole(path, "\n".join(lines) + "\n")
