"""A piece of a question is made whole from the one before; a whole question is never touched."""

import random

import pytest

from kefu.dialogue.query.followup import fill, find_gap
from kefu.domain.conversation import Language
from kefu.knowledge.vocabulary import built_in
from tests.support.knowledge import FAQS


def stand_alone(previous: str, message: str, language: Language) -> str | None:
    vocabulary = built_in(language)
    gap = find_gap(message, vocabulary)
    found = fill(gap, previous, vocabulary) if gap else None
    return found.text if found else None


@pytest.mark.parametrize(
    ("previous", "message", "expected"),
    [
        ("运费多少钱", "那境外呢？", "境外运费多少钱"),
        ("寄到北京要几天", "新疆呢", "寄到新疆要几天"),
        ("寄到香港运费怎么算", "那台湾呢", "寄到台湾运费怎么算"),
        ("退货运费谁出", "会员呢", "会员退货运费谁出"),
        ("退货运费谁出？", "那么会员呢？", "会员退货运费谁出"),
        ("支持支付宝吗", "那微信呢", "支持微信吗"),
        ("怎么申请退货", "那换货呢", "怎么申请换货"),
        ("亚麻衣服怎么洗", "那羊毛衫呢？", "羊毛衫怎么洗"),
        ("鞋子开胶了保修吗", "衣服呢", "衣服开胶了保修吗"),
        ("退款多久到账", "如果是信用卡呢", "信用卡退款多久到账"),
        ("可以退货吗", "那没有吊牌呢", "没有吊牌可以退货吗"),
        ("可以退货吗", "超过7天呢", "超过7天可以退货吗"),
        ("价保几天", "大促的时候呢", "大促的时候价保几天"),
        ("怎么取消订单", "已经发货了呢", "已经发货了怎么取消订单"),
        ("人工客服几点上班", "周末呢", "周末人工客服几点上班"),
        ("开户需要什么材料", "周末可以吗", "周末开户需要什么材料"),
        ("退款怎么申请", "多久？", "退款申请多久"),
        ("退款怎么申请", "要多久", "退款申请要多久"),
        ("花呗分期有手续费吗", "为什么", "花呗分期有手续费为什么"),
        ("怎么开发票", "要钱吗", "开发票要钱吗"),
        ("银证转账几点到几点", "收费吗", "银证转账收费吗"),
        ("运费多少钱", "谁出", "运费谁出"),
        ("可以到店自提吗", "要带什么", "到店自提要带什么"),
        ("怎么升级成金穗会员", "有什么好处", "升级成金穗会员有什么好处"),
        ("羊毛衫可以机洗吗", "它可以退吗", "羊毛衫可以退吗"),
        ("优惠券可以叠加吗", "这个能退吗", "优惠券能退吗"),
        ("积分怎么用", "会过期吗", "积分会过期吗"),
        ("佣金是多少", "能不能调低", "佣金能不能调低"),
        ("運費多少錢", "那境外呢", "境外运费多少钱"),
    ],
)
def test_chinese(previous: str, message: str, expected: str) -> None:
    assert stand_alone(previous, message, "zh") == expected


@pytest.mark.parametrize(
    ("previous", "message", "expected"),
    [
        ("how much is shipping", "what about abroad?", "how much is shipping abroad"),
        ("who pays for return shipping", "and for members?", "who pays for return shipping for members"),
        ("how long does delivery to Japan take", "what about Korea?", "how long does delivery to korea take"),
        ("do you ship to Canada", "and to Australia?", "do you ship to australia"),
        ("can I pay with Alipay", "what about PayPal", "can i pay with paypal"),
        ("can I return underwear", "how about shoes", "can i return shoes"),
        ("how do I return an item", "and exchange?", "how do i exchange an item"),
        ("what are the trading hours", "and on weekends?", "what are the trading hours on weekends"),
        ("what is the threshold", "for Golden Ear members?", "what is the threshold for golden ear members"),
        ("when will my refund arrive", "if I paid by card?", "when will my refund arrive if i paid by card"),
        ("can I cancel my order", "what if it has shipped?", "can i cancel my order if it has shipped"),
        ("can I return sale items", "why?", "why: return sale items"),
        ("how do I open an account", "what documents do I need", "what documents do i need: open an account"),
        ("is there a warranty on lamps", "how long", "how long: warranty on lamps"),
        ("can I wash the wool sweater", "can it be returned?", "can wool sweater be returned"),
        ("do points expire", "how do I use them", "how do i use points"),
        ("can coupons be combined", "do they expire?", "do coupons expire"),
        ("how much is the commission", "can it be lowered?", "can commission be lowered"),
        ("how do I get an invoice", "can I change it later", "can i change it later: invoice"),
        ("do you ship abroad", "how much does it cost?", "how much does it cost: ship abroad"),
    ],
)
def test_english(previous: str, message: str, expected: str) -> None:
    assert stand_alone(previous, message, "en") == expected


@pytest.mark.parametrize(
    "message",
    [
        "退货运费谁出", "怎么开发票", "退款多久到账呢", "你们寄国外吗", "关税谁交", "那退款多久到账", "这件衣服可以退吗",
        "这个退货怎么弄", "如果超过7天还能退货吗", "金穗会员有什么权益", "我昨天买的鞋它开胶了可以退吗", "运费", "👍", "12345",
        "那我再想想", "价保几天", "能自提不", "满多少包邮", "为什么我的包裹三天没动了", "花呗和信用卡都能付吗",
    ],
)  # fmt: skip
def test_a_whole_chinese_question_stays(message: str) -> None:
    assert stand_alone("花呗分期有手续费吗", message, "zh") is None


@pytest.mark.parametrize(
    "message",
    [
        "who pays for return shipping", "how do I get an invoice", "do you ship abroad?", "pick up in a store?",
        "return period for Golden Ear", "I bought a hat, can it be returned", "what if my gift card has expired?",
        "how long does it take to get a refund", "do I get a refund for that", "where are your warehouses", "do u have 38.5",
        "fee for returning a train ticket", "what if the group buy doesn't fill up", "thanks for the answer", "12345",
        "is the wool sweater machine washable", "can I pay by card and points", "my parcel has not moved, is that normal",
    ],
)  # fmt: skip
def test_a_whole_english_question_stays(message: str) -> None:
    assert stand_alone("can coupons be combined", message, "en") is None


def test_chains_work() -> None:
    first = stand_alone("运费多少钱", "那香港呢", "zh")
    assert first == "香港运费多少钱"
    assert stand_alone(first, "台湾呢", "zh") == "台湾运费多少钱"
    assert stand_alone("香港运费多少钱", "要几天", "zh") == "香港运费要几天"
    second = stand_alone("do you ship to Canada", "and to Japan?", "en")
    assert second == "do you ship to japan"
    assert stand_alone(second, "how long does it take?", "en") == "how long does it take: ship to japan"


def test_another_language_is_no_help() -> None:
    assert stand_alone("how much is shipping", "那境外呢", "zh") is None
    assert stand_alone("运费多少钱", "what about abroad?", "en") is None


def test_our_own_questions_are_whole() -> None:
    chance = random.Random(3)
    asked = [(question, language) for _, language, first, others, _ in FAQS for question in (first, *others)]
    changed = [
        question
        for question, language in asked
        if stand_alone(chance.choice(asked)[0], question, "zh" if language == "zh" else "en")
    ]
    assert changed == []
