"""Guards of plugins: what they say of a message before it is read, and of each sentence before it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kefu.dialogue.extending.extensions import CUT_OFF, Asking, Enabled
from kefu.domain.trace import Stage
from kefu.domain.turn import DeltaKind
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.guards import ACTIONS, Guard, GuardAction, OnFailure, Verdict
from kefu.plugins.isolation import PluginFailure

FAILED = "guard_failed"
"""The rule that counts when a guard has failed."""
_STRICTEST = (GuardAction.REFUSE, GuardAction.HAND_OFF)
_WORDED = frozenset({DeltaKind.MODEL})
_SOURCED = frozenset({DeltaKind.MODEL, DeltaKind.QUOTE, DeltaKind.FACT})
_HELD_BACK: Mapping[OnFailure, frozenset[DeltaKind]] = {"quote": _WORDED, "abstain": _SOURCED}
"""What does not leave without its guard, by what the guard has declared."""
_BY_FAILURE: Mapping[OnFailure, GuardAction] = {
    "allow": GuardAction.ALLOW,
    "refuse": GuardAction.REFUSE,
    "hand_off": GuardAction.HAND_OFF,
}


@dataclass(frozen=True, slots=True)
class Admittance:
    """What guards say of a turn's messages. ``text`` is what the customer is told; empty: what kefu says then."""

    action: GuardAction = GuardAction.ALLOW
    rule: str = ""
    text: str = ""
    notes: Mapping[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """What is left of a sentence. ``text`` None: it does not leave. ``is_replaced``: it is the guard's text now."""

    text: str | None
    is_replaced: bool = False


class Guards:
    """The guards of one turn, in the order of their plugins. The strictest word about a message counts."""

    def __init__(self, asking: Asking) -> None:
        self.held_back = 0
        """Sentences that did not pass."""
        self._failed: set[tuple[str, str]] = set()
        """Guards that are not asked again in this turn: each failure may cost the customer their whole time."""
        self._asking = asking
        self._notes: dict[str, JsonObject] = {}
        guards = [(one, guard) for one in asking.enabled for guard in one.plugin.guards]
        self._inward = [(one, guard) for one, guard in guards if guard.place == "input"]
        self._outward = [(one, guard) for one, guard in guards if guard.place == "output"]

    async def admit(self, text: str) -> Admittance:
        """All guards are asked, so that each leaves its notes."""
        found = [(one, guard, await self._judge(one, guard, text)) for one, guard in self._inward]
        for one, guard, verdict in found:
            if verdict.notes:
                self._notes[f"{one.plugin.name}.{guard.name}"] = dict(verdict.notes)
        for action in _STRICTEST:
            for one, guard, verdict in found:
                if verdict.action is action:
                    rule = f"{one.plugin.name}.{guard.name}:{verdict.rule}"
                    return Admittance(action, rule, self._text(one, verdict), self._notes)
        return Admittance(notes=self._notes)

    async def pass_on(self, text: str, kind: DeltaKind) -> Passage:
        """What may be said in the place of a sentence: each guard sees what the one before has left."""
        is_replaced = False
        for one, guard in self._outward:
            if kind not in guard.kinds:
                continue
            verdict = await self._judge_sentence(one, guard, text, kind)
            if verdict.action is GuardAction.REPLACE:
                text, is_replaced = self._text(one, verdict, sentence=text), True
            if verdict.action is GuardAction.BLOCK or not text:
                self.held_back += 1
                return Passage(None)
        return Passage(text, is_replaced)

    async def _judge(self, one: Enabled, guard: Guard, text: str) -> Verdict:
        verdict = await self._ask(one, guard, text, kind=None)
        if verdict is None:
            return Verdict(_BY_FAILURE[guard.when_failed], FAILED)
        return verdict

    async def _judge_sentence(self, one: Enabled, guard: Guard, text: str, kind: DeltaKind) -> Verdict:
        verdict = await self._ask(one, guard, text, kind=kind)
        if verdict is None:
            is_held = kind in _HELD_BACK[guard.when_failed]
            return Verdict.block(FAILED) if is_held else Verdict.allow()
        return verdict

    async def _ask(self, one: Enabled, guard: Guard, text: str, *, kind: DeltaKind | None) -> Verdict | None:
        """None: it has failed."""
        name = (one.plugin.name, guard.name)
        if name in self._failed:
            return None
        stage = Stage.GUARD_IN if guard.place == "input" else Stage.GUARD_OUT
        context = self._asking.context(one, kind=kind, notes=self._notes)
        try:
            verdict = await self._asking.call(one, stage, guard.name, guard.check, text, context, seconds=guard.seconds)
        except PluginFailure:
            self._failed.add(name)
            return None  # traced where it was asked
        if not isinstance(verdict, Verdict) or verdict.action not in ACTIONS[guard.place]:
            self._asking.note(stage, CUT_OFF, reason="it gave no verdict of its place", one=one, part=guard.name)
            return None
        if verdict.action is not GuardAction.ALLOW:
            notes: JsonObject = {"notes": dict(verdict.notes)} if verdict.notes else {}
            self._asking.note(stage, verdict.action.value, reason=verdict.rule, one=one, part=guard.name, **notes)
        return verdict

    def _text(self, one: Enabled, verdict: Verdict, **more: str) -> str:
        return self._asking.text(one, verdict.text, **{**verdict.fields, **more})
