"""Features: bounded, and higher for what answers than for what does not."""

from dataclasses import asdict

from kefu.dialogue.answer.evidence import measure
from kefu.dialogue.answer.quotes import rank_quotes
from kefu.dialogue.answer.terms import question_terms
from kefu.dialogue.features import Features
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Passage
from kefu.knowledge.vocabulary import built_in
from tests.dialogue.answer.passages import passage

PAGES = [
    passage("礼品卡自购买之日起 3 年内有效。", key="gift", heading=("礼品卡有效期",), score=0.8),
    passage("积分在次年 12 月 31 日到期。", key="points", heading=("积分",), score=0.4),
]


def features(question: str, passages: list[Passage], language: Language = "zh") -> Features:
    ranking = rank_quotes(question, passages, language=language)
    return measure(ranking, passages, ranking.choose())


def test_all_features_are_bounded() -> None:
    for question in ("礼品卡多久过期", "你好", "", "2026 年 3 个礼品卡 100 元"):
        assert all(0.0 <= value <= 1.0 for value in asdict(features(question, PAGES)).values())


def test_nothing_found_is_all_zero() -> None:
    assert features("礼品卡多久过期", []) == Features()


def test_what_is_covered_scores_higher_than_what_is_not() -> None:
    near, far = features("礼品卡多久有效", PAGES), features("礼品卡能在超市买到吗", PAGES)

    assert near.passage_coverage > far.passage_coverage
    assert near.uncovered < far.uncovered
    assert near.rarest > far.rarest


def test_a_duration_that_was_asked_for_must_be_in_the_quote() -> None:
    without = [passage("刺绣名字等定制商品不支持退货。", key="custom", score=0.8)]

    assert features("礼品卡多久有效", PAGES).type_match == 1.0
    assert features("定制刺绣要几天", without).type_match == 0.0


def test_a_passage_in_another_language_is_marked() -> None:
    english = [passage("Gift cards are valid for 3 years.", key="gift", language="en", score=0.3)]

    assert features("gift card 多久过期", english).foreign == 1.0


def test_agreement_needs_a_semantic_search() -> None:
    assert features("礼品卡多久过期", PAGES).agreement == 0.5
    both = [passage("Gift cards last 3 years.", language="en", semantic=0.7, score=0.7)]
    assert features("how long do gift cards last", both, "en").agreement == 1.0


def test_question_words_are_not_content() -> None:
    assert [term.text for term in question_terms("请问这个退款一般要多久到账呀", built_in("zh"))] == ["退款", "到账"]
    assert [term.text for term in question_terms("can you tell me how long a refund takes", built_in("en"))] == [
        "refund"
    ]
