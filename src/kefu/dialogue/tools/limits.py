"""How often, and for how much, before a person has to look at it."""

from decimal import Decimal

from kefu.dialogue.tools.admission import Admission, Admitted, RefusedError
from kefu.dialogue.tools.ledger import Ledger
from kefu.dialogue.tools.results import Refusal
from kefu.dialogue.tools.turn import GateTurn
from kefu.plugins.context import ToolContext


async def require_rate(ledger: Ledger, admitted: Admitted, turn: GateTurn) -> None:
    """Writes of one tool for one contact. ``Ledger.begin`` asks again, in the transaction that writes. Raises RefusedError."""
    rate = admitted.spec.rate
    if rate is None:
        return
    since = turn.now - rate.per
    count = await ledger.count_writes(
        turn.workspace_id, contact_id=turn.contact.id, tool=admitted.spec.name, since=since
    )
    if count >= rate.count:
        raise RefusedError(Refusal.TOO_MANY_CALLS, f"{rate.count} in {rate.per}")


async def find_amount(admission: Admission, admitted: Admitted, context: ToolContext) -> Decimal | None:
    """What the write is worth, as the back end says; None when the tool has no limit. Raises RefusedError."""
    if admitted.tool.hooks.amount is None:
        return None
    amount = await admission.call(admitted, admitted.tool.hooks.amount, admitted.arguments, context)
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount < 0:
        raise RefusedError(Refusal.TOOL_CRASHED, "its amount is no Decimal of zero or more")
    return amount


def needs_approval(admitted: Admitted, amount: Decimal | None) -> bool:
    limit = admitted.spec.approve_above
    return limit is not None and amount is not None and amount > limit
