"""Which words are quoted, and that they are the document's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.dialogue.answer.quotes import MAX_QUOTES, select_quotes
from kefu.dialogue.answer.units import LIMITS, UnitKind, cut_units
from kefu.domain.conversation import Language
from tests.dialogue.answer.passages import START, passage

RETURNS = (
    "情况：大陆订单，普通商品；退货期限：15 天\n"
    "情况：大陆订单，金穗会员；退货期限：30 天\n"
    "情况：尾货专区商品；退货期限：7 天"
)
LANGUAGES: list[Language] = ["zh", "en"]
STEPS = "1. 在“我的订单”选择商品。\n2. 系统在 24 小时内审核。\n3. 顾客在 7 天内寄出商品。"


def test_the_row_that_was_asked_for_is_quoted_alone_and_readable() -> None:
    quotes = select_quotes("尾货专区几天内可以退货", [passage(RETURNS, heading=("退货期限",))], language="zh")

    assert quotes[0].text == "情况：尾货专区商品；退货期限：7 天"


def test_offsets_point_into_the_document() -> None:
    found = passage(RETURNS)

    quote = select_quotes("金穗会员退货期限", [found], language="zh")[0]

    assert found.chunk.text[quote.start - START : quote.end - START] == quote.text


def test_a_number_in_the_question_finds_its_range() -> None:
    table = "尺码：S；身高：155–160 厘米\n尺码：M；身高：160–165 厘米\n尺码：L；身高：166–170 厘米"

    quotes = select_quotes("身高 168 穿什么尺码", [passage(table)], language="zh")

    assert quotes[0].text.startswith("尺码：L")


def test_the_steps_of_a_procedure_stay_together() -> None:
    quotes = select_quotes("怎么申请退货，流程是什么", [passage(STEPS, heading=("申请退货步骤",))], language="zh")

    assert quotes[0].text == STEPS


def test_a_condition_is_never_cut_off() -> None:
    text = "加急配送每单 18 元，仅限 32 个城市。如果遇到极端天气，加急费会退还。仓库在杭州。"

    quotes = select_quotes("加急配送多少钱", [passage(text)], language="zh")

    assert quotes[0].text.startswith("加急配送每单 18 元，仅限 32 个城市。")
    assert "如果遇到极端天气" in quotes[0].text


def test_an_exception_comes_along() -> None:
    text = "Ceramic bowls can go in the microwave. However, styles with a gold rim cannot. We ship from Hangzhou."

    quotes = select_quotes("can ceramic bowls go in the microwave", [passage(text, language="en")], language="en")

    assert quotes[0].text.endswith("However, styles with a gold rim cannot.")


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    text = "Gift cards are valid for 3 years. They can be extended once by support."

    quotes = select_quotes("can support extend them", [passage(text, language="en")], language="en")

    assert quotes[0].text == text


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("who pays otherwise", "We pay the postage if the article is faulty. In other cases you pay it.", "en"),
        ("what is deducted", "Gifts must come back with the goods. Otherwise their price is deducted.", "en"),
        ("运费自付吗", "质量问题退货，运费由我们承担。其他情况运费由您自付。", "zh"),
        ("押金会扣吗", "请在七天内寄回赠品。否则押金不退。", "zh"),
    ],
)
def test_the_other_case_is_not_quoted_without_the_first(question: str, text: str, language: Language) -> None:
    assert [unit.text for unit in cut_units(text, language)] == [text, text]
    assert select_quotes(question, [passage(text, language=language)], language=language)[0].text == text


def test_the_answer_of_a_faq_is_quoted_whole_and_its_questions_never() -> None:
    answer = "青禾大陆订单满 99 元包邮。不满收 8 元。"

    quotes = select_quotes("多少钱包邮", [passage(answer, questions=("多少钱包邮？", "邮费怎么收"))], language="zh")

    assert [quote.text for quote in quotes] == [answer]


def test_two_questions_get_two_quotes() -> None:
    delivery = passage("标准配送需要 3 天送达。", key="a", heading=("配送时间",), score=0.5)
    invoice = passage("电子发票在 24 小时内开出。", key="b", heading=("发票",), score=0.48)

    quotes = select_quotes("配送要几天，电子发票什么时候开", [delivery, invoice], language="zh")

    assert {quote.passage.chunk.document_key for quote in quotes} == {"a", "b"}


def test_nothing_found_is_nothing_quoted() -> None:
    assert select_quotes("多少钱包邮", [], language="zh") == ()


def test_a_list_item_is_quoted_without_its_bullet() -> None:
    units = cut_units("- 内裤拆开后不能退。\n- 袜子拆开后不能退。", "zh")

    assert [(unit.kind, unit.text) for unit in units] == [
        (UnitKind.ITEM, "内裤拆开后不能退。"),
        (UnitKind.ITEM, "袜子拆开后不能退。"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(alphabet="退货天如果但1.2。，：；\n- abc.!", max_size=120))
def test_every_quote_is_verbatim_whatever_the_text(language: Language, text: str) -> None:
    found = passage(text, language=language)

    quotes = select_quotes("退货 a b 几天", [found], language=language)

    assert len(quotes) <= MAX_QUOTES
    assert all(found.chunk.text[one.start - START : one.end - START] == one.text for one in quotes)


@given(steps=st.integers(2, 40))
def test_a_long_procedure_is_parted_at_the_limit(steps: int) -> None:
    text = "\n".join(f"{number}. 请在页面上填写第若干项资料并点击下一步。" for number in range(1, steps + 1))

    units = cut_units(text, "zh")

    assert all(len(unit.text) <= LIMITS["zh"] for unit in units)
    assert sum(unit.text.count("请在页面上") for unit in units) == steps
