"""A receipt code is read aloud: every single mistake and every swap is found, and nobody can list codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.errors import ConsentError
from countersign.evidence.contributors import GROUP, LENGTH, SIGNS, Contributors, read_code


@pytest.fixture(scope="module")
def contributors(tmp_path_factory: pytest.TempPathFactory) -> Contributors:
    return Contributors(tmp_path_factory.mktemp("study"))


def test_a_code_has_no_sign_that_is_mistaken_for_another() -> None:
    assert not set(SIGNS) & set("AEIOUY01LIOSZBGDPTVNQ")
    assert len(SIGNS) == 17


@given(number=st.integers(0, 10**9), place=st.integers(0, LENGTH - 1), other=st.sampled_from(SIGNS))
def test_every_single_mistake_is_found(contributors: Contributors, number: int, place: int, other: str) -> None:
    code = contributors.code(str(number))
    assert read_code(f" {code.lower().replace('-', ' ')} ") == code
    signs = code.replace("-", "")
    if signs[place] != other:
        with pytest.raises(ConsentError, match="One sign"):
            read_code(signs[:place] + other + signs[place + 1 :])


@given(number=st.integers(0, 10**9), one=st.integers(0, LENGTH - 1), two=st.integers(0, LENGTH - 1))
def test_every_swap_is_found(contributors: Contributors, number: int, one: int, two: int) -> None:
    signs = list(contributors.code(str(number)).replace("-", ""))
    if signs[one] != signs[two]:
        signs[one], signs[two] = signs[two], signs[one]
        with pytest.raises(ConsentError, match="swapped"):
            read_code("".join(signs))


def test_codes_of_another_study_are_others_and_all_differ(contributors: Contributors, tmp_path: Path) -> None:
    other = Contributors(tmp_path)
    own = [contributors.code(f"P-{n}") for n in range(2000)]
    assert len(set(own)) == 2000
    assert not set(own) & {other.code(f"P-{n}") for n in range(2000)}
    assert all(len(code) == LENGTH + (LENGTH - 1) // GROUP for code in own)


def test_a_destroyed_key_is_gone_and_a_new_one_is_another(tmp_path: Path) -> None:
    keys = Contributors(tmp_path)
    keys.ensure(["a", "b"])
    old = keys.key("a")
    assert keys.destroy("a")
    assert not keys.destroy("a")
    assert keys.key("a") is None
    assert keys.key("b") is not None
    assert old not in keys.path.read_bytes()
    keys.ensure(["a", "b"])
    assert keys.key("a") not in (None, old)
    assert Contributors(tmp_path).key("a") == keys.key("a")
    assert keys.path.stat().st_mode & 0o077 == 0
