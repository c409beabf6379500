"""Study -> questionnaire: what people are asked, written as a file that they fill in offline."""

from __future__ import annotations

from pathlib import Path

from countersign.errors import CommandError
from countersign.study.reading import read_study
from countersign.study.telling import Account, command

ENDINGS = (".xlsx", ".yaml", ".yml")


def write_questions(
    study: Path, *, role: str = "", language: str = "", out: Path | None = None, scorecard: bool = False
) -> Account:
    """Write a questionnaire, or an empty scorecard, for a study.

    Parameters
    ----------
    study: its folder or file. role: who is asked; empty = everybody. language: BCP 47; empty = the study's own.
    out: the file to write, ``.xlsx`` or ``.yaml``; ``answers-ROLE.xlsx`` in the study's folder if None.

    Raises
    ------
    StudyError: the study file cannot be read. CommandError: no such role or format, or the file is there already.
    """
    from countersign.publishing.language import speak
    from countersign.publishing.questionnaire import write_questionnaire, write_scorecard
    from countersign.quality.asking import ask

    file = read_study(study)
    tongue = language or file.plan.settings.language
    name = "scorecard.xlsx" if scorecard else f"answers-{role}.xlsx" if role else "answers.xlsx"
    path = out or file.folder / name
    if path.suffix.lower() not in ENDINGS:
        raise CommandError(
            f"'{path.suffix}' is not a format for questions.",
            where="--out",
            expected="a file that ends in .xlsx or .yaml",
        )
    if path.exists():
        raise CommandError(
            f"There is a file '{path.name}' already; answers in it would be lost.",
            where="--out",
            expected="the name of a new file",
            action="choose another name with --out",
        )
    words = speak(tongue)
    notes: list[str] = []
    added = _added(path, file.folder)
    if scorecard:
        write_scorecard(file.plan.title, path, words=words)
        what = f"Wrote {path}: an empty scorecard for one meeting of users and providers."
        count = 0
    else:
        questionnaire = ask(file.plan, role=role, language=tongue)
        write_questionnaire(questionnaire, path, words=words)
        count = len(questionnaire.asked)
        whom = f"to the role '{role}'" if role else "to all roles"
        what = f"Wrote {path}: {count} questions {whom}."
        if questionnaire.worded != tongue.split("-")[0]:
            notes.append(f"The catalogue has no words in '{tongue}' yet: the questions are in English.")
        if not questionnaire.reviewed:
            notes.append(f"The translation into '{questionnaire.worded}' has not been reviewed; the file says so.")
    sentences = (what, *notes, f"Fill it in offline. Then add it to study.yaml: {added}")
    data = {"file": str(path), "questions": count, "role": role, "language": tongue}
    return Account("questionnaire", sentences, command("run", study), data)


def _added(path: Path, folder: Path) -> str:
    inside = path.resolve().is_relative_to(folder.resolve())
    name = path.resolve().relative_to(folder.resolve()).as_posix() if inside else path.name
    return f"answers: [{name}]" + ("" if inside else " (and put the file into the study's folder)")
