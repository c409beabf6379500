"""Every limit of the catalogue's list `protection` as it is in force: one less, the limit, and one more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from countersign import disclosure
from countersign.catalogue import load, protection_limit
from countersign.errors import ProtectionError
from countersign.study import Study

Holds = Callable[[int, Path], bool]  # step from the limit, folder

SUFFICIENT = (False, True, True)  # one less is not enough, the limit is
ALLOWED = (True, True, False)  # the limit is the most that may be

STUDY = """countersign: 1
title: "People"
data:
  people:
    file: people.csv
    unit: person
    roles: {latitude: lat, longitude: lon}
indicators:
  yes: {proportion: "said = 'yes'"}
protection:
  keys: [place]
"""


def limit(name: str) -> int:
    return int(protection_limit(name))


def lines(**counts: int) -> pd.DataFrame:
    """So many rows of each place."""
    return pd.DataFrame({"place": [name for name, count in counts.items() for _ in range(count)]})


def shown(table: pd.DataFrame, **rules: Any) -> bool:
    """Whether all places are shown."""
    return not disclosure.suppress(table, by=["place"], **rules).pattern.hidden.any()


def study(folder: Path, counts: dict[str, int], rest: str = "") -> Study:
    """A study of so many people of each place, all at one point."""
    rows = [f"p{name}{row},{name},{('yes', 'no')[row % 2]},45.0,10.0" for name, n in counts.items() for row in range(n)]
    (folder / "people.csv").write_text("\n".join(["who,place,said,lat,lon", *rows]) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY + rest, encoding="utf-8")
    return Study.open(folder)


# People behind a figure ---------------------------------------------------------------------------------------------


def people_of_a_table(step: int, _: Path) -> bool:
    return shown(lines(a=limit("minimum_contributors") + step, b=40, c=40))


def people_of_a_study(step: int, folder: Path) -> bool:
    with study(folder, {"a": 40}) as opened:
        return shown(
            lines(a=limit("minimum_contributors") + step, b=40), minimum=opened.plan.protection.minimum_contributors
        )


def people_where_it_is_strict(step: int, _: Path) -> bool:
    strict = limit("minimum_contributors_strict")
    return shown(lines(a=strict + step, b=40, c=40), minimum=strict)


def households(step: int, _: Path) -> bool:
    fewest = limit("minimum_households")
    homes = [f"a{row % (fewest + step)}" for row in range(8)] + [f"b{row}" for row in range(80)]
    return shown(lines(a=8, b=40, c=40).assign(home=homes), household="home", households=fewest)


# What each of them gave ---------------------------------------------------------------------------------------------


def what_others_add_in_percent_of_the_largest(step: int, _: Path) -> bool:
    p = limit("p_percent")
    given = [100.0, 50.0, *[(p + step) / 10] * 10]
    table = lines(a=12, b=300, c=300).assign(spent=given + [1.0] * 600)
    return shown(table, magnitude="spent", p_percent=p)


def percent_of_the_largest(step: int, _: Path) -> bool:
    n, k = limit("dominance_largest"), limit("dominance_percent")
    given = [(k + step) / n] * n + [(100 - k - step) / 20] * 20
    table = lines(a=len(given), b=300, c=300).assign(spent=given + [1.0] * 600)
    return shown(table, magnitude="spent", dominance=(n, k))


def so_many_largest_that_hold_more_than_their_share(step: int, _: Path) -> bool:
    n, k = limit("dominance_largest"), limit("dominance_percent")
    given = [(k + 0.1) / (n + step)] * (n + step) + [(100 - k - 0.1) / 20] * 20
    table = lines(a=len(given), b=300, c=300).assign(spent=given + [1.0] * 600)
    return shown(table, magnitude="spent", dominance=(n, k))


# Rows ---------------------------------------------------------------------------------------------------------------


def alike_when_risk_is_measured(step: int, _: Path) -> bool:
    k = limit("people_per_key")
    (counted,) = disclosure.measure_risk(lines(a=k + step, b=40), keys="place").counted
    return bool(counted.below[k] == 0)


def alike_when_answers_are_blanked(step: int, _: Path) -> bool:
    return bool(disclosure.suppress_locally(lines(a=limit("people_per_key") + step, b=40), keys="place").cells == 0)


def alike_when_tables_are_compared(step: int, _: Path) -> bool:
    table = lines(a=limit("people_per_key") + step, b=40)
    (_, below, *_) = disclosure.compare_variants(table, table, keys=["place"]).rows()
    assert below["measure"].endswith(f"fewer than {limit('people_per_key')} alike")
    return bool(below["first"] == 0)


def enough_for_a_mean_of_a_group(step: int, _: Path) -> bool:
    table = pd.DataFrame({"income": range(limit("people_per_key") + step)})
    return not refused(lambda: disclosure.microaggregate(table, columns=["income"]))


def enough_for_a_mean_of_the_extremes(step: int, _: Path) -> bool:
    table = pd.DataFrame({"income": [1] * 40 + [9] * (limit("people_per_key") + step)})
    return not refused(lambda: disclosure.code_extremes(table, top={"income": 5}, replace="mean"))


def alike_in_rows_that_anybody_may_have(step: int, folder: Path) -> bool:
    from countersign.study.anonymising import anonymise

    drop = "  microdata: {drop: [who, lat, lon]}\n"
    with study(folder, {"a": limit("people_per_key_public") + step, "b": 40}, drop) as opened:
        return anonymise(opened)[0].blanked == 0


def k_without_a_reason(step: int, folder: Path) -> bool:
    from countersign.study.anonymising import anonymise

    k = limit("people_per_key_public") + step
    with study(folder, {"a": 20, "b": 40}, f"  microdata: {{drop: [who, lat, lon], k: {k}}}\n") as opened:
        return not refused(lambda: anonymise(opened))


def alone_among_all_who_are_asked(step: int, _: Path) -> bool:
    everybody = round(1 / protection_limit("alone_before")) + step
    return bool(disclosure.foresee_risk({"sex": {"f": 1, "m": everybody - 1}}, respondents=everybody).safe)


def refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except ProtectionError:
        return True
    return False


# Counts that are changed --------------------------------------------------------------------------------------------


def left_as_it_is_by_rounding(step: int, _: Path) -> bool:
    count = limit("rounding_base") + step
    (row, *_) = disclosure.round_counts(lines(a=count), by=["place"], how="nearest").rows()
    return bool(row["count"] == count)


def changed_by_so_much(step: int, _: Path) -> bool:
    changes = {row["change"] for row in disclosure.perturbation_table().rows()}
    return {limit("noise_largest") + step, -limit("noise_largest") - step} <= changes


def published_as(step: int, _: Path) -> bool:
    return limit("noise_hidden") + step in {row["published"] for row in disclosure.perturbation_table().rows()}


def so_uncertain(step: int, _: Path) -> bool:
    spread: dict[int, float] = {}
    for row in disclosure.perturbation_table().rows():
        spread[row["count"]] = spread.get(row["count"], 0.0) + row["probability"] * row["change"] ** 2
    del spread[0]
    return min(spread.values()) >= protection_limit("noise_variance") + step * 1e-6 - 1e-9


# Places and groups --------------------------------------------------------------------------------------------------


def contributors_of_a_region_of_a_table(step: int, _: Path) -> bool:
    n = limit("contributors_per_region") + step
    points = pd.DataFrame({"who": range(n), "latitude": [45.0] * n, "longitude": [10.0] * n})
    return bool(disclosure.coarsen_places(points, contributor="who").regions)


def contributors_of_a_region_of_a_study(step: int, folder: Path) -> bool:
    return has_a_region(folder, limit("contributors_per_region") + step, "")


def residents_of_a_region(step: int, folder: Path) -> bool:
    people = f"latitude,longitude,people\n45.0,10.0,{limit('residents_per_region') + step}\n"
    (folder / "residents.csv").write_text(people, encoding="utf-8")
    return has_a_region(
        folder, 40, ", residents: {file: residents.csv, latitude: latitude, longitude: longitude, people: people}"
    )


def has_a_region(folder: Path, people: int, options: str) -> bool:
    from countersign.study.placing import place

    with study(folder, {"a": people}, f"  places: {{contributor: who{options}}}\n") as opened:
        return bool(place(opened).regions.regions)


def a_spared_group_is_shown_while_another_is_so_many_times_dearer(step: int, _: Path) -> bool | None:
    dearer = limit("visible_weight") + step
    if not step:
        return None  # both cost the same, and either may be hidden
    table = lines(a=1, spared=9, other=10 * dearer - 1)  # a figure of n people costs n + 1
    found = disclosure.suppress(table, by=["place"], spare={"place": "spared"})
    (one,) = [row["state"] for row in found.rows() if row["place"] == "spared"]
    return bool(one != "suppressed")


EDGES: dict[str, list[tuple[Holds, tuple[bool | None, ...]]]] = {
    "minimum_contributors": [(people_of_a_table, SUFFICIENT), (people_of_a_study, SUFFICIENT)],
    "minimum_contributors_strict": [(people_where_it_is_strict, SUFFICIENT)],
    "minimum_households": [(households, SUFFICIENT)],
    "people_per_key": [
        (alike_when_risk_is_measured, SUFFICIENT),
        (alike_when_answers_are_blanked, SUFFICIENT),
        (alike_when_tables_are_compared, SUFFICIENT),
        (enough_for_a_mean_of_a_group, SUFFICIENT),
        (enough_for_a_mean_of_the_extremes, SUFFICIENT),
    ],
    "people_per_key_public": [(alike_in_rows_that_anybody_may_have, SUFFICIENT), (k_without_a_reason, SUFFICIENT)],
    "alone_before": [(alone_among_all_who_are_asked, SUFFICIENT)],
    "p_percent": [(what_others_add_in_percent_of_the_largest, SUFFICIENT)],
    "dominance_largest": [(so_many_largest_that_hold_more_than_their_share, (False, False, True))],
    "dominance_percent": [(percent_of_the_largest, ALLOWED)],
    "rounding_base": [(left_as_it_is_by_rounding, (False, True, False))],
    "residents_per_region": [(residents_of_a_region, SUFFICIENT)],
    "contributors_per_region": [
        (contributors_of_a_region_of_a_table, SUFFICIENT),
        (contributors_of_a_region_of_a_study, SUFFICIENT),
    ],
    "noise_largest": [(changed_by_so_much, ALLOWED)],
    "noise_variance": [(so_uncertain, ALLOWED)],
    "noise_hidden": [(published_as, (False, False, True))],
    "visible_weight": [(a_spared_group_is_shown_while_another_is_so_many_times_dearer, (True, None, False))],
}
CASES = [
    pytest.param(holds, step, wanted, id=f"{name}-{holds.__name__}-{step:+d}")
    for name, edges in EDGES.items()
    for holds, wanteds in edges
    for step, wanted in zip((-1, 0, 1), wanteds, strict=True)
]


@pytest.mark.parametrize(("holds", "step", "wanted"), CASES)
def test_the_limit_is_where_it_is_said_to_be(holds: Holds, step: int, wanted: bool | None, tmp_path: Path) -> None:
    assert holds(step, tmp_path) is wanted


def test_no_limit_of_the_list_is_left_out() -> None:
    assert set(EDGES) == set(load("protection").entries)
