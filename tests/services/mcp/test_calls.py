"""A real MCP server over the wire, its tools behind the gate."""

import asyncio

import pytest

from kefu.dialogue.tools.results import Pending
from kefu.domain.action import AuthLevel
from kefu.domain.errors import InvalidInputError
from kefu.domain.mcp import McpTerms, McpToolState
from kefu.plugins.context import ToolContact
from tests.support.mcp_stage import CANCEL, HOURS, OF_CONTACT, READ, HttpPeer, Stage


async def test_nothing_can_be_called_before_it_is_accepted(shop: Stage) -> None:
    states = {view.tool.name: view.tool.state for view in (await shop.service.get(shop.workspace_id, "erp")).tools}
    assert states == {
        "getOrder": McpToolState.NEW,
        "cancelOrder": McpToolState.NEW,
        "opening-hours": McpToolState.NEW,
        "strange": McpToolState.UNSUPPORTED,
    }
    assert (await shop.read("erp_get_order", order_id="A1")).code == "unknown_tool"


async def test_a_read_gives_its_facts(shop: Stage) -> None:
    await shop.accept("getOrder", READ)
    found = await shop.read("erp_get_order", order_id="A1")
    assert (found.status, found.value) == ("succeeded", {"status": "paid", "total": 12.5, "card": "4111"})
    tools = shop.books.tools(shop.host)
    await tools.read("erp_get_order", {"order_id": "A1"})
    (called,) = tools.log
    assert called.facts == {"status": "paid", "total": 12.5}  # type: ignore[union-attr]


async def test_a_tool_without_a_schema_gives_text(shop: Stage) -> None:
    await shop.accept("opening-hours", HOURS)
    assert (await shop.read("erp_opening_hours")).value == {"text": "Mon-Fri 9-18. "}


async def test_whose_it_is_comes_from_the_contact_only(shop: Stage) -> None:
    await shop.accept("getOrder", READ)
    others = await shop.read("erp_get_order", order_id="B2")
    forced = await shop.read("erp_get_order", order_id="B2", customer_id="bob")
    assert (others.code, forced.code) == ("refused_by_server", "invalid_arguments")
    stranger = ToolContact(shop.books.contact.id, None, AuthLevel.ANONYMOUS)
    tools = shop.books.tools(shop.host, contact=stranger)
    assert (await tools.read("erp_get_order", {"order_id": "A1"})).code == "not_identified"


async def test_a_write_is_confirmed_in_a_later_turn_and_done_once(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("cancelOrder", CANCEL)
    pending = await shop.write("erp_cancel_order", order_id="A1", reason="too late")
    assert isinstance(pending, Pending)
    assert pending.preview["facts"] == {"order_id": "A1", "reason": "too late"}
    assert peer.deeds() == []
    done = await shop.confirmed("erp_cancel_order", order_id="A1", reason="too late")
    again = await shop.write("erp_cancel_order", order_id="A1", reason="too late")
    assert (done.status, again) == ("succeeded", done)
    (deed,) = peer.deeds()
    assert (deed["customer_id"], deed["reason"]) == ("ann", "too late")
    assert deed["request_id"] == deed["meta"] == f"{shop.books.conversation_id}:erp_cancel_order:k"


async def test_what_is_absent_is_not_sent(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("cancelOrder", CANCEL)
    assert (await shop.confirmed("erp_cancel_order", order_id="A1")).status == "succeeded"
    assert "reason" not in peer.deeds()[0]


async def test_arguments_are_held_to_the_accepted_schema(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("getOrder", READ)
    for arguments in ({"order_id": "x" * 21}, {"order_id": ["A1"]}, {}, {"order_id": "A1", "admin": True}):
        assert (await shop.read("erp_get_order", **arguments)).code == "invalid_arguments"
    assert (await shop.read("erp_get_order", order_id="A1")).status == "succeeded"


async def test_many_calls_at_a_time(shop: Stage) -> None:
    await shop.accept("getOrder", READ)
    found = await asyncio.gather(*(shop.read("erp_get_order", order_id="A1") for _ in range(8)))
    assert {result.status for result in found} == {"succeeded"}


async def test_requests_carry_no_credentials(shop: Stage, peer: HttpPeer) -> None:
    await shop.accept("getOrder", READ)
    await shop.read("erp_get_order", order_id="A1")
    assert not {"authorization", "cookie"} & {name for request in peer.requests() for name in request}


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (McpTerms(effect="read"), "whose it is"),
        (McpTerms(effect="read", bind={"nobody": next(iter(OF_CONTACT.values()))}), "bind names arguments"),
        (McpTerms(effect="read", bind=OF_CONTACT, auth=AuthLevel.ANONYMOUS), "needs auth"),
        (McpTerms(effect="read", bind=OF_CONTACT, facts=("owner",)), "card, status, total"),
        (McpTerms(effect="read", bind=OF_CONTACT, facts=("card",), hide=("card",)), "no fact"),
        (McpTerms(effect="delete", bind=OF_CONTACT), "effect"),
        (McpTerms(effect="read", bind=OF_CONTACT, seconds=31), "seconds"),
    ],
)
async def test_terms_that_do_not_fit_are_refused(shop: Stage, terms: McpTerms, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        await shop.accept("getOrder", terms)


async def test_what_the_server_calls_destructive_is_a_write(shop: Stage) -> None:
    with pytest.raises(InvalidInputError, match="destructive"):
        await shop.accept("cancelOrder", McpTerms(effect="read", bind=OF_CONTACT))


async def test_a_schema_that_cannot_be_checked_is_never_accepted(shop: Stage) -> None:
    with pytest.raises(InvalidInputError, match="/properties/x"):
        await shop.accept("strange", HOURS)
