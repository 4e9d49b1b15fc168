"""Slots are settled on demand: whatever reads one first makes sure that it is valid, or asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Never, TypeVar

from kefu.dialogue.flows.board import Board
from kefu.dialogue.flows.choosing import MULTIPLE, display_of, is_among, resolve, static_choices, to_choices
from kefu.dialogue.flows.control import FlowEndedError, NeedsSlotError, StoppedError
from kefu.dialogue.flows.definition import HANDOFF, Argument, Flow, SlotSpec, Wording
from kefu.dialogue.flows.errors import ExpressionError
from kefu.dialogue.flows.expr import parse
from kefu.dialogue.flows.outputs import Ask, Offer
from kefu.dialogue.flows.port import ToolPort, ToolResult
from kefu.dialogue.flows.reads import Reads, hash_of
from kefu.dialogue.flows.scope import SPECIAL, FlowScope
from kefu.dialogue.flows.slot_types import Matcher
from kefu.dialogue.flows.state import OpenQuestion, Shown, SlotValue
from kefu.dialogue.flows.templates import fields_of, show
from kefu.dialogue.flows.values import to_json
from kefu.domain.turn import HandoffReason
from kefu.kit.jsonvalue import JsonObject, JsonValue

T = TypeVar("T")
_MOST_SLOTS = 64
"""Slots that one expression may make known; more would be a loop."""
NO_CHOICES = "no_choices"


class Collector:
    """Settles the slots of one flow in one pass."""

    def __init__(
        self, board: Board, flow: Flow, frame_id: str, *, scope: FlowScope, port: ToolPort, matcher: Matcher | None
    ) -> None:
        self._board = board
        self._flow = flow
        self._frame_id = frame_id
        self._scope = scope
        self._port = port
        self._reads = Reads(board, frame_id, port)
        self._matcher = matcher
        self._settling: list[str] = []

    async def resolve(self, work: Callable[[], T]) -> T:
        """Do something that reads slots, settling each that it turns out to need."""
        for _ in range(_MOST_SLOTS):
            try:
                return work()
            except NeedsSlotError as need:
                await self.settle(need.slot)
        raise ExpressionError(self._flow.name, "an expression needs too many slots")

    async def arguments(self, arguments: Mapping[str, Argument]) -> tuple[JsonObject, tuple[str, ...]]:
        """The values of a tool's arguments, and the slots that they were made of."""
        with self._scope.watch() as slots:
            values = await self.resolve(lambda: {name: self._value_of(value) for name, value in arguments.items()})
        return values, tuple(sorted(slots))

    async def read(
        self, tool: str, arguments: Mapping[str, Argument], *, fresh_for: timedelta | None = None
    ) -> tuple[ToolResult, str]:
        """A read, through the journal, and the hash of its arguments."""
        values, slots = await self.arguments(arguments)
        facts = self._port.describe(tool)
        if facts is None or facts.effect != "read":
            self.give_up(HandoffReason.TOOL_FAILURE, f"{tool}:not_a_read_tool")
        lasts = fresh_for or facts.fresh_for
        return await self._reads.read(tool, values, slots=slots, fresh_for=lasts), hash_of(values)

    def give_up(self, reason: HandoffReason, detail: str) -> Never:
        """Want a person. Raises StoppedError."""
        self._board.hand_off(reason, detail, self._flow.name)
        raise StoppedError

    async def settle(self, key: str) -> None:
        """Make a slot known, or ask for it (StoppedError)."""
        if key in self._scope.settled:
            return
        if key in self._settling:
            raise ExpressionError(key, "needs itself to be asked")
        self._settling.append(key)
        try:
            await self._settle(self._flow.slots[key.partition("[")[0]], key)
        finally:
            self._settling.pop()
        self._scope.settled.add(key)

    async def _settle(self, spec: SlotSpec, key: str) -> None:
        if not await self._is_wanted(spec):
            self._board.slots.drop(self._scope.place_of(spec), key)
            return
        value = self._scope.find_value(spec)
        if value is not None and value.is_skipped:
            return
        choices, made_from = await self._choices(spec)
        if spec.choices is not None:
            self._board.change(self._frame_id, lambda frame: replace(frame, shown={**frame.shown, spec.name: choices}))
        rejected = ""
        if value is not None:
            kept = self._checked(spec, value, choices=choices, made_from=made_from)
            is_silent = kept is not None or value.is_mention or self._is_outdated(value, made_from)
            rejected = "" if is_silent else value.display or value.raw
            value = kept
        if value is None and spec.is_auto_if_single and len(choices) == 1:
            value = self._automatic(spec, choices[0])
        if value is None:
            self._board.slots.drop(self._scope.place_of(spec), key)
            await self._ask(spec, key, choices=choices, rejected=rejected)
        else:
            self._board.slots.put(
                self._scope.place_of(spec), key, replace(value, valid_for=made_from or value.valid_for)
            )

    async def _is_wanted(self, spec: SlotSpec) -> bool:
        condition = spec.when
        return condition is None or bool(await self.resolve(lambda: condition.evaluate(self._scope)))

    async def _choices(self, spec: SlotSpec) -> tuple[tuple[Shown, ...], str]:
        """The slot's choices, and the hash of what they were made from."""
        source = spec.choices
        if source is None:
            return static_choices(spec), ""
        result, made_from = await self.read(source.tool, source.arguments)
        if result.status != "succeeded":
            self.give_up(HandoffReason.TOOL_FAILURE, f"{source.tool}:{result.code or result.status}")
        known = frozenset({*self._flow.slots, *self._scope.facts, *SPECIAL})
        choices = await self.resolve(lambda: to_choices(source, result.value, scope=self._scope, known=known))
        return choices, f"{source.tool}:{made_from}"

    def _checked(
        self, spec: SlotSpec, value: SlotValue, *, choices: tuple[Shown, ...], made_from: str
    ) -> SlotValue | None:
        """The value if it is still one of the choices; words become a value; None: it must be asked."""
        if self._is_outdated(value, made_from):
            return None
        language = self._board.turn.language
        has_choices = bool(spec.choices or spec.values)
        if not value.is_resolved:
            found = resolve(spec, value, choices=choices, matcher=self._matcher, language=language)
            if found is None:
                return None
            value = replace(value, value=found, is_resolved=True, display=display_of(found, choices, language))
        if has_choices and not is_among(value.value, choices):
            return None
        if spec.type == MULTIPLE and not self._is_enough(spec, value):
            return None
        shown = display_of(value.value, choices, language) if has_choices else show(value.value, language)
        return value if value.display else replace(value, display=shown)

    @staticmethod
    def _is_outdated(value: SlotValue, made_from: str) -> bool:
        """Whether the choices were made from something else when the value was chosen. A value that was chosen from
        another tool's rows, in another flow, is judged by the choices alone.
        """
        is_same_tool = value.valid_for.partition(":")[0] == made_from.partition(":")[0]
        return is_same_tool and value.valid_for != made_from

    @staticmethod
    def _is_enough(spec: SlotSpec, value: SlotValue) -> bool:
        chosen = value.value if isinstance(value.value, list) else []
        return (spec.minimum or 1) <= len(chosen) <= (spec.maximum or len(chosen))

    def _automatic(self, spec: SlotSpec, choice: Shown) -> SlotValue:
        turn = self._board.turn
        value: JsonValue = [choice.id] if spec.type == MULTIPLE else choice.id
        return SlotValue(value, choice.label.get(turn.language), "single", 1.0, turn.turn_id)

    async def _ask(self, spec: SlotSpec, key: str, *, choices: tuple[Shown, ...], rejected: str) -> Never:
        if spec.choices is not None and not choices:
            await self._say_no_choices()
        fields = await self.fields(spec.ask, ()) if spec.ask is not None else {}
        mode = self._flow.mode
        question = Ask(
            kind="slot",
            flow=self._flow.name,
            slot=key,
            wording=spec.ask,
            fields=fields,
            choices=choices,
            skip=spec.skip if mode.skip == "allow" else None,
            rejected=rejected,
            type=spec.type,
            version=self._flow.version,
            is_verbatim=mode.wording == "verbatim",
        )
        opened = OpenQuestion("slot", self._board.turn.turn_id, self._frame_id, slot=key, choices=choices)
        self._board.ask(question, opened)
        raise StoppedError

    async def _say_no_choices(self) -> Never:
        """There is nothing to choose from: say so, offer a person, end."""
        board = self._board
        board.say("flow_no_choices", title=self._flow.title.get(board.turn.language))
        board.ask(Offer(self._flow.name, HANDOFF, None), OpenQuestion("offer", board.turn.turn_id, target=HANDOFF))
        raise FlowEndedError(NO_CHOICES)

    async def fields(self, wording: Wording, facts: tuple[str, ...]) -> dict[str, str]:
        """What stands for the fields of a wording, and the declared facts. Raises ExpressionError for a field without
        a value: a sentence with a hole is not said.
        """
        used = dict.fromkeys((*fields_of(wording.zh), *fields_of(wording.en)))
        shown = {path: await self._shown(path) for path in dict.fromkeys((*used, *facts))}
        for path in used:
            if not shown[path]:
                raise ExpressionError(path, "has no value to show")
        return shown

    async def _shown(self, path: str) -> str:
        spec = self._flow.slots.get(path)
        if spec is None:
            value = await self.resolve(lambda: parse(path).evaluate(self._scope))
            return show(value, self._board.turn.language)
        key = self._scope.key_of(spec)
        await self.settle(key)
        found = self._scope.find_value(spec)
        return found.display if found is not None else ""

    def _value_of(self, argument: Argument) -> JsonValue:
        return to_json(argument.expression.evaluate(self._scope)) if argument.expression else argument.literal
