"""The callers: who of the people of Tavoria calls a survey line, and what their answers look like on file.

Who calls depends on things the census knows (place, sex, age, schooling) and on one thing that nobody measures
(standing). The file has the faults that files have: repeats, hurried interviews, codes for no answer, wrong places.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from countersign.demonstration.population import DOMAINS, EDUCATION, REGIONS, Codes, Numbers, People, Texts, normal
from countersign.demonstration.questions import NAMES

Row = list[str]

VOLUNTEERS = 30
FIRST_DAY = datetime.date(2025, 3, 3)
DAYS = 60
REFUSED, UNKNOWN = 7, 9
COLUMNS = (
    "synthetic_id", "interview_date", "volunteer", "minutes", "consent", "region", "residence", "sex", "age",
    "education", *DOMAINS, "water_source", "fetch_minutes", "skipped_meals", "electricity", "savings", "latitude",
    "longitude", *NAMES,
)  # fmt: skip
_PLACE = {name: column for column, name in enumerate(COLUMNS)}


@dataclass(frozen=True)
class Dirt:
    """How many records of each fault a file of 5,000 gets; other sizes in proportion."""

    repeated: int = 12  # the same record sent twice
    copied: int = 8  # the same answers under a new number
    hurried: int = 70  # over in under a third of the usual time
    no_consent: int = 9
    too_young: int = 14
    wrong_year: int = 3
    at_zero: int = 25  # place 0, 0: the device did not know
    swapped: int = 6  # latitude and longitude exchanged

    def scaled(self, rows: int) -> Dirt:
        """Return the same shares of a file of `rows` records."""
        return Dirt(**{name: round(number * rows / 5000) for name, number in vars(self).items()})


def callers(rng: np.random.Generator, people: People, *, number: int, by_chance: bool = False) -> Codes:
    """Return who calls: `number` phone owners, drawn without replacement, likelier with a higher score.

    `by_chance`: anybody of the country instead, each as likely as the next.

    The largest score + Gumbel noise win (Efraimidis and Spirakis 2006). The score rises with town, schooling, youth and
    standing, and falls for women and for persons with disability.
    """
    if by_chance:
        return np.asarray(np.argsort(rng.random(people.size), kind="stable")[:number])
    score = 0.9 * (people.residence == "urban") - 0.25 * (people.sex == "female") - 0.012 * (people.age - 40)
    for step, level in enumerate(EDUCATION):
        score = score + 0.45 * step * (people.education == level)
    score = score + 0.4 * people.standing - 0.2 * people.disability
    drawn = score - np.log(-np.log(rng.random(people.size)))
    order = np.argsort(-np.where(people.phone, drawn, -np.inf), kind="stable")
    return np.asarray(order[:number])


def interview(
    rng: np.random.Generator,
    people: People,
    who: Codes,
    asked: Mapping[str, Texts],
    *,
    dirt: Dirt,
    shared: bool = False,
) -> list[Row]:
    """Return the records of the callers in the order of their calls, faults included.

    Parameters
    ----------
    asked: question -> the answer everybody would give. shared: whether all volunteers take about as many calls.
    """
    number = who.size
    parts = np.r_[0.24, 0.13, np.full(VOLUNTEERS - 2, 0.63 / (VOLUNTEERS - 2))]
    busy = np.cumsum(np.full(VOLUNTEERS, 1 / VOLUNTEERS) if shared else parts)
    volunteer = np.minimum(np.searchsorted(busy, rng.random(number), side="right"), VOLUNTEERS - 1)
    minutes = np.round(14.0 * np.exp(0.28 * normal(rng, number)), 1)
    day = np.sort((DAYS * rng.random(number)).astype(np.int64))
    answers = people.difficulties[who].astype(np.int64)
    answers[rng.random(answers.shape) < 0.006] = REFUSED
    answers[rng.random(answers.shape) < 0.006] = UNKNOWN
    silent = rng.random((3, number)) < np.array([[0.012], [0.03], [0.02]])
    latitude, longitude = _places(rng, people, who)
    rows: list[Row] = []
    for at, person in enumerate(who.tolist()):
        source = "" if silent[0, at] else str(people.water_source[person])
        fetched = source not in ("", "piped home")
        rows.append([
            f"SYN-{at + 1:06d}",
            (FIRST_DAY + datetime.timedelta(days=int(day[at]))).isoformat(),
            f"volunteer {volunteer[at] + 1:02d}",
            f"{minutes[at]:.1f}",
            "yes",
            str(people.region[person]),
            str(people.residence[person]),
            str(people.sex[person]),
            str(people.age[person]),
            str(people.education[person]),
            *(str(code) for code in answers[at].tolist()),
            source or str(UNKNOWN),
            str(people.fetch_minutes[person]) if fetched else "",
            str(REFUSED) if silent[1, at] else _yes(bool(people.skipped_meals[person])),
            _yes(bool(people.electricity[person])),
            str(REFUSED) if silent[2, at] else _yes(bool(people.savings[person])),
            f"{latitude[at]:.2f}",
            f"{longitude[at]:.2f}",
            *(str(asked[name][person]) for name in NAMES),
        ])  # fmt: skip
    return _soiled(rng, rows, dirt)


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _places(rng: np.random.Generator, people: People, who: Codes) -> tuple[Numbers, Numbers]:
    """Return latitude and longitude of the nearest mast; the country lies in the empty South Pacific."""
    place = np.zeros(who.size)
    for step, name in enumerate(REGIONS):
        place += step * (people.region[who] == name)
    latitude = -30.0 + 1.5 * (place // 4) + 1.4 * rng.random(who.size)
    longitude = -128.0 + 1.5 * (place % 4) + 1.4 * rng.random(who.size)
    return latitude, longitude


def _soiled(rng: np.random.Generator, rows: list[Row], dirt: Dirt) -> list[Row]:
    """Return the records with each fault put into records of its own."""
    sizes = (dirt.hurried, dirt.no_consent, dirt.too_young, dirt.wrong_year, dirt.at_zero, dirt.swapped, dirt.copied)
    needed = sum(sizes) + dirt.repeated
    chosen = np.argsort(rng.random(len(rows)), kind="stable")[:needed].tolist()
    groups: list[list[int]] = []
    for size in (*sizes, dirt.repeated):
        groups.append(chosen[:size])
        chosen = chosen[size:]
    hurried, no_consent, too_young, wrong_year, at_zero, swapped, copied, repeated = groups
    for at in hurried:
        _set(rows[at], minutes=f"{1.5 + 2.5 * float(rng.random()):.1f}", volunteer="volunteer 01")
    for at in no_consent:
        _set(rows[at], consent="no")
    for at in too_young:
        _set(rows[at], age=str(15 + int(3 * rng.random())))
    for at in wrong_year:
        _set(rows[at], interview_date=rows[at][_PLACE["interview_date"]].replace("2025", "2015"))
    for at in at_zero:
        _set(rows[at], latitude="0.00", longitude="0.00")
    for at in swapped:
        _set(rows[at], latitude=rows[at][_PLACE["longitude"]], longitude=rows[at][_PLACE["latitude"]])
    copies = [list(rows[at]) for at in copied]
    for step, row in enumerate(copies):
        _set(row, synthetic_id=f"SYN-{len(rows) + step + 1:06d}", volunteer="volunteer 02")
    again = [list(rows[at]) for at in repeated]
    return _filed([*rows, *copies, *again])


def _set(row: Row, **values: str) -> None:
    for name, value in values.items():
        row[_PLACE[name]] = value


def _filed(rows: Sequence[Row]) -> list[Row]:
    """Return the records in the order in which they reached the file: by day, then by number."""
    return sorted(rows, key=lambda row: (row[_PLACE["interview_date"]], row[0]))
