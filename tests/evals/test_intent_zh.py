"""The intent set itself: what is promised in its data card."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from evals.encoder.classify import Examples
from evals.encoder.intervals import Values
from evals.intent_zh import HERE, IntentSet, LabelledMessage, declared_intents, load, load_further
from evals.intent_zh.baseline import LANGUAGES, judge
from kefu.domain.conversation import Language
from kefu.kit.text import normalise

NEAREST = 0.6
COUNTS = {"zh": {"train": 37, "validation": 8, "test": 25}, "en": {"train": 16, "validation": 4, "test": 10}}
OUT_OF_SCOPE = {"zh": 350, "en": 120}
STYLES = {
    "zh": {
        *("near", "far", "emoji", "short", "two_sentences", "spoken", "typo", "abbreviation", "formal", "upset"),
        *("cantonese", "sichuanese", "northeastern", "traditional", "code_switch"),
    },
    "en": {
        *("near", "far", "emoji", "short", "two_sentences", "spoken", "typo", "abbreviation", "formal", "upset"),
        *("regional", "learner"),
    },
}


def fourgrams(text: str) -> frozenset[str]:
    """Of the normalised text; one that is shorter is its own."""
    plain = normalise(text).text
    return frozenset(plain[place : place + 4] for place in range(max(1, len(plain) - 3)))


def nearness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def messages(data: IntentSet) -> list[LabelledMessage]:
    return list(chain(*data))


def test_four_grams_see_a_swapped_noun() -> None:
    one, other = fourgrams("我想把这条裙子退掉，怎么申请"), fourgrams("我想把这条裤子退掉，怎么申请")
    assert 0.3 < nearness(one, other) < 1
    assert nearness(fourgrams("退貨"), fourgrams("退货")) == 1
    assert nearness(fourgrams("退货"), fourgrams("换货")) == 0


def test_there_are_thirty_intents_with_definitions() -> None:
    intents = declared_intents()
    assert len(intents) == 30
    assert len({one.title[language] for one in intents.values() for language in LANGUAGES}) == 60
    assert all(one.definition and one.excluded for one in intents.values())
    assert {one.risk for one in intents.values()} == {"low", "medium", "high"}
    assert {one.domain for one in intents.values()} == {"shop", "securities", "both"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_intent_has_its_share_of_each_split(language: Language) -> None:
    for split, part in load(language)._asdict().items():
        counts = Counter(one.intent for one in part)
        del counts[None]
        assert counts == dict.fromkeys(declared_intents(), COUNTS[language][split]), split
        assert {one.split for one in part} == {split}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_out_of_scope_is_near_or_far(language: Language) -> None:
    data = load(language)
    outside = [one for one in messages(data) if one.intent is None]
    assert len(outside) >= OUT_OF_SCOPE[language]
    assert all(len({"near", "far"} & one.style) == (one.intent is None) for one in messages(data))
    assert all({"near", "far"} <= frozenset(chain(*(one.style for one in part))) for part in data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_declared_styles_are_used(language: Language) -> None:
    assert {style for one in messages(load(language)) for style in one.style} == STYLES[language]


def test_the_set_is_as_large_as_promised() -> None:
    assert len(messages(load("zh"))) >= 2400
    assert len(messages(load("en"))) >= 900 + 120


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_comes_twice(language: Language) -> None:
    counts = Counter(normalise(one.text).text for one in messages(load(language)))
    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_test_message_resembles_one_that_may_be_learned(language: Language) -> None:
    data = load(language)
    learned = [(one.text, fourgrams(one.text)) for one in (*data.train, *data.validation)]
    having: dict[str, list[int]] = {}
    for place, (_, grams) in enumerate(learned):
        for gram in grams:
            having.setdefault(gram, []).append(place)
    near = [
        (one.text, learned[place][0])
        for one, grams in ((one, fourgrams(one.text)) for one in data.test)
        for place in set(chain(*(having.get(gram, ()) for gram in grams)))
        if nearness(grams, learned[place][1]) > NEAREST
    ]
    assert near == []


def test_what_was_written_later_to_learn_from_is_new_too() -> None:
    data, further = load("zh"), load_further("zh")
    counts = Counter(one.intent for one in further)
    assert (counts.pop(None) > 90, min(counts.values()) >= 55, set(counts)) == (True, True, set(declared_intents()))
    assert {one.split for one in further} == {"train"}
    texts = Counter(normalise(one.text).text for one in (*messages(data), *further))
    assert [text for text, count in texts.items() if count > 1] == []
    asked = [(one.text, fourgrams(one.text)) for one in data.test]
    near = [
        (one.text, text)
        for one, grams in ((one, fourgrams(one.text)) for one in further)
        for text, other in asked
        if nearness(grams, other) > NEAREST
    ]
    assert near == []


@pytest.mark.parametrize("path", sorted((HERE / "data").glob("*.jsonl")), ids=lambda path: path.name)
def test_files_are_plain_utf8_lines(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", errors="strict")
    assert text.endswith("}\n")
    assert "\r" not in text
    assert "\ufeff" not in text
    assert "\ufffd" not in text
    assert "\\u" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_have_a_length_that_people_type(language: Language) -> None:
    for one in messages(load(language)):
        assert 2 <= len(one.text) <= 120, one
        assert one.text == one.text.strip(), one
        assert all(unicodedata.category(character) != "Cc" for character in one.text), one


def test_the_baseline_is_judged_on_what_has_an_intent() -> None:
    train = [message("退货", "return_goods"), message("发票", "request_invoice"), message("天气", None)]
    asked = [
        *(message("退货吧", "return_goods"), message("退货呀", "request_invoice")),
        *(message("你好", None, "far"), message("早", None, "far"), message("退货率", None, "near")),
    ]
    judged = judge(train, asked, certain)
    assert judged.right.tolist() == [1, 0]
    assert [(one.text, found) for one, found, _ in judged.confusions()] == [("退货呀", "return_goods")]
    assert judged.area("far")[0] == 1


def message(text: str, intent: str | None, *style: str) -> LabelledMessage:
    return LabelledMessage(text, intent, "test", frozenset(style))


def certain(train: Examples, texts: Sequence[str]) -> tuple[Values, list[str]]:
    """Sure of the first intent where 退货 is said, in two minds elsewhere."""
    classes = sorted(set(train.intents))
    sure = [float(one == "return_goods") for one in classes]
    return np.array([sure if "退货" in text else [0.5, 0.5] for text in texts]), classes
