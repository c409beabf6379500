"""Against a slow reading of the tables: the finest groups as unknowns, and an equation for every figure shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from counting import Made, hidden, study
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from countersign.model.estimate import EstimateTable, Status
from countersign.protection import audit_release, withhold

ABA = [(), ("a",), ("b",), ("a", "b")]


def slow_interval(made: Made, shown: EstimateTable, target: tuple[str, dict[str, str]]) -> tuple[float, float]:
    """Bound the people of one answer in one group, by the finest groups as unknowns and every shown figure."""
    answers = ("yes", "no")
    cells = [(x, y, answer) for x in "xyz" for y in "pq" for answer in answers]

    def of(domain, answer=None):
        return [float(domain.get("a", x) == x and domain.get("b", y) == y and answer in (None, z)) for x, y, z in cells]

    left, right = [of({})], [float(made.figures["food"].n)]
    for one, before in zip(shown, made.figures, strict=True):
        if one.status is not Status.SUPPRESSED:
            left += [of(dict(one.domain)), of(dict(one.domain), "yes")]
            right += [float(before.n), float(round(before.raw * before.n))]
    there = {(one.domain["a"], one.domain["b"]) for one in made.figures if len(one.domain) == 2}
    bounds = [(0, None) if not there or (x, y) in there else (0, 0) for x, y, _ in cells]
    goal = np.array(of(target[1], None if target[0] == "n" else target[0]))
    ends = [linprog(sign * goal, A_eq=left, b_eq=right, bounds=bounds, method="highs").fun for sign in (1, -1)]
    return ends[0], -ends[1]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=12, max_size=12),
    st.sets(st.sampled_from(["a", "b"]), min_size=1),
    st.integers(2, 5),
)
def test_no_number_of_few_people_can_be_computed(counts: list[int], shown: set[str], minimum: int) -> None:
    places = [(x, y, answer) for x in "xyz" for y in "pq" for answer in ("yes", "no")]
    rows = [
        {"a": x, "b": y, "answer": answer} for (x, y, answer), n in zip(places, counts, strict=True) for _ in range(n)
    ]
    if len(rows) < 3 * minimum:
        return
    by = [names for names in ABA if set(names) <= shown or len(names) == 2]
    made = study(rows, by=by, minimum=minimum)
    left = withhold(made.plan, made.figures, made.contributions)
    for one in made.figures:
        if (
            0 < one.n < minimum
            or round(one.raw * one.n) in range(minimum)
            or one.n - round(one.raw * one.n) in range(minimum)
        ):
            assert one.figure_id in hidden(left.figures)
    nothing = replace(made.figures, estimates=tuple(one.withheld() for one in made.figures))
    for one in made.figures:
        yes = round(one.raw * one.n)
        for answer, number in (("n", one.n), ("yes", yes), ("no", one.n - yes)):
            if number >= minimum or (not one.domain and answer == "n"):
                continue
            low, high = slow_interval(made, left.figures, (answer, dict(one.domain)))
            widest = np.subtract(*slow_interval(made, nothing, (answer, dict(one.domain)))[::-1])
            assert high - low >= min(minimum, np.floor(widest + 1e-6)) - 1e-6, (one.figure_id, answer)
    assert audit_release(made.plan, made.figures, left.figures, unsafe=left.unsafe).safe
