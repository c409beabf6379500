"""What every page shares: the templates with their gettext, and drawings that are numbered."""

from __future__ import annotations

import jinja2

from countersign.publishing.language import Words


def environment(words: Words) -> jinja2.Environment:
    """Return the templates of this project, escaping everything, speaking the language of `words`."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("countersign.publishing"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
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
