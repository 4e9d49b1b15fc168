"""What a model may propose, as it is written on the wire. There is no word for a yes: only customers say it."""

from dataclasses import dataclass
from typing import Literal, get_args

from kefu.domain.model import ReplySchema
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.models.structured import UnreadableReplyError

Deed = Literal["start_flow", "set_slot", "ask", "cancel", "deny", "skip", "handoff"]
DEEDS: tuple[Deed, ...] = get_args(Deed)
MOST_PROPOSALS = 12
_LONGEST = 500
_STRING: JsonObject = {"type": "string"}
_PROPOSAL: JsonObject = {
    "type": "object",
    "properties": {
        "do": {"type": "string", "enum": [*DEEDS]},
        "flow": _STRING,
        "slot": _STRING,
        "words": _STRING,
        "choices": {"type": "array", "items": _STRING},
    },
    "required": ["do", "flow", "slot", "words", "choices"],
    "additionalProperties": False,
}
COMMANDS = ReplySchema(
    "commands",
    {
        "type": "object",
        "properties": {"commands": {"type": "array", "items": _PROPOSAL}},
        "required": ["commands"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that a model proposes; nothing in it is believed yet. ``do`` may be any word."""

    do: str
    flow: str = ""
    slot: str = ""
    words: str = ""
    choices: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """For the trace."""
        return " ".join(filter(None, (self.do, self.flow or self.slot)))[:_LONGEST]


def read_proposals(reply: JsonObject) -> tuple[Proposal, ...]:
    """The proposals of a reply. Raises UnreadableReplyError when it has another shape."""
    found = reply.get("commands")
    if not isinstance(found, list):
        raise UnreadableReplyError('it has no list "commands"')
    if len(found) > MOST_PROPOSALS:
        raise UnreadableReplyError(f"it has more than {MOST_PROPOSALS} commands")
    return tuple(_read(one) for one in found)


def _read(entry: JsonValue) -> Proposal:
    if not isinstance(entry, dict):
        raise UnreadableReplyError("a command is no JSON object")
    texts = {name: entry.get(name) or "" for name in ("do", "flow", "slot", "words")}
    wrong = next((name for name, text in texts.items() if not isinstance(text, str) or len(text) > _LONGEST), None)
    if wrong is not None:
        raise UnreadableReplyError(f'"{wrong}" of a command is no short text')
    choices = entry.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
        raise UnreadableReplyError('"choices" of a command is no list of texts')
    return Proposal(**{name: str(text).strip() for name, text in texts.items()}, choices=tuple(map(str, choices)))
