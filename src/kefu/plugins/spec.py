"""What a tool says about itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from kefu.domain.action import AuthLevel, Caller, CallRate
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import ToolContext
from kefu.plugins.models import Arguments, Result

Effect = Literal["read", "write"]
Confirm = Literal["always", "never"]

ToolFunction = Callable[[Any, ToolContext], Awaitable[Result]]
"""``async def create_return(args: CreateReturn, ctx: ToolContext) -> ReturnResult``."""
OwnerOf = Callable[[Any, ToolContext], Awaitable[str | None]]
"""Asks the other system whose thing the arguments name: the owner's ``external_id``, None when there is no such thing."""
Precondition = Callable[[Any, ToolContext], Awaitable[str | None]]
"""A reason code when the tool must not be called now, None when it may."""
AmountOf = Callable[[Any, ToolContext], Awaitable[Decimal]]
"""What a write is worth, asked of the other system, in the workspace's currency."""
FindResult = Callable[[Any, ToolContext], Awaitable[Result | None]]
"""What became of the write with ``ctx.idempotency_key``; None when the other system has no trace of it."""
KeyOf = Callable[[Any, ToolContext], str]
"""What a write is done once for in the whole workspace, such as the order: its part of the idempotency key."""
Undo = Callable[[Any, Any], JsonObject]
"""``(arguments, result)`` of a write → the arguments of the tool that undoes it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a customer is shown before a write: facts, and the key of the plugin's text that says them."""

    text: str
    facts: JsonObject = field(default_factory=dict)


PreviewOf = Callable[[Any, ToolContext], Awaitable[Preview]]


@dataclass(frozen=True, slots=True)
class ToolHooks:
    """The functions around a tool; each is cut off like the tool itself."""

    owner: OwnerOf | None = None
    pre: tuple[Precondition, ...] = ()
    preview: PreviewOf | None = None
    amount: AmountOf | None = None
    find: FindResult | None = None
    undo: Undo | None = None
    idempotency: KeyOf | None = None


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """All that the gate, the linter of flows and a model's list of tools need to know."""

    name: str
    description: str
    arguments: type[Arguments]
    result: type[Result]
    effect: Effect
    auth: AuthLevel
    owned: str
    """What the contact must own, such as ``order``; empty when ownership is not asked for."""
    confirm: Confirm
    timeout: float
    """Seconds for the tool and for each of its hooks."""
    retries: int
    """Further tries of a read that failed. A write is never tried again."""
    callers: frozenset[Caller]
    codes: tuple[str, ...]
    """The reasons that its pre-conditions and errors give, for a flow to branch on."""
    facts: tuple[str, ...]
    """Fields of the result that may be said to the customer."""
    hide: frozenset[str]
    """Fields of arguments and result that are never shown, logged, or given to a model."""
    compensate: str
    """The tool that undoes this one; empty when none does."""
    approve_above: Decimal | None
    """An amount above it waits for an agent's approval."""
    rate: CallRate | None
    fresh_for: timedelta | None
    """How long a flow may rely on what a read gave; None: as long as its arguments are the same."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: called like the function that it was made of, so that its author can test it plainly."""

    spec: ToolSpec
    function: ToolFunction
    hooks: ToolHooks

    @property
    def name(self) -> str:
        return self.spec.name

    async def __call__(self, arguments: Arguments, context: ToolContext) -> Result:
        return await self.function(arguments, context)
