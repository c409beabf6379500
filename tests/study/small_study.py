"""A study small enough to check by hand: 48 people, two margins, one share and one median."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from countersign.cli import main

STUDY = """\
countersign: 1
title: A small study
initiative: {organiser: {name: Neighbours, kind: community}, selection: open-web}
population: {who: everybody, area: Hilltown, period: 2024}
data:
  people:
    file: data/people.csv
    unit: person
    variables:
      day: {type: date}
      water: {type: category, missing: {"9": don't know}}
benchmark:
  census: {file: data/margins.csv, source: Census 2020, year: 2020}
weights: {rake: census, by: [sex, region]}
indicators:
  piped: {proportion: water = 'piped', by: [sex, region, [sex, region]]}
  fetching: {median: minutes, by: [sex]}
"""

MARGINS = """\
variable,category,count
sex,f,520
sex,m,480
region,east,300
region,west,700
"""


def rows() -> list[str]:
    """Return the lines of people.csv, the header first."""
    lines = ["id,sex,region,day,water,minutes"]
    for number in range(48):
        sex = "fm"[number % 2]
        region = "east" if number % 3 else "west"
        water = ("piped", "well", "well", "piped", "river")[number % 5] if number != 7 else "9"
        lines.append(f"{number + 1},{sex},{region},2024-03-{number % 28 + 1:02d},{water},{(number * 7) % 31 + 1}")
    return lines


def write_study(folder: Path, *, study: str = STUDY, people: str | bytes | None = None, margins: str = MARGINS) -> Path:
    """Write the study's folder and return it."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    text = "\n".join(rows()) + "\n" if people is None else people
    data = text.encode("utf-8") if isinstance(text, str) else text
    (folder / "data" / "people.csv").write_bytes(data)
    (folder / "data" / "margins.csv").write_text(margins, encoding="utf-8")
    return folder


def countersign(*words: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])
