"""What every page shares: the templates with their gettext, and drawings that are numbered."""

from __future__ import annotations

import jinja2
from jinja2.bccache import Bucket

from countersign.publishing.language import Words


class _Compiled(jinja2.BytecodeCache):
    """Keeps what templates were compiled to for the life of the program: a release reads each of them many times.

    What is kept speaks no language; the messages are looked up when a page is made.
    """

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def environment(words: Words) -> jinja2.Environment:
    """Return the templates of this project, escaping everything, speaking the language of `words`."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("countersign.publishing"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


class Numbers:
    """Gives each drawing its own number, so that ids stay unique on the page."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        """Return the next one."""
        self.last += 1
        return f"c{self.last}"


def unreviewed(words: Words) -> str:
    """Return the note that no native reader has reviewed a translation yet; empty for English and reviewed ones."""
    if words.language.split("-")[0] == "en" or words.reviewed:
        return ""
    return words.gettext("No native reader has reviewed this translation yet.")
