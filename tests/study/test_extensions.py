"""An installed package can add a measure, an importer and an output; the built-ins come through the same hooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_study import STUDY, countersign, write_study

from countersign.hooks import Hooks, hookimpl, manager
from countersign.study import extensions
from real_data import PROJECT


def documented(name: str) -> Any:
    """Run the Python examples of docs/extending.md and return one of the functions they define."""
    text = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")
    scope: dict[str, Any] = {"text": re.findall(r"```yaml\n(.*?)```", text, flags=re.S)[-1]}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.S):
        exec(compile(block, "docs/extending.md", "exec"), scope)
    return scope[name]


@pytest.fixture
def extension() -> Iterator[SimpleNamespace]:
    extensions.measures()
    plugin = SimpleNamespace(publishers=documented("publishers"))

    @hookimpl
    def quality_measures() -> list[Any]:
        return [counts_wells]

    plugin.quality_measures = quality_measures
    manager().register(plugin, name="test")
    yield plugin
    manager().unregister(plugin)


def counts_wells(context: Any) -> Any:
    import narwhals as nw

    from countersign.model.finding import Finding, State

    totals = yield {"wells": (nw.col("water") == "well").sum()}
    count = int(totals["wells"])
    return [Finding(criterion="E9", state=State.PASS, check="wells", message=f"{count} wells.", count=count)]


def test_an_extension_adds_a_finding_and_an_output(extension: SimpleNamespace, tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=STUDY + "publish: [report, headline]\n")
    result = countersign("run", folder)
    assert result.exit_code == 0, result.output
    assert (folder / "release" / "headline.txt").read_text().count("to") == 1
    found = json.loads((folder / "release" / "assessment.json").read_text())
    assert [finding["count"] for finding in found if finding["check"] == "wells"] == [19]
    assert {"E4", "E8", "E9"} <= {finding["criterion"] for finding in found}, "the built-in measures still run"


def test_an_unknown_output_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=STUDY + "publish: [reprot]\n")
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "Did you mean 'report'?" in result.output
    assert not (folder / "release").exists()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study", study=STUDY.replace("unit: person", "unit: person\n    format: cvs"))
    result = countersign("run", folder)
    assert result.exit_code == 2
    assert "Did you mean 'csv'?" in result.output


def test_every_hook_is_documented() -> None:
    text = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(Hooks) if not name.startswith("_")]
    assert hooks
    assert all(f"`{name}`" in text for name in hooks)
