"""Release and its folder -> the records: the package and Croissant beside the files, the others in ``catalogue``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from countersign.model.release import Release
from countersign.publishing.language import speak
from countersign.publishing.records import quality_report
from countersign.publishing.records.codebook import codebook
from countersign.publishing.records.croissant import croissant
from countersign.publishing.records.data_package import data_package
from countersign.publishing.records.dcat import dcat
from countersign.publishing.records.description import describe
from countersign.publishing.records.files import release_files
from countersign.publishing.records.schema_org import dataset, embedded
from countersign.publishing.records.turtle import as_json_ld, write_turtle
from countersign.publishing.writing import write_whole

FOLDER = "catalogue"


def write(release: Release, folder: Path) -> None:
    """Write the records of a release into its folder; comes after all other outputs, since it describes their files.

    Raises
    ------
    StoreError: the disk refused.
    """
    said, files, root = describe(release), release_files(folder), folder / FOLDER
    graph = dcat(said, files)
    page = dataset(said, files)
    words = speak(said.language)
    write_whole(root / "dcat.ttl", write_turtle(graph))
    _write(root / "dcat.jsonld", as_json_ld(graph))
    _write(root / "schema-org.jsonld", page)
    write_whole(root / "schema-org.html", embedded(page))
    write_whole(root / "ddi-codebook.xml", codebook(release, said, words))
    report = quality_report.report(release, said, words)
    _write(root / "sims.json", report.as_json())
    write_whole(root / "sims.html", quality_report.render(report, release, said, words))
    _write(folder / "datapackage.json", data_package(said, files))
    _write(folder / "croissant.json", croissant(said, files))


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
