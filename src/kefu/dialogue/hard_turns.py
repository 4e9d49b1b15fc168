"""Step 5, last: a turn that rules and classifier leave unsure is read by a model too, once, while passages are looked up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.commands import AskKB, Command, StartFlow
from kefu.dialogue.context import TurnContext
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.hearing import Heard
from kefu.dialogue.memory.known import past_of
from kefu.dialogue.ports import Ports
from kefu.dialogue.propose.checking import PRIOR
from kefu.dialogue.propose.hardness import Hardness, Reason, find_hardness
from kefu.dialogue.propose.joining import join
from kefu.dialogue.propose.llm import Modelled, ModelProposer
from kefu.dialogue.propose.merge import read_for
from kefu.dialogue.propose.situation import Situation
from kefu.dialogue.slots import find_sensitive
from kefu.dialogue.spending import Spending
from kefu.dialogue.trace import Trace
from kefu.domain.trace import Stage
from kefu.kit.jsonvalue import JsonObject

LookUp = Callable[[str], Awaitable[Finding]]
"""Finds passages for a question that stands alone."""
_MOST_REPLY = 1000
"""Characters of a reply that are kept in the trace."""


@dataclass(frozen=True, slots=True)
class HardRead:
    """The commands to go on with. ``found`` was looked up meanwhile, by question. ``hardness`` may still depend on what
    the knowledge base says to its ``pending`` commands.
    """

    commands: tuple[Command, ...]
    hardness: Hardness = field(default_factory=Hardness)
    found: Mapping[str, Finding] = field(default_factory=dict)


class HardTurns:
    """Says whether a turn is hard, with a model or without one, and asks the model if there is one."""

    def __init__(self, proposer: ModelProposer, guard: InputGuard) -> None:
        self._proposer = proposer
        self._guard = guard

    def using(self, ports: Ports) -> "HardTurns":
        """The same for one turn, which asks through its own ports."""
        return HardTurns(self._proposer.using(ports.model, ports.meter), self._guard)

    async def read(
        self,
        commands: tuple[Command, ...],
        *,
        context: TurnContext,
        heard: Heard,
        situation: Situation,
        look_up: LookUp,
        may_ask: bool,
        trace: Trace,
        spending: Spending,
    ) -> HardRead:
        """``may_ask`` False: the text is not trusted, or people will deal with it; it never reaches a model."""
        hardness = find_hardness(commands, heard, situation)
        may_ask = may_ask and self._proposer.is_configured and _may_read(situation) and not _has_secret(hardness, heard)
        found: dict[str, Finding] = {}
        if hardness.pending and may_ask:
            found = await _look_up_all(hardness.pending, look_up)
            hardness = settle(hardness, found)
        spending.is_hard = hardness.is_hard
        _trace_hardness(trace, hardness, may_ask=may_ask)
        if not (hardness.is_hard and may_ask):
            return HardRead(commands, hardness, found)
        started = tuple(one.action.flow for one in commands if isinstance(one.action, StartFlow))
        asked = asyncio.create_task(
            self._proposer.propose(
                heard, situation, past=past_of(context), may_be_seen=self._guard.is_clean, started=started
            )
        )
        try:
            looked = await _look_up_all(_unknown(commands, found), look_up)
            modelled = await asked
        finally:
            asked.cancel()  # a turn that is cancelled, or fails, leaves no call behind
        spending.add(modelled.asking)
        joined = join(commands, modelled.checked, situation)
        _trace_modelled(trace, modelled, joined.dropped)
        commands = _with_mentions(joined.commands, heard, situation)
        return HardRead(commands, hardness, found | looked)


def settle(hardness: Hardness, found: Mapping[str, Finding]) -> Hardness:
    """What is asked makes a turn hard when nothing in the knowledge base answers it: it may have been a wish."""
    asked = [one.action.query for one in hardness.pending if isinstance(one.action, AskKB)]
    if any(query in found and not found[query].is_answerable for query in asked):
        return Hardness((*hardness.reasons, Reason.UNANSWERED))
    return Hardness(hardness.reasons)


def _may_read(situation: Situation) -> bool:
    """Whether the open flow lets a model understand its customers, and would take what it proposes."""
    if not situation.open_flows:
        return True
    mode = situation.open_flows[0].mode
    return mode.llm != "none" and mode.min_confidence <= PRIOR


def _has_secret(hardness: Hardness, heard: Heard) -> bool:
    """Passwords and full card numbers go to no provider."""
    may_be_asked = hardness.is_hard or bool(hardness.pending)
    return may_be_asked and any(find_sensitive(message.text) for message in heard.messages)


async def _look_up_all(commands: tuple[Command, ...], look_up: LookUp) -> dict[str, Finding]:
    queries = [one.action.query for one in commands if isinstance(one.action, AskKB)]
    return {query: await look_up(query) for query in queries}


def _unknown(commands: tuple[Command, ...], found: Mapping[str, Finding]) -> tuple[Command, ...]:
    return tuple(one for one in commands if isinstance(one.action, AskKB) and one.action.query not in found)


def _with_mentions(commands: tuple[Command, ...], heard: Heard, situation: Situation) -> tuple[Command, ...]:
    """What our own grammars read for a flow that the model starts; a value that it gave itself is read already."""
    given = {getattr(one.action, "slot", "") for one in commands}
    more = [
        command
        for one in commands
        if one.source == "model" and isinstance(one.action, StartFlow)
        for command in read_for(one.action.flow, heard, situation)
        if getattr(command.action, "slot", "") not in given
    ]
    return (*commands, *more)


def _trace_hardness(trace: Trace, hardness: Hardness, *, may_ask: bool) -> None:
    reasons: JsonObject = {"reasons": [reason.value for reason in hardness.reasons]}
    if hardness.is_hard:
        trace.add(Stage.ROUTE, "model" if may_ask else "hard", reason=hardness.reasons[0].value, facts=reasons)
    elif hardness.pending:
        trace.add(Stage.ROUTE, "open", reason="if_unanswered")
    else:
        trace.add(Stage.ROUTE, "easy", reason="read_by_rules")


def _trace_modelled(trace: Trace, modelled: Modelled, dropped: tuple[tuple[str, str], ...]) -> None:
    """Each call has an entry of its own, made when it was asked."""
    asking = modelled.asking
    facts: JsonObject = {"model": asking.model, "calls": asking.calls, "reply": asking.reply[:_MOST_REPLY]}
    chosen, reason = ("failed", asking.failure) if asking.failure else ("read", "checked")
    trace.add(Stage.MODEL_READ, chosen, reason=reason, facts=facts)
    for shown, why in dropped:
        trace.add(Stage.MODEL_READ, "dropped", reason="not_believed", facts={"shown": shown, "why": why})
