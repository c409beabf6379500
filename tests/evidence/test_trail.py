"""The trail remembers every step, finds what is done and notices what was changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steps import VERSIONS, run

from countersign.errors import StoreError
from countersign.evidence import Store, Trail, closure, key, software, write_trail
from countersign.model.artefact import Activity


def test_an_equal_step_is_not_taken_again_and_gives_the_same_output(tmp_path: Path) -> None:
    made: list[str] = []
    with Trail(tmp_path) as trail:
        first = run(trail, made=made)
    with Trail(tmp_path) as trail:
        assert run(trail, made=made) == first
        assert len(trail.activities()) == 2
    assert made == ["take_in", "estimate"]


def test_a_changed_parameter_repeats_only_what_depends_on_it(tmp_path: Path) -> None:
    made: list[str] = []
    trail = Trail(tmp_path)
    run(trail, made=made)
    run(trail, scale=3, made=made)
    assert made == ["take_in", "estimate"] * 2
    run(trail, scale=1, made=made)
    assert len(made) == 4


def test_a_step_whose_output_was_lost_or_damaged_is_taken_again(tmp_path: Path) -> None:
    made: list[str] = []
    trail = Trail(tmp_path)
    digest = run(trail, made=made)
    trail.store.path(digest).chmod(0o644)
    trail.store.path(digest).write_bytes(b"4")
    assert run(trail, made=made) == digest
    assert made == ["take_in", "estimate", "estimate"]
    assert trail.store.read_json(digest) == 3
    trail.store.path(digest).unlink()
    run(trail, made=made)
    assert made[3:] == ["estimate"]


def test_a_step_that_fails_leaves_nothing_on_the_trail(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    with pytest.raises(ZeroDivisionError), trail.step("estimate", software=VERSIONS) as step:  # noqa: PT012
        step.output("sum", trail.store.keep_json(1, name="sum.json"))
        _ = 1 / 0
    assert trail.activities() == ()
    with trail.step("estimate", software=VERSIONS) as step:
        assert not step.done
        step.output("sum", trail.store.keep_json(1, name="sum.json"))
    assert len(trail.activities()) == 1


def test_a_step_without_an_output_or_with_two_in_one_role_is_refused(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    with pytest.raises(StoreError, match="made nothing"), trail.step("idle", software=VERSIONS):
        pass
    one = trail.store.keep_json(1, name="one.json")
    with pytest.raises(StoreError, match="another output"), trail.step("twice", software=VERSIONS) as step:  # noqa: PT012
        step.output("x", one)
        step.output("x", one)
    with pytest.raises(StoreError, match="has no output 'y'"), trail.step("wrong", software=VERSIONS) as step:  # noqa: PT012
        step.output("x", one)
        step.path("y")
    assert trail.activities() == ()


def test_a_step_can_put_itself_into_the_release_it_makes(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "study")
    with trail.step("publish", software=VERSIONS) as step:
        step.output("csv", trail.store.keep_bytes(b"figure_id\n", name="estimates.csv"))
        write_trail([step.activity()], tmp_path / "release" / "trail.jsonl")
        with pytest.raises(StoreError, match="another output"):
            step.output("late", trail.store.keep_bytes(b"late", name="late"))
    assert (tmp_path / "release" / "trail.jsonl").read_bytes() == trail.path.read_bytes()


def test_the_key_is_the_sha256_of_the_canonical_json_of_what_the_step_was_told() -> None:
    text = (
        b'{"inputs":{"data":"ab"},"parameters":{"by":["sex","age"],"trim":5},'
        b'"software":{"numpy":"2.0"},"verb":"weight"}'
    )
    told = key("weight", {"data": "ab"}, {"trim": 5, "by": ("sex", "age")}, {"numpy": "2.0"})
    assert told == hashlib.sha256(text).hexdigest()
    others = {
        key("estimate", {"data": "ab"}, {"trim": 5, "by": ("sex", "age")}, {"numpy": "2.0"}),
        key("weight", {"data": "ac"}, {"trim": 5, "by": ("sex", "age")}, {"numpy": "2.0"}),
        key("weight", {"data": "ab"}, {"trim": 6, "by": ("sex", "age")}, {"numpy": "2.0"}),
        key("weight", {"data": "ab"}, {"trim": 5, "by": ("sex", "age")}, {"numpy": "2.1"}),
    }
    assert len(others | {told}) == 5


def test_software_names_what_computes_digits_and_its_version() -> None:
    import duckdb
    import numpy

    versions = software("duckdb")
    assert versions["duckdb"] == duckdb.__version__
    assert versions["numpy"] == numpy.__version__
    assert "countersign" in versions
    assert "polars" not in versions
    assert "no-such-package" not in software("no-such-package")


def test_each_line_carries_the_sha256_of_the_line_before(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    run(trail)
    first, second = trail.path.read_bytes().split(b"\n")[:-1]
    assert json.loads(first)["previous"] == "0" * 64
    assert json.loads(second)["previous"] == hashlib.sha256(first).hexdigest()
    assert trail.lines() == (first, second)


def test_any_changed_byte_before_the_last_line_is_found_and_its_line_named(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    run(trail)
    run(trail, scale=2)
    whole = trail.path.read_bytes()
    before_last = whole.rfind(b"\n", 0, -1)

    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, before_last - 1), st.integers(0, 7))
    def flipped(position: int, bit: int) -> None:
        data = bytearray(whole)
        data[position] ^= 1 << bit
        trail.path.write_bytes(data)
        with pytest.raises(StoreError, match="changed after it was written") as caught:
            Trail(tmp_path).activities()
        line = whole[:position].count(b"\n") + 1
        named = int(caught.value.where.rsplit("line ", 1)[1])
        assert named in (line, line + 1)

    flipped()


def test_a_line_taken_out_or_swapped_is_found(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    run(trail)
    run(trail, scale=2)
    lines = trail.path.read_bytes().splitlines(keepends=True)
    for changed in (lines[1:], lines[:1] + lines[2:], [lines[1], lines[0], *lines[2:]], [*lines, lines[-1]]):
        trail.path.write_bytes(b"".join(changed))
        with pytest.raises(StoreError, match="does not follow"):
            Trail(tmp_path).activities()


def test_a_torn_last_line_is_set_aside_and_reported_wherever_it_broke(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    run(trail)
    whole = trail.path.read_bytes()
    start = whole.find(b"\n") + 1
    for end in range(start + 1, len(whole)):
        trail.path.write_bytes(whole[:end])
        trail.torn.unlink(missing_ok=True)
        assert len(Trail(tmp_path).activities()) == 1  # a reader leaves it as it is
        made: list[str] = []
        with Trail(tmp_path) as again:
            assert again.torn.read_bytes() == whole[start:end] + b"\n"
            assert "interrupted" in again.notes[0]
            assert str(end - start) in again.notes[0]
            run(again, made=made)
        assert made == ["estimate"]
        assert len(Trail(tmp_path).activities()) == 2


def test_a_line_of_zeros_after_a_power_cut_is_set_aside(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    run(trail)
    whole = trail.path.read_bytes()
    trail.path.write_bytes(whole + b"\0" * 40 + b"\n")
    with Trail(tmp_path) as again:
        assert again.path.read_bytes() == whole
        assert again.torn.read_bytes() == b"\0" * 40 + b"\n"
        assert len(again.notes) == 1


def test_an_untouched_trail_has_nothing_to_report(tmp_path: Path) -> None:
    run(Trail(tmp_path))
    with Trail(tmp_path) as trail:
        assert trail.notes == ()
        assert not trail.torn.exists()


def test_only_the_steps_a_figure_depends_on_are_in_its_closure(tmp_path: Path) -> None:
    a, b, c, d = (
        Activity("a", {}, {"x": "1"}),
        Activity("b", {"x": "1"}, {"y": "2"}),
        Activity("unrelated", {"x": "1"}, {"z": "3"}),
        Activity("c", {"y": "2", "x": "1"}, {"w": "4"}),
    )
    assert closure([a, b, c, d], ["4"]) == (a, b, d)
    assert closure([a, b, c, d], ["3"]) == (a, c)
    assert closure([a, b, c, d], ["9"]) == ()
    again = Activity("b", {"x": "0"}, {"y": "2"})
    assert closure([a, b, again, d], ["4"]) == (a, again, d)


def test_a_copied_trail_is_whole_by_itself(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "study")
    digest = run(trail)
    run(trail, scale=5)
    write_trail(closure(trail.activities(), [digest]), tmp_path / "release" / "trail.jsonl")
    copied = Trail(tmp_path / "release", Store(tmp_path / "release")).activities()
    assert copied == trail.activities()[:2]


def test_a_store_elsewhere_can_be_used(tmp_path: Path) -> None:
    store = Store(tmp_path / "bucket")
    run(Trail(tmp_path / "study", store))
    assert not (tmp_path / "study" / "artefacts").exists()
    assert len(store) == 2


def test_what_a_trail_remembers_is_what_stands_in_its_file(tmp_path: Path) -> None:
    with Trail(tmp_path) as trail:
        for scale in range(5):
            run(trail, scale=scale)
            fresh = Trail(tmp_path)
            assert trail.activities() == fresh.activities()
            assert trail.lines() == fresh.lines()
    run(Trail(tmp_path), scale=99)
    assert trail.activities() == Trail(tmp_path).activities()
    assert len(trail.activities()) == 12
