"""Makes `specs` and `pages`, in this folder, importable; keeps one Spark session for all cases."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from countersign.tables import open_engine

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def spark() -> Iterator[None]:
    pytest.importorskip("pyspark", reason="Spark is an extra")
    with open_engine("spark", threads=2):
        yield
