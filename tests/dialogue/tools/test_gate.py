"""Each write through each way of going wrong: refused with a reason, or done exactly once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kefu.dialogue.tools.memory import MemoryLedger
from kefu.dialogue.tools.recording import to_event, to_trace
from kefu.dialogue.tools.results import ConfirmationRequested, Pending, Refused, ToolCalled, ToolResult
from kefu.domain.action import Caller, LedgerEntry
from tests.dialogue.tools.conftest import BOB, NOBODY, Scene

WRITES: dict[str, dict[str, Any]] = {
    "cancel_order": {"order_id": "o1"},
    "reopen_order": {"order_id": "o1"},
    "refund": {"order_id": "o1", "amount": "20"},
}
Mutation = Callable[[Scene], None]
each_write = pytest.mark.parametrize("tool", WRITES)


def refused(result: ToolResult | Pending) -> str:
    assert isinstance(result, ToolResult)
    assert (result.status, result.value) == ("failed", {})
    return result.code


@each_write
async def test_a_confirmed_write_is_done_once(scene: Scene, tool: str) -> None:
    result = await scene.confirmed(tool, WRITES[tool])
    assert result.status == "succeeded"
    assert scene.back_end.done == [(tool, "o1")]


@each_write
async def test_nothing_is_done_before_the_confirmation(scene: Scene, tool: str) -> None:
    for _ in range(3):
        assert isinstance(await scene.write(tool, WRITES[tool]), Pending)
    assert scene.back_end.done == []


@each_write
async def test_a_yes_in_the_turn_that_shows_it_is_none(scene: Scene, tool: str) -> None:
    pending = await scene.write(tool, WRITES[tool], turn_id="turn_same")
    assert isinstance(pending, Pending)
    again = await scene.write(tool, WRITES[tool], turn_id="turn_same", says_yes=True)
    assert isinstance(again, Pending)
    assert scene.back_end.done == []


@each_write
@pytest.mark.parametrize("caller", Caller)
async def test_whoever_asks_has_to_ask_first(scene: Scene, tool: str, caller: Caller) -> None:
    assert isinstance(await scene.write(tool, WRITES[tool], caller=caller), Pending)
    assert scene.back_end.done == []


@each_write
@pytest.mark.parametrize(
    ("mutate", "code"),
    [
        (lambda scene: setattr(scene, "contact", NOBODY), "not_identified"),
        (lambda scene: setattr(scene, "contact", BOB), "not_owner"),
        (lambda scene: scene.back_end.owners.pop("o1"), "not_owner"),
        (lambda scene: scene.set_state(is_enabled=False), "tool_disabled"),
        (lambda scene: scene.set_state(closed_tools=tuple(WRITES)), "tool_disabled"),
        (lambda scene: scene.ledger.states.clear(), "tool_disabled"),
        (lambda scene: scene.set_state(settings={"unknown": 1}), "settings_invalid"),
    ],
    ids=["anonymous", "other_contact", "no_such_order", "disabled", "closed", "never_enabled", "settings"],
)
@pytest.mark.parametrize("when", ["before", "after_the_preview"])
async def test_who_may_not_is_refused(scene: Scene, tool: str, *, mutate: Mutation, code: str, when: str) -> None:
    if when == "after_the_preview":
        assert isinstance(await scene.write(tool, WRITES[tool]), Pending)
    mutate(scene)
    assert refused(await scene.write(tool, WRITES[tool], says_yes=True)) == code
    assert scene.back_end.done == []


@each_write
async def test_arguments_that_changed_after_the_preview_are_shown_anew(scene: Scene, tool: str) -> None:
    scene.back_end.owners["o2"] = "ann"
    shown = await scene.write(tool, WRITES[tool])
    changed = await scene.write(tool, {**WRITES[tool], "order_id": "o2"}, says_yes=True)
    assert isinstance(shown, Pending)
    assert isinstance(changed, Pending)
    assert changed.arguments_hash != shown.arguments_hash
    assert scene.back_end.done == []


@each_write
async def test_a_yes_to_something_else_is_none(scene: Scene, tool: str) -> None:
    pending = await scene.write(tool, WRITES[tool])
    assert isinstance(pending, Pending)
    for forged in (
        {"confirmed_hash": "0" * 64},
        {"confirmed_hash": pending.arguments_hash, "pending": None},
        {"confirmed_hash": pending.arguments_hash, "pending": replace(pending, id="act_other")},
        {"confirmed_hash": pending.arguments_hash, "pending": replace(pending, arguments_hash="0" * 64)},
    ):
        scene.shown = pending
        assert isinstance(await scene.write(tool, WRITES[tool], **forged), Pending), forged
    assert scene.back_end.done == []


@each_write
async def test_a_replayed_key_gives_the_recorded_result(scene: Scene, tool: str) -> None:
    first = await scene.confirmed(tool, WRITES[tool])
    for says_yes in (False, True):
        assert await scene.write(tool, WRITES[tool], says_yes=says_yes) == first
    assert scene.back_end.done == [(tool, "o1")]
    assert scene.back_end.calls.count(tool) == 1


@each_write
async def test_a_yes_that_comes_too_late_is_asked_for_again(scene: Scene, tool: str) -> None:
    await scene.write(tool, WRITES[tool])
    scene.go_on(minutes=31)
    assert isinstance(await scene.write(tool, WRITES[tool], says_yes=True), Pending)
    assert scene.back_end.done == []
    assert (await scene.write(tool, WRITES[tool], says_yes=True)).status == "succeeded"  # type: ignore[union-attr]


@each_write
@pytest.mark.parametrize("mode", ["hangs", "blocks", "raises", "exits", "hangs_after", "raises_after"])
async def test_a_write_without_an_answer_is_unknown_and_never_done_twice(scene: Scene, tool: str, mode: str) -> None:
    await scene.write(tool, WRITES[tool])
    scene.back_end.mode = mode
    result = await scene.write(tool, WRITES[tool], says_yes=True)
    is_found = tool == "cancel_order" and mode.endswith("_after")  # it can be asked for by key
    assert isinstance(result, ToolResult)
    assert result.status == ("succeeded" if is_found else "unknown")
    scene.back_end.mode = "well"
    for _ in range(3):
        again = await scene.write(tool, WRITES[tool], says_yes=True)
        assert isinstance(again, ToolResult)
        assert again.status == result.status
    assert scene.back_end.calls.count(tool) == 1


@each_write
async def test_a_no_of_the_back_end_is_a_failure_with_its_code(scene: Scene, tool: str) -> None:
    await scene.write(tool, WRITES[tool])
    scene.back_end.mode = "refuses"
    assert refused(await scene.write(tool, WRITES[tool], says_yes=True)) == "closed_today"
    assert scene.back_end.done == []


@each_write
@pytest.mark.parametrize(
    "arguments",
    [{}, {"order_id": 3}, {"order_id": "o1", "amount": "20", "extra": 1}, {"order_id": "\ud800", "amount": "1"}],
)
async def test_arguments_that_do_not_fit_are_refused(scene: Scene, tool: str, arguments: dict[str, Any]) -> None:
    assert refused(await scene.write(tool, arguments)) == "invalid_arguments"


async def test_a_wrong_status_is_refused_before_and_after_the_preview(scene: Scene) -> None:
    await scene.write("cancel_order", WRITES["cancel_order"])
    scene.back_end.status["o1"] = "sent"
    assert refused(await scene.write("cancel_order", WRITES["cancel_order"], says_yes=True)) == "not_paid"
    assert refused(await scene.write("cancel_order", WRITES["cancel_order"], key="new")) == "not_paid"
    assert scene.back_end.done == []


async def test_a_preview_that_changed_is_shown_again(scene: Scene) -> None:
    tool = scene.host.find_tool("cancel_order")
    assert tool is not None
    await scene.write("cancel_order", WRITES["cancel_order"])
    scene.ledger.actions = {name: replace(a, preview={"text": "x"}) for name, a in scene.ledger.actions.items()}
    assert isinstance(await scene.write("cancel_order", WRITES["cancel_order"], says_yes=True), Pending)
    assert scene.back_end.done == []


async def test_a_verified_contact_is_more_than_an_identified_one(scene: Scene) -> None:
    assert refused(await scene.write("close_account", {"text": "bye"})) == "not_verified"


async def test_a_tool_may_be_closed_to_models(scene: Scene) -> None:
    assert refused(await scene.write("leave_note", {"text": "a"}, caller=Caller.MODEL)) == "caller_not_allowed"


async def test_a_tool_that_needs_no_confirmation_is_called_at_once_and_once(scene: Scene) -> None:
    for _ in range(2):
        result = await scene.write("leave_note", {"text": "a"})
        assert isinstance(result, ToolResult)
        assert result.status == "succeeded"
    assert scene.back_end.calls == ["leave_note"]


@pytest.mark.parametrize(("name", "code"), [("no_such", "unknown_tool"), ("get_order", "wrong_effect")])
async def test_what_is_no_writing_tool_is_not_written(scene: Scene, name: str, code: str) -> None:
    assert refused(await scene.write(name, {"order_id": "o1"})) == code


async def test_a_result_that_lies_about_its_form_is_unknown_until_asked_for(scene: Scene) -> None:
    await scene.write("cancel_order", WRITES["cancel_order"])
    scene.back_end.mode = "lies"
    result = await scene.write("cancel_order", WRITES["cancel_order"], says_yes=True)
    assert isinstance(result, ToolResult)
    assert (result.status, result.value["status"]) == ("succeeded", "cancelled"), "the back end knows it by its key"


async def test_a_key_of_another_write_is_refused(scene: Scene) -> None:
    scene.back_end.owners["o2"] = "ann"
    await scene.confirmed("cancel_order", {"order_id": "o1"})
    assert refused(await scene.write("cancel_order", {"order_id": "o2"})) == "key_reused"


async def test_a_tool_s_own_key_counts_in_every_conversation(scene: Scene) -> None:
    await scene.confirmed("refund", WRITES["refund"])
    again = await scene.write("refund", WRITES["refund"], key="another", conversation_id="conv_2")
    assert isinstance(again, ToolResult)
    assert (again.status, scene.back_end.done) == ("succeeded", [("refund", "o1")])


async def test_a_tool_s_own_key_may_be_tried_again_after_a_no(scene: Scene) -> None:
    scene.back_end.mode = "refuses"
    assert refused(await scene.confirmed("refund", WRITES["refund"])) == "closed_today"
    scene.back_end.mode = "well"
    assert (await scene.confirmed("refund", WRITES["refund"], key="k2")).status == "succeeded"


async def test_compensation_goes_through_the_same_gate(scene: Scene) -> None:
    await scene.confirmed("cancel_order", WRITES["cancel_order"])
    (key,) = (entry.key for entry in scene.ledger.entries.values())
    pending = await scene.turn().compensate(key)
    assert isinstance(pending, Pending)
    assert pending.tool == "reopen_order"
    scene.shown = pending
    assert scene.back_end.done == [("cancel_order", "o1")]
    done = await scene.turn(says_yes=True).compensate(key)
    assert isinstance(done, ToolResult)
    assert scene.back_end.done == [("cancel_order", "o1"), ("reopen_order", "o1")]


async def test_what_was_not_done_is_not_undone(scene: Scene) -> None:
    assert refused(await scene.turn().compensate("no such key")) == "not_compensable"
    await scene.confirmed("cancel_order", WRITES["cancel_order"])
    (key,) = (entry.key for entry in scene.ledger.entries.values())
    scene.contact = BOB
    assert refused(await scene.turn().compensate(key)) == "not_compensable"


async def test_the_log_tells_what_happened_without_what_is_hidden(scene: Scene) -> None:
    tools = scene.turn()
    await tools.write("refund", {"order_id": "o1", "amount": "20", "account": "card-9"}, key="k")
    await tools.write("cancel_order", {"order_id": "o2"}, key="k")
    await tools.read("get_order", {"order_id": "o1"})
    asked, no, read = tools.log
    assert isinstance(asked, ConfirmationRequested)
    assert asked.pending.preview == {"text": "", "facts": {"order_id": "o1", "amount": "20"}}
    assert no == Refused("cancel_order", "not_owner", "the order is not the contact's")
    assert isinstance(read, ToolCalled)
    assert (read.status, read.facts, read.is_recorded) == ("succeeded", {"status": "paid"}, False)
    assert to_trace(no)["refused"] == "not_owner"
    assert "card-9" not in str([to_event(asked), to_event(read), to_trace(read)])
    assert to_event(asked)[1]["arguments_hash"] == asked.pending.arguments_hash


class LateLedger(MemoryLedger):
    """When told so, answers the next question for a row as it was before another worker came."""

    is_late = False

    async def find_entry(self, workspace_id: str, key: str) -> LedgerEntry | None:
        is_late, self.is_late = self.is_late, False
        return None if is_late else await super().find_entry(workspace_id, key)


@each_write
async def test_what_another_worker_does_between_two_looks_is_told_and_not_asked_again(scene: Scene, tool: str) -> None:
    scene.ledger = ledger = LateLedger(clock=scene.clock, states=scene.ledger.states.values())
    pending = await scene.write(tool, WRITES[tool])
    assert isinstance(pending, Pending)
    await scene.write(tool, WRITES[tool], says_yes=True)
    ledger.is_late, scene.shown = True, pending
    again = await scene.write(tool, WRITES[tool], says_yes=True)
    assert isinstance(again, ToolResult)
    assert again.status == "succeeded"
    assert scene.back_end.done == [(tool, "o1")]
