"""MCP servers as operators keep them, on each database."""

from dataclasses import replace

import pytest

from kefu.domain.errors import AddressRefusedError, ConflictError, InvalidInputError, NotFoundError
from kefu.domain.mcp import McpToolState
from kefu.egress.client import EgressClient
from kefu.egress.settings import EgressSettings
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.host import PluginHost
from kefu.services.mcp.toolbox import McpToolbox
from kefu.storage.database import Database
from tests.support.mcp_stage import HOURS, MAX_BYTES, READ, HttpPeer, Stage, stage


async def test_a_server_is_added_shown_and_removed(stored_shop: Stage, peer: HttpPeer) -> None:
    (view,) = await stored_shop.service.list_all(stored_shop.workspace_id)
    assert (view.server.name, view.server.url, view.server.problem) == ("erp", peer.url, "")
    assert view.is_enabled
    with pytest.raises(ConflictError):
        await stored_shop.add(peer)
    await stored_shop.accept("getOrder", READ)
    await stored_shop.service.remove(stored_shop.workspace_id, "erp")
    assert await stored_shop.service.list_all(stored_shop.workspace_id) == []
    assert (await stored_shop.read("erp_get_order", order_id="A1")).code == "unknown_tool"
    with pytest.raises(NotFoundError):
        await stored_shop.service.check(stored_shop.workspace_id, "erp")


async def test_terms_come_back_as_they_were_given(stored_shop: Stage) -> None:
    await stored_shop.accept("getOrder", READ)
    tool = (await stored_shop.tool("getOrder")).tool
    assert (tool.terms, tool.tool, tool.state) == (READ, "erp_get_order", McpToolState.ACCEPTED)
    assert tool.accepted == tool.found


async def test_another_process_sees_it_with_its_next_call(stored_shop: Stage, peer: HttpPeer) -> None:
    """What one process accepts or closes is in force in all of them, without a restart."""
    egress = EgressClient(EgressSettings(ports=str(peer.port), allowed="127.0.0.1"))
    toolbox = McpToolbox(stored_shop.database, egress=egress, configured={}, max_bytes=MAX_BYTES, clock=Clock())
    other = PluginHost([])
    other.guests.invite(toolbox.plugins_of)
    ask: JsonObject = {"order_id": "A1"}
    assert (await stored_shop.books.tools(other).read("erp_get_order", ask)).code == "unknown_tool"
    await stored_shop.accept("getOrder", READ)
    assert (await stored_shop.books.tools(other).read("erp_get_order", ask)).status == "succeeded"
    await stored_shop.service.close(stored_shop.workspace_id, "erp", "getOrder")
    assert (await stored_shop.books.tools(other).read("erp_get_order", ask)).code == "tool_disabled"
    await other.aclose()


async def test_a_workspace_has_its_own_tools_only(stored_shop: Stage) -> None:
    await stored_shop.accept("getOrder", READ)
    async with stored_shop.database.platform() as platform:
        other = await platform.create_workspace(slug="other", name="other")
    tools = stored_shop.books.tools(stored_shop.host, workspace_id=other.id)
    assert tools.describe("erp_get_order") is None
    assert (await tools.read("erp_get_order", {"order_id": "A1"})).code == "unknown_tool"
    assert await stored_shop.service.list_all(other.id) == []
    with pytest.raises(NotFoundError):
        await stored_shop.service.accept(other.id, "erp", "getOrder", terms=READ)


async def test_a_server_that_is_switched_off_is_not_called(stored_shop: Stage, peer: HttpPeer) -> None:
    await stored_shop.accept("getOrder", READ)
    async with stored_shop.database.write(stored_shop.workspace_id) as unit:
        (view,) = await stored_shop.service.list_all(stored_shop.workspace_id)
        state = await unit.plugin_states.find(view.server.plugin)
        assert state is not None
        await unit.plugin_states.remove(view.server.plugin)
    peer.reset()
    assert (await stored_shop.read("erp_get_order", order_id="A1")).code == "tool_disabled"
    assert peer.requests() == []


async def test_a_tool_that_cannot_be_read_any_more_takes_no_other_with_it(stored_shop: Stage) -> None:
    """What an older kefu has accepted may be refused by this one."""
    await stored_shop.accept("getOrder", READ)
    await stored_shop.accept("opening-hours", HOURS)
    tool = (await stored_shop.tool("getOrder")).tool
    assert tool.accepted is not None
    broken = replace(tool, accepted=replace(tool.accepted, arguments={"type": "object", "not": {}}))
    async with stored_shop.database.write(stored_shop.workspace_id) as unit:
        await unit.mcp_servers.put_tool(broken)
    await stored_shop.host.guests.load(stored_shop.workspace_id)
    assert (await stored_shop.read("erp_get_order", order_id="A1")).code == "unknown_tool"
    assert (await stored_shop.read("erp_opening_hours")).status == "succeeded"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/mcp",
        "http://10.0.0.1/mcp",
        "http://[::1]/mcp",
        "http://0x7f000001/mcp",
        "https://user:secret@shop.example/mcp",
        "file:///etc/passwd",
        "http://127.0.0.1:22/mcp",
    ],
)
async def test_addresses_are_held_to_the_rules_of_egress(mcp_sdk: None, embedded: Database, url: str) -> None:
    async with stage(embedded) as found:
        found.toolbox._egress = EgressClient(EgressSettings())
        with pytest.raises(AddressRefusedError):
            await found.service.add(found.workspace_id, "erp", url=url)
        assert await found.service.list_all(found.workspace_id) == []


async def test_a_server_that_does_not_answer_is_kept_with_its_problem(shop: Stage, peer: HttpPeer) -> None:
    peer.behave("garbage")
    view = await shop.add(peer, "crm")
    assert view.server.problem.startswith("It cannot be spoken to")
    assert view.tools == []
    await shop.accept("getOrder", READ)
    checked = await shop.service.check(shop.workspace_id, "erp")
    assert checked.server.problem
    assert (await shop.tool("getOrder")).tool.state is McpToolState.ACCEPTED


async def test_names_are_held_to_their_form(shop: Stage, peer: HttpPeer) -> None:
    for name in ("Erp", "a-b", "", "x" * 25, "1a"):
        with pytest.raises(InvalidInputError):
            await shop.add(peer, name)
