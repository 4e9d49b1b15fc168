"""A shop behind a gate, and a customer whose commands are already understood: what the tests of flows talk with."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from kefu.dialogue.commands import Action, Command, SetSlot, Span
from kefu.dialogue.flows.applying import Applied
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.loading import load_flow
from kefu.dialogue.flows.outputs import Evaluation, Output
from kefu.dialogue.flows.port import Pending, ToolFacts, ToolResult
from kefu.dialogue.flows.speaking import Speaking
from kefu.dialogue.flows.state import DialogueState, TurnFacts
from kefu.dialogue.flows.state_json import from_json, to_json
from kefu.domain.conversation import Language
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_object
from kefu.kit.strings import Strings

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "flows.md"
START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
STRINGS = Strings.load("kefu.dialogue")
CANCEL_ORDER = """
flow: cancel_order
version: 1
title: {zh: 取消订单, en: Cancel an order}
slots:
  order: {type: order_ref, ask: {zh: 取消哪一笔？, en: "Which order?"}, keep: conversation}
  sure: {type: bool, ask: {zh: 真的取消吗？, en: "Really cancel it?"}}
steps:
  - collect: [order, sure]
  - when: "sure"
    do: [{call: {tool: cancel_order, args: {order_id: $order}, as: done}}]
"""


def schema(*names: str) -> JsonObject:
    """Arguments as a tool declares them."""
    return {"type": "object", "properties": {name: {} for name in names}, "required": list(names)}


def read_tool(name: str, *arguments: str, facts: tuple[str, ...] = (), fresh_for: timedelta | None = None) -> ToolFacts:
    return ToolFacts(name, "read", schema(*arguments), facts, fresh_for=fresh_for)


def write_tool(name: str, *arguments: str, facts: tuple[str, ...] = (), is_confirmed: bool = True) -> ToolFacts:
    return ToolFacts(name, "write", schema(*arguments), facts, ("not_delivered",), needs_confirmation=is_confirmed)


TOOLS: Mapping[str, ToolFacts] = {
    facts.name: facts
    for facts in (
        read_tool("list_my_orders", facts=("orders",)),
        read_tool("get_order", "order_id", facts=("id", "status", "delivered_at", "items")),
        read_tool("refund_methods", "order_id", facts=("methods",)),
        write_tool(
            "create_return", "order_id", "item_ids", "payment_method_id", "reason",
            facts=("id", "refund_amount", "label_url"),
        ),
        write_tool("cancel_order", "order_id", facts=("id",)),
        write_tool("save_risk_profile", "answers", "band", "text_version", facts=("id",)),
    )
}  # fmt: skip


def _item(id_: str, name: str, **options: str) -> JsonObject:
    return {"item_id": id_, "name": name, "options": dict(options)}


def make_orders() -> dict[str, JsonObject]:
    keyboard, thermostat = _item("1151293680", "键盘", switch="clicky"), _item("4983901480", "温控器", colour="black")
    return {
        "#W2378156": {
            "id": "#W2378156",
            "status": "delivered",
            "first_item": "键盘",
            "delivered_at": "2026-02-25T09:00:00+00:00",
            "items": [keyboard, thermostat],
        },
        "#W1111111": {
            "id": "#W1111111",
            "status": "delivered",
            "first_item": "水壶",
            "delivered_at": "2026-01-05T09:00:00+00:00",
            "items": [_item("7777777777", "水壶")],
        },
        "#W9999999": {"id": "#W9999999", "status": "pending", "first_item": "灯", "delivered_at": None, "items": []},
    }


@dataclass(slots=True)
class Shop:
    """Tools behind a gate that asks first, carries out once, and keeps what was done by key."""

    tools: dict[str, ToolFacts] = field(default_factory=lambda: dict(TOOLS))
    orders: dict[str, JsonObject] = field(default_factory=make_orders)
    methods: list[str] = field(default_factory=lambda: ["card", "balance"])
    reads: list[tuple[str, JsonObject]] = field(default_factory=list)
    writes: list[tuple[str, JsonObject]] = field(default_factory=list)
    failing: dict[str, ToolResult] = field(default_factory=dict)
    """What a tool comes to instead of succeeding."""
    ledger: dict[str, ToolResult] = field(default_factory=dict)
    confirmed_hash: str | None = None
    turn_id: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    """The turn in which the arguments of a hash were shown."""
    now: datetime = START

    def describe(self, tool: str) -> ToolFacts | None:
        return self.tools.get(tool)

    async def read(self, tool: str, arguments: JsonObject) -> ToolResult:
        self.reads.append((tool, arguments))
        if tool in self.failing:
            return self.failing[tool]
        order_id = str(arguments.get("order_id", ""))
        match tool:
            case "list_my_orders":
                return ToolResult("succeeded", {"orders": list(self.orders.values())})
            case "get_order" if order_id in self.orders:
                return ToolResult("succeeded", deepcopy(self.orders[order_id]))
            case "refund_methods":
                methods: list[JsonValue] = [
                    {"id": method, "label": {"zh": f"原{method}", "en": method}} for method in self.methods
                ]
                return ToolResult("succeeded", {"methods": methods})
        return ToolResult("failed", {}, "not_found")

    async def write(self, tool: str, arguments: JsonObject, *, key: str) -> ToolResult | Pending:
        if key in self.ledger:
            return self.ledger[key]
        digest = sha256_of([tool, arguments])
        is_shown_before = self.shown.get(digest) not in {None, self.turn_id}
        if self.tools[tool].needs_confirmation and not (is_shown_before and digest == self.confirmed_hash):
            self.shown.setdefault(digest, self.turn_id)
            expires = self.now + timedelta(minutes=15)
            return Pending(f"act_{digest[:8]}", tool, arguments, digest, dict(arguments), expires)
        self.writes.append((tool, arguments))
        done: JsonObject = {
            "id": f"R{len(self.writes)}",
            "refund_amount": "99.50",
            "label_url": "https://shop.example/l",
        }
        self.ledger[key] = self.failing.get(tool, ToolResult("succeeded", done))
        return self.ledger[key]

    def read_names(self) -> list[str]:
        return [tool for tool, _ in self.reads]


@dataclass(frozen=True, slots=True)
class Reply:
    """What one turn came to: what acknowledged the commands, then what the flows said."""

    applied: Applied
    evaluation: Evaluation
    texts: tuple[str, ...]

    @property
    def outputs(self) -> tuple[Output, ...]:
        return (*self.applied.outputs, *self.evaluation.outputs)

    @property
    def text(self) -> str:
        return "\n".join(filter(None, self.texts))

    @property
    def dropped(self) -> list[str]:
        return [dropped.reason for dropped in self.applied.dropped]


class Talk:
    """One conversation. After each turn the state is written as JSON and read again."""

    def __init__(self, *flows: Flow, shop: Shop | None = None, language: Language = "zh") -> None:
        self.flows = {flow.name: flow for flow in flows}
        self.shop = shop or Shop()
        self.state = DialogueState()
        self.language = language
        self.turn = TurnFacts("turn_0", START, language, auth="verified", policy={"return_days": 30})
        self.before = self.state
        self.last: Reply | None = None

    @property
    def engine(self) -> FlowEngine:
        return FlowEngine(self.flows, strings=STRINGS)

    async def say(
        self,
        *actions: Action,
        after: timedelta = timedelta(minutes=1),
        sure: float = 0.99,
        turn: TurnFacts | None = None,
    ) -> Reply:
        """One message of the customer, as its commands."""
        number = int(self.turn.turn_id.split("_")[1]) + 1
        self.turn = turn or replace(
            self.turn, turn_id=f"turn_{number}", now=self.turn.now + after, language=self.language
        )
        commands = tuple(Command(action, "question", "test", Span(0, 0, 1), sure) for action in actions)
        self.shop.turn_id, self.shop.now = self.turn.turn_id, self.turn.now
        applied = self.engine.apply(commands, self.state, self.turn)
        self.shop.confirmed_hash = applied.confirmed.arguments_hash if applied.confirmed is not None else None
        self.before = applied.state
        evaluation = await self.engine.evaluate(applied.state, self.shop, turn=self.turn)
        self.state = from_json(as_object(to_json(evaluation.state)))
        assert self.state == evaluation.state
        speaking = Speaking(STRINGS, self.flows)
        outputs = (*applied.outputs, *evaluation.outputs)
        self.last = Reply(applied, evaluation, tuple(speaking.text(output, self.language) for output in outputs))
        return self.last

    async def answer(self, **values: object) -> Reply:
        """Values for slots, each a command of its own."""
        return await self.say(*(to_action(name, value) for name, value in values.items()))


def to_action(slot: str, value: object) -> SetSlot:
    """A value that the slots' reading has found; a text that begins with ``?`` is words without a value."""
    if isinstance(value, str) and value.startswith("?"):
        return SetSlot(slot, value[1:], None)
    assert value is None or isinstance(value, str | bool | int | float | list)
    return SetSlot(slot, str(value), value)


@cache
def sample(name: str) -> Flow:
    """A flow of the guide."""
    blocks = GUIDE.read_text(encoding="utf-8").split("```yaml\n")[1:]
    text = next(block for block in blocks if block.startswith(f"flow: {name}\n"))
    return load_flow(text.partition("```")[0], file=f"{name}.yaml")


@cache
def flow_of(text: str) -> Flow:
    return load_flow(text, file="test.yaml")
