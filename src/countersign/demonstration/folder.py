"""The study folder of the built-in example: the study file, its page, and data written from one seed.

Everything in it is made up and says so: the title, the page, the name of each file, the number of each record.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from countersign.demonstration.population import (
    AGE_GROUPS,
    AGE_LIMITS,
    EDUCATION,
    REGIONS,
    RESIDENCES,
    SEXES,
    Codes,
    Flags,
    People,
    Texts,
    populate,
)
from countersign.demonstration.questions import NAMES, ask
from countersign.demonstration.survey import COLUMNS, Dirt, callers, interview

SEED = 20250301
POPULATION = 300_000
REFERENCE = 500  # people in the statistical office's own sample, in each region
REFERENCE_COLUMNS = (
    "synthetic_id", "weight", "region", "residence", "sex", "age", "education", "electricity", "savings", *NAMES,
)  # fmt: skip
BREAKDOWNS = (("sex",), ("region",), ("residence",), ("disability",), ("sex", "disability"))
MARGINS = (("sex", "age_group"), ("region", "residence"), ("education",))
_HERE = Path(__file__).parent


def generate(folder: Path, *, seed: int = SEED, rows: int = 5000, clean: bool = False) -> Path:
    """Write the example study into a folder and return the folder.

    Parameters
    ----------
    seed: of all random numbers; the same seed gives the same bytes. rows: records in the survey file (100 to 50,000),
    repeats included. clean: no faults are put in, the callers are drawn by chance, and volunteers share the calls.

    Writes ``study.yaml``, ``README.md`` and under ``data/``: ``synthetic_calls.csv`` (one row a call),
    ``synthetic_census.csv`` (three margins of the population), ``synthetic_reference.csv`` (a random sample of the
    population, as many people in each region, one row a person with its weight) and ``synthetic_truth.csv`` (the true
    value of every figure the study asks for).

    Raises
    ------
    ValueError: `rows` is outside its limits.
    """
    if not 100 <= rows <= 50_000:
        raise ValueError(f"rows is {rows}; expected 100 to 50,000")
    rng = np.random.default_rng(seed)
    people = populate(rng, POPULATION)
    dirt = Dirt().scaled(0 if clean else rows)
    who = callers(rng, people, number=rows - dirt.repeated - dirt.copied, by_chance=clean)
    asking = np.random.default_rng([seed, 1])  # a stream of its own: the country stays the same
    asked = ask(asking, people)
    calls = interview(rng, people, who, asked, dirt=dirt, shared=clean)
    sampled = _drawn(asking, people)

    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for name in ("study.yaml", "README.md"):
        (folder / name).write_bytes((_HERE / "study" / name).read_bytes())
    _write(data / "synthetic_calls.csv", COLUMNS, calls)
    _write(data / "synthetic_census.csv", _margin_columns(), _margins(people))
    _write(data / "synthetic_reference.csv", REFERENCE_COLUMNS, _reference(people, sampled, asked))
    _write(data / "synthetic_truth.csv", ("indicator", *_truth_columns(), "value"), _truth(people))
    return folder


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _groups(people: People) -> dict[str, dict[str, Flags]]:
    """Return variable -> word -> who it is true of."""
    texts = {
        "sex": (people.sex, SEXES),
        "region": (people.region, REGIONS),
        "residence": (people.residence, RESIDENCES),
    }
    groups = {name: {word: column == word for word in words} for name, (column, words) in texts.items()}
    groups["education"] = {word: people.education == word for word in EDUCATION}
    step = np.searchsorted(AGE_LIMITS, people.age, side="right")
    groups["age_group"] = {word: step == place for place, word in enumerate(AGE_GROUPS)}
    disabled = people.disability
    groups["disability"] = {"with disability": disabled, "without disability": ~disabled}
    return groups


def _margin_columns() -> tuple[str, ...]:
    return (*dict.fromkeys(name for margin in MARGINS for name in margin), "count")


def _margins(people: People) -> Iterator[list[str]]:
    """One row a cell of a margin; the cells of variables that are not in that margin stay empty."""
    groups = _groups(people)
    for margin in MARGINS:
        for cell, members in _cells(groups, margin):
            filled = dict(zip(margin, cell, strict=True)) | {"count": str(int(members.sum()))}
            yield [filled.get(name, "") for name in _margin_columns()]


def _truth_columns() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for breakdown in BREAKDOWNS for name in breakdown))


def _truth(people: People) -> Iterator[list[str]]:
    """One row a figure: the share among all people of the country, counted and not estimated."""
    groups = _groups(people)
    for indicator, answer in (("water", people.basic_water), ("meals", people.skipped_meals)):
        for breakdown in ((), *BREAKDOWNS):
            for cell, members in _cells(groups, breakdown):
                filled = dict(zip(breakdown, cell, strict=True))
                value = float(answer[members].sum() / members.sum())
                yield [indicator, *(filled.get(name, "") for name in _truth_columns()), repr(value)]


def _cells(groups: dict[str, dict[str, Flags]], by: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Flags]]:
    """Yield each combination of categories that somebody is in, with who is."""
    everybody = np.ones(next(iter(groups["sex"].values())).size, dtype=bool)
    for parts in product(*(groups[name].items() for name in by)):
        members = everybody.copy()
        for _, inside in parts:
            members &= inside
        if members.any():
            yield tuple(word for word, _ in parts), members


def _drawn(rng: np.random.Generator, people: People) -> Codes:
    """Return who is in the office's sample: as many in each region, large or small, by chance."""
    order = np.argsort(rng.random(people.size), kind="stable")
    return np.sort(np.concatenate([order[people.region[order] == region][:REFERENCE] for region in REGIONS]))


def _reference(people: People, sampled: Codes, asked: Mapping[str, Texts]) -> Iterator[list[str]]:
    """One row a person; the weight says how many adults of the region it stands for."""
    weight = {region: (people.region == region).sum() / REFERENCE for region in REGIONS}
    for at, person in enumerate(sampled.tolist()):
        region = str(people.region[person])
        yield [
            f"SYN-REF-{at + 1:05d}",
            f"{weight[region]:.3f}",
            region,
            str(people.residence[person]),
            str(people.sex[person]),
            str(people.age[person]),
            str(people.education[person]),
            *("yes" if answer else "no" for answer in (people.electricity[person], people.savings[person])),
            *(str(asked[name][person]) for name in NAMES),
        ]
