"""What holds for any text: spans lie in it, nothing raises, and a longer message takes longer only in proportion."""

import string
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.dialogue.slots import (
    SlotKind,
    SlotType,
    find_sensitive,
    read_answer,
    read_anywhere,
    read_correction,
    read_expected,
    residual,
)
from kefu.kit.text import normalise
from tests.dialogue.slots.tables import ITEMS, REASON, context

KINDS: tuple[SlotKind, ...] = (
    "order_id", "email", "mobile", "money", "quantity", "percent", "date", "time", "datetime", "duration", "height", "weight",
    "length", "address", "name", "bool", "text", "attachment",
)  # fmt: skip
SLOTS = (
    *map(SlotType, KINDS),
    SlotType("choices", choices=ITEMS),
    SlotType("choice", choices=ITEMS),
    SlotType("enum", choices=REASON),
)
PIECES = (
    "零一二三四五六七八九十百千万亿两半俩", "个件双元块毛角斤年月日号天周点分米厘", "上下前后大昨今明这那不是改成都除了其余第最", string.digits,
    "０１２３", ".,，。？！：:/-~+#@ ¥$€'\"%", string.ascii_lowercase, "國慶節鞋紅黑雙", "\u0301\ufb01\U0001f44d\n\t\u200d",
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from("".join(PIECES)), st.sampled_from([
    "上海市", "浦东新区", "2026年", "the ", " ago", " and ", "second ", "国庆", "除了", "actually ", "不是", "feb ", "30", "31", "点半", "一百二十", "@qq.com",
    "4111111111111111", "between ", "half ", "13812345678",
])), max_size=24).map("".join)  # fmt: skip


@settings(max_examples=60)
@given(TEXTS)
def test_spans_lie_in_the_text(text: str) -> None:
    plain, known = normalise(text), context(text, shown=ITEMS)
    found = [one for slot in SLOTS for one in read_expected(slot, plain, known)]
    found.extend(read_anywhere(SLOTS, plain, known))
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert 0 < one.probability <= 1
        assert one.rule
    for refused in find_sensitive(plain):
        assert all(one.end <= refused.start or refused.end <= one.start for one in found if one.rule != "answer_clause")


@settings(max_examples=60)
@given(TEXTS)
def test_what_is_found_anywhere_does_not_overlap(text: str) -> None:
    found = read_anywhere(SLOTS, normalise(text), context(text))
    assert all(one.end <= other.start for one, other in pairwise(found))


@settings(max_examples=60)
@given(TEXTS, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3))
def test_replies_and_what_is_left_lie_in_the_text(text: str, consumed: list[tuple[int, int]]) -> None:
    plain = normalise(text)
    answer, correction = read_answer(plain), read_correction(plain)
    spans = [(answer.start, answer.end), *answer.rest]
    if correction is not None:
        spans.extend(span for span in (correction.wrong, correction.right) if span)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    for left in residual(plain, consumed):
        assert text[left.start : left.end] == left.text
        assert not any(start <= left.start < end or start < left.end <= end for start, end in consumed if start < end)


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_any_text_may_come(text: str) -> None:
    plain, known = normalise(text), context(text, shown=ITEMS)
    for slot in SLOTS:
        read_expected(slot, plain, known)
    read_anywhere(SLOTS, plain, known)
    read_answer(plain)
    residual(plain, ())


@pytest.mark.parametrize(
    "piece",
    ["一", "1", "1 ", "a", "ab ", "a.", "@", "13", "-", "不是", "改成", "除了", "5'", "上海", "第", "and ", "1,", "的", "1到", "one ", "\n", "号3",
     "12 green hill ", "not ", "is "],
)  # fmt: skip
def test_a_long_message_takes_no_longer_in_proportion(piece: str) -> None:
    """20,000 characters within seconds of processor time: a pattern that backtracks would take minutes."""
    text = piece * (20_000 // len(piece))
    plain, known = normalise(text), context(text[:100], shown=ITEMS)
    begin = time.thread_time()
    read_anywhere(SLOTS, plain, known)
    for slot in SLOTS:
        read_expected(slot, plain, known)
    read_answer(plain)
    read_correction(plain)
    assert time.thread_time() - begin < 5.0
