"""Moves follow from the secret, the person and the law alone: written down here, so that no later version draws anew.

Whoever saw two different points of one place could tell its middle from them, and with more points the place itself.
"""

from __future__ import annotations

import hashlib
import math
import struct
from itertools import product
from statistics import NormalDist

import numpy as np
import pytest

from countersign.model.boundary import Boundary
from countersign.model.place import DisplacementLaw
from countersign.model.sphere import EARTH
from countersign.protection.places.displacing import displace
from countersign.protection.places.residents import Residents

SECRET = bytes(range(32))
RING = DisplacementLaw("ring", "", {"rural": 1.0, "urban": 0.5}, {"rural": 3.0, "urban": 2.0}, uniform="area")
LINE = DisplacementLaw("line", "", {"rural": 1.0}, {"rural": 3.0}, {"rural": (0.5, 9.0)}, uniform="distance")


def drawn(law: DisplacementLaw, at: np.ndarray, draw: int, factor: str, who: str) -> list[float]:
    """Return three draws of the field of a person at a position in space of radius one, corner by corner."""
    numbers = [3.0, law.nearest["rural"], law.farthest["rural"], *law.far.get("rural", (0.0, 0.0))]
    ring = "\x1f".join([law.uniform, *map(str, numbers)])
    normal, sums = NormalDist(), [0.0, 0.0, 0.0]
    within = [float(axis) * EARTH / (3.0 / 3**0.5) for axis in at]
    for corner in product(*([math.floor(axis), math.floor(axis) + 1] for axis in within)):
        text = "\x1f".join([ring, who, factor, str(draw), *map(str, corner)])
        digest = hashlib.blake2b(text.encode(), key=SECRET, digest_size=24).digest()
        weight = math.prod(math.cos(math.pi / 2 * (axis - whole)) for axis, whole in zip(within, corner, strict=True))
        for axis, number in enumerate(struct.unpack("<3Q", digest)):
            sums[axis] += weight * normal.inv_cdf(((number >> 12) + 0.5) / 2**52)
    return [normal.cdf(each) for each in sums]


def moved(law: DisplacementLaw, latitude: float, longitude: float, draw: int, factor: str, who: str) -> list[float]:
    """Return where a point is moved by a draw of a person: with vectors in space, not with angles."""
    phi, lam = np.radians([latitude, longitude])
    up = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    how_far, which, turn = drawn(law, up, draw, factor, who)
    share, beyond = law.far.get("rural", (0.0, 0.0))
    near, most = law.nearest["rural"], beyond if which < share else law.farthest["rural"]
    far = near + how_far * (most - near)
    if law.uniform == "area":
        far = (near**2 + how_far * (most**2 - near**2)) ** 0.5
    angle, turn = float(factor) * far / EARTH, turn * 2 * np.pi
    north = np.array([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)])
    east = np.array([-np.sin(lam), np.cos(lam), 0.0])
    to = np.cos(angle) * up + np.sin(angle) * (np.cos(turn) * north + np.sin(turn) * east)
    return [float(np.degrees(np.arcsin(to[2]))), float(np.degrees(np.arctan2(to[1], to[0])))]


def place(latitude: float, longitude: float, who: str, law: DisplacementLaw, **more: object) -> list[float]:
    """Return latitude and longitude of the one point that is shown."""
    found = displace(
        np.array([latitude]), np.array([longitude]), contributors=[who], law=law, secret=SECRET,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return [*found.latitude.tolist(), *found.longitude.tolist()]


def islands(*points: list[float]) -> dict[str, Boundary]:
    """Return one unit of squares of a few metres around points."""
    side = 2e-5 * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]])
    return {"islands": Boundary(tuple((side + np.array([east, north]),) for north, east in points))}


def people(*points: list[float], each: float = 1.0) -> Residents:
    north, east = np.array(points).T
    return Residents(north, east, np.full(len(points), each))


def test_points_are_where_they_were_when_the_law_was_first_used() -> None:
    assert place(-33.5, 151.2, "b", RING) == pytest.approx([-33.48773621572125, 151.17216750485727], abs=1e-9)
    assert place(45.0, 10.0, "a", RING) == pytest.approx([45.02492321926319, 10.000991247209527], abs=1e-9)


@pytest.mark.parametrize("law", [RING, LINE])
@pytest.mark.parametrize("at", [(45.0, 10.0), (-33.5, 151.2), (0.0, 179.9999), (10.0, -180.0), (80.0, 5.0), (7.0, 0.0)])
@pytest.mark.parametrize("who", ["a", "b", "c"])
def test_the_first_draw_of_the_secret_is_the_move(law: DisplacementLaw, at: tuple[float, float], who: str) -> None:
    assert place(*at, who, law) == pytest.approx(moved(law, *at, 0, "1", who), abs=1e-8)


