"""What is known when a turn begins, as lines for a model: values of slots, with who said them and when."""

from collections.abc import Iterator

from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.state import CONVERSATION, DialogueState, SlotValue
from kefu.dialogue.flows.state_json import from_json
from kefu.dialogue.memory.context import Past


def past_of(context: TurnContext) -> Past:
    """The past of a turn's conversation."""
    stored = context.state.dialogue
    dialogue = DialogueState() if stored is None else from_json(stored)
    is_open = context.state.open_question is not None or dialogue.open is not None or dialogue.pending is not None
    return Past(context.history, tuple(_lines(dialogue)), is_open=is_open)


def _lines(dialogue: DialogueState) -> Iterator[str]:
    """What waits first, then the slots of open flows, the uppermost first, then those that outlive them."""
    if dialogue.pending is not None:
        yield f"{dialogue.pending.tool}: waits for the customer's yes ({dialogue.pending.turn_id})"
    for frame in reversed(dialogue.stack):
        yield f"open: {frame.flow} (since {frame.opened_by})"
    for scope in (*(frame.id for frame in reversed(dialogue.stack)), CONVERSATION):
        for name, slot in dialogue.slots.get(scope, {}).items():
            if not slot.is_skipped and not slot.is_mention:
                yield f"{name}: {_shown(slot)} ({slot.source}, {slot.turn_id})"


def _shown(slot: SlotValue) -> str:
    """The value, and how the customer reads it where that says more."""
    value = str(slot.value) if slot.is_resolved and slot.value is not None else slot.raw
    return value if slot.display in {"", value} else f"{value} = {slot.display}"
