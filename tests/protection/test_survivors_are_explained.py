"""A change of `protection` that no test notices is explained, and the explanation is about code that is still there."""

import re
from importlib import import_module
from inspect import getsource

import pytest
import yaml

from real_data import PROJECT

ENTRIES = [
    (file.name, number, entry)
    for file in sorted((PROJECT / "tests" / "protection" / "survivors").glob("*.yaml"))
    for number, entry in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")) or ())
]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("file", "number", "entry"), ENTRIES, ids=lambda value: str(value)[:40])
def test_every_survivor_has_a_reason_and_names_a_line_that_exists(file: str, number: int, entry: dict) -> None:
    assert set(entry) == {"function", "was", "now", "why"}, (file, number)
    assert len(entry["why"].split()) >= 4, f"{file}: say in a sentence why '{entry['was']}' may change unnoticed"
    module, _, function = entry["function"].rpartition(".")
    try:
        source = getsource(import_module(f"countersign.{module}"))
    except ModuleNotFoundError:  # the function is a method: one more name to take off
        source = getsource(import_module(f"countersign.{module.rpartition('.')[0]}"))
    assert function in source
    assert squeezed(entry["was"]) in squeezed(source), f"{file}: the line is gone, take the entry out"


def test_no_survivor_is_explained_twice() -> None:
    seen = [(entry["function"], entry["was"], entry["now"]) for _, _, entry in ENTRIES]
    assert len(seen) == len(set(seen))
