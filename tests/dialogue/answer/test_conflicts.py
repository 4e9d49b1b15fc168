"""Contradictions: our own labelled pairs, half of them held out, and knowledge that has none."""

from typing import get_args

import pytest

from evals.conflicts.__main__ import score
from kefu.dialogue.answer.conflicts import Claimed, find_conflict
from kefu.domain.conversation import Language
from kefu.knowledge.vocabulary import built_in

A_WEEK = Claimed("签收后 7 天内可以申请退货。", "退货政策")
A_MONTH = Claimed("签收后 30 天内可申请退货。", "退货要多久")


@pytest.mark.parametrize("split", ["dev", "test"])
@pytest.mark.parametrize("language", get_args(Language))
def test_what_is_found_is_one(language: str, split: str) -> None:
    figures = score(language, split)
    assert figures["precision"] >= 0.9, figures
    assert figures["recall"] >= 0.6, figures


def test_the_order_does_not_matter_and_what_differs_is_told() -> None:
    found, back = find_conflict(A_WEEK, A_MONTH, built_in("zh")), find_conflict(A_MONTH, A_WEEK, built_in("zh"))
    assert found is not None
    assert back is not None
    assert (found.kind, found.one_says, found.other_says) == ("figure", "7 day", "30 day")
    assert (back.one_says, back.other_says) == ("30 day", "7 day")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A_WEEK, Claimed("签收后 7 日内可申请退货。", "退货")),
        (A_WEEK, Claimed("签收后 30 天内可以申请换货。", "换货政策")),
        (A_WEEK, Claimed(A_MONTH.text, A_MONTH.heading, around="一般商品签收后 7 天内、大促商品 30 天内可申请退货。")),
        (Claimed("M 码适合身高 160 厘米。", "尺码"), Claimed("L 码适合身高 165 厘米。", "尺码")),
    ],
)
def test_another_case_or_one_that_agrees_is_none(one: Claimed, other: Claimed) -> None:
    assert find_conflict(one, other, built_in("zh")) is None
