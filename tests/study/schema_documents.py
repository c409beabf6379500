"""Study documents that the schema allows, drawn by Hypothesis from the schema itself."""

# ruff: noqa: E501

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from countersign.study.schema import study_schema

AWKWARD = [
    "007", "1", "1.0", "1e5", "-3", "+49 30", "=1+1", "= x", "@SUM(A1)", "true", "TRUE", "no", "null", "~", "?", "2025-03-01",
    "12:30", "50%", "'quoted'", '"quoted"', "'", '"', '"""', "[a, b]", "{a: b}", "[", "{", "a, b", "a: b", "a #b", "# c", "a\nb", "a\n\nb ",
    " lead", "trail ", "\t", "tab\tin", "\r", "a\rb", "_x0041_", "x_x000D_", "12345678901234567890", "1.10", "١٢", "水", "🦀", "\u2028", "\ufeff",
    "\x01", "\x7f", "a.b", "a[1]", "a::fr", "title::en", "null.", "-", "--", "!x", "&a", "*a", "|", ">", "%", "`x`", "\\", "\\n", "＝1", "",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    st.text("abc_ 'x=<>", min_size=1, max_size=8),
)
names = st.one_of(
    st.sampled_from([text for text in AWKWARD if text.strip()]),
    st.text("abcdefgh_", min_size=1, max_size=6),
)
numbers = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, 0.1, 1.0, 1e22, 1e-7, 0.30000000000000004, 123456789012345678, -0.0]),
)


MADE: dict[tuple[int, bool], tuple[dict[str, Any], st.SearchStrategy[Any]]] = {}


def drawn(schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Return values that a schema allows."""
    key = (id(schema), bool(depth))
    if key not in MADE:
        MADE[key] = (schema, _drawn(schema, depth))
    return MADE[key][1]


def _drawn(schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return drawn(study_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]], depth)
    if "anyOf" in schema:
        return st.one_of([drawn(one, depth) for one in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind is None or isinstance(kind, list):
        kinds = kind or ["string", "number", "boolean"]
        return st.one_of([drawn({**schema, "type": one}, depth) for one in kinds])
    if kind == "object":
        return _mapping(schema, depth)
    if kind == "array":
        own = st.lists(drawn(schema.get("items", {}), depth + 1), min_size=schema.get("minItems", 0), max_size=3)
        return own.filter(lambda found: len(found) <= schema.get("maxItems", 9)) if "maxItems" in schema else own
    if kind == "string":
        return texts
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    return _number(schema, kind)


def _number(schema: dict[str, Any], kind: str) -> st.SearchStrategy[Any]:
    low, high = (
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum", schema.get("exclusiveMaximum")),
    )
    if kind == "integer":
        return st.integers(low, high)
    if low is None and high is None:
        return numbers
    return st.floats(
        low, high, exclude_min="exclusiveMinimum" in schema, exclude_max="exclusiveMaximum" in schema,
        allow_nan=False, allow_infinity=False,
    )  # fmt: skip


def _mapping(schema: dict[str, Any], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    known = schema.get("properties", {})
    needed = schema.get("required", [])
    free = schema.get("additionalProperties", True)

    @st.composite
    def made(draw: st.DrawFn) -> dict[str, Any]:
        optional = [key for key in known if key not in needed]
        most = 3 if depth else 4
        chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=most)) if optional else []
        found = {key: draw(drawn(known[key], depth + 1)) for key in [*needed, *chosen]}
        if free is not False:
            own = {} if free is True else free
            least = max(0, schema.get("minProperties", 0) - len(found))
            for name in draw(st.lists(names, unique=True, min_size=least, max_size=max(least, 2))):
                if name not in known:
                    found[name] = draw(drawn(own, depth + 1)) if own else draw(texts)
        return found

    return made()


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Return whole studies."""
    return drawn(study_schema())
