"""One file that sets everything up: `python3 dev.py demo`, `python3 dev.py test`.

It needs Python 3.11 or newer and nothing else. It makes `.venv`, puts uv into it, installs what `requirements.lock`
names (every file checked against its hash) and the project itself, then runs the command you asked for.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = HERE / "requirements.lock"
# Half a gigabyte that only the tests on Spark need: a newcomer's demo does not wait for it.
ONLY_FOR_TESTS = ("pyspark==", "py4j==")

USAGE = """python3 dev.py COMMAND

  demo [--folder DIR]       run the whole job on the built-in example and say where the report is
  test [ARGUMENTS]          run all tests (ARGUMENTS go to pytest)
  check                     format, lint, types, layers, fast tests: what every commit must pass
  format                    put the code in order
  bench [NAME] [--rows N]   run one benchmark, or list them
  mutate [MODULE ...]       change lines of a module of `protection`, one at a time: which change does no test notice?
                            Without a module: what was measured so far
  run ARGUMENTS             run countersign itself, for example: python3 dev.py run --help
  lock                      resolve the dependencies again and write requirements.lock
"""


def call(*command: str | Path, **environment: str) -> int:
    """Run a command in the project's folder and return its exit code."""
    return subprocess.call([str(part) for part in command], cwd=HERE, env={**os.environ, **environment})


def must(*command: str | Path) -> None:
    """Run a command and stop here if it fails."""
    if code := call(*command, UV_PYTHON_DOWNLOADS="never", VIRTUAL_ENV=str(ENVIRONMENT)):
        raise SystemExit(code)


def wanted(everything: bool) -> str:
    """Return the lock, without the packages only the Spark tests need unless `everything`."""
    blocks, kept = LOCK.read_text(encoding="utf-8").splitlines(keepends=True), []
    skipping = False
    for line in blocks:
        if not line.startswith((" ", "#")):
            skipping = not everything and line.startswith(ONLY_FOR_TESTS)
        if not skipping:
            kept.append(line)
    return "".join(kept)


def prepare(*, everything: bool) -> None:
    """Make the environment if it is missing or older than the lock."""
    lock = wanted(everything)
    stamp = ENVIRONMENT / ".installed"
    mark = hashlib.sha256((lock + (HERE / "pyproject.toml").read_text(encoding="utf-8")).encode()).hexdigest()
    full = hashlib.sha256((wanted(True) + (HERE / "pyproject.toml").read_text(encoding="utf-8")).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") in (mark, full):
        return
    print("Setting up .venv (once, about a minute) ...", flush=True)
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    must(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.8")
    chosen = ENVIRONMENT / "requirements.txt"
    chosen.write_text(lock, encoding="utf-8")
    uv = (PYTHON, "-m", "uv", "--quiet", "pip", "install", "--python", PYTHON)
    must(*uv, "--no-config", "--compile-bytecode", "--require-hashes", "-r", chosen)
    must(*uv, "--no-config", "--no-deps", "--editable", HERE)
    # Where Python may not write its own cache, every start would compile the project anew.
    call(PYTHON, "-m", "compileall", "-q", HERE / "src")
    stamp.write_text(mark, encoding="utf-8")


def check() -> int:
    """Format, lint, types, layers and fast tests; the first failure stops."""
    for command in (
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("mypy",),
        ("lint-imports",),
        ("pytest", "-q", "-n", "2", "-m", "not slow"),
    ):
        print("$", *command, flush=True)
        if code := call(BIN / command[0], *command[1:]):
            return code
    print("All checks pass.")
    return 0


def main(arguments: list[str]) -> int:
    """Run one command."""
    if sys.version_info < (3, 11):
        print(f"Countersign needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 2
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    asked = command in {"demo", "check", "format", "lock"} and {"-h", "--help"} & set(rest)
    if asked or command not in {"demo", "test", "check", "format", "bench", "mutate", "run", "lock"}:
        print(USAGE)
        return 0 if asked or command in {"", "help", "-h", "--help"} else 2
    if command == "lock":
        names = [word for extra in ("dev", "polars", "spark") for word in ("--extra", extra)]
        flags = [
            "--universal",
            "--generate-hashes",
            "--no-emit-index-url",
            "--no-annotate",
            "--no-header",
            "--no-config",
        ]
        return call(
            PYTHON,
            "-m",
            "uv",
            "pip",
            "compile",
            "pyproject.toml",
            *names,
            *flags,
            "--python-version",
            "3.11",
            "-o",
            LOCK,
        )
    prepare(everything=command in {"test", "check"})
    if command == "demo":
        folder = rest[rest.index("--folder") + 1] if "--folder" in rest[:-1] else "demo"
        return call(PYTHON, "-m", "countersign", "demo", "--folder", Path(folder).resolve())
    if command == "test":
        slow = [] if rest or os.environ.get("CI") else ["-m", "not slow"]
        return call(BIN / "pytest", "-n", "2", *slow, *rest)
    if command == "format":
        return call(BIN / "ruff", "format", ".") or call(BIN / "ruff", "check", "--fix", ".")
    if command == "bench":
        return call(PYTHON, "bench/run.py", *rest)
    if command == "mutate":
        return call(PYTHON, "tests/mutation.py", *rest)
    if command == "run":
        return call(PYTHON, "-m", "countersign", *rest)
    return check()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
