"""Release -> the folder ``open-sdg``: tables, configuration, metadata, translations and outlines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from countersign.model.release import Release
from countersign.publishing.delimited import write_delimited
from countersign.publishing.labels import Labels
from countersign.publishing.language import Words, speak
from countersign.publishing.open_sdg import documents, maps, settings, wording
from countersign.publishing.open_sdg.guide import guide
from countersign.publishing.open_sdg.tables import Table, table
from countersign.publishing.writing import write_whole

FOLDER = "open-sdg"
WIDTH = 110


def write(release: Release, folder: Path) -> None:
    """Write the figures as a folder for the data repository of an Open SDG site.

    Raises
    ------
    StudyError: an indicator without a number, two with one number.
    ReleaseError: a figure of no year, two figures that a site could not tell apart.
    StoreError: the disk refused.
    """
    plan, root = release.plan, folder / FOLDER
    numbers = plan.open_sdg.of_indicators({name: one.sdg for name, one in plan.indicators.items()})
    languages = plan.open_sdg.languages or tuple(plan.title) or (plan.settings.language,)
    spoken = {language: speak(language) for language in languages}
    main = spoken[languages[0]]
    codes = maps.codes(release.shapes)
    shown = {one.indicator for one in release.estimates}
    tables = {
        number: table(release, name, _labels(release, main), main, codes=codes)
        for name, number in numbers.items()
        if name in shown
    }
    for number, own in tables.items():
        write_delimited(
            root / "data" / f"indicator_{number}.csv",
            columns=own.columns,
            rows=[[row.get(name) for name in own.columns] for row in own.rows],
        )
        _write(root / "indicator-config" / f"{number}.yml", documents.configuration(
            release, own, number, _labels(release, main), main
        ))  # fmt: skip
        for language, words in spoken.items():
            labels = _labels(release, words)
            place = root / "meta" if language == languages[0] else root / "meta" / language
            said = documents.metadata(release, own, number, labels, words)
            if language != languages[0]:
                said |= documents.titles(release, own, labels, words)
            _write(place / f"{number}.yml", said)
    for language, words in spoken.items():
        said_by = wording.groups(tuple(tables.values()), _labels(release, words), words, main=main)
        for group, texts in said_by.items():
            if texts:
                _write(root / "translations" / language / f"{group}.yml", texts)
    areas = {name: _column_of(name, tuple(tables.values())) for name in release.shapes}
    for name, made in maps.site_codes(release.shapes).items():
        write_whole(root / "maps" / f"{maps.subfolder(name)}.geojson", maps.layer(release.shapes[name], made))
    title = main.pick(plan.title)
    _write(
        root / "config_data.yml",
        settings.data_settings(languages, areas, translations=plan.open_sdg.translations, title=title),
        ascii_only=True,  # sdg-build reads this one in the machine's own encoding
    )
    _write(root / "metadata_schema.yml", settings.metadata_schema())
    _write(root / "site_config_additions.yml", settings.site_settings(areas))
    write_whole(root / "README.md", guide(release, tables, main))


def _labels(release: Release, words: Words) -> Labels:
    codebooks = tuple(note.codebook for note in release.data)
    return Labels(release.plan, codebooks, words, names=release.estimates.labels)


def _column_of(name: str, tables: tuple[Table, ...]) -> str:
    return next((own.breakdowns[name] for own in tables if name in own.breakdowns), name)


def _write(path: Path, content: dict[str, Any], *, ascii_only: bool = False) -> None:
    """Write YAML in which every text that looks like a number, a date or a word such as ``no`` stands in quotes."""
    text = yaml.safe_dump(content, allow_unicode=not ascii_only, sort_keys=False, width=WIDTH)
    write_whole(path, text)
