"""The same study gives the same figures on every engine."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from small_study import countersign

from countersign.demonstration import generate


def figures(folder: Path, engine: str) -> dict[str, dict[str, str]]:
    result = countersign("run", folder / "study", "--folder", folder / engine, "--engine", engine)
    assert result.exit_code == 0, result.output
    with (folder / engine / "release" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure_id"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("engine", ["polars", pytest.param("spark", marks=pytest.mark.slow)])
def test_a_whole_study_comes_out_the_same(engine: str, tmp_path: Path) -> None:
    if engine == "spark":
        pytest.importorskip("pyspark", reason="Spark is an extra")
    generate(tmp_path / "study", rows=800)
    expected, found = figures(tmp_path, "duckdb"), figures(tmp_path, engine)
    assert found.keys() == expected.keys()
    for name, row in expected.items():
        for column in ("value", "standard_error", "lower", "upper", "n", "n_effective"):
            if row[column]:
                assert float(found[name][column]) == pytest.approx(float(row[column]), rel=1e-9), (name, column)
            else:
                assert not found[name][column]
        assert (found[name]["status"], found[name]["flags"]) == (row["status"], row["flags"])
