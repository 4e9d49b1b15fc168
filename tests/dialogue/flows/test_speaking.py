"""Outputs in both languages: what is said and which quick replies are under it."""

import pytest

from kefu.dialogue.commands import Cancel, Clarify, StartFlow
from kefu.dialogue.flows.definition import Wording
from kefu.dialogue.flows.outputs import Ask, HandoffWanted, Offer, Preview, Required
from kefu.dialogue.flows.port import Pending
from kefu.dialogue.flows.speaking import Speaking
from kefu.dialogue.flows.state import Shown
from kefu.domain.conversation import Language
from kefu.domain.turn import HandoffReason
from tests.support.flows import START, STRINGS, Talk, sample

SPEAKING = Speaking(STRINGS, {flow.name: flow for flow in (sample("rma_return"), sample("risk_questionnaire"))})
CHOICES = tuple(Shown(str(number), Wording(f"选项{number}", f"choice {number}")) for number in range(12))


@pytest.mark.parametrize(
    ("language", "titles"),
    [("zh", ["选项0", "选项1", "没有"]), ("en", ["choice 0", "choice 1", "none"])],
)
def test_choices_are_quick_replies_with_a_way_out(language: Language, titles: list[str]) -> None:
    ask = Ask("slot", "f", "s", Wording("问", "ask"), choices=CHOICES[:2], skip=Wording("没有", "none"))
    replies = SPEAKING.replies(ask, language)
    assert [reply.title for reply in replies] == titles
    assert [reply.choice for reply in replies] == ["flow:choice:0", "flow:choice:1", "flow:skip"]


def test_at_most_ten_choices_are_shown() -> None:
    ask = Ask("slot", "f", "s", Wording("问", "ask"), choices=CHOICES)
    assert len(SPEAKING.replies(ask, "zh")) == 10


@pytest.mark.parametrize(("language", "yes", "no"), [("zh", "是", "否"), ("en", "Yes", "No")])
def test_a_question_of_yes_and_no_has_both(language: Language, yes: str, no: str) -> None:
    ask = Ask("slot", "f", "s", Wording("问", "ask"), type="bool")
    assert [reply.title for reply in SPEAKING.replies(ask, language)] == [yes, no]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh", ["请确认以下内容：", "退款：99.50", "退到：银行卡", "确认提交吗？"]),
        ("en", ["Please confirm:", "退款: 99.50", "退到: card", "Shall I submit this?"]),
    ],
)
def test_a_preview_shows_its_facts_in_the_language(language: Language, lines: list[str]) -> None:
    shown = {"退款": "99.50", "退到": {"zh": "银行卡", "en": "card"}}
    preview = Preview("rma_return", Pending("p", "t", {}, "h", {**shown}, START))  # type: ignore[dict-item]
    assert SPEAKING.text(preview, language).splitlines() == lines
    assert [reply.choice for reply in SPEAKING.replies(preview, language)] == ["flow:yes", "flow:no"]


@pytest.mark.parametrize(
    ("offer", "text"),
    [
        (Offer("f", "handoff", None), "需要为您转接人工吗？"),
        (Offer("f", "rma_return", None), "要办理“退货退款”吗？"),
        (Offer("f", "rma_return", Wording("不如退货？", "Return it?")), "不如退货？"),
    ],
)
def test_an_offer_has_its_own_words_or_ours(offer: Offer, text: str) -> None:
    assert SPEAKING.text(offer, "zh") == text


def test_what_a_flow_needs_is_said() -> None:
    needs = [("auth", "identified"), ("auth", "verified"), ("consent", "risk_profiling")]
    texts = [SPEAKING.text(Required("rma_return", kind, name), "en") for kind, name in needs]  # type: ignore[arg-type]
    assert [text.split(" needs ")[1] for text in texts] == [
        "you to sign in first.",
        "you to verify your identity first.",
        "your consent first.",
    ]


def test_what_only_acts_says_nothing() -> None:
    wanted = HandoffWanted(HandoffReason.TOOL_FAILURE, "x", "f", {})
    assert (SPEAKING.text(wanted, "zh"), SPEAKING.replies(wanted, "zh")) == ("", ())


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_text_of_ours_has_the_fields_that_it_needs(language: Language) -> None:
    """Each output of a conversation is worded: a missing field or key would be an error."""
    talk = Talk(sample("rma_return"), language=language)
    for action in (Clarify(("rma_return",)), StartFlow("rma_return"), StartFlow("rma_return"), Cancel()):
        reply = await talk.say(action)
        assert all("{" not in text for text in reply.texts)
