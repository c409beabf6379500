"""Verbs on bundles of evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from countersign.cli.door import DIRECTORY, FILE, FOLDER, answering, main

if TYPE_CHECKING:
    from countersign.study.progress import Progress
    from countersign.study.telling import Account


@main.command()
@click.argument("bundle", type=FOLDER)
@click.option(
    "--trust",
    multiple=True,
    help="A fingerprint (SHA256:...) that must have signed, or a file with some, or with keys.",
)
@answering
def verify(*, bundle: Path, trust: tuple[str, ...], progress: Progress) -> Account:
    """Check that a bundle, or the release around it, is whole, and say who signed it.

    Leaves with 0 when it is whole and with 1 when it is not; then it names the first file or statement that does not
    fit. Needs the zip alone: no network, no study.
    """
    from countersign.study.verifying import verify_bundle

    return verify_bundle(bundle, trust=trust)


@main.command("open-commitments")
@click.argument("study", type=FOLDER, default=".")
@click.option("--out", type=FILE, default="openings.json", show_default=True, help="The file to write.")
@click.option("--folder", type=DIRECTORY, help="Folder with the output, if not the study's own.")
@answering
def open_commitments(*, study: Path, out: Path, folder: Path | None, progress: Progress) -> Account:
    """For an accredited partner: write which files the commitments of a release stand for."""
    from countersign.study.opening import open_commitments as write

    return write(study, to=out, folder=folder)
