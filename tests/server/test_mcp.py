"""kefu as an MCP server, asked by the SDK's own client over the wire; and the API for servers that kefu uses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kefu.config import Settings
from kefu.domain.access import Scope
from kefu.server.mcp_app import hosts_of
from tests.support.live import Live, live_server
from tests.support.mcp_stage import HttpPeer, http_peer

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
ALL = (Scope.ASSISTANT_ASK, Scope.KNOWLEDGE_READ, Scope.INBOX_READ)


@pytest.fixture
async def served(mcp_sdk: None, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    async with live_server(sqlite_url, tmp_path, mcp={"serve": True}) as live:
        yield live


@asynccontextmanager
async def client_of(live: Live, *scopes: Scope, mode: str = "auto", token: str | None = None) -> AsyncIterator[Any]:
    """The SDK's client with an API key."""
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    bearer = token or (await live.operator(*scopes)).token
    headers = {"Authorization": f"Bearer {bearer}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as http:
        streams = streamable_http_client(f"{live.url}/mcp", http_client=http)
        async with Client(streams, mode=mode) as client:
            yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_ask_answers_with_citations(served: Live, mode: str) -> None:
    """Both generations of the protocol."""
    async with client_of(served, *ALL, mode=mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("ask", {"question": "退款多久到账？"})
    assert names == {"ask", "search", "read_conversation"}
    assert not result.is_error
    found = result.structured_content
    assert "3 个工作日" in found["answer"]
    assert found["decision"] == "answer"
    assert found["citations"][0]["quote"] in found["answer"]


async def test_ask_takes_what_was_said_before(served: Live) -> None:
    history = [{"author": "customer", "text": "你好"}, {"author": "assistant", "text": "您好！"}]
    async with client_of(served, *ALL) as client:
        asked = await client.call_tool("ask", {"question": "退款多久到账？", "history": history})
        conversation_id = asked.structured_content["conversation_id"]
        read = await client.call_tool("read_conversation", {"conversation_id": conversation_id})
    lines = read.structured_content["lines"]
    assert [(line["author"], line["text"]) for line in lines[:3]] == [
        ("customer", "你好"),
        ("assistant", "您好！"),
        ("customer", "退款多久到账？"),
    ]
    assert lines[3]["text"] == asked.structured_content["answer"]
    assert lines[3]["citations"]
    assert read.structured_content["next_after"] is None


async def test_search_finds_passages(served: Live) -> None:
    async with client_of(served, Scope.KNOWLEDGE_READ) as client:
        result = await client.call_tool("search", {"query": "退款多久到账？", "limit": 2})
    passages = result.structured_content["passages"]
    assert 1 <= len(passages) <= 2
    assert "3 个工作日" in passages[0]["quote"]
    assert passages[0]["end"] - passages[0]["start"] >= len(passages[0]["quote"]) > 0


async def test_a_key_sees_and_calls_what_its_scopes_allow(served: Live) -> None:
    async with client_of(served, Scope.KNOWLEDGE_READ) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["search"]
        refused = await client.call_tool("ask", {"question": "hi"})
    assert refused.is_error
    assert refused.structured_content["code"] == "forbidden"
    assert "assistant:ask" in refused.structured_content["detail"]


async def test_a_conversation_of_another_workspace_is_not_there(served: Live) -> None:
    visitor = await served.visitor()
    await visitor.ask("退款多久到账？")
    other = await served.factory.setup.ensure_workspace("other")
    key = await served.factory.access.issue(other.id, name="other", scopes=ALL)
    arguments = {"conversation_id": visitor.conversation_id}
    async with client_of(served, token=key.token) as client:
        hidden = await client.call_tool("read_conversation", arguments)
        assert (hidden.is_error, hidden.structured_content["code"]) == (True, "not_found")
        nothing = await client.call_tool("search", {"query": "退款多久到账？"})
        assert nothing.structured_content["passages"] == []
    async with client_of(served, *ALL) as client:
        assert not (await client.call_tool("read_conversation", arguments)).is_error


WRONG_CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("ask", {"question": ""}, "invalid_input"),
    ("ask", {"question": "hi", "workspace": "other"}, "invalid_input"),
    ("search", {"query": "x", "limit": 1000}, "invalid_input"),
    ("delete_everything", {}, "not_found"),
]


async def test_wrong_calls_are_errors_that_say_why(served: Live) -> None:
    async with client_of(served, *ALL) as client:
        results = [await client.call_tool(name, arguments) for name, arguments, _ in WRONG_CALLS]
    assert all(result.is_error for result in results)
    assert [result.structured_content["code"] for result in results] == [code for _, _, code in WRONG_CALLS]


async def _post(live: Live, **headers: str) -> httpx2.Response:
    token = (await live.operator(*ALL)).token
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    base = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-06-18",
    }
    sent = {name: value for name, value in {**base, **headers}.items() if value}
    return await live.client.post("/mcp", json=body, headers=sent)


async def test_without_a_key_nothing_is_told(served: Live) -> None:
    assert (await _post(served)).status_code == 200
    for bad in ("", "Bearer wrong", "Bearer key_x.y", "Basic abc", "Bearer"):
        refused = await _post(served, Authorization=bad)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert "tools" not in refused.text


async def test_a_revoked_key_is_refused_at_once(served: Live) -> None:
    operator = await served.operator(*ALL)
    async with client_of(served, token=operator.token) as client:
        assert (await client.list_tools()).tools
        await served.factory.access.revoke(operator.workspace_id, operator.token.partition(".")[0])
        with pytest.raises(Exception, match="error response"):
            await client.call_tool("search", {"query": "退款"})


