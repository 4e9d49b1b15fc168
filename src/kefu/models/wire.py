"""Reads one streamed chunk of the chat completions protocol, trusting nothing in it.

Nothing has validated what was parsed, so a field may hold anything: content may be a list of parts (Mistral),
``choices`` may be empty (usage, Azure's filter results) or null, extra fields carry reasoning (DeepSeek, Qwen).
Format: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.domain.errors import ModelProtocolError
from kefu.domain.model import FinishReason, Usage

_FINISH = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH, "content_filter": FinishReason.FILTERED}
_REASONING_FIELDS = ("reasoning_content", "reasoning")


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk says. ``is_alive``: it carries a token, be it text or reasoning."""

    text: str = ""
    is_alive: bool = False
    finish: FinishReason | None = None
    usage: Usage | None = None
    model: str | None = None


def read_chunk(chunk: object) -> Piece:
    """Translate a chunk; raise ``ModelProtocolError`` if it is no JSON object."""
    if not isinstance(chunk, Mapping):
        raise ModelProtocolError("The provider sent a chunk that is no JSON object.")
    choice = _first(_field(chunk, "choices"))
    delta = _field(choice, "delta")
    text = _text(_field(delta, "content"))
    return Piece(
        text=text,
        is_alive=bool(text) or any(_field(delta, name) for name in _REASONING_FIELDS),
        finish=_finish(_field(choice, "finish_reason")),
        usage=_usage(_field(chunk, "usage")),
        model=_string(_field(chunk, "model")) or None,
    )


def _field(item: object, name: str) -> object:
    return item.get(name) if isinstance(item, Mapping) else None


def _first(items: object) -> object:
    return items[0] if isinstance(items, list) and items else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(_part_text(part) for part in content)
    return _string(content)


def _part_text(part: object) -> str:
    """A part is a string or {"type": "text", "text": …}; parts of other types (thinking, image) are not said."""
    return _string(part) or (_string(_field(part, "text")) if _field(part, "type") in {"text", None} else "")


def _finish(reason: object) -> FinishReason | None:
    return _FINISH.get(reason, FinishReason.OTHER) if isinstance(reason, str) and reason else None


def _usage(usage: object) -> Usage | None:
    prompt, completion = _field(usage, "prompt_tokens"), _field(usage, "completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    cached = _field(_field(usage, "prompt_tokens_details"), "cached_tokens") or _field(usage, "prompt_cache_hit_tokens")
    return Usage(prompt, completion, cached if isinstance(cached, int) else 0)
