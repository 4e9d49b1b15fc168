"""Training on small sets of our own, in two languages, with words alone: what comes out, and that it comes out again."""

from collections.abc import Sequence

import numpy as np
import pytest

from kefu.dialogue.intents.artefact import ArtefactDamagedError, digest, pack, unpack
from kefu.dialogue.intents.card import auroc, calibration_error, from_facts, to_card, to_facts, to_markdown
from kefu.dialogue.intents.classifier import TrainedClassifier, UntrainedClassifier
from kefu.dialogue.intents.fasttext_member import FastTextError, FastTextTrainer
from kefu.dialogue.intents.features import read
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.training import Example, Trained, train
from kefu.domain.errors import InvalidInputError, JobCancelledError
from kefu.knowledge.embedders.port import to_unit
from kefu.knowledge.embedding import Embedder, EmbedderError, NullEmbedder, Vectors
from tests.dialogue.intents.samples import FOREIGN, SHOP, TWENTY

MOOD = Mood.load()


class LetterEmbedder(Embedder):
    """Counts letters: a vector that means something, without an encoder."""

    languages = frozenset({"zh", "en"})
    dimension = 96
    name = "letters"
    version = "1"
    is_away = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.is_away:
            raise EmbedderError
        rows = np.full((len(texts), self.dimension), 0.01, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text:
                row[ord(letter) % self.dimension] += 1
        return to_unit(rows)


@pytest.fixture(scope="module")
def shop() -> Trained:
    foreign = [Example(text, None) for text in FOREIGN]
    return train(SHOP + foreign, embedder=LetterEmbedder())


def classifier_of(trained: Trained, embedder: Embedder) -> TrainedClassifier:
    return TrainedClassifier(trained.model, embedder=embedder, mood=MOOD)


def test_what_was_taught_is_recognised_in_both_languages(shop: Trained) -> None:
    classifier = classifier_of(shop, LetterEmbedder())
    zh, en = classifier.classify("請問退款什麼時候到賬？？😀"), classifier.classify("Where's my PARCEL???")
    assert (zh.best, zh.language) == ("refund_status", "zh")
    assert (en.best, en.language) == ("track_parcel", "en")
    assert sum(probability for _, probability in zh.candidates) == pytest.approx(1)
    assert [value for _, value in zh.candidates] == sorted((value for _, value in zh.candidates), reverse=True)


def test_what_is_foreign_is_less_in_scope_than_what_was_taught(shop: Trained) -> None:
    classifier = classifier_of(shop, LetterEmbedder())
    taught = "退款几天到|track my package|开发票|物流查询|my refund|快递到了吗".split("|")
    foreign = "明天会下雨吗|sing me a song|zxcv qwer|足球比赛几点|how old are you|推荐一部电影".split("|")
    inside, outside = (np.array([classifier.classify(text).in_scope for text in texts]) for texts in (taught, foreign))
    assert auroc(inside, outside) >= 0.8


@pytest.mark.parametrize("text", ["", "  ", "😀", "<br>", "\u200b"])
def test_nothing_is_out_of_scope(shop: Trained, text: str) -> None:
    found = classifier_of(shop, LetterEmbedder()).classify(text)
    assert (found.candidates, found.best, found.in_scope) == ((), None, 0.0)


def test_without_its_encoder_words_go_on(shop: Trained) -> None:
    away = LetterEmbedder()
    classifier = classifier_of(shop, away)
    away.is_away = True
    assert classifier.classify("退款什么时候到账").best == "refund_status"
    assert classifier_of(shop, NullEmbedder()).classify("退款什么时候到账").best == "refund_status"


def test_the_same_examples_make_the_same_bytes_in_any_order(shop: Trained) -> None:
    foreign = [Example(text, None) for text in FOREIGN]
    again = train([*reversed(foreign), *reversed(SHOP)], embedder=LetterEmbedder())
    assert pack(again.model) == pack(shop.model)


def test_a_model_says_after_loading_what_it_said_before(shop: Trained) -> None:
    content = pack(shop.model)
    loaded = unpack(content, sha256=digest(content))
    readings, vectors = [read("退款到了吗"), read("weird text")], LetterEmbedder().embed(["退款到了吗", "weird text"])
    one, other = shop.model.judge(readings, vectors), loaded.judge(readings, vectors)
    assert np.array_equal(one.probabilities, other.probabilities)
    assert np.array_equal(one.in_scope, other.in_scope)


@pytest.mark.parametrize("damage", [b"", b"PK", "cut", "flip"])
def test_a_damaged_artefact_is_refused(shop: Trained, damage: bytes | str) -> None:
    content = pack(shop.model)
    broken = {"cut": content[: len(content) // 2], "flip": content[:5_000] + b"\xff" + content[5_001:]}
    bad = broken[damage] if isinstance(damage, str) else damage
    with pytest.raises(ArtefactDamagedError):
        unpack(bad, sha256=digest(content))
    if damage != "flip":  # with a digest of its own it is still no model
        with pytest.raises(ArtefactDamagedError):
            unpack(bad, sha256=digest(bad))


def test_twenty_lines_are_enough() -> None:
    trained = train(TWENTY, embedder=NullEmbedder())
    assert len(trained.model.intents) == 4
    assert trained.model.full is None
    assert classifier_of(trained, NullEmbedder()).classify("发票怎么开").best == "invoice"


def test_two_intents_are_enough() -> None:
    two = [one for one in SHOP if one.intent in {"invoice", "track_parcel"}]
    trained = train(two, embedder=LetterEmbedder())
    assert classifier_of(trained, LetterEmbedder()).classify("发票怎么开").candidates[0][0] == "invoice"


@pytest.mark.parametrize("examples", [[], SHOP[:6], [Example("a", "x"), Example("b", "y")], [Example("a", None)] * 9])
def test_too_little_is_said_to_be_too_little(examples: list[Example]) -> None:
    with pytest.raises(InvalidInputError, match="Too little"):
        train(examples, embedder=NullEmbedder())


def test_a_text_with_two_intents_is_named_on_the_card() -> None:
    examples = [
        *TWENTY,
        Example("怎么开发票？", "member"),
        Example("怎么开发票?", "invoice"),
        Example("查一下物流!!!", "member"),
    ]
    trained = train(examples, embedder=NullEmbedder())
    assert trained.conflicts == ("怎么开发票?",)
    card = to_card(trained, seed=0)
    assert from_facts(to_facts(card)) == card
    assert "怎么开发票?" in to_markdown(card)


def test_the_card_says_what_was_held_out_and_how_it_went(shop: Trained) -> None:
    card = to_card(shop, seed=0)
    assert (card.examples, card.out_of_scope, card.held_out) == (30, 4, 30)
    assert card.accuracy_low <= card.accuracy <= card.accuracy_high
    assert sum(row.n for row in card.reliability) == 30
    assert 0 <= card.ece <= 0.35, "thirty lines calibrate roughly, but not wildly"
    assert len(card.data_sha256) == 64


def test_calibration_error_is_what_it_says() -> None:
    sure = np.array([0.95, 0.95, 0.95, 0.95])
    assert calibration_error(sure, np.array([True, True, True, True])) == pytest.approx(0.05)
    assert calibration_error(sure, np.array([True, False, False, False])) == pytest.approx(0.7)


def test_a_training_can_be_stopped() -> None:
    def stop(done: int, total: int) -> None:
        raise JobCancelledError

    with pytest.raises(JobCancelledError):
        train(SHOP, embedder=NullEmbedder(), progress=stop)


def test_a_fasttext_process_that_dies_is_a_typed_error() -> None:
    with FastTextTrainer(command=("false",)) as trainer, pytest.raises(FastTextError, match="3 tries"):
        trainer.train([read("a"), read("b")], np.array([0, 1]), intents=2, seed=0)


def test_an_untrained_workspace_still_knows_language_and_mood() -> None:
    found = UntrainedClassifier(MOOD).classify("你们这群骗子")
    assert (found.best, found.language) == (None, "zh")
    assert found.anger > 0.5
