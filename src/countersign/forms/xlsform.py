"""XLSForm: the file of a form -> Form.

Read are workbooks (.xlsx, .xls) and the JSON content of Kobo forms. A form that contradicts itself is refused with the
row and column, because what is compared with it later would be compared with a guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from countersign.errors import FormError, nearest
from countersign.forms.content import Content, Row, read_content
from countersign.forms.headers import language
from countersign.forms.row_types import RowType, known_types, row_type
from countersign.model.form import Choice, Form, FormGroup, FormQuestion, Kind

_YES = frozenset({"yes", "true", "true()", "1"})
_NO = frozenset({"", "no", "false", "false()", "0"})
_TRANSLATED = ("guidance_hint", "constraint_message", "required_message", "image", "big_image", "audio", "video")
_SHOWN = ("label", "hint")
_MEDIA = ("image", "big_image", "audio", "video")


def read_form(path: Path | str) -> Form:
    """Return the form in a file.

    Blank rows, comments and rows that are not in use are passed over. Columns nobody reads are named in
    ``Form.notes``.

    Raises
    ------
    FormError: the file cannot be read; no sheet ``survey`` or no question; an unknown type; a list of answers that is
        not among the choices; an end without its begin, or the other way round; two of one name in one group.
        File, sheet, row and column are named.
    """
    path = Path(path)
    if not path.is_file():
        raise FormError(
            "There is no such file.", where=str(path), expected="the file of a form", action="correct the path"
        )
    content = read_content(path)
    builder = _Builder(content, _Languages(content))
    builder.build()
    return builder.form(hashlib.sha256(path.read_bytes()).hexdigest())


class _Languages:
    """Language as written -> tag; texts without a language belong to the default one."""

    def __init__(self, content: Content) -> None:
        self.names: dict[str, str] = {}
        said = content.settings.get("default_language", "")
        self.default = language(said).tag if said and said.casefold() not in ("default", "false") else ""
        self._default_name = language(said).name if self.default else ""
        for row in (row for rows in content.sheets.values() for row in rows):
            for column in row.cells:
                # A message that names no language is not a language of the form; a wording is.
                if column.name in _SHOWN or (column.language and column.name in _TRANSLATED):
                    self._add(column.language)

    def _add(self, text: str) -> None:
        found = language(text) if text else None
        tag, name = (found.tag, found.name) if found else (self.default, self._default_name)
        self.names.setdefault(tag, name)

    def texts(self, row: Row, name: str) -> Mapping[str, str]:
        """Language -> text; a text that names its language goes before one that does not."""
        given = sorted(row.texts(name), key=lambda pair: bool(pair[0]))
        return {(language(written).tag if written else self.default): text for written, text in given}

    def media(self, row: Row) -> Mapping[str, Mapping[str, str]]:
        """Kind -> language -> file."""
        return {kind: texts for kind in _MEDIA if (texts := self.texts(row, kind))}


@dataclass
class _Builder:
    content: Content
    languages: _Languages
    questions: list[FormQuestion] = field(default_factory=list)
    groups: list[FormGroup] = field(default_factory=list)
    open: list[tuple[str, FormGroup]] = field(default_factory=list)
    names: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, tuple[Choice, ...]]] = field(default_factory=dict)

    def build(self) -> None:
        self.lists = {sheet: self._choices(sheet) for sheet in ("choices", "external_choices", "osm")}
        for row in self.content.sheets.get("survey", ()):
            self._row(row)
        if self.open:
            kind, group = self.open[-1]
            raise self._error(
                group.row,
                "type",
                f"The {kind} '{group.name}' begins here and never ends.",
                expected=f"a row 'end_{kind}'",
                action=f"add 'end_{kind}' after the last question of the {kind}",
            )
        if not self.questions:
            raise FormError(
                "The form has no question.",
                where=self.content.where("survey"),
                expected="at least one row with a type and a name",
                action="fill in the sheet 'survey'",
            )

    def form(self, digest: str) -> Form:
        said = {**self.content.settings, **self.settings}
        unused = [
            f"Sheet '{sheet}': {len(names)} columns are not read ({', '.join(names)})."
            for sheet, names in self.content.unused.items()
            if names and sheet == "survey"
        ]
        return Form(
            questions=tuple(self.questions),
            groups=tuple(self.groups),
            form_id=said.get("form_id") or said.get("id_string") or said.get("set_form_id", ""),
            title=said.get("form_title") or said.get("title") or said.get("set_form_title", ""),
            version=said.get("version", ""),
            default_language=self.languages.default,
            languages=dict(self.languages.names),
            file=Path(self.content.file).name,
            digest=digest,
            notes=(*self.notes, *unused),
        )

    def _error(
        self, row: int, column: str, problem: str, *, expected: str, action: str, sheet: str = "survey"
    ) -> FormError:
        return FormError(problem, where=self.content.where(sheet, row, column), expected=expected, action=action)

    # Choices

    def _choices(self, sheet: str) -> Mapping[str, tuple[Choice, ...]]:
        found: dict[str, list[Choice]] = {}
        names: set[tuple[str, str]] = set()
        twice: dict[str, int] = {}
        for row in self.content.sheets.get(sheet, ()):
            of, name = row.text("list_name"), row.text("name")
            if not of:
                continue  # a comment or a heading among the choices
            if not name:
                raise self._error(
                    row.number,
                    "name",
                    f"A choice of the list '{of}' has no name.",
                    sheet=sheet,
                    expected="the code that is stored for the answer",
                    action="fill in 'name', or delete the row",
                )
            if (of, name) in names:
                twice[of] = twice.get(of, 0) + 1
            names.add((of, name))
            found.setdefault(of, []).append(Choice(name, self.languages.texts(row, "label"), self.languages.media(row)))
        self.notes += [
            f"The list '{of}' has {count} choices with a name that is already in it." for of, count in twice.items()
        ]
        return {name: tuple(choices) for name, choices in found.items()}

    # Rows of the survey

    def _row(self, row: Row) -> None:
        written, name = row.text("type"), row.text("name") or row.text("autoname")
        if row.text("disabled").casefold() in _YES or written.startswith("#"):
            return
        if not written:
            if name and self.languages.texts(row, "label"):
                raise self._error(
                    row.number,
                    "type",
                    f"The question '{name}' has no type.",
                    expected="a type such as 'text' or 'select_one LIST'",
                    action="fill in 'type', or delete the row",
                )
            return
        kind = row_type(written)
        if kind is None:
            raise self._error(
                row.number,
                "type",
                f"Nobody knows the type '{written}'. {nearest(written, known_types())}".rstrip(),
                expected="a type of XLSForm",
                action="correct the type; a form that includes another one must be one file",
            )
        if kind.base.startswith("set "):
            self.settings[kind.base.replace("set ", "set_form_")] = name
        elif kind.side == "begin":
            self._begin(row, kind, name)
        elif kind.side == "end":
            self._end(row, kind)
        else:
            self._question(row, kind, name)

    def _path(self) -> tuple[str, ...]:
        return tuple(group.name for _, group in self.open)

    def _begin(self, row: Row, kind: RowType, name: str) -> None:
        if kind.group == "loop":
            self._listed(row, kind, kind.list_name)
        name = name or f"{kind.group}_{row.number}"
        self._unique(row, name)
        group = FormGroup(
            name=name,
            path=self._path(),
            repeated=kind.group in ("repeat", "loop"),
            label=self.languages.texts(row, "label"),
            relevant=row.text("relevant"),
            count=row.text("repeat_count"),
            appearance=row.text("appearance"),
            media=self.languages.media(row),
            row=row.number,
        )
        self.groups.append(group)
        self.open.append((kind.group, group))

    def _end(self, row: Row, kind: RowType) -> None:
        if not self.open:
            raise self._error(
                row.number,
                "type",
                f"This {kind.group} ends and never began.",
                expected=f"a row 'begin_{kind.group}' before it",
                action="delete the row, or add the beginning",
            )
        began, group = self.open.pop()
        if began != kind.group:
            raise self._error(
                row.number,
                "type",
                f"A {kind.group} ends here, but {began} '{group.name}' of {self.content.counted} {group.row} is open.",
                expected=f"'end_{began}'",
                action=f"end the {began} first",
            )

    def _question(self, row: Row, kind: RowType, name: str) -> None:
        entry = kind.entry
        if entry is None:  # every type that is no group has an entry
            raise AssertionError(kind.base)
        if not name:
            if entry["kind"] != "note":
                raise self._error(
                    row.number,
                    "name",
                    "A question has no name.",
                    expected="a name for its variable",
                    action="fill in 'name'",
                )
            name = f"note_{row.number}"
        self._unique(row, name)
        list_name = kind.list_name or (row.text("list_name") if entry.get("select") else "")
        self.questions.append(
            FormQuestion(
                name=name,
                type=kind.base,
                path=self._path(),
                kind=cast(Kind, entry["kind"]),
                closed=bool(entry.get("closed", False)),
                number=bool(entry.get("number", False)),
                list_name=list_name,
                choices=self._listed(row, kind, list_name),
                other=kind.other,
                label=self.languages.texts(row, "label"),
                hint=self.languages.texts(row, "hint"),
                required=_condition(row.text("required")),
                required_message=self.languages.texts(row, "required_message"),
                relevant=row.text("relevant"),
                constraint=row.text("constraint"),
                constraint_message=self.languages.texts(row, "constraint_message"),
                calculation=row.text("calculation"),
                choice_filter=row.text("choice_filter"),
                parameters=row.text("parameters"),
                default=row.text("default"),
                appearance=row.text("appearance"),
                media=self.languages.media(row),
                read_only=_condition(row.text("read_only")),
                bank=row.text("bank"),
                key=self._mark(row, "key_question"),
                sensitive=self._mark(row, "sensitive_question"),
                row=row.number,
            )
        )

    def _mark(self, row: Row, column: str) -> bool:
        """Whether a question bears a mark of this project's own columns."""
        text = row.text(column).casefold()
        if text not in _YES | _NO:
            raise self._error(
                row.number,
                column,
                "It cannot be told whether this question is marked or not.",
                expected="yes, or an empty cell",
                action="write 'yes', or empty the cell",
            )
        return text in _YES

    def _unique(self, row: Row, name: str) -> None:
        taken = self.names.setdefault(self._path(), {})
        if name in taken:
            raise self._error(
                row.number,
                "name",
                f"The name '{name}' is already used in {self.content.counted} {taken[name]} of the same group.",
                expected="each name once in a group",
                action="rename one of the two",
            )
        taken[name] = row.number

    def _listed(self, row: Row, kind: RowType, list_name: str) -> tuple[Choice, ...]:
        """The choices of a list; none for files and for lists that an earlier repeat fills."""
        entry = kind.entry
        if entry is not None and not entry.get("select") and not entry.get("list"):
            return ()
        optional = entry is not None and entry.get("list") == "optional"
        if (entry is not None and entry.get("from_file")) or list_name.startswith("${") or (optional and not list_name):
            return ()
        if not list_name:
            raise self._error(
                row.number,
                "type",
                f"The type '{row.text('type')}' names no list of answers.",
                expected="'select_one LIST'",
                action="add the name of the list",
            )
        sheet = "choices"
        if entry is not None and (entry.get("external") or entry.id == "osm"):
            sheet = "osm" if entry.id == "osm" else "external_choices"
            if list_name not in self.lists[sheet]:
                return self.lists["choices"].get(list_name, ())
        if list_name not in self.lists[sheet]:
            raise self._error(
                row.number,
                "type",
                f"There is no list '{list_name}' among the choices. {nearest(list_name, self.lists[sheet])}".rstrip(),
                expected="a list of the sheet 'choices'",
                action="correct the name, or add the list",
            )
        return self.lists[sheet][list_name]


def _condition(text: str) -> str:
    """``true()`` for yes, nothing for no, else the expression."""
    if text.casefold() in _YES:
        return "true()"
    return "" if text.casefold() in _NO else text
