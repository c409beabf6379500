"""The rules of the house that no other tool watches."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings

import countersign.errors

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "src" / "countersign"
MODULES = sorted(SOURCE.rglob("*.py"))


def tracked() -> list[Path]:
    """Every file of the project as it would be cloned; the whole folder where git is absent."""
    listed = subprocess.run(["git", "-C", str(PROJECT), "ls-files", "-z"], capture_output=True, check=False, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout: what belongs to the project is not known")
    return [PROJECT / name for name in listed.stdout.split("\0") if name and (PROJECT / name).is_file()]


def text_of(path: Path) -> str:
    """A file's text; nothing for pictures and other binary files."""
    data = path.read_bytes()
    return "" if b"\0" in data[:8192] else data.decode("utf-8", errors="replace")


def places(pattern: str, files: list[Path], *, but: tuple[str, ...] = ()) -> list[str]:
    """Return file:line of every match, outside files whose path ends in one of `but`."""
    found = []
    for path in files:
        name = path.relative_to(PROJECT).as_posix()
        if not name.endswith(but):
            found += [
                f"{name}:{number}"
                for number, line in enumerate(text_of(path).splitlines(), start=1)
                if re.search(pattern, line)
            ]
    return found


def test_no_python_file_is_longer_than_600_lines() -> None:
    files = [path for path in tracked() if path.suffix == ".py"]
    assert len(files) > 20
    assert {path.name: len(text_of(path).splitlines()) for path in files if len(text_of(path).splitlines()) > 600} == {}


def test_no_module_is_a_box_for_whatever_fits_nowhere() -> None:
    words = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common", "tools"}
    names = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(SOURCE).parts}
    assert names & words == set()


def test_no_test_fails_for_what_else_the_machine_does() -> None:
    """Processor time may be looked at; time by the clock on the wall only to give up waiting."""
    assert settings.default is not None
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
    tests = [path for path in tracked() if path.suffix == ".py" and path.relative_to(PROJECT).parts[0] == "tests"]
    assert len(tests) > 100
    assert (
        places(r"perf_counter|deadline=[^N]|(monotonic|time\.time)\(\) - ", tests, but=("test_house_rules.py",)) == []
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_module_and_everything_public_in_it_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [] if ast.get_docstring(tree) or not tree.body else ["the module"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            for inner in node.body:
                if (
                    isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                    and not inner.name.startswith("_")
                    and not (isinstance(node, ast.ClassDef) and node.name.startswith("_"))
                    and not ast.get_docstring(inner)
                ):
                    silent.append(f"{inner.name}, line {inner.lineno}")
    assert silent == []


def test_no_path_of_anybodys_machine_is_in_the_project() -> None:
    homes = "|".join(["work", "root", "home/[a-z]+", "Users/[A-Za-z]+", "farm"])
    pattern = rf"(?<![\w.$\-])/(?:{homes})/[\w.]|[A-Z]:\\\\Users"
    assert places(pattern, tracked(), but=("tests/house/test_house_rules.py", ".ipynb.svg")) == []


def test_no_file_names_a_place_to_download_packages_from() -> None:
    hosts = [
        "pypi" + r"\.(org|python)",
        "pythonhosted" + r"\.org",
        r"(?<!emit-)index-url",
        "anaconda" + r"\.org",
        "npmjs" + r"\.(com|org)",
    ]
    assert places("|".join(hosts), tracked(), but=("tests/house/test_house_rules.py",)) == []


def test_the_lock_holds_versions_and_hashes_and_nothing_else() -> None:
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 100
    package = re.compile(r"[a-z0-9][a-z0-9._-]*==[\w.+!]+( ; [^/@]+)?( \\)?")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    strange = [
        line
        for line in lines
        if line and not line.startswith("#") and not package.fullmatch(line) and not digest.fullmatch(line)
    ]
    assert strange == []
    assert [line for line in lines if "://" in line] == []
    unhashed = [
        a for a, b in zip(lines, [*lines[1:], ""], strict=True) if package.fullmatch(a) and not digest.fullmatch(b)
    ]
    assert unhashed == []


def test_nothing_in_the_library_runs_text_as_code() -> None:
    forbidden = {"eval", "exec", "compile", "__import__"}
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden:
                found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {node.func.id}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and (owner.id, node.func.attr) in {
                    ("os", "system"), ("os", "popen"), ("pickle", "load"), ("pickle", "loads"), ("yaml", "unsafe_load"),
                }:  # fmt: skip
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {owner.id}.{node.func.attr}")
                if any(k.arg == "shell" and getattr(k.value, "value", False) for k in node.keywords):
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: shell=True")
    assert found == []


ERRORS = sorted(
    name
    for name, thing in vars(countersign.errors).items()
    if isinstance(thing, type) and issubclass(thing, countersign.errors.CountersignError)
)


@pytest.mark.parametrize("name", [name for name in ERRORS if name != "CountersignError"])
def test_every_error_is_in_the_tree_of_errors_and_raised_somewhere(name: str) -> None:
    overview = countersign.errors.__doc__ or ""
    assert re.search(rf"── {name}\s+\S", overview)
    used = rf"\b{name}\("
    assert any(re.search(used, text_of(path)) for path in MODULES if path.name != "errors.py")


def test_no_error_class_stands_outside_the_page_of_errors() -> None:
    outside = [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in MODULES
        if path.name != "errors.py" and path.parent.name != "verifiers"  # those share no code with anything
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(re.search(r"(Error|Exception|Warning)$", ast.unparse(base)) for base in node.bases)
    ]
    assert outside == []


HEAVY = (
    "duckdb", "polars", "pyspark", "pandas", "pyarrow", "scipy", "numpy", "narwhals", "django", "jinja2", "vl_convert",
    "IPython", "matplotlib",
)  # fmt: skip


@pytest.mark.parametrize("module", ["countersign", "countersign.errors", "countersign.hooks", "countersign.cli"])
def test_importing_it_imports_no_engine_and_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.split() == []


def test_the_rooms_import_only_downwards() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=PROJECT, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_licence_is_the_apache_licence_to_the_letter() -> None:
    import hashlib

    # The digest of the text as the Apache Software Foundation publishes it, and as many packages carry it.
    known = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert hashlib.sha256((PROJECT / "LICENSE").read_bytes()).hexdigest() == known


def test_the_citation_and_the_changes_name_this_version() -> None:
    import tomllib

    version = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    assert citation["license"] == "Apache-2.0"
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert f"\n## {version}" in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/glossary.md"]
)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    path = PROJECT / page
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert missing == []


def test_every_neighbour_the_contributors_page_names_exists() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|bench|docs)/[\w./]*|(?:quality|intake|publishing|catalogue)/[\w./]*)`", text))
    assert len(named) > 8
    missing = [name for name in named if not ((PROJECT / name).exists() or (SOURCE / name).exists())]
    assert missing == []
