"""A small study whose people were asked, one by one, what their rows may be used for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from small_study import STUDY, rows, write_study

CONSENT = """
consent:
  purpose: publish_aggregates
  records: data/consents.csv
  notices: {"1": {en: consent/notice.en.txt, fr: consent/notice.fr.txt}}
  by: [sex, region]
"""
HEADER = "record,event,purpose,time,notice,language,how,collector,expires"
WORDS = "We ask you about water.\n"


def people() -> list[str]:
    """Return the lines of people.csv: pseudonyms P-0001 to P-0048, the fourth and the fifth are children."""
    header, *lines = rows()
    found = [f"{header},age,guardian,story"]
    for number, line in enumerate(lines, start=1):
        rest = line.split(",", 1)[1]
        age = {4: "12,yes", 5: "12,no"}.get(number, "40,")
        found.append(f"P-{number:04d},{rest},{age},told-{number:04d}-story")
    return found


def events(**changes: str) -> list[str]:
    """Return the lines of consents.csv: everybody agreed, but for what `changes` says, such as ``P0007="refused"``."""
    lines = [HEADER]
    for number in range(1, 49):
        record = f"P-{number:04d}"
        said = changes.get(record.replace("-", ""), "given")
        if said in ("given", "refused"):
            lines.append(f"{record},{said},collect publish_aggregates publish_microdata,2024-03-01,1,en,spoken,c1,")
        elif said == "expired":
            lines.append(f"{record},given,publish_aggregates,2024-03-01,1,en,spoken,c1,2024-12-31")
        elif said == "unknown words":
            lines.append(f"{record},given,publish_aggregates,2024-03-01,7,en,spoken,c1,")
        elif said == "withdrawn":
            lines.append(f"{record},given,publish_aggregates,2024-03-01,1,en,spoken,c1,")
            lines.append(f"{record},withdrawn,all,2024-04-01,,,,,")
    return lines


def write_consented(
    folder: Path, *, lines: Sequence[str] | None = None, consent: str = CONSENT, study: str = STUDY, extra: str = ""
) -> Path:
    """Write the study's folder and return it."""
    roles = "    unit: person\n    roles: {id: id, age: age, guardian: guardian}\n"
    text = study.replace("    unit: person\n", roles) + consent + extra
    write_study(folder, study=text, people="\n".join(people()) + "\n")
    (folder / "consent").mkdir(exist_ok=True)
    (folder / "consent" / "notice.en.txt").write_text(WORDS, encoding="utf-8")
    (folder / "consent" / "notice.fr.txt").write_text("Nous vous interrogeons sur l'eau.\n", encoding="utf-8")
    (folder / "data" / "consents.csv").write_text("\n".join(lines or events()) + "\n", encoding="utf-8")
    return folder
