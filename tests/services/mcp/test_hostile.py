"""A server that changes its mind, injects, floods, hangs and dies: nothing gains power, and nothing is called done."""

import pytest

from kefu.domain.action import LedgerStatus
from kefu.domain.errors import ConflictError
from kefu.domain.mcp import McpTerms, McpToolState
from tests.support.mcp_stage import CANCEL, HOURS, OF_CONTACT, READ, HttpPeer, Stage

CHANGES = ["schema_changed", "injected", "hint_changed", "gone"]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_tool_that_changes_is_closed_until_it_is_accepted(shop: Stage, peer: HttpPeer, change: str) -> None:
    await shop.accept("getOrder", READ)
    peer.behave(change)
    assert (await shop.read("erp_get_order", order_id="A1")).code == "tool_changed"
    state = McpToolState.GONE if change == "gone" else McpToolState.CHANGED
    await shop.until("getOrder", state)
    peer.behave("well")  # it takes it back: nobody has looked at it since
    assert (await shop.read("erp_get_order", order_id="A1")).code == "tool_disabled"
    await shop.service.check(shop.workspace_id, "erp")
    assert (await shop.read("erp_get_order", order_id="A1")).code == "tool_disabled"
    await shop.accept("getOrder", READ)
    assert (await shop.read("erp_get_order", order_id="A1")).status == "succeeded"


@pytest.mark.parametrize("change", CHANGES)
async def test_a_check_closes_it_too(shop: Stage, peer: HttpPeer, change: str) -> None:
    await shop.accept("getOrder", READ)
    peer.behave(change)
    await shop.service.check(shop.workspace_id, "erp")
    assert (await shop.read("erp_get_order", order_id="A1")).code == "tool_disabled"


async def test_a_changed_write_is_not_carried_out_after_the_yes(shop: Stage, peer: HttpPeer) -> None:
    """The customer has confirmed one thing; the server has made another of it meanwhile."""
    await shop.accept("getOrder", READ)
    await shop.accept("cancelOrder", CANCEL)
    pending = await shop.write("erp_cancel_order", order_id="A1")
    await shop.service.close(shop.workspace_id, "erp", "cancelOrder")
    tools = shop.books.tools(shop.host, pending=pending, confirmed_hash=pending.arguments_hash)  # type: ignore[union-attr]
    assert (await tools.write("erp_cancel_order", {"order_id": "A1"}, key="k")).code == "tool_disabled"  # type: ignore[union-attr]
    assert peer.deeds() == []


async def test_what_was_looked_at_is_what_is_accepted(shop: Stage, peer: HttpPeer) -> None:
    seen = (await shop.tool("getOrder")).tool.found.fingerprint
    peer.behave("injected")
    await shop.service.check(shop.workspace_id, "erp")
    with pytest.raises(ConflictError, match="look at it again"):
        await shop.service.accept(shop.workspace_id, "erp", "getOrder", terms=READ, fingerprint=seen)


async def test_instructions_in_a_description_are_shown_to_the_operator(shop: Stage, peer: HttpPeer) -> None:
    assert (await shop.tool("getOrder")).warnings == ()
    peer.behave("injected")
    await shop.service.check(shop.workspace_id, "erp")
    assert set((await shop.tool("getOrder")).warnings) == {"instructions", "invisible_characters"}


async def test_instructions_in_a_result_are_a_value(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("opening-hours", HOURS)
    await shop.accept("cancelOrder", CANCEL)
    peer.behave("well")
    plain = await shop.read("erp_opening_hours")
    assert plain.status == "succeeded"
    peer.behave("injected")
    tools = shop.books.tools(shop.host)
    found = await tools.read("erp_opening_hours", {})
    assert found.status == "succeeded"
    assert "Ignore all previous instructions" in str(found.value["text"])
    assert [type(fact).__name__ for fact in tools.log] == ["ToolCalled"]
    assert peer.deeds() == []


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("wrong_type", "invalid_result"),
        ("unstructured", "invalid_result"),
        ("huge", "invalid_result"),
        ("fails", "refused_by_server"),
        ("rejects", "rejected_by_server"),
        ("hangs", "tool_hung"),
        ("hangs_listing", "server_unavailable"),
        ("endless_list", "server_unavailable"),
        ("redirects", "server_unavailable"),
        ("garbage", "server_unavailable"),
    ],
)
async def test_a_read_fails_with_a_code(shop: Stage, peer: HttpPeer, mode: str, code: str) -> None:
    terms = McpTerms(effect="read", bind=OF_CONTACT, facts=("status",), seconds=1.5)
    await shop.accept("getOrder", terms)
    peer.behave(mode)
    found = await shop.read("erp_get_order", order_id="A1")
    assert (found.status, found.code, found.value) == ("failed", code, {})
    peer.behave("well")
    assert (await shop.read("erp_get_order", order_id="A1")).status == "succeeded"


@pytest.mark.parametrize(
    ("mode", "ending"),
    [
        ("hangs", ("unknown", "tool_hung")),
        ("huge", ("unknown", "invalid_result")),
        ("fails", ("unknown", "tool_crashed")),
        ("rejects", ("failed", "rejected_by_server")),
        ("hangs_listing", ("failed", "server_unavailable")),
        ("garbage", ("failed", "server_unavailable")),
    ],
)
async def test_a_write_is_failed_only_when_nothing_was_done(
    shop: Stage, peer: HttpPeer, mode: str, ending: tuple[str, str]
) -> None:
    await shop.accept("cancelOrder", McpTerms(bind=CANCEL.bind, seconds=1.5))
    pending = await shop.write("erp_cancel_order", order_id="A1")
    peer.behave(mode)
    tools = shop.books.tools(shop.host, pending=pending, confirmed_hash=pending.arguments_hash)  # type: ignore[union-attr]
    found = await tools.write("erp_cancel_order", {"order_id": "A1"}, key="k")
    assert (found.status, found.code) == ending  # type: ignore[union-attr]
    peer.behave("well")
    again = await shop.write("erp_cancel_order", order_id="A1")
    assert again == found
    assert len(peer.deeds()) <= 1


async def test_an_operator_may_vouch_that_an_error_means_not_done(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("cancelOrder", McpTerms(bind=CANCEL.bind, errors_mean_not_done=True))
    found = await shop.confirmed("erp_cancel_order", order_id="B2")
    assert (found.status, found.code) == ("failed", "refused_by_server")
    async with shop.database.read(shop.workspace_id) as unit:
        (entry,) = await unit.tool_ledger.list_newest([LedgerStatus.FAILED], limit=5)
    assert "customer_id" not in entry.arguments
