from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from countersign.errors import StoreError
from countersign.evidence.secret import BYTES, FOLDER, keep_secret


def test_the_same_bytes_come_back_every_time(tmp_path: Path) -> None:
    path = tmp_path / FOLDER / "places"
    first = keep_secret(path)
    assert len(first) == BYTES
    assert keep_secret(path) == first
    assert [file.name for file in path.parent.iterdir() if file.name != ".gitignore"] == ["places"]


def test_only_its_owner_can_read_it_and_version_control_does_not_see_it(tmp_path: Path) -> None:
    path = tmp_path / FOLDER / "places"
    keep_secret(path)
    assert path.stat().st_mode & 0o077 == 0
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_two_secrets_differ(tmp_path: Path) -> None:
    assert keep_secret(tmp_path / "a") != keep_secret(tmp_path / "b")


def test_whoever_comes_first_makes_it_and_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: keep_secret(tmp_path / "s"), range(40)))
    assert len(found) == 1


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "00" * 33, "é"])
def test_a_file_that_is_no_secret_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "s"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError) as error:
        keep_secret(path)
    assert "copy" in error.value.action
    assert path.read_text(encoding="utf-8") == content
