"""Verbs that ask people, and say how many to ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countersign.cli.door import FILE, FOLDER, answering, main

if TYPE_CHECKING:
    from countersign.study.progress import Progress
    from countersign.study.telling import Account


@main.command("sample-size")
@click.option("--share", type=float, default=0.5, show_default=True, help="Expected share, 0 to 1; 0.5 needs most.")
@click.option("--margin", type=float, default=0.05, show_default=True, help="Half the width of the interval, 0 to 1.")
@click.option("--deff", "design_effect", type=float, default=1.0, show_default=True, help="Design effect, as seen.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Level of the interval, 0 to 1.")
@click.option("--population", type=int, help="Size of the population, if it is small.")
@click.option("--groups", default="", help="Groups and their part of the population: youth=0.2,women=0.5.")
@answering
def sample_size(*, progress: Progress, groups: str, **options: Any) -> Account:
    """How many respondents a share needs, in all and in every group."""
    from countersign.study.sizing import read_groups, sample_size, tell_sample_size

    return tell_sample_size(sample_size(groups=read_groups(groups), **options))


@main.command()
@click.argument("study", type=FOLDER, default=".")
@click.option("--role", default="", help="Only what this role may answer, such as community or nso.")
@click.option("--language", default="", help="Language of the questions and answers, such as fr.")
@click.option("--out", type=FILE, help="The file to write: .xlsx or .yaml.")
@click.option("--scorecard", is_flag=True, help="Write an empty scorecard for a meeting instead.")
@answering
def questionnaire(*, progress: Progress, **options: Any) -> Account:
    """Write the questions that only people can answer, to be filled in offline."""
    from countersign.study.asking import write_questions

    return write_questions(options.pop("study"), **options)


@main.command()
@click.option("--answers", type=FILE, multiple=True, help="A filled form; several make a summary without names.")
@click.option("--form", type=FILE, help="Write the empty form to this file, .xlsx or .yaml, and stop.")
@click.option("--save", type=FILE, default="maturity.yaml", help="Where answers given at the keyboard are kept.")
@click.option("--out", type=FILE, default="maturity.html", help="The page to write.")
@click.option("--language", default="en", help="Language of the page, such as fr.")
@answering
def maturity(
    *, answers: tuple[Path, ...], form: Path | None, save: Path, out: Path, language: str, progress: Progress
) -> Account:
    """Ask an organisation how far it is in seven parts of its work, and say what to do next."""
    from countersign.study.rating import questions, rate_aloud, rate_files, write_empty_form

    if form is not None:
        return write_empty_form(form, language=language)
    if answers:
        return rate_files(answers, out=out, language=language)
    name = click.prompt("Name of the organisation (Enter for none)", default="", show_default=False, err=True)
    levels: dict[str, int] = {}
    for part, known in questions():
        click.echo(f"\n{part.title}. {part.question}", err=True)
        for level in known:
            click.echo(f"  {level.level} {level.says}", err=True)
        allowed = click.Choice([*(str(level.level) for level in known), ""])
        given = click.prompt(
            f"Which fits best, 1 to {len(known)}? (Enter to leave it out)",
            type=allowed, default="", show_default=False, show_choices=False, err=True,
        )  # fmt: skip
        if given:
            levels[part.id] = int(given)
    return rate_aloud(levels, organisation=name, save=save, out=out, language=language)
