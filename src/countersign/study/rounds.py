"""Two releases -> what moved between them: figures, breaks, findings, verdicts, groups; from published files alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countersign.errors import ReleaseError
from countersign.model.estimate import CSV_AFTER, CSV_BEFORE, CSV_LIMITS, CSV_PLAUSIBLE
from countersign.model.plan import Plan
from countersign.model.two_rounds import (
    Break,
    FigurePair,
    MovedFinding,
    MovedVerdict,
    RoundFigure,
    RoundHead,
    TwoRounds,
    difference,
)
from countersign.study.extensions import ESTIMATES
from countersign.study.figures_file import altered, read_figures
from countersign.study.reading import StudyFile, read_study
from countersign.study.releasing import ASSESSMENT, CATALOGUE, STUDY_FILE, TRAIL
from countersign.study.telling import Account, command

FITNESS = "fitness.json"
ARTEFACTS = "artefacts.jsonl"
OUT = "comparison.html"
CHANGE_FROM = "U3"  # the first use whose sentence speaks of a change between rounds (list `uses`)
# Places of a study file by what a change of them breaks; what is not named here changes nothing that is compared.
KINDS: Mapping[tuple[str, ...], str] = {
    ("indicators",): "definition", ("population", "who"): "definition",
    ("population", "area"): "definition", ("data",): "method", ("weights",): "method",
    ("initiative", "selection"): "method", ("process", "protocol"): "method", ("benchmark",): "benchmark",
    ("uncertainty",): "processing", ("protection",): "processing", ("checks",): "processing", ("limits",): "limits",
    ("use",): "limits",
}  # fmt: skip
BREAKING = ("form", "definition", "method")  # a difference across these is not called a change
QUIET = frozenset(  # these differ from round to round by nature, or only say how a file is read
    {"title", "label", "file", "why", "citation", "year", "encoding",
     "delimiter", "sheet", "skip", "footer", "repair_names", "date"}
)  # fmt: skip
QUIET_OF_FIGURES = frozenset({"by", "claims", "sdg", "series", "threshold"})  # they add figures and change none
YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?(?!\d)")  # a gate for its own year is the same gate


@dataclass(frozen=True)
class Published:
    """The files of one release, read."""

    folder: Path
    study: StudyFile
    rows: tuple[dict[str, str], ...]
    findings: tuple[dict[str, Any], ...]
    fitness: tuple[dict[str, Any], ...]
    catalogue: Mapping[str, str]
    form: str
    made: str
    version: str

    @property
    def plan(self) -> Plan:
        """What its study file says."""
        return self.study.plan


def compare_rounds(old: Path, new: Path, *, out: Path | None = None) -> Account:
    """Compare an earlier with a later release and write the page.

    Parameters
    ----------
    out: the page; ``comparison.html`` in the present folder if None.

    Raises
    ------
    ReleaseError: one of the folders is no release, both are the same, they have no figure in common, or the page
        would stand in one of them.
    """
    from countersign.publishing.rounds import summary, write_rounds

    if old.resolve() == new.resolve():
        raise ReleaseError(
            "Both are the same release.",
            where=str(new),
            expected="two folders: the earlier release, then the later one",
            action="name the release of the other round",
        )
    earlier, later = read_release(old), read_release(new)
    target = out or Path(OUT)
    for release in (old, new):
        if target.resolve().is_relative_to(release.resolve()):
            raise ReleaseError(
                "The page would stand inside a release, and could replace one of its files.",
                where="--out",
                expected="a file outside both releases",
                action=f"name another place, such as {OUT}",
            )
    rounds = beside(earlier, later)
    if not any(pair.old and pair.new for pair in rounds.figures):
        raise ReleaseError(
            "The two releases have no figure in common.",
            where=f"{old / ESTIMATES}, {new / ESTIMATES}",
            expected="at least one figure_id that stands in both",
            action="name two rounds of the same study; figures are known by the names under 'indicators' and 'by'",
        )
    write_rounds(rounds, target, language=later.plan.settings.language)
    data = {
        "page": str(target),
        "figures": len(rounds.figures),
        "breaks": len(rounds.breaks),
        "findings": len(rounds.findings),
    }
    return Account("compare", (*summary(rounds), f"The page is {target}"), f"open {target}", data)


def read_release(folder: Path) -> Published:
    """Read the published files of a release.

    Raises
    ------
    ReleaseError: a file is missing or cannot be read; a study's folder is told apart from its release.
    """
    if not (folder / ESTIMATES).is_file() and (folder / "release" / ESTIMATES).is_file():
        raise ReleaseError(
            f"'{folder}' is a study, not its release.",
            where=str(folder),
            expected="a folder that 'countersign run' wrote",
            action=f"name {folder / 'release'}",
        )
    for name in (ESTIMATES, ASSESSMENT, FITNESS, STUDY_FILE):
        if not (folder / name).is_file():
            raise ReleaseError(
                f"There is no release in '{folder}': the file {name} is missing.",
                where=str(folder / name),
                expected="a folder that 'countersign run' wrote",
                action=f"name the release folder, or make one: {command('run', 'STUDY')}",
            )
    bodies = _lines(folder / TRAIL)
    study = read_study(folder / STUDY_FILE)
    return Published(
        folder=folder,
        study=study,
        rows=read_figures(folder / ESTIMATES),
        findings=_list(folder / ASSESSMENT, needed=("criterion", "check", "state", "message")),
        fitness=_list(folder / FITNESS),
        catalogue=_mapping(folder / CATALOGUE) if _is(folder, CATALOGUE) else {},
        form=_form(study.plan, _lines(folder / ARTEFACTS)),
        made=max((str(body.get("ended", "")) for body in bodies), default=""),
        version=next((str(b["software"]["countersign"]) for b in bodies if "countersign" in b.get("software", {})), ""),
    )


def _form(plan: Plan, artefacts: list[dict[str, Any]]) -> str:
    """The digest of the form in use, or an empty text where none is named or kept."""
    name = Path(next(iter(plan.form.files.values()))).name if plan.form and plan.form.files else ""
    return next((str(one.get("digest", "")) for one in artefacts if name and one.get("name") == name), "")


def _is(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise altered(path) from error


def _list(path: Path, needed: tuple[str, ...] = ()) -> tuple[dict[str, Any], ...]:
    found = _json(path)
    if not isinstance(found, list) or not all(isinstance(one, dict) and {*needed} <= {*one} for one in found):
        raise altered(path)
    return tuple(found)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines; a file that is not there has none."""
    if not path.is_file():
        return []
    try:
        found = [json.loads(line) for line in _text(path).splitlines() if line.strip()]
    except ValueError as error:
        raise altered(path) from error
    return [one for one in found if isinstance(one, dict)]


