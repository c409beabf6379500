"""Ledger: how much privacy has been spent, so that no more is spent than was allowed.

One line an entry in canonical JSON; each carries in ``previous`` the SHA-256 of the line before it (the first: 64
zeros) and in ``digest`` its own, so a careless change is found. Who rewrites the whole file, or puts an older copy in
its place, is not: the file guards those who keep it against mistakes, not against themselves.

What a question costs is written down, and on the disk, before its answer exists:
a killed run may waste privacy, it never spends any unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from countersign.errors import StoreError
from countersign.evidence import disk
from countersign.evidence.canonical import canonical, digest_of, loads
from countersign.evidence.lock import Lock
from countersign.evidence.trail import now

START = "0" * 64


@dataclass(frozen=True)
class Spending:
    """What a ledger says.

    Parameters
    ----------
    budget: epsilon allowed in all; None before the first question. spent: epsilon of all questions.
    questions: how many were paid for. answers: question -> its published answer.
    """

    budget: float | None
    spent: float
    questions: int
    answers: Mapping[str, Any]

    @property
    def left(self) -> float:
        """Epsilon that may still be spent."""
        return max((self.budget or 0.0) - self.spent, 0.0)


class Ledger:
    """The ledger in one file.

    Parameters
    ----------
    path: the file; made with the first entry.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock(path.with_name(f"{path.name}.lock"))

    def read(self) -> Spending:
        """Return what has been allowed, spent and answered.

        Raises
        ------
        StoreError: a line was changed, added or taken out after it was written.
        """
        entries = self._entries()
        allowed = [entry["budget"] for entry in entries if entry["kind"] == "budget"]
        costs = _costs(entries)
        answers = {entry["question"]: entry["answer"] for entry in entries if entry["kind"] == "answered"}
        return Spending(
            budget=float(Fraction(allowed[-1])) if allowed else None,
            spent=float(sum(costs, Fraction(0))),
            questions=len(costs),
            answers=answers,
        )

    def allow(self, budget: float, *, by: str, reason: str) -> None:
        """Set the budget, or change it; who did so and why stays written down.

        Raises
        ------
        StoreError: no name or reason; a budget of 0 or less, or below what is spent.
        """
        if not by.strip() or not reason.strip():
            raise StoreError(
                "A budget needs somebody who answers for it.",
                where=str(self.path),
                expected="a name and a reason",
                action="say who decided on the budget, and why",
            )
        with self._lock:
            self._allow(budget, by, reason)

    def answer(self, question: str, *, epsilon: float, budget: float, work: Callable[[], Any]) -> Any:
        """Return the answer to a question; pay for it first, unless it has been answered before.

        Parameters
        ----------
        question: what is asked, with the period it is about; the same question gets the same answer and costs nothing.
        epsilon: what it costs. budget: allowed in all; the first question sets it, later ones must name the same.
        work: makes the answer, a JSON value; it is only called when the cost is on the disk.

        Raises
        ------
        StoreError: the budget does not suffice, or another one was set; the ledger was changed; the disk refused.
        """
        with self._lock:
            before = self.read()
            if question in before.answers:
                return before.answers[question]
            if before.budget is None:
                self._allow(budget, "the first question", f"asked with a budget of {budget:g}")
                before = self.read()
            elif float(budget) != before.budget:
                raise StoreError(
                    f"The budget of this ledger is {before.budget:g}, not {budget:g}.",
                    where=str(self.path),
                    expected=f"budget={before.budget:g}",
                    action="name the same budget; to change it, use 'allow' with a name and a reason",
                )
            self._refuse_overspending(before, epsilon)
            self._write({"kind": "reserved", "question": question, "epsilon": repr(float(epsilon))})
            made = work()
            self._write({"kind": "answered", "question": question, "answer": made})
            return self.read().answers[question]

    def _refuse_overspending(self, before: Spending, epsilon: float) -> None:
        assert before.budget is not None
        if not epsilon > 0:
            raise StoreError(f"An answer cannot cost {epsilon:g}.", where=str(self.path), expected="an epsilon above 0")
        spent = sum(_costs(self._entries()), Fraction(0))
        if spent + Fraction(repr(float(epsilon))) > Fraction(repr(before.budget)):
            raise StoreError(
                f"The privacy budget is used up: {before.spent:g} of {before.budget:g} are spent, this question would"
                f" cost {epsilon:g}.",
                where=str(self.path),
                expected=f"questions that cost {before.left:g} in all",
                action="publish what has been answered already; ask for less precision; or decide on a larger budget"
                " with those whose privacy it is, and write it down with 'allow'",
            )

    def _allow(self, budget: float, by: str, reason: str) -> None:
        spent = self.read().spent
        if not budget > 0 or budget < spent:
            raise StoreError(
                f"A budget of {budget:g} makes no sense: {spent:g} are spent.",
                where=str(self.path),
                expected="a number above 0, and not below what is spent",
                action="correct the budget",
            )
        self._write({"kind": "budget", "budget": repr(float(budget)), "by": by, "reason": reason})

    def _write(self, entry: Mapping[str, Any]) -> None:
        lines = self._lines()
        previous = digest_of(lines[-1]) if lines else START
        whole = {**entry, "time": now(), "previous": previous}
        disk.append(self.path, canonical({**whole, "digest": digest_of(canonical(whole))}))

    def _lines(self) -> list[bytes]:
        """Return the whole lines; one that a killed run left without its end was never acted on."""
        return self.path.read_bytes().split(b"\n")[:-1] if self.path.exists() else []

    def _entries(self) -> list[dict[str, Any]]:
        entries, previous = [], START
        for number, line in enumerate(self._lines(), start=1):
            try:
                entry = loads(line)
                own = {name: value for name, value in entry.items() if name != "digest"}
                right = entry["previous"] == previous and entry["digest"] == digest_of(canonical(own))
                right = right and canonical(entry) == line
            except (ValueError, KeyError, TypeError):
                right = False
            if not right:
                raise StoreError(
                    "The ledger of spent privacy was changed after it was written.",
                    where=f"{self.path}, line {number}",
                    expected="lines as they were written, none changed, added or taken out",
                    action="put back the file from a copy; without it nobody knows what may still be asked",
                )
            entries.append(entry)
            previous = digest_of(line)
        return entries


def _costs(entries: Iterable[Mapping[str, Any]]) -> list[Fraction]:
    """Return what was paid, exactly as written: tenths add up to what people think they do."""
    return [Fraction(entry["epsilon"]) for entry in entries if entry["kind"] == "reserved"]
