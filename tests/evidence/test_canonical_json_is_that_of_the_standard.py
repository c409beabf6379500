import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.evidence.canonical import LARGEST, canonical, loads

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_both_ways_to_write_give_the_same_bytes(value) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical(loads(canonical(value))) == canonical(value)


def test_control_characters_and_the_end_of_ascii() -> None:
    text = "".join(map(chr, range(0xA0))) + "\u2028\ue000\U0001f600"
    assert canonical({"text": text}) == rfc8785.dumps({"text": text})
    assert canonical({"\ue000": 1, "\U0001f600": 2}) == rfc8785.dumps({"\ue000": 1, "\U0001f600": 2})
