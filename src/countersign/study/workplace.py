"""Workplace: where a study's files are, and the engine, store and trail that work on them.

Opening it costs little: nothing is read and no engine is started before it is needed.
"""

from __future__ import annotations

import shutil
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from countersign.errors import DataError, StudyError, nearest
from countersign.study.progress import Progress, silent

if TYPE_CHECKING:
    from countersign.evidence.keys import Ask
    from countersign.evidence.store import Store
    from countersign.evidence.trail import Trail
    from countersign.model.consent import ConsentRegister
    from countersign.model.plan import Settings
    from countersign.study.admitting import Consented
    from countersign.tables import Engine


class Workplace:
    """The folders of one run.

    Parameters
    ----------
    study: the study's folder. data: folder of another delivery of the files, or None. folder: where output goes.
    settings: engine and limits. engine: overrides the engine of `settings`. progress: told about every step.

    Attributes
    ----------
    keys: folder whose ``.secrets`` hold the keys of contributors; the study's own. person, ask: private key of the one
    who runs this, where an agreement names people, and what asks for its passphrase. consented: data source -> its rows
    of people who agreed. registers: digest of a file of consent records -> what stands in it. unsealed: data source ->
    digest of sealed rows in the place of its file, when an earlier release is computed again.
    """

    def __init__(
        self,
        study: Path,
        *,
        data: Path | None,
        folder: Path | None,
        settings: Settings,
        engine: str = "",
        progress: Progress = silent,
    ) -> None:
        self.study, self.data, self.folder = study, data, folder or study
        self.settings, self.engine_name, self.progress = settings, engine or settings.engine, progress
        self.keys, self.person, self.ask = study, cast("Path | None", None), cast("Ask | None", None)
        self.consented: dict[str, Consented] = {}
        self.registers: dict[str, ConsentRegister] = {}
        self.unsealed: dict[str, str] = {}
        if data is not None and not data.is_dir():
            raise StudyError(
                f"There is no folder '{data}'.",
                where="--data",
                expected="a folder with the files the study names",
                action="correct the path",
            )

    @cached_property
    def engine(self) -> Engine:
        """The engine, started at first use."""
        from countersign.tables import open_engine

        spill = Path(self.settings.temp_folder) if self.settings.temp_folder else self.scratch
        return open_engine(
            self.engine_name, memory=self.settings.memory, threads=self.settings.threads, temp_folder=spill
        )

    @cached_property
    def store(self) -> Store:
        """The artefact store of the output folder."""
        return self.trail.store

    @cached_property
    def trail(self) -> Trail:
        """The trail of the output folder, locked against a second run."""
        from countersign.evidence.trail import Trail

        trail = Trail(self.folder)
        trail.__enter__()
        return trail

    @cached_property
    def scratch(self) -> Path:
        """A folder for intermediate files, emptied at the end."""
        from countersign.evidence.disk import guarded

        scratch = self.folder / ".work"
        shutil.rmtree(scratch, ignore_errors=True)
        with guarded(self.folder):
            scratch.mkdir(parents=True)
        return scratch

    @property
    def release(self) -> Path:
        """Where the release is."""
        return self.folder / "release"

    def software(self) -> dict[str, str]:
        """Versions of what computes the figures."""
        from countersign.evidence.trail import software

        return software({"spark": "pyspark"}.get(self.engine_name, self.engine_name))

    def step(self, verb: str, **arguments: Any) -> Any:
        """Begin a step on the trail."""
        return self.trail.step(verb, software=self.software(), **arguments)

    def find(self, file: str, *, where: str) -> Path:
        """Return the path of an input: in the delivery if there is one, else in the study's folder.

        A file may come packed where the study names it unpacked, and the reverse: ``x.csv.gz`` is ``x.csv``.

        Raises
        ------
        DataError: there is no such file; the message names the nearest one.
        """
        if self.data is not None:
            places = [self.data / file, self.data / Path(file).name]
            # A file that belongs to the study and not to the delivery, such as a benchmark, may stay where it is.
            places.append(self.study / file)
        else:
            places = [self.study / file]
        for place in places:
            for spelled in (place, _repacked(place)):
                if spelled.is_file():
                    return spelled
        folder = places[0].parent if places[0].parent.is_dir() else places[min(1, len(places) - 1)].parent
        present = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        hint = nearest(Path(file).name, present)
        raise DataError(
            f"The file '{file}' is not there. {hint}".strip(),
            where=where,
            expected=f"a file '{Path(file).name}' in '{folder}'",
            action="put the file there, correct the name, or name the folder it is in with --data DIR",
        )

    def beside(self, file: str) -> Path | None:
        """Return the path of an input if it is there."""
        try:
            return self.find(file, where="")
        except DataError:
            return None

    def close(self) -> None:
        """Stop the engine, let go of the folder, remove intermediate files."""
        if "engine" in self.__dict__:
            self.engine.__exit__(None, None, None)
        if "scratch" in self.__dict__:
            shutil.rmtree(self.scratch, ignore_errors=True)
        if "trail" in self.__dict__:
            self.trail.__exit__(None, None, None)
        for name in ("engine", "scratch", "trail", "store"):
            self.__dict__.pop(name, None)


def _repacked(path: Path) -> Path:
    """The same file packed, or unpacked if its name says that it is packed."""
    return path.with_suffix("") if path.suffix == ".gz" else path.with_name(f"{path.name}.gz")
