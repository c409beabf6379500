"""README.md of the folder: what to copy where."""

from __future__ import annotations

from collections.abc import Mapping

from countersign.model.release import Release
from countersign.publishing.language import Words
from countersign.publishing.open_sdg.tables import Table


def guide(release: Release, tables: Mapping[str, Table], words: Words) -> str:
    """Return what to copy where, and which figures there are."""
    title = words.pick(release.plan.title)
    synthetic = release.plan.synthetic or release.estimates.synthetic
    lines = [f"# {title}", ""]
    if synthetic:
        lines += [words.gettext("Synthetic data: made up, do not quote."), ""]
    lines += [words.gettext("This folder goes into the data repository of an Open SDG site."), ""]
    steps = (
        words.gettext("Copy `data`, `indicator-config`, `meta`, `translations` and `maps` into the repository."),
        words.gettext("Take `inputs`, `map_layers` and `indicator_options` of `config_data.yml` into yours."),
        words.gettext("Take the fields of `metadata_schema.yml` into yours."),
        words.gettext("Take `site_config_additions.yml` into `_config.yml` of the site, so that it shows the interval "
                      "and the verdict beside the number and offers no filter by them."),
        words.gettext("Build. A blank value is not zero: the column STATUS says what it is."),
    )  # fmt: skip
    lines += [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    lines += ["", "| | | |", "|---|---|---|"]
    for number, own in tables.items():
        valued = sum(row["Value"] is not None for row in own.rows)
        lines.append(f"| `data/indicator_{number}.csv` | {own.indicator} | {valued} / {len(own.rows)} |")
    notes = [note for shapes in release.shapes.values() for note in shapes.notes]
    lines += ["", *(f"- {note}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"
