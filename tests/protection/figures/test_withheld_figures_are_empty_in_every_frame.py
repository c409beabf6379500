"""A withheld figure is empty in every kind of table that figures can be taken out as."""

from __future__ import annotations

from counting import hidden, people, study

from countersign.protection import withhold


def test_a_withheld_figure_is_empty_in_pandas_polars_and_arrow_too() -> None:
    made = study(people(north_yes=1, north_no=1, south_yes=30, south_no=30, east_yes=30, east_no=31))
    table = withhold(made.plan, made.figures, made.contributions).figures
    ids = table.to_polars()["figure_id"].to_list()
    for values in (table.to_polars()["n"].to_list(), table.to_arrow()["n"].to_pylist()):
        assert [name for name, n in zip(ids, values, strict=True) if n is None] == [
            n for n in ids if n in hidden(table)
        ]
    assert dict(zip(ids, table.to_pandas()["value"].isna().tolist(), strict=True)) == {
        n: n in hidden(table) for n in ids
    }