async def test_another_host_or_origin_is_refused(served: Live) -> None:
    """DNS rebinding: a page of evil.example whose name leads to this machine."""
    for host in ("evil.example", "127.0.0.1", "localhost.evil.example", "evil.example:80"):
        assert (await _post(served, Host=host)).status_code == 403
    for origin in ("https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example"):
        assert (await _post(served, Origin=origin)).status_code == 403
    assert (await _post(served, Origin=served.url)).status_code == 200


async def _pieces() -> AsyncIterator[bytes]:
    """Too much, without saying how much."""
    for _ in range(30):
        yield b" " * 10_000


async def test_bodies_and_methods_are_bounded(served: Live) -> None:
    operator = await served.operator(*ALL)
    large = await served.client.post("/mcp", content=b"x" * 300_000, headers=operator.headers)
    assert large.status_code == 413
    unsaid = await served.client.post("/mcp", content=_pieces(), headers={**operator.headers, **JSON})
    assert unsaid.status_code == 413
    for method in ("GET", "DELETE", "PUT"):
        assert (await served.client.request(method, "/mcp", headers=operator.headers)).status_code == 405


async def test_a_key_has_a_rate(mcp_sdk: None, sqlite_url: str, tmp_path: Path) -> None:
    async with (
        live_server(sqlite_url, tmp_path, mcp={"serve": True, "calls_per_minute": 2}) as live,
        client_of(live, Scope.KNOWLEDGE_READ) as client,
    ):
        results = [await client.call_tool("search", {"query": "退款"}) for _ in range(3)]
    assert [result.is_error for result in results] == [False, False, True]
    assert results[2].structured_content["code"] == "too_many_requests"


async def test_it_is_off_unless_it_is_switched_on(live: Live) -> None:
    operator = await live.operator(*ALL)
    assert (await live.client.post("/mcp", json={}, headers=operator.headers)).status_code == 404


# ── Servers that kefu uses ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def peer(mcp_sdk: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with http_peer(tmp_path_factory.mktemp("peer")) as found:
        yield found


async def test_an_operator_connects_a_server_by_the_api(
    mcp_sdk: None, database_url: str, tmp_path: Path, peer: HttpPeer
) -> None:
    peer.reset()
    egress = {"ports": str(peer.port), "allowed": "127.0.0.1"}
    async with live_server(database_url, tmp_path, egress=egress) as live:
        operator = await live.operator(Scope.TOOLS_READ, Scope.TOOLS_ADMIN)
        added = await operator.post("/mcp/servers", json={"name": "erp", "url": peer.url})
        assert added.status_code == 201, added.text
        tool = next(each for each in added.json()["tools"] if each["name"] == "getOrder")
        assert (tool["state"], tool["tool"]) == ("new", None)
        terms = {"fingerprint": tool["found"]["fingerprint"], "effect": "read", "bind": {"customer_id": "contact"}}
        accepted = await operator.post("/mcp/servers/erp/tools/getOrder/accept", json={**terms, "facts": ["status"]})
        assert accepted.status_code == 200, accepted.text
        peer.behave("schema_changed")
        checked = (await operator.post("/mcp/servers/erp/check")).json()
        changed = next(each for each in checked["tools"] if each["name"] == "getOrder")
        assert (changed["state"], changed["tool"]) == ("changed", "erp_get_order")
        assert "card_number" in changed["found"]["arguments"]["properties"]
        assert "card_number" not in changed["accepted"]["arguments"]["properties"]
        stale = await operator.post("/mcp/servers/erp/tools/getOrder/accept", json=terms)
        assert stale.status_code == 409
        assert (await operator.request("DELETE", "/mcp/servers/erp")).status_code == 204
        assert (await operator.get("/mcp/servers")).json() == {"servers": []}


async def test_programs_and_credentials_are_not_for_the_api(mcp_sdk: None, live: Live) -> None:
    operator = await live.operator(Scope.TOOLS_ADMIN)
    extras: list[dict[str, Any]] = [
        {"command": "sh"},
        {"headers": {"Authorization": "x"}},
        {"env": {}},
        {"args": ["-c", "id"]},
    ]
    for extra in extras:
        refused = await operator.post("/mcp/servers", json={"name": "erp", **extra})
        assert refused.status_code == 422
    assert (await operator.post("/mcp/servers", json={"name": "erp"})).json()["code"] == "invalid_input"
    private = await operator.post("/mcp/servers", json={"name": "erp", "url": "http://127.0.0.1/mcp"})
    assert private.json()["code"] == "address_refused"


async def test_scopes_of_the_api(live: Live) -> None:
    reader = await live.operator(Scope.TOOLS_READ)
    assert (await reader.get("/mcp/servers")).status_code == 200
    assert (await reader.post("/mcp/servers", json={"name": "erp"})).status_code == 403
    other = await live.operator(Scope.KNOWLEDGE_READ)
    assert (await other.get("/mcp/servers")).status_code == 403


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        ({"port": 8000}, {"127.0.0.1:8000", "localhost:8000"}),
        ({"public_url": "https://chat.example.com"}, {"chat.example.com", "chat.example.com:443"}),
        ({"public_url": "https://Chat.example.com:8443/"}, {"chat.example.com:8443"}),
        ({"host": "::1", "public_url": "http://[::1]:80"}, {"[::1]", "[::1]:80"}),
        (
            {"public_url": "http://a.test", "mcp": {"hosts": "b.test, C.test:81"}},
            {"a.test", "a.test:80", "b.test", "c.test:81"},
        ),
    ],
)
def test_the_hosts_that_are_our_own(settings: dict[str, Any], hosts: set[str]) -> None:
    assert hosts_of(Settings(secret_key=SecretStr("x" * 40), **settings)) == hosts
