"""StudyFile and Datasets -> refusals: columns that a study names for a check must be there and of a fitting kind.

A name that is mistyped must not end as *not assessed*: the reader would believe that the data lack something. What a
delivery may lack, an optional source or an optional variable, stays a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from countersign.errors import StudyError, nearest

if TYPE_CHECKING:
    from countersign.model.dataset import Dataset
    from countersign.study.document import Place
    from countersign.study.reading import StudyFile

NUMBERS = ("age", "minutes", "accuracy", "size", "standard_error")
"""Roles that mean nothing but a number."""

_NUMERIC = ("number", "integer")


def check_names(file: StudyFile, datasets: Mapping[str, Dataset]) -> None:
    """Refuse columns under `repeats`, `gold`, `places`, `imputed`, `wholes` and `roles` that cannot be what is said.

    Parameters
    ----------
    datasets: every source of this delivery; a source that is not in it is left out.

    Raises
    ------
    StudyError: names the line, the column and the nearest one there is.
    """
    names = _Names(file, datasets)
    _sources(names)
    _repeats(names)
    _gold(names)
    _places(names)


class _Names:
    """What the study calls by name, and what there is."""

    def __init__(self, file: StudyFile, datasets: Mapping[str, Dataset]) -> None:
        self.plan, self.document, self.datasets = file.plan, file.document, datasets

    def known(self, source: str, columns: Iterable[str], *place: str | int) -> None:
        """Refuse a column that a source of this delivery lacks without leave."""
        name = source or self.plan.main.name
        dataset = self.datasets.get(name)
        if dataset is None:
            return
        described = self.plan.data[name].variables
        for column in columns:
            if column in dataset.codebook or described.get(column, {}).get("optional"):
                continue
            raise StudyError(
                f"'{column}' is not a column of '{name}'. {nearest(column, dataset.codebook.names)}".strip(),
                where=self.document.where(*place),
                expected=f"a column of '{name}', or a name under its 'derive'",
                action="correct the name",
            )

    def kind(self, source: str, column: str) -> str:
        """Return the type of a column, empty where this delivery lacks it."""
        dataset = self.datasets.get(source or self.plan.main.name)
        return dataset.codebook[column].type if dataset is not None and column in dataset.codebook else ""

    def refuse(self, problem: str, expected: str, action: str, *place: str | int) -> StudyError:
        """Return the error to raise."""
        return StudyError(problem, where=self.document.where(*place), expected=expected, action=action)


def _sources(names: _Names) -> None:
    for name, source in names.plan.data.items():
        for role in NUMBERS:
            for column in source.roles.get(role, ()):
                _numeric(names, name, column, f"The role '{role}'", "data", name, "roles", role)
        for variable, flag in source.imputed.items():
            place: Place = ("data", name, "imputed", variable)
            names.known(name, (variable, flag), *place)
            if variable == flag or names.kind(name, flag) in ("date", "number"):
                raise names.refuse(
                    f"'{flag}' cannot say whether a value of '{variable}' was filled in.",
                    "a column of its own that holds true, yes or 1 where a value was filled in",
                    "name that column, or derive it",
                    *place,
                )
        for number, whole in enumerate(source.wholes):
            place = ("data", name, "wholes", number)
            names.known(name, (whole.value,), *place, "value")
            names.known(name, (whole.variable,), *place, "variable")
            names.known(name, whole.by, *place, "by")
            _numeric(names, name, whole.value, "A whole and its parts", *place, "value")
            if whole.whole in whole.parts or whole.variable in (whole.value, *whole.by):
                raise names.refuse(
                    "A whole is compared with itself.",
                    "parts that differ from the whole, within groups of other columns than the one that names them",
                    "correct 'whole', 'parts', 'variable' or 'by'",
                    *place,
                )


def _numeric(names: _Names, source: str, column: str, what: str, *place: str | int) -> None:
    kind = names.kind(source, column)
    if kind and kind not in _NUMERIC:
        raise names.refuse(
            f"{what} must be numbers, but '{column}' of '{source}' is of the type {kind}.",
            "a column of numbers",
            "name another column; if these are numbers, declare 'type: number' under 'variables': the next run then "
            "names the cells that are not, such as codes for missing",
            *place,
        )


def _repeats(names: _Names) -> None:
    for number, one in enumerate(names.plan.repeats):
        main = names.plan.main.name
        for source in dict.fromkeys((one.data or main, one.second or one.data or main)):
            names.known(source, one.unit, "repeats", number, "unit")
            names.known(source, one.of, "repeats", number, "of")
            names.known(source, (one.rater,) if one.rater else (), "repeats", number, "rater")
        if one.second and one.second == (one.data or main):
            raise names.refuse(
                f"The observations of '{one.second}' would be held against themselves and always agree.",
                "another source with the second observations, or none where all are in one table",
                "name the other source, or take 'second' out",
                "repeats", number, "second",
            )  # fmt: skip
        if both := sorted({*one.unit, one.rater} & set(one.of)):
            raise names.refuse(
                f"'{both[0]}' says which observation it is, so nothing can agree or differ in it.",
                "answers under 'of' that are neither the unit nor the rater",
                "take it out of 'of'",
                "repeats", number, "of",
            )  # fmt: skip


def _gold(names: _Names) -> None:
    for number, one in enumerate(names.plan.gold):
        data = one.data or names.plan.main.name
        for source in (data, one.gold):
            names.known(source, one.unit, "gold", number, "unit")
        names.known(data, one.of, "gold", number, "of")
        names.known(data, (one.rater,) if one.rater else (), "gold", number, "rater")
        for name, truth in one.of.items():
            place: Place = ("gold", number, "of", name)
            names.known(one.gold, (truth,), *place)
            if name in one.unit or truth in one.unit or (one.gold == data and name == truth):
                raise names.refuse(
                    f"'{name}' would be held against itself and always be right.",
                    "an answer of the data, and the column of the gold source with the right one",
                    "correct the names",
                    *place,
                )
            kinds = names.kind(data, name), names.kind(one.gold, truth)
            if all(kinds) and (kinds[0] in _NUMERIC) != (kinds[1] in _NUMERIC):
                raise names.refuse(
                    f"'{name}' is of the type {kinds[0]}, '{truth}' of the type {kinds[1]}: they cannot be compared.",
                    "two numbers, or two categories",
                    "declare the same type for both under 'variables', or name another column",
                    *place,
                )
        for name in one.positive:
            if name not in one.of:
                raise names.refuse(
                    f"'{name}' is not one of the answers that are held against the gold source.",
                    "one of " + ", ".join(one.of),
                    "correct the name, or add it under 'of'",
                    "gold", number, "positive", name,
                )  # fmt: skip


def _places(names: _Names) -> None:
    plan = names.plan.places
    if plan is None:
        return
    names.known(plan.data, plan.by, "places", "by")
    for key, columns in (("strata", plan.strata), ("covariates", plan.covariates)):
        if columns and not plan.frame:
            raise names.refuse(
                f"'{key}' describe all places, but no list of all places is named.",
                "'frame': a data source with one row a place",
                f"name the list under 'frame', or take '{key}' out",
                "places", key,
            )  # fmt: skip
    if plan.frame:
        names.known(plan.frame, plan.by, "places", "by")
        names.known(plan.frame, plan.strata, "places", "strata")
        names.known(plan.frame, plan.covariates, "places", "covariates")
