"""Verbs of trust: keys, signatures, witnesses."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from countersign.cli.door import DIRECTORY, FILE, FOLDER, answering, main

if TYPE_CHECKING:
    from countersign.evidence.keys import Ask
    from countersign.study.progress import Progress
    from countersign.study.telling import Account

VARIABLE = "COUNTERSIGN_PASSPHRASE"
passphrase = click.option("--passphrase-file", type=FILE, help="File whose first line is the passphrase of the key.")
out = click.option("--out", type=FILE, help="The file to write, where one is written.")


def _given(file: Path | None) -> bytes | None:
    """The passphrase from a file or the environment; None where neither says one."""
    if file is not None:
        from countersign.errors import SigningError

        try:
            return (file.read_bytes().splitlines() or [b""])[0]
        except OSError as error:
            raise SigningError("The file with the passphrase cannot be read.", where=str(file),
                               expected="a file you may read", action="correct the path") from error  # fmt: skip
    value = os.environ.get(VARIABLE)
    return value.encode() if value is not None else None


def _ask(file: Path | None) -> Ask | None:
    """What asks for a passphrase: a file, the environment, or the person at the keyboard; None where nobody is."""
    given = _given(file)
    if given is not None:
        return lambda path, attempt: given
    if not sys.stdin.isatty():
        return None

    def at_the_keyboard(path: Path, attempt: int) -> bytes:
        again = "" if attempt == 1 else " That was not it."
        text: str = click.prompt(f"Passphrase of {path.name}.{again}", hide_input=True, default="", show_default=False,
                                 err=True)  # fmt: skip
        return text.encode()

    return at_the_keyboard


asking = _ask  # other families of commands ask for passphrases too


def _new_passphrase(file: Path | None, *, none: bool) -> bytes:
    if none:
        return b""
    given = _given(file)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        from countersign.errors import SigningError

        raise SigningError(
            "A key needs a passphrase, and there was nobody to ask.", where="key new",
            expected=f"--passphrase-file FILE, or {VARIABLE} in the environment",
            action="give one of them; or say --no-passphrase, and whoever has the file can sign",
        )  # fmt: skip
    text: str = click.prompt("A passphrase for the new key", hide_input=True, confirmation_prompt=True, err=True)
    return text.encode()


@main.command()
@click.argument("target", type=FOLDER)
@click.argument("more", nargs=-1, type=FILE)
@click.option("--as", "party", default="", help="The party that signs: its id in the study file.")
@click.option("--position", default="", help="adopt, integrate, auxiliary, stand_alone or dissent.")
@click.option("--reason", default="", help="Why the party takes this position. It is shown beside the figures.")
@click.option("--key", type=FILE, help="File with the party's private key.")
@passphrase
@click.option("--prepare", is_flag=True, help="Write the exact bytes to sign with ssh-keygen.")
@click.option("--add", "added", type=FILE, multiple=True, help="Take in a file that a party elsewhere signed.")
@out
@answering
def sign(
    *, target: Path, more: tuple[Path, ...], party: str, position: str, reason: str, key: Path | None,
    passphrase_file: Path | None, prepare: bool, added: tuple[Path, ...], out: Path | None, progress: Progress,
) -> Account:  # fmt: skip
    """Sign a release as a party, or take in what parties elsewhere signed.

    TARGET is a study's folder after a run, or a bundle.zip that was sent to you.
    """
    from countersign.study.countersigning import add, sign

    if added:
        return add(target, [*added, *more])
    return sign(target, party=party, position=position, reason=reason, key=key, ask=_ask(passphrase_file),
                prepare=prepare, out=out)  # fmt: skip


@main.command()
@click.argument("bundle", type=FOLDER)
@click.option("--key", type=FILE, required=True, help="File with the witness's private key.")
@passphrase
@click.option("--state", type=FILE, help="Where the witness keeps the heads it saw; beside the key if left out.")
@out
@answering
def witness(
    *, bundle: Path, key: Path, passphrase_file: Path | None, state: Path | None, out: Path | None, progress: Progress
) -> Account:
    """Sign the head of a log, unless it was rewritten since you saw it."""
    from countersign.study.witnessing import witness

    return witness(bundle, key=key, ask=_ask(passphrase_file), state=state, out=out)


@main.command()
@click.argument("target", type=FOLDER)
@out
@answering
def checkpoint(*, target: Path, out: Path | None, progress: Progress) -> Account:
    """Make a sheet to print and keep: digest and head of the log, as a QR code."""
    from countersign.study.witnessing import print_checkpoint

    return print_checkpoint(target, out=out)


@main.command()
@click.argument("release", type=FOLDER)
@click.option("--data", type=DIRECTORY, help="Folder with the inputs, if they are not where the run left them.")
@click.option("--openings", type=FILE, help="The data steward's file that says which files these must be.")
@click.option("--key", type=FILE, required=True, help="File with the private key of whoever computes.")
@click.option("--name", default="", help="Who computes, in words; shown beside the figures.")
@passphrase
@out
@answering
def attest(
    *, release: Path, data: Path | None, openings: Path | None, key: Path, name: str, passphrase_file: Path | None,
    out: Path | None, progress: Progress,
) -> Account:  # fmt: skip
    """Compute every figure again from the data, and sign whether they come out the same."""
    from countersign.study.attesting import attest

    return attest(release, data=data, openings=openings, key=key, ask=_ask(passphrase_file), name=name,
                  progress=progress, out=out)  # fmt: skip


@main.command()
@click.argument("release", type=FOLDER)
@click.option("--finding", default="", help="accepted, accepted with remarks, or not accepted.")
@click.option("--text", default="", help="What was found, in a line.")
@click.option("--key", type=FILE, required=True, help="File with the reviewer's private key.")
@click.option("--name", default="", help="Who reviews, in words.")
@passphrase
@out
@answering
def review(
    *, release: Path, finding: str, text: str, key: Path, name: str, passphrase_file: Path | None, out: Path | None,
    progress: Progress,
) -> Account:  # fmt: skip
    """Sign what a review of a release came to."""
    from countersign.study.attesting import review

    return review(release, finding=finding, text=text, key=key, ask=_ask(passphrase_file), name=name, out=out)


@main.group()
def key() -> None:
    """Make, show, rotate and revoke keys."""


@key.command("new")
@click.argument("file", type=FILE)
@click.option("--comment", default="", help="A few words behind the public key, such as whose it is.")
@passphrase
@click.option("--no-passphrase", is_flag=True, help="Whoever has the file can sign.")
@answering
def key_new(
    *, file: Path, comment: str, passphrase_file: Path | None, no_passphrase: bool, progress: Progress
) -> Account:
    """Make a key: FILE is private, FILE.pub is for everybody."""
    from countersign.study.key_files import new

    return new(file, passphrase=lambda: _new_passphrase(passphrase_file, none=no_passphrase), comment=comment)


@key.command("show")
@click.argument("target", type=FOLDER)
@answering
def key_show(*, target: Path, progress: Progress) -> Account:
    """Say which key a file holds, or which keys a study or bundle knows."""
    from countersign.study.key_files import show

    return show(target)


@key.command("rotate")
@click.argument("target", type=FOLDER)
@click.option("--as", "party", default="", help="The party whose key it is.")
@click.option("--key", "old", type=FILE, help="The old private key; left out if it is lost (in the study's folder).")
@click.option("--new", "new_public", type=FILE, help="The new public key, FILE.pub.")
@click.option("--own", is_flag=True, help="Rotate the key of the study's folder itself.")
@click.option("--reason", default="", help="Why.")
@passphrase
@out
@answering
def key_rotate(
    *, target: Path, party: str, old: Path | None, new_public: Path | None, own: bool, reason: str,
    passphrase_file: Path | None, out: Path | None, progress: Progress,
) -> Account:  # fmt: skip
    """Put a new key in the place of an old one; what the old one signed stays valid."""
    from countersign.study.key_files import rotate

    return rotate(target, party=party, old=old, new_public=new_public, own=own, reason=reason,
                  ask=_ask(passphrase_file), out=out)  # fmt: skip


@key.command("revoke")
@click.argument("target", type=FOLDER)
@click.option("--as", "party", default="", help="The party whose key it is.")
@click.option("--id", "key_id", default="", help="The id of the key, SHA256:...")
@click.option("--key", type=FILE, help="The private key that says so; the study's own if left out.")
@click.option("--reason", default="", help="Why.")
@passphrase
@out
@answering
def key_revoke(
    *, target: Path, party: str, key_id: str, key: Path | None, reason: str, passphrase_file: Path | None,
    out: Path | None, progress: Progress,
) -> Account:  # fmt: skip
    """Say that a key is not trusted any more; what it signed before stays valid."""
    from countersign.study.key_files import revoke

    return revoke(target, party=party, key_id=key_id, key=key, reason=reason, ask=_ask(passphrase_file), out=out)
