"""Drawing lists: frameworks, question bank, disaggregation and maturity as Markdown pages."""

from __future__ import annotations

from countersign.catalogue.breakdown import Requirement
from countersign.catalogue.disaggregating import LIST, dimensions, vulnerable_groups
from countersign.catalogue.entries import Threshold
from countersign.catalogue.loading import bank, load, maturity, typed
from countersign.catalogue.markdown import head, table
from countersign.catalogue.question_sets import BankSet, Wording
from countersign.catalogue.viewing import views


def frameworks_page() -> str:
    """Return the page of frameworks: each view with its status in words, what was read and what was not."""
    listing = views()
    lines = [*head(listing), "## All at a glance", ""]
    lines += table(
        ("code", "framework", "body, year", "status"),
        [(one.code, one.title, ", ".join(filter(None, (one.body, one.year))), one.status_words) for one in listing],
    )
    for one in listing:
        lines += ["", f"## {one.label}", "", f"{', '.join(filter(None, (one.body, one.year)))}. Id: `{one.id}`."]
        lines += ["", f"- Seen: {one.verified}."]
        if one.missing:
            lines.append(f"- **Not seen: {one.missing}.**")
        rows = [
            (item.group, item.id, item.title, ", ".join(item.criteria), item.note, item.status or str(one.status))
            for item in one.items
        ]
        lines += ["", *table(("level", "id", "item", "criteria", "reading", "status"), rows)]
    return "\n".join(lines) + "\n"


def bank_page() -> str:
    """Return the page of the question bank: what is asked in own words, codes, rules, and which wordings are known."""
    lines = head(bank())
    for one in bank():
        lines += ["", f"## {one.id}: {one.title}", "", f"Status **{one.status}**. Source: {one.source}.", ""]
        if one.warning:
            lines += [f"**{one.warning}**", ""]
        lines += _facts(one)
        lines += ["", *table(("item", "what is asked, in our own words"), [(i.id, i.title) for i in one.items])]
        if one.codes:
            rows = [(code, words, "answer") for code, words in one.codes.items()]
            rows += [(code, words, "may be added") for code, words in one.further.items()]
            rows += [(code, words, "no answer") for code, words in one.missing.items()]
            lines += ["", *table(("code", "meaning, in our own words", "kind"), rows)]
        if one.wordings:
            lines += [
                "",
                *table(("language", "official wording", "status", "source"), [_wording(w) for w in one.wordings]),
            ]
    return "\n".join(lines) + "\n"


def disaggregation_page() -> str:
    """Return the page of dimensions: what indicators must be broken down by, and the groups not to be left behind."""
    listing = typed(LIST, Requirement)
    lines = [*head(listing), "## Minimum sets", ""]
    rows = []
    for one in listing:
        named = [f"{need.dimension}" for need in one.dimensions if need.need == "required"]
        further = [need.dimension for need in one.dimensions if need.need == "recommended"]
        rows.append((one.id, ", ".join(named), ", ".join(further), f"{one.source} ({one.status})"))
    lines += table(("indicator", "required", "recommended", "basis (status)"), rows)
    lines += ["", "## Dimensions", "", load("dimensions").note.strip(), ""]
    lines += table(
        ("dimension", "what", "for every indicator", "SDMX dimension", "code list", "recognised by"),
        [
            (one.id, one.title, "recommended" if one.overarching else "", one.sdmx, one.code_list, ", ".join(one.words))
            for one in dimensions()
        ],
    )
    groups = vulnerable_groups()
    lines += ["", f"## {groups.title}", "", f"Source: {groups.source} ({groups.status}). {groups.note.strip()}", ""]
    lines += table(("group", "dimension"), [(one.title, one.dimension) for one in groups])
    return "\n".join(lines) + "\n"


def maturity_page() -> str:
    """Return the form on maturity: per part the question, the levels and the next steps."""
    lines = head(maturity())
    for part in maturity():
        lines += ["", f"## {part.title}", "", part.question, ""]
        rows = [(f"{one.level} {one.title}", one.says, " ".join(one.steps)) for one in part.levels]
        lines += table(("level", "what it is like", "next steps"), rows)
    return "\n".join(lines) + "\n"


def states_page() -> str:
    """Return the page of states: what a cell of an output can hold, and how each is written everywhere."""
    listing = load("states")
    lines = [*head(listing), "## The five that people confuse", ""]
    lines += [f"- **{name}**: {text}" for name, text in FIVE.items()]
    lines += ["", "## Every state", ""]
    lines += table(
        ("status in files", "on pages", "number", "what it means", "SDMX OBS_STATUS", "CONF_STATUS"),
        [
            (
                f"`{one.id}`",
                one["shown_as"],
                "yes" if one["number"] else "none",
                f"{one.title}. {one['means']}",
                one["obs_status"],
                one["conf_status"],
            )
            for one in listing
        ],
    )
    return "\n".join(lines) + "\n"


def protection_page() -> str:
    """Return the page of the rules that protect people, and of the limits they start from."""
    rules, limits = load("protection_rules"), load("protection")
    lines = head(rules)
    for rule in rules:
        start = limits[rule["limit"]] if rule.get("limit") else None
        lines += [f"## {rule.title}", "", f"`{rule.id}`: {rule['formula']}.", "", rule["words"], ""]
        lines += [f"- Asked of: {' and '.join(rule['applies'])}"]
        lines += [f"- An attacker's interval must be at least so wide: {rule['width']}"]
        if isinstance(start, Threshold):
            lines += [f"- To start from: {start.good:g} {start.unit} ({start.source})"]
        lines += [f"- Source: {rule.source} ({rule.status})", ""]
    lines += [f"## {limits.title}", "", limits.note.strip(), ""]
    rows = [
        (one.id, one.title, f"{one.good:g}", one.unit, f"{one.source} ({one.status})", f"{one.author}, {one.date}")
        for one in limits
        if isinstance(one, Threshold)
    ]
    lines += table(("id", "what", "limit", "unit", "source (status)", "set by"), rows)
    return "\n".join(lines) + "\n"


FIVE = {
    "Value": "people were asked and answered; here is the figure.",
    "Zero": "people were asked, and none of them. Zero is a value: somebody looked.",
    "Missing": "asked, and nobody answered or took part (`no_data`; `too_few` if too few for an interval).",
    "Withheld": "known, and not shown, to protect people (`suppressed`). Somebody is, or may be, there.",
    "Not asked": "nobody put the question to this group (`not_asked`).",
}


def _facts(one: BankSet) -> list[str]:
    lines = [f"- Asked of: {one.ages}"]
    if one.sdg:
        lines.append(f"- Indicators: {', '.join(one.sdg)}")
    if one.dimension:
        lines.append(f"- Dimension: {one.dimension}")
    if one.identifier:
        lines.append(f"- {one.identifier['title']}: {one.identifier['cut_off']}. {one.identifier['note']}")
    if one.scale:
        low, high = one.scale["lowest"], one.scale["highest"]
        lines.append(f"- {one.scale['title']}: {one.scale['rule']}, {low} to {high}")
    return lines + [f"- {rule}" for rule in one.rules]


def _wording(one: Wording) -> tuple[str, str, str, str]:
    questions = sum(len(found) for found in one.questions.values())
    variants = sum(len(found) for found in one.variants.values()) + len(one.option_variants)
    known = f"digests of {questions} questions and {len(one.options)} list of answers; {variants} variants accepted"
    return one.language, known if questions else "no digest", one.status, f"{one.source}. {one.note}".strip()
