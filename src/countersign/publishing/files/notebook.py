# ruff: noqa: E501 -- lines of a notebook
"""Release -> ``reproduce.ipynb``: a notebook that reads the release again and, with the data, computes it anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from countersign.model.release import Release
from countersign.publishing.files.figures import title_of
from countersign.publishing.files.r_script import write_figures
from countersign.publishing.writing import write_whole

NAME = "reproduce.ipynb"


def write(release: Release, folder: Path) -> None:
    """Write the notebook, and ``reproduce.csv`` with what it needs to compute the intervals.

    Raises
    ------
    StoreError: the disk refused.
    """
    write_figures(release.estimates, folder)
    write_whole(folder / NAME, json.dumps(notebook(release), ensure_ascii=False, indent=1) + "\n")


def notebook(release: Release) -> dict[str, Any]:
    """Return the notebook as JSON values (nbformat 4.5); the same for the same release."""
    cells = []
    for number, (kind, text) in enumerate(_cells(release)):
        lines = text.strip("\n").splitlines(keepends=True)
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": lines}
        cells.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cells(release: Release) -> Iterator[tuple[str, str]]:
    title = " ".join(title_of(release).split())
    made_up = "\n\n**Synthetic data: everything is made up. Do not quote it.**" if release.plan.synthetic else ""
    yield "markdown", f"# {title}{made_up}\n\n{_INTRODUCTION}"
    yield "code", _PATHS
    yield "markdown", "## The figures\n\nA figure without a number says why. None of them is zero."
    yield "code", _FIGURES
    yield "markdown", _ON_INTERVALS
    yield "code", _INTERVALS
    yield "markdown", "## Pictures\n\nEach figure with its interval."
    yield "code", _PICTURES
    yield "markdown", _ON_DATA
    yield "code", _ANEW


_INTRODUCTION = """This notebook reads a release of this study again. It needs the package `countersign` and nothing from the network.

1. It reads the figures, computes their intervals again and draws them.
2. If you hold the data, it computes weights and figures anew and holds them against what was published.

It lies in the folder of the release and runs there as it is."""

_PATHS = """from pathlib import Path

release = Path(".")     # the folder of the release
data_folder = None      # the folder with the data, such as Path("../data"); None = only the first part
tolerance = 1e-8        # largest difference that counts as none, relative to the size"""

_FIGURES = """import csv
from collections import Counter


def table(name):
    with (release / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


figures = table("estimates.csv")
more = {row["figure_id"]: row for row in table("reproduce.csv")}
shown = [row for row in figures if row["value"]]
Counter(row["status"] for row in figures)"""

_ON_INTERVALS = """## Intervals again

From each figure, its standard error and its degrees of freedom, by the convention that its row names. The intervals of
quantiles need the data."""

_INTERVALS = """from countersign.estimation.interval import interval

worst, count = 0.0, 0
for row in shown:
    about = more[row["figure_id"]]
    if not (row["standard_error"] and about["degrees"]) or about["statistic"] == "quantile":
        continue
    found = interval(
        row["convention"], value=float(row["value"]), se=float(row["standard_error"]), n=float(row["n"]),
        degrees=float(about["degrees"]), level=float(about["level"]),
        n_effective=float(row["n_effective"]) if row["n_effective"] else None,
    )
    for mine, name in ((found.lower, "lower"), (found.upper, "upper")):
        worst = max(worst, abs(mine - float(row[name])) / max(1, abs(float(row[name]))))
    count += 1
print(f"{count} intervals computed again; largest difference: {worst:.3g}")
assert worst <= tolerance"""

_PICTURES = """from IPython.display import SVG, display
from vl_convert import vegalite_to_svg

breakdowns = list(figures[0])[6:list(figures[0]).index("value")] if figures else []
for indicator in dict.fromkeys(row["indicator"] for row in shown):
    rows = [
        {"group": ", ".join(row[name] for name in breakdowns if row[name]) or "All",
         "value": float(row["value"]), "lower": float(row["lower"]), "upper": float(row["upper"])}
        for row in shown if row["indicator"] == indicator
    ][:60]
    groups = {"field": "group", "type": "nominal", "sort": None, "title": None}
    picture = {
        "title": indicator, "width": 460, "data": {"values": rows}, "encoding": {"y": groups},
        "layer": [
            {"mark": "rule", "encoding": {"x": {"field": "lower", "type": "quantitative", "title": None}, "x2": {"field": "upper"}}},
            {"mark": {"type": "point", "filled": True}, "encoding": {"x": {"field": "value", "type": "quantitative"}}},
        ],
    }
    display(SVG(vegalite_to_svg(picture)))"""

_ON_DATA = """## Anew from the data

The study file of the release is run on your data: taken in, weighted, estimated, protected. Nothing is written into the
release. Where figures were changed by noise, only those who hold the secret get the same."""

_ANEW = """import tempfile

from countersign.study import Study

if data_folder is None:
    print("Set data_folder above to compute the figures anew.")
else:
    with tempfile.TemporaryDirectory() as work, Study.open(release / "study.yaml", data=data_folder, folder=work) as study:
        anew = {one.figure_id: one for one in study.protect()}
    compared, bad = 0, []
    for row in shown:
        own = anew.get(row["figure_id"])
        for name in ("value", "standard_error", "lower", "upper"):
            published = float(row[name]) if row[name] else None
            mine = getattr(own, name, None)
            if (mine is None) != (published is None) or (
                published is not None and abs(mine - published) > tolerance * max(1, abs(published))
            ):
                bad.append((row["figure_id"], name, published, mine))
        compared += 1
    print(f"{compared} figures computed anew, {len(bad)} numbers differ by more than {tolerance:g}")
    for line in bad[:20]:
        print(*line)
    assert not bad"""
