"""Layout: what every page of a site shares, and the writing of a page at its path."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from countersign.model.address import SAFE
from countersign.model.site import Site
from countersign.publishing.language import Words
from countersign.publishing.pages import environment
from countersign.publishing.site.strips import strips

Crumb = tuple[str, str]
"""A step of the way to a page: its name and its path; the last one is the page itself."""


class Layout:
    """The pages of one site.

    Parameters
    ----------
    folder: where the pages are written. title: of the site.
    """

    def __init__(self, site: Site, words: Words, folder: Path, *, title: str) -> None:
        self.site, self.words, self.folder, self.title = site, words, folder, title
        self.environment = environment(words)
        self.environment.globals.update(
            words=words, site=site, site_title=title, draw=lambda chart: strips(chart, words)
        )
        self.templates: dict[str, Any] = {}
        self.written: list[str] = []
        self._made: set[Path] = set()

    def page(
        self, path: str, template: str, *, title: str, crumbs: Sequence[Crumb] = (), address: str = "", **view: Any
    ) -> None:
        """Write one page.

        Parameters
        ----------
        path: from the root of the site, with ``/``. title: of the page. crumbs: the way to it. address: where the
        site's root stands on the web, if it says.
        """
        root = "../" * path.count("/")
        made = self.templates.get(template)
        if made is None:
            made = self.templates[template] = self.environment.get_template(f"site/{template}.html")

        def link(target: str) -> str:
            return root + quote(target, safe=SAFE)

        text = made.render(
            root=root or "./",
            path=path,
            link=link,
            title=title,
            crumbs=crumbs,
            canonical=web(address, path) if address else "",
            **view,
        )
        self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write a text at a path; its folder is made."""
        target = self.folder / path
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        target.write_bytes(text.encode("utf-8", "replace"))
        self.written.append(path)


def web(address: str, path: str) -> str:
    """Return a page's address on the web: a folder's page is known by the folder."""
    return f"{address}/{quote(path.removesuffix('index.html'), safe=SAFE)}"


def style() -> str:
    """Return the style of all pages."""
    own = files("countersign.publishing") / "templates" / "site" / "site.css"
    return own.read_text(encoding="utf-8")
