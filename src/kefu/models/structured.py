"""Replies that are JSON: asked for in the firmest way that the provider knows, and once more when they cannot be read."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from kefu.domain.errors import ModelError, ModelProtocolError, ModelRejectedError
from kefu.domain.model import Completed, FinishReason, ModelRequest, Prompt, ReplyForm, Role, Tier, Usage
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.models.port import ChatModel

T = TypeVar("T")
MOST_REPEATED = 2000
"""Characters of an unreadable reply that are shown to the model again."""
_AGAIN = "That was no valid reply: {fault}. Reply again with the JSON object only."
_FORMS = tuple(ReplyForm)


class UnreadableReplyError(ValueError):
    """A reply is not what was asked for; the message says what is wrong, for the model."""


@dataclass(slots=True)
class Asking:
    """What asking came to, whole or not: it is kept when the call is cut off by its time limit."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    form: ReplyForm | None = None
    reply: str = ""
    """The last reply, as it came."""
    failure: str | None = None
    ms: int = 0

    def count(self, usage: Usage) -> None:
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class StructuredModel(Generic[T]):
    """Asks for one kind of reply. ``read`` turns a JSON object into it, or raises ``UnreadableReplyError``.

    A provider that refuses a schema (400, 422) is asked for a JSON object, then for text; what it takes is remembered
    for the tier. A reply that cannot be read is asked for once more, with what was wrong.
    """

    def __init__(self, model: ChatModel, read: Callable[[JsonObject], T], *, clock: Clock) -> None:
        self._model = model
        self._clock = clock
        self._read = read
        self._forms: dict[Tier, ReplyForm] = {}

    def using(self, model: ChatModel) -> "StructuredModel[T]":
        """The same by another way to the model; what is learned of the provider is shared."""
        other = StructuredModel(model, self._read, clock=self._clock)
        other._forms = self._forms
        return other

    @property
    def is_configured(self) -> bool:
        return self._model.is_configured

    async def ask(self, request: ModelRequest, asking: Asking) -> T | None:
        """The reply; None when there is none, and ``asking.failure`` says why. ModelErrors do not leave here."""
        started = self._clock.monotonic()
        try:
            return await self._ask(request, asking)
        except ModelError as error:
            asking.failure = error.code
        except UnreadableReplyError as error:
            asking.failure = f"unreadable: {error}"
        finally:
            asking.ms += round((self._clock.monotonic() - started) * 1000)
        return None

    async def _ask(self, request: ModelRequest, asking: Asking) -> T:
        said = await self._in_form(request, asking)
        try:
            return self._read(to_object(said))
        except UnreadableReplyError as error:
            again = _AGAIN.format(fault=error)
            prompts = (*request.prompts, Prompt(Role.ASSISTANT, said[:MOST_REPEATED]), Prompt(Role.USER, again))
        said = await self._in_form(replace(request, prompts=prompts), asking)
        return self._read(to_object(said))

    async def _in_form(self, request: ModelRequest, asking: Asking) -> str:
        first = _FORMS.index(self._forms.get(request.tier, ReplyForm.SCHEMA))
        for form in _FORMS[first:]:
            try:
                said = await self._say(replace(request, form=form), asking)
            except ModelRejectedError as error:
                if form is ReplyForm.TEXT or not error.is_about_request:
                    raise
            else:
                self._forms[request.tier] = form
                return said
        raise ModelProtocolError("No form of reply was tried.")

    async def _say(self, request: ModelRequest, asking: Asking) -> str:
        asking.calls += 1
        asking.form = request.form
        said, completed = await self._model.complete(request)
        asking.reply, asking.model = said, completed.model
        asking.count(completed.usage)
        _require_whole(completed)
        return said


def _require_whole(completed: Completed) -> None:
    if completed.finish is not FinishReason.STOP:
        raise UnreadableReplyError(f"it ended with {completed.finish}")


def to_object(said: str) -> JsonObject:
    """The JSON object in a reply, whatever stands around it (a fence, a sentence). Raises UnreadableReplyError."""
    start, end = said.find("{"), said.rfind("}")
    if start < 0 or end < start:
        raise UnreadableReplyError("there is no JSON object in it")
    try:
        found = json.loads(said[start : end + 1])
        json.dumps(found, ensure_ascii=False).encode()  # half a character (\ud800) can be stored nowhere
    except (ValueError, RecursionError) as error:
        raise UnreadableReplyError(f"it is not valid JSON ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise UnreadableReplyError("it is no JSON object")
    return found
