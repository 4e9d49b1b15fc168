"""Reads are made once a turn; how often and for how much has a limit, and above it a person decides."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kefu.dialogue.tools.caching import MOST_READS
from kefu.dialogue.tools.gate import Gate
from kefu.dialogue.tools.results import Pending, ToolResult
from kefu.domain.action import LedgerStatus, PendingAction, PendingActionState
from tests.dialogue.tools.conftest import BOB, Scene

DEAR: dict[str, Any] = {"order_id": "o1", "amount": "500.01"}


async def test_a_read_is_made_once_a_turn(scene: Scene) -> None:
    tools = scene.turn()
    first = await tools.read("get_order", {"order_id": "o1"})
    scene.back_end.status["o1"] = "sent"
    assert await tools.read("get_order", {"order_id": "o1"}) == first
    assert (await scene.turn().read("get_order", {"order_id": "o1"})).value["status"] == "sent"
    assert scene.back_end.calls == ["get_order", "get_order"]


async def test_another_contact_s_thing_is_not_read(scene: Scene) -> None:
    scene.contact = BOB
    result = await scene.turn().read("get_order", {"order_id": "o1"})
    assert (result.status, result.code, result.value) == ("failed", "not_owner", {})
    assert scene.back_end.calls == []


async def test_a_read_that_failed_is_tried_again_and_not_kept(scene: Scene) -> None:
    scene.back_end.mode = "raises"
    tools = scene.turn()
    assert (await tools.read("get_order", {"order_id": "o1"})).code == "tool_crashed"
    assert scene.back_end.calls == ["get_order"] * 2
    scene.back_end.mode = "well"
    assert (await tools.read("get_order", {"order_id": "o1"})).status == "succeeded"


async def test_a_turn_reads_so_often_and_no_more(scene: Scene) -> None:
    tools = scene.turn()
    scene.back_end.owners = {f"x{n}": "ann" for n in range(MOST_READS + 1)}
    scene.back_end.status = {f"x{n}": "paid" for n in range(MOST_READS + 1)}
    results = [await tools.read("get_order", {"order_id": f"x{n}"}) for n in range(MOST_READS + 1)]
    assert [result.code for result in results] == [""] * MOST_READS + ["too_many_calls"]


async def test_a_contact_writes_so_often_and_no_more(scene: Scene) -> None:
    for number in range(3):
        result = await scene.write("leave_note", {"text": str(number)}, key=str(number))
        assert isinstance(result, ToolResult)
        assert result.status == "succeeded"
    fourth = await scene.write("leave_note", {"text": "4"}, key="4")
    assert isinstance(fourth, ToolResult)
    assert (fourth.status, fourth.code) == ("failed", "too_many_calls")
    scene.go_on(hours=1)
    assert (await scene.write("leave_note", {"text": "4"}, key="4")).status == "succeeded"  # type: ignore[union-attr]


async def _decide(scene: Scene, state: PendingActionState) -> PendingAction:
    (action,) = scene.ledger.actions.values()
    assert action.state is PendingActionState.APPROVAL
    scene.ledger._set_state(action, state)
    return scene.ledger.actions[action.id]


async def test_an_amount_above_the_limit_waits_for_an_agent(scene: Scene) -> None:
    await scene.write("refund", DEAR)
    result = await scene.write("refund", DEAR, says_yes=True)
    assert isinstance(result, ToolResult)
    assert (result.status, result.code, scene.back_end.done) == ("failed", "approval_pending", [])
    again = await scene.write("refund", DEAR, says_yes=True)
    assert again == result
    action = await _decide(scene, PendingActionState.APPROVED)
    done = await scene.turn(turn_id="turn_job").write_as("refund", action.arguments, key=action.key)
    assert isinstance(done, ToolResult)
    assert (done.status, scene.back_end.done) == ("succeeded", [("refund", "o1")])
    assert await scene.write("refund", DEAR) == done
    assert [action.state for action in scene.ledger.actions.values()] == [PendingActionState.DONE]


async def test_an_agent_s_no_stays_a_no(scene: Scene) -> None:
    for _ in range(2):
        await scene.write("refund", DEAR, says_yes=True)
    await _decide(scene, PendingActionState.DECLINED)
    result = await scene.write("refund", DEAR, says_yes=True)
    assert isinstance(result, ToolResult)
    assert (result.code, scene.back_end.done) == ("approval_declined", [])


async def test_what_an_agent_approved_is_not_what_changed_since(scene: Scene) -> None:
    for _ in range(2):
        await scene.write("refund", DEAR, says_yes=True)
    await _decide(scene, PendingActionState.APPROVED)
    dearer = await scene.write("refund", {**DEAR, "amount": "900"}, says_yes=True)
    assert isinstance(dearer, Pending)
    assert scene.back_end.done == []


async def test_at_the_limit_nobody_has_to_approve(scene: Scene) -> None:
    assert (await scene.confirmed("refund", {"order_id": "o1", "amount": "500"})).status == "succeeded"


@pytest.mark.parametrize("minutes", [4, 6])
async def test_a_write_that_the_back_end_never_heard_of_was_not_done_after_a_while(scene: Scene, minutes: int) -> None:
    await scene.write("cancel_order", {"order_id": "o1"})
    scene.back_end.mode = "raises"
    assert (await scene.write("cancel_order", {"order_id": "o1"}, says_yes=True)).status == "unknown"  # type: ignore[union-attr]
    scene.go_on(minutes=minutes)
    result = await scene.write("cancel_order", {"order_id": "o1"})
    assert isinstance(result, ToolResult)
    assert (result.status, result.code) == (("failed", "not_done") if minutes == 6 else ("unknown", "tool_crashed"))
    (entry,) = scene.ledger.entries.values()
    assert (entry.status is LedgerStatus.FAILED) == (minutes == 6)


async def test_a_turn_that_is_cancelled_waits_for_a_write_that_has_begun(scene: Scene) -> None:
    pending = await scene.write("cancel_order", {"order_id": "o1"})
    assert isinstance(pending, Pending)
    scene.back_end.mode = "hangs_after"
    loop, is_done = asyncio.get_running_loop(), asyncio.Event()
    scene.back_end.on_done = lambda: loop.call_soon_threadsafe(is_done.set)
    turn = asyncio.create_task(scene.write("cancel_order", {"order_id": "o1"}, says_yes=True))
    await is_done.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    (entry,) = scene.ledger.entries.values()
    assert entry.status is LedgerStatus.SUCCEEDED, "its end is written down: the back end knew it by its key"
    assert scene.back_end.calls.count("cancel_order") == 1


async def test_a_write_under_way_is_not_asked_about(scene: Scene) -> None:
    await scene.confirmed("cancel_order", {"order_id": "o1"})
    (entry,) = scene.ledger.entries.values()
    running = replace(entry, status=LedgerStatus.EXECUTING, check_at=scene.clock.now() + timedelta(seconds=1))
    reconciler = Gate(scene.host, scene.ledger, clock=scene.clock).reconciler
    assert await reconciler.ask(running, contact=scene.contact, language="zh") is running
    assert "find" not in scene.back_end.calls
