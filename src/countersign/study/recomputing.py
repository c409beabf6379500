"""A release -> what of its figures can be computed again from what is published: level 2 of the three levels."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign.errors import BundleError, EstimationError
from countersign.study.extensions import ESTIMATES

if TYPE_CHECKING:
    from countersign.evidence.store import Store
    from countersign.model.estimate import Estimate, EstimateTable
    from countersign.model.finding import Finding, Fitness
    from countersign.model.plan import Plan

CLOSE = 1e-9
FULL, DATA_ONLY = "full count", ("woodruff", "score", "observed range", "none", "log-", "percentile")
"""Conventions that need no computing, and beginnings of those that need the rows."""
ALOUD = "accessible"
"""The finding about the report itself: it comes after the verdicts."""
NUMBER = re.compile(r"\d[\d.,\u202f\u00a0]*")


@dataclass
class Recomputing:
    """A release, and what follows from its own figures.

    Parameters
    ----------
    folder: of the release. store: the one in it. digest: of the file of all figures. bundled: lines of figures.jsonl,
    or None where the release has no bundle.

    Attributes
    ----------
    done: what came out again. left: what needs the rows, with the reason.
    """

    folder: Path
    store: Store
    digest: str
    bundled: tuple[bytes, ...] | None = None
    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @cached_property
    def plan(self) -> Plan:
        """The study file of the release."""
        from countersign.study.reading import read_study

        return read_study(self.folder / "study.yaml").plan

    @cached_property
    def table(self) -> EstimateTable:
        """The figures as the last step made them, every digit."""
        from countersign.model.estimate import EstimateTable
        from countersign.study.notation import from_json

        found: EstimateTable = from_json(self.store.read_json(self.digest), EstimateTable)
        return found

    def figure(self, figure_id: str) -> None:
        """Compute again what can be of one figure.

        Raises
        ------
        BundleError: something does not follow from the figures that are published.
        """
        try:
            one = self.table[figure_id]
        except Exception:  # cattrs: kept by another version of Countersign
            self.left.append("anything: the release was made by another version, whose figures cannot be read here")
            return
        self._line(figure_id)
        self._tables(one)
        if one.value is not None:
            self._interval(one)
            self._range(one)
        for name, part in (("sums", self._visibility), ("verdict", self._verdict), ("sentence", self._sentence)):
            try:
                part(one)
            except (KeyError, TypeError, ValueError, OSError):
                self.left.append(f"its {name}: the files are of another version")

    def _line(self, figure_id: str) -> None:
        from countersign.evidence.figure_lines import figure_lines
        from countersign.publishing.exports import figure_records

        if self.bundled is None:
            return
        if figure_lines(figure_records(self.table, limits=self.plan.limits)) != self.bundled:
            raise _differs("figures.jsonl", f"The line of '{figure_id}', or another, is not that of the last step.")
        self.done.append("all lines of figures.jsonl")

    def _tables(self, one: Estimate) -> None:
        """Every table of the release that has the figure says the same number."""
        same = []
        for path in sorted(self.folder.rglob("*")):
            for row in _rows(path):
                if row.get("figure_id") != one.figure_id or "value" not in row or "estimator" in row:
                    continue
                for column in ("value", "lower", "upper"):
                    told, own = row.get(column), getattr(one, column)
                    if told is not None and not _same(told, own):
                        raise _differs(path.name, f"'{column}' of '{one.figure_id}' is {told or 'empty'} there.")
                same.append(path.relative_to(self.folder).as_posix())
        if ESTIMATES not in same:
            raise _differs(ESTIMATES, f"'{one.figure_id}' is not in it.")
        self.done.append(f"its numbers in {', '.join(dict.fromkeys(same))}")

    def _interval(self, one: Estimate) -> None:
        assert one.value is not None
        assert one.lower is not None
        assert one.upper is not None
        again = _ends(one)
        if again is None:
            self.left.append(f"its interval ({one.convention}), which rests on the rows")
            return
        room = 1e-8 * max(abs(one.upper - one.lower), abs(one.value))
        if any(abs(a - b) > room for a, b in zip(again, (one.lower, one.upper), strict=True)):
            method = self.plan.protection.method
            if method != "suppress":
                self.left.append("its interval, which was widened or rounded to protect people")
                return
            said = f"{again[0]:.6g} to {again[1]:.6g}"
            raise _differs(ESTIMATES, f"The interval of '{one.figure_id}' computed again is {said}.")
        self.done.append(f"its interval ({one.convention}, {one.level:.0%}) from value and standard error")

    def _range(self, one: Estimate) -> None:
        if one.plausible is None:
            return
        values = [two.value for two in one.fan.computed if two.value is not None] if one.fan else []
        known = {"sampling": (one.lower, one.upper), "methods": (min(values), max(values)) if len(values) > 1 else None}
        for part in one.plausible.parts:
            ends = known.get(str(part.kind))
            if ends is not None and not (_same(ends[0], part.lower) and _same(ends[1], part.upper)):
                raise _differs("fan.csv", f"The part '{part.kind}' of the range of '{one.figure_id}' does not follow.")
        self.done.append("its plausible range from its parts")

    def _visibility(self, one: Estimate) -> None:
        """The sums of visibility.csv follow from the figures, for the groups of this figure."""
        from countersign.model.estimate import Status

        path = self.folder / "visibility.csv"
        if not path.is_file() or not one.domain:
            return
        rows = {row["group"]: row for row in _rows(path)}
        groups = [f"{name}={category}" for name, category in one.domain.items()]
        for name, category in one.domain.items():
            row = rows.get(f"{name}={category}")
            own = [each for each in self.table if each.domain.get(name) == category]
            hidden = sum(each.status is Status.SUPPRESSED for each in own)
            if row is None:
                return  # nobody is protected here, or these groups are not told
            if row["put_together"] != "0" or int(row["figures"]) != len(own):
                self.left.append("the sums of its groups in visibility.csv: categories were put together")
                return
            if int(row["withheld"]) != hidden:
                raise _differs(path.name, f"Of '{name}={category}' {hidden} figures are withheld.")
        self.done.append(f"how many figures are withheld of {', '.join(groups)}")

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        from countersign.model.finding import Finding, State

        listed = json.loads((self.folder / "assessment.json").read_text(encoding="utf-8"))
        kept = ({key: value for key, value in one.items() if key != "limits_changed"} for one in listed)
        return tuple(Finding(**{**one, "state": State(one["state"])}) for one in kept)

    def _judged(self, subject: str) -> Fitness:
        from countersign.catalogue import changed_limits
        from countersign.quality import judge

        with changed_limits(self.plan.limits):
            told = [one for one in self._findings if one.check != ALOUD]
            return judge(told, plan=self.plan, subject=subject)

    def _verdict(self, one: Estimate) -> None:
        published = json.loads((self.folder / "fitness.json").read_text(encoding="utf-8"))
        wanted = [each for each in published if each["subject"] == one.indicator and not each["domain"]]
        if not wanted:
            return
        again = self._judged(one.indicator)
        told = {"use": again.use, "blocked": {use: list(names) for use, names in again.blocked.items()}}
        for name, value in told.items():
            if wanted[0][name] != value:
                raise _differs("fitness.json", f"'{name}' of '{one.indicator}' does not follow from the findings.")
        self.done.append("the verdict from the findings")

    def _sentence(self, one: Estimate) -> None:
        """The numbers of the sentence are those of the figure; names of categories stand in the data's own codebook."""
        from countersign.model.dataset import Codebook
        from countersign.model.release import DataNote, Release
        from countersign.publishing.language import speak
        from countersign.publishing.sentences import permit

        path = self.folder / "sentences.csv"
        rows = [row for row in _rows(path) if row.get("figure_id") == one.figure_id] if path.is_file() else []
        verdict = self._judged(one.indicator)
        if not rows or rows[0]["use"] not in (verdict.reach, ""):
            return
        notes = tuple(
            DataNote(name, source.unit, self.plan.initiative.selection, 0, 0, Codebook({}))
            for name, source in self.plan.data.items()
        )
        release = Release(self.plan, "", "", notes, self._findings, (verdict,), replace(self.table, estimates=(one,)))
        (again,) = permit(release, speak(self.plan.settings.language))
        if again.text == rows[0]["sentence"]:
            self.done.append("the sentence about it, word for word")
        elif NUMBER.findall(again.text) == NUMBER.findall(rows[0]["sentence"]):
            self.done.append("the numbers of the sentence about it")


