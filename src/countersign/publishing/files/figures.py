"""Release -> one table of its figures: what each column is called, means and holds, and its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from countersign.model.estimate import Status
from countersign.model.release import Release
from countersign.publishing.exports import estimate_rows
from countersign.publishing.labels import Labels, status_word
from countersign.publishing.language import speak

ALL = "All"
ABOUT = {
    "figure_id": "Name of the figure",
    "indicator": "Indicator",
    "series": "Code of the SDG series",
    "unit": "Unit of the figure and its interval",
    "time": "Reference period",
    "area": "Area",
    "value": "The figure",
    "standard_error": "Standard error",
    "lower": "Lower end of the interval",
    "upper": "Upper end of the interval",
    "n": "Records behind the figure",
    "n_effective": "Effective number of records",
    "method": "How the figure was computed",
    "convention": "Kind of interval",
    "status": "State of the figure",
    "flags": "Reliability rules that spoke",
    "note": "Note for the reader",
    "plausible_lower": "Where the truth may lie: lower end",
    "plausible_upper": "Where the truth may lie: upper end",
    "fan_lower": "Smallest value of the estimators",
    "fan_upper": "Largest value of the estimators",
    "total_error_lower": "Interval learnt from known answers: lower end",
    "total_error_upper": "Interval learnt from known answers: upper end",
    "selection_lower": "Under stated selection: lower end",
    "selection_upper": "Under stated selection: upper end",
    "limits_changed": "Limits that this study sets otherwise",
}
NUMBERS = frozenset(
    name for name in ABOUT if name in ("value", "standard_error", "n_effective") or name.endswith(("lower", "upper"))
)


@dataclass(frozen=True)
class FileColumn:
    """One column.

    Parameters
    ----------
    kind: ``number``, ``integer``, ``text``, ``category``, ``date`` or ``boolean``. label: in words. unit: of numbers.
    values: code -> label, of categories, in order. held: its values, None where there is none.
    why: for each value that is none, why (a code of `FileTable.states`); empty if nothing is known.
    """

    name: str
    kind: str
    label: str
    held: Sequence[Any]
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    why: Sequence[str] = ()


@dataclass(frozen=True)
class FileTable:
    """A table for a file: its title, columns, what is said of the whole, and why a number may be missing."""

    title: str
    columns: tuple[FileColumn, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)


def title_of(release: Release) -> str:
    """Return the study's title in the language of the report."""
    return speak(release.plan.settings.language).pick(release.plan.title)


def labels_of(release: Release) -> Labels:
    """Return the labels of a release in the language of the report."""
    words = speak(release.plan.settings.language)
    return Labels(release.plan, tuple(note.codebook for note in release.data), words, names=release.estimates.labels)


def figure_table(release: Release) -> FileTable:
    """Return the figures of a release, one row each, as they stand in ``estimates.csv``.

    A breakdown is a category with its labels; where a figure is not broken down by it, its code is empty and the label
    is `ALL`. Why a number is missing says the state of the figure.
    """
    names, rows = estimate_rows(release.estimates, limits=release.plan.limits)
    labels, words = labels_of(release), speak(release.plan.settings.language)
    by_column = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    states = {str(one): status_word(one, words) or str(one) for one in Status}
    breakdowns = {column: variable for variable, column in release.estimates.columns.items()}
    numberless = [str(state) for state in by_column["status"]]
    columns = []
    for name in names:
        held = list(by_column[name])
        if name in breakdowns:
            variable = breakdowns[name]
            held = [str(value) for value in held]
            codes = {code: labels.category(variable, code) for code in dict.fromkeys(held) if code}
            whole = {"": ALL} if "" in held else {}
            columns.append(FileColumn(name, "category", labels.variable(variable), held, values={**whole, **codes}))
        elif name == "indicator":
            titles = {code: labels.indicator(code) for code in dict.fromkeys(held)}
            columns.append(FileColumn(name, "category", ABOUT[name], held, values=titles))
        elif name == "status":
            columns.append(FileColumn(name, "category", ABOUT[name], held, values=states))
        elif name in NUMBERS or name == "n":
            kind = "integer" if name == "n" else "number"
            own = ("value", "standard_error", "lower", "upper", "n", "n_effective")
            columns.append(FileColumn(name, kind, ABOUT[name], held, why=numberless if name in own else ()))
        else:
            columns.append(FileColumn(name, "text", ABOUT.get(name, name), held))
    return FileTable(title_of(release), tuple(columns), about(release), states)


def about(release: Release) -> dict[str, str]:
    """Return what must travel with the figures: title, whom they are about, when they were made, by what."""
    plan = release.plan
    found = {
        "title": title_of(release),
        "population": plan.population.who,
        "area": plan.population.area,
        "organiser": plan.initiative.organiser,
        "licence": plan.initiative.licence,
        "made": release.made,
        "software": f"countersign {release.version}",
        "synthetic": "Synthetic data: made up, do not quote." if plan.synthetic else "",
        "missing": "An empty number is not zero: the column status says why there is none.",
    }
    return {key: str(value) for key, value in found.items() if value}
