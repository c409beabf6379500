"""Comments of a YAML text: place -> what a person wrote beside it."""

from __future__ import annotations

from countersign.study.document import Document, Place


def remarks_of(document: Document) -> dict[Place, str]:
    """Return the comments of a document read from YAML.

    A comment on a line of its own belongs to the next key, one at the end of a line to the first key of that line. What
    stands above a blank line at the top is the head of the file, place ``()``; what follows the last key belongs to it.
    """
    found = _comments(document.text)
    if not found:
        return {}
    keys: dict[int, Place] = {}
    for place, line in document.lines.items():
        if place and isinstance(line, int) and (line not in keys or len(place) < len(keys[line])):
            keys[line] = place
    lines = sorted(keys)
    remarks: dict[Place, list[str]] = {}
    for line, text in sorted(found.items()):
        place = keys[line] if line in keys else _next(line, lines, keys)
        if lines and line < lines[0]:
            place = ()
        remarks.setdefault(place, []).append(text)
    return {place: "\n".join(texts) for place, texts in remarks.items()}


def _next(line: int, lines: list[int], keys: dict[int, Place]) -> Place:
    return keys[next((one for one in lines if one > line), lines[-1])] if lines else ()


def _comments(text: str) -> dict[int, str]:
    """Line -> its comment. A ``#`` inside a text is none."""
    import yaml

    if "#" not in text:
        return {}
    inside = bytearray(len(text) + 1)
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            start, end = token.start_mark.index, token.end_mark.index
            if token.style in ("|", ">"):  # the mark is followed by a comment at most; the text ends with its last line
                start = text.find("\n", start)
                end = start + len(_block(text[start:end], token.start_mark))
            inside[start:end] = b"\1" * (end - start)
    found: dict[int, str] = {}
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        for place, sign in enumerate(line):
            if sign == "#" and not inside[at + place] and (place == 0 or line[place - 1] in " \t"):
                found[number] = line[place + 1 :].strip()
                break
        at += len(line) + 1
    return found


def _block(text: str, start: object) -> str:
    """The part of a block of text before comments that stand further left than it."""
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    least = indents[0] if indents else 0
    last = max((n for n, line in enumerate(lines) if n and line.strip() and
                len(line) - len(line.lstrip()) >= least), default=0)  # fmt: skip
    return "\n".join(lines[: last + 1])
