"""From a question to evidence: the own language first, another one only when it answers and the own does not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest

from kefu.dialogue.answer.finding import Finder, Finding
from kefu.dialogue.calibrate import Calibrator, Curve, Evidence
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk, Risk
from kefu.domain.policy import AnswerPolicy, AnswerThreshold
from kefu.knowledge.fusion import load_fusion
from kefu.knowledge.index import build_index
from kefu.knowledge.reader import NullReader, Reader
from kefu.storage.vector_port import MemoryVectors
from tests.knowledge.chunks import TopicEmbedder, make_chunk

TOPICS = (("refund", "退款"), ("parcel", "包裹"), ("size", "尺码"))
REFUND = make_chunk("Refunds arrive within five working days.", title="Refunds", key="refunds")
PARCELS = make_chunk("包裹由青禾仓库发出。", title="包裹", key="parcels")


class OnlyReader(Reader):
    """Says that a text answers when it has the word."""

    def __init__(self, word: str) -> None:
        self._word = word

    def read(self, question: str, texts: Sequence[str]) -> list[float]:
        return [8.0 if self._word in text else -8.0 for text in texts]


def find(
    question: str,
    chunks: Sequence[Chunk],
    *,
    language: Language = "zh",
    bar: float = 0.5,
    reader: Reader | None = None,
    policy: AnswerPolicy | None = None,
) -> Finding:
    """The probability is the cosine of the question with its quote."""
    curve = Curve(
        bias=-10.0,
        weights={"quoted": 20.0},
        knots=((0.0, 0.0), (1.0, 1.0)),
        thresholds={Risk.GENERAL: bar, Risk.STRICT: (1 + bar) / 2},
    )
    curves: dict[Evidence, Curve] = dict.fromkeys(get_args(Evidence), curve)
    embedder = TopicEmbedder(languages=frozenset({"zh", "en"}), topics=TOPICS)
    index = build_index(
        chunks,
        workspace_id="ws_test",
        version=1,
        embedder=embedder,
        open_vectors=lambda: MemoryVectors(dimension=embedder.dimension),
        fusion=load_fusion(),
    )
    return Finder(Calibrator({"zh": curves, "en": curves}), reader or NullReader()).find_now(
        question, language=language, index=index.held_to(policy)
    )


def test_the_own_language_comes_first() -> None:
    own = make_chunk("退款会在五个工作日内到账。", title="退款", key="refunds")
    found = find("退款几天到账", [own, REFUND])

    assert found.is_answerable
    assert {quote.passage.chunk.language for quote in found.quotes} == {"zh"}


def test_another_language_answers_when_the_own_does_not() -> None:
    found = find("退款几天到账", [PARCELS, REFUND])

    assert found.is_answerable
    assert found.quotes[0].text == REFUND.text
    assert found.features is not None
    assert found.features.foreign == 1.0


def test_when_neither_answers_the_own_passages_are_kept() -> None:
    found = find("尺码怎么选", [PARCELS, REFUND], bar=1.1)

    assert not found.is_answerable
    assert {passage.chunk.language for passage in found.passages} <= {"zh"}


@pytest.mark.parametrize("marked", ["包裹从哪里发出？", "包裹从哪里发出?? ", "包裹从哪里发出。"])
def test_the_mark_at_the_end_changes_nothing(marked: str) -> None:
    """A turn hears clauses, which have lost it; a test of the knowledge hears the question as somebody typed it."""
    assert find(marked, [PARCELS, REFUND]) == find("包裹从哪里发出", [PARCELS, REFUND])


def test_of_nothing_but_marks_nothing_is_taken() -> None:
    assert find("？？", [PARCELS]).question == "？？"


def test_nothing_known_is_not_answerable() -> None:
    found = find("退款几天到账", [])

    assert (found.is_answerable, found.probability, found.features) == (False, 0.0, None)


def test_what_the_reader_knows_to_answer_is_quoted() -> None:
    times = make_chunk("退款会在五个工作日内到账。", title="退款", key="times")
    ways = make_chunk("退款原路退回。", title="退款", key="ways")
    found = find("退款几天到账", [ways, times], reader=OnlyReader("原路"))

    assert found.quotes[0].text == "退款原路退回。"
    assert found.features is not None
    assert found.features.read > 0.99
    assert found.features.read_lead > 0.99
    assert found.features.was_read == 1.0


def test_the_curve_belongs_to_the_evidence() -> None:
    low, high = Curve(0.0, {}, ((0.0, 0.0), (1.0, 1.0)), {Risk.GENERAL: 0.1}), Curve(0.0, {}, (), {Risk.GENERAL: 0.9})
    curves: dict[Evidence, Curve] = {
        **dict.fromkeys(get_args(Evidence), replace(low, thresholds={Risk.GENERAL: 0.3})),
        "meaning": low,
        "words": high,
        "foreign": replace(low, thresholds={Risk.GENERAL: 0.5}),
    }
    calibrator = Calibrator({"zh": curves, "en": curves})
    found = find("退款几天到账", [PARCELS, REFUND]).features
    assert found is not None

    assert calibrator.threshold(found, "zh") == 0.5
    assert calibrator.threshold(replace(found, foreign=0.0), "zh") == 0.1
    assert calibrator.threshold(replace(found, meant=0.0), "zh") == 0.9
    assert calibrator.threshold(replace(found, was_read=1.0), "zh") == 0.3


def held(general: float, strict: float | None = None, *, evidence: frozenset[str] = frozenset()) -> AnswerPolicy:
    own = {Risk.GENERAL: AnswerThreshold(general, evidence)}
    return AnswerPolicy({"zh": own if strict is None else {**own, Risk.STRICT: AnswerThreshold(strict, evidence)}})


def test_the_policy_says_what_is_said_and_not_what_is_found() -> None:
    plain = find("退款几天到账", [PARCELS, REFUND])
    silent = find("退款几天到账", [PARCELS, REFUND], policy=held(plain.probability + 1e-6))
    barely = find("退款几天到账", [PARCELS, REFUND], bar=1.1, policy=held(0.01))

    assert (plain.is_answerable, plain.is_held_to_policy) == (True, False)
    assert (silent.is_answerable, silent.is_held_to_policy) == (False, True)
    assert silent.quotes == plain.quotes
    assert barely.is_answerable
    assert barely.quotes == find("退款几天到账", [PARCELS, REFUND], bar=1.1).quotes


def test_a_quote_of_a_strict_document_must_be_surer() -> None:
    general = find("退款几天到账", [REFUND])
    strict = find("退款几天到账", [replace(REFUND, risk=Risk.STRICT)], policy=held(0.1, general.probability + 1e-6))

    assert (general.risk, strict.risk) == (Risk.GENERAL, Risk.STRICT)
    assert general.is_answerable
    assert not strict.is_answerable
    assert find("退款几天到账", [REFUND], policy=held(0.1, 1.0)).is_answerable


def test_on_evidence_that_was_not_measured_the_built_in_threshold_counts_too() -> None:
    measured = held(0.1, evidence=frozenset({"foreign"}))
    other = held(0.1, evidence=frozenset({"words_read"}))

    assert find("退款几天到账", [REFUND], policy=measured).threshold == 0.1
    assert find("退款几天到账", [REFUND], policy=other).threshold == 0.5
