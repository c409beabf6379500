"""Verbs on releases that are out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from countersign.cli.door import DIRECTORY, FILE, FOLDER, answering, main

if TYPE_CHECKING:
    from countersign.study.progress import Progress
    from countersign.study.telling import Account


@main.command()
@click.argument("release", type=FOLDER)
@click.argument("figure", default="")
@click.option("--data", type=DIRECTORY, help="Folder with the inputs, if they are not where the run left them.")
@click.option("--openings", type=FILE, help="The data steward's file that says which files these must be.")
@answering
def retrace(*, release: Path, figure: str, data: Path | None, openings: Path | None, progress: Progress) -> Account:
    """Walk from a figure back to its inputs and compute it again."""
    from countersign.study.retracing import retrace_figure

    return retrace_figure(release, figure, data=data, openings=openings, progress=progress)


@main.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--out", type=FILE, help="The page; comparison.html if left out.")
@answering
def compare(*, old: Path, new: Path, out: Path | None, progress: Progress) -> Account:
    """Hold two rounds side by side: an earlier release and a later one."""
    from countersign.study.rounds import compare_rounds

    return compare_rounds(old, new, out=out)


@main.command()
@click.argument("releases", type=FOLDER, nargs=-1)
@click.option("--out", type=DIRECTORY, required=True, help="The folder of the site; an earlier one is replaced.")
@click.option("--title", default="", help="Title of the site; that of the study if it is one.")
@click.option("--language", default="", help="Language of the pages, such as fr; that of the first study if left out.")
@answering
def site(*, releases: tuple[Path, ...], out: Path, title: str, language: str, progress: Progress) -> Account:
    """Make static pages of releases: name studies, releases or bundles. Also: countersign publish site."""
    from countersign.study.siting import make_site

    return make_site(releases, out, title=title, language=language)
