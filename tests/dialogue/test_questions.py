"""Several questions in one message, at most three, each in the customer's own words."""

import pytest

from tests.dialogue.test_propose import plan


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("运费谁出 退款多久到账", ["运费谁出", "退款多久到账"]),
        ("运费谁出？退款多久到账？", ["运费谁出", "退款多久到账"]),
        ("运费谁出，退款多久到账", ["运费谁出", "退款多久到账"]),
        ("运费谁出还有退款多久到", ["运费谁出", "退款多久到"]),
        ("可以退吗运费谁出", ["可以退吗", "运费谁出"]),
        ("怎么退货？要多久", ["怎么退货", "要多久"]),
        ("运费谁出，怎么开发票", ["运费谁出", "怎么开发票"]),
        ("1. 运费谁出 2. 退款多久到账 3. 怎么开发票", ["运费谁出", "退款多久到账", "怎么开发票"]),
        ("1、运费谁出\n2、退款多久到账", ["运费谁出", "退款多久到账"]),
        ("两个问题：1）运费谁出 2）退款多久到账", ["运费谁出", "退款多久到账"]),
        ("怎么开发票？多久能开好？抬头能改吗？纸质的有吗？", ["怎么开发票", "多久能开好", "抬头能改吗？纸质的有吗"]),
        ("退货要几天内 怎么申请 运费谁承担", ["退货要几天内", "怎么申请", "运费谁承担"]),
        ("我昨天买的鞋，还能退吗，运费谁出", ["我昨天买的鞋，还能退吗", "运费谁出"]),
        ("吊牌剪了还能退吗，鞋盒丢了呢", ["吊牌剪了还能退吗", "鞋盒丢了呢"]),
        ("how long does shipping take and can I return sale items", ["how long does shipping take", "can I return sale items"]),
        ("what is the fee and how long does it take", ["what is the fee", "how long does it take"]),
        ("how much is shipping, do you ship to Japan", ["how much is shipping", "do you ship to Japan"]),
        ("how do I become a member also how do I complain", ["how do I become a member", "how do I complain"]),
        ("1) who pays shipping 2) when do I get my refund", ["who pays shipping", "when do I get my refund"]),
        ("1. can I return it\n2. who pays", ["can I return it", "who pays"]),
        ("Can I pay by card? Is there a warranty?", ["Can I pay by card", "Is there a warranty"]),
    ],
)  # fmt: skip
def test_several(message: str, questions: list[str]) -> None:
    assert plan(message) == questions


@pytest.mark.parametrize(
    "message",
    [
        "支付宝和微信都能付吗", "可以退吗，还是只能换", "请问 退款多久 到账", "我买了鞋，想退，运费谁出", "退货和换货怎么申请",
        "能不能帮我查一下，订单什么时候发货", "如果超过7天，还能退吗", "优惠券和积分可以一起用吗", "3.5 kg 的包裹多少钱",
        "我买了2件，1件坏了", "退款多久到账，我急用", "身高 163 体重 54 公斤女生穿什么码", "没收到货怎么办", "发货了没有",
        "怎么退货，要多久", "哪些股票可以借钱买，名单哪儿看", "线下有没有店可以逛，都在哪些城市",
        "can I return and exchange", "do you accept visa and mastercard", "if it is broken, can I return it",
        "when I return something, do I pay shipping", "can I use a coupon and points together", "how and when do I pay",
        "I want to know what it costs and how I can pay", "can I return it or only exchange it",
        "is it free and fast", "my order 12 arrived, 3 cups are broken",
    ],
)  # fmt: skip
def test_one(message: str) -> None:
    assert plan(message) == [message]
