"""Verbs on people's agreement: receipts, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from countersign.cli.door import answering, main, on_study

if TYPE_CHECKING:
    from countersign.study import Study
    from countersign.study.telling import Account


@main.group()
def consent() -> None:
    """What people agreed to: receipts, and taking an agreement back."""


@consent.command()
@answering
@on_study
def receipts(study: Study) -> Account:
    """Write a slip with a code for everybody who agreed."""
    from countersign.study.receipting import write_receipts

    return write_receipts(study)


@consent.command()
@click.option("--record", default="", help="The pseudonym, where the slip is lost.")
@click.option("--purpose", "purposes", multiple=True, help="What is taken back; everything if left out.")
@click.option("--on", default="", help="The day on which the person said so; today if left out.")
@click.option("--clean-source", is_flag=True, help="Take the row out of the organiser's own data files too.")
@answering
@on_study
@click.argument("code", default="")
def withdraw(
    study: Study, *, code: str, record: str, purposes: tuple[str, ...], on: str, clean_source: bool
) -> Account:
    """Take an agreement back by the code on the slip; no account and no reason is needed."""
    from countersign.errors import CommandError
    from countersign.study.withdrawing import withdraw as take_back

    if not code and not record:
        raise CommandError(
            "Nothing says whose agreement is taken back.",
            expected="countersign consent withdraw STUDY CODE",
            action="type the code on the slip, or --record with the pseudonym",
        )
    return take_back(study, code, record=record, purposes=purposes, on=on, clean=clean_source)