def _mapping(path: Path) -> dict[str, str]:
    found = _json(path)
    if not isinstance(found, dict):
        raise altered(path)
    return {str(key): str(value) for key, value in found.items()}


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except ValueError as error:
        raise altered(path) from error


def beside(old: Published, new: Published) -> TwoRounds:
    """Return both releases side by side."""
    breaks = tuple(_breaks(old, new))
    pairs = tuple(_pair(figure, old, new, breaks) for figure in _ids(old, new))
    shown = [(pair, bool(pair.old and pair.old.shown), bool(pair.new and pair.new.shown)) for pair in pairs]
    return TwoRounds(
        old=_head(old),
        new=_head(new),
        figures=pairs,
        breaks=breaks,
        findings=tuple(_findings(old, new)),
        verdicts=tuple(_verdicts(old, new)),
        visible=tuple(pair.figure_id for pair, then, now in shown if pair.domain and now and not then),
        lost=tuple(pair.figure_id for pair, then, now in shown if pair.domain and then and not now),
        versions=tuple(_versions(old, new)),
        titles={name: text for name, one in new.plan.indicators.items() for text in one.title.values()},
    )


def _head(one: Published) -> RoundHead:
    from countersign.publishing.reference import self_selected

    plan, selection = one.plan, one.plan.initiative.selection
    title = plan.title.get("en") or next(iter(plan.title.values()), "")
    return RoundHead(
        title, plan.population.time, one.made[:10], selection, one.version, self_selected(selection), plan.synthetic
    )


def _ids(old: Published, new: Published) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["figure_id"] for one in (new, old) for row in one.rows))


_FIXED = frozenset({*CSV_BEFORE, *CSV_AFTER, *CSV_PLAUSIBLE, *CSV_LIMITS})


def _pair(figure: str, old: Published, new: Published, breaks: tuple[Break, ...]) -> FigurePair:
    then, now = ({row["figure_id"]: row for row in one.rows}.get(figure) for one in (old, new))
    row = now or then or {}
    name = row.get("indicator", "")
    plan = new.plan.indicators.get(name) or old.plan.indicators.get(name)
    before, after = (_figure(one) if one else None for one in (then, now))
    domain = {key.removeprefix("by_"): value for key, value in row.items() if key not in _FIXED and value}
    found = difference(before, after) if before and after else None
    return FigurePair(
        figure_id=figure,
        indicator=name,
        unit=row.get("unit", ""),
        statistic=plan.statistic if plan else "",
        domain=domain,
        old=before,
        new=after,
        difference=found,
        why_no_change=tuple(_why_not(name, old, new, breaks)) if found else (),
    )


def _figure(row: Mapping[str, str]) -> RoundFigure:
    def read(name: str) -> float | None:
        text = row.get(name) or ""
        return float(text) if text else None

    return RoundFigure(
        value=read("value"),
        lower=read("lower"),
        upper=read("upper"),
        status=row.get("status", ""),
        n=read("n"),
        plausible_lower=read("plausible_lower"),
        plausible_upper=read("plausible_upper"),
    )


