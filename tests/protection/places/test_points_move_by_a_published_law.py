"""Displacement: how far points move, that they stay in their unit, and that repeating them gives nothing away."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from countersign.errors import CatalogueError, ProtectionError
from countersign.model.boundary import Boundary
from countersign.model.place import Displacement, DisplacementLaw
from countersign.model.sphere import EARTH, distance, travel
from countersign.protection.places.displacing import _Mover, displace, law
from countersign.protection.places.residents import Residents

SECRET = bytes(range(32))
RING = DisplacementLaw("ring", "", {"rural": 1.0}, {"rural": 3.0}, uniform="area")


def square(west: float, south: float, east: float, north: float) -> Boundary:
    return Boundary(((np.array([[west, south], [east, south], [east, north], [west, north], [west, south]]),),))


def spread(count: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return people who live far enough from each other to be matched with the points shown."""
    side = np.arange(count)
    return 40.0 + (side // 60) * 0.5, 5.0 + (side % 60) * 0.5, [f"p{number}" for number in side]


def many_moved() -> tuple[np.ndarray, np.ndarray, Displacement]:
    """Return so many places that a law can be told from them, and the points shown."""
    latitude, longitude, who = spread(1500)
    return latitude, longitude, displace(latitude, longitude, contributors=who, law=RING, secret=SECRET)


def moved(found, latitude, longitude) -> np.ndarray:  # type: ignore[no-untyped-def]
    shown = found.of_record
    return distance(latitude, longitude, found.latitude[shown], found.longitude[shown])


def test_a_point_lies_between_the_two_radii_and_evenly_over_the_ring() -> None:
    latitude, longitude, found = many_moved()
    far = moved(found, latitude, longitude)
    assert far.min() >= 1.0 - 1e-9
    assert far.max() <= 3.0 + 1e-9
    assert stats.kstest(far, lambda r: (r**2 - 1) / 8).pvalue > 0.001


def test_distance_and_direction_are_drawn_apart() -> None:
    latitude, longitude, found = many_moved()
    east = (found.longitude[found.of_record] - longitude) * np.cos(np.radians(latitude))
    north = found.latitude[found.of_record] - latitude
    assert abs(stats.spearmanr(np.arctan2(north, east), np.hypot(north, east)).statistic) < 0.1


@pytest.mark.parametrize(
    ("uniform", "how_far", "which", "expected"),
    [
        ("area", 0.0, 0.5, 2.0), ("area", 1.0, 0.5, 4.0), ("area", 0.5, 0.5, 10**0.5), ("distance", 0.0, 0.5, 2.0),
        ("distance", 1.0, 0.5, 4.0), ("distance", 0.25, 0.5, 2.5), ("distance", 1.0, 0.099, 9.0),
        ("distance", 1.0, 0.1, 4.0),
    ],
)  # fmt: skip
def test_a_draw_gives_the_distance_of_the_law(uniform: str, how_far: float, which: float, expected: float) -> None:
    own = DisplacementLaw("own", "", {"rural": 2.0}, {"rural": 4.0}, {"rural": (0.1, 9.0)}, uniform)
    mover = _Mover(own, SECRET, None, 0.0)
    assert mover.distances(np.array([how_far]), np.array([which]), "rural")[0] == pytest.approx(expected)


def test_a_law_comes_whole_from_the_catalogue() -> None:
    found = law("dhs")
    assert (found.id, found.uniform, dict(found.far)) == ("dhs", "distance", {"rural": (0.01, 10.0)})
    assert (dict(found.nearest), dict(found.farthest)) == ({"urban": 0.0, "rural": 0.0}, {"urban": 2.0, "rural": 5.0})
    assert "DHS" in found.source
    assert found.title.startswith("As the Demographic")
    assert (law("donut").uniform, dict(law("donut").far)) == ("area", {})
    moved_by = displace(np.array([45.0]), np.array([10.0]), contributors=["a"], law=found, secret=SECRET)
    assert moved_by.law is found


def test_points_come_out_sorted_by_place_and_not_in_the_order_of_the_file() -> None:
    latitude, longitude, who = spread(60)
    found = displace(latitude[::-1], longitude[::-1], contributors=who, law=RING, secret=SECRET)
    assert found.latitude.tolist() == sorted(found.latitude.tolist())
    assert found.records.dtype == np.int64


def test_the_middle_of_the_records_of_a_place_is_moved() -> None:
    near = displace(np.array([45.0, 45.01]), np.full(2, 10.0), contributors=["a", "a"], law=RING, secret=SECRET)
    middle = displace(np.array([45.005]), np.array([10.0]), contributors=["a"], law=RING, secret=SECRET)
    assert near.latitude[0] == pytest.approx(middle.latitude[0])


def test_the_places_of_a_person_do_not_depend_on_the_order_of_the_file() -> None:
    latitude = np.array([45.0, 45.02, 45.04, 46.0])
    mixed = np.array([2, 0, 3, 1])
    first = displace(latitude, np.full(4, 10.0), contributors=["a"] * 4, law=RING, secret=SECRET)
    other = displace(latitude[mixed], np.full(4, 10.0), contributors=["a"] * 4, law=RING, secret=SECRET)
    assert np.array_equal(first.latitude, other.latitude)
    assert first.of_record[mixed].tolist() == other.of_record.tolist()


def test_people_who_alternate_in_the_file_keep_their_places() -> None:
    latitude = np.array([45.0, 45.0, 45.001, 45.001])
    found = displace(latitude, np.full(4, 10.0), contributors=["a", "b", "a", "b"], law=RING, secret=SECRET)
    assert sorted(found.records.tolist()) == [2, 2]


@pytest.mark.parametrize(("least", "widened"), [(0.0, 0), (0.5, 0), (1.0, 0)])
def test_one_resident_near_is_enough_for_one(least: float, widened: int) -> None:
    everywhere = np.meshgrid(np.linspace(44.8, 45.2, 41), np.linspace(9.8, 10.2, 41))
    residents = Residents(everywhere[0].ravel(), everywhere[1].ravel(), np.ones(41 * 41))
    found = displace(
        np.array([45.0]), np.array([10.0]), contributors=["a"], law=RING, secret=SECRET, residents=residents,
        least_residents=least,
    )  # fmt: skip
    assert found.widened == widened
    assert moved(found, np.array([45.0]), np.array([10.0]))[0] <= 3.0 + 1e-9


def test_without_a_fewest_number_points_never_move_farther_than_the_law() -> None:
    speck = {"speck": square(10.0, 45.0, 10.0001, 45.0001)}
    empty = Residents(np.array([0.0]), np.array([0.0]), np.array([9.0]))
    found = displace(
        np.array([45.00005]),
        np.array([10.00005]),
        contributors=["a"],
        law=RING,
        secret=SECRET,
        areas=speck,
        residents=empty,
    )
    assert (found.withheld, found.widened, found.nearer) == (1, 0, None)


def test_the_number_of_residents_as_near_is_least_twentieth_and_half() -> None:
    latitude, longitude, who = spread(30)
    grid = np.meshgrid(np.linspace(39.9, 40.1, 41), np.linspace(4.9, 20.1, 600))
    residents = Residents(grid[0].ravel(), grid[1].ravel(), np.ones(grid[0].size))
    found = displace(latitude, longitude, contributors=who, law=RING, secret=SECRET, residents=residents)
    low, few, half = found.nearer or (0, 0, 0)
    assert low <= few <= half
    far = moved(found, latitude, longitude)
    people = residents.near(found.latitude[found.of_record], found.longitude[found.of_record], far)
    assert (low, half) == (people.min(), np.median(people))


def test_points_in_no_unit_have_no_area_and_without_units_all_are_shown() -> None:
    found = displace(np.array([45.0]), np.array([10.0]), contributors=["a"], law=RING, secret=SECRET)
    assert found.area == ("",)


def test_only_as_many_bytes_of_the_secret_as_the_hash_takes_count() -> None:
    place = np.array([45.0]), np.array([10.0])
    one, two = (displace(*place, contributors=["a"], law=RING, secret=b"k" * 64 + end) for end in (b"1", b"2"))
    assert one.latitude[0] == two.latitude[0]


def test_directions_are_even() -> None:
    latitude, longitude, found = many_moved()
    east = (found.longitude[found.of_record] - longitude) * np.cos(np.radians(latitude))
    turn = np.arctan2(found.latitude[found.of_record] - latitude, east)
    assert stats.kstest(turn, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 0.001


def test_the_law_of_the_health_surveys_moves_towns_less_and_one_in_a_hundred_far() -> None:
    latitude, longitude, who = spread(3000)
    kinds = ["urban", "rural"] * 1500
    found = displace(latitude, longitude, contributors=who, law=law("dhs"), secret=SECRET, kinds=kinds)
    far = moved(found, latitude, longitude)
    assert far[0::2].max() <= 2.0
    assert stats.kstest(far[0::2], stats.uniform(0, 2).cdf).pvalue > 0.001
    beyond = far[1::2] > 5.0
    assert 5.0 < far[1::2].max() <= 10.0
    assert stats.binomtest(int(beyond.sum()), 1500, 0.005).pvalue > 0.001  # 1 % up to 10 km, half of them beyond 5


@pytest.mark.parametrize(
    ("name", "kind", "nearest", "farthest", "below", "mean"),
    [
        ("dhs", "urban", 0.0, 2.0, lambda km: km / 2, 1.0),
        ("dhs", "rural", 0.0, 10.0, lambda km: 0.99 * np.minimum(km / 5, 1) + 0.01 * km / 10, 2.525),
        ("donut", "urban", 0.5, 2.0, lambda km: (km**2 - 0.25) / 3.75, 1.4),
        ("donut", "rural", 1.0, 5.0, lambda km: (km**2 - 1) / 24, 31 / 9),
    ],
)  # fmt: skip
def test_distances_have_the_limits_the_mean_and_the_shares_of_the_law(
    name: str, kind: str, nearest: float, farthest: float, below: Callable[[np.ndarray], np.ndarray], mean: float
) -> None:
    latitude, longitude, who = spread(1000)
    found = displace(latitude, longitude, contributors=who, law=law(name), secret=SECRET, kinds=[kind] * 1000)
    far = moved(found, latitude, longitude)
    assert nearest - 1e-9 <= far.min() < nearest + 0.02 * farthest
    assert 0.98 * min(farthest, 5.0) < far.max() <= farthest + 1e-9
    assert far.mean() == pytest.approx(mean, abs=4 * far.std() / 1000**0.5)
    assert stats.kstest(far, below).pvalue > 0.001


def test_the_same_place_of_the_same_person_moves_the_same_way_in_every_release() -> None:
    latitude, longitude, who = spread(40)
    whole = displace(latitude, longitude, contributors=who, law=RING, secret=SECRET)
    part = displace(latitude[:20], longitude[:20], contributors=who[:20], law=RING, secret=SECRET)
    assert np.array_equal(part.latitude[part.of_record], whole.latitude[whole.of_record[:20]])
    other = displace(latitude, longitude, contributors=who, law=RING, secret=b"another secret of 24 byte")
    assert not np.array_equal(other.latitude[other.of_record], whole.latitude[whole.of_record])
    assert distance(other.latitude[0], other.longitude[0], whole.latitude[0], whole.longitude[0]) > 1e-3


def test_many_records_of_one_person_at_one_place_are_one_point_so_their_mean_tells_nothing() -> None:
    latitude = np.array([45.0, 45.001, 44.999, 45.0])
    found = displace(latitude, np.full(4, 10.0), contributors=["a"] * 4, law=RING, secret=SECRET)
    assert (len(found.latitude), found.records.tolist(), found.repeated) == (1, [4], 3)
    assert distance(found.latitude, found.longitude, 45.0, 10.0)[0] >= 1.0 - 1e-9


@pytest.mark.parametrize(("kilometres", "points"), [(2.99, 1), (3.01, 2)])
def test_places_of_one_person_farther_apart_than_the_law_moves_are_two(kilometres: float, points: int) -> None:
    north = travel(np.array([45.0]), np.array([10.0]), np.array([kilometres]), np.array([0.0]))[0][0]
    found = displace(np.array([45.0, north]), np.full(2, 10.0), contributors=["a", "a"], law=RING, secret=SECRET)
    assert len(found.latitude) == points


def test_a_place_exactly_as_far_as_the_law_moves_is_the_same_place() -> None:
    latitude = np.array([45.0, 45.02])
    apart = float(distance(latitude[1], np.array(10.0), latitude[0], np.array(10.0)))
    for farthest, points in ((np.nextafter(apart, 0.0), 2), (apart, 1), (np.nextafter(apart, 9.0), 1)):
        own = DisplacementLaw("own", "", {"rural": 1.0}, {"rural": float(farthest)})
        found = displace(latitude, np.full(2, 10.0), contributors=["a", "a"], law=own, secret=SECRET)
        assert len(found.latitude) == points


def test_two_people_at_one_place_are_two_points() -> None:
    found = displace(np.full(2, 45.0), np.full(2, 10.0), contributors=["a", "b"], law=RING, secret=SECRET)
    assert len(found.latitude) == 2
    assert found.latitude[0] != found.latitude[1]


def test_points_stay_in_their_unit_and_those_in_none_or_in_too_small_a_one_are_withheld() -> None:
    areas = {"west": square(9.0, 44.0, 10.0, 46.0), "speck": square(11.0, 45.0, 11.0001, 45.0001)}
    latitude = np.array([*np.linspace(44.5, 45.5, 50), 45.00005, 45.0])
    longitude = np.array([*np.full(50, 9.999), 11.00005, 20.0])
    who = [str(number) for number in range(52)]
    found = displace(latitude, longitude, contributors=who, law=RING, secret=SECRET, areas=areas)
    assert areas["west"].contains(found.longitude, found.latitude).all()
    assert set(found.area) == {"west"}
    assert found.withheld == 2
    assert found.of_record[-2:].tolist() == [-1, -1]


def test_where_few_people_live_points_move_farther_and_the_number_is_told() -> None:
    grid = np.meshgrid(np.linspace(44.7, 45.3, 61), np.linspace(9.7, 10.3, 61))
    residents = Residents(grid[0].ravel(), grid[1].ravel(), np.ones(61 * 61))
    place = np.array([45.0]), np.array([10.0])
    near = displace(*place, contributors=["a"], law=RING, secret=SECRET, residents=residents)
    assert near.widened == 0
    assert near.nearer is not None
    assert near.nearer[0] < 40
    far = displace(*place, contributors=["a"], law=RING, secret=SECRET, residents=residents, least_residents=40)
    assert far.widened == 1
    assert far.nearer is not None
    assert far.nearer[0] >= 40
    none = displace(*place, contributors=["a"], law=RING, secret=SECRET, residents=residents, least_residents=1e6)
    assert none.withheld == 1


@pytest.mark.parametrize(("kilometres", "people"), [(0.999, 1), (1.001, 2)])
def test_residents_are_counted_up_to_the_distance(kilometres: float, people: int) -> None:
    north = float(np.degrees(1.0 / EARTH))
    residents = Residents(np.array([0.0, north]), np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    assert residents.near(np.array([0.0]), np.array([0.0]), np.array([kilometres])).tolist() == [people]


@settings(max_examples=50, deadline=None)
@given(latitude=st.floats(-85, 85), longitude=st.floats(-180, 180), far=st.floats(0, 50), turn=st.floats(0, 6.28))
def test_travelling_so_far_ends_so_far_away(latitude: float, longitude: float, far: float, turn: float) -> None:
    to = travel(np.array([latitude]), np.array([longitude]), np.array([far]), np.array([turn]))
    assert distance(np.array([latitude]), np.array([longitude]), *to)[0] == pytest.approx(far, abs=1e-6)
    assert -180 <= to[1][0] <= 180


def test_records_without_a_place_are_counted() -> None:
    found = displace(
        np.array([45.0, np.nan, 95.0]),
        np.array([10.0, 1.0, 1.0]),
        contributors=["a", "b", "c"],
        law=RING,
        secret=SECRET,
    )
    assert (found.without_place, found.of_record.tolist()) == (2, [0, -1, -1])
    empty = displace(np.array([np.nan]), np.array([np.nan]), contributors=["a"], law=RING, secret=SECRET)
    assert len(empty.rows()) == 0


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"secret": b"x" * 15}, "secret"),
        ({"kinds": ["suburb"]}, "kinds"),
        ({"least_residents": 5.0}, "least_residents"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict, where: str) -> None:
    with pytest.raises(ProtectionError) as error:
        displace(np.zeros(1), np.zeros(1), contributors=["a"], **{"law": RING, "secret": SECRET, **arguments})
    assert error.value.where == where
    assert where != "kinds" or error.value.expected == "rural"
    displace(np.zeros(1), np.zeros(1), contributors=["a"], law=RING, secret=b"x" * 16)


def test_an_unknown_law_is_named() -> None:
    with pytest.raises(CatalogueError, match="donut"):
        law("donat")


def test_people_of_all_grid_cells_in_the_circle_are_added_up() -> None:
    north = float(np.degrees(1.0 / EARTH))
    places = np.array([north, 0.0, -north, 0.0]), np.array([0.0, 0.0, 0.0, 9.0])
    residents = Residents(*places, np.array([1.0, 2.0, 4.0, 8.0]))
    points = np.array([0.0, 0.0, north]), np.array([0.0, 9.0, 0.0])
    assert residents.near(*points, np.array([1.001, 0.5, 1.001])).tolist() == [7.0, 8.0, 3.0]
    assert residents.near(np.array([0.0]), np.array([9.0]), np.array([0.0])).tolist() == [8.0]


def test_poles_the_far_meridian_and_places_where_nobody_lives_are_places() -> None:
    poles = Residents(np.array([90.0, -90.0]), np.array([180.0, -180.0]), np.array([0.0, 0.5]))
    assert poles.people.sum() == 0.5


@pytest.mark.parametrize(("least", "refused"), [(0.0, False), (0.5, True), (1.0, True)])
def test_any_fewest_number_of_residents_needs_a_table(least: float, refused: bool) -> None:
    place = np.array([45.0]), np.array([10.0])
    if refused:
        with pytest.raises(ProtectionError):
            displace(*place, contributors=["a"], law=RING, secret=SECRET, least_residents=least)
    else:
        displace(*place, contributors=["a"], law=RING, secret=SECRET, least_residents=least)


def test_exactly_as_many_residents_as_asked_for_are_enough() -> None:
    everywhere = np.meshgrid(np.linspace(44.8, 45.2, 41), np.linspace(9.8, 10.2, 41))
    residents = Residents(everywhere[0].ravel(), everywhere[1].ravel(), np.ones(41 * 41))
    place = {"latitude": np.array([45.0]), "longitude": np.array([10.0]), "contributors": ["a"], "secret": SECRET}
    free = displace(**place, law=RING, residents=residents)
    count = free.nearer[0] if free.nearer else 0.0
    asked = displace(**place, law=RING, residents=residents, least_residents=count)
    assert asked.latitude[0] == free.latitude[0]
    more = displace(**place, law=RING, residents=residents, least_residents=count + 0.5)
    assert more.latitude[0] != free.latitude[0]
    half = displace(
        **place, law=RING, residents=Residents(np.array([0.0]), np.array([0.0]), np.ones(1)), least_residents=0.5
    )
    assert half.withheld == 1
