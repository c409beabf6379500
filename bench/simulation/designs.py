"""Two-phase samples, and replicate weights of samples in stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from countersign import inference
from countersign.estimation.replication import replicate_totals
from countersign.estimation.replication_figures import replicate_figures
from countersign.model.cells import Cells
from countersign.model.design import Design
from countersign.model.plan import IndicatorPlan
from countersign.model.replicates import ReplicateWeights
from countersign.weighting import rake
from countersign.weighting.replication import replicate_weights
from countersign.weighting.replication_calibration import refit
from simulation.people import Columns, cells_from, margin, people, survey
from simulation.scenario import Outcome, Scenario, attempt, outcome
from simulation.tables import table

# --- two phases ------------------------------------------------------------------------------------------------------

PLAIN = "two phases, not calibrated"
MARGINS = "two phases, calibrated to age and schooling of the first"
NUMBERS = "two phases, calibrated to age and total hours of the first"
PHASES = (PLAIN, MARGINS, NUMBERS)


def two_phases(everybody: Columns, first: Columns, asked: Any) -> Mapping[str, Any]:
    """Estimate the mean of `amount`, known for those asked only."""
    rows = table(
        {name: first[name] for name in ("age", "school", "hours", "amount", "size", "weight")}
        | {"asked": asked.astype(int)}
    )
    truth = float(everybody["amount"].mean())

    def made(**calibrated: Any) -> Outcome:
        found = inference.estimate_two_phase(
            rows, observed="asked = 1", mean="amount", weight="weight", fpc="size", second_strata="school", **calibrated
        )
        return outcome(truth, found.estimates[0])

    return {
        PLAIN: attempt(made),
        MARGINS: attempt(lambda: made(margins=["age", "school"])),
        NUMBERS: attempt(lambda: made(margins=["age"], numeric=["hours"])),
    }


def drawn(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = people(rng)
    first = survey(rng, everybody, 1500)
    asked = np.zeros(1500, dtype=bool)
    for school, share in enumerate((0.3, 0.2, 0.15)):
        rows = np.flatnonzero(first["school"] == school)
        asked[rng.permutation(rows)[: round(share * len(rows))]] = True
    return two_phases(everybody, first, asked)


def willing(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = people(rng)
    first = survey(rng, everybody, 1500)
    chance = 0.2 / (1 + np.exp(-0.12 * (first["amount"] - 10))) * 2
    return two_phases(everybody, first, rng.random(1500) < chance)


# --- replicates ------------------------------------------------------------------------------------------------------

STRATA, UNITS, INSIDE = 20, 50, 20
MEAN = IndicatorPlan("answer", "mean", "answer")
KINDS = ("JKn", "BRR", "Fay", "bootstrap", "Rao-Wu", "subbootstrap")
IGNORED = "JK1, every person taken as drawn alone"
AGAIN = "raked to age in every replicate (JKn)"
AGAIN_RANDOM = "raked to age in every replicate (Rao-Wu)"
ONCE = "raked once, weights taken as fixed (JKn)"
JK1 = "JK1"


def villages(rng: np.random.Generator, size: int = INSIDE) -> Columns:
    """Return a population in strata of villages; people of a village are alike."""
    stratum = np.repeat(np.arange(STRATA), UNITS * size)
    village = np.repeat(np.arange(STRATA * UNITS), size)
    count = len(village)
    age = rng.choice(4, count, p=[0.3, 0.3, 0.25, 0.15])
    level = rng.normal(0, 1.0, STRATA)[stratum] + rng.normal(0, 1.0, STRATA * UNITS)[village]
    answer = 10 + level + 2.0 * age + 3 * rng.standard_normal(count)
    return {"stratum": stratum, "village": village, "age": age, "answer": answer, "one": np.ones(count)}


def chosen(rng: np.random.Generator, everybody: Columns, *, strata: bool) -> Columns:
    """Draw two villages of each stratum, or 40 of all; everybody there answers."""
    if strata:
        villages_ = np.concatenate([h * UNITS + rng.permutation(UNITS)[:2] for h in range(STRATA)])
    else:
        villages_ = rng.permutation(STRATA * UNITS)[: 2 * STRATA]
    rows = np.flatnonzero(np.isin(everybody["village"], villages_))
    sample = {name: values[rows] for name, values in everybody.items()}
    return sample | {"row": np.arange(len(rows)), "weight": np.full(len(rows), len(everybody["village"]) / len(rows))}


def figure(truth: float, cells: Cells, replicates: ReplicateWeights) -> Outcome:
    """Estimate the mean of the answer by replicates."""
    again = None if replicates.calibration is None else refit(replicates.calibration)
    (totals,) = replicate_totals(cells, replicates, measures=("answer", "one"), counted="one", refit=again)
    (one,) = replicate_figures(totals, MEAN, numerator="answer", denominator="one", selection="probability")
    return outcome(truth, one)


def in_strata(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = villages(rng)
    sample, truth = chosen(rng, everybody, strata=True), float(everybody["answer"].mean())
    cells = cells_from(sample, ("stratum", "village", "age"), ("answer", "one"), sample["weight"])
    units = cells_from(sample, ("stratum", "village"))
    rows = cells_from(sample, ("row",), ("answer", "one"), sample["weight"])
    design = Design(strata=("stratum",), psu="village")
    weights = rake(cells, [margin(everybody, "age")], base_column="weight")
    seed = int(rng.integers(1 << 30))

    def made(kind: str, **options: Any) -> Outcome:
        return figure(truth, cells, replicate_weights(units, kind, design=design, replicates=200, seed=seed, **options))

    def fixed() -> Outcome:
        raked = sample | {"weight": sample["weight"] * factors(sample, weights)}
        held = cells_from(raked, ("stratum", "village"), ("answer", "one"), raked["weight"])
        return figure(truth, held, replicate_weights(units, "JKn", design=design))

    def alone() -> Outcome:
        return figure(truth, rows, replicate_weights(rows, "JK1", design=Design(psu="row")))

    return {kind: attempt(lambda kind=kind: made(kind)) for kind in KINDS} | {  # type: ignore[misc]
        AGAIN: attempt(lambda: made("JKn", calibration=weights, weight="weight")),
        AGAIN_RANDOM: attempt(lambda: made("Rao-Wu", calibration=weights, weight="weight")),
        ONCE: attempt(fixed),
        IGNORED: attempt(alone),
    }


def factors(sample: Columns, weights: Any) -> Any:
    """Return the raking factor of each row, by age."""
    by_age = dict(zip(weights.keys["age"].tolist(), weights.factor.tolist(), strict=True))
    return np.array([by_age[age] for age in sample["age"].tolist()])


def without_strata(rng: np.random.Generator) -> Mapping[str, Any]:
    everybody = villages(rng)
    sample, truth = chosen(rng, everybody, strata=False), float(everybody["answer"].mean())
    cells = cells_from(sample, ("village",), ("answer", "one"), sample["weight"])
    rows = cells_from(sample, ("row",), ("answer", "one"), sample["weight"])
    return {
        JK1: attempt(lambda: figure(truth, cells, replicate_weights(cells, "JK1", design=Design(psu="village")))),
        IGNORED: attempt(lambda: figure(truth, rows, replicate_weights(rows, "JK1", design=Design(psu="row")))),
    }


ALONE = "people were drawn by villages, not alone"
SCENARIOS = (
    Scenario(
        "two phases: both by chance",
        "1,500 of 20,000 by chance; of these about 320 by chance within schooling are asked.",
        dict.fromkeys(PHASES, ""),
        drawn,
    ),
    Scenario(
        "two phases: the second by itself",
        "1,500 by chance; of these about 300 answer, the more willingly the higher their answer.",
        dict.fromkeys(PHASES, "the second phase was not drawn by chance: the answer itself decides"),
        willing,
    ),
    Scenario(
        "replicates: two villages in each of 20 strata",
        "20 strata of 50 villages of 20 people; two villages of each stratum are drawn, everybody there answers. 200"
        " replicates of the random kinds.",
        dict.fromkeys((*KINDS, AGAIN, AGAIN_RANDOM), "")
        | {ONCE: "weights were fitted, but replicates do not fit them again", IGNORED: ALONE},
        in_strata,
    ),
    Scenario(
        "replicates: 40 villages without strata",
        "40 of 1,000 villages are drawn, everybody there answers.",
        {JK1: "", IGNORED: ALONE},
        without_strata,
    ),
)
