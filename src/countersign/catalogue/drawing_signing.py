"""Drawing signing: roles, positions, kinds of statements and states of a release as one Markdown page."""

from __future__ import annotations

from countersign.catalogue.loading import load
from countersign.catalogue.markdown import head, table


def signing_page() -> str:
    """Return the page of lists on signing."""
    states, kinds = load("release_states"), load("statement_kinds")
    positions, roles = load("signing_positions"), load("signing_roles")
    lines = ["# Signing: roles, positions, statements, states", "", "How to sign step by step: [signing](signing.md)."]
    lines += ["", *_under(head(roles))]
    lines += table(("role", "who", "what it means"), [(f"`{one.id}`", one.title, one["means"]) for one in roles])
    lines += ["", *_under(head(positions))]
    lines += table(
        ("position", "in words", "what it means", "counts toward a quorum"),
        [(f"`{one.id}`", one.title, one["means"], "yes" if one["counts"] else "**no**") for one in positions],
    )
    lines += ["", *_under(head(states)), *_machine(), ""]
    lines += table(
        ("state", "reached from", "by the statement", "when", "what it means"),
        [
            (f"`{one.id}`", ", ".join(one["from"]) or "the start", f"`{one['by']}`", one["when"], one["means"])
            for one in states
        ],
    )
    lines += ["", *_under(head(kinds))]
    lines += table(
        ("kind", "in words", "what it means", "signed by", "made by"),
        [
            (
                f"`{one.id}`",
                one.title,
                one["means"],
                one["signed_by"],
                ", ".join(f"`{name}`" for name in one.get("makes", ())),
            )
            for one in kinds
        ],
    )
    return "\n".join(lines) + "\n"


def _under(lines: list[str]) -> list[str]:
    return [f"#{line}" if line.startswith("# ") else line for line in lines]


def _machine() -> list[str]:
    """The states as a picture that Markdown viewers draw."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for one in load("release_states"):
        lines += [f"    {before} --> {one.id}: {one['by']}" for before in one["from"] or ["[*]"]]
    return [*lines, "```"]
