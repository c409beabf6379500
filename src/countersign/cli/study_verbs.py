"""The verbs on a study, in the order of the work."""

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
@click.argument("folder", type=DIRECTORY)
@click.option("--from", "source", type=FOLDER, required=True, help="The data file to start from.")
@click.option("--sheet", help="The sheet of a workbook, if not the one with most cells.")
@click.option("--skip", type=click.IntRange(min=0), help="Lines above the column names, if not found by itself.")
@click.option("--delimiter", help="What separates cells, if not found by itself.")
@click.option("--encoding", help="How letters are written, such as cp1252, if not found by itself.")
@answering
def new(*, folder: Path, source: Path, progress: Progress, **options: Any) -> Account:
    """Write a commented study.yaml for a data file."""
    from countersign.study.starting import start

    return start(folder, source=source, options={key: value for key, value in options.items() if value is not None})


@main.command()
@click.argument("source", metavar="STUDY", type=FOLDER, default=".")
@click.option(
    "--out", type=FILE, help="The file to write: .xlsx or .yaml. Without it, the other form beside the study."
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@answering
def workbook(*, source: Path, out: Path | None, force: bool, progress: Progress) -> Account:
    """Write a study as a workbook, or a workbook as study.yaml: both say the same."""
    from countersign.study.sheets.exchanging import exchange

    return exchange(source, out=out, force=force)


@main.command()
@answering
@on_study
def check(study: Study) -> Account:
    """Check the study file, without computing: what is wrong, what is still open."""
    from countersign.study.telling import tell_check

    return tell_check(study, study.check())


@main.command()
@answering
@on_study
def assess(study: Study) -> Account:
    """Take in the data and say what they are good enough for."""
    from countersign.study.telling import tell_assessment

    return tell_assessment(study, *study.assess())


@main.command()
@answering
@on_study
def weight(study: Study) -> Account:
    """Weight the data to the benchmark."""
    from countersign.study.telling import tell_weights

    return tell_weights(study, study.weight())


@main.command()
@answering
@on_study
def estimate(study: Study) -> Account:
    """Estimate the indicators, with their intervals."""
    from countersign.study.telling import tell_estimates

    return tell_estimates(study, study.estimate())


@main.command()
@answering
@on_study
def protect(study: Study) -> Account:
    """Withhold the figures that rest on too few contributors."""
    from countersign.study.telling import tell_protection

    return tell_protection(study, study.protect())


@main.command()
@answering
@on_study
def publish(study: Study) -> Account:
    """Write the release: report, tables, findings, evidence."""
    from countersign.study.telling import tell_release

    return tell_release(study, study.publish())


@main.command()
@answering
@on_study
def run(study: Study) -> Account:
    """Do everything: take in, assess, weight, estimate, protect, publish."""
    from countersign.study.telling import tell_release

    return tell_release(study, study.run())


@main.command()
@click.option("--folder", type=DIRECTORY, default="demo", help="Where to write the example and its release.")
@answering
def demo(*, folder: Path, progress: Progress) -> Account:
    """Run the built-in example: a made-up country, a phone survey, and the truth beside it."""
    from countersign.study.starting import demonstrate

    return demonstrate(folder, progress=progress)
