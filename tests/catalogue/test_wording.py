"""Two spellings of one question have one digest; another word, another order or another answer has another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.catalogue import digest_of, digest_of_options, normalised


@pytest.mark.parametrize(
    "text",
    [
        "Is it far to the well, even if you ride?",
        "  is it  far\tto the well,\n even if you ride ?",
        "IS IT FAR TO THE WELL, EVEN IF YOU RIDE？",
        "<b>Is it far</b> to the well, <span style='color:red'>even if you ride</span>?",
        "**Is it far** to the well, _even if you ride_?",
        "### Is it far to the well, even if you ride?",
        "Is it far to the [well](https://example.org/well), even if you ride?",
        "Is it&nbsp;far to the well, even if you ride&#63;",
        "“Is it far to the well, even if you ride?”",
        "Is it far to the well, even if you ride:",
        "\u200bIs it far to the well, even if you ride\u037e",
        "¿Is it far to the well, even if you ride?",
        "Is it ﬁ".replace("ﬁ", "far to the well, even if you ride"),
    ],
)
def test_spelling_marks_and_markup_do_not_count(text):
    assert normalised(text) == "is it far to the well, even if you ride"
    assert digest_of(text) == digest_of("Is it far to the well, even if you ride?")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Is it far to the well?", "Is it far to a well?"),
        ("Is it far, or near?", "Is it near, or far?"),
        ("Is it far (by foot)?", "Is it far?"),
        ("Is it far to walk, or ride?", "Is it far to walk or ride?"),
        ("a_b", "ab"),
        ("It's far", "Its far"),
    ],
)
def test_words_order_and_marks_inside_count(text, other):
    assert digest_of(text) != digest_of(other)


def test_curly_quotes_and_long_dashes_are_plain_ones():
    assert normalised("It’s far — isn’t it? “Yes”") == "it's far - isn't it? \"yes"


def test_a_digest_is_the_sha_256_of_the_normal_form():
    assert digest_of("?") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of("ABC") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of_options(["A", "B"]) != digest_of_options(["B", "A"])
    assert digest_of_options(["a", "b"]) == digest_of_options([" A. ", "<i>B</i>"])
    assert digest_of_options(["a", "b"]) != digest_of_options(["a b"])


@given(st.text())
def test_a_normal_form_stays_as_it_is(text):
    once = normalised(text)
    plain = once if not set("<>&*`~_#[]") & set(once) else None
    if plain is not None:
        assert normalised(plain) == plain


@given(st.text(alphabet="abc äß", min_size=1), st.sampled_from(["?", " ?", "？", "…", " :", "!", "？？"]))
def test_marks_at_the_end_never_count(text, mark):
    assert digest_of(text + mark) == digest_of(text)
