"""The picture of the decision tree: well formed, nothing outside its box, and nothing on top of anything else."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

from countersign.catalogue import decision_tree
from countersign.catalogue.drawing_tree import tree_picture

SVG = "{http://www.w3.org/2000/svg}"


def parts(name):
    return list(ET.fromstring(tree_picture()).iter(SVG + name))


def boxes():
    """Left, top, right, bottom of every box but the ground."""
    found = [{key: float(value) for key, value in one.attrib.items() if key in ("x", "y", "width", "height")}
             for one in parts("rect") if "x" in one.attrib]  # fmt: skip
    return [(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in found]


def test_every_question_and_end_is_in_the_picture():
    said = " ".join(one.text or "" for one in parts("text"))
    for node in decision_tree().listing:
        assert node.title.split()[0] in said
        assert all(branch.words in said for branch in node.answers), node.id


def test_no_two_boxes_touch_and_all_are_inside():
    width, height = (float(ET.fromstring(tree_picture()).attrib[key]) for key in ("width", "height"))
    for left, top, right, bottom in boxes():
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for (_, _, _, above), (_, below, _, _) in itertools.pairwise(boxes()):
        assert above < below


def test_every_text_stands_in_one_box_and_does_not_run_into_the_one_beside_it():
    texts = list(parts("text"))
    for one in texts:
        x, y, letters = float(one.attrib["x"]), float(one.attrib["y"]), len(one.text or "")
        wide = 7.4 * letters
        left = x - wide if one.attrib.get("text-anchor") == "end" else x
        inside = [b for b in boxes() if b[0] <= left and left + wide <= b[2] and b[1] < y - 10 and y + 4 < b[3]]
        assert len(inside) == 1, one.text
    for one, other in itertools.combinations(texts, 2):
        if abs(float(one.attrib["y"]) - float(other.attrib["y"])) < 14:
            start, end = sorted((one, other), key=lambda t: t.attrib.get("text-anchor", ""))
            assert float(start.attrib["x"]) + 7.4 * len(start.text or "") <= float(end.attrib["x"]) - 7.4 * len(
                end.text or ""
            )
