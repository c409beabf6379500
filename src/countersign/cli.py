"""The command line: parses, prints, calls study verbs; nothing else.

Every command says in plain sentences what it did, ends with the next sensible command, answers `--json` for machines
and leaves with 0 when it worked and 2 when the reader has something to mend.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from countersign import __version__

if TYPE_CHECKING:
    from countersign.study import Study
    from countersign.study.progress import Progress
    from countersign.study.telling import Account

Command = TypeVar("Command", bound=Callable[..., Any])

FOLDER = click.Path(file_okay=True, dir_okay=True, path_type=Path)


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
    """Give a command `--json` and turn every error a reader can mend into plain words and exit code 2."""

    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for machines.")
    @wraps(command)
    def run(*, as_json: bool, **options: Any) -> None:
        from countersign.errors import CountersignError

        try:
            with _progress(quiet=as_json) as progress:
                account = command(progress=progress, **options)
        except CountersignError as error:
            if as_json:
                click.echo(json.dumps(error.as_dict(), ensure_ascii=False, indent=2))
            else:
                click.echo(error.sentence(), err=True)
            raise SystemExit(error.exit_code) from None
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing is lost: start the same command again and it continues.", err=True)
            raise SystemExit(130) from None
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
    @click.option("--data", type=FOLDER, help="Folder with another delivery of the same files.")
    @click.option("--folder", type=FOLDER, help="Folder for the output; the study's own if left out.")
    @click.option("--engine", type=click.Choice(["duckdb", "polars", "spark"]), help="Engine, instead of the study's.")
    @wraps(command)
    def run(
        *, study: Path, data: Path | None, folder: Path | None, engine: str | None, progress: Progress, **options: Any
    ) -> Any:
        from countersign.study import Study

        with Study.open(study, data=data, folder=folder, engine=engine or "", progress=progress) as opened:
            return command(opened, **options)

    return run  # type: ignore[return-value]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="countersign")
def main() -> None:
    """Citizen data that official statistics can countersign.

    A study is a folder with a study.yaml. A first time: countersign new FOLDER --from data.csv,
    then countersign check FOLDER, then countersign run FOLDER.
    """


@main.command()
@click.argument("folder", type=FOLDER)
@click.option("--from", "source", type=FOLDER, required=True, help="The data file to start from.")
@_answering
def new(*, folder: Path, source: Path, progress: Progress) -> Account:
    """Write a commented study.yaml for a data file."""
    from countersign.study.starting import start

    return start(folder, source=source)


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
@click.argument("release", type=FOLDER)
@click.argument("figure", default="")
@click.option("--data", type=FOLDER, help="Folder with the inputs, if they are not where the run left them.")
@_answering
def retrace(*, release: Path, figure: str, data: Path | None, progress: Progress) -> Account:
    """Walk from a figure back to its inputs and compute it again."""
    from countersign.study.retracing import retrace_figure

    return retrace_figure(release, figure, data=data, progress=progress)


@main.command()
@click.option("--folder", type=FOLDER, default="demo", help="Where to write the example and its release.")
@_answering
def demo(*, folder: Path, progress: Progress) -> Account:
    """Run the built-in example: a made-up country, a phone survey, and the truth beside it."""
    from countersign.study.starting import demonstrate

    return demonstrate(folder, progress=progress)
