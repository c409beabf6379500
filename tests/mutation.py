"""Mutation testing: does a test fail when one line of `protection` is changed?

    python3 dev.py mutate protection/cells/rules
    python3 dev.py mutate protection/cells/rules --tests tests/protection/cells/test_rules.py
    python3 dev.py mutate                        what was measured, and which modules changed since

mutmut changes one thing at a time (< into <=, 1 into 2, and into or) and runs the tests that reach the line. A change
that no test notices *survives*. Each survivor is killed by a test, most often one at the boundary of a rule, or it is
explained in `tests/protection/survivors/<area>.yaml`. Changes that alter nothing but the wording of a message are
counted and not listed.

`tests/protection/mutated/<room>.yaml` holds, for each module, the tests that shall notice and what came of it.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent
PLACE = PROJECT / ".mutation"
SURVIVORS = PROJECT / "tests" / "protection" / "survivors"
MEASURED = PROJECT / "tests" / "protection" / "mutated"
WORDING = re.compile(
    r"^(problem|where|expected|action|note|reason)=|^f?\"|^raise \w+(Error)?\(|^return \w+Error\(|cast\(|assert "
)
STATES = {0: "survived", 33: "no test reaches it", 36: "timeout"}
KILLED = (1, 3, 37)
ANY = "*"
COUNTS = ("mutants", "killed", "timeout", "equal", "wording", "explained", "open")
CONFIGURATION = """[tool.mutmut]
source_paths = ["src"]
only_mutate = [{only}]
also_copy = ["bench", "docs", "examples"]
# A traceback in words parses the whole file, which holds every mutant: seconds for each, where native ones take none.
pytest_add_cli_args = ["-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", "--strict-markers", "--tb=native"]
pytest_add_cli_args_test_selection = [{tests}]
use_git_change_detection = false
# Engines have threads, and a fork of a process with threads hangs: workers come from a process without any.
process_isolation = "forkserver"
forkserver_warmup = "collect"

