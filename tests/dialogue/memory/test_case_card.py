"""The case card: from events by template, numbers verbatim, each line on an event that exists."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kefu.dialogue.flows.state import DialogueState, SlotValue
from kefu.dialogue.flows.state_json import to_json
from kefu.dialogue.memory.case_card import (
    MAX_ASKED,
    CaseCard,
    CaseLineKind,
    CaseSubject,
    build_case_card,
    build_evidence,
)
from kefu.domain.action import AuthLevel, Caller, PendingAction, PendingActionState
from kefu.domain.conversation import Language
from kefu.domain.turn import Event, EventType
from kefu.kit.jsonvalue import as_object
from kefu.kit.strings import Strings

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
STRINGS = Strings.load("kefu.dialogue")
PROMISED = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
SUBJECT = CaseSubject("customer-7", "小店", "zh", PROMISED, "Asia/Shanghai")


class Log:
    """Events in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, kind: EventType, **data: Any) -> "Log":
        self.events.append(Event("conv_1", len(self.events) + 1, kind, data, None, NOW))
        return self

    def asks(self, text: str) -> "Log":
        return self.add(EventType.MESSAGE_RECEIVED, message={"author": "visitor", "text": text})

    def turn(self, decision: str, *, text: str = "", asked: str | None = None, unanswered: str | None = None,
             titles: tuple[str, ...] = ()) -> "Log":  # fmt: skip
        citations = [{"title": title, "version": 2} for title in titles]
        reply = {"text": text, "decision": decision, "citations": citations}
        message = {"author": "assistant", "text": text}
        return self.add(EventType.TURN_FINISHED, message=message, reply=reply, asked=asked, unanswered=unanswered)

    def card(self, language: Language = "zh", subject: CaseSubject = SUBJECT) -> CaseCard:
        return build_case_card(self.events, subject, strings=STRINGS, language=language)


def story() -> Log:
    log = (
        Log()
        .asks("你好，退款多久到账？")
        .turn("answer", text="3 个工作日", asked="退款多久到账", titles=("退款", "退款"))
    )
    log.asks("订单 W2378156 的 ¥1,299.50 还没到，电话 138-0013-8000，邮箱 li.lei@example.com")
    log.turn("abstain", unanswered="订单 W2378156 的 ¥1,299.50 还没到")
    log.asks("我要起诉你们")
    return log.add(EventType.HANDOFF_REQUESTED, reason="policy_restriction", policy="legal").turn("handoff")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_an_agent_needs_is_on_it(language: Language) -> None:
    card = story().card(language)
    kinds = [line.kind for line in card.lines]
    assert kinds == sorted(kinds, key=[*CaseLineKind].index)
    assert len(card.of_kind(CaseLineKind.ASKED)) == 3
    assert set(card.of_kind(CaseLineKind.DETAIL)) == {"W2378156", "¥1,299.50", "138-0013-8000", "li.lei@example.com"}
    (answered,) = card.of_kind(CaseLineKind.ANSWERED)
    assert answered.count("退款多久到账") == 1
    assert "2" in answered
    (unanswered,) = card.of_kind(CaseLineKind.UNANSWERED)
    assert "W2378156 的 ¥1,299.50" in unanswered
    (promise,) = card.of_kind(CaseLineKind.PROMISE)
    assert "2026-12-01 10:00 (Asia/Shanghai)" in promise


def test_it_is_in_the_agents_language_and_says_why() -> None:
    assert story().card("zh").of_kind(CaseLineKind.REASON) == ("转人工原因：按规定须由人工处理 (法律)",)
    assert story().card("en").of_kind(CaseLineKind.REASON) == (
        "Handed off: a person has to deal with it by policy (legal)",
    )
    assert story().card("en").of_kind(CaseLineKind.WHO) == ("customer-7, in 小店, writes in Chinese",)


def test_each_line_stands_on_an_event() -> None:
    log = story()
    card = log.card()
    by_seq = {event.seq: event for event in log.events}
    assert all(line.seq in by_seq for line in card.lines)
    for line in card.lines:
        if line.kind in {CaseLineKind.ASKED, CaseLineKind.DETAIL}:
            said = str(as_object(by_seq[line.seq].data["message"])["text"])
            assert line.text.split("…")[0] in " ".join(said.split())


def test_the_last_handoff_counts() -> None:
    log = story().add(EventType.STATUS_CHANGED, status="open", handler="assistant")
    log.add(EventType.HANDOFF_REQUESTED, reason="customer_request", policy=None)
    assert log.card("en").of_kind(CaseLineKind.REASON) == ("Handed off: the customer asked for a person",)


