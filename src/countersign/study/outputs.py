"""Outputs: name under `publish` -> what writes it into the folder of a release."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countersign.model.release import Release

ESTIMATES = "estimates.csv"
REPORT = "report.html"
COMMUNITY = "community.html"
DOSSIER = "dossier.html"
BRIEF = "brief.html"

OUTPUTS = {
    "csv": "countersign.study.outputs:write_csv",
    "report": "countersign.study.outputs:write_report_page",
    "community": "countersign.study.outputs:write_community_page",
    "dossier": "countersign.study.outputs:write_dossier_page",
    "xlsx": "countersign.publishing.files.workbook:write",
    "codebook": "countersign.publishing.files.codebook:write",
    "parquet": "countersign.publishing.files.parquet:write",
    "stata": "countersign.publishing.files.statistical:write_stata",
    "spss": "countersign.publishing.files.statistical:write_spss",
    "r": "countersign.publishing.files.r_script:write",
    "notebook": "countersign.publishing.files.notebook:write",
    "open-sdg": "countersign.publishing.open_sdg:write",
    "brief": "countersign.study.outputs:write_brief_page",
    "pdf": "countersign.study.outputs:write_pdf_pages",
    "catalogue": "countersign.publishing.records:write",
    "sdmx": "countersign.study.sdmx_output:write_sdmx_files",
}
"""Name -> ``module:function``; the function takes the release and the folder. A module is loaded when it is needed."""

LAST = ("catalogue",)
"""Outputs that describe the others, and so come after them."""


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, each once, those that describe the others at the end."""
    found = tuple(dict.fromkeys(names))
    return (*(name for name in found if name not in LAST), *(name for name in LAST if name in found))


def load_output(address: str) -> Callable[[Release, Path], None]:
    """Return what writes an output; its module is loaded by the first call."""

    def write(release: Release, folder: Path) -> None:
        module, _, function = address.partition(":")
        getattr(importlib.import_module(module), function)(release, folder)

    return write


def write_csv(release: Release, folder: Path) -> None:
    """Write the figures."""
    from countersign.publishing import write_estimates

    write_estimates(release.estimates, folder / ESTIMATES, limits=release.plan.limits)


def write_report_page(release: Release, folder: Path) -> None:
    """Write the report."""
    from countersign.publishing import write_report

    write_report(release, folder / REPORT, language=release.plan.settings.language)


def write_community_page(release: Release, folder: Path) -> None:
    """Write the page for the community."""
    from countersign.publishing import write_community

    write_community(release, folder / COMMUNITY, language=release.plan.settings.language)


def write_dossier_page(release: Release, folder: Path) -> None:
    """Write the dossier."""
    from countersign.publishing import write_dossier

    write_dossier(release, folder / DOSSIER, language=release.plan.settings.language)


def write_brief_page(release: Release, folder: Path) -> None:
    """Write the policy brief."""
    from countersign.publishing.brief import write_brief

    write_brief(release, folder / BRIEF, language=release.plan.settings.language)


def write_pdf_pages(release: Release, folder: Path) -> None:
    """Write as PDF what is asked for of report, dossier, page for the community and brief; else the report."""
    from countersign.publishing import brief, community, dossier, report
    from countersign.publishing.language import speak
    from countersign.publishing.pdf import write_pdf

    words = speak(release.plan.settings.language)
    pages = {"report": report, "dossier": dossier, "community": community, "brief": brief}
    for name in [name for name in pages if name in release.plan.publish] or ["report"]:
        write_pdf(pages[name].render(release, words=words), folder / f"{name}.pdf")
