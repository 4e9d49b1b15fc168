"""The strict questionnaire of the guide: in order, word for word, reviewed before it is saved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kefu.dialogue.commands import Affirm, AskKB, Cancel, Deny, SetSlot, Skip, StartFlow
from kefu.dialogue.flows.outputs import Ask, Finished, HandoffWanted, Preview, Required, Say
from kefu.dialogue.flows.port import ToolFacts
from kefu.domain.conversation import Language
from kefu.domain.turn import HandoffReason
from tests.support.flows import CANCEL_ORDER, Reply, Shop, Talk, flow_of, sample, to_action, write_tool

SAVED = "save_risk_profile"


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def make_talk(shop: Shop | None = None, language: Language = "zh") -> Talk:
    talk = Talk(sample("risk_questionnaire"), flow_of(CANCEL_ORDER), shop=shop, language=language)
    talk.turn = replace(talk.turn, consents=frozenset({"risk_profiling"}))
    return talk


async def fill(talk: Talk, horizon: object, loss: object, income_need: object) -> Reply:
    await talk.say(StartFlow("risk_questionnaire"))
    await talk.answer(horizon=horizon)
    await talk.answer(loss=loss)
    return await talk.answer(income_need=income_need)


def asked(reply: Reply) -> Ask:
    ask = reply.outputs[-1]
    assert isinstance(ask, Ask)
    return ask


async def test_questions_come_in_order_with_verbatim_wording_and_each_answer_is_repeated(language: Language) -> None:
    talk = make_talk(language=language)
    ask = asked(await talk.say(StartFlow("risk_questionnaire")))
    assert (ask.slot, ask.is_verbatim, ask.version) == ("horizon", True, "2026.1")
    assert [choice.id for choice in ask.choices] == ["lt1", "y1_3", "gt3"]
    reply = await talk.answer(horizon="gt3")
    said = reply.outputs[0]
    assert isinstance(said, Say)
    assert said.fields["answer"] == {"zh": "3年以上", "en": "over 3 years"}[language]
    assert asked(reply).slot == "loss"


async def test_all_answers_are_reviewed_with_the_write_and_saved_by_one_yes(language: Language) -> None:
    talk = make_talk(language=language)
    reply = await fill(talk, "gt3", "l10", income_need=False)
    preview = reply.outputs[-1]
    assert isinstance(preview, Preview)
    assert [answer.slot for answer in preview.answers] == ["horizon", "loss", "income_need"]
    assert preview.answers[2].display == {"zh": "否", "en": "No"}[language]
    assert "3." in reply.text
    assert talk.shop.writes == []
    reply = await talk.say(Affirm())
    answers = {"horizon": "gt3", "loss": "l10", "income_need": False}
    assert talk.shop.writes == [(SAVED, {"answers": answers, "band": "growth", "text_version": "2026.1"})]
    said, finished = reply.outputs
    assert isinstance(said, Say)
    assert said.cite == "kb:risk-disclaimer"
    assert {"zh": "成长型", "en": "growth"}[language] in reply.text
    assert isinstance(finished, Finished)


async def test_yes_and_no_answer_a_question_of_yes_and_no() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    await talk.answer(horizon="gt3")
    await talk.answer(loss="l10")
    await talk.say(Deny())
    await talk.say(Affirm())
    assert talk.shop.writes[0][1]["answers"] == {"horizon": "gt3", "loss": "l10", "income_need": False}


async def test_a_correction_in_the_review_is_reviewed_again(language: Language) -> None:
    talk = make_talk(language=language)
    await fill(talk, "gt3", "l10", income_need=False)
    reply = await talk.answer(loss="l0")
    preview = reply.outputs[-1]
    assert isinstance(preview, Preview)
    assert preview.pending.arguments["band"] == "balanced"
    assert preview.answers[1].display == {"zh": "不能亏损", "en": "none"}[language]
    await talk.say(Affirm())
    assert len(talk.shop.writes) == 1


async def test_a_no_to_the_review_asks_what_to_change_and_a_cancel_ends_it() -> None:
    talk = make_talk()
    await fill(talk, "gt3", "l10", income_need=False)
    reply = await talk.say(Deny())
    assert [said.key for said in reply.outputs if isinstance(said, Say)] == ["flow_which_to_change"]
    assert isinstance(reply.outputs[-1], Preview)
    reply = await talk.say(Cancel())
    assert isinstance(reply.outputs[-1], Finished)
    assert talk.shop.writes == []


async def test_a_contradiction_is_explained_at_once_and_asked_again() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    await talk.answer(horizon="lt1")
    reply = await talk.answer(loss="l30")
    assert [said.key for said in reply.outputs if isinstance(said, Say)] == ["flow_answered", "contradiction_explain"]
    assert asked(reply).slot == "loss"
    reply = await talk.answer(loss="l10")
    assert asked(reply).slot == "income_need"


async def test_a_contradiction_that_stays_is_for_a_person() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    await talk.answer(horizon="lt1")
    for _ in range(2):
        assert asked(await talk.answer(loss="l30")).slot == "loss"
    reply = await talk.answer(loss="l30")
    wanted = next(output for output in reply.outputs if isinstance(output, HandoffWanted))
    assert wanted.reason is HandoffReason.PENDING_CLARIFICATION


@pytest.mark.parametrize(
    ("answers", "band"),
    [
        (("lt1", "l0", False), "conservative"),
        (("y1_3", "l10", False), "balanced"),
        (("gt3", "l30", False), "growth"),
        (("gt3", "l30", True), "conservative"),
    ],
)
async def test_the_band_follows_the_points_and_the_cap(answers: tuple[str, str, bool], band: str) -> None:
    reply = await fill(make_talk(), *answers)
    preview = reply.outputs[-1]
    assert isinstance(preview, Preview)
    assert preview.pending.arguments["band"] == band


async def test_an_answer_is_read_by_its_words_or_as_a_quantity() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    expected = talk.engine.expectation(talk.state)
    assert expected is not None
    assert [read.kind for read in expected.read_as] == ["enum", "duration"]
    assert expected.read_as[0].choices[0].words == ("1年以内", "under 1 year")
    assert expected.questions == ("horizon", "loss", "income_need")
    assert (expected.min_confidence, expected.is_understand_only, expected.can_skip) == (0.95, True, False)


async def test_an_answer_ahead_of_its_question_is_not_taken() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    reply = await talk.answer(loss="l10")
    assert reply.dropped == ["out_of_order"]
    assert asked(reply).slot == "horizon"


async def test_a_doubtful_answer_is_asked_again() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    reply = await talk.say(to_action("horizon", "gt3"), sure=0.9)
    assert reply.dropped == ["not_sure_enough"]
    assert (asked(reply).slot, asked(reply).repeats) == ("horizon", 1)


async def test_nothing_is_skipped_and_no_other_flow_begins() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    assert (await talk.say(Skip())).dropped == ["cannot_skip"]
    reply = await talk.say(StartFlow("cancel_order"))
    assert reply.dropped == ["strict_flow_open"]
    assert asked(reply).slot == "horizon"


async def test_a_question_is_passed_on_and_the_open_one_repeated() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    reply = await talk.say(AskKB("什么是风险等级"))
    assert [type(command.action) for command in reply.applied.rest] == [AskKB]
    assert asked(reply).repeats == 1


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ("P2Y", "y1_3"),
        ("P12M", "lt1"),
        ("P18M", "y1_3"),
        ("P10Y", "gt3"),
        (20, "lt1"),
        ({"from": "P3Y", "to": None}, "gt3"),
    ],
)
async def test_a_spoken_time_becomes_an_option(said: object, option: str) -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    await talk.say(SetSlot("horizon", "words", said))  # type: ignore[arg-type]
    assert talk.state.slots[talk.state.stack[0].id]["horizon"].value == option


@pytest.mark.parametrize("said", [{"from": "P6M", "to": "P2Y"}, "soon", {"from": None}])
async def test_a_time_that_fits_several_options_or_none_is_asked_again(said: object) -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    reply = await talk.say(SetSlot("horizon", "words", said))  # type: ignore[arg-type]
    assert reply.dropped == ["not_a_value"]


async def test_it_waits_for_the_consent_and_the_verified_customer() -> None:
    talk = make_talk()
    talk.turn = replace(talk.turn, auth="identified", consents=frozenset())
    reply = await talk.say(StartFlow("risk_questionnaire"))
    assert reply.outputs == (Required("risk_questionnaire", "auth", "verified"),)
    talk.turn = replace(talk.turn, auth="verified")
    reply = await talk.say()
    assert reply.outputs == (Required("risk_questionnaire", "consent", "risk_profiling"),)
    talk.turn = replace(talk.turn, consents=frozenset({"risk_profiling"}))
    assert asked(await talk.say()).slot == "horizon"


async def test_it_is_closed_after_half_an_hour() -> None:
    talk = make_talk()
    await talk.say(StartFlow("risk_questionnaire"))
    reply = await talk.say(AskKB("在吗"), after=timedelta(minutes=31))
    finished, said = reply.outputs
    assert isinstance(finished, Finished)
    assert finished.outcome == "expired"
    assert isinstance(said, Say)
    assert said.key == "flow_expired"
    assert talk.state.stack == ()


async def test_without_a_confirming_gate_the_review_is_a_question_of_its_own(language: Language) -> None:
    tools: dict[str, ToolFacts] = {SAVED: write_tool(SAVED, "answers", "band", "text_version", is_confirmed=False)}
    talk = make_talk(Shop(tools=tools), language)
    reply = await fill(talk, "gt3", "l10", income_need=False)
    assert asked(reply).kind == "review"
    assert len(asked(reply).answers) == 3
    assert talk.shop.writes == []
    reply = await talk.say(Affirm(), AskKB("有手续费吗"))
    assert reply.dropped == ["question_with_yes"]
    reply = await talk.say(Deny())
    assert asked(reply).kind == "review"
    reply = await talk.answer(loss="l0")
    assert asked(reply).kind == "review"
    await talk.say(Affirm())
    assert [arguments["band"] for _, arguments in talk.shop.writes] == ["balanced"]
