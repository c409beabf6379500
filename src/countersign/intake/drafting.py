"""draft: a proposal as a commented study.yaml, with a question mark wherever only a person can answer.

The questions come in the order in which somebody who leads the data work of an organisation meets them.
"""

from __future__ import annotations

import json
import math
from pathlib import PurePath

from countersign.catalogue import threshold
from countersign.intake.proposal import Proposal, ProposedVariable

ASK = '"?"'


def draft(proposal: Proposal, *, file: str = "", name: str = "answers") -> str:
    """Return the text of a study file for a proposed codebook.

    It runs as soon as one question mark is answered: what the first figure is. Everything else that stays open is "not
    assessed" in the report.

    Parameters
    ----------
    file: path of the data as the study will name it. name: name of the data source.
    """
    parts = [
        _head(proposal),
        _initiative(),
        _population(),
        _data(proposal, file or proposal.file, name),
        _indicator(proposal),
        _benchmark(proposal),
    ]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _head(proposal: Proposal) -> str:
    title = PurePath(proposal.file).name.split(".")[0].replace("_", " ").strip() or "Study"
    return f"""# yaml-language-server: $schema=study.schema.json
# This file is the study: what is asked, of whom, from which data.
# Lines that begin with # are explanations.
#
# Every {ASK} is a question nobody can answer from the file. One of them is needed for a first report: what you want
# to know (look for 'indicators' below). Leave the others open if you cannot answer them yet; the report says so.
countersign: 1

# What is it about? One line people will read first.
title: {_quoted(title[:1].upper() + title[1:])}
"""


def _initiative() -> str:
    return f"""# Who collected, and how did people (or places) get in?
initiative:
  organiser:
    name: {ASK}
    kind: {ASK}        # individual, community, cso, scientist, nhri, local-government, nso, international, private
  funder: {ASK}        # who paid
  contact: {ASK}       # where corrections and questions go
  level: {ASK}         # local, subnational, national, regional, global
  # How did they get in?
  #   probability        drawn at random from a list, with known chances
  #   enumeration        everybody in the place was counted
  #   quota              filled up to a number per group
  #   respondent-driven  participants brought further participants
  #   list               from the list of a clinic, school, network
  #   open-web           anybody who saw the invitation and wanted to
  #   opportunistic      places or moments the volunteers chose
  selection: {ASK}
  # May it be used? How people agreed, under which licence, and who decides about the data.
  consent: {ASK}
  licence: {ASK}
  steward: {ASK}
  protocol: {ASK}      # where it is written down how it was done
"""


def _population() -> str:
    return f"""# Whom do the figures speak for, where and when?
population:
  who: {ASK}           # for example: adults of 18 and over living in the county
  area: {ASK}
  period: {ASK}        # a year, or {{from: 2024-03-01, to: 2024-05-31}}

# What are they wanted for? U0 own learning, U1 awareness, U2 local action, U3 managing a programme, U4 policy and
# research, U5 official indicator beside others, U6 official statistics.
use: U1
"""


def _data(proposal: Proposal, file: str, name: str) -> str:
    lines = [
        "# The data. What is written here was proposed from the file: correct it where it is wrong.",
        f"# {proposal.rows:,} rows, {len(proposal.variables)} columns."
        + (f" Read as {proposal.encoding}, cells separated by {proposal.delimiter!r}." if proposal.encoding else ""),
        *(f"# {note}" for note in proposal.notes),
        "data:",
        f"  {name}:",
        f"    file: {_quoted(file)}",
        *_reading(proposal),
        "    unit: record       # what one row is: person, household, survey event",
    ]
    lines += _missing(proposal)
    lines += ["    # Which column is what", "    variables:"]
    for item in proposal.variables:
        lines += _variable(item)
    lines += _roles(proposal)
    return "\n".join(lines) + "\n"


def _reading(proposal: Proposal) -> list[str]:
    """The reading options the file needs, each with its reason."""
    why = {
        "sheet": "the sheet with most cells; sheets with data: " + ", ".join(proposal.sheets),
        "skip": "lines above the column names, which are not data",
        "footer": "rows under the table, which are not data",
        "delimiter": "what stands between two cells",
        "encoding": "how letters are written",
        "repair_names": "columns without a name, or with the same name, are numbered; better: name them in the file",
    }
    return [
        f"    {key}: {json.dumps(value, ensure_ascii=False)}       # {why.get(key, 'as asked for')}"
        for key, value in proposal.options.items()
    ]


def _missing(proposal: Proposal) -> list[str]:
    if not proposal.missing:
        return [
            "    # Values that mean 'no answer' in every column: value: reason. The empty cell is one already.",
            '    # missing: {"NULL": not given}',
        ]
    found = ", ".join(f"{_quoted(code)}: not given" for code in proposal.missing)
    counts = ", ".join(f"{code} ({count:,} cells)" for code, count in proposal.missing.items())
    return [
        f"    # These stand where numbers or dates should, so they seem to mean 'no answer': {counts}. Is that so?",
        f"    missing: {{{found}}}",
    ]


