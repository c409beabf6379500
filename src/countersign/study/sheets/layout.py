"""Which part of a study stands on which sheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from countersign.study.document import Place
from countersign.study.sheets.shapes import Shape, at, child, fixed_keys, is_free, is_label, kinds

SOURCES = ("data", "benchmark", "official")
SOURCE = "*source"  # stands for one data source, benchmark or official series
NAME = "*"  # stands for one key that the study chooses


@dataclass(frozen=True)
class Table:
    """A sheet with one row for each item of a mapping or list.

    Parameters
    ----------
    root: where the items are; `SOURCE` and `NAME` stand for keys that a column names. key: heading of the column with
        the item's name; empty for lists. short: heading of the column that holds an item that is no mapping.
    about: what the sheet is for, in plain words. usual: columns that stand there even if they are empty.
    always: whether the sheet is there even if it is empty.
    """

    sheet: str
    root: tuple[str, ...]
    about: str
    key: str = ""
    short: str = ""
    usual: tuple[str, ...] = ()
    always: bool = False

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """Headings of the columns that say to what the row belongs."""
        names = {SOURCE: "source", NAME: "variable"}
        return tuple(names[part] for part in self.root if part in names)

    @cached_property
    def item(self) -> Shape:
        """What the schema allows for one item."""
        found: list[dict[str, object]] = []
        for root in self.examples:
            found += child(at(root), 0 if not self.key else "a name")
        return tuple(found)

    @cached_property
    def examples(self) -> tuple[Place, ...]:
        """The root with every owner it may have."""
        places: tuple[Place, ...] = ((),)
        for part in self.root:
            if part == SOURCE:
                places = tuple((*place, section, "a name") for place in places for section in SOURCES)
            else:
                places = tuple((*place, "a name" if part == NAME else part) for place in places)
        return tuple(place for place in places if at(place))

    @cached_property
    def mixed(self) -> bool:
        """Whether an item may be a mapping, or a single value in its place."""
        return bool(self.short) and bool(fixed_keys(self.item))

    @cached_property
    def labelled(self) -> bool:
        """Whether an item is a text, or one text per language."""
        return bool(self.short) and is_label(self.item)

    def matches(self, place: Place) -> bool:
        """Return whether the items of this sheet stand directly under a place."""
        parts = list(place)
        for part in self.root:
            size = 2 if part == SOURCE else 1
            own, parts = parts[:size], parts[size:]
            if len(own) < size or (part == SOURCE and own[0] not in SOURCES):
                return False
            if part not in (SOURCE, NAME) and own[0] != part:
                return False
        return not parts

    def columns(self) -> tuple[Place, ...]:
        """Return every column that an item with fixed keys may have, as places under the item."""
        return _leaves(self.item, (), self)


def _leaves(found: Shape, place: Place, table: Table) -> tuple[Place, ...]:
    leaves: list[Place] = []
    for key in dict.fromkeys(fixed_keys(found)):
        own = child(found, key)
        if any(other.root == (*table.root, NAME, key) or other.root == _nested(table, key) for other in TABLES):
            continue
        if fixed_keys(own) and not is_free(own) and not is_label(own):
            leaves += _leaves(own, (*place, key), table)
            if kinds(own) - {"object"}:
                leaves.append((*place, key))
        elif not _rows(own):
            leaves.append((*place, key))
    return tuple(leaves)


def _nested(table: Table, key: str) -> tuple[str, ...]:
    return (SOURCE, key) if table.root[0] in SOURCES and len(table.root) == 1 else ()


def _rows(found: Shape) -> bool:
    """Whether a list of mappings stands here: too much for a cell."""
    return "array" in kinds(found) and bool(fixed_keys(child(found, 0)))


@dataclass(frozen=True)
class Pairs:
    """A sheet with one row a key: the key, its value, what it says.

    Parameters
    ----------
    root: what the keys stand under. always: keys that stand there even without a value.
    """

    sheet: str
    root: Place
    about: str
    always: tuple[str, ...] = ()


TABLES = (
    Table(
        "data", ("data",), "The data files, one row each. The first is the main one.", key="name",
        usual=("file", "unit", "obtain", "missing", "sheet", "unique"), always=True,
    ),
    Table(
        "variables", (SOURCE, "variables"), "What the columns of the files mean, one row a variable.", key="name",
        short="column", usual=("column", "type", "label", "unit", "missing", "range", "asked_if"), always=True,
    ),
    Table(
        "values", (SOURCE, "variables", NAME, "values"), "The answers of a question: one row for each code.",
        key="code", short="label", always=True,
    ),
    Table(
        "derive", (SOURCE, "derive"), "New variables, each from an expression, in this order.", key="name",
        short="expression", always=True,
    ),
    Table("labels", (SOURCE, "labels"), "Labels of derived variables.", key="name", short="label"),
    Table(
        "roles", (SOURCE, "roles"), "Which column plays which part, such as id, area, time, weight.", key="role",
        short="column", always=True,
    ),
    Table(
        "keep", (SOURCE, "keep"), "Quality gates: a row that fails is set aside and counted.", short="rule",
        usual=("rule", "name", "why"), always=True,
    ),
    Table("scales", (SOURCE, "scales"), "Batteries of questions that add up to a score.", key="name"),
    Table("wholes", (SOURCE, "wholes"), "Categories that lie between their parts, or are their sum."),
    Table(
        "benchmarks", ("benchmark",), "Statistics of the same population, one row each.", key="name",
        usual=("file", "kind", "source", "year"), always=True,
    ),
    Table("official", ("official",), "Official series that speak of the same thing.", key="name"),
    Table(
        "indicators", ("indicators",), "What you want to know: one row an indicator, with exactly one statistic.",
        key="name", usual=("title", "unit", "proportion", "mean", "median", "total", "where", "by"), always=True,
    ),
    Table(
        "checks", ("checks",), "Rules that every record should meet; they count and set nothing aside.", short="rule",
        usual=("rule", "name", "why", "criterion"), always=True,
    ),
    Table("limits", ("limits",), "Limits that this study sets otherwise than the catalogue.", key="limit"),
    Table("rounds", ("process", "rounds"), "Rounds of the collection."),
    Table("repeats", ("repeats",), "Units measured more than once."),
    Table("gold", ("gold",), "Units that an expert or a reference instrument measured too."),
    Table("decisions", ("protection", "decisions"), "What communities decided about how they are shown."),
    Table("publish", ("publish",), "What is written: one output a row.", short="output", always=True),
    Table("corrections", ("calendar", "corrections"), "What was wrong in a release that is out."),
    Table("parties", ("signatures", "parties"), "Who may sign.", key="id"),
)  # fmt: skip

PAIRS = (
    Pairs(
        "study", (), "What the study is, who makes it, and whom it speaks of: one key a row.",
        always=(
            "countersign", "title", "summary", "synthetic", "use", "initiative.organiser.name",
            "initiative.organiser.kind", "initiative.funder", "initiative.contact", "initiative.level",
            "initiative.selection", "initiative.consent", "initiative.licence", "initiative.permitted_uses",
            "initiative.expires", "initiative.steward", "initiative.protocol", "population.who", "population.area",
            "population.area_code", "population.size", "population.period", "settings.language",
        ),
    ),
    Pairs(
        "weights", ("weights",), "How the data are brought in line with the population.",
        always=("rake", "by", "trim", "base"),
    ),
    Pairs(
        "protection", ("protection",), "How the people in the data are protected.",
        always=("method", "minimum_contributors", "contributor", "household", "visible"),
    ),
    Pairs("other", (), "Everything that has no sheet of its own, key by key, so that nothing is lost."),
)  # fmt: skip

GUIDE = "read me"
COMMENT = "comment"
HELP = "# what it says"
