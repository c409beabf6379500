"""Estimates from cells equal estimates from rows, computed one row at a time in plain Python."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reduction import field, one, present, reduced

from countersign.errors import EstimationError, WeightingError
from countersign.estimation import covariance_of, estimate_ratio, prepare
from countersign.model.benchmark import Margin
from countersign.model.design import Design
from countersign.weighting import rake, trim

MEASURES = {"y": field("y"), "x": field("x"), "known": present("y"), "one": one}
KEYS = ["a", "b", "h", "psu", "size", "d"]


def slow_variance(rows, scores, design):
    """Sum over strata of (1 - f) n/(n - 1) times the squares of PSU totals about their mean."""
    units = defaultdict(dict)
    for number, (row, z) in enumerate(zip(rows, scores, strict=True)):
        unit = row["psu"] if design.psu else number
        own = units[row["h"] if design.strata else ""]
        own[unit] = own.get(unit, 0.0) + z
    sizes = {row["h"]: row["size"] for row in rows}
    everybody = [z for own in units.values() for z in own.values()]
    overall = sum(everybody) / len(everybody)
    total = 0.0
    for h, own in units.items():
        n = len(own)
        f = n / sizes[h] if design.fpc else 0.0
        if n == 1:
            if design.lonely == "adjust":
                total += (1 - f) * (next(iter(own.values())) - overall) ** 2
            continue
        mean = sum(own.values()) / n
        total += (1 - f) * n / (n - 1) * sum((z - mean) ** 2 for z in own.values())
    return total


def slow(rows, numerator, denominator, by, design, factor, weights, residuals):
    """Domain -> (value, variance), the long way."""
    found = {}
    w = [row["d"] * g for row, (g, _) in zip(rows, factor, strict=True)]
    for label in {tuple(row[name] for name in by) for row in rows}:
        inside = [tuple(row[name] for name in by) == label for row in rows]
        y = [row[numerator] or 0.0 for row in rows]
        if denominator == "known":
            x = [0.0 if row["y"] is None else 1.0 for row in rows]
        else:
            x = [1.0 if denominator == "one" else row[denominator] or 0.0 for row in rows] if denominator else []
        top = sum(a * b for a, b, i in zip(w, y, inside, strict=True) if i)
        if denominator:
            bottom = sum(a * b for a, b, i in zip(w, x, inside, strict=True) if i)
            if bottom == 0:
                continue
            value = top / bottom
            u = [(b - value * c) / bottom if i else 0.0 for b, c, i in zip(y, x, inside, strict=True)]
        else:
            value, u = top, [b if i else 0.0 for b, i in zip(y, inside, strict=True)]
        if weights is None or residuals == "none":
            scores = [a * b for a, b in zip(w, u, strict=True)]
        else:
            fitted = np.array([row["d"] * f for row, (_, f) in zip(rows, factor, strict=True)])
            u = np.array([b * g / f for b, (g, f) in zip(u, factor, strict=True)])
            names = [margin.variables[0] for margin in weights.margins]
            if residuals == "joint":
                dummies = np.array(
                    [
                        [float(row[name] == level) for name in names for level in sorted({r[name] for r in rows})]
                        for row in rows
                    ]
                )
                root = np.sqrt([row["d"] for row in rows])
                b, *_ = np.linalg.lstsq(dummies * root[:, None], u * root, rcond=None)
                scores = (fitted * (u - dummies @ b)).tolist()
            else:
                for _ in range(10):
                    for name in names:
                        groups = defaultdict(list)
                        for place, row in enumerate(rows):
                            groups[row[name]].append(place)
                        for places in groups.values():
                            u[places] = u[places] - u[places].mean()
                scores = (fitted * u).tolist()
        found[label] = (value, slow_variance(rows, scores, design))
    return found


@st.composite
def samples(draw):
    size = draw(st.integers(12, 40))
    strata = draw(st.integers(1, 3))
    numbers = st.integers(0, 5)
    rows = []
    for number in range(size):
        h = number % strata
        rows.append(
            {
                "a": f"a{draw(st.integers(0, 2))}",
                "b": draw(st.integers(0, 1)),
                "h": f"h{h}",
                "psu": draw(st.integers(0, 3)),
                "size": 50.0 + 10 * h,
                "d": draw(st.sampled_from([1.0, 1.5, 4.0])),
                "y": draw(st.one_of(st.none(), numbers.map(float))),
                "x": float(draw(numbers)) + 1,
            }
        )
    return rows


DESIGNS = [
    Design(lonely="certainty"),
    Design(strata=("h",), lonely="certainty"),
    Design(strata=("h",), fpc="size", lonely="adjust"),
    Design(strata=("h",), psu="psu", lonely="adjust"),
    Design(strata=("h",), psu="psu", fpc="size", lonely="certainty"),
]
PAIRS = [("y", "known"), ("y", "x"), ("x", "one"), ("x", None), ("y", None)]


def margins_of(rows, shift):
    """Margins that some positive weights meet: the sample's own, tilted by a factor that depends on y only."""
    tilt = [1 + shift * ((row["x"] * 7) % 3) for row in rows]
    made = []
    for name in ("a", "b"):
        counts: dict[tuple[str, ...], float] = {}
        for row, t in zip(rows, tilt, strict=True):
            counts[(str(row[name]),)] = counts.get((str(row[name]),), 0.0) + row["d"] * t
        made.append(Margin((name,), counts))
    return made


