"""Selection range and tipping point of a study are those of `countersign.inference` on the same table and margins."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from self_selected import make, people, run

from countersign import inference
from countersign.study import Study

WORDS = {"piped": {"proportion": "water = 'piped'"}, "income": {"mean": "income"}}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    with Study.open(run(make(tmp_path_factory.mktemp("tip") / "study"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def margins(study: Study) -> dict[str, dict[str, float]]:
    return {
        margin.variables[0]: {key[0]: count for key, count in margin.counts.items()} for margin in study.weights.margins
    }


@pytest.mark.parametrize("name", ["piped", "income"])
def test_the_range(name: str, study: Study, margins: dict[str, dict[str, float]]) -> None:
    found = study.examined[name].selection
    expected = inference.range_under_selection(pa.Table.from_pylist(people()), margins, **WORDS[name])
    assert found.strength == pytest.approx(expected.strength, rel=1e-7)
    assert [part.value for part in found.parts] == pytest.approx([part.value for part in expected.parts], rel=1e-7)


@pytest.mark.parametrize(("name", "threshold"), [("piped", 0.5), ("income", 12)])
def test_the_tipping_point(name: str, threshold: float, study: Study, margins: dict[str, dict[str, float]]) -> None:
    found = study.examined[name].tipping
    expected = inference.tip(pa.Table.from_pylist(people()), margins, threshold=threshold, **WORDS[name])
    for part in ("value", "correlation", "phi", "odds"):
        ours, theirs = getattr(found, part), getattr(expected, part)
        assert ours == (None if theirs is None else pytest.approx(theirs, rel=1e-7)), part


def test_only_indicators_with_a_threshold_have_one(study: Study, tmp_path: Path) -> None:
    assert study.examined["piped/sex=f"].tipping
    with Study.open(make(tmp_path / "study", indicators="  piped: {proportion: water = 'piped'}")) as other:
        assert other.examined["piped"].tipping is None
