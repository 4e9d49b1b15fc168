"""Which topics are asked for, and how well each is covered: clusters of what customers really asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kefu.dialogue.guard.personal import mask_personal
from kefu.domain.conversation import Language
from kefu.domain.improving import AskedQuestion
from kefu.domain.knowledge import Document
from kefu.knowledge.embedding import Embedder
from kefu.knowledge.vocabulary import Vocabulary
from kefu.services.improving.clustering import Leaders
from kefu.services.improving.likeness import Wording, to_vectors

MOST_TOPICS = 100
_DOCUMENTS = 3
MOST_UNNEEDED = 500


@dataclass(frozen=True, slots=True)
class Topic:
    """Questions that ask the same. The three counts are parts of ``count``; documents are keys, cited most first."""

    question: str
    count: int
    answered: int
    abstained: int
    handed_off: int
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """``unneeded``: keys of current documents that none of these questions was answered from."""

    questions: int
    topics: tuple[Topic, ...]
    topic_count: int
    unneeded: tuple[str, ...]
    unneeded_count: int


def measure_coverage(
    asked: Sequence[AskedQuestion],
    documents: Sequence[Document],
    *,
    keys: Mapping[str, str],
    embedder: Embedder,
    vocabularies: Mapping[Language, Vocabulary],
) -> Coverage:
    """``keys``: of each document version that was cited, by its id. Encodes every question: call it in a thread."""
    oldest_first = sorted(asked, key=lambda question: question.at)
    wordings = [Wording(question.text, question.language) for question in oldest_first]
    vectors = to_vectors(wordings, embedder=embedder, vocabularies=vocabularies)
    groups: dict[int, list[AskedQuestion]] = {}
    for question, leader in zip(oldest_first, Leaders(vectors[slice(0, 0)]).assign(vectors), strict=True):
        groups.setdefault(int(leader), []).append(question)
    topics = sorted((_topic(group, keys) for group in groups.values()), key=lambda topic: -topic.count)
    needed = {keys[document] for question in asked for document in question.documents if document in keys}
    unneeded = sorted({document.key for document in documents} - needed)
    return Coverage(
        len(asked), tuple(topics[:MOST_TOPICS]), len(topics), tuple(unneeded[:MOST_UNNEEDED]), len(unneeded)
    )


def _topic(group: Sequence[AskedQuestion], keys: Mapping[str, str]) -> Topic:
    cited = Counter(keys[document] for question in group for document in question.documents if document in keys)
    return Topic(
        question=mask_personal(group[0].text),
        count=len(group),
        answered=sum(question.is_answered for question in group),
        abstained=sum(not question.is_answered for question in group),
        handed_off=sum(question.is_handed_off for question in group),
        documents=tuple(key for key, _ in cited.most_common(_DOCUMENTS)),
    )
