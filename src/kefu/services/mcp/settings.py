"""What kefu does with the Model Context Protocol, and the operator's file of servers."""

import re
from pathlib import Path
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from kefu.domain.errors import ConfigurationError

NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
"""What a server is called; its tools are called NAME_tool."""
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


class McpSettings(BaseModel):
    """Tools of MCP servers, and kefu as such a server."""

    serve: bool = Field(default=False, description="Be an MCP server at `/mcp`. Needs the extra `kefu[mcp]`.")
    hosts: str = Field(
        default="",
        description="Comma-separated values of `Host` that `/mcp` answers to, beside those of KEFU_PUBLIC_URL and of the "
        "address that is listened on.",
    )
    calls_per_minute: int = Field(
        default=120, ge=1, description="Calls of tools that one API key may make in a minute."
    )
    servers: str = Field(
        default="",
        description="A JSON file with MCP servers that are programs, or that need credentials; nobody else can add such. "
        "Empty: none.",
    )
    result_kib: int = Field(default=256, ge=1, le=16_384, description="KiB of one answer of an MCP server.")

    @property
    def servers_file(self) -> Path | None:
        return Path(self.servers) if self.servers else None


class ConfiguredServer(BaseModel):
    """One entry of the operator's file: a program, or an address with the headers that go there and nowhere else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, SecretStr] = Field(default_factory=dict)
    url: str = ""
    headers: dict[Annotated[str, Field(pattern=_HEADER.pattern)], SecretStr] = Field(default_factory=dict)
    workspaces: tuple[str, ...] = ()
    """Slugs of those that may use it; ``*`` is every one."""

    @model_validator(mode="after")
    def _check(self) -> "ConfiguredServer":
        if bool(self.command) == bool(self.url):
            raise ValueError("a server has a command or a url")
        if any(not value.get_secret_value().isprintable() for value in self.headers.values()):
            raise ValueError("a header has a line break or another character that is not printed")
        return self

    def is_for(self, workspace_slug: str) -> bool:
        return "*" in self.workspaces or workspace_slug in self.workspaces


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    servers: dict[str, ConfiguredServer] = Field(alias="mcpServers")


def read_servers(path: Path | None) -> dict[str, ConfiguredServer]:
    """The servers of the operator's file by name. Raises ConfigurationError in one sentence, without its values."""
    if path is None:
        return {}
    try:
        found = _File.model_validate(orjson.loads(path.read_bytes())).servers
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigurationError(f"KEFU_MCP_SERVERS: {path} cannot be read: {type(error).__name__}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"KEFU_MCP_SERVERS: {place}: {first['msg']}.") from error
    for name in found:
        if NAME.fullmatch(name) is None:
            raise ConfigurationError(f"KEFU_MCP_SERVERS: {name!r} is no name: lower-case letters, digits, _ (1 to 24).")
    return found
