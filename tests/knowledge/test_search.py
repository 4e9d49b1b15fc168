"""What a question finds: words, synonyms, meaning, languages, and a store that is away."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from kefu.domain.knowledge import Chunk, Term, TermKind
from kefu.knowledge import index as index_module
from kefu.knowledge.coverage import to_coverage
from kefu.knowledge.embedding import Embedder, EmbedderError, NullEmbedder, Vectors
from kefu.knowledge.fusion import Target, load_fusion
from kefu.knowledge.index import KnowledgeIndex, build_index
from kefu.knowledge.parts import Parts, Quotable, to_parts
from kefu.knowledge.semantic import build_semantic
from kefu.knowledge.tokens import analyse
from kefu.knowledge.vocabulary import built_in
from kefu.storage.vector_port import MemoryVectors, Neighbour, VectorCollection, VectorStoreError
from tests.knowledge.chunks import TopicEmbedder, make_chunk

ZH = [
    make_chunk("青禾的运费按收货地区计算，满 99 元包邮。", title="运费标准"),
    make_chunk("七天内可以无理由退货，衣服要保留吊牌。", title="退货规则"),
    make_chunk("会员积分一年有效。", title="积分", questions=("积分会过期吗", "点数能留多久")),
]
EN = [
    make_chunk("Refunds arrive within five working days after the goods are inspected.", title="Refunds"),
    make_chunk("Orders over 99 yuan ship free of charge within mainland China.", title="Delivery"),
]


def build(
    chunks: Sequence[Chunk],
    *,
    embedder: Embedder | None = None,
    vectors: VectorCollection | None = None,
    quotable: Quotable | None = None,
    terms: Sequence[Term] = (),
    before: KnowledgeIndex | None = None,
) -> KnowledgeIndex:
    used = embedder or NullEmbedder()
    store = vectors or MemoryVectors(dimension=used.dimension)
    return build_index(
        chunks,
        workspace_id="ws_test",
        version=1,
        embedder=used,
        open_vectors=lambda: store,
        fusion=load_fusion(),
        quotable=quotable,
        terms=terms,
        before=before,
    )


@pytest.mark.parametrize(
    ("query", "title"),
    [("邮费怎么算", "运费标准"), ("快遞費", "运费标准"), ("想把衣服退掉", "退货规则"), ("點數能留多久？", "积分")],
)
def test_chinese_is_found_by_words_synonyms_and_questions(query: str, title: str) -> None:
    found = build(ZH).search(query, language="zh", limit=3)
    assert found[0].chunk.title == title
    assert all(0 <= passage.semantic <= passage.score <= 1 for passage in found)


def test_the_wording_itself_wins_over_its_synonym() -> None:
    index = build([make_chunk("邮费由卖家承担的商品有标记。"), make_chunk("运费由卖家承担的商品有标记。")])
    assert index.search("邮费", language="zh", limit=1)[0].chunk.text.startswith("邮费")


def test_meaning_finds_what_words_do_not() -> None:
    found = build(EN, embedder=TopicEmbedder()).search("reimburse me", language="en", limit=2)
    assert found[0].chunk.title == "Refunds"
    assert found[0].semantic > 0.9


def test_other_languages_answer_only_when_the_own_is_silent() -> None:
    index = build([*ZH, make_chunk("The warranty of the AirDry 3000 lasts two years.", title="AirDry 3000")])
    own = index.search("AirDry 3000 的运费", language="zh", limit=5)
    assert {passage.chunk.language for passage in own} == {"zh"}
    other = index.search("AirDry 3000", language="zh", limit=5)
    assert [passage.chunk.language for passage in other] == ["en"]


def test_a_question_finds_by_meaning_what_is_written_in_another_language() -> None:
    embedder = TopicEmbedder(
        languages=frozenset({"zh", "en"}), topics=(("refund", "退款"), ("ship", "运费"), ("size", "尺码"))
    )
    index = build([*ZH, *EN], embedder=embedder)
    assert index.search("运费", language="zh")[0].chunk.language == "zh"
    other = index.search_others("什么时候退款", language="zh")
    assert other[0].chunk.title == "Refunds"
    assert other[0].semantic > 0.9
    one_language = build([*ZH, *EN], embedder=TopicEmbedder(topics=embedder.topics))
    assert one_language.search_others("什么时候退款", language="zh") == []


@pytest.mark.parametrize("query", ["", "？？", "xyzzy plugh", "👍"])
def test_nonsense_finds_nothing(query: str) -> None:
    assert build([*ZH, *EN]).search(query, language="en", limit=5) == []


def test_an_empty_knowledge_base_finds_nothing() -> None:
    index = build([], embedder=TopicEmbedder())
    assert (index.search("运费", language="zh"), index.size, index.vector_ids) == ([], 0, frozenset())


def test_only_new_texts_are_embedded() -> None:
    embedder, vectors = TopicEmbedder(), MemoryVectors(dimension=4)
    first = build(EN, embedder=embedder, vectors=vectors)
    embedder.asked.clear()
    changed = [EN[0], make_chunk("Parcels are tracked from the warehouse to your door every day.", title="Tracking")]
    second = build(changed, embedder=embedder, vectors=vectors)
    assert len(embedder.asked) == len(second.vector_ids - first.vector_ids) == 1
    assert first.search("refund", language="en", limit=1)[0].chunk == EN[0]


@dataclass
class AwayVectors:
    """A store that does not answer, from the start or from the first question on."""

    inner: MemoryVectors
    is_away: bool = True

    def list_ids(self) -> set[str]:
        self._check()
        return self.inner.list_ids()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._check()
        self.inner.upsert(ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        self._check()

    def get(self, ids: Sequence[str]) -> dict[str, Vectors]:
        self._check()
        return self.inner.get(ids)

    def query(self, vector: Vectors, *, limit: int) -> list[Neighbour]:
        self._check()
        return self.inner.query(vector, limit=limit)

    def _check(self) -> None:
        if self.is_away:
            raise VectorStoreError("away")


def test_without_the_vector_store_words_go_on() -> None:
    index = build(EN, embedder=TopicEmbedder(), vectors=AwayVectors(MemoryVectors(dimension=4)))
    assert index.is_degraded
    assert index.search("free refunds", language="en", limit=1)[0].chunk.title == "Refunds"


@dataclass
class AwayEmbedder(TopicEmbedder):
    """An encoder that can be away."""

    is_away: bool = True

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.is_away:
            raise EmbedderError("away")
        return super().embed(texts)


def test_without_the_encoder_words_go_on() -> None:
    index = build(EN, embedder=AwayEmbedder())
    assert index.is_degraded
    assert index.search("free refunds", language="en", limit=1)[0].chunk.title == "Refunds"


def test_an_encoder_that_goes_away_leaves_words_and_what_comes_back_is_asked_again() -> None:
    embedder = AwayEmbedder(is_away=False)
    index = build(EN, embedder=embedder)
    embedder.is_away = True
    (found,) = index.search("free refunds", language="en", limit=1)
    assert (found.chunk.title, found.semantic) == ("Refunds", 0.0)
    assert index.likeness("free refunds", "Refunds", language="en") is None
    embedder.is_away = False
    assert index.search("free refunds", language="en", limit=1)[0].semantic > 0.9


def test_a_text_of_the_snapshot_is_not_encoded_again() -> None:
    embedder = TopicEmbedder()
    index = build(EN, embedder=embedder)
    embedder.asked.clear()
    stored = to_parts(EN[0]).whole
    assert index.likeness("reimburse me", stored, language="en") == pytest.approx(1, abs=0.01)
    assert embedder.asked == ["reimburse me"]
    assert index.likeness("reimburse me", "Money back at once.", language="en") == pytest.approx(1, abs=0.01)
    assert embedder.asked == ["reimburse me", "Money back at once."]


def test_a_turn_encodes_its_question_once_and_no_text_of_the_knowledge() -> None:
    embedder = TopicEmbedder(languages=frozenset({"zh", "en"}))
    index = build([*ZH, *EN], embedder=embedder, quotable=lambda chunk: (chunk.text[:-1],))
    embedder.asked.clear()
    index.search("reimburse me", language="en")
    index.search_others("reimburse me", language="en")
    near = [index.likeness("reimburse me", one.text[:-1], language=one.language) for one in (*ZH, *EN)]
    assert near[3] == pytest.approx(1, abs=0.01)
    assert embedder.asked == ["reimburse me"]


def test_what_is_only_quoted_is_not_searched() -> None:
    plain = build(EN, embedder=TopicEmbedder())
    index = build(EN, embedder=TopicEmbedder(), quotable=lambda _chunk: ("Money back at once.",))
    assert index.search("money back", language="en") == plain.search("money back", language="en")
    assert len(index.vector_ids) == len(plain.vector_ids) + 1


def test_a_large_snapshot_compares_in_two_steps_and_needs_no_store() -> None:
    parts, embedder = [Parts(to_parts(chunk).whole, (), ("money back?",)) for chunk in EN], TopicEmbedder()
    vectors = AwayVectors(MemoryVectors(dimension=4), is_away=False)
    exact = build_semantic({"en": parts}, embedder=embedder, vectors=vectors)["en"].score("money back")
    large = build_semantic({"en": parts}, embedder=embedder, vectors=vectors, large=frozenset({"en"}))["en"]
    vectors.is_away = True
    rough = large.score("money back")
    assert exact is not None
    assert rough is not None
    assert large.is_rough
    assert np.allclose(rough, exact, atol=1e-2)
    assert np.allclose(large.score_exactly("money back", np.array([1, 0])), exact[[1, 0]], atol=1e-3)


def test_a_large_index_finds_what_an_exact_one_does_with_fewer_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        make_chunk(f"Order {n} is kept for {n} days. Then we give the money back.", title=f"Order {n}")
        for n in range(900)
    ]
    exact = build([*EN, *many], embedder=TopicEmbedder(), quotable=lambda chunk: (chunk.text[:20],))
    monkeypatch.setattr(index_module, "EXACT_LIMIT", 10)
    large = build([*EN, *many], embedder=TopicEmbedder(), quotable=lambda chunk: (chunk.text[:20],))
    for question in ("refund of order 7", "free refunds", "parcel postage"):
        found, wanted = (one.search(question, language="en", limit=3) for one in (large, exact))
        assert found[0].chunk == wanted[0].chunk
        assert all(passage.semantic > 0 for passage in found)
    assert len(large.vector_ids) == len(EN) + len(many) < len(exact.vector_ids)


@pytest.mark.parametrize("limit", [50_000, 1])
def test_the_next_snapshot_takes_over_what_has_not_changed(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(index_module, "EXACT_LIMIT", limit)
    embedder, vectors = TopicEmbedder(), AwayVectors(MemoryVectors(dimension=4), is_away=False)
    first = build(EN, embedder=embedder, vectors=vectors)
    embedder.asked.clear()
    changed = [EN[0], make_chunk("Parcels are tracked from the warehouse to your door.", title="Tracking")]
    second = build(changed, embedder=embedder, vectors=vectors, before=first)
    anew = build(changed, embedder=TopicEmbedder())
    assert len(embedder.asked) == 1
    for question in ("refund", "track my parcel", "free of charge"):
        assert second.search(question, language="en") == anew.search(question, language="en")
    assert [passage.chunk for passage in first.search("free of charge", language="en")][:1] == [EN[1]]


def test_other_terms_are_read_into_everything_anew() -> None:
    first = build(ZH)
    own = Term("zh", "吊牌", ("小卡片",), TermKind.TOPIC)
    second = build(ZH, terms=(own,), before=first)
    assert second.search("小卡片", language="zh")[0].chunk == ZH[1]
    assert first.search("小卡片", language="zh")[:1] != second.search("小卡片", language="zh")[:1]


def test_coverage_means_the_same_in_any_collection() -> None:
    few = to_coverage([["refund", "day"], ["parcel"]]).score(["refund", "day"])
    many = to_coverage([["refund", "day"], *([f"w{n}", f"v{n}"] for n in range(500))]).score(["refund", "day"])
    assert 0.4 < few[0] < 1
    assert abs(float(few[0] - many[0])) < 0.15
    assert to_coverage([["refund"]]).score(["refund", "unknown"])[0] < to_coverage([["refund"]]).score(["refund"])[0]
    assert to_coverage([]).score(["refund"]).shape == (0,)


def test_words_beyond_ascii_and_two_languages_in_one_text() -> None:
    assert analyse("iPhone15的運費", built_in("zh")).words == ["iphone15", "运费", "§运费"]
    assert analyse("What's the postage to 北京?", built_in("en")).words == [
        "what", "postag", "北", "京", "北京", "§shipping fee",
    ]  # fmt: skip


def test_the_artefact_ships_and_says_how_it_was_made() -> None:
    fusion = load_fusion()
    assert all(0.0 <= weight < 1.0 for own in fusion.semantic_weight.values() for weight in own.values())
    blend = fusion.blend("en", [Target.QUESTION, Target.PAGE])
    scores = blend.score(np.array([0.0, 1.0], dtype=np.float32), np.array([-1.0, 1.0], dtype=np.float32))
    assert scores.tolist() == [0.0, 1.0]
