"""Leader clustering: two languages share a cluster by meaning, numbers never move, twenty thousand take seconds."""

import time
from collections.abc import Sequence
from typing import get_args

import numpy as np

from kefu.domain.conversation import Language
from kefu.kit.text import detect_language
from kefu.knowledge.embedding import Embedder, NullEmbedder
from kefu.knowledge.vocabulary import built_in
from kefu.services.improving.clustering import Leaders
from kefu.services.improving.likeness import Floats, Vectors, Wording, to_vectors

VOCABULARIES = {language: built_in(language) for language in get_args(Language)}
TOPICS = {"refund": ("退款", "refund"), "coupon": ("优惠券", "coupon"), "size": ("尺码", "size")}


class _ByTopic(Embedder):
    """An encoder that knows three topics, in both languages."""

    languages: frozenset[Language] = frozenset(get_args(Language))
    dimension, name, version = 4, "topics", "1"

    def embed(self, texts: Sequence[str]) -> Floats:
        rows = np.zeros((len(texts), 4), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[next((n for n, words in enumerate(TOPICS.values()) if any(w in text for w in words)), 3)] = 1.0
        return rows


def _vectors(*texts: str, embedder: Embedder) -> Vectors:
    wordings = [Wording(text, detect_language(text)) for text in texts]
    return to_vectors(wordings, embedder=embedder, vocabularies=VOCABULARIES)


def test_two_languages_share_a_cluster_by_meaning() -> None:
    found = _vectors("退款多久到账", "how long does a refund take", "优惠券怎么用", embedder=_ByTopic())
    assert list(Leaders(found[slice(0, 0)]).assign(found)) == [0, 0, 1]


def test_the_same_topic_and_another_kind_of_answer_are_apart_by_words() -> None:
    found = _vectors("退款多久到账", "退款要多久才到账", "退款手续费多少", embedder=NullEmbedder())
    assert list(Leaders(found[slice(0, 0)]).assign(found)) == [0, 0, 1]


def test_synonyms_meet() -> None:
    found = _vectors("运费谁付", "邮费谁付", embedder=NullEmbedder())
    assert list(Leaders(found[slice(0, 0)]).assign(found)) == [0, 0]


def test_later_questions_move_no_number() -> None:
    texts = ["退款多久到账", "优惠券怎么用", "尺码偏大吗", "退款要多久才到账", "优惠券能叠加吗"]
    all_at_once = _vectors(*texts, embedder=_ByTopic())
    one_by_one = Leaders(all_at_once[slice(0, 0)])
    single = [int(one_by_one.assign(all_at_once[slice(n, n + 1)])[0]) for n in range(len(texts))]
    assert single == list(Leaders(all_at_once[slice(0, 0)]).assign(all_at_once))


def test_twenty_thousand_take_seconds() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(2000, 384)).astype(np.float32)
    rows = centres[rng.integers(0, 2000, 20_000)] + 0.2 * rng.normal(size=(20_000, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    words = np.zeros((20_000, 512), dtype=np.float32)
    many = Vectors(rows, words, rng.random(20_000) < 0.5)
    started = time.perf_counter()
    found = Leaders(many[slice(0, 0)]).assign(many)
    assert found.max() < 20_000
    assert time.perf_counter() - started < 60
