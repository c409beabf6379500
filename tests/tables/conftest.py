"""The three engines under the same tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from countersign.tables import Engine, open_engine


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Engine]:
    pytest.importorskip("pyspark", reason="Spark is an extra")
    with open_engine("spark", threads=2) as engine:
        yield engine


@pytest.fixture(params=["duckdb", "polars", pytest.param("spark", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        yield request.getfixturevalue("spark_session")
        return
    with open_engine(request.param, threads=2) as opened:
        yield opened


@pytest.fixture(params=["duckdb", "polars"])
def fast_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """For tests that read nothing another engine reads otherwise, or that run hundreds of times."""
    with open_engine(request.param, threads=2) as opened:
        yield opened
