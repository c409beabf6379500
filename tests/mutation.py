"""Mutation testing: does a test fail when one line of `protection` is changed?

    python3 dev.py mutate protection/cells/rules --tests tests/protection/cells

mutmut changes one thing at a time (< into <=, 1 into 2, and into or) and runs the tests that reach the line. A change
that no test notices *survives*. Each survivor is killed by a test, most often one at the boundary of a rule, or it is
explained in `tests/protection/survivors/<area>.yaml`. Changes that alter nothing but the wording of a message are
counted and not listed.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent
PLACE = PROJECT / ".mutation"
SURVIVORS = PROJECT / "tests" / "protection" / "survivors"
WORDING = re.compile(
    r"^(problem|where|expected|action|note|reason)=|^f?\"|^raise \w+(Error)?\(|^return \w+Error\(|cast\(|assert "
)
STATES = {0: "survived", 33: "no test reaches it", 36: "timeout"}
KILLED = (1, 3, 37)
CONFIGURATION = """[tool.mutmut]
source_paths = ["src"]
only_mutate = [{only}]
also_copy = ["bench", "docs", "examples"]
pytest_add_cli_args = ["-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", "--strict-markers"]
pytest_add_cli_args_test_selection = [{tests}]
use_git_change_detection = false

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


def prepare(modules: list[str], tests: list[str]) -> None:
    """Lay out a copy of the project in which mutmut may work; results of modules that did not change are kept."""
    asked = PLACE / "asked.txt"
    if not asked.exists() or asked.read_text(encoding="utf-8") != " ".join(modules):
        shutil.rmtree(PLACE / "mutants", ignore_errors=True)  # it would take another module's copy for unchanged
        PLACE.mkdir(exist_ok=True)
        asked.write_text(" ".join(modules), encoding="utf-8")
    for name in ("src", "tests"):  # Python does not look again in folders that were missing when it started
        (PLACE / "mutants" / name).mkdir(parents=True, exist_ok=True)
    for name in ("src", "tests", "bench", "docs", "examples"):
        shutil.copytree(PROJECT / name, PLACE / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    only = ", ".join(
        f'"src/countersign/{module}{"" if module.endswith(".py") else "/*" if _folder(module) else ".py"}"'
        for module in modules
    )
    chosen = ", ".join(f'"{test}"' for test in tests)
    (PLACE / "pyproject.toml").write_text(CONFIGURATION.format(only=only, tests=chosen), encoding="utf-8")


def forget() -> None:
    """Let what survived be tried again: the tests may have grown since."""
    (PLACE / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for file in (PLACE / "mutants").rglob("*.meta"):
        kept = json.loads(file.read_text(encoding="utf-8"))
        codes = kept["exit_code_by_key"]
        kept["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in codes.items()}
        file.write_text(json.dumps(kept), encoding="utf-8")


def _folder(module: str) -> bool:
    return (PROJECT / "src" / "countersign" / module).is_dir()


def mutate(children: int) -> int:
    """Run mutmut on the copy; return its exit code."""
    paths = os.pathsep.join([str(PLACE / "mutants" / "src"), str(PLACE / "mutants" / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths, "MUTATION": "1"}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)]
    return subprocess.call(command, cwd=PLACE, env=environment)


def mutants(modules: list[str]) -> list[Mutant]:
    """Return every mutant of the modules with what became of it."""
    os.chdir(PLACE)
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.utils.file_utils import walk_mutatable_files

    found = []
    for path in walk_mutatable_files():
        if not any(str(path).removeprefix("src/countersign/").startswith(module) for module in modules):
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


def explained() -> dict[tuple[str, str, str], str]:
    """Return (function, was, now) -> why this change may go unnoticed."""
    found = {}
    for file in sorted(SURVIVORS.glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or ():
            found[entry["function"], entry["was"], entry["now"]] = entry["why"]
    return found


def main() -> int:
    """Mutate, and tell what survived unexplained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", help="modules or folders below src/countersign, e.g. protection/cells")
    parser.add_argument("--tests", nargs="+", default=["tests/protection"], help="tests that shall notice")
    parser.add_argument("--children", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    modules = [module.removeprefix("src/countersign/").removesuffix(".py").strip("/") for module in chosen.modules]
    prepare(modules, chosen.tests)
    forget()
    if mutate(chosen.children) not in (0, 1):
        return 2
    all_ = mutants(modules)
    why = explained()
    living = [one for one in all_ if one.state not in ("killed", "timeout")]
    living = [one for one in living if not one.equal]
    open_ = [one for one in living if not one.wording and (one.function, one.was, one.now) not in why]
    for one in sorted(open_, key=lambda one: one.function):
        print(f"\n- function: {one.function}\n  was: {_quoted(one.was)}\n  now: {_quoted(one.now)}")
        print(f'  why: ""  # {one.state}; changed: {_difference(one.was, one.now)}')
    told = sum(one.wording for one in living)
    killed = sum(one.state in ("killed", "timeout") for one in all_)
    print(
        f"\n{len(all_)} mutants, {killed} killed, {len(all_) - killed - len(living)} do the same,"
        f" {told} only words of a message,"
        f" {len(living) - told - len(open_)} explained, {len(open_)} open."
    )
    return 1 if open_ else 0


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', width=10**6, allow_unicode=True).strip()


def _difference(was: str, now: str) -> str:
    matcher = difflib.SequenceMatcher(a=was, b=now, autojunk=False)
    return "; ".join(f"'{was[a:b]}' -> '{now[c:d]}'" for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal")[
        :120
    ]


if __name__ == "__main__":
    raise SystemExit(main())
