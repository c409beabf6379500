"""An organisation rates itself: the form out, levels in, one page of next steps; many organisations -> counts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from countersign.errors import CommandError
from countersign.model.maturity import PartResult, SelfRating
from countersign.study.asking import ENDINGS
from countersign.study.telling import Account, command


def questions() -> tuple[tuple[PartResult, tuple[PartResult, ...]], ...]:
    """Return the parts of the form, each with all its levels, lowest first."""
    from countersign.catalogue import maturity

    return tuple(
        (
            PartResult(part.id, part.title, part.question),
            tuple(
                PartResult(part.id, part.title, part.question, one.number, one.title, one.says, one.steps)
                for one in part.levels
            ),
        )
        for part in maturity()
    )


def write_empty_form(path: Path, *, language: str = "en") -> Account:
    """Write the form, to be filled in together and offline.

    Raises
    ------
    CommandError: the ending is not known, or the file is there already.
    """
    from countersign.publishing.language import speak
    from countersign.publishing.maturity import write_form

    _check_ending(path, "--form")
    _refuse_present(path, "--form")
    write_form(path, words=speak(language), parts=questions())
    sentences = (f"Wrote {path}: {len(questions())} parts with four levels each. Fill it in together.",)
    return Account("maturity", sentences, command("maturity", answers=path), {"file": str(path)})


def rate_aloud(
    levels: Mapping[str, int], *, organisation: str = "", save: Path, out: Path, language: str = "en"
) -> Account:
    """Keep what was answered at the keyboard and write the page.

    Parameters
    ----------
    levels: part -> level. save: file for the answers, ``.yaml``. out: the page.

    Raises
    ------
    ArgumentError: nothing was answered. CommandError: the file for the answers is there already.
    """
    from countersign.publishing.maturity import write_rating
    from countersign.quality.maturity import rate

    _refuse_present(save, "--save")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    rating = SelfRating(levels=dict(levels), organisation=organisation, date=today, language=language)
    rate(rating)
    write_rating(rating, save)
    account = _one(replace(rating, source=save.name), out, language)
    return replace(account, sentences=(f"Kept your answers in {save}.", *account.sentences))


def rate_files(files: Sequence[Path], *, out: Path, language: str = "en") -> Account:
    """Write the page of one filled form, or the anonymous summary of several.

    Raises
    ------
    AnswerError: a file cannot be read; it says where. ArgumentError: a summary of too few organisations. CommandError:
        a file is not there, or named twice, or the page would take its place.
    """
    from countersign.intake.maturity import read_maturity
    from countersign.publishing.maturity import write_summary
    from countersign.quality.maturity import summarise

    today = datetime.datetime.now(datetime.UTC).date()
    for file in files:
        if not file.is_file():
            raise CommandError(
                f"There is no file '{file.name}' in '{file.parent}'.",
                where="--answers",
                expected="a filled maturity form",
                action="make an empty one with: countersign maturity --form maturity.xlsx",
            )
    contents = [file.read_bytes() for file in files]
    for place, file in enumerate(files):
        if file.resolve() == out.resolve():
            raise CommandError(
                f"The page would take the place of the answers in '{file.name}'.",
                where="--out",
                expected="the name of another file",
                action="choose another name with --out",
            )
        if contents[place] in contents[:place]:  # one organisation counted often would be known by the others' absence
            raise CommandError(
                f"The answers in '{file.name}' are named twice, or equal those of another file to the letter.",
                where="--answers",
                expected="one file for each organisation",
                action="name each file once",
            )
    ratings = [read_maturity(file, today=today) for file in files]
    if len(ratings) == 1:
        return _one(ratings[0], out, language)
    summary = summarise(ratings)
    write_summary(summary, out, language=language)
    lines = [f"{summary.organisations} organisations, without names:"]
    for part, title in summary.parts.items():
        told = [f"{count} at level {level}" for level, count in summary.counts[part].items() if level and count]
        left = summary.counts[part][0]
        lines.append(f"  {title}: {', '.join(told + ([f'{left} not answered'] if left else []))}")
    lines.append(f"The page is {out}")
    data = {
        "organisations": summary.organisations,
        "counts": {part: {str(level): n for level, n in own.items()} for part, own in summary.counts.items()},
        "page": str(out),
    }
    return Account("maturity", tuple(lines), "discuss the page with the organisations", data)


def _one(rating: SelfRating, out: Path, language: str) -> Account:
    from countersign.publishing.maturity import write_maturity
    from countersign.quality.maturity import rate

    found = rate(rating)
    write_maturity(found, out, language=language)
    lines = [
        f"  {part.title}: {f'level {part.level}, {part.level_title}' if part.level else 'not answered'}"
        for part in found.parts
    ]
    lines += ["What to do first:", *(f"  {n}. {step} ({part})" for n, (part, step) in enumerate(found.first_steps, 1))]
    lines.append(f"The page is {out}. In a questionnaire, I3.maturity is {found.weakest}.")
    data = {
        "levels": dict(rating.levels),
        "weakest": found.weakest,
        "first_steps": [{"part": part, "step": step} for part, step in found.first_steps],
        "page": str(out),
    }
    return Account("maturity", tuple(lines), "do the first step, and come back in a year", data)


def _check_ending(path: Path, option: str) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise CommandError(
            f"'{path.suffix}' is not a format for questions.",
            where=option,
            expected="a file that ends in .xlsx or .yaml",
        )


def _refuse_present(path: Path, option: str) -> None:
    if path.exists():
        raise CommandError(
            f"There is a file '{path.name}' already; answers in it would be lost.",
            where=option,
            expected="the name of a new file",
            action=f"choose another name with {option}",
        )