@pytest.mark.parametrize("draw", [0, 1, 3, 4, 5, 100, 199, 200])
def test_two_hundred_draws_are_tried_to_stay_in_the_unit(draw: int) -> None:
    only = moved(RING, 45.0, 10.0, draw, "1", "a")
    found = place(45.0, 10.0, "a", RING, areas=islands([45.0, 10.0], only))
    assert found == (pytest.approx(only, abs=1e-8) if draw < 200 else [])


@pytest.mark.parametrize(("first", "later"), [(0, 1), (2, 3), (3, 4), (5, 150)])
def test_of_draws_that_stay_in_the_unit_the_first_is_taken(first: int, later: int) -> None:
    both = [moved(RING, 45.0, 10.0, draw, "1", "a") for draw in (first, later)]
    found = place(45.0, 10.0, "a", RING, areas=islands([45.0, 10.0], *both))
    assert found == pytest.approx(both[0], abs=1e-8)


@pytest.mark.parametrize("draw", [0, 3, 4, 199, 200])
@pytest.mark.parametrize("factor", ["1", "2", "4", "8", "16"])
def test_distances_grow_to_eight_times_where_a_number_of_residents_is_asked_for(factor: str, draw: int) -> None:
    only = moved(RING, 45.0, 10.0, draw, factor, "a")
    asked = {"areas": islands([45.0, 10.0], only), "residents": people(only), "least_residents": 1.0}
    shown = draw < 200 and factor != "16"
    assert place(45.0, 10.0, "a", RING, **asked) == (pytest.approx(only, abs=1e-8) if shown else [])
    asked["least_residents"] = 0.0
    assert bool(place(45.0, 10.0, "a", RING, **asked)) == (draw < 200 and factor == "1")


@pytest.mark.parametrize(
    ("least", "living", "shown"), [(0.5, 0.0, 0), (0.5, 0.5, 1), (1, 0.9, 0), (1, 1, 1), (3, 2, 0)]
)
def test_no_fewer_residents_than_asked_for_live_near_a_point(least: float, living: float, shown: int) -> None:
    only = moved(RING, 45.0, 10.0, 2, "1", "a")
    asked = {"areas": islands([45.0, 10.0], only), "residents": people(only, each=living), "least_residents": least}
    assert len(place(45.0, 10.0, "a", RING, **asked)) == 2 * shown


@pytest.mark.parametrize(("share", "shown"), [(0.999, True), (1.001, False)])
@pytest.mark.parametrize("draw", range(4))
def test_residents_count_up_to_the_distance_of_the_true_place(draw: int, share: float, shown: bool) -> None:
    only = moved(RING, 45.0, 10.0, draw, "1", "a")
    lives = [only[0] + share * (45.0 - only[0]), only[1] + share * (10.0 - only[1])]
    asked = {"areas": islands([45.0, 10.0], only), "residents": people(lives), "least_residents": 1.0}
    assert bool(place(45.0, 10.0, "a", RING, **asked)) == shown


def test_a_point_with_enough_residents_is_taken_though_an_earlier_one_in_the_unit_has_too_few() -> None:
    both = [moved(RING, 45.0, 10.0, draw, "1", "a") for draw in (1, 3)]
    asked = {"areas": islands([45.0, 10.0], *both), "residents": people(both[1]), "least_residents": 1.0}
    assert place(45.0, 10.0, "a", RING, **asked) == pytest.approx(both[1], abs=1e-8)


def test_the_kind_that_moves_farthest_counts_in_whatever_order_the_records_stand() -> None:
    for kinds in (["urban", "rural"], ["rural", "urban"]):
        found = displace(
            np.full(2, 45.0), np.full(2, 10.0), contributors=["a", "a"], law=RING, secret=SECRET, kinds=kinds
        )
        shown = [*found.latitude, *found.longitude]
        assert shown == pytest.approx(moved(RING, 45.0, 10.0, 0, "1", "a"), abs=1e-8)
        assert (found.records.tolist(), found.repeated) == ([2], 1)
    town = place(45.0, 10.0, "a", RING, kinds=["urban"])
    assert np.hypot(town[0] - 45.0, (town[1] - 10.0) * np.cos(np.pi / 4)) < np.degrees(2.0 / EARTH)


def test_places_on_both_sides_of_the_far_meridian_have_their_middle_there() -> None:
    found = displace(np.full(2, 5.0), np.array([179.99, -179.99]), contributors=["a", "a"], law=RING, secret=SECRET)
    assert found.records.tolist() == [2]
    assert [*found.latitude, *found.longitude] == pytest.approx(moved(RING, 5.0, 180.0, 0, "1", "a"), abs=1e-6)
