"""A place moves by a field of its person over the earth: nothing else in a release moves it, and places near each other
move alike.

Two points shown of one place tell more than one, and twenty tell nearly all: their mean is the place.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from countersign.model.boundary import Boundary
from countersign.model.place import DisplacementLaw
from countersign.model.sphere import distance, travel
from countersign.protection.places.displacing import displace, law
from countersign.protection.places.residents import Residents

SECRET = bytes(range(32))
RING = DisplacementLaw("ring", "", {"rural": 1.0, "urban": 0.5}, {"rural": 3.0, "urban": 2.0}, uniform="area")
BOX = np.array([[9.0, 40.0], [11.0, 40.0], [11.0, 46.0], [9.0, 46.0], [9.0, 40.0]])
EVERYWHERE = np.meshgrid(np.linspace(44.0, 46.0, 41), np.linspace(9.0, 11.0, 41))

Where = list[tuple[str, float, float]]

HERE: Where = [("a", 45.0, 10.0), ("a", 45.001, 10.001), ("a", 45.5, 10.5), ("a", 5.0, 179.999), ("b", 45.0, 10.0)]


def shown(records: Where, rule: DisplacementLaw = RING, **more: object) -> list[tuple[float, float]]:
    """Return the point shown of each record."""
    who, north, east = zip(*records, strict=True)
    found = displace(
        np.array(north), np.array(east), contributors=who, law=rule, secret=SECRET,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    points = list(zip(found.latitude.tolist(), found.longitude.tolist(), strict=True))
    return [points[number] for number in found.of_record]


def moves(records: Where, rule: DisplacementLaw = RING, **more: object) -> tuple[np.ndarray, np.ndarray]:
    """Return how far, in kilometres, and in which direction, in radians, the place of each record moves."""
    north, east = np.array([record[1:] for record in records]).T
    to_north, to_east = np.array(shown(records, rule, **more)).T
    phi, to_phi, turn = np.radians(north), np.radians(to_north), np.radians(to_east - east)
    across = np.sin(turn) * np.cos(to_phi)
    along = np.cos(phi) * np.sin(to_phi) - np.sin(phi) * np.cos(to_phi) * np.cos(turn)
    return distance(north, east, to_north, to_east), np.arctan2(across, along) % (2 * np.pi)


def apart(north: float, east: float, kilometres: float, bearing: float) -> tuple[float, float]:
    to = travel(np.array([north]), np.array([east]), np.array([kilometres]), np.array([bearing]))
    return float(to[0][0]), float(to[1][0])


def far_apart(count: int) -> Where:
    """Return places of one person that are too far from each other to have anything in common, a degree or more."""
    return [("a", 20.0 + number // 10, 30.0 + 2.0 * (number % 10)) for number in range(count)]


def one_at_a_time(records: Where, rule: DisplacementLaw = RING) -> tuple[np.ndarray, np.ndarray]:
    """Return the moves of places of one person, each in a release of its own."""
    far, turn = zip(*(moves([record], rule) for record in records), strict=True)
    return np.concatenate(far), np.concatenate(turn)


@pytest.mark.parametrize(
    "more",
    [
        [("a", 44.9, 10.0)], [("a", -80.0, 10.0)], [("a", 45.1, 10.0)], [("a", 89.0, 10.0)], [("a", 45.0, 9.9)],
        [("a", 4.9, -179.99)], [("a", 5.0, -179.9)], [("b", 44.0, 10.0)], [("0", 45.0, 10.0)], [("c", 5.0, 179.999)],
        [("a", -30.0 + number, 5.0 * number) for number in range(20)],
    ],
)  # fmt: skip
@pytest.mark.parametrize("last", [True, False])
def test_another_place_of_anybody_leaves_all_points_where_they_are(more: Where, last: bool) -> None:
    before = shown(HERE)
    after = shown([*HERE, *more])[: len(HERE)] if last else shown([*more, *HERE])[len(more) :]
    assert after == before


def test_another_place_leaves_points_in_units_and_among_residents_where_they_are() -> None:
    asked = {
        "areas": {"box": Boundary(((BOX,),))},
        "residents": Residents(EVERYWHERE[0].ravel(), EVERYWHERE[1].ravel(), np.ones(41 * 41)),
        "least_residents": 3.0,
    }
    at_the_border = [("a", 45.2 + number / 10, 10.999) for number in range(7)]
    before = shown(at_the_border, **asked)
    later = [("a", 44.2, 10.0), ("b", 45.2, 10.999), *at_the_border, ("a", 45.9, 9.5)]
    assert shown(later, **asked)[2:-1] == before


def test_the_order_of_rows_moves_nothing_not_even_in_the_last_digit() -> None:
    within = np.random.default_rng(3)
    records = [
        (who, north + float(within.uniform(0, 0.01)), 10.0 + float(within.uniform(0, 0.01)))
        for who in ("a", "b") for north in (45.0, 46.0) for _ in range(40)
    ]  # fmt: skip
    before = shown(records)
    assert len(set(before)) == 4
    for seed in range(3):
        mixed = np.random.default_rng(seed).permutation(len(records)).tolist()
        assert shown([records[row] for row in mixed]) == [before[row] for row in mixed]


@pytest.mark.parametrize("rule", [law("donut"), law("dhs"), RING])
def test_with_one_more_place_in_each_of_twenty_releases_the_first_stays_one_point(rule: DisplacementLaw) -> None:
    further = far_apart(20)
    records: Where = [("a", 25.5, 38.5)]
    seen: set[tuple[float, float]] = set()
    for number in np.random.default_rng(7).permutation(20).tolist():
        records.insert(number % 2 * len(records), further[number])
        seen |= {point for record, point in zip(records, shown(records, rule), strict=True) if record[1] == 25.5}
    assert len(seen) == 1
    assert distance(*(np.array([each]) for each in (*seen.pop(), 25.5, 38.5)))[0] > 0.1


@pytest.mark.parametrize("rule", [law("donut"), law("dhs")])
def test_a_position_measured_ten_metres_elsewhere_moves_the_point_by_some_tens_of_metres(
    rule: DisplacementLaw,
) -> None:
    """Never all by so little: on the edge of a unit, or of the share that goes far, another draw is taken."""
    within = np.random.default_rng(11)
    records = [(f"p{number}", 10.0 + number % 50, float(number)) for number in range(179)] * 6
    records = [(f"{number}{who}", north, east) for number, (who, north, east) in enumerate(records)]
    jitter = 0.01 * np.sqrt(within.uniform(0, 1, len(records))), within.uniform(0, 2 * np.pi, len(records))
    again = [
        (who, *apart(north, east, *by))
        for (who, north, east), by in zip(records, np.array(jitter).T.tolist(), strict=True)
    ]
    one, two = np.array(shown(records, rule)).T, np.array(shown(again, rule)).T
    metres = 1000 * distance(*one, *two)
    assert np.median(metres) < 20
    assert (metres < 100).mean() >= 0.99


@pytest.mark.parametrize(("start", "bearing"), [((45.0, 10.0), 0.7), ((0.001, 179.999), 1.6), ((-0.01, -0.02), 1.0)])
def test_along_a_way_the_point_never_jumps(start: tuple[float, float], bearing: float) -> None:
    way = [apart(*start, 0.005 * step, bearing) for step in range(1200)]
    points = [np.array(shown([("a", *place)])).T for place in way]
    steps = np.concatenate([distance(*one, *two) for one, two in pairwise(points)])
    assert steps.max() < 0.1  # 5 metres, times what a steep field makes of them
    # Three kilometres of the way are another move: the field is no single number.
    far = [distance(*one, *two)[0] for one, two in zip(points[:600], points[600:], strict=True)]
    assert max(abs(each - 3.0) for each in far) > 0.5


@pytest.mark.parametrize("at", [(45.0, 10.0), (90.0, 0.0), (0.0, 90.0), (0.01, -180.0), (-33.3, 151.2)])
@pytest.mark.parametrize("name", ["donut", "dhs"])
def test_many_people_at_one_position_move_by_the_law(at: tuple[float, float], name: str) -> None:
    far, turn = moves([(f"p{number}", *at) for number in range(1000)], law(name))
    follows(far, turn, name, directed=abs(at[0]) < 90)


@pytest.mark.parametrize("name", ["donut", "dhs"])
def test_many_places_of_one_person_move_by_the_law(name: str) -> None:
    far, turn = one_at_a_time(far_apart(700), law(name))
    follows(far, turn, name)


def follows(far: np.ndarray, turn: np.ndarray, name: str, directed: bool = True) -> None:
    """Hold moves against the law: one in a thousand samples of it would fail here, and the secret is fixed."""
    if name == "donut":
        even = (far**2 - 1) / 24
    else:
        even = 0.99 * np.minimum(far / 5, 1) + 0.01 * far / 10
        assert far.max() <= 10 + 1e-9
        beyond = int((far > 5).sum())
        assert stats.binomtest(beyond, len(far), 0.005).pvalue > 0.001
    assert even.min() > -1e-9
    assert even.max() < 1 + 1e-9
    # Means of even numbers have a standard error of 1 / sqrt(12 n), of their squares of sqrt(4 / 45 n).
    count = len(far)
    assert even.mean() == pytest.approx(0.5, abs=3.3 * (1 / 12 / count) ** 0.5)
    assert (even**2).mean() == pytest.approx(1 / 3, abs=3.3 * (4 / 45 / count) ** 0.5)
    assert stats.kstest(even, "uniform").pvalue > 0.001
    for share in (0.01, 0.25, 0.5, 0.75, 0.99):
        assert stats.binomtest(int((even < share).sum()), count, share).pvalue > 0.001
    if directed:
        assert stats.kstest(turn / (2 * np.pi), "uniform").pvalue > 0.001
        assert np.hypot(np.cos(turn).mean(), np.sin(turn).mean()) < (7 / count) ** 0.5  # exp(-7) is one in a thousand
        # How far and which way are drawn apart: as good as any two numbers that have nothing to do with each other.
        assert abs(stats.spearmanr(far, turn).statistic) < 3.3 / count**0.5
        near, wide = turn[far < np.median(far)], turn[far >= np.median(far)]
        assert stats.ks_2samp(near, wide).pvalue > 0.001


def test_people_at_one_position_move_apart() -> None:
    far, turn = moves([(f"p{number}", 45.0, 10.0) for number in range(1000)])
    unlike(far, turn, np.roll(far, 1), np.roll(turn, 1))


@pytest.mark.parametrize("kilometres", [3.01, 4.0, 6.01])
@pytest.mark.parametrize("bearing", [0.0, 0.8, np.pi / 2])
def test_two_places_of_one_person_farther_apart_than_a_place_is_wide_do_not_move_alike(
    kilometres: float, bearing: float
) -> None:
    to = apart(45.0, 10.0, kilometres, bearing)
    pairs = [(f"p{number}", *at) for number in range(1000) for at in ((45.0, 10.0), to)]
    far, turn = moves(pairs)
    unlike(far[0::2], turn[0::2], far[1::2], turn[1::2])


def test_two_places_near_each_other_move_alike_so_that_their_mean_tells_no_more() -> None:
    """The same must not be said of those above: here it can be seen."""
    near = [(f"p{number}", *at) for number in range(300) for at in ((45.0, 10.0), (45.002, 10.0))]
    far, turn = one_at_a_time(near)
    with pytest.raises(AssertionError):
        unlike(far[0::2], turn[0::2], far[1::2], turn[1::2])
    assert stats.spearmanr(far[0::2], far[1::2]).statistic > 0.9


@pytest.mark.parametrize("other", [{"kinds": ["urban"] * 1000}, {"rule": "narrower"}, {"rule": "even"}])
def test_a_place_of_another_kind_or_under_another_law_goes_another_way(other: dict) -> None:  # type: ignore[type-arg]
    """Two distances of one draw in one direction would tell the draw, and with it the place."""
    laws = {
        "narrower": DisplacementLaw("ring", "", {"rural": 0.5}, {"rural": 3.0}, uniform="area"),
        "even": DisplacementLaw("ring", "", RING.nearest, RING.farthest, uniform="distance"),
    }
    people = [(f"p{number}", 45.0, 10.0) for number in range(1000)]
    rule = laws.get(other.get("rule", ""), RING)
    far, turn = moves(people, rule, **{key: value for key, value in other.items() if key != "rule"})
    unlike(*moves(people), far, turn)


def unlike(far: np.ndarray, turn: np.ndarray, to_far: np.ndarray, to_turn: np.ndarray) -> None:
    """Hold that two moves have no more to do with each other than two people's: 4 standard errors and 1 in 1000."""
    assert abs(stats.spearmanr(far, to_far).statistic) < 4 / len(far) ** 0.5
    assert stats.kstest((turn - to_turn) % (2 * np.pi) / (2 * np.pi), "uniform").pvalue > 0.001
