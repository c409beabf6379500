"""From a figure back to its inputs, and how far a recomputed figure agrees."""

from __future__ import annotations

from pathlib import Path

import pytest
from steps import run

from countersign.errors import ReleaseError
from countersign.evidence import Store, Trail, closure, compare, inspect, release_store, walk, write_trail
from countersign.model.artefact import Activity, Artefact
from countersign.model.estimate import Estimate, EstimateTable


def artefacts(*digests: str) -> dict[str, Artefact]:
    return {digest: Artefact(digest, f"{digest}.json", "input", rows=7) for digest in digests}


def step(verb: str, outputs: str, *inputs: str, **more: str) -> Activity:
    return Activity(
        verb,
        {f"from_{digest}": digest for digest in inputs},
        {f"to_{digest}": digest for digest in outputs},
        ended="2026-11-22T17:00:00.000Z",
        **more,  # type: ignore[arg-type]
    )


STEPS = (step("take_in", "b", "a"), step("weight", "d", "b", "c"), step("estimate", "e", "b", "d"))


def test_the_way_back_reaches_every_input_and_each_once() -> None:
    origin = walk(STEPS, artefacts(*"abcde"), "e")
    assert [source.artefact.digest for source in origin] == ["e", "b", "a", "d", "c"]
    assert [source.artefact.digest for source in origin if source.activity is None] == ["a", "c"]
    assert origin.activity == STEPS[2]
    assert [source.role for source in origin.sources] == ["from_b", "from_d"]
    assert origin.sources[1].sources[0] == origin.sources[0]


def test_the_way_back_reads_as_text() -> None:
    assert walk(STEPS, artefacts(*"abcde"), "e").lines() == [
        "e.json (input, 7 rows), sha256 e",
        "  made by 'estimate' at 2026-11-22T17:00:00.000Z",
        "    from_b: b.json (input, 7 rows), sha256 b",
        "      made by 'take_in' at 2026-11-22T17:00:00.000Z",
        "        from_a: a.json (input, 7 rows), sha256 a - an input from outside",
        "    from_d: d.json (input, 7 rows), sha256 d",
        "      made by 'weight' at 2026-11-22T17:00:00.000Z",
        "        from_b: b.json (input, 7 rows), sha256 b - see above",
        "        from_c: c.json (input, 7 rows), sha256 c - an input from outside",
    ]


def test_a_step_taken_again_later_does_not_confuse_the_way_back() -> None:
    again = step("take_in", "b", "a2")
    assert [s.artefact.digest for s in walk((*STEPS, again), artefacts(*"abcde", "a2"), "e")] == [
        "e",
        "b",
        "a",
        "d",
        "c",
    ]
    before = (STEPS[0], again, *STEPS[1:])
    assert "a2" in [s.artefact.digest for s in walk(before, artefacts(*"abcde", "a2"), "e")]


