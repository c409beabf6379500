"""No figure from too few contributors, and none that one subtraction would give away."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.catalogue import load
from countersign.errors import StudyError
from countersign.model.estimate import CSV_AFTER, Estimate, EstimateTable, Status
from countersign.protection import default_minimum, withhold


def figure(n: int, indicator: str = "food", status: Status = Status.PUBLISHED, **domain: str) -> Estimate:
    nothing = n == 0 or status is Status.SUPPRESSED
    number = None if nothing else 0.25
    return Estimate(
        indicator=indicator,
        statistic="proportion",
        domain=domain,
        value=number,
        standard_error=number,
        lower=number,
        upper=number,
        n=n,
        method="weighted proportion",
        convention="wilson",
        n_effective=n / 2,
        degrees=n - 1.0,
        design_effect=2.0,
        status=status if n or status is Status.SUPPRESSED else Status.NO_DATA,
        flags=("n<30",),
        note="as estimated",
        raw=0.5,
        truth=0.75,
        figure_id="/".join([indicator, *domain.values()]),
    )


def hidden(table: EstimateTable) -> set[str]:
    return {estimate.figure_id for estimate in table if estimate.status is Status.SUPPRESSED}


@pytest.mark.parametrize(
    ("n", "withheld"), [(1, True), (4, True), (5, False), (6, False), (0, False)], ids=lambda value: str(value)
)
def test_the_limit_itself_is_enough_and_one_less_is_not(n: int, withheld: bool) -> None:
    table = withhold(EstimateTable((figure(n),)), minimum=5)
    assert (hidden(table) == {"food"}) is withheld
    if not withheld:
        assert table.estimates == (figure(n),)


def test_a_withheld_figure_keeps_no_number_at_all() -> None:
    (left,) = withhold(EstimateTable((figure(2),)), minimum=3)
    numbers = [
        value for value in vars(left).values() if isinstance(value, (int, float)) and value not in (0, left.level)
    ]
    assert numbers == []
    assert left.flags == ()
    assert "fewer than 3 contributors" in left.note
    assert "as estimated" not in left.note
    assert (left.method, left.convention) == ("weighted proportion", "wilson")


def test_a_withheld_figure_is_a_row_with_empty_cells_never_a_zero() -> None:
    table = withhold(EstimateTable((figure(2, sex="f"), figure(1, sex="m"), figure(0, sex="x"))), minimum=3)
    first, second, nobody = table.rows()
    for row in (first, second):
        assert row["status"] == "suppressed"
        assert [row[name] for name in CSV_AFTER if name not in ("method", "convention", "status", "flags", "note")] == [
            None
        ] * 6
    assert (nobody["status"], nobody["n"]) == ("no_data", 0)
    shown = list(csv.reader(io.StringIO(str(table)), delimiter="\t"))
    assert shown[1] == ["food/f", "", "", "", "wilson"]


def test_nobody_and_not_asked_stay_what_they_are() -> None:
    estimates = (
        figure(0, sex="x"),
        replace(figure(0, sex="y"), status=Status.NOT_ASKED),
        figure(50, sex="f"),
        figure(60, sex="m"),
    )
    assert withhold(EstimateTable(estimates), minimum=3).estimates == estimates


@pytest.mark.parametrize("minimum", [0, 1])
def test_no_limit_withholds_nothing_and_says_nothing(minimum: int) -> None:
    table = EstimateTable((figure(1), figure(0)), notes=("before",))
    assert withhold(table, minimum=minimum) is table


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(StudyError, match="negative"):
        withhold(EstimateTable(()), minimum=-1)


def test_one_withheld_category_takes_the_smallest_other_with_it() -> None:
    table = withhold(
        EstimateTable((figure(72), figure(2, area="north"), figure(40, area="south"), figure(30, area="east"))),
        minimum=3,
    )
    assert hidden(table) == {"food/north", "food/east"}
    assert "fewer than 3" in table["food/north"].note
    assert "give away" in table["food/east"].note
    assert table["food"].n == 72


def test_two_withheld_categories_protect_each_other() -> None:
    estimates = (figure(72), figure(2, area="north"), figure(40, area="south"), figure(1, area="east"))
    assert hidden(withhold(EstimateTable(estimates), minimum=3)) == {"food/north", "food/east"}


def test_an_empty_category_protects_nobody() -> None:
    estimates = (figure(42), figure(2, area="north"), figure(40, area="south"), figure(0, area="east"))
    table = withhold(EstimateTable(estimates), minimum=3)
    assert hidden(table) == {"food/north", "food/south"}
    assert table["food/east"].status is Status.NO_DATA


def test_a_breakdown_without_a_total_is_protected_too() -> None:
    estimates = (figure(2, area="north"), figure(40, area="south"), figure(30, area="east"))
    assert hidden(withhold(EstimateTable(estimates), minimum=3)) == {"food/north", "food/east"}


def test_a_category_withheld_before_counts_as_withheld() -> None:
    estimates = (figure(0, status=Status.SUPPRESSED, area="north"), figure(40, area="south"), figure(30, area="east"))
    assert hidden(withhold(EstimateTable(estimates), minimum=3)) == {"food/north", "food/east"}


def test_indicators_do_not_take_each_others_categories() -> None:
    estimates = (
        figure(2, area="north"), figure(40, area="south"), figure(30, area="east"),
        figure(50, "water", area="north"), figure(40, "water", area="south"),
    )  # fmt: skip
    assert hidden(withhold(EstimateTable(estimates), minimum=3)) == {"food/north", "food/east"}


def test_the_only_category_left_takes_its_total_with_it() -> None:
    """North has 2 and nobody else: whoever reads the total of the coast reads north."""
    estimates = (
        figure(100), figure(2, side="coast"), figure(98, side="land"),
        figure(2, side="coast", area="north"), figure(0, side="coast", area="south"),
        figure(50, side="land", area="north"), figure(48, side="land", area="south"),
    )  # fmt: skip
    names = hidden(withhold(EstimateTable(estimates), minimum=3))
    assert {"food/coast", "food/coast/north", "food/land"} <= names
    assert "food/land/south" in names  # else land = 50 + 48, and coast = 100 - 98


def solvable(table: EstimateTable, names: tuple[str, ...]) -> set[str]:
    """Return the withheld figures that repeated single subtractions reveal: a slow reading of the tables, by hand."""
    known = {
        tuple(estimate.domain.get(name, "*") for name in names): estimate.status is not Status.SUPPRESSED
        for estimate in table
    }
    found: set[tuple[str, ...]] = set()
    progress = True
    while progress:
        progress = False
        for total in known:
            for over in product([False, True], repeat=len(names)):
                if not any(over) or any(flag and part != "*" for flag, part in zip(over, total, strict=True)):
                    continue
                cells = [
                    cell
                    for cell in known
                    if all(
                        (part != "*" if flag else part == whole)
                        for flag, part, whole in zip(over, cell, total, strict=True)
                    )
                ]
                unknown = [cell for cell in [total, *cells] if not known[cell]]
                if cells and len(unknown) == 1:
                    known[unknown[0]] = progress = True
                    found.add(unknown[0])
    return {"/".join(("food", *(part for part in cell if part != "*"))) for cell in found}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=6, max_size=6),
    st.sets(st.sampled_from(["a", "b", "ab", "total"]), min_size=1),
    st.integers(2, 6),
)
def test_no_single_subtraction_reveals_a_withheld_figure(counts: list[int], shown: set[str], minimum: int) -> None:
    cells = dict(zip(product("xyz", "pq"), counts, strict=True))
    estimates = []
    if "total" in shown:
        estimates.append(figure(sum(counts)))
    if "a" in shown:
        estimates += [figure(sum(n for (x, _), n in cells.items() if x == a), a=a) for a in "xyz"]
    if "b" in shown:
        estimates += [figure(sum(n for (_, y), n in cells.items() if y == b), b=b) for b in "pq"]
    if "ab" in shown:
        estimates += [figure(n, a=a, b=b) for (a, b), n in cells.items()]
    table = withhold(EstimateTable(tuple(estimates)), minimum=minimum)
    assert {e.figure_id for e in estimates if 0 < e.n < minimum} <= hidden(table)
    assert all(e.status is not Status.SUPPRESSED or before.n > 0 for e, before in zip(table, estimates, strict=True))
    assert solvable(table, ("a", "b")) == set()


def test_the_table_says_what_was_done_and_what_was_not() -> None:
    table = withhold(EstimateTable((figure(2, a="x"), figure(9, a="y")), notes=("before",)), minimum=3)
    assert table.notes[0] == "before"
    assert "(1), and so are those" in table.notes[1]
    assert table.notes[1].endswith("within a table (1).")
    assert "does not yet search for attacks" in table.notes[2]


def test_the_default_limit_comes_from_the_catalogue_with_its_source() -> None:
    entry = load("protection")["minimum_contributors"]
    assert default_minimum() == 3
    assert entry.source
    assert entry.status == "proposed"


def test_a_withheld_figure_is_empty_in_pandas_polars_and_arrow_too() -> None:
    table = withhold(
        EstimateTable((figure(2, area="north"), figure(9, area="south"), figure(7, area="east"))), minimum=3
    )
    assert table.to_polars()["n"].to_list() == [None, 9, None]
    assert table.to_arrow()["n"].to_pylist() == [None, 9, None]
    assert table.to_pandas()["value"].isna().tolist() == [True, False, True]
    assert EstimateTable(()).to_polars().shape == (0, 0)
