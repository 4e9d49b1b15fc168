"""What a model may do in one round: call one reading tool, or answer. Nothing else can be written down."""

import json
from dataclasses import dataclass, field

from kefu.domain.model import ReplySchema
from kefu.kit.jsonvalue import JsonObject
from kefu.models.structured import UnreadableReplyError

MOST_SENTENCES = 6
_LONGEST_SENTENCE, _LONGEST_ARGUMENTS = 300, 2000
_STRING: JsonObject = {"type": "string"}
STEP = ReplySchema(
    "step",
    {
        "type": "object",
        "properties": {
            "tool": _STRING,
            "arguments": {"type": "string", "description": "A JSON object, as text."},
            "answer": {"type": "array", "items": _STRING},
        },
        "required": ["tool", "arguments", "answer"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class Step:
    """``tool`` empty: ``answer`` is the end."""

    tool: str = ""
    arguments: JsonObject = field(default_factory=dict)
    answer: tuple[str, ...] = ()


def read_step(reply: JsonObject) -> Step:
    """Raises UnreadableReplyError when a reply is neither a call nor an answer."""
    tool, answer = reply.get("tool") or "", reply.get("answer") or []
    if not isinstance(tool, str):
        raise UnreadableReplyError('"tool" is no text')
    if not isinstance(answer, list) or not all(isinstance(one, str) for one in answer):
        raise UnreadableReplyError('"answer" is no list of texts')
    if tool:
        return Step(tool.strip(), _read_arguments(reply.get("arguments") or {}))
    sentences = [str(one).strip() for one in answer if str(one).strip()]
    return Step(answer=tuple(one for one in sentences[:MOST_SENTENCES] if len(one) <= _LONGEST_SENTENCE))


def _read_arguments(given: object) -> JsonObject:
    if isinstance(given, str) and len(given) <= _LONGEST_ARGUMENTS:
        try:
            given = json.loads(given or "{}")
        except (ValueError, RecursionError) as error:
            raise UnreadableReplyError('"arguments" is no JSON object') from error
    if not isinstance(given, dict):
        raise UnreadableReplyError('"arguments" is no JSON object')
    return given
