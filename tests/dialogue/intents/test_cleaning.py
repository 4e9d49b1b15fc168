"""What has no meaning goes before anything is learned from a text; words stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.dialogue.intents.cleaning import LONGEST, clean


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ＩＰＨＯＮＥ　１５　有貨嗎？", "iphone 15 有货吗?"),
        ("退貨運費誰出", "退货运费谁出"),
        ("<p>Where is my <b>refund</b>?</p>", "where is my refund ?"),
        ("<script>alert(1)</script>退款", "退款"),
        ("A &amp; B &lt;3 退款", "a & b <3 退款"),
        ("看这个 https://shop.example/p?id=1 有货吗", "看这个 有货吗"),
        ("write to me@example.com please", "write to please"),
        ("好棒😀👍🏽谢谢", "好棒 谢谢"),
        ("sooooo slow!!!!!!", "soo slow!"),
        ("快快快快快点", "快快点"),
        ("哈哈哈哈哈哈", "哈哈"),
        ("???到底。。。。什么时候", "?到底。什么时候"),
        ("订单 2026113000012345 到哪了", "订单 000000 到哪了"),
        ("满 300 减 50", "满 300 减 50"),
        ("re\u200bfund \u202estatus", "refund status"),
        ("line one\n\n\tline two", "line one line two"),
        ("[微笑]在吗 :)", "在吗"),
        ("a < b and c > d", "a < b and c > d"),
        ("😀😀", ""),
    ],
)
def test_a_text_is_cleaned(typed: str, plain: str) -> None:
    assert clean(typed) == plain


@given(st.text(max_size=300))
def test_any_text_is_cleaned_once_and_for_all(text: str) -> None:
    once = clean(text)
    assert len(once) <= LONGEST
    assert once == once.strip()
    assert "\u200b" not in once


@pytest.mark.parametrize("text", ["<" * 50_000, "!" * 100_000, "ab" * 100_000, "哈" * 100_000, "<a " * 20_000])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    assert len(clean(text)) <= LONGEST