def _variable(item: ProposedVariable) -> list[str]:
    variable = item.variable
    keys = [f"type: {variable.type}"]
    if variable.column:
        keys.insert(0, f"column: {_quoted(variable.column)}")
    if variable.format:
        keys.append(f"format: {_quoted(variable.format)}")
    said = [f"{item.distinct:,} different values"]
    if item.low is not None and item.high is not None and item.distinct and math.isfinite(item.high - item.low):
        said.append("between {} and {}".format(*_outward(item.low, item.high)))
    if item.blank:
        said.append(f"{item.share_missing:.1%} empty")
    if item.values and not item.personal and variable.type != "integer":
        # What very few rows have may be a person's own words, and this file is published with the figures.
        least = threshold("group_shown").good
        common = [value for value, count in item.values.items() if count >= least]
        rare = len(item.values) - len(common)
        listed = ", ".join(_short(value) for value in common) + (f" and {rare} rarer" if rare and common else "")
        if common and len(listed) <= 90:
            said[0] = listed
    lines = [f"      {_key(variable.name)}: {{{', '.join(keys)}}}   # {'; '.join(said)}"]
    if item.personal:
        lines.append(f"        # personal data? ({item.personal}): leave such columns out of files you share")
    if item.note:
        lines.append(f"        # {item.note}")
    if item.numeric_codes:
        codes = ", ".join(f"{code} ({count:,} cells)" for code, count in item.numeric_codes.items())
        entry = ", ".join(f'"{code}": refused' for code in item.numeric_codes)
        lines.append(f"        # {codes} may mean 'no answer'; if so, add inside the brackets: missing: {{{entry}}}")
    return lines


def _outward(low: float, high: float) -> tuple[str, str]:
    """Return a range rounded outwards to one digit: its ends are the values of single rows."""

    def rounded(value: float, up: bool) -> str:
        if not value:
            return "0"
        step = 10.0 ** math.floor(math.log10(abs(value)))
        return f"{(math.ceil(value / step) if up else math.floor(value / step)) * step:g}"

    return rounded(low, False), rounded(high, True)


def _key(name: str) -> str:
    return (
        name
        if name.isidentifier() and name.lower() not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
        else _quoted(name)
    )


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= 30 else text[:29] + "\u2026"


def _roles(proposal: Proposal) -> list[str]:
    lines = ["    # What some columns are for; take out what is wrong."]
    roles = dict(proposal.roles)
    if not roles:
        return [
            *lines,
            "    # roles: {id: ..., area: ..., time: ..., collector: ..., longitude: ..., latitude: ..., weight: ...}",
        ]
    lines.append("    roles:")
    lines += [f"      {role}: {_key(name)}" for role, name in roles.items()]
    lines.append(
        "    # Further roles: id, area, time, collector, start, end, minutes, longitude, latitude, weight, stratum, psu"
    )
    return lines


def _indicator(proposal: Proposal) -> str:
    category = next(
        (
            item
            for item in proposal.variables
            if item.variable.type == "category" and 2 <= len(item.values) <= 12 and not item.personal
        ),
        None,
    )
    number = next(
        (
            i
            for i in proposal.variables
            if i.variable.type in ("number", "integer")
            and i.variable.name not in proposal.roles.values()
            and (i.variable.type == "number" or 1 < i.distinct < 0.9 * i.rows or proposal.rows < 20)
            and not i.personal
        ),
        None,
    )
    examples = []
    if category:
        value = max(category.values, key=lambda one: category.values[one])
        condition = f"""{_name(category)} = '{value.replace("'", "''")}'"""
        examples.append(f"  #   proportion: {_in_yaml(condition)}")
        examples.append(f"  #   distribution: {_name(category)}")
    if number:
        examples.append(f"  #   mean: {_name(number)}          # also: median, total")
    if not examples:
        examples.append(
            f"  #   proportion: {_name(proposal.variables[0])} is not missing     # how often it was filled in"
        )
    shown = "\n".join(examples)
    by = proposal.roles.get("area") or (category.variable.name if category else "")
    breakdown = f"    # by: [{_key(by)}]           # the same for each {by}\n" if by else ""
    return f"""# What do you want to know? Answer this question mark and run the study.
# A share is 'proportion:' with a condition on the columns; for another kind of figure
# replace the word 'proportion'. Examples with the columns of this file:
{shown}
indicators:
  first_figure:
    title: First figure
    proportion: {ASK}
{breakdown}"""


def _in_yaml(expression: str) -> str:
    """An expression as a value of YAML: in quotes where a sign in it would end it."""
    plain = not any(sign in expression for sign in (" #", ": ", "\n", "\t", "\\")) and not expression.endswith(":")
    return expression if plain else _quoted(expression)


def _name(item: ProposedVariable) -> str:
    return item.variable.name


def _benchmark(proposal: Proposal) -> str:
    example = next((i.variable.name for i in proposal.variables if i.variable.type == "category"), "sex")
    return f"""# Compared with what? Figures of the same population from a census or a survey: a CSV file with one
# column per variable and a column 'count'. With it the report says who is missing, and the figures can be weighted.
# benchmark:
#   census: {{file: data/margins.csv, source: "census 2019, table 2.3", year: 2019}}
# weights: {{rake: census, by: [{example}]}}
"""
