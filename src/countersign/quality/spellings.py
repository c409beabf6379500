"""Spellings (G2): one category under several labels, and codes that look unlike the others."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from countersign.catalogue import Entry, Listing, load, threshold
from countersign.model.dataset import Variable
from countersign.model.finding import Finding, State
from countersign.quality.confidentiality import fewest_told
from countersign.quality.context import KEPT, Asking, Context, count, listed, number
from countersign.quality.findings import judged
from countersign.tables import group, groups

_LONGEST = 12  # letters of a label that is shown though it was seen once: a code, not a text
_COMMON = 0.9  # share of labels of one shape from which another shape is odd


def category_spellings(context: Context) -> Asking:
    """Labels of one category: alike but for capitals, blanks and accents; two codes of one country; nearly alike.

    Nearly alike are labels of five letters or more that differ by one slip of the pen (see `one_slip`): a rare label
    from a frequent one, or any from a declared category or a common word. A second finding names codes
    of an unusual shape or seen only once.
    """
    private = {name for role in ("id", "collector") for name in context.dataset.roles.get(role, ())}
    variables = [
        variable
        for variable in context.from_file
        if variable.type == "category"
        and variable.name not in private
        and not context.schema[variable.name].is_numeric()
    ]
    most, kept = int(threshold("largest_category_list").good), count(KEPT)
    found = yield {v.name: groups([v.name], most=most, _n=nw.len(), _kept=kept) for v in variables}
    findings = _already_recoded(context)
    for variable in variables:
        if found[variable.name] is not None:
            findings += _looked_at(
                found[variable.name], variable, fewest=fewest_told(context.plan, context.dataset.unit)
            )
    return [*findings, *_between_sources(context, variables)] if context.is_main else findings


def _between_sources(context: Context, variables: Sequence[Variable]) -> list[Finding]:
    """Labels of one category that are spelled otherwise in another source, such as another round, of the study."""
    findings = []
    for variable in variables:
        name = variable.name
        tables = [context.dataset.table]
        for other in context.documents.datasets.values():
            same = name in other.codebook and other.codebook[name].type == "category"
            if other.name != context.dataset.name and same and name in other.table.collect_schema().names():
                tables.append(other.table)
        records: dict[str, int] = {}
        own: list[set[str]] = []
        for table in tables if len(tables) > 1 else ():
            counts = group(table.filter(~nw.col(name).is_null()), [name], _n=nw.len())
            own.append({str(label) for label in counts[name].tolist()})
            for label, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True):
                records[str(label)] = records.get(str(label), 0) + int(n)
        if not records or len(records) > threshold("largest_category_list").good:
            continue
        apart = [labels for labels in spelled_several_ways(records) if not any(set(labels) <= each for each in own)]
        if apart:
            findings.append(
                _apart(
                    name,
                    [sorted(labels, key=lambda label: -records[label]) for labels in apart],
                    records,
                    fewest=fewest_told(context.plan, context.dataset.unit),
                )
            )
    return findings


def _apart(name: str, groups: list[list[str]], records: Mapping[str, int], *, fewest: int) -> Finding:
    rarer = [label for labels in groups for label in labels[1:]]
    open_ones, inside = _told_and_kept(groups, {}, records, fewest=fewest)
    told = [" and ".join(f"'{label}' ({number(records[label])})" for label in labels) for labels in open_ones]
    return judged(
        "G2",
        "category_spellings",
        float(len(rarer)),
        f"'{name}' is spelled otherwise from one source to the next{_listing(told, rarer)}. Joined as they are, one of "
        "them seems to vanish.",
        limit="spellings",
        subject=f"{name} (between sources)",
        count=sum(records[label] for label in rarer),
        evidence={"groups": [{label: records[label] for label in labels} for labels in open_ones]},
        fix=f"Bring the spellings together with 'recode' under 'variables: {name}'.",
        inside=inside,
    )


def _already_recoded(context: Context) -> list[Finding]:
    """Say which values of the file the study itself brought to another spelling, with their counts."""
    private = {name for role in ("id", "collector") for name in context.dataset.roles.get(role, ())}
    findings = []
    for reading in context.dataset.readings:
        for name, cells in reading.recoded.items():
            # Unlike a label of the data, a value under 'recode' was written into the study file by its author.
            changed = {value: n for value, n in cells.items() if n}
            least = fewest_told(context.plan, context.dataset.unit)
            if not changed or name in private or name not in context.dataset.codebook:
                continue
            recode = context.dataset.codebook[name].recode
            told = [
                f"'{value}' ({number(n) if n >= least else f'fewer than {least}'}) to '{recode.get(value, '')}'"
                for value, n in changed.items()
            ]
            findings.append(
                Finding(
                    "G2",
                    State.PASS,
                    "recoded",
                    f"The study brings values of '{name}' to one spelling: {listed(told)}.",
                    subject=name,
                    value=float(len(changed)),
                    unit="labels",
                    count=sum(changed.values()),
                    evidence={"recoded": {value: n if n >= least else None for value, n in changed.items()}},
                )
            )
    return findings


def _looked_at(counts: Mapping[str, Any], variable: Variable, *, fewest: int) -> list[Finding]:
    name = variable.name
    records = {
        str(label): int(n)
        for label, n in zip(counts[name].tolist(), counts["_n"].tolist(), strict=True)
        if label is not None
    }
    kept = {str(label): int(n) for label, n in zip(counts[name].tolist(), counts["_kept"].tolist(), strict=True)}
    findings: list[Finding] = []
    same = [sorted(labels, key=lambda label: -records[label]) for labels in spelled_several_ways(records)]
    doubtful = {
        label: known for label, known in misspelled(records, variable).items() if not any(label in g for g in same)
    }
    if same or doubtful:
        rarer = [label for labels in same for label in labels[1:]] + list(doubtful)
        open_ones, inside = _told_and_kept(same, doubtful, records, fewest=fewest)
        shown = {label: known for label, known in doubtful.items() if records[label] >= fewest}
        told = [" and ".join(f"'{label}' ({number(records[label])})" for label in labels) for labels in open_ones]
        told += [f"'{label}' ({number(records[label])}) for '{known}'" for label, known in shown.items()]
        findings.append(
            judged(
                "G2",
                "category_spellings",
                float(len(rarer)),
                f"'{name}' may spell one category in several ways{_listing(told, rarer)}.",
                limit="spellings",
                subject=name,
                count=sum(records[label] for label in rarer),
                evidence={
                    "groups": [{label: records[label] for label in labels} for labels in open_ones],
                    "instead_of": {label: {"records": records[label], "for": known} for label, known in shown.items()},
                    "kept": sum(kept[label] for label in rarer),
                },
                fix=f"Bring the spellings together with 'recode' under 'variables: {name}'.",
                inside=inside,
            )
        )
    odd, once = unusual(records)
    if odd or once:
        frequent = [label for label in odd if records[label] >= fewest]
        told = [f"{label} ({number(records[label])})" for label in frequent]
        message = f"'{name}' has {len(odd)} codes unlike the others{_listing(told, odd)}." if odd else ""
        if once:
            message += f"{' ' if odd else ''}'{name}' has {len(once)} codes seen only once."
        rare = [label for label in odd if records[label] < fewest]
        findings.append(
            judged(
                "G2",
                "rare_codes",
                float(len(odd)),
                message,
                limit="spellings",
                subject=name,
                count=sum(records[label] for label in {*odd, *once}),
                evidence={"odd": {label: records[label] for label in frequent}, "once": len(once)},
                harshest=State.WARN,
                fix=f"Check these codes of '{name}' and correct them with 'recode'.",
                inside=_inside([*dict.fromkeys([*rare, *once])]),
            )
        )
    return findings


def _told_and_kept(
    same: Sequence[Sequence[str]], doubtful: Mapping[str, str], records: Mapping[str, int], *, fewest: int
) -> tuple[list[Sequence[str]], str]:
    """Return the groups of labels that many records have, and a sentence with the rest for those inside."""
    open_ones = [labels for labels in same if all(records[label] >= fewest for label in labels)]
    told = [" and ".join(f"'{label}'" for label in labels) for labels in same if labels not in open_ones]
    told += [f"'{label}' for '{known}'" for label, known in doubtful.items() if records[label] < fewest]
    return open_ones, _inside(told)


def _listing(told: Sequence[str], every: Sequence[str]) -> str:
    """Return ``: a, b and 3 more``; those that are not told are only counted."""
    return f": {listed(told)}" if told else f" ({number(len(every))} in all, each in few records)"


def _inside(told: Sequence[str]) -> str:
    return f"They are: {listed(told, most=12)}." if told else ""


def spelled_several_ways(records: Mapping[str, int]) -> list[list[str]]:
    """Return groups of labels that may name one category, labels in alphabetical order."""
    labels = sorted(records)
    home = {label: label for label in labels}

    def root(label: str) -> str:
        while home[label] != label:
            label = home[label]
        return label

    plain: dict[str, str] = {}
    countries = load("region_aliases")
    for label in labels:
        for key in (_plain(label), _country(label, countries), _squeezed(label)):
            if key in plain:
                home[root(label)] = root(plain[key])
            else:
                plain[key] = label
    least, rare = int(threshold("spelling_length").good), threshold("spelling_rarity").good
    long = [label for label in labels if len(_plain(label)) >= least and not any(c.isdigit() for c in label)]
    for place, label in enumerate(long):
        for other in long[place + 1 :]:
            few, many = sorted((records[label], records[other]))
            if root(label) != root(other) and few <= rare * many and one_slip(_plain(label), _plain(other)):
                home[root(other)] = root(label)
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(root(label), []).append(label)
    return [group_ for group_ in groups.values() if len(group_) > 1]


def misspelled(records: Mapping[str, int], variable: Variable) -> dict[str, str]:
    """Return labels that are nearly, but not quite, a declared category or a common word, with that one."""
    declared = [*variable.values, *variable.values.values()]
    words = declared or [word for entry in load("common_labels") for word in entry["labels"]]
    known = {_plain(word): word for word in words}
    least = int(threshold("spelling_length").good)
    found = {}
    for label in records:
        plain = _plain(label)
        if plain in known or len(plain) < least or any(letter.isdigit() for letter in plain):
            continue
        near = [word for word in known if len(word) >= least and one_slip(plain, word)]
        # Without declared categories an ending is another word (river, rivers); with them it is a slip.
        near = near if declared else [word for word in near if len(word) == len(plain)]
        if near:
            found[label] = known[min(near)]
    return found


def unusual(records: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Return codes of another shape than nearly all others, and short codes seen once in a column of many records."""
    shapes: dict[str, list[str]] = {}
    for label in records:
        shapes.setdefault(_shape(label), []).append(label)
    usual = max(shapes, key=lambda shape: len(shapes[shape])) if shapes else ""
    odd: list[str] = []
    if len(records) >= 10 and len(shapes[usual]) >= _COMMON * len(records):
        odd = sorted(label for label in records if _shape(label) != usual and len(label) <= _LONGEST)
    once = sorted(label for label, n in records.items() if n == 1 and len(label) <= _LONGEST)
    return odd, once if sum(records.values()) >= 100 and len(once) < len(records) else []


def _plain(label: str) -> str:
    """Small letters without accents, with single blanks and no punctuation."""
    letters = unicodedata.normalize("NFKD", label.casefold())
    kept = (letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(kept).split()) or label


def _squeezed(label: str) -> str:
    """One word of the whole label, so that 'Riftvalley' meets 'Rift Valley'; short labels stay as they are."""
    plain = _plain(label)
    word = plain.replace(" ", "")
    return f"word {word}" if len(word) >= threshold("spelling_length").good else f"label {label}"


def _country(label: str, countries: Listing[Entry]) -> str:
    return f"country {countries[label]['is']}" if label in countries else f"country {label}"


def one_slip(one: str, other: str) -> bool:
    """Return whether two words differ by one letter changed, added, left out, or by two neighbours exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        apart = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        if len(apart) == 1:
            return True
        swapped = len(apart) == 2 and apart[1] == apart[0] + 1
        return swapped and one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]
    short, long = sorted((one, other), key=len)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def _shape(label: str) -> str:
    return "".join("A" if c.isupper() else "a" if c.islower() else "0" if c.isdigit() else c for c in label)
