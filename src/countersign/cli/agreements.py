"""Verbs on agreements between organisations: a draft, the words, the machine's form, signatures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from countersign.cli.door import FILE, answering, main

if TYPE_CHECKING:
    from countersign.study.progress import Progress
    from countersign.study.telling import Account


@main.group()
def agreement() -> None:
    """What organisations promise each other on data."""


@agreement.command("new")
@click.argument("file", type=FILE)
@answering
def new_one(*, file: Path, progress: Progress) -> Account:
    """Write a draft of an agreement to talk about."""
    from countersign.study.agreeing import new

    return new(file)


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--language", default="", help="en, fr or es; the first of the agreement's own if left out.")
@click.option("--out", type=FILE, help="Write a page to print and sign.")
@answering
def show(*, file: Path, language: str, out: Path | None, progress: Progress) -> Account:
    """Say an agreement in plain words."""
    from countersign.study.agreeing import show as say

    return say(file, language=language, out=out)


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, help="The file to write; beside the agreement if left out.")
@answering
def odrl(*, file: Path, out: Path | None, progress: Progress) -> Account:
    """Write an agreement in ODRL, for machines."""
    from countersign.study.agreeing import odrl as write

    return write(file, out=out)


@agreement.command()
@click.argument("file", type=FILE)
@click.option("--party", required=True, help="Which party of the agreement signs.")
@click.option("--key", required=True, type=FILE, help="File with the private key of the party.")
@click.option("--passphrase-file", type=FILE, help="File whose first line is the passphrase of the key.")
@answering
def sign(*, file: Path, party: str, key: Path, passphrase_file: Path | None, progress: Progress) -> Account:
    """Sign an agreement as it is now."""
    from countersign.cli.signing import asking
    from countersign.study.agreeing import sign as put_under

    return put_under(file, party=party, key=key, ask=asking(passphrase_file))
