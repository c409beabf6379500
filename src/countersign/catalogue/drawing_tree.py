"""Drawing the decision tree: as an indented list and as a picture, both from the same data."""

from __future__ import annotations

import textwrap
from html import escape

from countersign.catalogue.deciding import decision_tree
from countersign.catalogue.decision import Branch, Node, Tree
from countersign.catalogue.loading import uses
from countersign.catalogue.markdown import head

# Geometry of the picture in pixels; letters are taken as wide, so that a text never leaves its box.
WIDTH, MARGIN, INDENT, GAP, PAD, LINE, LETTER, BADGE = 960, 16, 34, 10, 10, 18, 7.4, 84
QUESTION = "#eef3fa"
ENDS = {
    "U0": "#f1e4e0",
    "U1": "#f4ecd8",
    "U2": "#f4f0d4",
    "U3": "#ecf2d6",
    "U4": "#dff0dc",
    "U5": "#c9e8cf",
    "U6": "#abdcb8",
}


def tree_page() -> str:
    """Return the page of the decision tree: the picture and every path as an indented list."""
    tree = decision_tree()
    lines = [*head(tree.listing), "![The decision tree](images/decision-tree.svg)", "", "## Every path", ""]
    for depth, branch, node, again in _shown(tree):
        lead = f"*{branch.words}*: " if branch else ""
        lines.append(f"{'  ' * depth}- {lead}{_says(node)}{' (as above)' if again else ''}")
    lines += ["", "The highest use a path can reach is a ceiling. Whether it is reached, the [musts](uses.md) decide."]
    return "\n".join(lines) + "\n"


def tree_picture() -> str:
    """Return the decision tree as SVG: one row a question or end, indented under the question it answers."""
    shapes: list[str] = []
    last: dict[int, tuple[float, float]] = {}  # depth -> where the line from the box at that depth starts
    top = float(MARGIN)
    for depth, branch, node, again in _shown(decision_tree()):
        left = MARGIN + depth * INDENT
        room = WIDTH - MARGIN - left
        letters = int((room - 2 * PAD - (BADGE if node.ends else 0)) / LETTER)
        texts = textwrap.wrap(node.title + (" (as above)" if again else ""), letters)
        height = 2 * PAD + LINE * (len(texts) + (branch is not None)) - 2
        middle = top + height / 2
        if depth:
            x, y = last[depth - 1]
            shapes.append(f'<path d="M{x:g} {y:g}V{middle:g}H{left}" fill="none" stroke="#8795a8" stroke-width="1.5"/>')
        fill = ENDS[node.ceiling or "U0"] if node.ends else QUESTION
        shapes.append(
            f'<rect x="{left}" y="{top:g}" width="{room:g}" height="{height:g}" rx="6" fill="{fill}" stroke="#8795a8"/>'
        )
        line = top + PAD + 12
        if branch is not None:
            shapes.append(_text(left + PAD, line, branch.words, 'font-weight="bold" fill="#1d4f91"'))
            line += LINE
        for text in texts:
            shapes.append(_text(left + PAD, line, text, 'fill="#1b1f24"'))
            line += LINE
        if node.ends:
            badge = f"up to {node.ceiling}" if node.ceiling else "as agreed"
            shapes.append(_text(WIDTH - MARGIN - PAD, middle + 5, badge, 'text-anchor="end" font-weight="bold"'))
        last[depth] = (left + INDENT / 2, top + height)
        top += height + GAP
    tall = top - GAP + MARGIN
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {tall:g}" '
        f'width="{WIDTH}" height="{tall:g}" font-family="sans-serif" font-size="13">'
    )
    title = f"<title>{escape(decision_tree().listing.title)}</title>"
    ground = f'<rect width="{WIDTH}" height="{tall:g}" fill="#ffffff"/>'
    return "\n".join([start, title, ground, *shapes, "</svg>"]) + "\n"


def _shown(tree: Tree) -> list[tuple[int, Branch | None, Node, bool]]:
    """Every path, depth first; a question that was shown before is named again and not followed a second time."""
    rows: list[tuple[int, Branch | None, Node, bool]] = []
    seen: set[str] = set()

    def follow(depth: int, branch: Branch | None, node: Node) -> None:
        again = node.id in seen and not node.ends
        rows.append((depth, branch, node, again))
        seen.add(node.id)
        for one in () if again else node.answers:
            follow(depth + 1, one, tree[one.to])

    follow(0, None, tree.start)
    return rows


def _says(node: Node) -> str:
    if not node.ends:
        return f"**{node.title}** ({', '.join(node.reads) or 'the two sides decide'})"
    if not node.ceiling:
        return f"{node.title} Up to what was agreed."
    title = uses()[node.ceiling].title
    return f"{node.title} Up to {node.ceiling} ({title[:1].lower()}{title[1:]})."


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(text)}</text>'
