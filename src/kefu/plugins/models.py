"""The base of what goes into a tool and comes out of it."""

from functools import lru_cache
from typing import cast

from pydantic import BaseModel, ConfigDict

from kefu.kit.jsonvalue import JsonObject

_MOST_SCHEMAS = 1024


class Arguments(BaseModel):
    """Arguments of a tool: unknown fields are refused, and nothing changes them once they are checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(BaseModel):
    """What a tool gives back. Times are aware, money is Decimal."""

    model_config = ConfigDict(frozen=True)


class PluginSettings(BaseModel):
    """A plugin's settings in one workspace: each with a type, a default and a description."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@lru_cache(maxsize=_MOST_SCHEMAS)
def schema_of(model: type[BaseModel]) -> JsonObject:
    """The JSON schema of arguments or of a result, made once for each class: to be read, not to be changed."""
    return cast("JsonObject", model.model_json_schema())
