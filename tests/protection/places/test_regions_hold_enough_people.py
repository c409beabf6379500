"""Adaptive H3 cells: every region has enough contributors and residents, and none is the difference of two others."""

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.errors import ProtectionError
from countersign.protection.places.regions import adapt
from countersign.protection.places.residents import Residents

HERE = (45.0, 10.0)


def people(*points: tuple[float, float, int]) -> dict[str, np.ndarray]:
    return {
        "latitude": np.array([point[0] for point in points]),
        "longitude": np.array([point[1] for point in points]),
        "contributors": np.array([point[2] for point in points]),
    }


def crowd(latitude: float, longitude: float, count: int, first: int = 0) -> list[tuple[float, float, int]]:
    return [(latitude, longitude, first + number) for number in range(count)]


@pytest.mark.parametrize(("count", "shown"), [(4, 0), (5, 1), (6, 1)])
def test_k_people_are_enough_and_one_less_is_hidden(count: int, shown: int) -> None:
    found = adapt(**people(*crowd(*HERE, count)), k=5)
    assert len(found.regions) == shown
    assert found.hidden_records == (0 if shown else count)


def test_many_records_of_one_person_are_one_person() -> None:
    found = adapt(**people(*[(*HERE, 1)] * 50), k=2)
    assert found.regions == ()
    assert found.hidden_records == 50
    found = adapt(**people(*[(*HERE, 1)] * 50, (*HERE, 2)), k=2)
    assert [(one.contributors, one.records) for one in found.regions] == [(2, 51)]


def test_where_all_stand_at_one_place_the_region_is_as_fine_as_allowed() -> None:
    for finest in (4, 7, 9):
        found = adapt(**people(*crowd(*HERE, 5)), k=5, finest=finest)
        assert [one.resolution for one in found.regions] == [finest]
        assert found.regions[0].cells == (h3.latlng_to_cell(*HERE, finest),)


def test_a_cell_is_split_into_safe_parts_and_the_others_are_put_together() -> None:
    parent = h3.latlng_to_cell(*HERE, 5)
    children = sorted(h3.cell_to_children(parent, 6))
    counts = [5, 5, 2, 3, 0, 0, 0]
    points, first = [], 0
    for child, count in zip(children, counts, strict=True):
        points += crowd(*h3.cell_to_latlng(child), count, first)
        first += count
    found = adapt(**people(*points), k=5, finest=6, coarsest=5)
    assert sorted((one.cells, one.contributors) for one in found.regions) == sorted(
        [((children[0],), 5), ((children[1],), 5), ((children[2], children[3]), 5)]
    )


def test_parts_that_are_too_few_even_together_take_the_smallest_safe_part_in() -> None:
    parent = h3.latlng_to_cell(*HERE, 5)
    children = sorted(h3.cell_to_children(parent, 6))
    points, first = [], 0
    for child, count in zip(children, [7, 6, 4], strict=False):
        points += crowd(*h3.cell_to_latlng(child), count, first)
        first += count
    found = adapt(**people(*points), k=5, finest=6, coarsest=5)
    assert sorted((one.cells, one.contributors) for one in found.regions) == sorted(
        [((children[0],), 7), ((children[1], children[2]), 10)]
    )


def test_a_cell_stays_whole_where_no_split_is_safe() -> None:
    parent = h3.latlng_to_cell(*HERE, 5)
    children = sorted(h3.cell_to_children(parent, 6))
    points, first = [], 0
    for child in children[:3]:
        points += crowd(*h3.cell_to_latlng(child), 3, first)
        first += 3
    found = adapt(**people(*points), k=5, finest=6, coarsest=5)
    assert [(one.cells, one.contributors) for one in found.regions] == [((parent,), 9)]


def test_a_secret_place_is_never_told_more_finely_than_the_coarsest_cell() -> None:
    points = people(*crowd(*HERE, 9))
    site = (np.array([HERE[0]]), np.array([HERE[1]]))
    found = adapt(**points, k=5, sites=site)
    assert [one.resolution for one in found.regions] == [4]
    assert found.sites == 1
    elsewhere = (np.array([HERE[0] + 5]), np.array([HERE[1]]))
    assert [one.resolution for one in adapt(**points, k=5, sites=elsewhere).regions] == [9]


@pytest.mark.parametrize(("living", "resolution"), [(99, 8), (100, 9), (101, 9)])
def test_few_residents_make_the_region_wider(living: int, resolution: int) -> None:
    cell = h3.latlng_to_cell(*HERE, 9)
    near = next(one for one in h3.cell_to_children(h3.cell_to_parent(cell, 8), 9) if one != cell)
    places = [h3.cell_to_latlng(cell), h3.cell_to_latlng(near)]
    residents = Residents(*(np.array(side) for side in zip(*places, strict=True)), np.array([living, 500.0]))
    found = adapt(**people(*crowd(*HERE, 5)), k=5, residents=residents, least_residents=100)
    assert [one.resolution for one in found.regions] == [resolution]
    assert [one.residents for one in found.regions] == [living if resolution == 9 else living + 500]


