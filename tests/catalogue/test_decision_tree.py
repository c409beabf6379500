"""The decision tree: every path ends, the facts lead one way, and what is not known stays open."""

from __future__ import annotations

import itertools

import pytest

from countersign.catalogue import decision_tree, read_tree, walk
from countersign.errors import CatalogueError

HEAD = "list: t\nholds: node\ntitle: T\nsource: a book\nstatus: read\nentries:\n"
END = "  end: {title: Stop., ceiling: U0, route: r}\n"


def ends_by_hand(node, tree):
    """Every end below a node, by recursion: the slow, obvious version of walking all paths."""
    return [node.id] if node.ends else [end for one in node.answers for end in ends_by_hand(tree[one.to], tree)]


def test_every_way_of_answering_ends_or_says_what_is_open():
    tree = decision_tree()
    questions = [node for node in tree.listing if not node.ends]
    few = [[None, *(one.answer for one in node.answers)] for node in questions[:6]]
    for answers in itertools.product(*few):
        path = walk(tree, dict(zip([node.id for node in questions[:6]], answers, strict=True)))
        assert (path.outcome is None) != (path.open is None)


def test_every_path_of_the_tree_can_be_walked_to_its_end():
    tree = decision_tree()
    reached = []

    def follow(node, facts):
        if node.ends:
            path = walk(tree, facts)
            assert path.outcome is node
            assert [step.id for step, _ in path.steps] == list(facts)
            reached.append(node.id)
        for one in node.answers:
            follow(tree[one.to], facts | {node.id: one.answer})

    follow(tree.start, {})
    assert sorted(reached) == sorted(ends_by_hand(tree.start, tree))
    assert set(reached) == {node.id for node in tree.outcomes}


def test_lines_are_every_path_depth_first():
    tree = decision_tree()
    lines = list(tree.lines())
    assert [node.id for _, _, node in lines if node.ends] == ends_by_hand(tree.start, tree)
    assert lines[0] == (0, None, tree.start)
    assert all(branch is not None and branch.words for _, branch, _ in lines[1:])


@pytest.mark.parametrize(
    ("facts", "end", "ceiling"),
    [
        ({"gate": "no"}, "repair", "U0"),
        ({"gate": "yes", "allowed": "no"}, "not_allowed", ""),
        ({"gate": "yes", "allowed": "yes", "adequate": "yes"}, "validate", "U5"),
        ({"gate": "yes", "allowed": "yes", "adequate": "no", "unit": "case"}, "numerator", "U2"),
        ({"gate": "yes", "allowed": "yes", "adequate": "no", "unit": "collective"}, "collective", "U4"),
        ({"gate": "yes", "allowed": "yes", "adequate": "no", "unit": "place", "effort": "no"}, "effort_unknown", "U2"),
    ],
)
def test_some_ways_by_hand(facts, end, ceiling):
    outcome = walk(decision_tree(), facts).outcome
    assert outcome is not None
    assert (outcome.id, outcome.ceiling) == (end, ceiling)


def test_who_selected_themselves_reach_a_complement_at_most():
    tree = decision_tree()
    facts = {
        "gate": "yes", "allowed": "yes", "adequate": "no", "unit": "person", "benchmark": "yes", "selection": "open",
        "exact_open": "yes", "signed_open": "yes",
    }  # fmt: skip
    outcome = walk(tree, facts).outcome
    assert outcome is not None
    assert outcome.ceiling == "U5"

    def below(node):
        return {node.ceiling} if node.ends else set().union(*(below(tree[one.to]) for one in node.answers))

    assert max(below(tree["exact_open"])) == "U5"


def test_what_is_not_known_stays_open_and_is_named():
    path = walk(decision_tree(), {"gate": "yes", "allowed": None, "adequate": "no"})
    assert path.outcome is None
    assert path.open is not None
    assert path.open.id == "allowed"
    assert path.sentences()[-1].startswith("Not known yet: Does the community allow the use that is wanted?")
    assert path.sentences()[-1].endswith("It is answered by A6.")
    nothing = walk(decision_tree(), {})
    assert (nothing.steps, nothing.open) == ((), decision_tree().start)


def test_a_decision_of_the_two_sides_is_answered_by_no_criterion():
    tree = read_tree(HEAD + "  a: {title: Sign?, answers: {y: end}}\n" + END, where="t.yaml")
    assert walk(tree, {}).sentences() == ("Not known yet: Sign? The two sides decide.",)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"gat": "yes"}, "Did you mean 'gate'"),
        ({"gate": "yse"}, "Did you mean 'yes'"),
        ({"repair": "yes"}, "is an end of the tree"),
    ],
)
def test_facts_the_tree_does_not_know_are_refused(facts, message):
    with pytest.raises(CatalogueError, match=message):
        walk(decision_tree(), facts)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("  a: {title: A?, answers: {y: b, n: end}}\n  b: {title: B?, answers: {y: a, n: end}}\n" + END,
         "runs in a circle: a -> b -> a"),
        ("  a: {title: A?, answers: {y: a}}\n", "runs in a circle: a -> a"),
        ("  a: {title: A?, answers: {y: enb}}\n" + END, "Did you mean 'end'"),
        ("  a: {title: A?, answers: {y: end}}\n" + END + "  b: {title: B., ceiling: U1, route: r}\n",
         "entries.b: No answer leads here"),
        ("  a: {title: A?, answers: {y: end}}\n  end: {title: Stop., ceiling: U0}\n", "The path does not end"),
        ("  a: {title: A?, answers: {y: end}}\n  end: {title: Stop., ceiling: U7, route: r}\n", "There is no use 'U7'"),
        ("  a: {title: A?, reads: [E13], answers: {y: end}}\n" + END, "There is no criterion 'E13'"),
        ("  a: {title: A?, answers: {y: {words: Yes}}}\n" + END, "'to' is missing"),
        (" {}\n", "The tree has no entries"),
    ],
)  # fmt: skip
def test_a_tree_that_does_not_hang_together_is_refused_with_file_and_entry(entries, message):
    with pytest.raises(CatalogueError, match=r"t\.yaml") as caught:
        read_tree(HEAD + entries, where="t.yaml")
    assert message in str(caught.value)


def test_a_tree_whose_paths_meet_again_is_a_tree_all_the_same():
    tree = read_tree(
        HEAD + "  a: {title: A?, answers: {y: b, n: end}}\n  b: {title: B?, answers: {y: end, n: end}}\n" + END,
        where="t.yaml",
    )
    assert [node.id for node in tree.outcomes] == ["end"]
    assert len(list(tree.lines())) == 5
