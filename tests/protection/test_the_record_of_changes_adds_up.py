"""What was counted when `protection` was changed line by line: the record fits the modules and tests that are there."""

import json

import pytest
import yaml

from real_data import PROJECT

LINES = [
    (file.stem, line)
    for file in sorted((PROJECT / "tests" / "protection" / "mutated").glob("*.yaml"))
    for line in file.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("room", "line"), LINES, ids=lambda value: str(value).partition(":")[0])
def test_a_line_names_a_module_and_tests_that_exist_and_adds_up(room: str, line: str) -> None:
    ((module, entry),) = yaml.safe_load(line).items()
    assert module.startswith(f"protection/{room}/")
    assert (PROJECT / "src" / "countersign" / f"{module}.py").is_file()
    assert entry["tests"]
    assert [name for name in entry["tests"] if not (PROJECT / name).exists()] == []
    assert entry["mutants"] == sum(
        entry[name] for name in ("killed", "timeout", "equal", "wording", "explained", "open")
    ), json.dumps(entry)


def test_every_module_stands_once_and_in_order() -> None:
    modules = [line.partition(":")[0] for _, line in LINES]
    assert modules == sorted(set(modules))
