from pathlib import Path

import pytest

from countersign.errors import SigningError
from countersign.evidence.envelope import line_of, payload_of, seal
from countersign.evidence.keyring import read_statements
from countersign.evidence.keys import SigningKey, new_key
from countersign.evidence.stating import state_key, state_revocation, state_rotation
from countersign.model.statement import Statement


class Keys(dict[str, SigningKey]):
    """Keys by name, made when asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> SigningKey:
        self[name] = new_key(self.folder / name)
        return self[name]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def said(keys: Keys, *told: tuple[str, str, str]) -> list[bytes]:
    """Lines of (who signs, what, of whom): ``("study", "key", "office")``."""
    made = []
    for signer, what, whom in told:
        old, _, new = whom.partition(">")
        if what == "key":
            statement = state_key(keys[old].public, name=old, role="nso")
        elif what == "rotate":
            statement = state_rotation(keys[old].public, keys[new].public, reason="lost", since="2026-01-01")
        elif what == "revoke":
            statement = state_revocation(keys[old].public, reason="stolen", since="2026-01-01")
        else:
            statement = Statement(what, (), {"text": whom})
        made.append(line_of(seal(payload_of(statement), keys[signer])))
    return made


START = (("study", "key", "study"), ("study", "key", "office"))


def test_a_key_that_was_brought_in_may_sign(keys: Keys) -> None:
    found, ring = read_statements(said(keys, *START, ("office", "review", "good")))
    assert found[2].key_id == keys["office"].key_id
    assert ring.founder == ring.own == keys["study"].key_id


def test_a_key_nobody_brought_in_may_not(keys: Keys) -> None:
    with pytest.raises(SigningError, match="No statement before this one") as error:
        read_statements(said(keys, *START, ("stranger", "review", "good")))
    assert "line 3" in error.value.where


@pytest.mark.parametrize("who", ["office", "study", "next"])
def test_what_a_key_signed_before_it_was_revoked_stays_and_what_it_signs_after_is_refused(keys: Keys, who: str) -> None:
    start = (*START, ("office", "review", "before"))
    if who == "next":
        start = (*start, ("office", "rotate", "office>next"))
    lines = said(keys, *start, (who, "revoke", "office"))
    found, ring = read_statements(lines)
    assert found[2].get("text") == "before"
    assert keys["office"].key_id in ring.ends
    with pytest.raises(SigningError) as error:
        read_statements([*lines, *said(keys, ("office", "review", "after"))])
    assert keys["office"].key_id in error.value.problem
    assert "stays valid" in error.value.problem
    assert "(review)" in error.value.problem


def test_a_rotated_key_hands_on_its_place_and_its_role(keys: Keys) -> None:
    lines = said(keys, *START, ("office", "rotate", "office>next"), ("next", "rotate", "next>third"))
    _, ring = read_statements(lines)
    assert ring.current(keys["office"].key_id) == keys["third"].key_id
    assert ring.keys[keys["third"].key_id].role == "nso"
    read_statements([*lines, *said(keys, ("third", "review", "x"))])
    for gone in ("office", "next"):
        with pytest.raises(SigningError, match="was rotated to"):
            read_statements([*lines, *said(keys, (gone, "review", "x"))])


def test_a_lost_key_is_rotated_by_the_study(keys: Keys) -> None:
    _, ring = read_statements(said(keys, *START, ("study", "rotate", "office>next")))
    assert ring.current(keys["office"].key_id) == keys["next"].key_id


def test_the_studys_own_key_can_be_rotated_and_the_new_one_speaks_for_the_study(keys: Keys) -> None:
    lines = said(keys, *START, ("study", "rotate", "study>study2"), ("study2", "key", "party"))
    _, ring = read_statements(lines)
    assert (ring.founder, ring.own) == (keys["study"].key_id, keys["study2"].key_id)
    with pytest.raises(SigningError):
        read_statements([*lines, *said(keys, ("study", "key", "another"))])


@pytest.mark.parametrize(
    "forged",
    [("office", "key", "friend"), ("office", "rotate", "study>friend"), ("office", "revoke", "study"),
     ("office", "rotate", "other>friend"), ("other", "revoke", "office"), ("study", "key", "office"),
     ("study", "rotate", "office>study"), ("study", "rotate", "office>other"), ("study", "revoke", "nobody")],
)  # fmt: skip
def test_nobody_speaks_for_the_key_of_somebody_else(keys: Keys, forged: tuple[str, str, str]) -> None:
    lines = said(keys, *START, ("other", "key", "other"))
    read_statements(lines)
    with pytest.raises(SigningError):
        read_statements([*lines, *said(keys, forged)])


def test_a_statement_that_brings_in_another_key_than_it_names_is_refused(keys: Keys) -> None:
    statement = state_key(keys["friend"].public, name="x", role="nso")
    lying = Statement("key", state_key(keys["office"].public, name="x", role="nso").subjects, statement.predicate)
    with pytest.raises(SigningError, match="another key"):
        read_statements([*said(keys, *START[:1]), line_of(seal(payload_of(lying), keys["study"]))])


def test_a_changed_statement_is_named_by_its_line(keys: Keys) -> None:
    lines = said(keys, *START, ("office", "review", "good"))
    lines[1] = lines[1].replace(b'"sig":"', b'"sig":"AAAA')[:-4] + lines[1][-4:]
    with pytest.raises(SigningError) as error:
        read_statements(lines)
    assert "line 2" in error.value.where
