from __future__ import annotations

from collections.abc import Iterator

import pytest

from countersign.tables import Engine, open_engine


@pytest.fixture(params=["duckdb", "polars"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with open_engine(request.param) as opened:
        yield opened


@pytest.fixture
def duckdb() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened
