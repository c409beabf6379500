"""What the tests of this room share: a store that only hashes, and one call that takes a file in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from countersign.intake import take_in
from countersign.model.artefact import Artefact
from countersign.model.dataset import Dataset
from countersign.model.plan import Source
from countersign.tables import Engine


def keep(path: Path) -> Artefact:
    return Artefact(digest=hashlib.sha256(path.read_bytes()).hexdigest(), name=path.name, kind="input")


def write(folder: Path, content: str | bytes, name: str = "data.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def take(path: Path, engine: Engine, **options: Any) -> Dataset:
    source = Source(name="data", file=path.name, **options)
    return take_in(source, path=path, engine=engine, store=keep, folder=path.parent / "out")


def column(dataset: Dataset, name: str, *, kept: bool = False) -> list[Any]:
    table = (dataset.kept() if kept else dataset.table).sort("_row")
    return table.select(name).collect().to_arrow().column(name).to_pylist()
