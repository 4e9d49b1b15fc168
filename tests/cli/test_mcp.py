"""``kefu mcp``: servers from the command line, and kefu as a server over pipes, spoken to by the SDK's client."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kefu.domain.errors import UnauthenticatedError
from tests.cli.conftest import Run
from tests.support.mcp_stage import HttpPeer, http_peer

SERVE = [sys.executable, "-c", "from kefu.cli import main; main()", "mcp", "serve"]


@pytest.fixture(scope="module")
def running_peer(mcp_sdk: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpPeer]:
    with http_peer(tmp_path_factory.mktemp("peer")) as peer:
        yield peer


@pytest.fixture
def peer(running_peer: HttpPeer, monkeypatch: pytest.MonkeyPatch) -> HttpPeer:
    running_peer.reset()
    monkeypatch.setenv("KEFU_EGRESS_PORTS", str(running_peer.port))
    monkeypatch.setenv("KEFU_EGRESS_ALLOWED", "127.0.0.1")
    return running_peer


def test_a_server_is_added_accepted_checked_and_removed(kefu: Run, peer: HttpPeer, tmp_path: Path) -> None:
    added = kefu("mcp", "add", "erp", "--url", peer.url)
    assert added.exit_code == 0, added.output
    assert "new         getOrder  says that it reads" in added.stdout
    assert "unsupported strange" in added.stdout
    accepted = kefu(
        "mcp", "accept", "erp", "getOrder", "--effect", "read", "--bind", "customer_id=contact", "--fact", "status"
    )
    assert accepted.stdout == "erp_get_order can be called.\n"
    flow = tmp_path / "flow.yaml"
    flow.write_text(FLOW, encoding="utf-8")
    assert kefu("flow", "check", flow, "--workspace", "default").stdout.startswith("1 flows, 0 errors")
    flow.write_text(FLOW.replace("o.status", "o.card"), encoding="utf-8")
    assert kefu("flow", "check", flow, "--workspace", "default").exit_code == 1
    peer.behave("schema_changed")
    assert "changed     getOrder = erp_get_order" in kefu("mcp", "check", "erp").stdout
    row = json.loads(kefu("mcp", "list", "--json").stdout)[0]
    assert {tool["name"]: tool["state"] for tool in row["tools"]}["getOrder"] == "changed"
    assert kefu("mcp", "remove", "erp").exit_code == 0
    assert json.loads(kefu("mcp", "list", "--json").stdout) == []


FLOW = """
flow: track
version: 1
title: {zh: 查订单, en: Order status}
slots:
  order: {type: order_ref, pattern: "[A-Z][0-9]", ask: {zh: 哪一笔？, en: "Which order?"}}
steps:
  - call: {tool: erp_get_order, args: {order_id: $order}, as: o}
  - say: {facts: [o.status], zh: "状态：{o.status}", en: "Status: {o.status}"}
"""


def test_a_strangers_words_cannot_move_a_terminal(kefu: Run, peer: HttpPeer) -> None:
    peer.behave("injected")
    shown = kefu("mcp", "add", "erp", "--url", peer.url).stdout
    assert "warning: instructions; warning: invisible_characters" in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_a_server_that_does_not_answer_is_status_1(kefu: Run, peer: HttpPeer) -> None:
    peer.behave("garbage")
    assert kefu("mcp", "add", "erp", "--url", peer.url).exit_code == 1
    assert kefu("mcp", "check", "erp").exit_code == 1
    peer.behave("well")
    assert kefu("mcp", "check", "erp").exit_code == 0


def test_serving_needs_a_key(kefu: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEFU_AGENT_KEY", raising=False)
    assert "KEFU_AGENT_KEY" in str(kefu("mcp", "serve").exception)


@pytest.mark.slow
def test_kefu_serves_over_pipes(mcp_sdk: None, kefu: Run) -> None:
    """The tools themselves are asked in tests/server/test_mcp.py; here a process of its own speaks the protocol."""
    scopes = ["--scope", "assistant:ask", "--scope", "knowledge:read"]
    token = kefu("key", "create", "desktop", *scopes).stdout.strip()
    names, refused = asyncio.run(_talk(token))
    assert names == ["ask", "search"]
    assert refused["code"] == "forbidden"


def test_a_wrong_key_ends_it(mcp_sdk: None, kefu: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFU_AGENT_KEY", "key_x.wrong")
    ended = kefu("mcp", "serve")
    assert isinstance(ended.exception, UnauthenticatedError)
    assert ended.stdout == ""


async def _talk(token: str) -> tuple[list[str], dict[str, Any]]:
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    environment = {**os.environ, "KEFU_AGENT_KEY": token}
    command = StdioServerParameters(command=SERVE[0], args=SERVE[1:], env=environment)
    # By itself the library complains to what was standard error when it was imported: perhaps another test's.
    pipes = stdio_client(command, errlog=sys.__stderr__ or sys.stderr)
    async with asyncio.timeout(110), Client(pipes) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        refused = await client.call_tool("read_conversation", {"conversation_id": "conv_x"})
    return names, refused.structured_content