@given(
    samples(),
    st.sampled_from(DESIGNS),
    st.sampled_from(PAIRS),
    st.sampled_from([(), ("a",), ("a", "b"), ("b",)]),
    st.sampled_from(["base", "none", "joint", "alternating", "trimmed"]),
)
@settings(max_examples=200, deadline=None)
def test_cells_and_rows_agree(rows, design, pair, by, kind):
    cells = reduced(rows, KEYS, MEASURES, "d")
    weights, factor = None, [(1.0, 1.0)] * len(rows)
    residuals = "joint" if kind in ("base", "trimmed") else kind
    if kind != "base":
        weights = rake(cells, margins_of(rows, 0.2), base="d")
        if kind == "trimmed":
            try:
                weights = trim(weights, upper=1.6, lower=0.4)
            except WeightingError:
                return
        fitted = weights.factor if weights.fitted is None else weights.fitted
        lookup = {
            (a, b, d): (g, f)
            for a, b, d, g, f in zip(
                weights.keys["a"], weights.keys["b"], weights.keys["d"], weights.factor, fitted, strict=True
            )
        }
        factor = [lookup[row["a"], row["b"], row["d"]] for row in rows]
    told = slow(rows, pair[0], pair[1], by, design, factor, weights, residuals)
    result = estimate_ratio(cells, *pair, by=by, design=design, weights=weights, residuals=residuals)
    for label, (value, variance) in told.items():
        place = result.place(*label)
        scale = max(1.0, abs(value))
        assert result.value[place] == pytest.approx(value, rel=1e-10)
        assert result.se[place] ** 2 == pytest.approx(variance, rel=1e-8, abs=1e-11 * scale**2 * len(rows))
    if not by and pair[0] in ("x", "y") and () in told:
        _, matrix = covariance_of(cells, [pair, ("x", None)], design=design, weights=weights, residuals=residuals)
        assert matrix[0, 0] == pytest.approx(told[()][1], rel=1e-8, abs=1e-9 * max(1.0, told[()][0]) ** 2)
        assert np.allclose(matrix, matrix.T)


# mean of 2, 4, 9 by hand: 5; scores (-3, -1, 4)/3; V = 3/2 * 26/9 = 13/3 -> s^2/n = 13/3
def test_the_variance_of_a_plain_mean_is_s_squared_over_n():
    rows = [{"y": y} for y in (2.0, 4.0, 9.0)]
    result = estimate_ratio(reduced(rows, [], {"y": field("y"), "one": one}), "y", "one")
    assert result.value[0] == 5
    assert result.se[0] ** 2 == pytest.approx(13 / 3, rel=1e-14)
    # s^2/n with n - 1 = 2 equals the simple random sample: no design effect
    assert result.deff[0] == pytest.approx(1.0)
    assert result.degrees[0] == 2


# two strata of two: totals 1, 3 | 10, 20 with weights 1; V = 2 * 2 + 2 * 50 = 104; with N = 4 each halved
@pytest.mark.parametrize(("fpc", "variance"), [("", 104.0), ("size", 52.0)])
def test_a_stratified_total_by_hand(fpc, variance):
    rows = [{"y": y, "h": h, "size": 4.0} for y, h in ((1.0, "s"), (3.0, "s"), (10.0, "t"), (20.0, "t"))]
    cells = reduced(rows, ["h", "size"], {"y": field("y")})
    result = estimate_ratio(cells, "y", design=Design(strata=("h",), fpc=fpc))
    assert result.value[0] == 34
    assert result.se[0] ** 2 == pytest.approx(variance, rel=1e-13)


# clusters {1, 3} and {10, 20}: totals 4 and 30, V = 2/1 * (13^2 + 13^2) = 676
def test_a_clustered_total_by_hand():
    rows = [{"y": y, "psu": c} for y, c in ((1.0, 1), (3.0, 1), (10.0, 2), (20.0, 2))]
    result = estimate_ratio(reduced(rows, ["psu"], {"y": field("y")}), "y", design=Design(psu="psu"))
    assert result.se[0] ** 2 == pytest.approx(676.0, rel=1e-13)
    assert result.degrees[0] == 1


def test_a_full_count_has_no_sampling_variance():
    rows = [{"y": float(y)} for y in range(5)]
    cells = reduced(rows, [], {"y": field("y"), "one": one})
    assert estimate_ratio(cells, "y", "one", design=Design(enumeration=True)).se[0] == 0


def test_lonely_strata_are_refused_by_name_unless_told_otherwise():
    rows = [{"y": 1.0, "h": "north"}, {"y": 2.0, "h": "south"}, {"y": 4.0, "h": "south"}]
    cells = reduced(rows, ["h"], {"y": field("y"), "one": one})
    with pytest.raises(EstimationError, match=r"1 strata have only one sampling unit.*: north"):
        prepare(cells, design=Design(strata=("h",)))
    adjusted = estimate_ratio(cells, "y", "one", design=Design(strata=("h",), lonely="adjust"))
    certain = estimate_ratio(cells, "y", "one", design=Design(strata=("h",), lonely="certainty"))
    assert adjusted.se[0] > certain.se[0] > 0


def test_designs_that_contradict_the_data_are_refused():
    rows = [{"y": 1.0, "h": "n", "size": 1.0}, {"y": 2.0, "h": "n", "size": 1.0}]
    cells = reduced(rows, ["h", "size"], {"y": field("y")})
    with pytest.raises(EstimationError, match="more sampled units"):
        prepare(cells, design=Design(strata=("h",), fpc="size"))
    rows[0]["size"] = 9.0
    cells = reduced(rows, ["h", "size"], {"y": field("y")})
    with pytest.raises(EstimationError, match="varies within stratum n"):
        prepare(cells, design=Design(strata=("h",), fpc="size"))
    with pytest.raises(EstimationError, match="not among the cells"):
        prepare(cells, design=Design(strata=("strata",)))
    rows[0]["h"] = None
    with pytest.raises(EstimationError, match="1 rows have no value of the design variable 'h'"):
        prepare(reduced(rows, ["h"], {"y": field("y")}), design=Design(strata=("h",)))
