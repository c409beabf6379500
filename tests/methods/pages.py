"""The pages of docs/methods, drawn from the specifications: ``python tests/methods/pages.py docs/methods``."""

from __future__ import annotations

import sys
from pathlib import Path

from specs import Case, Method, methods

HEAD = (
    "<!-- Drawn from tests/methods: change the specification, then run python tests/methods/pages.py docs/methods -->"
)


def page_of(method: Method) -> str:
    """Return the page of one method."""
    page = method.page
    lines = [HEAD, "", f"# {page['title']}", "", *_text(page["for"]), ""]
    lines += [f"In Python: {', '.join(f'`countersign.{method.home}.{verb}`' for verb in method.verbs)}.", ""]
    for key, title in (
        ("computes", "What it computes"),
        ("assumes", "What must hold"),
        ("when_it_fails", "When it fails"),
        ("refusals", "What it refuses"),
        ("peers", "Beside other software"),
    ):
        if page.get(key):
            lines += [f"## {title}", "", *_text(page[key]), ""]
    lines += ["## By example", "", "Each example is run as a test on every engine.", ""]
    for case in method.cases:
        lines += _case(case)
    lines += ["## Sources", "", *(f"- {source}" for source in page["sources"]), ""]
    return "\n".join(lines)


def index(found: tuple[Method, ...]) -> str:
    """Return the list of all methods."""
    lines = [HEAD, "", "# Methods", ""]
    lines += ["Each page says when you would want the method, what must hold, and shows it on tables small enough to"]
    lines += [
        "check by hand. How often the intervals hold when a model is right, and what happens when it is wrong, is"
    ]
    lines += ["measured in [simulation.md](simulation.md).", ""]
    for home, title in (("inference", "Inference"), ("disclosure", "Protection")):
        lines += [f"## {title}", "", "| method | when |", "|---|---|"]
        lines += [
            f"| [{m.page['title']}]({m.name}.md) | {' '.join(str(m.page['for']).split())} |"
            for m in found
            if m.home == home
        ]
        lines += [""]
    return "\n".join(lines)


def drawn() -> dict[str, str]:
    """Return file name -> text of every page."""
    found = methods()
    return {f"{method.name}.md": page_of(method) for method in found} | {"README.md": index(found)}


def _text(said: object) -> list[str]:
    if isinstance(said, list):
        return [f"- {' '.join(str(each).split())}" for each in said]
    return str(said).strip().splitlines()


def _case(case: Case) -> list[str]:
    lines = [f"### {case.number}. {case.says}", ""]
    for name, table in case.tables.items():
        lines += [f"`{name}`", "", *table.markdown(), ""]
    lines += ["```python", case.expression, "```", ""]
    if case.gives:
        lines += ["gives", "", *case.gives.markdown(), ""]
    else:
        lines += [f"is refused: *{case.refuses}*", ""]
    return lines


if __name__ == "__main__":
    for name, text in drawn().items():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")
