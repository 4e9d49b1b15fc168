"""Values of a plugin's own types, and marks: from the customer's words into flows, and away from models."""

import pytest

from kefu.dialogue.state import Utterance
from kefu.domain.conversation import Author
from kefu.domain.turn import Decision
from tests.support.acme import Acme
from tests.support.profiles import STRINGS, Customer
from tests.support.turns import start_flow, steps_of


async def test_a_flow_collects_a_value_of_a_plugin_s_type(customer: Customer) -> None:
    assert "请问合同号是多少" in await start_flow(customer, "show_contract", "zh")
    assert "合同 K-12340 已找到" in await customer.say("是 K-12340")


async def test_what_was_asked_for_may_be_said_bare(customer: Customer) -> None:
    await start_flow(customer, "show_contract", "zh")
    assert "合同 K-12340 已找到" in await customer.say("12340")


async def test_a_value_that_is_not_valid_is_refused_in_the_plugin_s_words(customer: Customer) -> None:
    await start_flow(customer, "show_contract", "zh")
    said = await customer.say("K-12341")
    assert said.index("合同号 K-12341 的校验位不对") < said.index("请问合同号是多少")
    assert "合同 K-12340 已找到" in await customer.say("哦，是K-12340")


async def test_the_plugin_reads_the_language_of_the_turn(customer: Customer) -> None:
    await start_flow(customer, "show_contract", "en")
    assert "The check digit of the contract number K-12341 is wrong." in await customer.say("It is K-12341")


@pytest.mark.parametrize("mode", ["raises", "hangs", "blocks", "lies"])
async def test_a_type_that_fails_leaves_the_question_open(customer: Customer, acme: Acme, mode: str) -> None:
    await start_flow(customer, "show_contract", "zh")
    acme.mode["parse"] = mode
    assert "请问合同号是多少" in await customer.say("K-12340")
    (failed,) = [one for one in steps_of(customer) if one["chosen"] in {"cut_off", "refused"}]
    assert (failed["facts"]["at"], failed["facts"]["plugin"], failed["facts"]["part"]) == (
        "recognise",
        "acme",
        "contract",
    )
    del acme.mode["parse"]
    assert "合同 K-12340 已找到" in await customer.say("K-12340"), "the next turn asks it again"


async def test_personal_words_are_masked_in_what_is_looked_up_and_listed(customer: Customer) -> None:
    said = await customer.say("VIP123456 的积分怎么兑换？")
    assert customer.last is not None
    assert "VIP123456" not in said
    assert "VIP123456" not in str(customer.last.trace)
    assert customer.last.unanswered is not None
    assert "[member]" in customer.last.unanswered


async def test_no_model_sees_personal_words_now_or_later(customer: Customer) -> None:
    model = customer.use_model("Delivery takes 3 days. [1]")
    customer.history = (Utterance(Author.VISITOR, "我是 VIP123456"), Utterance(Author.ASSISTANT, "您好"))
    await customer.say("VIP654321 的标准配送需要几天？")
    assert model.requests
    seen = str(model.requests)
    assert "VIP" not in seen
    assert "[member]" in seen


async def test_where_the_search_for_personal_words_fails_no_model_is_asked(customer: Customer, acme: Acme) -> None:
    model = customer.use_model("Delivery takes 3 days. [1]")
    acme.mode["mark"] = "raises"
    assert "3 天" in await customer.say("标准配送需要几天？")
    assert customer.last is not None
    assert (model.requests, customer.last.decision) == ([], Decision.ANSWER)


def test_the_texts_of_refusals_are_kefu_s_own() -> None:
    assert all(STRINGS.get(key, language) for key in ("guard_refused", "guard_blocked") for language in ("zh", "en"))
