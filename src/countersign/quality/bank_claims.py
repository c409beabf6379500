"""Bank claims: which questions of a form and which variables of the data are, or say they are, those of the bank.

A question belongs to an item of the question bank if the form or the codebook says so (``bank: WG-SS/seeing``), or if
its wording is the official one. Beside such questions, one with the same list of answers and the name of another item
of the set is taken for that item: so an altered wording does not hide a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

import narwhals as nw

from countersign.catalogue import BankItem, BankSet, bank, digest_of
from countersign.errors import nearest
from countersign.model.dataset import Variable
from countersign.model.form import Form, FormQuestion
from countersign.model.wording import words
from countersign.quality.context import Context


@dataclass(frozen=True)
class Claims:
    """What claims to be of one set of the bank.

    Parameters
    ----------
    questions: item -> question of the form. variables: item -> variable of the data. how: item -> ``claimed``,
    ``wording`` (the official text) or ``name`` (name and answers, beside others of the set).
    """

    set: BankSet
    questions: Mapping[str, FormQuestion] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    how: Mapping[str, str] = field(default_factory=dict)

    @property
    def bound(self) -> bool:
        """Whether the set is meant: it is claimed, or more than half of it is asked in the official wording."""
        recognised = sum(how == "wording" for how in self.how.values())
        return "claimed" in self.how.values() or bool(self.variables) or recognised > len(self.set.items) / 2

    @property
    def items(self) -> tuple[BankItem, ...]:
        """The items of the set that somebody claims, in the order of the bank."""
        return tuple(item for item in self.set.items if item.id in self.questions or item.id in self.variables)


def claims_of(form: Form | None, variables: Sequence[Variable] = ()) -> dict[str, Claims]:
    """Return set -> what claims to be of it, sets in the order of the bank."""
    found: dict[str, Claims] = {}
    for entry in bank():
        questions, how = _questions(entry, form) if form else ({}, {})
        columns: dict[str, Variable] = {}
        for variable in variables:
            item = _item(entry, variable.bank)
            if item:
                columns.setdefault(item.id, variable)
        for key, variable in columns.items():
            if key not in questions and form and (asked := form.question(_asked_as(variable))) and not asked.bank:
                questions[key], how[key] = asked, "claimed"
        for key, question in questions.items():
            for variable in variables:
                if key not in columns and question.name in (variable.name, _asked_as(variable)):
                    columns[key] = variable
        if questions or columns:
            found[entry.id] = Claims(entry, questions, columns, how)
    return found


def _asked_as(variable: Variable) -> str:
    """The name of a question in the name of its column: what stands after the last stroke of its groups."""
    return variable.source.rsplit("/", 1)[-1]


def unknown_claims(form: Form | None, variables: Sequence[Variable] = ()) -> Iterator[tuple[str, str, str]]:
    """Yield (who claims, what is claimed, hint) of claims to something the bank does not have."""
    given = [(f"question '{q.name}'", q.bank) for q in (form.questions if form else ())]
    given += [(f"variable '{v.name}'", v.bank) for v in variables]
    known = [f"{entry.id}/{item.id}" for entry in bank() for item in entry.items]
    for who, claim in given:
        if claim and claim not in bank() and not any(_item(entry, claim) for entry in bank()):
            yield who, claim, nearest(claim, known)


def with_disability(context: Context) -> nw.Expr | None:
    """Return whether a record is of a person with disability, missing where unknown; None without the six questions."""
    for claims in claims_of(context.documents.form, variables_of(context)).values():
        if claims.set.identifier and claims.set.dimension == "disability":
            return identifier(claims, context)
    return None


def identifier(claims: Claims, context: Context) -> nw.Expr | None:
    """Return what the identifier of a set says of each record: the first rule is true, the second false, else missing.

    None unless every item of the set is a variable of the table.
    """
    if any(item.id not in claims.variables for item in claims.set.items):
        return None
    codes = [code_of(context, claims.variables[item.id]) for item in claims.set.items]
    truths = []
    for rule in claims.set.identifier["rules"]:
        each = [code.is_in(list(rule["codes"])).fill_null(False) for code in codes]
        truths.append(reduce(or_ if rule["when"] == "any" else and_, each))
    first, second = truths
    return nw.when(first).then(nw.lit(True)).otherwise(nw.when(second).then(nw.lit(False)))


def code_of(context: Context, variable: Variable) -> nw.Expr:
    """Return the code of an answer as text, whole numbers without a decimal point."""
    column = nw.col(variable.name)
    if context.schema[variable.name].is_float():
        column = column.cast(nw.Int64)
    return column.cast(nw.String)


def variables_of(context: Context) -> tuple[Variable, ...]:
    """Return the variables of a data set that are in its table."""
    return tuple(v for v in context.dataset.codebook.variables.values() if v.name in context.schema)


def _item(entry: BankSet, claim: str) -> BankItem | None:
    """The item a claim such as ``WG-SS/seeing`` is about; a set of one item may be claimed by its name alone."""
    name, _, key = claim.partition("/")
    if name.casefold() != entry.id.casefold():
        return None
    if not key and len(entry.items) == 1:
        return entry.items[0]
    return next((item for item in entry.items if item.id == key.casefold()), None)


def _questions(entry: BankSet, form: Form) -> tuple[dict[str, FormQuestion], dict[str, str]]:
    found: dict[str, FormQuestion] = {}
    how: dict[str, str] = {}

    def take(item: BankItem, question: FormQuestion, why: str) -> None:
        if item.id not in found:
            found[item.id], how[item.id] = question, why

    asked = [question for question in form.questions if question.kind == "question"]
    for question in asked:
        if item := _item(entry, question.bank):
            take(item, question, "claimed")
    free = [question for question in asked if not question.bank]
    official = {
        (wording.language, digest): entry.item(key)
        for wording in entry.wordings
        for digests in (wording.questions, wording.variants)
        for key, known in digests.items()
        for digest in known
    }
    spoken = {language for language, _ in official}
    for question in free if official else ():
        for tag, text in question.label.items():
            if (language := tag.split("-")[0]) in spoken and (recognised := official.get((language, digest_of(text)))):
                take(recognised, question, "wording")
    lists = {question.list_name for question in found.values() if question.list_name}
    taken = {question.place for question in found.values()}
    for item in entry.items:
        for question in free:
            if question.list_name in lists and question.place not in taken and _is_named(item, question):
                take(item, question, "name")
    return found, how


def _is_named(item: BankItem, question: FormQuestion) -> bool:
    named = "".join(words(question.name.replace("_", " ")))
    return any(named.endswith("".join(words(word))) for word in (item.id, *item.words))
