"""Cards: from a tool's result through a flow to an event, beside a text that says the same."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import GateReported, Said
from kefu.dialogue.extending.extensions import Enabled, Extensions
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.lint import check_files, load_flows
from kefu.dialogue.propose.slot_types import ChoiceMatcher
from kefu.dialogue.state import State
from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.memory import MemoryLedger
from kefu.domain.action import PluginState
from kefu.domain.conversation import Author, Message
from kefu.domain.turn import EventType
from kefu.kit.clock import Clock
from kefu.plugins import (
    Arguments,
    Guard,
    Manifest,
    Plugin,
    Price,
    Product,
    Products,
    Result,
    ToolContext,
    Verdict,
    tool,
)
from kefu.plugins.cards import read_card
from kefu.plugins.host import PluginHost
from kefu.services.plugin_flows import catalogue_of
from kefu.services.turn_record import TurnRecord
from tests.support.profiles import STRINGS, Customer
from tests.support.turns import ByWord, steps_of

SHOES = Product(id="s1", title="云步跑鞋", price=Price(amount=Decimal("299.00")), link="https://shop.example/s1")
FLOW = """
flow: find_shoes
version: 1
title: {zh: 找鞋, en: Find shoes}
start: {intents: [find_shoes], examples: {zh: [找鞋子], en: [find shoes]}}
needs: {auth: anonymous}
slots: {}
steps:
  - call: {tool: find_shoes, args: {}, as: found}
  - say: {id: shown, facts: [found.text], card: found.card, zh: "{found.text}", en: "{found.text}"}
"""


class Nothing(Arguments):
    pass


class Found(Result):
    text: str
    card: Any


class Shelf:
    def __init__(self) -> None:
        self.card: Any = Products(items=[SHOES])

    def plugin(self, **parts: Any) -> Plugin:
        @tool(effect="read", auth="anonymous", facts=["text", "card"])
        async def find_shoes(args: Nothing, ctx: ToolContext) -> Found:
            """Find shoes."""
            return Found(text="云步跑鞋，299 元", card=self.card)

        return Plugin(Manifest("shelf", "1.0", {"zh": "架", "en": "Shelf"}), tools=(find_shoes,), **parts)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def customer(shelf: Shelf, tmp_path: Path) -> AsyncIterator[Customer]:
    (tmp_path / "find.yaml").write_text(FLOW, encoding="utf-8")
    host = PluginHost([shelf.plugin()])
    flows, _ = load_flows([tmp_path], catalogue_of(host.plugins))
    on = PluginState("ws", "shelf", is_enabled=True, settings={}, closed_tools=(), changed_at=datetime.now(UTC))
    gate = Gate(host, MemoryLedger(clock=Clock(), states=[on]), clock=Clock())
    engine = FlowEngine(flows, strings=STRINGS, matcher=ChoiceMatcher())
    yield Customer(abilities=Abilities(engine, gate, classifier=ByWord({"鞋": "find_shoes"})))
    await host.aclose()


def cards_of(customer: Customer) -> list[Any]:
    return [
        one.data["card"]
        for one in customer.events
        if isinstance(one, GateReported) and one.type is EventType.CARD_ADDED
    ]


async def test_a_card_comes_behind_the_text_that_says_the_same(customer: Customer) -> None:
    assert await customer.say("我要找鞋") == "云步跑鞋，299 元"
    (card,) = cards_of(customer)
    assert (card["kind"], card["items"][0]["price"]) == ("products", {"amount": "299.00", "currency": "CNY"})
    kinds = [type(one).__name__ for one in customer.events if isinstance(one, Said) or one.__class__ is GateReported]
    assert kinds[-2:] == ["Said", "GateReported"]


@pytest.mark.parametrize(
    "card", [{"kind": "hologram"}, "text", {"kind": "product", "id": "1"}, {"kind": "product", "id": "1", "title": "x", "link": "http://plain.example"}]
)  # fmt: skip
async def test_what_is_no_card_is_left_out_and_traced(customer: Customer, shelf: Shelf, card: Any) -> None:
    shelf.card = card
    assert await customer.say("我要找鞋") == "云步跑鞋，299 元"
    assert cards_of(customer) == []
    assert [one["facts"]["detail"].split(":")[0] for one in steps_of(customer) if one["chosen"] == "NoCard"] == [
        "find_shoes.shown"
    ]


async def test_no_card_is_no_card(customer: Customer, shelf: Shelf) -> None:
    shelf.card = None
    await customer.say("我要找鞋")
    assert (cards_of(customer), steps_of(customer, "compose")) == ([], [])


@pytest.mark.parametrize(("forbidden", "left"), [("云步跑鞋", (False, 0)), ("s1", (True, 0)), ("xyz", (True, 1))])
async def test_a_card_passes_the_guards_with_its_text_and_by_its_own_texts(
    customer: Customer, shelf: Shelf, forbidden: str, left: tuple[bool, int]
) -> None:
    async def check(text: str, ctx: Any) -> Verdict:
        return Verdict.block("x") if forbidden in text else Verdict.allow()

    host = PluginHost([shelf.plugin(guards=(Guard("g", "output", check),))])
    customer.extensions = Extensions(host, (Enabled(host.plugins[0], None),))
    said = await customer.say("我要找鞋")
    assert ("云步跑鞋" in said, len(cards_of(customer))) == left


def test_cards_are_in_the_reply_and_in_the_log() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    message = Message("m", "conv", 1, "c", Author.VISITOR, "x", now)
    record = TurnRecord(TurnContext("turn_1", "ws", "conv", "Shop", (message,), State(), now), inbound_seq=1)
    card = read_card(SHOES.model_dump(mode="json"))
    step = record.add((GateReported(EventType.CARD_ADDED, {"card": card}),), last_seq=1, at=now)
    record.keep(step)
    assert [draft.type for draft in step.drafts] == [EventType.CARD_ADDED]
    assert step.cards == [card]


def test_a_card_that_names_what_is_not_known_is_a_finding(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "find.yaml").write_text(FLOW.replace("card: found.card", "card: fuond.card"), encoding="utf-8")
    _, findings = check_files([tmp_path], catalogue_of([shelf.plugin()]))
    assert any("fuond" in finding.message for finding in findings if finding.severity == "error")
