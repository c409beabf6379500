"""The ledger of spent privacy: refuses beyond the budget, survives a crash, notices every change."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import StoreError
from countersign.evidence.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


def test_an_empty_ledger_allows_nothing_yet(ledger: Ledger) -> None:
    found = ledger.read()
    assert (found.budget, found.spent, found.questions, found.left, found.answers) == (None, 0.0, 0, 0.0, {})
    assert not ledger.path.exists()


def test_ten_tenths_are_exactly_one(ledger: Ledger) -> None:
    for number in range(10):
        ledger.answer(f"q{number}", epsilon=0.1, budget=1.0, work=lambda: 5)
    assert ledger.read().spent == 1.0
    assert ledger.read().left == 0.0
    with pytest.raises(StoreError, match=r"used up: 1 of 1 are spent, this question would cost 1e-09"):
        ledger.answer("one more", epsilon=1e-9, budget=1.0, work=lambda: 5)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.integers(20, 120))
def test_never_more_is_spent_than_allowed(costs: list[int], budget: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "l")
        spent = 0
        for number, cost in enumerate(costs):
            fits = spent + cost <= budget
            try:
                ledger.answer(str(number), epsilon=cost / 100, budget=budget / 100, work=lambda: 0)
                assert fits
                spent += cost
            except StoreError:
                assert not fits
        assert ledger.read().spent == pytest.approx(spent / 100, abs=1e-12)


def test_the_same_question_gets_the_same_answer_and_costs_nothing(ledger: Ledger) -> None:
    answers = iter([[1, 2], [3, 4]])
    first = ledger.answer("visits", epsilon=0.4, budget=0.5, work=lambda: next(answers))
    again = ledger.answer("visits", epsilon=0.4, budget=0.5, work=lambda: next(answers))
    assert first == again == [1, 2]
    assert (ledger.read().spent, ledger.read().questions) == (0.4, 1)


def test_what_a_question_costs_is_on_the_disk_before_its_answer_exists(ledger: Ledger) -> None:
    seen = []

    def crash() -> None:
        seen.append(ledger.read().spent)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.answer("visits", epsilon=0.4, budget=0.5, work=crash)
    assert seen == [0.4]
    assert Ledger(ledger.path).read().spent == 0.4
    with pytest.raises(StoreError, match="used up"):
        Ledger(ledger.path).answer("visits", epsilon=0.4, budget=0.5, work=lambda: 1)


def test_a_line_that_a_killed_run_left_half_written_was_never_acted_on(ledger: Ledger) -> None:
    ledger.answer("a", epsilon=0.1, budget=1.0, work=lambda: 1)
    with ledger.path.open("ab") as file:
        file.write(b'{"kind":"reser')
    assert ledger.read().spent == 0.1
    ledger.answer("b", epsilon=0.1, budget=1.0, work=lambda: 2)
    assert ledger.read().answers == {"a": 1, "b": 2}


@pytest.mark.parametrize("line", range(3))
def test_a_changed_line_is_noticed(ledger: Ledger, line: int) -> None:
    ledger.answer("a", epsilon=0.1, budget=1.0, work=lambda: 1)
    lines = ledger.path.read_bytes().split(b"\n")
    for changed in (
        lines[line].replace(b"0.1", b"0.2").replace(b'"answer":1', b'"answer":2').replace(b"1.0", b"9.0"),
        lines[line].replace(b'"kind"', b' "kind"'),
        b"{}",
        b"no json",
    ):
        ledger.path.write_bytes(b"\n".join([*lines[:line], changed, *lines[line + 1 :]]))
        with pytest.raises(StoreError, match="was changed after it was written"):
            ledger.read()
    ledger.path.write_bytes(b"\n".join(lines[:line] + lines[line + 1 :]))
    if line < 2:
        with pytest.raises(StoreError, match="was changed after it was written"):
            ledger.answer("b", epsilon=0.1, budget=1.0, work=lambda: 1)


def test_another_budget_is_refused_until_somebody_answers_for_it(ledger: Ledger) -> None:
    ledger.answer("a", epsilon=0.5, budget=1.0, work=lambda: 1)
    with pytest.raises(StoreError, match=r"budget of this ledger is 1, not 2"):
        ledger.answer("b", epsilon=0.5, budget=2.0, work=lambda: 1)
    for by, reason in (("", "why"), ("who", "  ")):
        with pytest.raises(StoreError, match="somebody who answers for it"):
            ledger.allow(2.0, by=by, reason=reason)
    for budget in (0.0, -1.0, 0.49):
        with pytest.raises(StoreError, match="makes no sense"):
            ledger.allow(budget, by="The assembly", reason="why")
    ledger.allow(0.5, by="The assembly", reason="No more questions")
    with pytest.raises(StoreError, match="used up"):
        ledger.answer("b", epsilon=0.1, budget=0.5, work=lambda: 1)
    ledger.allow(2.0, by="The assembly", reason="A second year")
    assert ledger.answer("b", epsilon=1.5, budget=2.0, work=lambda: 7) == 7
    assert b"The assembly" in ledger.path.read_bytes()


@pytest.mark.parametrize("epsilon", [0.0, -0.1, float("nan")])
def test_an_answer_that_costs_nothing_is_refused(ledger: Ledger, epsilon: float) -> None:
    with pytest.raises(StoreError, match="cannot cost"):
        ledger.answer("a", epsilon=epsilon, budget=1.0, work=lambda: 1)


def test_two_at_once_do_not_spend_twice(ledger: Ledger) -> None:
    inside, go = threading.Event(), threading.Event()

    def slow() -> int:
        inside.set()
        go.wait(5)
        return 1

    thread = threading.Thread(target=lambda: ledger.answer("a", epsilon=0.6, budget=1.0, work=slow))
    thread.start()
    inside.wait(5)
    try:
        with pytest.raises(StoreError, match="is working in this folder"):
            Ledger(ledger.path).answer("b", epsilon=0.6, budget=1.0, work=lambda: 2)
    finally:
        go.set()
        thread.join()
    assert ledger.read().spent == 0.6
