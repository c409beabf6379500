"""Verbs that protect people: risk, rows, maps, texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countersign.cli.door import DIRECTORY, FILE, FOLDER, answering, main, on_study

if TYPE_CHECKING:
    from countersign.study import Study
    from countersign.study.progress import Progress
    from countersign.study.telling import Account


@main.command()
@answering
@on_study
def places(study: Study) -> Account:
    """Make a map in which nobody stands alone, as protection.places says."""
    from countersign.study.placing import place, tell_map, write_map

    found = place(study)
    return tell_map(found, write_map(found, study), study)


@main.command()
@answering
@on_study
def anonymise(study: Study) -> Account:
    """Write rows that anybody may have, as protection.microdata says."""
    from countersign.study.anonymising import tell_anonymised

    return tell_anonymised(study)


@main.command()
@click.option("--decided", type=FILE, help="The list of texts, gone through by a person: writes what was let through.")
@click.option("--photos-decided", type=FILE, help="The list of photos, gone through by a person.")
@answering
@on_study
def screen(study: Study, *, decided: Path | None, photos_decided: Path | None) -> Account:
    """Look in free text and photos for what gives a person away."""
    from countersign.study.screening import screen as look

    return look(study, decided=decided, photos_decided=photos_decided)


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
@answering
def risk(*, source: Path, out: Path | None, progress: Progress, **options: Any) -> Account:
    """Say how easily people are recognised: in the data of a study, or before collection by a form.

    SOURCE is a study, or the file of a form. With --respondents nobody's data are needed.
    """
    from countersign.study import risking

    return risking.run(source, out=out, progress=progress, **options)
