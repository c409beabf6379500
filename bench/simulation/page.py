"""The published page: every line of every scenario, and a plain sentence on what it teaches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulation.scenario import SEED, Scenario

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "simulation.md"
LOW, HIGH = 0.90, 0.98
WRITTEN = "<!-- Written by bench/simulation: run python3 dev.py bench simulation, do not edit -->"
HEAD = ("estimator", "model", "populations", "coverage", "SE / true SD", "bias in SD", "what a reader learns")
OPENING = f"""{WRITTEN}

# Simulation: do the intervals hold?

Nobody can see in real data whether an interval holds the truth. So `bench/simulation` makes populations whose truth
is known, draws samples from them, estimates, and counts. Each scenario says how people come in. Then each
estimator is **right** there, or **wrong**, and the table says what is wrong with it.

How to read the tables:

- **populations**: made anew each time, with a seed of their own (from {SEED}, the scenario and the number). Where an
  estimator speaks of several domains, each population gives several figures, and all count. 500, and fewer where one
  takes long.
- **coverage**: how often the 95 % interval held the truth, in percent, with the Monte Carlo error of that percentage
  (one standard error). From 90 to 98 is as it should be. **Bold** is outside of that although the model is right.
- **SE / true SD**: mean standard error over the true spread of the estimates. 1 is as it should be.
- **bias in SD**: mean error in units of that spread. Of several domains: the mean of its sizes, so chance alone gives a
  little more than 0.
- Truth is that of the finite population where one is drawn from, otherwise the parameter that made the data.
- Scenarios were written first, and what came out was kept. After a trial of 40 populations three were rewritten,
  because they were not what they said: two where the unknown trait moved only one of two answers, and one gold standard
  that was not a part of the tasks. None was changed for its coverage.
- Refusals are not misses: they are counted in the last column.
"""
CLOSING = """## What is not here

Not simulated are: successive-difference replicates (SDR),
blending with pooled biases, benchmarked areas other than by ratio, weights of volunteers by several surveys at once.

Sensitivity analysis, bounds and tipping points make no promise that could be counted: they say what follows from stated
assumptions. Decompositions of change, agreement, workers' accuracy and redundancy are tested on their own pages and in
`tests/estimation`. Replicates that come as columns of the data are checked against R there. All data here are made up,
and real selection is never as simple as these scenarios.
"""


def page(known: Mapping[str, Any], headings: Mapping[str, str], made: Mapping[str, Sequence[Scenario]]) -> str:
    """Compose the page from the kept results of all families."""
    lines = [line for family in headings for line in known[family]["lines"]]
    by_name = {scenario.name: scenario for family in headings for scenario in made[family]}
    parts = [OPENING, summary(lines, by_name, sum(known[family]["seconds"] for family in headings))]
    for family, heading in headings.items():
        parts.append(f"## {heading}\n")
        for scenario in made[family]:
            own = [line for line in known[family]["lines"] if line["scenario"] == scenario.name]
            parts += [f"### {title(scenario.name)}\n", f"{scenario.world}\n", table(own, scenario)]
    return "\n".join([*parts, CLOSING])


def title(name: str) -> str:
    """Heading of a scenario."""
    return name[0].upper() + name[1:]


def summary(lines: Sequence[Mapping[str, Any]], made: Mapping[str, Scenario], seconds: float) -> str:
    """Say how many held, and list those that did not although they were right."""
    right = [line for line in lines if not line["wrong"]]
    outside = [line for line in right if not inside(line)]
    wrong = [line for line in lines if line["wrong"]]
    missed = [line for line in wrong if line.get("coverage", 0.0) < LOW]
    held, harmed = len(right) - len(outside), len(missed)
    said = [
        "## In short\n",
        f"Where the model is right, {held} of {len(right)} intervals hold in 90 to 98 % of populations.",
        f"Where it is wrong, {harmed} of {len(wrong)} hold less often than in 90 %, some almost never, and the",
        "interval itself does not give that away.\n",
    ]
    if outside:
        said.append("Right, and still outside of 90 to 98 %:\n")
        for line in outside:
            note = made[line["scenario"]].notes.get(line["estimator"], "")
            held = percent(line["coverage"])
            said.append(f"- {title(line['scenario'])}, {line['estimator']}: {held} %. {note}".rstrip())
        said.append("")
    said.append(f"All of it took {seconds / 60:.0f} minutes of one processor.\n")
    return "\n".join(said)


def table(lines: Sequence[Mapping[str, Any]], scenario: Scenario) -> str:
    """Return the table of a scenario."""
    rows = [f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD)]
    for line in lines:
        name = line["estimator"]
        model = f"wrong: {scenario.models[name]}" if scenario.models[name] else "right"
        cells = [name, model, str(line["populations"])]
        if "coverage" in line:
            held = f"{percent(line['coverage'])} ± {100 * line['coverage_error']:.1f}"
            if not line["wrong"] and not inside(line):
                held = f"**{held}**"
            cells += [held, number(line["se_ratio"]), number(line["bias"]), learnt(line, scenario.notes.get(name, ""))]
        else:
            cells += ["", "", "", f"Refused in {line['refused']} populations: {line['reason']}"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def inside(line: Mapping[str, Any]) -> bool:
    """Whether coverage is from 90 to 98 percent."""
    return LOW <= line.get("coverage", -1.0) <= HIGH


def percent(share: float) -> str:
    """A share in percent, with one digit."""
    return f"{100 * share:.1f}"


def number(value: float) -> str:
    """Two digits, or nothing."""
    return "" if value is None or math.isnan(value) else f"{value:.2f}"


def learnt(line: Mapping[str, Any], note: str = "") -> str:
    """Say in a plain sentence what the numbers of a line mean."""
    said = [right(line) if not line["wrong"] else wrong(line), note]
    every = line["populations"] * line["figures"]
    if line["missing"]:
        said.append(f"{line['missing']} of {every} figures had no interval.")
    if line["refused"]:
        said.append(f"Refused in {line['refused']} populations: {line['reason'].rstrip('.')}.")
    return " ".join(part for part in said if part)


def right(line: Mapping[str, Any]) -> str:
    """Of an estimator whose model is right."""
    if line["coverage"] > HIGH:
        return "**Too careful: it holds more often than it says, so it is longer than it need be.**"
    if line["coverage"] < LOW:
        return "**Too short: it holds less often than it says.**"
    if line["coverage"] < 0.93:
        return "It holds, a little less often than it says."
    if line["se_ratio"] > 1.15:
        return "It holds; the standard error is on the careful side."
    if line["se_ratio"] < 0.87:
        return "It holds; the standard error is on the small side."
    return "It holds as often as it says."


def wrong(line: Mapping[str, Any]) -> str:
    """Of an estimator whose model is wrong."""
    off, held = line["bias"], line["coverage"]
    what = "populations" if line["figures"] == 1 else "figures"
    if held >= LOW:
        if abs(off) < 0.5:
            return "The wrong model does no harm to speak of here."
        return "Somewhat off, but the interval is long enough to hold."
    misses = f"misses the truth in {round(100 * (1 - held))} of 100 {what}"
    if abs(off) < 0.5:
        return f"Not off on average, but the interval is too short: it {misses}."
    where = "high" if line["error"] > 0 else "low"
    return f"Too {where}, and the interval does not say so: it {misses}."
