"""A study in which every input holds something that must not leave: values that occur nowhere else on earth."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from click.testing import CliRunner

from countersign.cli import main

DIGEST = re.compile(r"\b(?=[0-9]*[a-f])[0-9a-f]{12,}\b")
SIGNED = re.compile(r'"payload":"([A-Za-z0-9+/=]+)"')
# Keys, their names, signatures and roots: chance letters, among which any short word stands sooner or later.
KEYED = re.compile(
    r"(?:SHA256:|AAAA)[A-Za-z0-9+/=]{40,}"
    r"|\"s(?:ig|shsig)\":\"[A-Za-z0-9+/=]+\""
    r"|\b[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{91,}=*$",
    re.MULTILINE,
)
WORD = "zq"  # every planted text begins so; no word of any language of ours does

PUBLISH = "publish: [report, csv, community, dossier, xlsx, codebook, parquet, stata, spss, r, notebook]"

STUDY = """\
countersign: 1
title: A study with something to hide
initiative: {organiser: {name: Neighbours, kind: community}, selection: open-web, consent: Asked first}
population: {who: everybody, area: Hilltown, period: 2024, groups: {people: [wee]}}
use: U3
data:
  people:
    file: data/people.csv
    unit: person
    variables:
      day: {type: date}
      name: {type: text}
      phone: {type: text}
      mail: {type: text}
      remark: {type: text}
      household: {type: text}
      collector: {type: category}
      device: {type: category}
      agreed: {type: category}
      water: {type: category, missing: {"9": don't know}, label: Source of water}
      village: {type: category}
      people: {type: category, values: {wee: The wee, many: The many}}
      other: {type: category}
      kind: {type: category}
      minutes: {type: number, range: [0, 240]}
      income: {type: number}
      lat: {type: number}
      lon: {type: number}
      begun: {type: text}
    roles: {id: id, time: day, collector: collector, area: village, latitude: lat, longitude: lon, device: device,
            consent: agreed}
    unique: [[id]]
    keep:
      - {rule: minutes > 1, name: minutes, why: Nobody fetches water in a minute.}
checks:
  - {rule: income < 7340 or income > 88000, name: odd incomes}
benchmark:
  census: {file: data/margins.csv, source: Census 2020, year: 2020}
  survey:
    file: data/survey.csv
    kind: units
    weight: weight
    source: Survey 2023
    year: 2023
weights: {rake: census, by: [sex, region, people]}
compare: {benchmark: survey, items: [radio]}
indicators:
  piped: {proportion: water = 'piped', by: [sex, region, village, people, [sex, people]]}
  waters: {distribution: water, by: [sex, people]}
  fetching: {median: minutes, by: [sex, people]}
  money: {mean: income, by: [sex, people]}
  money_of_the_wee: {mean: income, where: people = 'wee'}
  all_money: {total: income, by: [people]}
answers: [answers.yaml]
protection: {minimum_contributors: 3}
"""
STUDY += f"{PUBLISH}\n"

ANSWERS = """\
questionnaire: 1
who: zqAnswererName
role: community
date: 2026-03-01
answers:
  - question: A2.harm
    answer: no
    comment: zqAnswererComment
    evidence: zqproof.txt
"""

MARGINS = (
    "variable,category,count\nsex,f,520\nsex,m,480\nregion,east,300\nregion,west,700\npeople,wee,40\npeople,many,960\n"
)

PRIVATE = ("name", "phone", "mail", "remark", "household", "collector", "device", "other", "begun")
"""Columns of the data whose every value is planted."""

COLUMNS = (
    "id", "sex", "region", "village", "people", "day", "agreed", "water", "kind", "radio", "minutes", "income", "lat",
    "lon", *PRIVATE,
)  # fmt: skip

FEW = 2  # people in the smallest group: below the minimum of 3
PEOPLE = 120


def rows() -> list[dict[str, str]]:
    """Return the people; the last two are the few, with answers nobody else gives."""
    made = []
    for number in range(PEOPLE):
        few = number >= PEOPLE - FEW
        row = {
            "id": f"{WORD}Id{number:04d}",
            "sex": "fm"[number % 2],
            "region": "east" if number % 3 else "west",
            "village": "Hamlet" if number == PEOPLE - 1 else ("Upper", "Middle", "Lower")[number % 3],
            "people": "wee" if few else "many",
            "day": f"2024-03-{number % 28 + 1:02d}",
            "agreed": "yes",
            "water": ("piped", "well", "well", "piped", "river")[number % 5] if number != 7 else "9",
            "kind": f"{WORD}{number}"
            if number % 40 == 5
            else ("plain", "fancy", "plian")[number % 2 if number != 9 else 2],
            "radio": ("yes" if number % 3 else "no") if number != 14 else "perhaps",
            "minutes": f"{(number * 7) % 31 + 1}",
            "income": f"{7301 + number}.31" if not few else f"{88123 + 4 * number}.57",
            "lat": f"{11 + number / 7919:.7f}",
            "lon": f"{47 + number / 7927:.7f}",
        }
        row |= {column: f"{WORD}{column.title()}{number:04d}" for column in PRIVATE}
        row["phone"] = f"+25471234{number:04d}"
        row["mail"] = f"{WORD}mail{number:04d}@example.org"
        row["collector"] = f"{WORD}Collector{number % 6}" if number != 11 else f"{WORD}CollectorAlone"
        row["device"] = f"{WORD}Device{number % 9}"
        row["other"] = f"{WORD}Elsewhere{number:04d}" if number % 4 == 0 else "none of these"
        made.append(row)
    return made


def survey() -> str:
    """Return the microdata of the benchmark."""
    lines = ["id,sex,region,radio,weight,remark"]
    for number in range(80):
        lines.append(
            f"{WORD}Other{number:04d},{'fm'[number % 2]},{'east' if number % 3 else 'west'},"
            f"{'yes' if number % 4 else 'no' if number % 8 else 'perhaps'},{12.5 + number % 3},{WORD}Told{number:04d}"
        )
    return "\n".join(lines) + "\n"


def write(folder: Path, *, study: str = STUDY, people: list[dict[str, str]] | None = None) -> Path:
    """Write the study with everything planted, and return its folder."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in people or rows())]
    (folder / "data" / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
    (folder / "data" / "margins.csv").write_text(MARGINS, encoding="utf-8")
    (folder / "data" / "survey.csv").write_text(survey(), encoding="utf-8")
    (folder / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    (folder / f"{WORD}proof.txt").write_text(f"minutes of a meeting with {WORD}Witness", encoding="utf-8")
    return folder


def planted(people: list[dict[str, str]] | None = None) -> set[str]:
    """Return everything in the rows that must be nowhere outside the study's own folder."""
    found = set()
    for row in people or rows():
        found |= {row[name] for name in ("id", *PRIVATE) if row[name] != "none of these"}
        found |= {row["lat"].rstrip("0"), row["lon"].rstrip("0")} if row["lat"] != "11.0000000" else set()
        if row["people"] == "wee":
            found |= {row["income"]}
    return found


def of_the_few() -> set[str]:
    """Return the numbers that would tell something of the few: sum and mean of their answers, at every length."""
    incomes = [float(row["income"]) for row in rows() if row["people"] == "wee"]
    told = {f"{sum(incomes):.2f}", f"{sum(incomes) / len(incomes):.2f}"}
    return told | {number.split(".")[0] for number in told} | {f"{float(n):,.0f}" for n in told}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (where, text) for everything a folder tells: names of files, their bytes, the files inside archives."""
    for path in sorted(folder.rglob("*")):
        yield f"the name of {path.name}", path.name
        if path.is_file():
            yield from _told(path.relative_to(folder).as_posix(), path.read_bytes())


def _told(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    if zipfile.is_zipfile(io.BytesIO(data)):  # a workbook, a bundle
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for member in packed.namelist():
                yield f"the name of {name}/{member}", member
                yield from _told(f"{name}/{member}", packed.read(member))
        return
    if name == "estimates.parquet":
        table = pq.read_table(io.BytesIO(data))
        yield f"{name}, as rows", f"{table.to_pylist()} {table.schema.to_string(show_field_metadata=True)}"
    text = data.decode("utf-8", errors="replace")
    if name.endswith(("statements.jsonl", "checkpoint.txt", "signatures.json")):
        text = KEYED.sub("", SIGNED.sub(lambda one: base64.b64decode(one[1]).decode(), text))
    yield name, text
    yield f"{name} as UTF-16", data.decode("utf-16-le", errors="replace")


def leaks(told: Iterator[tuple[str, str]], secrets: set[str]) -> list[str]:
    """Return where something planted can be read, as ``report.html: zqId0003``.

    Digests are left out: among their digits any short number stands sooner or later, by chance.
    """
    pattern = re.compile(
        "|".join(re.escape(one) for one in sorted(secrets, key=len, reverse=True)) + f"|{WORD}[A-Za-z0-9]+"
    )
    return sorted({f"{where}: {found}" for where, text in told for found in pattern.findall(DIGEST.sub("", text))})


def spoken(folder: Path, *words: str) -> str:
    """Run a command on the study, with and without --json; return everything it says."""
    said = []
    for option in ([], ["--json"]):
        answer = CliRunner().invoke(main, [*words, str(folder), *option])
        said.append(answer.output + answer.stderr)
    return "\n".join(said)