def _ends(one: Estimate) -> tuple[float, float] | None:
    """The interval computed again, or None where it needs the rows."""
    from countersign.estimation.interval import conventions, interval

    assert one.value is not None
    if one.convention == FULL:
        return one.value, one.value
    if one.convention.startswith(DATA_ONLY) or one.convention not in conventions():
        return None
    if one.standard_error is None or one.degrees is None:
        return None
    try:
        found = interval(
            one.convention, value=one.value, se=one.standard_error, n=one.n, degrees=one.degrees, level=one.level,
            n_effective=one.n_effective,
        )  # fmt: skip
    except EstimationError:
        return None
    return found.lower, found.upper


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a table of the release, column -> cell; nothing where it has no column of figures."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    elif path.suffix == ".xlsx":
        yield from _sheets(path)


def _sheets(path: Path) -> Iterator[Mapping[str, Any]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            head: list[str] = []
            for cells in sheet.iter_rows(values_only=True):
                if not head:
                    head = [str(cell) for cell in cells] if "figure_id" in cells else []
                else:
                    yield dict(zip(head, cells, strict=False))
    finally:
        book.close()


def _same(told: Any, own: float | None) -> bool:
    if own is None or told in ("", None):
        return own is None and told in ("", None)
    try:
        return math.isclose(float(told), own, rel_tol=CLOSE, abs_tol=0.0)
    except (TypeError, ValueError):
        return False


def _differs(where: str, problem: str) -> BundleError:
    return BundleError(
        problem,
        where=where,
        expected="the same, computed from the figures that are published",
        action="do not use the figure; ask the organiser",
    )