def _why_not(indicator: str, old: Published, new: Published, breaks: tuple[Break, ...]) -> Iterator[str]:
    """Why a difference is not called a change: a break, a failed G3, a refused trend, a use that is too low."""
    own = [one for one in breaks if one.kind in BREAKING and one.indicator in ("", indicator)]
    if own:
        yield f"break: {', '.join(dict.fromkeys(one.place for one in own[:3]))}"
    for finding in new.findings:
        if finding.get("subject") not in ("", indicator):
            continue
        evidence = finding.get("evidence") or {}
        trend = finding["check"] == "blocked_claim" and "trend" in str(evidence.get("claim", ""))
        if trend or (finding["criterion"] == "G3" and finding["state"] == "fail"):
            yield f"G3: {finding['message']}"
    reach = [_reach(one, indicator) for one in (old, new)]
    if min(reach) < CHANGE_FROM:
        yield f"use: {min(reach) or '-'} < {CHANGE_FROM}"


def _reach(one: Published, indicator: str) -> str:
    """The highest use nothing speaks against: of the indicator, else of the study."""
    own = [v for v in one.fitness if v.get("subject") == indicator and not v.get("domain")]
    own = own or [v for v in one.fitness if not v.get("subject") and not v.get("domain")]
    return max((str(v.get("reach") or v.get("use") or "") for v in own[:1]), default="")


def _breaks(old: Published, new: Published) -> Iterator[Break]:
    then, now = old.study.document.values, new.study.document.values
    for prefix, kind in KINDS.items():
        for place, before, after in _differences(_at(then, prefix), _at(now, prefix), prefix):
            about = place[1] if place[0] == "indicators" and len(place) > 1 else ""
            yield Break(kind, ".".join(place), _short(before), _short(after), about)
    if old.form and new.form and old.form != new.form:
        yield Break("form", "form", old.form[:12], new.form[:12])
    limits = {_key(one): one.get("threshold") or {} for one in old.findings}
    told: set[str] = set()
    for one in new.findings:
        before, after = limits.get(_key(one), {}), one.get("threshold") or {}
        name = str(after.get("id", one["check"]))
        values = [(part.get("good"), part.get("warn")) for part in (before, after)]
        if before and after and values[0] != values[1] and name not in told:
            told.add(name)
            yield Break("limits", name, *(f"good {good}, warn {warn}" for good, warn in values))


def _at(values: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _masked(value: Any) -> str:
    """A value as text in which years and dates are all alike."""
    return YEARS.sub("YEAR", json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def _differences(old: Any, new: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    quiet = QUIET | QUIET_OF_FIGURES if place[0] == "indicators" else QUIET
    if place[-1] in quiet and len(place) > 1:
        return
    old, new = ({} if one is None and isinstance(other, dict) else one for one, other in ((old, new), (new, old)))
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(key), new.get(key), (*place, str(key)))
    elif _masked(old) != _masked(new):
        yield place, old, new


def _short(value: Any) -> str:
    """A value of the study file in one line of at most 120 letters."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _key(finding: Mapping[str, Any]) -> tuple[str, str, str, str]:
    domain = json.dumps(finding.get("domain") or {}, sort_keys=True)
    return finding["criterion"], finding["check"], finding.get("subject", ""), domain


def _findings(old: Published, new: Published) -> Iterator[MovedFinding]:
    """Findings whose state differs; those that passed or did not apply and are gone or new are left out."""
    then, now = ({_key(one): one for one in release.findings} for release in (old, new))
    for key in sorted(dict.fromkeys((*then, *now)), key=lambda k: (k[0][:1], int(k[0][1:] or 0), k[1:])):
        states = [str(side[key]["state"]) if key in side else "" for side in (then, now)]
        if states[0] == states[1] or not {*states} & {"fail", "warn", "not_assessed"}:
            continue
        message = str((now.get(key) or then[key])["message"])
        yield MovedFinding(key[0], key[1], key[2], states[0], states[1], message)


def _verdicts(old: Published, new: Published) -> Iterator[MovedVerdict]:
    def keyed(one: Published) -> dict[tuple[str, str], dict[str, Any]]:
        return {(v.get("subject", ""), ", ".join(map(str, (v.get("domain") or {}).values()))): v for v in one.fitness}

    then, now = keyed(old), keyed(new)
    for key in dict.fromkeys((*now, *then)):
        before, after = then.get(key, {}), now.get(key, {})
        in_the_way = [_in_the_way(one) for one in (before, after)]
        yield MovedVerdict(
            *key,
            use_before=before.get("use", ""),
            use_after=after.get("use", ""),
            reach_before=before.get("reach", ""),
            reach_after=after.get("reach", ""),
            newly=tuple(one for one in in_the_way[1] if one not in in_the_way[0]) if before else (),
            no_longer=tuple(one for one in in_the_way[0] if one not in in_the_way[1]) if after else (),
        )


def _in_the_way(verdict: Mapping[str, Any]) -> tuple[str, ...]:
    lists = [*(verdict.get("blocked") or {}).values(), *(verdict.get("open") or {}).values()]
    return tuple(dict.fromkeys(key for keys in lists for key in keys))


def _versions(old: Published, new: Published) -> Iterator[tuple[str, str, str]]:
    if old.version != new.version:
        yield "countersign", old.version, new.version
    for name in sorted({*old.catalogue, *new.catalogue}):
        before, after = old.catalogue.get(name, ""), new.catalogue.get(name, "")
        if before != after:
            yield f"catalogue: {name}", before, after