def test_the_same_bytes_made_twice_from_different_files_are_read_with_all_that_lies_behind(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = {name: store.keep_bytes(name.encode(), name=name, kind="input") for name in "abcdex"}
    name = {key: artefact.digest for key, artefact in kept.items()}

    def made(verb: str, output: str, *inputs: str) -> Activity:
        return Activity(verb, {f"from_{one}": name[one] for one in inputs}, {"out": name[output]})

    steps = (made("take_in", "b", "a"), made("weight", "d", "b", "c"), made("take_in", "b", "x"),
             made("estimate", "e", "b", "d"))  # fmt: skip
    origin = inspect(walk(steps, {artefact.digest: artefact for artefact in kept.values()}, name["e"]), store)
    assert origin.whole
    assert origin.sources[0].sources[0].artefact.name == "x"
    assert origin.sources[1].sources[0].sources[0].artefact.name == "a"
    assert origin.sources[1].sources[0].sources[0].condition == "whole"


def test_a_trail_that_bites_its_own_tail_is_refused() -> None:
    with pytest.raises(ReleaseError, match="comes after a step that uses what it made"):
        walk((step("one", "a", "b"), step("two", "b", "a")), artefacts("a", "b"), "a")
    with pytest.raises(ReleaseError, match="comes after"):
        walk((step("one", "a", "a"),), artefacts("a"), "a")


def test_an_artefact_the_release_does_not_describe_is_named() -> None:
    with pytest.raises(ReleaseError, match="names the artefact c"):
        walk(STEPS, artefacts(*"abde"), "e")


def test_a_deep_and_wide_trail_is_walked_in_no_time() -> None:
    """Each step uses the output of the one before twice: 2 to the 200 ways back, 201 artefacts."""
    steps = tuple(Activity(f"s{i}", {"left": str(i), "right": str(i)}, {"out": str(i + 1)}) for i in range(200))
    origin = walk(steps, artefacts(*map(str, range(201))), "200")
    assert len(list(origin)) == 201
    assert len(origin.lines()) == 2 * 200 + 1 + 200


def test_a_release_tells_whole_protected_changed_and_missing_apart(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "study")
    people = trail.store.keep_bytes(b"sex\nf\n", name="people.csv", kind="input", rows=1)
    with trail.step("take_in", inputs={"people": people}) as first:
        first.output("study", trail.store.keep_json({"rows": 1}, name="study.json", kind="study"))
    with trail.step("estimate", inputs=first.outputs) as second:
        second.output("figures", trail.store.keep_json({"v": 0.5}, name="figures.json", kind="protected"))
    figures, study = second.outputs["figures"], first.outputs["study"]
    release = tmp_path / "release"
    steps = closure(trail.activities(), [figures])
    release_store(trail.store, steps, release)
    write_trail(steps, release / "trail.jsonl")

    def looked_at() -> dict[str, str]:
        store = Store(release)
        known = {artefact.digest: artefact for artefact in store.artefacts()}
        origin = inspect(walk(Trail(release, store).activities(), known, figures), store)
        found = {source.artefact.digest: str(source.condition) for source in origin}
        assert origin.whole is ("changed" not in found.values() and "missing" not in found.values())
        assert [artefact.digest for artefact in origin.protected] == [people.digest]
        assert any("stays with the data steward" in line for line in origin.lines())
        return found

    assert looked_at() == {figures: "whole", study: "whole", people.digest: "protected"}
    changed = release / "artefacts" / study
    changed.chmod(0o644)
    changed.write_bytes(b'{"rows":2}')
    assert looked_at()[study] == "changed"
    changed.unlink()
    assert looked_at()[study] == "missing"


def test_the_way_back_of_a_real_run_ends_at_what_it_started_from(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    digest = run(trail)
    run(trail, scale=9)
    known = {artefact.digest: artefact for artefact in trail.store.artefacts()}
    origin = walk(trail.activities(), known, digest)
    assert [source.artefact.name for source in origin] == ["sum.json", "numbers.json"]
    assert origin.sources[0].activity is not None
    assert origin.sources[0].activity.parameters == {"scale": 1}


def row(figure_id: str = "food", **more: object) -> dict[str, object]:
    return {"figure_id": figure_id, "value": 0.5, "n": 12, "status": "published", **more}


@pytest.mark.parametrize(
    ("ours", "theirs", "columns"),
    [
        (row(), row(), []),
        (row(value=0.5), row(value="0.5000000001"), []),
        (row(value=0.5), row(value="0.50000001"), ["value"]),
        (row(n=12), row(n="12"), []),
        (row(n=12), row(n="13"), ["n"]),
        (row(value=None), row(value=""), []),
        (row(value=float("nan")), row(value=""), []),
        (row(value=0), row(value=""), ["value"]),
        (row(value=0.0), row(value="1e-300"), ["value"]),
        (row(status="suppressed", value=None), row(), ["value", "status"]),
        (row(extra="only ours"), row(), []),
    ],
)
def test_numbers_agree_within_the_tolerance_and_everything_else_exactly(
    ours: dict[str, object], theirs: dict[str, object], columns: list[str]
) -> None:
    assert [difference.column for difference in compare([ours], [theirs], tolerance=1e-9)] == columns


def test_a_tolerance_of_zero_asks_for_the_same_number() -> None:
    assert compare([row(value=0.1 + 0.2)], [row(value="0.30000000000000004")], tolerance=0) == ()
    (difference,) = compare([row(value=0.1 + 0.2)], [row(value="0.3")], tolerance=0)
    assert str(difference) == "food, value: published 0.3, recomputed 0.30000000000000004"


def test_a_figure_in_one_of_the_two_only_is_a_difference() -> None:
    told = [str(d) for d in compare([row("a"), row("b")], [row("b"), row("c", value="")], tolerance=1e-9)]
    assert told == ["c: published but not recomputed", "a: recomputed but not published"]


def test_a_table_agrees_with_its_own_rows() -> None:
    table = EstimateTable(
        (Estimate("food", "mean", {}, 1 / 3, 0.1, 0.1, 0.5, 12, "mean", "t", figure_id="food", flags=("cv",)),)
    )
    as_text = [{name: "" if value is None else str(value) for name, value in one.items()} for one in table.rows()]
    assert compare(table.rows(), as_text, tolerance=0) == ()


def test_the_same_bytes_made_of_two_inputs_lead_back_to_both(tmp_path: Path) -> None:
    """Two rounds may give the same table: then it has two makers, and what is behind each of them is looked at."""
    steps = (STEPS[0], STEPS[1], step("take_in", "b", "z"), STEPS[2])
    origin = walk(steps, artefacts(*"abcdez"), "e")
    assert sorted(source.artefact.digest for source in origin) == ["a", "b", "c", "d", "e", "z"]
    looked = inspect(origin, Store(tmp_path))
    assert {source.condition for source in looked} == {"missing"}
    assert not looked.whole
