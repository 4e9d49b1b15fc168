"""Flows call the tools of an MCP server by name; the linter and the engine know them as they were accepted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from kefu.config import Settings
from kefu.dialogue.commands import Action, Affirm, Command, SetSlot, Span, StartFlow
from kefu.dialogue.flows.engine import FlowEngine
from kefu.dialogue.flows.loading import load_flow
from kefu.dialogue.flows.speaking import Speaking
from kefu.dialogue.flows.state import DialogueState, TurnFacts
from kefu.egress.settings import EgressSettings
from kefu.factory import Factory
from kefu.kit.strings import Strings
from kefu.knowledge.embedding import NullEmbedder
from kefu.plugins import Manifest, Plugin
from kefu.plugins.host import PluginHost
from tests.support.flows import START
from tests.support.live import SECRET
from tests.support.mcp_stage import CANCEL, READ, HttpPeer, Stage

STRINGS = Strings.load("kefu.dialogue")
FLOW = """
flow: erp_cancel
version: 1
title: {zh: 取消订单, en: Cancel an order}
start:
  examples:
    zh: [取消订单, 我要取消订单, 订单不要了, 帮我取消, 撤销订单]
    en: [cancel my order, please cancel it, stop my order, I do not want it, cancel the order]
slots:
  order: {type: order_ref, pattern: "[A-Z][0-9]", ask: {zh: 哪一笔？, en: "Which order?"}}
steps:
  - call: {tool: erp_get_order, args: {order_id: $order}, as: o}
    on_error:
      refused_by_server: {say: {id: none, zh: 没有这笔订单。, en: There is no such order.}, then: {end: none}}
      tool_disabled: {handoff: tool_failure}
  - call: {tool: erp_cancel_order, args: {order_id: $order}, as: done}
    on_error:
      unknown_outcome: {handoff: verify}
  - say: {id: done, facts: [o.status], zh: "原状态 {o.status}，已取消。", en: "It was {o.status}; it is cancelled."}
"""


class Talk:
    """One conversation through the real gate and a real MCP server."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        flow = load_flow(FLOW, file="erp_cancel.yaml")
        self._flows = {flow.name: flow}
        self._engine = FlowEngine(self._flows, strings=STRINGS)
        self._state = DialogueState()
        self._turn = TurnFacts("turn_0", START, "zh", auth="identified", policy={})
        self._number = 0

    async def say(self, *actions: Action) -> str:
        self._number += 1
        self._turn = replace(self._turn, turn_id=f"turn_{self._number}")
        commands = tuple(Command(action, "question", "test", Span(0, 0, 1), 0.99) for action in actions)
        applied = self._engine.apply(commands, self._state, self._turn)
        confirmed = applied.confirmed
        tools = self._stage.books.tools(
            self._stage.host,
            turn_id=self._turn.turn_id,
            pending=confirmed,
            confirmed_hash=None if confirmed is None else confirmed.arguments_hash,
        )
        evaluation = await self._engine.evaluate(applied.state, tools, turn=self._turn)
        self._state = evaluation.state
        speaking = Speaking(STRINGS, self._flows)
        return "\n".join(speaking.text(output, "zh") for output in (*applied.outputs, *evaluation.outputs))


async def test_a_flow_reads_asks_and_writes(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("getOrder", READ)
    await shop.accept("cancelOrder", CANCEL)
    talk = Talk(shop)
    preview = await talk.say(StartFlow("erp_cancel"), SetSlot("order", "A1", "A1"))
    assert "A1" in preview
    assert peer.deeds() == []
    assert "原状态 paid，已取消。" in await talk.say(Affirm())
    (deed,) = peer.deeds()
    assert (deed["order_id"], deed["customer_id"]) == ("A1", "ann")


async def test_another_customers_order_is_not_there(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("getOrder", READ)
    await shop.accept("cancelOrder", CANCEL)
    assert "没有这笔订单" in await Talk(shop).say(StartFlow("erp_cancel"), SetSlot("order", "B2", "B2"))
    assert peer.deeds() == []


@pytest.fixture
async def factory(sqlite_url: str, tmp_path: Path, peer: HttpPeer) -> AsyncIterator[Factory]:
    """An assembly with a plugin that brings the flow, and no tools."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "erp_cancel.yaml").write_text(FLOW, encoding="utf-8")
    plugin = Plugin(Manifest("erp-flows", "1", {"zh": "流程", "en": "Flows"}), flows=tmp_path / "flows")
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=sqlite_url.replace("+aiosqlite", ""),
        secret_key=SecretStr(SECRET),
        egress=EgressSettings(ports=str(peer.port), allowed="127.0.0.1"),
    )
    found = Factory(settings, embedder=NullEmbedder(), plugin_host=PluginHost([plugin]))
    yield found
    await found.aclose()


async def test_a_flow_is_in_force_once_its_tools_are_accepted(factory: Factory, peer: HttpPeer) -> None:
    """And it stays while a tool of it is closed: the gate says no, and the flow has a branch for that."""
    workspace = await factory.setup.ensure_workspace("shop")
    await factory.plugins.enable(workspace.id, "erp-flows")
    assert await flows_of(factory, workspace.id) == set()
    await factory.mcp.add(workspace.id, "erp", url=peer.url)
    await factory.mcp.accept(workspace.id, "erp", "getOrder", terms=READ)
    assert await flows_of(factory, workspace.id) == set()
    await factory.mcp.accept(workspace.id, "erp", "cancelOrder", terms=CANCEL)
    assert await flows_of(factory, workspace.id) == {"erp_cancel"}
    await factory.mcp.close(workspace.id, "erp", "getOrder")
    assert await flows_of(factory, workspace.id) == {"erp_cancel"}
    await factory.mcp.remove(workspace.id, "erp")
    assert await flows_of(factory, workspace.id) == set()


async def flows_of(factory: Factory, workspace_id: str) -> set[str]:
    """As a turn that begins a second later sees them."""
    factory.abilities._known = {
        key: replace(known, looked_at=known.looked_at - 60) for key, known in factory.abilities._known.items()
    }
    abilities = await factory.abilities.of(workspace_id)
    return set() if abilities is None else set(abilities.flows.flows)
