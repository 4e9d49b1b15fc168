"""What looks like personal data is marked; prices, dates and the shop's own words are not."""

import pytest

from kefu.dialogue.guard.personal import find_personal, mask_personal


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("王小明先生，您的订单号 QH20260501123 已退款。", ["name", "order"]),
        ("请联系 13812345678 或 zhang.wei@example.com", ["phone", "email"]),
        ("收件人：李雷，电话 021-88886666", ["name", "phone"]),
        ("身份证 11010519900307721X 已核对", ["id_number"]),
        ("卡号 6222 0212 3456 7890 123 已解绑", ["card"]),
        ("寄到杭州市西湖区文三路 478 号3栋201室", ["address"]),
        ("Dear John Smith,\nyour order #A-448812 has left.", ["name", "order"]),
        ("My name is Anna and my number is +44 20 7946 0958", ["name", "phone"]),
        ("Ship it to 12 Green Hill Road, please", ["address"]),
    ],
)
def test_personal_data_is_marked(text: str, kinds: list[str]) -> None:
    marks = find_personal(text)
    assert [mark.kind for mark in marks] == kinds, marks
    assert all(text[mark.start : mark.end] == mark.text for mark in marks)


@pytest.mark.parametrize(
    "text",
    [
        "满 199 元包邮，7 天内可退，工作日 16:00 前付款当天发货。",
        "2026-05-01 起，退款 3 个工作日内到账，额度 100000 元。",
        "Orders over 199 yuan ship free; we refund within 3 working days after 2026-05-01.",
        "订单签收后 15 天内可以换货，我是金穗会员能免运费吗",
        "I am waiting for my refund, this is about returns.",
        "The order total must exceed 500 yuan.",
    ],
)
def test_facts_of_a_shop_are_none(text: str) -> None:
    assert find_personal(text) == ()


def test_a_masked_text_tells_the_kind_only() -> None:
    assert mask_personal("打 13812345678 找王芳女士") == "打 [phone] 找[name]女士"
