"""JSON Schema as servers write it: what can be checked is checked, the rest is refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kefu.services.mcp.schemas import SchemaUnsupportedError, to_arguments, to_result

ADDRESS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def of(schema: Any, *, required: bool = True) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}, "required": ["x"] if required else []}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "订单"], ["a", "abcd", 5, None]),
        ({"type": "string", "pattern": "^A[0-9]+$"}, ["A1"], ["B1", "xA1"]),
        ({"type": "integer", "minimum": 1, "exclusiveMaximum": 5}, [1, "4"], [0, 5, "x", 1.5]),
        ({"type": "number", "multipleOf": 0.5}, [1.5], [1.3]),
        ({"type": "boolean"}, [True, False], ["maybe"]),
        ({"enum": ["small", "large"]}, ["small"], ["medium"]),
        ({"const": 3}, [3], [4]),
        ({"type": ["string", "null"]}, ["a", None], [[]]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, [1, None], ["x"]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, [[], [1, 2]], [[1, 2, 3], ["x"]]),
        (ADDRESS, [{"city": "上海"}], [{}, {"city": 1}, {"city": "a", "zip": "b"}]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "x"}]),
        ({}, [1, "a", {"b": [None]}], []),
    ],
)
def test_values_are_held_to_it(schema: Any, good: list[Any], bad: list[Any]) -> None:
    made = to_arguments(of(schema))
    for value in good:
        made.model_validate({"x": value}, extra="forbid")
    for value in bad:
        with pytest.raises(ValidationError):
            made.model_validate({"x": value}, extra="forbid")


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "array"}, "/: it describes no object"),
        (of({"type": "string", "contentEncoding": "base64"}), "/properties/x/contentEncoding"),
        (of({"$ref": "https://evil.example/schema.json"}), "/properties/x/$ref: it leads out"),
        (of({"$ref": "#/$defs/Nothing"}), "/properties/x/$ref: it leads to nothing"),
        ({**of({"$ref": "#/$defs/T"}), "$defs": {"T": of({"$ref": "#/$defs/T"})}}, "it leads into itself"),
        (of({"type": "string", "pattern": "(a)\\1"}), "cannot be checked"),
        (of({"type": "tuple"}), "/properties/x/type"),
        (of({"oneOf": [ADDRESS, {"type": "string"}]}), "/properties/x/oneOf"),
        (of({"enum": [1.5]}), "/properties/x/enum"),
        ({**of({"type": "string"}), "if": {}}, "/if"),
        ({"type": "object", "properties": {f"f{n}": {} for n in range(300)}}, "more than 200 fields"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(schema: Any, place: str) -> None:
    with pytest.raises(SchemaUnsupportedError) as caught:
        to_arguments(schema)
    assert place in caught.value.detail


def test_a_deep_schema_ends() -> None:
    schema: Any = {"type": "string"}
    for _ in range(60):
        schema = {"type": "object", "properties": {"x": schema}}
    with pytest.raises(SchemaUnsupportedError, match="too deep"):
        to_arguments(schema)


def test_what_is_absent_stays_absent() -> None:
    made = to_arguments({"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "string"}}})
    frozen = made.model_validate({"a": None}).model_dump(mode="json")
    assert frozen == {}
    needed = to_arguments(of({"type": ["string", "null"]}))
    assert needed.model_validate({"x": None}).model_dump(mode="json") == {"x": None}


def test_what_kefu_sets_is_no_argument() -> None:
    schema: Any = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "who": {"type": "string"}},
        "required": ["who"],
    }
    made = to_arguments(schema, without=frozenset({"who"}))
    assert list(made.model_json_schema()["properties"]) == ["a"]
    with pytest.raises(ValidationError):
        made.model_validate({"who": "bob"}, extra="forbid")


def test_names_may_be_any() -> None:
    names = ["order-id", "_private", "model_config", "class", "订单号", "field_0"]
    made = to_arguments({"type": "object", "properties": {name: {"type": "string"} for name in names}})
    value = dict.fromkeys(names, "v")
    assert made.model_validate(value, extra="forbid").model_dump(mode="json") == value


def test_a_result_leaves_out_what_it_does_not_describe() -> None:
    found = to_result(of({"type": "string"})).model_validate({"x": "a", "internal": "secret"})
    assert found.model_dump(mode="json") == {"x": "a"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYWORDS = st.sampled_from("type properties required items anyOf enum const $ref pattern minLength minimum".split())


@given(st.dictionaries(KEYWORDS, JSON | st.sampled_from(["object", "string", "array"]), max_size=5))
def test_any_nonsense_is_refused_or_read(schema: dict[str, Any]) -> None:
    """Whatever a server sends as a schema, nothing but the one error comes of it."""
    for candidate in (schema, of(schema)):
        try:
            made = to_arguments(candidate)
        except SchemaUnsupportedError:
            continue
        made.model_json_schema()
