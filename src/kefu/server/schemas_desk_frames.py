"""Frames that an agent's program sends on the desk's WebSocket (docs/guide/inbox.md)."""

from typing import Annotated, Literal

from pydantic import Field

from kefu.domain.desk import AgentState
from kefu.server.schemas import Request, ShortText


class StateFrame(Request):
    """As ``PUT /desk/agents/me``."""

    type: Literal["state"]
    state: Annotated[AgentState, Field(strict=False)]


class WatchFrame(Request):
    """Send this conversation's own events above a number, until ``unwatch``."""

    type: Literal["watch"]
    conversation_id: ShortText
    after: Annotated[int, Field(ge=0)] = 0


class ConversationFrame(Request):
    """``typing``: I am writing to its customer."""

    type: Literal["unwatch", "typing"]
    conversation_id: ShortText


class PlainFrame(Request):
    type: Literal["ping", "pong"]
