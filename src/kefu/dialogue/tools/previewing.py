"""What the customer is shown before a write, and the pending action that waits for a yes to it."""

from datetime import timedelta
from decimal import Decimal
from typing import cast

from kefu.dialogue.tools.admission import Admission, Admitted, RefusedError
from kefu.dialogue.tools.limits import needs_approval
from kefu.dialogue.tools.results import Pending, Refusal
from kefu.dialogue.tools.turn import GateTurn
from kefu.domain.action import PendingAction, PendingActionState
from kefu.kit.canonical import sha256_of
from kefu.kit.ids import new_id
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import ToolContext
from kefu.plugins.spec import Preview

CONFIRM_WITHIN = timedelta(minutes=30)
"""After this a preview is too old to say yes to."""
APPROVE_WITHIN = timedelta(hours=24)


async def preview_of(admission: Admission, admitted: Admitted, context: ToolContext) -> JsonObject:
    """``{"text": key, "facts": {…}}`` without hidden fields; without a preview function the arguments are the facts.

    Raises RefusedError.
    """
    hook = admitted.tool.hooks.preview
    if hook is None:
        return {"text": "", "facts": shown(admitted, admitted.frozen)}
    found = await admission.call(admitted, hook, admitted.arguments, context)
    try:
        facts = shown(admitted, cast("Preview", found).facts)
        sha256_of(facts)
        return {"text": cast("Preview", found).text, "facts": facts}
    except (AttributeError, TypeError) as error:
        raise RefusedError(Refusal.TOOL_CRASHED, "its preview is no Preview with JSON facts") from error


def shown(admitted: Admitted, values: JsonObject) -> JsonObject:
    """What of arguments or facts may be seen by people, logs and models."""
    return {name: value for name, value in values.items() if name not in admitted.spec.hide}


def to_action(
    turn: GateTurn, admitted: Admitted, *, key: str, preview: JsonObject, amount: Decimal | None
) -> PendingAction:
    return PendingAction(
        id=new_id("act"),
        workspace_id=turn.workspace_id,
        conversation_id=turn.conversation_id,
        contact_id=turn.contact.id,
        auth=turn.contact.auth,
        caller=turn.caller,
        tool=admitted.spec.name,
        key=key,
        arguments=admitted.frozen,
        arguments_hash=admitted.arguments_hash,
        preview=preview,
        state=PendingActionState.WAITING,
        amount=amount,
        needs_approval=needs_approval(admitted, amount),
        shown_turn=turn.turn_id,
        created_at=turn.now,
        expires_at=turn.now + CONFIRM_WITHIN,
    )


def is_same(action: PendingAction, wanted: PendingAction) -> bool:
    """Whether a yes to the one is a yes to the other: same contact, same arguments, same preview, same need of approval."""
    return (
        action.contact_id == wanted.contact_id
        and action.tool == wanted.tool
        and action.arguments_hash == wanted.arguments_hash
        and sha256_of(action.preview) == sha256_of(wanted.preview)
        and action.needs_approval == wanted.needs_approval
    )


def is_confirmed(action: PendingAction, turn: GateTurn) -> bool:
    """Whether this turn says yes to exactly what an **earlier** turn has shown, as the conversation's log knows it."""
    return (
        turn.pending is not None
        and turn.pending.id == action.id
        and turn.pending.arguments_hash == action.arguments_hash
        and turn.confirmed_hash == action.arguments_hash
        and turn.turn_id != action.shown_turn
    )


def is_still_good(action: PendingAction, turn: GateTurn) -> bool:
    """Whether to go on waiting for a yes to it, instead of asking anew: it is not too old to be said yes to in time."""
    return action.expires_at - turn.now > CONFIRM_WITHIN / 2


def to_pending(action: PendingAction) -> Pending:
    return Pending(
        id=action.id,
        tool=action.tool,
        arguments=action.arguments,
        arguments_hash=action.arguments_hash,
        preview=action.preview,
        expires_at=action.expires_at,
    )
