"""How proposals are written down."""

from collections.abc import Mapping

from kefu.dialogue.commands import Amend, Clarify, Command, Dropped, SetSlot, StartFlow
from kefu.dialogue.intents.port import Recognition
from kefu.dialogue.propose.wishes import START
from kefu.dialogue.trace import Choice, Trace
from kefu.domain.trace import Stage
from kefu.kit.jsonvalue import JsonObject


def trace_command(trace: Trace, command: Command) -> None:
    """What was proposed, by whom, from which words."""
    alternatives = (Choice(command.name, command.probability),)
    facts: JsonObject = {}
    if isinstance(command.action, SetSlot):
        facts = {"slot": command.action.slot, "value": command.action.value, "words": command.action.raw}
    elif isinstance(command.action, StartFlow | Amend):
        facts = {"flow": command.action.flow}
    elif isinstance(command.action, Clarify):
        facts = {"options": [*command.action.options]}
    if command.span is not None:
        facts["span"] = [command.span.message, command.span.start, command.span.end]
    reason = f"{command.source}:{command.rule}"
    trace.add(Stage.PROPOSE, command.name, reason=reason, alternatives=alternatives, facts=facts)


def trace_dropped(trace: Trace, dropped: Dropped) -> None:
    command = dropped.command
    facts: JsonObject = {"command": command.name, "source": command.source, "rule": command.rule}
    name = dropped_name(command)
    if name:
        facts["name"] = name
    trace.add(Stage.PROCESS, f"dropped {command.name}", reason=dropped.reason.value, facts=facts)


def dropped_name(command: Command) -> str:
    """The flow or the slot that a command was about."""
    match command.action:
        case StartFlow(flow):
            return flow
        case SetSlot(slot=slot):
            return slot
    return ""


def trace_recognised(trace: Trace, recognised: Mapping[str, Recognition]) -> None:
    """What the classifier made of each text that it was asked about, surest first."""
    for text, found in recognised.items():
        best = found.candidates[0][0] if found.candidates else "nothing"
        trace.add(
            Stage.RECOGNISE,
            best,
            reason="in_scope" if found.is_accepted else "out_of_scope",
            alternatives=tuple(Choice(name, probability) for name, probability in found.candidates),
            threshold=START,
            inputs={"text": text},
            facts={"in_scope": round(found.in_scope, 4)},
        )
