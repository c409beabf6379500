"""The door: what every command has in common, and how anything that goes wrong leaves.

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
    from countersign.study.progress import Progress
    from countersign.study.telling import Account

# Before NumPy is loaded, and whatever the environment says. Rows are reduced first, so matrices are small: threads of
# linear algebra would burn two to ten times the processor time waiting for each other, and the last digits would depend
# on how many there are.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

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


def answering(command: Command) -> Command:
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


def on_study(command: Command) -> Command:
    """Give a command the study, and the options that say where its data and its output are."""

    @click.argument("study", type=FOLDER, default=".")
    @click.option("--data", type=DIRECTORY, help="Folder with another delivery of the same files.")
    @click.option("--folder", type=DIRECTORY, help="Folder for the output; the study's own if left out.")
    @click.option("--engine", type=click.Choice(["duckdb", "polars", "spark"]), help="Engine, instead of the study's.")
    @click.option("--person", type=FILE, help="The key you sign with, where an agreement names who may work with data.")
    @wraps(command)
    def run(
        *,
        study: Path,
        data: Path | None,
        folder: Path | None,
        engine: str | None,
        person: Path | None,
        progress: Progress,
        **options: Any,
    ) -> Any:
        from countersign.cli.signing import asking
        from countersign.study import Study

        with Study.open(study, data=data, folder=folder, engine=engine or "", progress=progress) as opened:
            opened.place.person, opened.place.ask = person, asking(None)
            return command(opened, **options)

    return run  # type: ignore[return-value]


class _Door(click.Group):
    """The group of all commands: whatever goes wrong behind it leaves in plain words, or as JSON where asked for."""

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]
        """Run a command and leave: 0 it worked, 2 the reader has something to mend, 1 a defect, 130 stopped."""
        words = list(sys.argv[1:] if args is None else args)
        if words[:2] == ["publish", "site"] and not Path("site", "study.yaml").is_file():
            words = words[1:]  # the verb on a study called so keeps its name
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
