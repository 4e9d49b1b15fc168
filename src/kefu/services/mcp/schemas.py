"""JSON Schema as a server gives it, made a pydantic model, so that the gate can hold calls and results to it.

A part that this does not know is an error that names it: a schema that is half checked is one that is not checked.
``format`` is an annotation (JSON Schema 2020-12, 7.2.1) and promises nothing.
"""

from collections.abc import Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    create_model,
    model_serializer,
)
from pydantic.errors import PydanticUserError
from pydantic_core import SchemaError

from kefu.domain.errors import InvalidInputError
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.models import Arguments, Result

_MOST_FIELDS = 200
_DEEPEST = 8
_NOTES = frozenset(
    "$schema $id $comment $defs definitions title description examples default deprecated readOnly writeOnly format "
    "x-mcp-header".split()
)
"""What says nothing about which values are right."""
_KNOWN: dict[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset(),
}
_LIMITS = {
    "minItems": "min_length",
    "maxItems": "max_length",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
}
_PLAIN: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}


class SchemaUnsupportedError(InvalidInputError):
    """A part of a schema that kefu cannot hold a value to."""

    code = "schema_unsupported"
    title = "Schema not supported"

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place or '/'}: {what}.", field="schema")


class _Sparse(BaseModel):
    """What is absent stays absent: it is not sent as null, and not part of the frozen arguments."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_alias=True, validate_by_name=False)

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        required = {field.alias for field in type(self).model_fields.values() if field.is_required()}
        return {name: value for name, value in values.items() if value is not None or name in required}


class SparseArguments(_Sparse, Arguments):
    """Base of arguments that a schema describes."""


class SparseResult(_Sparse, Result):
    """Base of results that a schema describes; what it does not describe is left out."""


def to_arguments(schema: JsonObject, *, without: frozenset[str] = frozenset()) -> type[SparseArguments]:
    """The arguments of a tool, less those that kefu sets itself. Raises SchemaUnsupportedError."""
    return _Reading(schema, SparseArguments).root(without)


def to_result(schema: JsonObject) -> type[SparseResult]:
    """What a tool gives. Raises SchemaUnsupportedError."""
    return _Reading(schema, SparseResult).root(frozenset())


def fields_of(schema: JsonObject | None) -> list[str]:
    """The names of a schema's fields; of a tool that gives text: ``text``."""
    properties = {"text": {}} if schema is None else schema.get("properties")
    return list(properties) if isinstance(properties, dict) else []