def test_a_long_conversation_stays_a_card() -> None:
    log = Log()
    for number in range(400):
        log.asks(f"问题 {number}，订单 A{10_000 + number}").turn("answer", titles=("退款",), asked=f"问题 {number}")
    card = log.card()
    asked = card.of_kind(CaseLineKind.ASKED)
    assert len(asked) == MAX_ASKED + 1
    assert asked[0].startswith("问题 0，")
    assert "388" in asked[1]
    assert asked[-1] == "问题 399，订单 A10399"
    assert "A10399" in card.of_kind(CaseLineKind.DETAIL)
    assert card == log.card(), "the same events give the same card"


@pytest.mark.parametrize("length", range(190, 215))
def test_no_number_is_shown_by_half(length: int) -> None:
    text = "x" * 20 + " " + "很" * (length - 30) + " 合同号 20261130123456789012 在这里，请查"
    (asked,) = Log().asks(text).card().of_kind(CaseLineKind.ASKED)
    shown = asked.removesuffix("…")
    assert text.startswith(shown)
    assert "20261130123456789012" in shown or not shown[-1].isdigit()


def test_an_empty_conversation_has_an_empty_card() -> None:
    assert Log().card().lines == ()


def test_a_turn_that_failed_is_told() -> None:
    log = Log().asks("hi").add(EventType.TURN_FAILED, code="turn_taken_over", text="We", message_ids=[])
    assert log.card("en").of_kind(CaseLineKind.FAILED) == ("A reply of the assistant did not finish (turn_taken_over)",)


def asked_for(state: PendingActionState = PendingActionState.APPROVAL) -> PendingAction:
    return PendingAction(
        id="act_1", workspace_id="ws", conversation_id="conv_1", contact_id="cont_1", auth=AuthLevel.IDENTIFIED,
        caller=Caller.FLOW, tool="refund", key="k", arguments={}, arguments_hash="h", preview={}, state=state,
        amount=Decimal(600), needs_approval=True, shown_turn="turn_1", created_at=NOW, expires_at=NOW,
    )  # fmt: skip


def deeds() -> Log:
    """A customer wants money back: what was read, what was shown, and the yes."""
    log = Log()
    for number, text in enumerate(("你好", "在吗", "我要退款", "订单 W1"), start=1):
        log.add(EventType.MESSAGE_RECEIVED, message={"id": f"msg_{number}", "author": "visitor", "text": text})
    facts = {"id": "W1", "title": {"zh": "跑鞋", "en": "shoes"}}
    log.add(EventType.TOOL_CALLED, tool="get_order", effect="read", status="succeeded", code="", facts=facts)
    preview = {"text": "x", "facts": {"order": "W1", "amount": "600"}}
    log.add(EventType.CONFIRMATION_REQUESTED, action_id="act_1", tool="refund", preview=preview)
    slot = SlotValue("W1", "W1 · 跑鞋", "rule", 1.0, "turn_1", span=(0, 3, 5))
    skipped = SlotValue(None, "", "skipped", 1.0, "turn_1")
    dialogue = to_json(DialogueState(slots={"frame_1": {"order": slot, "note": skipped}}))
    reply = {"text": "", "decision": "ask", "citations": []}
    log.add(EventType.TURN_FINISHED, message={"author": "assistant", "text": ""}, reply=reply, dialogue=dialogue,
            message_ids=["msg_4"])  # fmt: skip
    log.events[-1] = replace(log.events[-1], turn_id="turn_1")
    log.add(EventType.MESSAGE_RECEIVED, message={"id": "msg_5", "author": "visitor", "text": "确认"})
    return log.add(EventType.TOOL_CALLED, tool="refund", effect="write", status="unknown", code="hung", facts={})


def test_what_flows_know_and_tools_did_is_on_it_with_its_source() -> None:
    subject = replace(SUBJECT, slot_titles={"order": "订单"}, pending=(asked_for(),))
    card = deeds().card("zh", subject)
    found = [(line.kind, line.text, line.seq) for line in card.lines if line.kind in {"slot", "tool", "pending"}]
    assert found == [
        ("slot", "订单：W1 · 跑鞋", 4),
        ("tool", "get_order：成功。id W1、title 跑鞋", 5),
        ("tool", "refund：结果未知 (hung)。", 9),
        ("pending", "refund：等待审批（act_1）", 6),
    ]


def test_what_speaks_for_an_action_is_in_its_order() -> None:
    lines = build_evidence(deeds().events, asked_for(), strings=STRINGS, language="en")
    assert [(line.kind, line.text, line.seq) for line in lines] == [
        ("asked", "在吗", 2),
        ("asked", "我要退款", 3),
        ("asked", "订单 W1", 4),
        ("tool", "get_order: succeeded. id W1, title shoes", 5),
        ("shown", "shown to the customer: order W1, amount 600", 6),
        ("confirmed", "确认", 8),
    ]
    assert build_evidence(deeds().events, replace(asked_for(), id="act_2"), strings=STRINGS, language="en") == ()
