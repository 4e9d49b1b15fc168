"""Bodies of what those ask who connect MCP servers (docs/guide/mcp.md)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from kefu.domain.action import AuthLevel
from kefu.domain.mcp import BoundTo, McpDefinition, McpTerms, McpToolState
from kefu.server.schemas import Request
from kefu.services.mcp.servers import McpServerView, McpToolView

Name = Annotated[str, Field(min_length=1, max_length=128)]
Names = Annotated[list[Name], Field(max_length=100)]


class McpServerRequest(Request):
    """``url`` empty: the server of this name in the operator's file, which alone names programs and credentials."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,23}$")]
    url: Annotated[str, Field(max_length=800)] = ""


class McpAcceptRequest(Request):
    """By which terms a tool may be called. ``fingerprint``: of the description that was looked at."""

    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    effect: Literal["read", "write"] = "write"
    confirm: Literal["always", "never"] = "always"
    auth: Annotated[AuthLevel, Field(strict=False)] = AuthLevel.IDENTIFIED
    bind: Annotated[
        dict[Name, Annotated[BoundTo, Field(strict=False)]],
        Field(max_length=20, description="Arguments that kefu sets: the contact's external id, or the write's key."),
    ] = Field(default_factory=dict)
    is_shared: Annotated[bool, Field(description="What it reads or does is nobody's own.")] = False
    facts: Names = Field(default_factory=list)
    hide: Names = Field(default_factory=list)
    seconds: Annotated[float, Field(gt=0, le=30)] = 8.0
    errors_mean_not_done: bool = False

    def to_terms(self) -> McpTerms:
        given = self.model_dump(exclude={"fingerprint"})
        return McpTerms(**{**given, "facts": tuple(self.facts), "hide": tuple(self.hide)})


class McpTermsBody(BaseModel):
    effect: str
    confirm: str
    auth: AuthLevel
    bind: dict[str, BoundTo]
    is_shared: bool
    facts: list[str]
    hide: list[str]
    seconds: float
    errors_mean_not_done: bool

    @classmethod
    def of(cls, terms: McpTerms) -> "McpTermsBody":
        return cls(
            effect=terms.effect,
            confirm=terms.confirm,
            auth=terms.auth,
            bind=terms.bind,
            is_shared=terms.is_shared,
            facts=list(terms.facts),
            hide=list(terms.hide),
            seconds=terms.seconds,
            errors_mean_not_done=terms.errors_mean_not_done,
        )


class McpDefinitionBody(BaseModel):
    """What the server says of a tool: the words of a stranger. ``arguments`` and ``result`` are JSON Schemas."""

    description: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    annotations: dict[str, Any]
    fingerprint: str

    @classmethod
    def of(cls, found: McpDefinition) -> "McpDefinitionBody":
        return cls(
            description=found.description,
            arguments=found.arguments,
            result=found.result,
            annotations=found.annotations,
            fingerprint=found.fingerprint,
        )


class McpToolResponse(BaseModel):
    """``tool`` is what flows call it by; ``accepted`` is what was said yes to, when that is not ``found`` any more."""

    name: str
    tool: str | None
    state: McpToolState
    reason: str
    warnings: list[str]
    found: McpDefinitionBody
    accepted: McpDefinitionBody | None
    terms: McpTermsBody | None
    changed_at: datetime

    @classmethod
    def of(cls, view: McpToolView) -> "McpToolResponse":
        tool = view.tool
        is_other = tool.accepted is not None and tool.accepted != tool.found
        return cls(
            name=tool.name,
            tool=tool.tool,
            state=tool.state,
            reason=tool.reason,
            warnings=list(view.warnings),
            found=McpDefinitionBody.of(tool.found),
            accepted=McpDefinitionBody.of(tool.accepted) if tool.accepted is not None and is_other else None,
            terms=None if tool.terms is None else McpTermsBody.of(tool.terms),
            changed_at=tool.changed_at,
        )


class McpServerResponse(BaseModel):
    """``problem``: why its tools could not be listed the last time. ``url`` empty: it is one of the operator's file."""

    name: str
    url: str
    is_enabled: bool
    created_at: datetime
    checked_at: datetime | None
    problem: str
    tools: list[McpToolResponse]

    @classmethod
    def of(cls, view: McpServerView) -> "McpServerResponse":
        server = view.server
        return cls(
            name=server.name,
            url=server.url,
            is_enabled=view.is_enabled,
            created_at=server.created_at,
            checked_at=server.checked_at,
            problem=server.problem,
            tools=[McpToolResponse.of(tool) for tool in view.tools],
        )


class McpServerListResponse(BaseModel):
    servers: list[McpServerResponse]
