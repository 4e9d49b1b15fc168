"""A whole turn without a server: failures in a row, anger, policy, and a conversation that waits."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kefu.dialogue.answer.composing import Composer
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.answer.prompts import PromptBook
from kefu.dialogue.answering import Answering
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Finished, HandoffRequested, Said
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.handoff import Policy, PolicyRules
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.memory.context import Recall
from kefu.dialogue.outlook import Outlook
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.query.rewriting import Rewriter
from kefu.dialogue.query.understanding import Understanding
from kefu.dialogue.state import State
from kefu.dialogue.turn import Engine
from kefu.domain.conversation import Author, Hotlines, Language, Message
from kefu.domain.turn import Decision, HandoffReason
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.fusion import load_fusion
from kefu.knowledge.index import build_index
from kefu.knowledge.reader import NullReader
from kefu.models.scripted import ScriptedModel
from kefu.models.tokens import TokenMeter
from kefu.storage.vector_port import MemoryVectors
from tests.knowledge.chunks import TopicEmbedder
from tests.support.hard_turns import make_hard_turns, make_uncovered

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PROMISED = NOW + timedelta(hours=9)


class Turn:
    """What one message came to."""

    def __init__(self, events: list[Any]) -> None:
        self.text = "".join(event.text for event in events if isinstance(event, Said))
        self.handoffs = [event for event in events if isinstance(event, HandoffRequested)]
        self.end = next(event for event in events if isinstance(event, Finished))

    @property
    def stages(self) -> dict[str, str]:
        steps: Any = self.end.trace["steps"]
        return {step["stage"]: step["chosen"] for step in steps}


async def turn(
    text: str,
    *,
    state: State | None = None,
    is_queued: bool = False,
    mood: float | None = None,
    hotlines: Hotlines | None = None,
) -> Turn:
    strings, guard, model = Strings.load("kefu.dialogue"), InputGuard.load(), ScriptedModel((), is_configured=False)

    async def look(context: TurnContext, language: Language) -> Outlook:
        return Outlook(2, None, is_open=False, is_staffed=False, promised_at=PROMISED, time_zone="UTC")

    answering = Answering(
        Finder(Calibrator.load(), NullReader()),
        Composer(model, guard=guard, prompts=PromptBook(), strings=strings, recall=Recall(TokenMeter(), budget=1500)),
        strings,
        understanding=Understanding(guard, Rewriter(model)),
        uncovered=make_uncovered(model, strings),
        look=look,
    )
    engine = Engine(
        mood=Mood.load(),
        strings=strings,
        guard=guard, policies=PolicyRules.load(), proposer=Proposer(RuleProposer.load()),
        hard_turns=make_hard_turns(model, guard), answering=answering, clock=Clock()
    )  # fmt: skip
    embedder = TopicEmbedder(languages=frozenset({"zh", "en"}), topics=(("size", "尺码"),))
    index = build_index(
        [],
        workspace_id="ws",
        version=1,
        embedder=embedder,
        open_vectors=lambda: MemoryVectors(dimension=embedder.dimension),
        fusion=load_fusion(),
    )
    message = Message("msg_1", "c", 1, "1", Author.VISITOR, text, NOW)
    context = TurnContext(
        "turn_1", "ws", "c", "小店", (message,), state or State(), NOW, is_queued=is_queued, mood=mood,
        hotlines=hotlines or {},
    )  # fmt: skip
    return Turn([event async for batch in engine.run(context, index) for event in batch])


async def test_the_first_failure_offers_and_the_second_hands_off() -> None:
    first = await turn("你们的股票代码是多少")
    assert (first.end.decision, first.handoffs, len(first.end.quick_replies)) == (Decision.ABSTAIN, [], 2)
    second = await turn("你们的股票代码是多少", state=State(abstentions=1))
    assert (second.end.decision, second.end.quick_replies, second.end.open_question) == (Decision.HANDOFF, (), None)
    assert second.handoffs == [HandoffRequested(HandoffReason.MISSING_KNOWLEDGE, None, PROMISED)]
    assert second.end.unanswered is not None, "the question is on the owner's list all the same"
    assert second.stages["handoff"] == "missing_knowledge"
    assert "11月30日 09:00前" in second.text


async def test_two_messages_that_nobody_understands_hand_off() -> None:
    assert (await turn("？？？")).end.decision is Decision.CLARIFY
    again = await turn("？？？", state=State(clarifications=1))
    assert [handoff.reason for handoff in again.handoffs] == [HandoffReason.PENDING_CLARIFICATION]


async def test_an_angry_customer_who_was_failed_is_offered_a_person_in_words() -> None:
    calm, angry = await turn("你们的股票代码是多少", mood=0.1), await turn("你们的股票代码是多少", mood=0.9)
    assert "非常抱歉" not in calm.text
    assert "我现在就为您转接人工客服" in angry.text
    assert (angry.handoffs, len(angry.end.quick_replies)) == ([], 2)
    thanked = await turn("谢谢", mood=0.9)
    assert "我现在就为您转接人工客服" not in thanked.text


@pytest.mark.parametrize(
    ("text", "policy", "says"),
    [
        ("我被骗了，刚转了钱", "fraud", "请先不要转账"),
        ("I want to die", "vulnerable", "local emergency number"),
        ("充电宝爆炸了", "injury", "当地的急救或火警电话"),
        ("I will sue you", "legal", "seriously"),
    ],
)
async def test_a_policy_class_is_told_in_fitting_words(text: str, policy: str, says: str) -> None:
    done = await turn(text)
    assert done.handoffs == [HandoffRequested(HandoffReason.POLICY_RESTRICTION, policy, PROMISED)]
    assert says in done.text


@pytest.mark.parametrize("is_queued", [False, True])
async def test_whom_to_call_is_the_workspace_s_own_word(is_queued: bool) -> None:
    numbers: Hotlines = {"injury": {"zh": "急救 120"}, "fraud": {"zh": "报警 110", "en": "police 110"}}
    told = (await turn("充电宝爆炸了", hotlines=numbers, is_queued=is_queued)).text
    assert "您可以联系：急救 120。" in told
    assert "报警 110" not in told
    assert "120" not in (await turn("the charger exploded", hotlines=numbers, is_queued=is_queued)).text, (
        "not in English"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_number_is_known_to_kefu_itself(language: str) -> None:
    strings = Strings.load("kefu.dialogue")
    for policy in Policy:
        assert re.search(r"\d", strings.get(f"policy_{policy}", language)) is None


async def test_who_waits_is_told_the_place_and_offered_nothing_again() -> None:
    noted = await turn("你们的股票代码是多少", is_queued=True, state=State(abstentions=5))
    assert (noted.handoffs, noted.end.quick_replies, noted.end.decision) == ([], (), Decision.ABSTAIN)
    assert noted.text.endswith("人工客服会在11月30日 09:00前回复您。")
    again = await turn("转人工", is_queued=True)
    assert (again.handoffs, "已经在等待" in again.text) == ([], True)
    graver = await turn("我不想活了", is_queued=True)
    assert [handoff.policy for handoff in graver.handoffs] == ["vulnerable"]
