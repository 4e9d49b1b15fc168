"""What happens at the desk, as lines above the input line."""

from kefu.cli.inbox.screen import Json, Screen, shorten

_LOUD = "bold yellow"
_APPROVALS = frozenset({"approval_requested", "approval_decided", "write_unknown", "write_settled"})


def is_of_interest(event: Json, opened: str | None) -> bool:
    """What happens in the opened conversation is shown there; approvals are shown wherever they come from."""
    return event["conversation_id"] != opened or event["type"] in _APPROVALS


def tell(screen: Screen, event: Json) -> None:
    """One line about an event of the desk, or none."""
    data, number = event["data"], event["conversation_id"][-6:]
    match event["type"]:
        case "conversation_queued":
            why = screen.get(f"why_{data['policy'] or data['reason']}")
            screen.say(screen.get("told_queued", number=number, why=why), _LOUD)
        case "message_arrived" if data["message"]["author"] == "visitor":
            screen.say(screen.get("told_message", number=number, text=shorten(data["message"]["text"])), "yellow")
        case "conversation_taken":
            screen.say(screen.get("told_taken", number=number, name=data["agent_name"]))
        case "conversation_resolved":
            screen.say(screen.get("told_resolved", number=number))
        case "conversation_transferred":
            screen.say(screen.get("told_moved", number=number))
        case "conversation_rated":
            screen.say(screen.get("told_rated", number=number, score=data["score"], comment=shorten(data["comment"])))
        case kind if kind in _APPROVALS:
            _tell_of_action(screen, event, number)


def _tell_of_action(screen: Screen, event: Json, number: str) -> None:
    data, tool = event["data"], event["data"]["tool"]
    match event["type"]:
        case "approval_requested":
            screen.say(screen.get("told_approval", number=number, tool=tool, amount=data["amount"] or ""), _LOUD)
        case "approval_decided":
            state, name = screen.get(f"action_{data['state']}"), data["agent_name"] or ""
            screen.say(screen.get("told_decided", number=number, tool=tool, state=state, name=name))
        case "write_unknown":
            screen.say(screen.get("told_unknown", number=number, tool=tool), _LOUD)
        case "write_settled":
            screen.say(
                screen.get("told_settled", number=number, tool=tool, status=screen.get(f"write_{data['status']}"))
            )