class _Reading:
    """One schema. ``base`` is what each object of it becomes a subclass of."""

    def __init__(self, schema: JsonObject, base: type[Any]) -> None:
        self._schema = schema
        self._base: type[_Sparse] = base
        self._fields = 0

    def root(self, without: frozenset[str]) -> type[Any]:
        schema = self._resolved(self._schema, "", ())
        if schema.get("type") != "object":
            raise SchemaUnsupportedError("", "it describes no object")
        self._require_known(schema, "object", "")
        made = self._model(schema, "", (), without)
        try:
            made.model_json_schema()
        except PydanticUserError as error:
            raise SchemaUnsupportedError("", f"it cannot be described ({error.code})") from error
        return made

    def _type(self, schema: object, place: str, seen: tuple[str, ...]) -> Any:
        """The type of a value; ``None`` is part of it where the schema says so."""
        if schema is True or schema == {}:
            return JsonValue
        if not isinstance(schema, dict):
            raise SchemaUnsupportedError(place, "it is no schema")
        if place.count("/") > 2 * _DEEPEST:
            raise SchemaUnsupportedError(place, "it is too deep")
        if "$ref" in schema:
            reference = str(schema["$ref"])
            return self._type(self._resolved(schema, place, seen), place, (*seen, reference))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._choice(schema, key, place, seen)
        if "enum" in schema or "const" in schema:
            return self._literal(schema, place)
        kind = schema.get("type")
        if isinstance(kind, list):
            others = [one for one in kind if one != "null"]
            if len(others) != 1:
                raise SchemaUnsupportedError(f"{place}/type", "only one type, or one and null")
            return self._type({**schema, "type": others[0]}, place, seen) | None
        return self._typed(schema, str(kind) if kind is not None else "", place, seen)

    def _typed(self, schema: JsonObject, kind: str, place: str, seen: tuple[str, ...]) -> Any:
        if kind not in _KNOWN:
            raise SchemaUnsupportedError(f"{place}/type", f"{kind or 'a missing type'} is not known")
        self._require_known(schema, kind, place)
        if kind == "object":
            return self._object(schema, place, seen)
        limits: dict[str, Any] = {_LIMITS[name]: value for name, value in schema.items() if name in _LIMITS}
        found = _PLAIN.get(kind) or GenericAlias(list, (self._type(schema.get("items", True), f"{place}/items", seen),))
        return Annotated[found, Field(**limits)] if limits else found

    def _object(self, schema: JsonObject, place: str, seen: tuple[str, ...]) -> Any:
        if schema.get("properties"):
            return self._model(schema, place, seen, frozenset())
        values = schema.get("additionalProperties", True)
        if values is False:
            return self._model(schema, place, seen, frozenset())
        return GenericAlias(dict, (str, self._type(values, f"{place}/additionalProperties", seen)))

    def _model(self, schema: JsonObject, place: str, seen: tuple[str, ...], without: frozenset[str]) -> type[Any]:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise SchemaUnsupportedError(place, "properties or required has another form")
        if isinstance(schema.get("additionalProperties", True), dict):
            raise SchemaUnsupportedError(f"{place}/additionalProperties", "beside properties it must be true or false")
        self._fields += len(properties)
        if self._fields > _MOST_FIELDS:
            raise SchemaUnsupportedError(place, f"more than {_MOST_FIELDS} fields")
        fields: dict[str, Any] = {}
        for number, (name, value) in enumerate(properties.items()):
            if name in without:
                continue
            found = self._type(value, f"{place}/properties/{name}", seen)
            note = str(value.get("description", "")) if isinstance(value, dict) else ""
            if name in required:
                fields[f"field_{number}"] = (found, Field(alias=name, description=note or None))
            else:
                fields[f"field_{number}"] = (found | None, Field(default=None, alias=name, description=note or None))
        return self._made(fields, place)

    def _made(self, fields: Mapping[str, Any], place: str) -> type[Any]:
        try:
            return create_model(f"Schema{place.replace('/', '_')}", __base__=self._base, **fields)
        except (SchemaError, PydanticUserError, TypeError, ValueError) as error:
            raise SchemaUnsupportedError(place, "a limit or a pattern in it cannot be checked") from error

    def _choice(self, schema: JsonObject, key: str, place: str, seen: tuple[str, ...]) -> Any:
        """``anyOf`` and ``oneOf``: a value or null, or one of several plain types."""
        self._require_only(schema, _NOTES | {key}, place)
        choices = schema[key]
        if not isinstance(choices, list) or not choices:
            raise SchemaUnsupportedError(f"{place}/{key}", "it lists nothing")
        found: Any = None
        has_null = False
        for number, choice in enumerate(choices):
            if isinstance(choice, dict) and choice.get("type") == "null":
                has_null = True
                continue
            one = self._type(choice, f"{place}/{key}/{number}", seen)
            if found is not None and (one not in _PLAIN.values() or found not in _PLAIN.values()):
                raise SchemaUnsupportedError(f"{place}/{key}", "only a value or null, or two plain types")
            found = one if found is None else found | one
        if found is None:
            raise SchemaUnsupportedError(f"{place}/{key}", "it allows nothing but null")
        return found | None if has_null else found

    def _literal(self, schema: JsonObject, place: str) -> Any:
        self._require_only(schema, _NOTES | {"enum", "const", "type"}, place)
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if not isinstance(values, list) or not values:
            raise SchemaUnsupportedError(f"{place}/enum", "it lists nothing")
        plain = [value for value in values if value is not None]
        if not plain or any(not isinstance(value, str | int | bool) for value in plain):
            raise SchemaUnsupportedError(f"{place}/enum", "only texts, integers, true, false and null")
        found = Literal[tuple(plain)]  # type: ignore[valid-type]
        return found | None if None in values else found

    def _resolved(self, schema: JsonObject, place: str, seen: tuple[str, ...]) -> JsonObject:
        """What ``$ref`` names within this schema; nothing is fetched from anywhere."""
        if "$ref" not in schema:
            return schema
        reference = str(schema["$ref"])
        self._require_only(schema, _NOTES | {"$ref"}, place)
        if not reference.startswith("#/"):
            raise SchemaUnsupportedError(f"{place}/$ref", "it leads out of the schema")
        if reference in seen:
            raise SchemaUnsupportedError(f"{place}/$ref", "it leads into itself")
        found: object = self._schema
        for part in reference.removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise SchemaUnsupportedError(f"{place}/$ref", "it leads to nothing")
        return self._resolved(found, place, (*seen, reference))

    def _require_known(self, schema: JsonObject, kind: str, place: str) -> None:
        self._require_only(schema, _NOTES | _KNOWN[kind] | {"type"}, place)

    def _require_only(self, schema: JsonObject, known: frozenset[str], place: str) -> None:
        unknown = sorted(schema.keys() - known)
        if unknown:
            raise SchemaUnsupportedError(f"{place}/{unknown[0]}", "this part of JSON Schema is not known")
