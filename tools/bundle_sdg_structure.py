"""Makes ``src/countersign/catalogue/sdmx/sdg_1_4.json`` from the published structure message and constraints.

    python tools/bundle_sdg_structure.py STRUCTURE.xml CONSTRAINTS.csv

STRUCTURE.xml: the structure message of IAEG-SDGs:SDG(1.4), SDMX-ML 2.1, as in the repository
brockfanning/sdg-dsd-translations (MIT), file dsd.xml. CONSTRAINTS.csv: ``sdmx_global_content_constraints.csv`` of the
repository open-sdg/sdg-build (MIT): one row a series, one column a component, with ``ALL`` or codes parted by ``;``.
Only codes and names are kept: no descriptions. Running it again on the same files gives the same bytes.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

from countersign.catalogue.sdmx.bundled import SDG
from countersign.catalogue.sdmx.compact import as_compact
from countersign.model.data_structure import ContentConstraint, DataStructure
from countersign.publishing.sdmx.structure_message import read_structure

PLACE = Path(__file__).resolve().parents[1] / "src" / "countersign" / "catalogue" / "sdmx" / SDG
SERIES, NAME, EVERY = "SERIES", "Name", "ALL"
HEAD = {
    "source": "IAEG-SDGs, SDG data structure definition 1.4 (2021), from the repository "
    "brockfanning/sdg-dsd-translations, commit aab45568, file dsd.xml; content constraints of 26 July 2021 from the "
    "repository open-sdg/sdg-build, commit b59aef56, file sdmx_global_content_constraints.csv",
    "licence": "Both repositories: MIT. Content: IAEG-SDGs/UNSD and SDMX, published code lists.",
    "status": "read",
    "note": "Codes and names only. Newer versions exist. Constraints of series that are not in 1.4 are left out.",
}


def constraints(path: Path, structure: DataStructure) -> tuple[ContentConstraint, ...]:
    """Return what each series allows; a cell that is empty or ALL allows every code."""
    found = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            series = row[SERIES].strip()
            allowed = {
                name: frozenset(code.strip() for code in cell.split(";") if code.strip())
                for name, cell in row.items()
                if name not in (SERIES, NAME) and cell.strip() not in ("", EVERY)
            }
            if series in structure.codes(SERIES) and allowed:
                found.append(ContentConstraint(dict(sorted(allowed.items())), SERIES, series))
    return tuple(found)


def main() -> None:
    """Read both files and write the bundled one."""
    message, table = map(Path, sys.argv[1:3])
    structure = read_structure(message)
    whole = replace(structure, constraints=constraints(table, structure))
    PLACE.write_text(as_compact(whole, head=HEAD), encoding="utf-8")
    told = f"{len(whole.lists)} lists, {len(whole.constraints)} constraints"
    sys.stdout.write(f"{PLACE.name}: {PLACE.stat().st_size:,} bytes, {told}\n")


if __name__ == "__main__":
    main()
