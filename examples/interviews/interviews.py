"""Writes interviews.csv: 91 made-up interviews in three made-up countries, always the same ones.

python interviews.py FOLDER
"""

from __future__ import annotations

import csv
import datetime
import random
import sys
from pathlib import Path

COUNTRIES = {"Northland": 34, "Eastland": 31, "Southland": 26}
THEMES = {"information": 0.7, "protection": 0.55, "employment": 0.5, "health": 0.45, "consulted": 0.8}


def write(folder: Path) -> Path:
    """Write the file into a folder and return its path."""
    rng = random.Random(91)  # made-up interviews, not a secret
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "interviews.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["number", "country", "sex", "day", "minutes", *THEMES])
        places = [country for country, many in COUNTRIES.items() for _ in range(many)]
        for at, country in enumerate(places, start=1):
            day = datetime.date(2021, 1, 4) + datetime.timedelta(days=rng.randrange(180))
            raised = [int(rng.random() < often) for often in THEMES.values()]
            writer.writerow(
                [f"SYN-{at:03d}", country, rng.choice(["female", "male"]), day, rng.randrange(35, 95), *raised]
            )
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
