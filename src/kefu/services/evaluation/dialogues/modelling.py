"""The model of a dialogue: what its file scripts, or the one that is configured."""

import json
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from kefu.domain.errors import ModelError
from kefu.domain.model import Completed, FinishReason, ModelChunk, ModelRequest, TextDelta, Usage
from kefu.models.port import NOT_CONFIGURED, ChatModel
from kefu.models.tokens import estimate_request, estimate_tokens


class DialogueModel(ChatModel):
    """Speaks by script while one is loaded, else as the model ``behind`` it (None: there is no model).

    A script has only structured replies (commands, steps of the tool loop); whatever else is asked of it fails, so that
    such turns go on as without a model.
    """

    def __init__(self, behind: ChatModel | None = None) -> None:
        self._behind = behind
        self._script: deque[str] | None = None

    @property
    def is_configured(self) -> bool:
        return self._script is not None or (self._behind is not None and self._behind.is_configured)

    def load(self, replies: Sequence[Any] | None) -> None:
        """What is said from now on, call by call; None: no script."""
        self._script = None if replies is None else deque(map(_to_text, replies))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelChunk, None]:
        if self._script is not None:
            if request.schema is None or not self._script:
                raise ModelError("The script of this dialogue has no reply to this.")
            said = self._script.popleft()
            yield TextDelta(said)
            usage = Usage(estimate_request(request), estimate_tokens(said), is_estimated=True)
            yield Completed(model="scripted", finish=FinishReason.STOP, usage=usage)
            return
        if self._behind is None:
            raise ModelError(NOT_CONFIGURED)
        async with aclosing(self._behind.stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def aclose(self) -> None:
        if self._behind is not None:
            await self._behind.aclose()


def _to_text(reply: Any) -> str:
    """A list is one of commands; an object is said as it is."""
    if isinstance(reply, str):
        return reply
    return json.dumps({"commands": reply} if isinstance(reply, list) else reply, ensure_ascii=False)
