"""What the rules hear, and what is left over as a question."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kefu.dialogue.context import TurnContext
from kefu.dialogue.hearing import hear
from kefu.dialogue.processing import OFFER_HANDOFF, process
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.state import State
from kefu.domain.conversation import Author, Message

REQUESTS = [
    tuple(part.strip() for part in line.split("|", 1))
    for line in (Path(__file__).parent / "handoff_requests.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PROPOSER = Proposer(RuleProposer.load())
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def plan(*texts: str, open_question: str | None = None, choice: str | None = None) -> list[str]:
    messages = tuple(
        Message(f"msg_{n}", "c", n, str(n), Author.VISITOR, text, NOW, choice) for n, text in enumerate(texts)
    )
    context = TurnContext("turn_1", "ws", "c", "Shop", messages, State(open_question=open_question), NOW)
    heard = hear(context)
    done = process(PROPOSER.propose(heard), context.state)
    return [
        getattr(command.action, "query", None) or getattr(command.action, "kind", None) or command.name
        for command in done.commands
    ]


@pytest.mark.parametrize(
    "text",
    [
        "转人工", "我要人工客服", "人工", "找个真人跟我说", "给我转接客服", "轉人工", "你好，转人工，谢谢", "我想和人工客服聊聊",
        "能不能换个人工啊", "I want to talk to a human", "agent please", "can I speak to a real person?", "get me a representative!",
        "Hi, connect me to someone in support", "live agent",
    ],
)  # fmt: skip
def test_a_person_is_asked_for(text: str) -> None:
    assert plan(text) == ["Handoff"]


@pytest.mark.parametrize(("sign", "text"), REQUESTS)
def test_a_person_is_asked_for_in_many_words(sign: str, text: str) -> None:
    found = plan(text)
    assert (found == ["Handoff"]) if sign == "+" else ("Handoff" not in found)


def test_the_table_of_requests_is_long_enough_to_mean_something() -> None:
    assert sum(sign == "+" for sign, _ in REQUESTS) >= 80
    assert sum(sign == "-" for sign, _ in REQUESTS) >= 60


@pytest.mark.parametrize(
    "text",
    [
        "人工客服几点上班",
        "客服电话是多少",
        "What are your support hours?",
        "how do I contact the agent who sold it by email?",
    ],
)
def test_a_question_about_people_is_a_question(text: str) -> None:
    assert plan(text) == [text.rstrip("?")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好", ["greeting"]), ("Hello there!", ["greeting"]), ("谢谢啦", ["thanks"]), ("thanks a lot", ["thanks"]),
        ("再见", ["farewell"]), ("你是机器人吗？", ["identity"]), ("Are you a bot?", ["identity"]), ("再说一遍", ["Repeat"]),
        ("can you repeat that?", ["Repeat"]), ("speak English please", ["SetLanguage"]), ("请用中文回答", ["SetLanguage"]),
        ("好的", ["acknowledged"]), ("？？？", ["CannotHandle"]), ("👍", ["👍"]),
        ("你好，运费谁出？", ["运费谁出"]), ("Hi! Who pays for shipping?", ["Who pays for shipping"]),
        ("谢谢，那退货呢", ["那退货呢"]),
        ("运费谁出？退款多久到？", ["运费谁出", "退款多久到"]),
        ("我昨天买的鞋。还能退吗？", ["我昨天买的鞋。还能退吗"]),
        ("3.5 kg 的包裹多少钱", ["3.5 kg 的包裹多少钱"]),
    ],
)  # fmt: skip
def test_what_is_heard(text: str, expected: list[str]) -> None:
    assert plan(text) == expected


def test_an_open_question_is_answered_first() -> None:
    assert plan("好的", open_question=OFFER_HANDOFF) == ["Handoff"]
    assert plan("不用了，谢谢", open_question=OFFER_HANDOFF) == ["Deny"]
    assert plan("yes please", open_question=OFFER_HANDOFF) == ["Handoff"]


def test_a_yes_with_a_question_is_both() -> None:
    assert plan("好的，运费谁出？", open_question=OFFER_HANDOFF) == ["运费谁出", "Handoff"]


def test_a_pressed_button_needs_no_reading() -> None:
    assert plan("Talk to a person", choice="handoff:yes") == ["Handoff"]
    assert plan("No, thanks", choice="handoff:no") == ["Deny"]


def test_a_burst_is_one_question() -> None:
    assert plan("你好", "我买的那件外套", "还能退吗") == ["我买的那件外套\n还能退吗"]
