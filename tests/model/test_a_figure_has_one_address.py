"""A figure's path follows from its id alone: safe on every disk, and no two ids share one."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from countersign.model.address import figure_address, figure_path
from countersign.model.calendar import days_late

IDS = st.one_of(st.text(max_size=300), st.from_regex(r"[a-zA-Z_]{1,6}(/[a-zA-Z =,.]{1,12}){0,2}", fullmatch=True))


@given(one=IDS, other=IDS)
@example(one="water/sex=F", other="water/sex=f")
@example(one="a/b", other="a//b")
@example(one="é", other="e\u0301")
@example(one="x", other="X")
def test_no_two_ids_share_a_path(one: str, other: str) -> None:
    if one != other:
        folded = [unicodedata.normalize("NFC", figure_path(each)).casefold() for each in (one, other)]
        assert folded[0] != folded[1]


@given(figure_id=IDS)
@example(figure_id="con")
@example(figure_id="a/nul.txt")
@example(figure_id="../../etc/passwd")
@example(figure_id="index.html")
@example(figure_id="a/" + "b" * 10_000)
def test_a_path_is_safe_on_every_disk(figure_id: str) -> None:
    path = figure_path(figure_id)
    assert path == figure_path(figure_id)
    assert len(path) <= 160
    for part in path.split("/"):
        assert 0 < len(part) <= 80
        assert part not in (".", "..", "index.html")
        assert not part.endswith((".", " "))
        assert not set(part) - set("abcdefghijklmnopqrstuvwxyz0123456789_=,.-~")
        assert part.split(".")[0] not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


def test_a_plain_id_is_its_own_path() -> None:
    assert figure_path("water/sex=female,age_group=18-29") == "water/sex=female,age_group=18-29"
    assert figure_path("water/region=Amber Coast").startswith("water/region=amber-coast~")
    assert figure_address("https://example.org/w", "2026-12", "water") == "https://example.org/w/2026-12/figures/water/"
    assert figure_address("", "2026-12", "water") == ""


def test_a_promise_is_kept_until_the_end_of_its_day_month_or_year() -> None:
    assert days_late("2026-12-15", "2026-12-18T10:00:00Z") == 3
    assert days_late("2026-12-15", "2026-12-14") == -1
    assert days_late("2026-12", "2026-12-31") == 0
    assert days_late("2026-12", "2027-01-02") == 2
    assert days_late("2026", "2026-05-01") == 0
    assert days_late("2026-05", "2026-04-29") == -2
    assert days_late("", "2026-05-01") is None
    assert days_late("2026-05-01", "") is None
