"""The command line: parses, prints, calls study verbs; nothing else.

Every command says in plain sentences what it did, ends with the next sensible command, answers `--json` for machines
and leaves with 0 when it worked, 2 when the reader has something to mend and 1 when the program has a defect.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from countersign import __version__

if TYPE_CHECKING:
    from countersign.errors import CountersignError
    from countersign.study import Study
    from countersign.study.progress import Progress
    from countersign.study.telling import Account

# Before NumPy is loaded. Rows are reduced first, so matrices are small: threads of linear algebra would burn two to ten
# times the processor time waiting for each other, and the last digits would depend on how many there are.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

Command = TypeVar("Command", bound=Callable[..., Any])

DIRECTORY = click.Path(file_okay=False, dir_okay=True, path_type=Path)
FOLDER = click.Path(file_okay=True, dir_okay=True, path_type=Path)
FILE = click.Path(file_okay=True, dir_okay=False, path_type=Path)


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    """Show a bar on a terminal, once the work has taken longer than a second."""
    if quiet or not sys.stderr.isatty():
        yield lambda step, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    started, task = time.monotonic(), None

    def show(step: str, done: int, total: int) -> None:
        nonlocal task
        if task is None and time.monotonic() - started > 1:
            bar.start()
            task = bar.add_task(step, total=total)
        if task is not None:
            bar.update(task, description=step, completed=done, total=total)

    try:
        yield show
    finally:
        if task is not None:
            bar.stop()


def _answering(command: Command) -> Command:
    """Give a command `--json`, and print what it did."""

    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for machines.")
    @wraps(command)
    def run(*, as_json: bool, **options: Any) -> None:
        with _progress(quiet=as_json) as progress:
            account = command(progress=progress, **options)
        _print(account, as_json=as_json)

    return run  # type: ignore[return-value]


def _print(account: Account, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(account.as_dict(), ensure_ascii=False, indent=2))
        return
    for sentence in account.sentences:
        click.echo(sentence)
    click.echo(f"Next: {account.next}")


def _on_study(command: Command) -> Command:
    """Give a command the study, and the options that say where its data and its output are."""

    @click.argument("study", type=FOLDER, default=".")
    @click.option("--data", type=DIRECTORY, help="Folder with another delivery of the same files.")
    @click.option("--folder", type=DIRECTORY, help="Folder for the output; the study's own if left out.")
    @click.option("--engine", type=click.Choice(["duckdb", "polars", "spark"]), help="Engine, instead of the study's.")
    @wraps(command)
    def run(
        *, study: Path, data: Path | None, folder: Path | None, engine: str | None, progress: Progress, **options: Any
    ) -> Any:
        from countersign.study import Study

        with Study.open(study, data=data, folder=folder, engine=engine or "", progress=progress) as opened:
            return command(opened, **options)

    return run  # type: ignore[return-value]


class _Door(click.Group):
    """The group of all commands: whatever goes wrong behind it leaves in plain words, or as JSON where asked for."""

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]
        """Run a command and leave: 0 it worked, 2 the reader has something to mend, 1 a defect, 130 stopped."""
        words = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args=words, **{**extra, "standalone_mode": False})
            if sys.stdout is not None:  # a caller may have closed it
                sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as help_asked:
            click.echo(help_asked.format_message())
            raise SystemExit(0) from None
        except (click.Abort, KeyboardInterrupt):
            click.echo("Stopped. Nothing is lost: start the same command again and it continues.", err=True)
            raise SystemExit(130) from None
        except BrokenPipeError:
            # Whoever read the answer has heard enough. Python would complain again when it closes the stream.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(1) from None
        except Exception as error:
            raise SystemExit(self._tell(error, words)) from None
        raise SystemExit(code if isinstance(code, int) else 0)

    def _tell(self, error: Exception, words: Sequence[str]) -> int:
        """Say what went wrong; return the exit code."""
        from countersign.errors import CountersignError

        if isinstance(error, click.ClickException):
            problem = self._misused(error)
        elif isinstance(error, CountersignError):
            problem = error
        else:
            from countersign.study.defect import explain

            known = [word for word in words if word in self.commands or word == "--json"]
            problem = explain(error, command=" ".join(known))
        if "--json" in words:
            click.echo(json.dumps(problem.as_dict(), ensure_ascii=False, indent=2))
        else:
            click.echo(problem.sentence(), err=True)
        return problem.exit_code

    def _misused(self, error: click.ClickException) -> CountersignError:
        from countersign.errors import CommandError, nearest

        context = getattr(error, "ctx", None)
        path = context.command_path if context else "countersign"
        message = error.format_message()
        if context is None or context.command is self:
            unknown = next((word for word in message.split("'")[1::2] if "No such command" in message), "")
            hint = nearest(unknown, self.commands) if unknown and "Did you mean" not in message else ""
            return CommandError(
                f"{message} {hint}".strip(),
                expected="one of " + ", ".join(self.commands),
                action="see: countersign --help",
            )
        usage = " ".join(context.command.collect_usage_pieces(context))
        return CommandError(message, expected=f"{path} {usage}", action=f"see: {path} --help")


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="countersign")
def main() -> None:
    """Citizen data that official statistics can countersign.

    A study is a folder with a study.yaml. A first time: countersign new FOLDER --from data.csv,
    then countersign check FOLDER, then countersign run FOLDER.
    """


@main.command()
@click.argument("folder", type=DIRECTORY)
@click.option("--from", "source", type=FOLDER, required=True, help="The data file to start from.")
@click.option("--sheet", help="The sheet of a workbook, if not the one with most cells.")
@click.option("--skip", type=click.IntRange(min=0), help="Lines above the column names, if not found by itself.")
@click.option("--delimiter", help="What separates cells, if not found by itself.")
@click.option("--encoding", help="How letters are written, such as cp1252, if not found by itself.")
@_answering
def new(*, folder: Path, source: Path, progress: Progress, **options: Any) -> Account:
    """Write a commented study.yaml for a data file."""
    from countersign.study.starting import start

    return start(folder, source=source, options={key: value for key, value in options.items() if value is not None})


@main.command()
@_answering
@_on_study
def check(study: Study) -> Account:
    """Check the study file, without computing: what is wrong, what is still open."""
    from countersign.study.telling import tell_check

    return tell_check(study, study.check())


@main.command()
@_answering
@_on_study
def assess(study: Study) -> Account:
    """Take in the data and say what they are good enough for."""
    from countersign.study.telling import tell_assessment

    return tell_assessment(study, *study.assess())


@main.command()
@_answering
@_on_study
def weight(study: Study) -> Account:
    """Weight the data to the benchmark."""
    from countersign.study.telling import tell_weights

    return tell_weights(study, study.weight())


@main.command()
@_answering
@_on_study
def estimate(study: Study) -> Account:
    """Estimate the indicators, with their intervals."""
    from countersign.study.telling import tell_estimates

    return tell_estimates(study, study.estimate())


@main.command()
@_answering
@_on_study
def protect(study: Study) -> Account:
    """Withhold the figures that rest on too few contributors."""
    from countersign.study.telling import tell_protection

    return tell_protection(study, study.protect())


@main.command()
@_answering
@_on_study
def publish(study: Study) -> Account:
    """Write the release: report, tables, findings, evidence."""
    from countersign.study.telling import tell_release

    return tell_release(study, study.publish())


@main.command()
@_answering
@_on_study
def run(study: Study) -> Account:
    """Do everything: take in, assess, weight, estimate, protect, publish."""
    from countersign.study.telling import tell_release

    return tell_release(study, study.run())


@main.command()
@_answering
@_on_study
def places(study: Study) -> Account:
    """Make a map in which nobody stands alone, as protection.places says."""
    from countersign.study.placing import place, tell_map, write_map

    found = place(study)
    return tell_map(found, write_map(found, study), study)


@main.command()
@_answering
@_on_study
def anonymise(study: Study) -> Account:
    """Write rows that anybody may have, as protection.microdata says."""
    from countersign.study.anonymising import tell_anonymised

    return tell_anonymised(study)


@main.command()
@click.option("--decided", type=FILE, help="The list of texts, gone through by a person: writes what was let through.")
@click.option("--photos-decided", type=FILE, help="The list of photos, gone through by a person.")
@_answering
@_on_study
def screen(study: Study, *, decided: Path | None, photos_decided: Path | None) -> Account:
    """Look in free text and photos for what gives a person away."""
    from countersign.study.screening import screen as look

    return look(study, decided=decided, photos_decided=photos_decided)


@main.command()
@click.argument("release", type=FOLDER)
@click.argument("figure", default="")
@click.option("--data", type=DIRECTORY, help="Folder with the inputs, if they are not where the run left them.")
@_answering
def retrace(*, release: Path, figure: str, data: Path | None, progress: Progress) -> Account:
    """Walk from a figure back to its inputs and compute it again."""
    from countersign.study.retracing import retrace_figure

    return retrace_figure(release, figure, data=data, progress=progress)


@main.command()
@click.argument("source", type=FOLDER, default=".")
@click.option("--respondents", type=click.IntRange(min=1), help="Before collection: how many people are to be asked.")
@click.option("--population", type=FILE, help="Before collection: people, or shares, of each answer; a table.")
@click.option("--keys", default="", help="Before collection: questions that neighbours know, such as district,age,sex.")
@click.option("--limit", type=float, help="Before collection: largest part that may stand alone, 0 to 1.")
@click.option("--count", default="count", show_default=True, help="Column of that table that counts people.")
@click.option("--out", type=FILE, help="The page; risk.html if left out.")
@click.option("--data", type=DIRECTORY, help="Folder with another delivery of the same files.")
@click.option("--folder", type=DIRECTORY, help="Folder for the output; the study's own if left out.")
@click.option("--engine", type=click.Choice(["duckdb", "polars", "spark"]), help="Engine, instead of the study's.")
@_answering
def risk(*, source: Path, out: Path | None, progress: Progress, **options: Any) -> Account:
    """Say how easily people are recognised: in the data of a study, or before collection by a form.

    SOURCE is a study, or the file of a form. With --respondents nobody's data are needed.
    """
    from countersign.study import risking

    return risking.run(source, out=out, progress=progress, **options)


@main.command("sample-size")
@click.option("--share", type=float, default=0.5, show_default=True, help="Expected share, 0 to 1; 0.5 needs most.")
@click.option("--margin", type=float, default=0.05, show_default=True, help="Half the width of the interval, 0 to 1.")
@click.option("--deff", "design_effect", type=float, default=1.0, show_default=True, help="Design effect, as seen.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Level of the interval, 0 to 1.")
@click.option("--population", type=int, help="Size of the population, if it is small.")
@click.option("--groups", default="", help="Groups and their part of the population: youth=0.2,women=0.5.")
@_answering
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
@_answering
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
@_answering
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


@main.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--out", type=FILE, help="The page; comparison.html if left out.")
@_answering
def compare(*, old: Path, new: Path, out: Path | None, progress: Progress) -> Account:
    """Hold two rounds side by side: an earlier release and a later one."""
    from countersign.study.rounds import compare_rounds

    return compare_rounds(old, new, out=out)


@main.command()
@click.option("--folder", type=DIRECTORY, default="demo", help="Where to write the example and its release.")
@_answering
def demo(*, folder: Path, progress: Progress) -> Account:
    """Run the built-in example: a made-up country, a phone survey, and the truth beside it."""
    from countersign.study.starting import demonstrate

    return demonstrate(folder, progress=progress)
