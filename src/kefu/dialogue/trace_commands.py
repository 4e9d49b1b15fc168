"""How proposals are written down."""

from kefu.dialogue.commands import Command, SetSlot, StartFlow
from kefu.dialogue.trace import Choice, Trace
from kefu.kit.jsonvalue import JsonObject


def trace_command(trace: Trace, command: Command) -> None:
    """What was proposed, by whom, from which words."""
    alternatives = (Choice(command.name, command.probability),)
    facts: JsonObject = {}
    if isinstance(command.action, SetSlot):
        facts = {"slot": command.action.slot, "value": command.action.value, "words": command.action.raw}
    elif isinstance(command.action, StartFlow):
        facts = {"flow": command.action.flow}
    if command.span is not None:
        facts["span"] = [command.span.message, command.span.start, command.span.end]
    reason = f"{command.source}:{command.rule}"
    trace.add("propose", command.name, reason=reason, alternatives=alternatives, facts=facts)