[tool.pytest.ini_options]
testpaths = ["tests"]
markers = ["slow: left out here"]
"""


@dataclass(frozen=True)
class Mutant:
    """One changed function: which, what stood there, what stands there now, and what became of it."""

    function: str
    was: str
    now: str
    state: str

    @property
    def equal(self) -> bool:
        """Both do the same: ``strict`` of a zip and ``dtype`` of an array are guards, and mostly their own defaults."""
        return _unguarded(self.was) == _unguarded(self.now)

    @property
    def wording(self) -> bool:
        """Nothing but a message for people differs."""
        if re.match(r"(where|expected|action)=", self.was) and self.now in ("", ")"):
            return True
        return bool(WORDING.search(self.was)) and _without_texts(self.was) == _without_texts(self.now)


def _unguarded(line: str) -> str:
    return re.sub(r",?\s*((strict=(True|False|None))|dtype=[\w.]+)?\s*,?\s*\)", ")", line)


def _without_texts(line: str) -> str:
    return re.sub(r"f?\"[^\"]*\"|f?'[^']*'|=None\b|\(None\b|^None\b", "TEXT", line.replace("=None", '=""'))


def prepare(module: str, tests: list[str]) -> Path:
    """Lay out a copy of the project in which mutmut may work; what it found for an unchanged module is kept."""
    place = PLACE / module
    for name in ("src", "tests"):  # Python does not look again in folders that were missing when it started
        (place / "mutants" / name).mkdir(parents=True, exist_ok=True)
    for name in ("src", "tests", "bench", "docs", "examples"):
        shutil.copytree(PROJECT / name, place / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    only = f'"src/countersign/{module}.py"'
    chosen = ", ".join(f'"{test}"' for test in tests)
    (place / "pyproject.toml").write_text(CONFIGURATION.format(only=only, tests=chosen), encoding="utf-8")
    return place


def forget(place: Path) -> None:
    """Let what survived be tried again: the tests may have grown since."""
    (place / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for file in (place / "mutants").rglob("*.meta"):
        kept = json.loads(file.read_text(encoding="utf-8"))
        codes = kept["exit_code_by_key"]
        kept["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
        file.write_text(json.dumps(kept), encoding="utf-8")


def mutate(place: Path, children: int) -> int:
    """Run mutmut on the copy; return its exit code."""
    paths = os.pathsep.join([str(place / "mutants" / "src"), str(place / "mutants" / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths, "MUTATION": "1"}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)]
    return subprocess.call(command, cwd=place, env=environment)


def mutants(place: Path, module: str) -> list[Mutant]:
    """Return every mutant of a module with what became of it."""
    os.chdir(place)
    from mutmut.configuration import reset_config
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.file_utils import walk_mutatable_files

    reset_config()  # what is remembered is where the module before this one is
    found = []
    for path in walk_mutatable_files():
        if str(path) != f"src/countersign/{module}.py":
            continue
        data = SourceFileMutationData(path=path)
        data.load()
        for name, code in data.exit_code_by_key.items():
            if code in KILLED or (code is not None and code < 0):  # a negative one ran until it was stopped
                found.append(Mutant(_function(name), "", "", "killed"))
                continue
            was, now = _changed(get_diff_for_mutant(name, path=path))
            found.append(Mutant(_function(name), was, now, STATES.get(code, f"unclear ({code})")))
    return found


def _function(name: str) -> str:
    module, _, rest = name.rpartition(".")
    rest = rest.partition("__mutmut_")[0]
    return f"{module.removeprefix('countersign.')}.{rest.removeprefix('x_').replace('xǁ', '').replace('ǁ', '.')}"


def _changed(diff: str) -> tuple[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    return tuple(  # type: ignore[return-value]
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )


def explained() -> set[tuple[str, str, str]]:
    """Return the changes (function, was, now) that may go unnoticed; a `now` of ``*`` is any change of that line."""
    return {
        (entry["function"], entry["was"], entry["now"])
        for file in sorted(SURVIVORS.glob("*.yaml"))
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or ()
    }


def digest(module: str) -> str:
    """Return which version of a module this is: the first twelve digits of its SHA-256."""
    return hashlib.sha256((PROJECT / "src" / "countersign" / f"{module}.py").read_bytes()).hexdigest()[:12]


def recorded() -> dict[str, dict[str, Any]]:
    """Return module -> the tests that shall notice, and what was counted when it was last mutated."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(MEASURED.glob("*.yaml")):
        found.update(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    return found


def record(module: str, entry: dict[str, Any]) -> None:
    """Write down what was counted for a module, one line a module."""
    file = MEASURED / f"{module.split('/')[1]}.yaml"
    kept = (yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None) or {}
    kept[module] = entry
    lines = [f"{name}: {json.dumps(kept[name])}\n" for name in sorted(kept)]
    MEASURED.mkdir(exist_ok=True)
    file.write_text("".join(lines), encoding="utf-8")


def tell() -> int:
    """Print what was measured, a line a module, and which modules are not as they were then."""
    kept = recorded()
    changed = 0
    for path in sorted((PROJECT / "src" / "countersign" / "protection").rglob("*.py")):
        module = str(path.relative_to(PROJECT / "src" / "countersign").with_suffix(""))
        if path.name == "__init__.py":
            continue
        entry = kept.get(module)
        state = "never mutated" if entry is None else "" if entry["source"] == digest(module) else "changed since"
        changed += bool(state)
        counts = "" if entry is None else ", ".join(f"{entry[name]} {name}" for name in COUNTS)
        print(f"{module:<40} {counts} {state}")
    print(f"{changed} modules to mutate.")
    return 0


def main() -> int:
    """Mutate, tell what survived unexplained, and write down the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="modules below src/countersign, e.g. protection/cells/rules")
    parser.add_argument("--tests", nargs="+", help="tests that shall notice; else those that are written down")
    parser.add_argument("--children", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    if not chosen.modules:
        return tell()
    open_ = 0
    for name in chosen.modules:
        open_ += examine(name.removeprefix("src/countersign/").removesuffix(".py").strip("/"), chosen)
    return 1 if open_ else 0


def examine(module: str, chosen: argparse.Namespace) -> int:
    """Mutate one module; return how many changes nobody noticed or explained."""
    tests = chosen.tests or recorded().get(module, {}).get("tests")
    if not tests:
        raise SystemExit(f"{module}: no tests are written down for it. Name them with --tests.")
    place = prepare(module, tests)
    forget(place)
    if mutate(place, chosen.children) not in (0, 1):
        raise SystemExit(f"{module}: the tests do not pass on the code as it is, or mutmut could not start.")
    all_ = mutants(place, module)
    why = explained()
    living = [one for one in all_ if one.state not in ("killed", "timeout")]
    living = [one for one in living if not one.equal]
    open_ = [
        one for one in living if not one.wording and not why & {(one.function, one.was, now) for now in (one.now, ANY)}
    ]
    for one in sorted(open_, key=lambda one: one.function):
        print(f"\n- function: {one.function}\n  was: {_quoted(one.was)}\n  now: {_quoted(one.now)}")
        print(f'  why: ""  # {one.state}; changed: {_difference(one.was, one.now)}')
    told = sum(one.wording for one in living)
    counted = {
        "mutants": len(all_),
        "killed": sum(one.state == "killed" for one in all_),
        "timeout": sum(one.state == "timeout" for one in all_),
        "equal": sum(one.equal for one in all_ if one.state not in ("killed", "timeout")),
        "wording": told,
        "explained": len(living) - told - len(open_),
        "open": len(open_),
    }
    record(module, {"tests": tests, **counted, "source": digest(module)})
    print(f"\n{module}: " + ", ".join(f"{counted[name]} {name}" for name in COUNTS) + ".")
    return len(open_)


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', width=10**6, allow_unicode=True).strip()


def _difference(was: str, now: str) -> str:
    matcher = difflib.SequenceMatcher(a=was, b=now, autojunk=False)
    return "; ".join(f"'{was[a:b]}' -> '{now[c:d]}'" for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal")[
        :120
    ]


if __name__ == "__main__":
    raise SystemExit(main())
