"""SdmxMapping -> what people read of it: a page beside the data, and the sentences a command says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from countersign.catalogue import load
from countersign.model.data_structure import DataStructure
from countersign.model.sdmx_mapping import MappedVariable, SdmxMapping
from countersign.publishing.sdmx.roles import roles

LANGUAGE = "The texts of the observations are English."
MOST_TOLD = 6


def sentences(account: SdmxMapping) -> tuple[str, ...]:
    """Return what a command says: how much went out, what was recognised rather than stated, what was left out."""
    return tuple(_sentences(account))


def _sentences(account: SdmxMapping) -> Iterator[str]:
    count = sum(account.statuses.values())
    of = ", ".join(f"{number:,} {code}" for code, number in account.statuses.items())
    yield f"SDMX: {count:,} {'observation' if count == 1 else 'observations'} of {account.structure} (status {of})."
    for one in account.variables:
        yield f"  {_said(one)}"
    for quantity in account.indicators:
        if not quantity.stated:
            factor = f", multiplied by {quantity.factor:g}" if quantity.factor != 1 else ""
            yield f"  {quantity.indicator}: unit recognised as {quantity.unit}{factor}."
    if account.groups:
        told = [f"{code} = {label}" for code, label in list(account.groups.items())[:MOST_TOLD]]
        more = len(account.groups) - len(told)
        yield f"  Groups without a code: {'; '.join(told)}" + (f"; and {more} more." if more > 0 else ".")
    yield from (f"  {note}" for note in account.notes)
    for left in account.left_out:
        names = ", ".join(left.figures[:3]) + (f" and {len(left.figures) - 3:,} more" if left.figures[3:] else "")
        yield f"  Not sent: {names}. {left.why}"


def _said(one: MappedVariable) -> str:
    how = "as the study says" if one.stated else "recognised"
    if not one.codes and one.why:
        return f"{one.variable}: sent as a group of its own ({one.dimension}), since {one.why}."
    pairs = [f"{category} = {code}" for category, code in list(one.codes.items())[:MOST_TOLD]]
    more = f" and {len(one.codes) - MOST_TOLD} more" if len(one.codes) > MOST_TOLD else ""
    told = f" ({', '.join(pairs)}{more})" if pairs else ""
    return f"{one.variable}: {how} as {one.dimension}{told}."


def page(
    account: SdmxMapping,
    structure: DataStructure,
    *,
    title: str,
    synthetic: bool,
    files: Sequence[tuple[str, str]],
    constrained: bool,
) -> str:
    """Return the page beside the data, as Markdown.

    Parameters
    ----------
    files: name and what it is. constrained: whether the content constraints were held against the figures.
    """
    return "\n".join(_page(account, structure, title, synthetic, files, constrained)) + "\n"


def _page(
    account: SdmxMapping,
    structure: DataStructure,
    title: str,
    synthetic: bool,
    files: Sequence[tuple[str, str]],
    constrained: bool,
) -> Iterator[str]:
    yield f"# {_cell(title)}: the figures as SDMX"
    if synthetic:
        yield "\n**The data are made up.** Every observation says so, and the messages are marked as tests."
    yield f"\nStructure: `{structure.key}` ({_cell(structure.name)}). Source: {_cell(structure.source)}."
    if structure.digest:
        yield f"SHA-256 of that file: `{structure.digest}`."
    yield f"\n{LANGUAGE}\n"
    yield from _table(("file", "what it is"), ((f"`{name}`", what) for name, what in files))
    yield "\n## Which variable became which dimension\n"
    if not account.variables:
        yield "No figure is broken down by a variable."
    yield from _table(
        ("variable", "dimension", "categories and codes", "how it is known"),
        (
            (
                one.variable,
                f"`{one.dimension}`",
                ", ".join(f"{category} = `{code}`" for category, code in one.codes.items()) or "see below",
                "the study says so" if one.stated else (one.why or "recognised: check it"),
            )
            for one in account.variables
        ),
    )
    if account.groups:
        yield "\n## Groups without a code\n"
        yield (
            "The structure has no code for them. The codes are placeholders: they mean what the label says, in this "
            "release. To keep a code for a group from release to release, fix it in the study file.\n"
        )
        yield from _table(("code", "group"), ((f"`{code}`", label) for code, label in account.groups.items()))
    yield "\n## Which indicator became which series\n"
    yield from _table(
        ("indicator", "series", "unit", "power of ten", "multiplied by", "how the unit is known"),
        (
            (
                one.indicator,
                f"`{one.series}` {structure.codes(roles(structure).get('series', '')).get(one.series, '')}"
                if one.series and "series" in roles(structure)
                else "none",
                f"`{one.unit}`",
                f"`{one.multiplier}`",
                f"{one.factor:g}",
                "the study says so" if one.stated else "recognised: check it",
            )
            for one in account.indicators
        ),
    )
    for note in account.notes:
        yield f"\n{_cell(note)}"
    if account.left_out:
        yield "\n## Not sent\n"
        yield from _table(
            ("figures", "why"),
            ((", ".join(f"`{name}`" for name in left.figures), left.why) for left in account.left_out),
        )
    yield "\n## What the states of the figures became\n"
    reasons, listing = load("sdmx_status_reasons"), load("sdmx_obs_status")
    yield from _table(
        ("status", "observations", "means", "because"),
        (
            (
                f"`{code}`",
                f"{count:,}",
                listing[code].title if code in listing else structure.codes(roles(structure)["status"]).get(code, ""),
                " ".join(reasons[one].title for one in account.reasons.get(code, ())) or "the study says so",
            )
            for code, count in account.statuses.items()
        ),
    )
    yield (
        "\nOne observation has one status; what else holds is in its comment. The bounds are the plausible range where "
        "the figure comes from people who chose themselves, else the interval of chance; the comment says which. "
        "Withheld figures have neither value nor bounds.\n"
    )
    yield (
        "Checked before writing: every code, what is mandatory, that each key stands once"
        + (", and the content constraints of each series." if constrained and structure.constraints else ".")
        + (
            " The content constraints were not held against the figures."
            if structure.constraints and not constrained
            else ""
        )
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; nothing where it has no rows."""
    for number, row in enumerate(rows):
        if not number:
            yield f"| {' | '.join(heads)} |"
            yield f"|{'---|' * len(heads)}"
        yield f"| {' | '.join(_cell(text) for text in row)} |"


def _cell(text: str) -> str:
    """Text that stays in its cell and is no mark-up of a page."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
