"""Revision analysis by hand, and no number of a figure that is withheld now."""

from __future__ import annotations

import dataclasses

import pytest

from countersign.model.calendar import Calendar, Correction
from countersign.model.estimate import Estimate, Status
from countersign.model.revision import GONE, NEW, NOT_COMPARABLE, REVISED, UNCHANGED, WITHHELD, Revision, analyse
from countersign.study.vintages import compare_vintages


def figure(figure_id: str, value: float, status: Status = Status.PUBLISHED) -> Estimate:
    made = Estimate("water", "mean", {}, value, 0.1, value - 1, value + 1, 9, "m", "t", figure_id=figure_id)
    return made.withheld() if status is Status.SUPPRESSED else dataclasses.replace(made, status=status)


def row(value: float | None, status: str = "published") -> dict[str, str]:
    numbers = ("", "", "") if value is None else (str(value), str(value - 1), str(value + 1))
    return {
        "indicator": "water",
        "unit": "l",
        "status": status,
        **dict(zip(("value", "lower", "upper"), numbers, strict=True)),
    }


def test_mean_and_mean_absolute_revision_by_hand() -> None:
    pairs = [(10.0, 12.0), (20.0, 19.0), (5.0, 5.0)]
    ones = [
        Revision(f"f{n}", "water", "l", REVISED if new != old else UNCHANGED, "", old, old - 1, old + 1, new)
        for n, (old, new) in enumerate(pairs)
    ]
    (found,) = analyse(ones)
    assert (found.compared, found.revised, found.outside) == (3, 2, 1)
    assert found.mean == pytest.approx((2 - 1 + 0) / 3)
    assert found.mean_absolute == pytest.approx(3 / 3)
    assert found.relative == pytest.approx(3 / 36)


def test_each_kind_of_revision_and_no_number_of_what_is_withheld() -> None:
    calendar = Calendar(
        vintage="b", revises="a", note="Late villages.",
        corrections=(Correction("2026-01-01", "Wrong.", "Mixed up.", ("moved",), "a"),),
    )  # fmt: skip
    old = {
        "same": row(1.0), "moved": row(2.0), "hidden": row(3.0), "gone": row(4.0),
        "was_hidden": row(None, "suppressed"),
    }  # fmt: skip
    new = [figure("same", 1.0), figure("moved", 5.0), figure("hidden", 3.0, Status.SUPPRESSED), figure("new", 6.0),
           figure("was_hidden", 7.0)]  # fmt: skip
    found = {one.figure_id: one for one in compare_vintages(old, new, calendar)}
    assert {name: one.kind for name, one in found.items()} == {
        "same": UNCHANGED, "moved": REVISED, "hidden": WITHHELD, "new": NEW, "was_hidden": NOT_COMPARABLE, "gone": GONE,
    }  # fmt: skip
    assert found["moved"].difference == 3.0
    assert found["moved"].outside is True
    assert found["moved"].reason == "Wrong. Mixed up."
    for name in ("hidden", "gone"):
        one = found[name]
        assert (one.value, one.lower, one.upper, one.old_value, one.old_lower, one.old_upper) == (None,) * 6
    assert found["new"].reason == "Late villages."
