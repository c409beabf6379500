"""The question bank: sets of questions with their codes and rules, and the digests by which their wording is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from countersign.catalogue.entries import Entry, Status
from countersign.catalogue.wording import digest_of, digest_of_options
from countersign.errors import CatalogueError, nearest

STATUSES = tuple(str(status) for status in Status)


@dataclass(frozen=True)
class BankItem:
    """One question of a set.

    Parameters
    ----------
    title: what is asked, in this project's own words. words: by which a variable may be recognised.
    kind: ``code`` or ``number``; lowest, highest: of a number.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"kind": ("code", "number")}
    SHORT: ClassVar[str] = "title"

    id: str
    title: str
    words: tuple[str, ...] = ()
    kind: str = "code"
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Wording:
    """What is known of the official wording in one language: digests, never the text.

    Parameters
    ----------
    status, source: of the wording the digests were made from. questions: item -> digests of the wording.
    options: digests of the list of answers in the order of the codes. variants, option_variants: of other published
        forms, accepted and named as such. answers: code -> digests of its label, to name the one that was altered.
        note: what is not known.
    """

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {"status": STATUSES}
    SHORT: ClassVar[str] = "source"

    language: str
    source: str
    status: str = str(Status.DRAFT)
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    option_variants: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class BankSet(Entry):
    """A set of questions that belongs together; its id is the name under which a form may claim it.

    Parameters
    ----------
    items: in their order. codes: answers that count, code -> own words. further: answers that may be added.
    missing: codes of no answer. rules: plain sentences. ages: who is asked; from_age: in years.
    identifier: how a person is told by the answers, see `identify`. scale: how a score is made.
    wordings: by language. dimension: id in the ``dimensions`` list. sdg: indicators it serves. warning: to be shown.
    """

    PARTS: ClassVar[Mapping[str, tuple[type[Any], str]]] = {
        "items": (BankItem, "id"),
        "wordings": (Wording, "language"),
    }

    items: tuple[BankItem, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    ages: str = ""
    from_age: int | None = None
    identifier: Mapping[str, Any] = field(default_factory=dict)
    scale: Mapping[str, Any] = field(default_factory=dict)
    wordings: tuple[Wording, ...] = ()
    dimension: str = ""
    sdg: tuple[str, ...] = ()
    warning: str = ""

    def item(self, key: str) -> BankItem:
        """Return one question; CatalogueError names the nearest."""
        found = next((one for one in self.items if one.id == key), None)
        if found is None:
            ids = [one.id for one in self.items]
            raise CatalogueError(
                f"The set '{self.id}' has no item '{key}'. {nearest(key, ids)}".rstrip(),
                where="catalogue/question_bank.yaml",
                expected=f"one of {', '.join(ids)}",
            )
        return found

    def wording(self, language: str) -> Wording | None:
        """Return what is known of the official wording in a language, also for ``en-GB``; None where nothing is."""
        short = language.casefold().replace("_", "-").split("-")[0]
        return next((one for one in self.wordings if one.language == short), None)

    def same_question(self, key: str, text: str, *, language: str) -> bool | None:
        """Return whether a text is the official question, or an accepted variant; None where no digest is known."""
        self.item(key)
        known = self.wording(language)
        if known is None or not known.questions.get(key):
            return None
        return digest_of(text) in (*known.questions[key], *known.variants.get(key, ()))

    def is_variant(self, key: str, text: str, *, language: str) -> bool:
        """Return whether a text is one of the accepted variants rather than the wording the digests were made from."""
        known = self.wording(language)
        return known is not None and digest_of(text) in known.variants.get(key, ())

    def same_options(self, labels: Mapping[str, str], *, language: str) -> bool | None:
        """Return whether code -> label is the official list of answers; None where no digest is known.

        Only the codes that count are compared, in their order; labels of missing codes are free.
        """
        known = self.wording(language)
        if known is None or not known.options:
            return None
        if any(code not in labels for code in self.codes):
            return False
        return digest_of_options(labels[code] for code in self.codes) in (*known.options, *known.option_variants)

    def same_answer(self, code: str, label: str, *, language: str) -> bool | None:
        """Return whether the label of one code is an official one; None where no digest of it is known."""
        known = self.wording(language)
        if known is None or not known.answers.get(code):
            return None
        return digest_of(label) in known.answers[code]

    def strange_codes(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Return the codes of a form or a data set that the set does not have, in order."""
        known = {*self.codes, *self.further, *self.missing}
        return tuple(dict.fromkeys(code for code in codes if code not in known)) if self.codes else ()

    def absent_codes(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Return the codes that count and that a form does not offer, in order."""
        return tuple(code for code in self.codes if code not in codes)

    def identify(self, answers: Sequence[str | None]) -> str:
        """Return what the identifier says of one person's answers: the first rule that holds, else its ``otherwise``.

        Parameters
        ----------
        answers: codes of all items; None or a missing code where there is no answer.
        """
        if not self.identifier:
            raise CatalogueError(f"The set '{self.id}' has no identifier.", where="catalogue/question_bank.yaml")
        for rule in self.identifier["rules"]:
            holds = any if rule["when"] == "any" else all
            if answers and holds(answer in rule["codes"] for answer in answers):
                return str(rule["then"])
        return str(self.identifier["otherwise"])