def test_a_region_nobody_lives_in_is_hidden() -> None:
    residents = Residents(np.array([0.0]), np.array([0.0]), np.array([1000.0]))
    found = adapt(**people(*crowd(*HERE, 9)), k=5, residents=residents, least_residents=1)
    assert (found.regions, found.hidden_records) == ((), 9)


def test_where_no_record_has_a_place_there_is_no_map() -> None:
    found = adapt(**people((0.0, 0.0, 1), (np.nan, np.nan, 2)), k=2)
    assert (found.regions, found.hidden_records, found.without_place) == ((), 0, 2)


def test_records_without_a_place_are_counted_and_shown_nowhere() -> None:
    points = people(
        *crowd(*HERE, 5), (np.nan, 10.0, 6), (45.0, np.nan, 7), (91.0, 10.0, 8), (45.0, 181.0, 9), (0.0, 0.0, 10)
    )
    found = adapt(**points, k=5)
    assert found.without_place == 5
    assert found.of_record.tolist() == [0] * 5 + [-1] * 5
    assert found.hidden_records == 0
    on_the_equator = adapt(**people(*crowd(0.0, 10.0, 5), *crowd(10.0, 0.0, 5, 9)), k=5)
    assert len(on_the_equator.regions) == 2


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(
        st.tuples(st.floats(44.5, 45.5), st.floats(9.5, 10.5), st.integers(0, 25)), min_size=1, max_size=120
    ),
    k=st.integers(2, 6),
    shuffle=st.randoms(use_true_random=False),
)
def test_regions_never_overlap_hold_k_people_and_do_not_depend_on_the_order(points, k, shuffle) -> None:  # type: ignore[no-untyped-def]
    found = adapt(**people(*points), k=k, finest=8, coarsest=5)
    at = {point: h3.latlng_to_cell(point[0], point[1], 8) for point in points}
    for number, region in enumerate(found.regions):
        inside = [point for point in points if h3.cell_to_parent(at[point], region.resolution) in region.cells]
        assert len({point[2] for point in inside}) == region.contributors >= k
        assert len(inside) == region.records == int((found.of_record == number).sum())
    assert sum(region.records for region in found.regions) + found.hidden_records == len(points)
    for region in found.regions:
        for other in found.regions:
            if other is not region and other.resolution <= region.resolution:
                assert not {h3.cell_to_parent(cell, other.resolution) for cell in region.cells} & set(other.cells)
    mixed = list(points)
    shuffle.shuffle(mixed)
    again = adapt(**people(*mixed), k=k, finest=8, coarsest=5)
    assert sorted(again.regions, key=lambda one: one.cells) == sorted(found.regions, key=lambda one: one.cells)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"k": 1}, "k"),
        ({"k": 2, "coarsest": 8, "finest": 7}, "coarsest"),
        ({"k": 2, "finest": 16}, "coarsest"),
        ({"k": 2, "coarsest": -1}, "coarsest"),
        ({"k": 2, "least_residents": 1}, "least_residents"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict, where: str) -> None:
    with pytest.raises(ProtectionError) as error:
        adapt(**people((*HERE, 1)), **arguments)
    assert where in error.value.where


@pytest.mark.parametrize("wrong", [(91.0, 0.0, 5.0), (0.0, 181.0, 5.0), (0.0, 0.0, -1.0), (0.0, 0.0, np.nan)])
def test_a_population_table_with_impossible_rows_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ProtectionError, match="1 of 2"):
        Residents(*(np.array(pair) for pair in zip((1.0, 1.0, 1.0), wrong, strict=True)))
    with pytest.raises(ProtectionError, match="0 of 0"):
        Residents(np.array([]), np.array([]), np.array([]))


@pytest.mark.parametrize(("coarsest", "finest"), [(0, 0), (0, 15), (15, 15)])
def test_the_map_says_between_which_sizes_it_went(coarsest: int, finest: int) -> None:
    residents = Residents(np.array([HERE[0]]), np.array([HERE[1]]), np.array([9.0]))
    found = adapt(
        **people(*crowd(*HERE, 5)), k=4, coarsest=coarsest, finest=finest, residents=residents, least_residents=2.0
    )
    assert (found.k, found.coarsest, found.finest, found.least_residents) == (4, coarsest, finest, 2.0)
    assert [one.resolution for one in found.regions] == [finest]
    assert found.sites == 0
    assert found.of_record.dtype == np.int64


@settings(max_examples=40, deadline=None)
@given(latitude=st.floats(-60, 60), longitude=st.floats(1, 179))
def test_a_secret_place_and_its_residents_belong_to_the_cells_its_records_belong_to(
    latitude: float, longitude: float
) -> None:
    here = np.array([latitude]), np.array([longitude])
    crowd_here = people(*crowd(latitude, longitude, 5))
    found = adapt(**crowd_here, k=5, sites=here)
    assert [one.resolution for one in found.regions] == [4]
    lived = adapt(**crowd_here, k=5, residents=Residents(*here, np.array([7.0])), least_residents=7)
    assert [(one.resolution, one.residents) for one in lived.regions] == [(9, 7.0)]
