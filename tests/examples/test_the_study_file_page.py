"""docs/study-file.md: it names every key of the schema and every function, and its smallest study can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from example_runs import PROJECT

from countersign.model.functions import FUNCTIONS
from countersign.study.reading import read_study

PAGE = (PROJECT / "docs" / "study-file.md").read_text(encoding="utf-8")
SCHEMA = json.loads((PROJECT / "src/countersign/study/study.schema.json").read_text(encoding="utf-8"))
UNEXPLAINED = {"tables", "options"}  # of one adapter each; its own page explains them


def keys(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for value in part.values():
            yield from keys(value)
    elif isinstance(part, list):
        for value in part:
            yield from keys(value)


@pytest.mark.parametrize("key", sorted(set(keys(SCHEMA)) - UNEXPLAINED))
def test_every_key_of_the_schema_is_on_the_page(key: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", PAGE)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_on_the_page(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE.split("## Expressions")[1])


def test_the_smallest_study_can_be_read(tmp_path: Any) -> None:
    text = PAGE.split("The smallest study that runs:")[1].split("```yaml\n")[1].split("```")[0]
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    assert list(read_study(tmp_path).plan.indicators) == ["piped"]
