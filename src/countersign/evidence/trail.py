"""Trail: every step that was taken, in order; an interrupted run resumes by it.

``trail.jsonl`` holds one activity a line in canonical JSON (RFC 8785). Each line carries in ``previous`` the SHA-256
of the line before it (the first: 64 zeros), so a line vouches for all before it and a careless edit is found. Whoever
rewrites the whole file is found only by a signature on its last line, which a later version adds; the lines' bytes, as
`lines` returns them, are then the leaves of a Merkle tree (RFC 9162).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from countersign.errors import StoreError
from countersign.evidence import disk
from countersign.evidence.canonical import canonical, digest_of, loads, plain
from countersign.evidence.lock import Lock
from countersign.evidence.store import Store
from countersign.model.artefact import Activity, Artefact

VERSION = 1
START = "0" * 64
FIELDS = {field.name for field in fields(Activity)}
# What computes digits. The plotting, reading and printing packages do not.
COMPUTING = ("countersign", "narwhals", "numpy", "pyarrow", "scipy")


def software(*engines: str) -> dict[str, str]:
    """Return name -> version of everything that affects the digits of a figure.

    Parameters
    ----------
    engines: packages of the engine in use, such as ``duckdb``. Without any, those of all engines installed.
    """
    versions = {"python": platform.python_version(), "countersign code": code_digest()}
    for name in (*COMPUTING, *(engines or ("duckdb", "polars", "pyspark"))):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


@cache
def code_digest() -> str:
    """Return the beginning of the SHA-256 over this package's code and reference lists.

    The version number alone does not tell two states of the code apart, and a step computed by other code is not the
    same step.
    """
    root = Path(__file__).resolve().parent.parent
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".yaml", ".json")):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def key(verb: str, inputs: Mapping[str, str], parameters: Mapping[str, Any], software: Mapping[str, str]) -> str:
    """Return the SHA-256 of a step's verb, inputs, parameters and software in canonical JSON.

    Two steps with one key make the same outputs; that is what resuming relies on.
    """
    return digest_of(
        canonical({"verb": verb, "inputs": dict(inputs), "parameters": dict(parameters), "software": dict(software)})
    )


def now() -> str:
    """Return the time in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Trail:
    """The steps taken in one folder.

    Reading needs no lock. Use ``with Trail(folder) as trail:`` around a run: it locks the folder against a second run
    and sets aside what a killed run left half-written.

    Parameters
    ----------
    folder: holds ``trail.jsonl``.
    store: where the artefacts are; without it the store in the same folder.

    Attributes
    ----------
    notes: plain sentences on what was set aside when the folder was locked; show them to the person who runs it.
    """

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.folder = folder
        self.path = folder / "trail.jsonl"
        self.torn = folder / "trail.torn"
        self.store = store if store is not None else Store(folder)
        self.notes: tuple[str, ...] = ()
        self._lock = Lock(folder / "trail.lock")
        self._read: tuple[tuple[int, int] | None, tuple[bytes, ...], tuple[Activity, ...]] | None = None

    def __enter__(self) -> Trail:
        """Lock the folder; errors in `StoreError`: another process works in it, or the trail was changed."""
        with self._held():
            self._lock.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self._lock.__exit__(*problem)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the lock; the first to take it sets aside a torn line."""
        first = not self._lock.held
        with self._lock:
            if first:
                self._recover()
            yield

    def lines(self) -> tuple[bytes, ...]:
        """Return the whole lines, byte for byte and without line breaks, checked as `activities` does."""
        return self._load()[0]

    def activities(self) -> tuple[Activity, ...]:
        """Return the steps in the order in which they were taken.

        A last line that a run is writing at this moment, or was when it was killed, is left out.

        Raises
        ------
        StoreError: a line was changed, added or taken out after it was written; the message names the first such line.
        """
        return self._load()[1]

    def append(self, activity: Activity) -> Activity:
        """Add a step and wait until it is on the disk; return it with its key.

        Raises
        ------
        StoreError: the disk refused, or another process works in this folder; the trail is as before.
        """
        with self._held():
            lines, before = self._load()
            entry = _with_key(activity)
            line = _as_line(entry, digest_of(lines[-1]) if lines else START)
            disk.append(self.path, line)
            # The lock is ours: what stands in the file is what was read and this line, no need to read it all again.
            self._read = (_mark(self.path), (*lines, line), (*before, entry))
            return entry

    def find(self, key: str) -> Activity | None:
        """Return the latest step with this key whose outputs are all here and unchanged, or None."""
        for activity in reversed(self.activities()):
            if activity.key == key and all(self.store.verify(digest) for digest in activity.outputs.values()):
                return activity
        return None

    def step(
        self,
        verb: str,
        *,
        inputs: Mapping[str, Artefact | str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        software: Mapping[str, str] | None = None,
    ) -> Step:
        """Begin a step; use it in a ``with`` statement.

        >>> with trail.step("weight", inputs={"data": data}, parameters={"by": ["sex"]}) as step:
        ...     if not step.done:
        ...         step.output("weights", store.keep_json(compute(), name="weights.json", kind="weights"))
        ... weights = step.read("weights")

        `done` is true when an equal step (same verb, inputs, parameters and software) is on the trail with its outputs
        intact: then there is nothing to do. Otherwise the step goes on the trail when the block ends without an error.

        Parameters
        ----------
        inputs: role -> artefact or digest; artefacts of the store.
        parameters: everything else the outcome depends on, as JSON values.
        software: what computes it; see `software`.
        """
        return Step(
            self,
            verb,
            inputs={role: _digest(thing) for role, thing in (inputs or {}).items()},
            parameters=parameters or {},
            software=globals()["software"]() if software is None else software,
        )

    def _recover(self) -> None:
        size = disk.set_aside_torn(self.path, self.torn, whole=lambda line: _activity(line) is not None)
        if not size:
            return
        note = (
            f"The last run in this folder was interrupted while it wrote down a step. The {size} bytes of that"
            f" line were set aside in {self.torn.name}; the step is taken again. Nothing else is lost."
        )
        self.notes = (*self.notes, note)

    def _load(self) -> tuple[tuple[bytes, ...], tuple[Activity, ...]]:
        mark = _mark(self.path)
        if mark is None:
            return (), ()
        if self._read is None or self._read[0] != mark:
            data = self.path.read_bytes()
            lines = data.split(b"\n")[:-1]
            self._read = (mark, *_checked(lines, self.path))
        return self._read[1:]


class Step:
    """One step while it is taken; made by `Trail.step`.

    Attributes
    ----------
    done: nothing is left to do, the outputs are those of an earlier run.
    outputs: role -> digest.
    """

    def __init__(
        self,
        trail: Trail,
        verb: str,
        *,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        software: Mapping[str, str],
    ) -> None:
        self.trail, self.verb = trail, verb
        self.inputs, self.parameters, self.software = dict(inputs), plain(dict(parameters)), dict(software)
        self.key = key(verb, self.inputs, self.parameters, self.software)
        self.done = False
        self.outputs: dict[str, str] = {}
        self._started = ""
        self._activity: Activity | None = None

    def __enter__(self) -> Step:
        self._held = self.trail._held()
        self._held.__enter__()
        self._started = now()
        self._activity = self.trail.find(self.key)
        self.done = self._activity is not None
        if self._activity is not None:
            self.outputs = dict(self._activity.outputs)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and not self.done:
                self.trail.append(self.activity())
        finally:
            self._held.__exit__(None, None, None)

    def output(self, role: str, artefact: Artefact) -> Artefact:
        """Say that this step made `artefact`, and return it.

        Raises
        ------
        StoreError: the step is done or written down already, or the role is taken: a defect of the caller.
        """
        if self._activity is not None or role in self.outputs:
            raise StoreError(
                f"The step '{self.verb}' cannot take another output '{role}'.",
                expected="one artefact a role, before the step is written down",
                action="report this: it is a defect of the step, not of your data",
            )
        self.outputs[role] = artefact.digest
        return artefact

    def artefact(self, role: str) -> Artefact:
        """Return the output in this role."""
        return self.trail.store.artefact(self._of(role))

    def path(self, role: str) -> Path:
        """Return where the output in this role lies; for reading only."""
        return self.trail.store.path(self._of(role))

    def read(self, role: str) -> Any:
        """Return the JSON value of the output in this role."""
        return self.trail.store.read_json(self._of(role))

    def activity(self) -> Activity:
        """Return the step as it goes on the trail; from then on it takes no more outputs.

        A step that writes a release calls this to put itself into the release's own trail.

        Raises
        ------
        StoreError: the step made nothing, so there would be nothing to resume from.
        """
        if self._activity is None:
            if not self.outputs:
                raise StoreError(
                    f"The step '{self.verb}' made nothing.",
                    expected="at least one output a step",
                    action="report this: it is a defect of the step, not of your data",
                )
            self._activity = Activity(
                verb=self.verb,
                inputs=self.inputs,
                outputs=dict(self.outputs),
                parameters=self.parameters,
                software=self.software,
                started=self._started,
                ended=now(),
                key=self.key,
            )
        return self._activity

    def _of(self, role: str) -> str:
        if role not in self.outputs:
            raise StoreError(
                f"The step '{self.verb}' has no output '{role}'.",
                expected=", ".join(self.outputs) or "an output",
                action="report this: it is a defect of the step, not of your data",
            )
        return self.outputs[role]


def closure(activities: Iterable[Activity], digests: Iterable[str]) -> tuple[Activity, ...]:
    """Return the steps that the artefacts `digests` depend on, in the order in which they were taken.

    Where two steps made the same artefact, the later one counts.
    """
    order = tuple(activities)
    wanted, chosen = set(digests), set()
    for position in range(len(order) - 1, -1, -1):
        made = wanted & set(order[position].outputs.values())
        if made:
            chosen.add(position)
            wanted -= made
            wanted |= set(order[position].inputs.values())
    return tuple(order[position] for position in sorted(chosen))


def write_trail(activities: Iterable[Activity], path: Path) -> None:
    """Write steps as a trail of their own, chained anew: the copy that a release carries."""
    lines, previous = [], START
    for activity in activities:
        line = _as_line(_with_key(activity), previous)
        previous = digest_of(line)
        lines.append(line + b"\n")
    disk.replace(path, b"".join(lines))


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def _digest(thing: Artefact | str) -> str:
    return thing.digest if isinstance(thing, Artefact) else thing


def _with_key(activity: Activity) -> Activity:
    values = {name: getattr(activity, name) for name in FIELDS}
    values["key"] = key(activity.verb, activity.inputs, activity.parameters, activity.software)
    return Activity(**values)


def _as_line(activity: Activity, previous: str) -> bytes:
    return canonical({**asdict(activity), "previous": previous, "trail": VERSION})


def _activity(line: bytes) -> tuple[Activity, str] | None:
    """Return a line's activity and the digest of the line before it, or None if it cannot be read."""
    try:
        value = loads(line)
        return Activity(**{name: value[name] for name in FIELDS}), value["previous"]
    except (ValueError, TypeError, KeyError):
        return None


def _checked(lines: Iterable[bytes], path: Path) -> tuple[tuple[bytes, ...], tuple[Activity, ...]]:
    whole = tuple(lines)
    found: list[Activity] = []
    previous = START
    for number, line in enumerate(whole, start=1):
        entry = _activity(line)
        if entry is None and number == len(whole):
            return whole[:-1], tuple(found)
        if entry is None or entry[1] != previous:
            raise StoreError(
                "The trail was changed after it was written: this line does not follow from the lines before it.",
                where=f"{path}, line {number}",
                expected="every line as it was written, none added, none taken out",
                action="take the file from a backup, or move it away and run again: all steps are then taken anew",
            )
        found.append(entry[0])
        previous = digest_of(line)
    return whole, tuple(found)
