"""The language of a report: gettext for one language, English as the source.

Catalogues of messages lie in ``locale/<language>/LC_MESSAGES/countersign.mo``; ``locale/countersign.pot`` is the
template translators start from.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

DOMAIN = "countersign"
LOCALE = Path(__file__).parent / "locale"
_PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True)
class Words:
    """What a report says, in one language.

    Parameters
    ----------
    language: BCP 47 tag of the language the words are really in.
    asked: the language asked for; it still chooses among the texts of the study file.
    translations: the messages; the default speaks English.
    """

    language: str = "en"
    asked: str = "en"
    translations: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)

    @property
    def reviewed(self) -> bool:
        """Whether the head of the messages names who reviewed them (``X-Reviewed-By``)."""
        return bool(self.translations.info().get("x-reviewed-by", "").strip())

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, for the attribute ``dir``."""
        return "rtl" if self.language.split("-")[0] in RIGHT_TO_LEFT else "ltr"

    @cached_property
    def signs(self) -> dict[int, str]:
        """Group separator, decimal separator and minus sign, as `str.translate` takes them."""
        group, point = self.gettext("digit group separator: ,")[-1:], self.gettext("decimal separator: .")[-1:]
        return {ord(","): group, ord("."): point, ord("-"): "−"}

    def gettext(self, message: str) -> str:
        """Return `message` in this language; from right to left, what is put into it keeps its own direction."""
        return self._isolated(self.translations.gettext(message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the form that goes with `n`."""
        return self._isolated(self.translations.ngettext(singular, plural, n))

    def _isolated(self, text: str) -> str:
        """Put places of numbers, names and identifiers between isolating marks, so that they do not break the line."""
        return _PLACES.sub("\u2068\\g<0>\u2069", text) if self.direction == "rtl" else text

    def pick(self, text: Mapping[str, str], default: str = "") -> str:
        """Return the text of a language -> text mapping that suits best: asked, its base, English, any."""
        for tag in (self.asked, self.asked.split("-")[0], "en"):
            if text.get(tag):
                return text[tag]
        return next((value for value in text.values() if value), default)


def speak(language: str = "en", *, folder: Path = LOCALE) -> Words:
    """Return the words of `language`, or English where no catalogue of messages is found in `folder`."""
    tag = language.replace("_", "-")
    wanted = [tag.replace("-", "_"), tag.split("-")[0]]
    found = gettext.find(DOMAIN, localedir=str(folder), languages=wanted)
    if not found:
        return Words(asked=tag)
    translations = gettext.translation(DOMAIN, localedir=str(folder), languages=wanted)
    return Words(language=Path(found).parent.parent.name.replace("_", "-"), asked=tag, translations=translations)
