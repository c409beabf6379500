"""Every verb of inference with a small valid call: what is thrown at all of them starts from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

import countersign
from countersign import inference

PEOPLE = pa.table(
    {
        "age": ["young", "young", "young", "old", "old", "young", "old", "old"],
        "sex": ["f", "m", "f", "m", "f", "m", "m", "f"],
        "yes": [1, 0, 1, 0, 1, 1, 0, 0],
        "pay": [3.0, 5.0, 2.5, 4.0, 6.0, 1.5, 2.0, 7.0],
        "id": list("abcdefgh"),
    }
)
SURVEY = pa.table(
    {
        "age": ["young", "young", "old", "old", "young", "old", "young", "old"],
        "sex": ["f", "m", "f", "m", "f", "m", "m", "f"],
        "yes": [1, 1, 0, 0, 1, 0, 0, 1],
        "w": [20.0, 30, 25, 15, 10, 20, 30, 40],
        "place": ["p", "p", "q", "q", "r", "r", "s", "s"],
        "id": list("stuvwxyz"),
    }
)
CENSUS = pa.table({"age": ["young", "young", "old", "old"], "sex": ["f", "m", "f", "m"], "count": [40, 50, 60, 50]})
VISITS = pa.table(
    {
        "site": [f"s{place}" for place in range(8)],
        "items": [4, 2, 6, 1, 3, 0, 5, 2],
        "hours": [2.0, 1.0, 2.5, 1.0, 1.5, 1.0, 2.0, 1.0],
        "sand": ["fine", "fine", "rough", "fine", "rough", "fine", "rough", "rough"],
    }
)
FOUND = pa.table(
    {
        "site": [f"s{place // 3}" for place in range(36)],
        "visit": [place % 3 for place in range(36)],
        "seen": [(place * 5 // 3) % 2 if place < 21 else 0 for place in range(36)],
        "wood": [["dense", "open"][(place // 3) % 2] for place in range(36)],
    }
)
LISTS = pa.table({"a": [1, 1, 0, 1], "b": [1, 0, 1, 1], "persons": [20, 30, 40, 0]})
CHAINS = pa.table(
    {
        "id": [f"p{place}" for place in range(12)],
        "by": [None, None, *(f"p{(place - 2) // 2}" for place in range(2, 12))],
        "knows": [4, 7, 3, 8, 5, 2, 6, 9, 4, 3, 5, 7],
        "tested": [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1],
    }
)
ANSWERS = pa.table(
    {
        "task": [f"t{place // 3}" for place in range(24)],
        "worker": [f"w{place % 3}" for place in range(24)],
        "label": ["yes" if (place // 3 % 2 == 0) != (place % 7 == 3) else "no" for place in range(24)],
    }
)
LABELS = pa.table({"task": [f"t{place}" for place in range(8)], "label": ["yes", "no"] * 4, "w": [1.0, 2.0] * 4})
GOLD = pa.table({"task": [f"t{place}" for place in range(6)], "truth": ["yes", "no", "yes", "no", "no", "yes"]})
PLACES = pa.table(
    {
        "map": ["forest", "forest", "field", "field", "forest", "field"],
        "reference": ["forest", "field", "field", "forest", "forest", "field"],
        "n": [20, 5, 30, 3, 4, 6],
    }
)
HECTARES = pa.table({"class": ["forest", "field"], "area": [700.0, 300.0]})
AREAS = pa.table(
    {
        "region": list("abcdefg"),
        "y": [10.0, 12.0, 9.0, 14.0, 11.0, 13.0, 8.5],
        "v": [1.0, 0.8, 1.2, 0.9, 1.1, 1.0, 0.7],
        "x": [1.0, 2.0, 1.1, 3.0, 1.4, 2.1, 0.9],
        "z": [4.0, 1.0, 3.0, 2.0, 5.0, 1.5, 2.5],
    }
)
UNITS = pa.table(
    {
        "region": list("aabbccdd") + list("abcd"),
        "y": [10.0, 11.0, 14.0, 13.0, 9.0, 8.0, 16.0, 17.0, 10.4, 13.3, 8.8, 15.8],
        "x": [1.0, 1.4, 2.0, 1.9, 0.8, 0.5, 2.6, 2.9, 1.1, 2.2, 0.9, 2.4],
    }
)
MEANS = pa.table({"region": list("abcd"), "x": [1.2, 2.1, 0.7, 2.5], "size": [100, 120, 90, 80]})
PRICES = pa.table(
    {
        "year": [2020] * 5 + [2021] * 5,
        "kind": ["legal", "legal", "illegal", "illegal", "legal"] * 2,
        "price": [9.0, 10.0, 6.0, 6.5, 9.5, 10.0, 11.0, 5.0, 5.5, 10.5],
        "w": [1.0, 2, 1, 1, 2, 1, 1, 2, 1, 1],
    }
)
DAYS = pa.table(
    {
        "sensor": [name for name in "abcdef" for _ in range(6)],
        "day": list(range(6)) * 6,
        "true": [5.0 + day + place for place in range(6) for day in range(6)],
        "pm": [2 * (5.0 + day + place) + ((place * 7 + day * 3) % 5) / 3 for place in range(6) for day in range(6)],
    }
)
QUESTIONS = [f"q{place}" for place in range(11)]
ASKED = pa.table(
    {name: [["no", "yes"][(row * (place + 3) // 2 + row // (place + 1)) % 2] for row in range(40)]
     for place, name in enumerate(QUESTIONS)}
    | {"open": [["no", "yes"][row % 3 // 2] for row in range(40)], "w": [1.0 + row % 4 for row in range(40)]}
)  # fmt: skip
KNOWN = {name: {"yes": 0.3 + place / 40, "no": 0.7 - place / 40} for place, name in enumerate(QUESTIONS)}


@dataclass(frozen=True)
class Call:
    """A valid call: positional arguments (tables first), and the others by name."""

    verb: str
    tables: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *tables: Any, **changed: Any) -> Any:
        given = [opened(table) for table in tables or self.tables]
        return getattr(inference, self.verb)(*given, **{**self.options, **changed})


_MADE: dict[str, Any] = {}
_OPENED: dict[int, tuple[pa.Table, Any]] = {}


def opened(table: Any) -> Any:
    """Open an Arrow table once; all else as it is."""
    if not isinstance(table, pa.Table):
        return table
    if id(table) not in _OPENED:
        _OPENED[id(table)] = (table, countersign.read(table, engine="polars"))
    return _OPENED[id(table)][1]


def replicates() -> Any:
    """Return replicate weights of the survey, made once."""
    if "weights" not in _MADE:
        _MADE["weights"] = inference.replicate(SURVEY, "JK1", psu="place", weight="w")
    return _MADE["weights"]


def calls() -> tuple[Call, ...]:
    """Return one valid call of each verb."""
    margins = {"age": {"young": 90, "old": 110}}
    return (
        Call("adjust_map_areas", (PLACES, HECTARES), {"count": "n"}),
        Call("advise_questions", (ASKED, KNOWN), {"items": QUESTIONS, "level": 0.6}),
        Call("aggregate_labels", (ANSWERS,)),
        Call("blend", (SURVEY, PEOPLE), {"mean": "yes", "weight": "w"}),
        Call("blend_parts", (SURVEY, PEOPLE), {"mean": "yes", "weight": "w"}),
        Call("bound", (0.4,), {"fraction": 0.1}),
        Call("bound_by_odds", (PEOPLE, margins), {"proportion": "yes = 1", "odds": 2}),
        Call("calibrate", (PEOPLE, margins)),
        Call("correct_sensors", (DAYS,), {"sensor": "sensor", "time": "day", "reference": "true", "reading": "pm"}),
        Call("correct_with_gold", (LABELS, GOLD), {"task": "task"}),
        Call("data_defect", (0.6, 0.5), {"n": 1000, "population": 100_000}),
        Call("decompose", (PRICES,), {"period": "year", "part": "kind", "value": "price"}),
        Call("decompose_published", ({"overall": 7.0, "means": {"a": 9.0, "b": 6.0}},
             {"overall": 8.0, "means": {"a": 10.0, "b": 6.5}})),
        Call("describe_multilevel_model", (PEOPLE, CENSUS), {"proportion": "yes = 1", "groups": ["age", "sex"]}),
        Call("estimate_areas", (AREAS,), {"value": "y", "area": "region", "variance": "v", "on": ["x"]}),
        Call("estimate_areas_from_units", (UNITS, MEANS), {"mean": "y", "area": "region", "on": ["x"]}),
        Call("estimate_by_propensity", (PEOPLE, SURVEY), {"mean": "yes", "on": ["age"], "weight": "w"}),
        Call("estimate_doubly_robust", (PEOPLE, SURVEY), {"mean": "pay", "on": ["age"], "weight": "w"}),
        Call("estimate_from_labels", (ANSWERS,)),
        Call("estimate_occupancy", (FOUND,), {"detected": "seen = 1", "site": "site", "visit": "visit"}),
        Call("estimate_population_size", (LISTS,), {"lists": ["a", "b"], "count": "persons"}),
        Call("estimate_rate", (VISITS,), {"count": "items", "effort": "hours", "site": "site"}),
        Call("estimate_respondent_driven", (CHAINS,), {
             "degree": "knows", "proportion": "tested = 1", "id": "id", "recruiter": "by", "replicates": 100}),
        Call("estimate_two_phase", (PEOPLE,), {"observed": "sex = 'f'", "mean": "pay", "weight": "pay"}),
        Call("estimate_with_replicates", (SURVEY, replicates()), {"mean": "yes"}),
        Call("estimate_with_total_error", (ASKED, KNOWN), {"of": "open", "items": QUESTIONS, "level": 0.6}),
        Call("impute_mass", (PEOPLE, SURVEY), {"mean": "pay", "on": ["age"], "weight": "w"}),
        Call("judge_citizen_covariate", (AREAS,), {
             "value": "y", "area": "region", "variance": "v", "citizen": ["x"]}),
        Call("judge_workers", (ANSWERS, GOLD)),
        Call("learn_total_error", (ASKED, KNOWN), {"items": QUESTIONS, "level": 0.6}),
        Call("map_accuracy", (PLACES, HECTARES), {"count": "n"}),
        Call("measure_agreement", (ANSWERS,)),
        Call("plan_redundancy", (ANSWERS,), {"simulations": 200, "most": 3}),
        Call("poststratify_model", (PEOPLE, CENSUS), {"proportion": "yes = 1", "groups": ["age", "sex"]}),
        Call("range_under_selection", (PEOPLE, margins), {"proportion": "yes = 1"}),
        Call("reference_sample", (SURVEY,), {"on": ["age"], "weight": "w"}),
        Call("replicate", (SURVEY, "JK1"), {"psu": "place", "weight": "w"}),
        Call("replicate_totals", (SURVEY, replicates()), {"measures": {"yes": "yes"}}),
        Call("tip", (PEOPLE, margins), {"proportion": "yes = 1", "threshold": 0.4}),
        Call("weigh_by_propensity", (PEOPLE, SURVEY), {"on": ["age"], "weight": "w"}),
    )  # fmt: skip
