"""A run killed at any point loses nothing, leaves nothing half-written and is continued by the next."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dying import in_a_child, killed_everywhere
from steps import run

from countersign.errors import StoreError
from countersign.evidence import Store, Trail, deliver, recover

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def build(text: str, folder: Path) -> None:
    (folder / "artefacts").mkdir()
    for name in ("trail.jsonl", "report.html", "artefacts/1"):
        (folder / name).write_text(text)


def state(folder: Path) -> set[str] | None:
    """None: no folder. Else what its three files say; more or fewer than one text means half-written."""
    if not folder.exists():
        return None
    texts = {path.read_text() for path in folder.rglob("*") if path.is_file()}
    return texts if len(list(folder.rglob("*"))) == 4 else {"half"}


def remains(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in ("release", ".release.lock"))


@pytest.mark.parametrize("before", [None, "old"])
def test_a_release_is_the_old_or_the_new_whole_one_wherever_its_delivery_is_killed(
    tmp_path: Path, before: str | None
) -> None:
    folder, target = tmp_path / "out", tmp_path / "out" / "release"
    seen = set()

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if before:
            deliver(lambda new: build(before, new), target)

    kills = killed_everywhere(
        lambda: deliver(lambda new: build("new", new), target) and None, below=folder, prepare=prepare
    )
    for point in kills:
        found = state(target)
        assert found in ([None] if before is None else [None, {"old"}]) + [{"new"}], f"killed at touch {point}"
        if found is None and before:
            assert state(folder / "release.previous") == {"old"}
        recover(target)
        assert state(target) in ([None] if before is None else [{"old"}]) + [{"new"}]
        assert remains(folder) == []
        seen.add(str(state(target)))
        if point % 3 == 0:
            deliver(lambda new: build("newer", new), target)
            assert state(target) == {"newer"}
    assert seen == ({"None", "{'new'}"} if before is None else {"{'old'}", "{'new'}"})
    assert state(target) == {"new"}
    assert remains(folder) == []
    assert recover(target) is False


def test_an_error_while_building_leaves_the_old_release_and_no_remains(tmp_path: Path) -> None:
    target = tmp_path / "release"
    deliver(lambda new: build("old", new), target)

    def fail(new: Path) -> None:
        build("new", new)
        raise ZeroDivisionError

    def full(new: Path) -> None:
        build("new", new)
        raise OSError(28, "No space left on device")

    with pytest.raises(ZeroDivisionError):
        deliver(fail, target)
    with pytest.raises(StoreError, match="disk is full"):
        deliver(full, target)
    with pytest.raises(FileNotFoundError):
        deliver(lambda new: (new / "absent").read_text() and None, target)
    with pytest.raises(StoreError, match=r"no trail\.jsonl"):
        deliver(lambda new: None, target)
    assert state(target) == {"old"}
    assert remains(tmp_path) == []


def test_a_rename_that_is_refused_puts_the_old_release_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "release"
    deliver(lambda new: build("old", new), target)
    rename = Path.rename

    def refuse(path: Path, to: Path) -> Path:
        if path.name.endswith(".new"):
            raise PermissionError(13, "Permission denied")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StoreError, match="may not write here"):
        deliver(lambda new: build("new", new), target)
    assert state(target) == {"old"}
    assert remains(tmp_path) == []


def test_a_folder_that_is_not_a_release_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "release"
    target.mkdir()
    (target / "my thesis.docx").write_text("years of work")
    with pytest.raises(StoreError, match="something else in the place"):
        deliver(lambda new: build("new", new), target)
    assert (target / "my thesis.docx").read_text() == "years of work"
    (target / "my thesis.docx").unlink()
    deliver(lambda new: build("new", new), target)
    assert state(target) == {"new"}


def test_a_run_killed_anywhere_is_continued_and_gives_the_same_figures(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with Trail(tmp_path / "unharmed") as trail:
        expected = run(trail)
        whole = [activity.outputs for activity in trail.activities()]
    continued = set()

    def work() -> None:
        with Trail(folder) as trail:
            run(trail)

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    for point in killed_everywhere(work, below=folder, prepare=prepare):
        taken: list[str] = []
        for path in (folder / "artefacts").glob("[0-9a-f]*"):
            assert Store(folder).verify(path.name), f"half-written at touch {point}"
        done = len(Trail(folder).activities())
        with Trail(folder) as trail:
            assert run(trail, made=taken) == expected
            assert [activity.outputs for activity in trail.activities()] == whole
        assert len(taken) == 2 - done, f"touch {point}: {taken}"
        assert list(folder.rglob("*.part")) == []
        assert {artefact.name for artefact in Store(folder).artefacts()} == {"numbers.json", "sum.json"}
        continued.add(done)
    assert continued == {0, 1, 2}


def test_temporary_files_of_a_killed_run_are_cleared_away_but_not_those_of_a_living_one(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from countersign.evidence import Store, disk\n"
        "store = Store(Path(sys.argv[1])); store.kept.mkdir(parents=True)\n"
        "with disk.temporary(store.kept) as (out, part):\n"
        "    out.write(b'x' * 100); out.flush(); print(part, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        part = Path(child.stdout.readline().strip())
        Store(tmp_path)
        assert part.exists()
        child.kill()
        child.wait()
        assert part.exists()
    Store(tmp_path)
    assert not part.exists()


def test_a_second_run_in_one_folder_is_refused_with_the_process_that_is_in_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from countersign.evidence import Trail\n"
        "with Trail(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in\n"
        with pytest.raises(StoreError, match=f"Process {child.pid} is working") as caught:
            Trail(tmp_path).__enter__()
        assert "wait" in caught.value.action
        assert Trail(tmp_path).activities() == ()  # reading is always possible
        child.send_signal(signal.SIGKILL)
        child.wait()
        with Trail(tmp_path) as trail:  # the lock of a dead process is nobody's
            run(trail)
    with Trail(tmp_path) as trail:
        assert len(trail.activities()) == 2


def test_two_processes_keep_in_one_store_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    def keep(start: int) -> None:
        for number in range(start, start + 40):
            # a new Store each time: it sweeps while the other process writes
            Store(tmp_path).keep_bytes(b"%d" % number * 2000, name=f"{number}")

    children = []
    for start in (0, 20):
        child = os.fork()
        if child == 0:
            try:
                keep(start)
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    store = Store(tmp_path)
    assert {artefact.name for artefact in store.artefacts()} == {str(number) for number in range(60)}
    assert all(store.verify(artefact.digest) for artefact in store.artefacts())
    assert list(tmp_path.rglob("*.part")) == []


def test_a_child_that_fails_is_noticed_by_the_tests_own_tool() -> None:
    assert in_a_child(lambda: None) == 0
    assert in_a_child(lambda: os.kill(os.getpid(), signal.SIGKILL)) == -signal.SIGKILL
    assert in_a_child(lambda: time.sleep(0) or sys.exit(3)) == 1
