"""A real disk that is full, read-only or limited: the error says what to do, and the same run succeeds afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from dying import in_a_child
from steps import run

from countersign.errors import StoreError
from countersign.evidence import Store, Trail, deliver


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("a disk of 1 MiB can only be made by an administrator of a Linux system (mount tmpfs)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fill(folder: Path) -> Path:
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return path


def test_an_input_that_does_not_fit_is_refused_and_fits_once_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "big.csv"
    source.write_bytes(os.urandom(700_000))
    (small_disk / "filler").write_bytes(b"\0" * 500_000)
    store = Store(small_disk / "out")
    with pytest.raises(StoreError, match="disk is full") as caught:
        store.keep(source)
    assert "683.6 KiB are to be written" in caught.value.problem
    assert "are free" in caught.value.problem
    assert content(small_disk / "out") == {}
    (small_disk / "filler").unlink()
    assert store.verify(store.keep(source).digest)


def test_a_step_on_a_full_disk_is_not_on_the_trail_and_resumes_once_there_is_room(small_disk: Path) -> None:
    with Trail(small_disk / "out") as trail:
        run(trail)
    before = content(small_disk / "out")
    filler = fill(small_disk)
    for _ in range(3):
        with pytest.raises(StoreError, match="disk is full"), Trail(small_disk / "out") as trail:  # noqa: PT012
            for scale in range(2, 200):
                run(trail, scale=scale)
        after = content(small_disk / "out")
        assert [name for name in after if name.endswith(".part")] == []
        assert after["trail.jsonl"].startswith(before["trail.jsonl"])
        assert after["trail.jsonl"].endswith(b"\n")
        assert all(Store(small_disk / "out").verify(Path(name).name) for name in after if name.startswith("artefacts/"))
    filler.unlink()
    made: list[str] = []
    with Trail(small_disk / "out") as trail:
        run(trail, made=made)
        assert made == []
        run(trail, scale=500, made=made)
        assert trail.notes == ()
    assert made == ["take_in", "estimate"]


def test_a_release_that_does_not_fit_leaves_the_old_one(small_disk: Path) -> None:
    target = small_disk / "release"

    def build(size: int, folder: Path) -> None:
        (folder / "trail.jsonl").write_bytes(b"1" * size)

    deliver(lambda new: build(600_000, new), target)
    with pytest.raises(StoreError, match="disk is full"):
        deliver(lambda new: build(600_001, new), target)
    assert content(small_disk) == {"release/trail.jsonl": b"1" * 600_000, ".release.lock": b""}


def test_a_disk_that_can_only_be_read_is_named_and_still_can_be_read(small_disk: Path) -> None:
    with Trail(small_disk) as trail:
        digest = run(trail)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="can only be read") as caught:
        Trail(small_disk).__enter__()
    assert caught.value.where == str(small_disk)
    with pytest.raises(StoreError, match="can only be read"):
        Store(small_disk).keep_bytes(b"new", name="new")
    assert Store(small_disk).read_json(digest) == 3
    assert len(Trail(small_disk).activities()) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_limit_on_file_sizes_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    import resource

    source = tmp_path / "big.csv"
    source.write_bytes(b"x" * 3_000_000)
    told = tmp_path / "told"
    told.write_text("")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            Store(tmp_path / "out").keep(source)
        except StoreError as error:
            told.write_text(str(error))

    assert in_a_child(limited) == 0
    assert "does not allow a file this large" in told.read_text()
    assert "ulimit" in told.read_text()
    assert content(tmp_path / "out") == {}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_line_that_only_half_fits_leaves_the_trail_as_it_was(tmp_path: Path) -> None:
    import resource

    trail = Trail(tmp_path / "out")
    run(trail)
    before = trail.path.read_bytes()
    told = tmp_path / "told"
    told.write_text("")

    def limited() -> None:
        limit = len(before) + 100  # the next line begins to fit, but does not end
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            run(trail, scale=2)
        except StoreError as error:
            told.write_text(error.problem)

    assert in_a_child(limited) == 0
    assert "file this large" in told.read_text()
    assert trail.path.read_bytes() == before
