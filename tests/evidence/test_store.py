"""The store keeps bytes by digest, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import StoreError
from countersign.evidence import Store, canonical, disk, release_store
from countersign.evidence.canonical import loads
from countersign.model.artefact import Activity, Artefact


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob(".*.part"))


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_kept_file_is_there_under_the_sha256_of_its_bytes(tmp_path: Path) -> None:
    source = written(tmp_path, "people.csv", b"sex,age\nf,31\n")
    store = Store(tmp_path / "out")
    artefact = store.keep(source, rows=1)
    # sha256sum of the same bytes
    assert artefact.digest == hashlib.sha256(b"sex,age\nf,31\n").hexdigest()
    assert (artefact.name, artefact.kind, artefact.media_type) == ("people.csv", "input", "text/csv")
    assert (artefact.size, artefact.rows) == (13, 1)
    assert (tmp_path / "out" / "artefacts" / artefact.digest).read_bytes() == source.read_bytes()
    assert Store(tmp_path / "out").artefact(artefact.digest) == artefact
    assert leftovers(tmp_path) == []


def test_the_copy_does_not_change_when_the_input_is_overwritten_in_place(tmp_path: Path) -> None:
    source = written(tmp_path, "people.csv", b"old\n")
    store = Store(tmp_path / "out")
    artefact = store.keep(source)
    source.write_bytes(b"new\n")
    assert store.path(artefact.digest).read_bytes() == b"old\n"
    assert store.path(artefact.digest).stat().st_nlink == 1


def test_what_is_here_already_is_not_copied_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path, "people.csv", b"x" * 3_000_000)
    store = Store(tmp_path / "out")
    first = store.keep(source)
    before = store.path(first.digest).stat()

    def no_copy(*_: object) -> None:
        raise AssertionError("a copy was made")

    monkeypatch.setattr(disk, "temporary", no_copy)
    again = Store(tmp_path / "out").keep(source)
    assert again == first
    assert store.path(first.digest).stat().st_ino == before.st_ino


def test_a_damaged_copy_is_noticed_and_replaced_by_the_good_one(tmp_path: Path) -> None:
    source = written(tmp_path, "people.csv", b"good bytes")
    store = Store(tmp_path / "out")
    artefact = store.keep(source)
    path = store.path(artefact.digest)
    path.chmod(0o644)
    path.write_bytes(b"evil bytes")
    assert not store.verify(artefact.digest)
    store.keep(source)
    assert store.verify(artefact.digest)
    assert path.read_bytes() == b"good bytes"


def test_kept_bytes_are_for_reading_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    artefact = store.keep_bytes(b"figures", name="estimates.csv")
    assert stat.S_IMODE(store.path(artefact.digest).stat().st_mode) == 0o444
    with store.open(artefact.digest) as file:
        assert file.read() == b"figures"


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_equal_values_have_equal_digests_whatever_the_order_of_their_keys(value: object) -> None:
    try:
        text = canonical(value)
    except StoreError:
        assert "\\ud" in json.dumps(value)  # only a lone surrogate has no UTF-8
        return

    def turned(item: object) -> object:
        if isinstance(item, dict):
            return {key: turned(item[key]) for key in reversed(list(item))}
        return [turned(part) for part in item] if isinstance(item, list) else item

    assert canonical(turned(value)) == text
    assert canonical(loads(text)) == text


def test_json_says_nan_as_null_and_infinity_as_text_and_refuses_what_it_cannot_say(tmp_path: Path) -> None:
    store = Store(tmp_path)
    artefact = store.keep_json({"b": float("nan"), "a": (1, float("-inf")), "big": 2**60}, name="x.json")
    assert store.path(artefact.digest).read_bytes() == b'{"a":[1,"-Infinity"],"b":null,"big":"1152921504606846976"}'
    with pytest.raises(StoreError, match=r"value\.a\[1\]: object"):
        store.keep_json({"a": [1, object()]}, name="x.json")
    with pytest.raises(StoreError, match="key of type tuple"):
        store.keep_json({("a", "b"): 1}, name="x.json")


def test_a_sealed_value_is_read_back_but_its_digest_cannot_be_guessed_from_outside(tmp_path: Path) -> None:
    value = {"n": 2}
    ours, theirs = Store(tmp_path / "ours"), Store(tmp_path / "theirs")
    sealed = ours.keep_json(value, name="before.json", kind="estimates", sealed=True)
    assert ours.read_json(sealed.digest) == value
    assert Store(tmp_path / "ours").keep_json(value, name="before.json", kind="estimates", sealed=True) == sealed
    assert theirs.keep_json(value, name="before.json", kind="estimates", sealed=True).digest != sealed.digest
    assert sealed.digest != hashlib.sha256(canonical(value)).hexdigest()
    assert stat.S_IMODE((tmp_path / "ours" / "secret.key").stat().st_mode) == 0o600


def test_reading_a_changed_json_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path)
    artefact = store.keep_json({"n": 2}, name="x.json")
    store.path(artefact.digest).chmod(0o644)
    store.path(artefact.digest).write_bytes(b'{"n":3}')
    with pytest.raises(StoreError, match="changed after it was kept"):
        store.read_json(artefact.digest)


def test_a_missing_input_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "out").keep(tmp_path / "absent.csv")
    assert caught.value.where == str(tmp_path / "absent.csv")
    assert not (tmp_path / "out").exists()


def test_a_digest_that_is_not_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not in the store"):
        Store(tmp_path).path("0" * 64)


def test_a_torn_line_in_the_index_does_not_hide_the_others(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one, two = store.keep_bytes(b"1", name="one"), store.keep_bytes(b"2", name="two")
    data = store.index.read_bytes()
    store.index.write_bytes(data[:-20])
    torn = Store(tmp_path)
    assert torn.artefact(one.digest) == one
    with pytest.raises(StoreError, match="does not describe it"):
        torn.artefact(two.digest)
    assert torn.keep_bytes(b"2", name="two") == two
    assert store.index.read_bytes() == data


def test_two_stores_on_one_folder_see_each_others_artefacts(tmp_path: Path) -> None:
    one, two = Store(tmp_path), Store(tmp_path)
    first = one.keep_bytes(b"1", name="one")
    assert two.artefact(first.digest) == first
    second = two.keep_bytes(b"2", name="two")
    assert one.artefact(second.digest) == second
    assert one.artefacts() == (first, second) == two.artefacts()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EFBIG, "file this large"),
        (errno.EROFS, "can only be read"),
        (errno.EACCES, "may not write here"),
        (errno.EIO, "refused"),
    ],
)
@pytest.mark.parametrize("when", ["making", "writing", "settling", "naming"])
def test_a_disk_that_refuses_is_named_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str, when: str
) -> None:
    source = written(tmp_path, "people.csv", b"x" * 5_000_000)
    store = Store(tmp_path / "out")
    kept = store.keep_bytes(b"before", name="before")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        if when == "making":
            patch.setattr(disk, "seize", refuse)
        elif when == "writing":
            patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 8, 2 << 20))
            patch.setattr(hashlib, "sha256", lambda *a: type("H", (), {"update": refuse})())
        elif when == "settling":
            patch.setattr(os, "fsync", refuse)
        else:
            patch.setattr(Path, "replace", refuse)
        with pytest.raises(StoreError, match=words) as caught:
            store.keep(source)
    assert caught.value.where == str(tmp_path / "out")
    if code != errno.EIO:
        assert "4.8 MiB are to be written" in caught.value.problem
    assert "nothing is lost" in caught.value.action
    assert leftovers(tmp_path) == []
    assert [path.name for path in store.kept.iterdir()] == [kept.digest]
    assert Store(tmp_path / "out").artefacts() == (kept,)
    assert store.verify(store.keep(source).digest)


def test_a_release_holds_the_open_artefacts_and_names_the_protected_ones(tmp_path: Path) -> None:
    store = Store(tmp_path / "study")
    people = store.keep_bytes(b"sex,age\nf,31\n", name="people.csv", kind="input", rows=1)
    findings = store.keep_json({"E1": "pass"}, name="findings.json", kind="protected")
    other = store.keep_bytes(b"unrelated", name="other", kind="findings")
    step = Activity("assess", inputs={"people": people.digest}, outputs={"findings": findings.digest})
    listed = release_store(store, [step], tmp_path / "release")
    assert list(listed) == [people.digest, findings.digest]
    release = Store(tmp_path / "release")
    assert release.artefact(people.digest).protected
    assert release.artefact(people.digest).name == "people.csv"
    with pytest.raises(StoreError, match="is protected"):
        release.path(people.digest)
    assert release.read_json(findings.digest) == {"E1": "pass"}
    assert [path.name for path in release.kept.iterdir()] == [findings.digest]
    assert other.digest not in (tmp_path / "release" / "artefacts.jsonl").read_text()


@pytest.mark.parametrize("kind", ["input", "dataset", "weights", "estimates", "anything new"])
def test_nothing_that_may_hold_rows_leaves_unless_it_is_asked_for(tmp_path: Path, kind: str) -> None:
    store = Store(tmp_path / "study")
    thing = store.keep_bytes(b"rows", name="thing", kind=kind)
    step = Activity("make", inputs={}, outputs={"thing": thing.digest})
    release_store(store, [step], tmp_path / "closed")
    assert not (tmp_path / "closed" / "artefacts").exists()
    release_store(store, [step], tmp_path / "open", include=lambda _: True)
    assert Store(tmp_path / "open").path(thing.digest).read_bytes() == b"rows"


def test_a_damaged_artefact_never_gets_into_a_release(tmp_path: Path) -> None:
    store = Store(tmp_path / "study")
    thing = store.keep_bytes(b"figures", name="thing", kind="release")
    store.path(thing.digest).chmod(0o644)
    store.path(thing.digest).write_bytes(b"changed")
    step = Activity("make", inputs={}, outputs={"thing": thing.digest})
    with pytest.raises(StoreError, match="changed after it was kept"):
        release_store(store, [step], tmp_path / "release")


def test_an_artefact_says_protected_only_where_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep_bytes(b"1", name="one")
    assert b"protected" not in store.index.read_bytes()
    assert Artefact("0", "x", "input").protected is False
