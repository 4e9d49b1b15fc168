"""Adapter to every endpoint that speaks OpenAI's chat completions."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import TypeVar

from openai import AsyncOpenAI, AsyncStream

from kefu.domain.errors import ModelError, ModelProtocolError
from kefu.domain.model import ModelChunk, ModelRequest, ReplyForm, TextDelta
from kefu.kit.clock import Clock
from kefu.models.client import open_client
from kefu.models.error_map import LOWER_ERRORS, to_model_error
from kefu.models.port import NOT_CONFIGURED, ChatModel
from kefu.models.reply import Reply
from kefu.models.settings import ModelSettings
from kefu.models.wire import Piece, read_chunk

_T = TypeVar("_T")
TAIL_TIMEOUT = 1.0
"""Seconds to wait for usage and ``[DONE]`` after the finish reason: the answer is whole, these are extras."""


class OpenAICompatibleModel(ChatModel):
    """One attempt, one HTTP call. Retries, the breaker and the total time are the gateway's.

    The first token must come within ``first_token_timeout`` of the call and each further one within
    ``gap_timeout``; reasoning counts as a token, empty chunks and comments do not.
    """

    def __init__(self, settings: ModelSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._client: AsyncOpenAI | None = open_client(settings) if settings.is_configured else None

    @property
    def is_configured(self) -> bool:
        return self._client is not None

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelChunk, None]:
        if self._client is None:
            raise ModelError(NOT_CONFIGURED)
        reply = Reply(request, model=self._settings.name_for(request.tier))
        starts_by = asyncio.get_running_loop().time() + self._settings.first_token_timeout
        async with await self._within(starts_by, self._open(self._client, request)) as upstream:
            _check_content_type(upstream.response.headers.get("content-type", ""))
            async for piece in self._pieces(upstream, reply, starts_by):
                if shown := reply.add(piece):
                    yield TextDelta(shown)
            yield reply.to_completed()

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _open(self, client: AsyncOpenAI, request: ModelRequest) -> AsyncStream[object]:
        """Chunks as the JSON that came: the SDK's typed call makes an object of each, unchecked, which for a short answer
        cost more processor time than all else of the call.
        """
        body = {
            "model": self._settings.name_for(request.tier),
            "messages": [{"role": prompt.role.value, "content": prompt.text} for prompt in request.prompts],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **_response_format(request),
        }
        return await client.post(
            "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
        )

    async def _pieces(self, upstream: AsyncStream[object], reply: Reply, starts_by: float) -> AsyncIterator[Piece]:
        """Read chunks, each by its deadline. After the finish reason every failure is just the end."""
        deadline = starts_by
        while True:  # bounded by the deadline, and by the gateway's total
            try:
                chunk = await self._within(deadline, anext(upstream, None))
            except ModelError:
                if reply.is_finished:
                    return
                raise
            if chunk is None:
                return
            piece = read_chunk(chunk)
            yield piece
            deadline = self._next_deadline(deadline, piece, reply)

    async def _within(self, deadline: float, call: Awaitable[_T]) -> _T:
        """Await a call of the SDK until the deadline (the loop's time), with its errors translated."""
        try:
            async with asyncio.timeout_at(deadline):
                return await call
        except LOWER_ERRORS as error:
            raise to_model_error(error, now=self._clock.now()) from None

    def _next_deadline(self, deadline: float, piece: Piece, reply: Reply) -> float:
        now = asyncio.get_running_loop().time()
        if piece.finish is not None:
            return now + TAIL_TIMEOUT
        return now + self._settings.gap_timeout if piece.is_alive and not reply.is_finished else deadline


def _response_format(request: ModelRequest) -> dict[str, object]:
    """https://platform.openai.com/docs/api-reference/chat/create#chat-create-response_format"""
    if request.schema is None or request.form is ReplyForm.TEXT:
        return {}
    if request.form is ReplyForm.OBJECT:
        return {"response_format": {"type": "json_object"}}
    named = {"name": request.schema.name, "schema": request.schema.schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _check_content_type(content_type: str) -> None:
    """A page for people is no stream; other types are often just mislabelled."""
    if content_type.startswith("text/html"):
        raise ModelProtocolError("The endpoint sent an HTML page: check KEFU_MODEL_BASE_URL.")
