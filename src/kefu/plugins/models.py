"""The base of what goes into a tool and comes out of it."""

from pydantic import BaseModel, ConfigDict


class Arguments(BaseModel):
    """Arguments of a tool: unknown fields are refused, and nothing changes them once they are checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(BaseModel):
    """What a tool gives back. Times are aware, money is Decimal."""

    model_config = ConfigDict(frozen=True)


class PluginSettings(BaseModel):
    """A plugin's settings in one workspace: each with a type, a default and a description."""

    model_config = ConfigDict(extra="forbid", frozen=True)
