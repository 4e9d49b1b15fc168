"""BM25 over search terms, with scores that mean the same in every index.

A raw BM25 sum grows with the query and the collection. Divided by the most that this query could score (every term
present without limit), it is the share of the query's information that a text covers, in [0, 1). Terms that no text
has count in that most: a question full of unknown words scores low everywhere, which is what an abstention needs.

BM25: Robertson & Zaragoza 2009; variant and library: bm25s "lucene" (Lù 2024, arXiv 2407.03618).
"""

import logging
from collections.abc import Sequence

import bm25s  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from kefu.knowledge.grouping import Grouping, Scores
from kefu.knowledge.parts import SENTENCE_SHARE_LEXICAL, Parts
from kefu.knowledge.tokens import Terms, analyse
from kefu.knowledge.vocabulary import Vocabulary

K1 = 0.9
B = 0.4
"""Robertson's parameters: of the four pairs tried the best, or level, on XQuAD-zh and LCQMC (evals/retrieval)."""

logging.getLogger("bm25s").setLevel(logging.WARNING)


class Coverage:
    """BM25 of one stream of terms over n texts."""

    def __init__(self, texts: Sequence[list[str]]) -> None:
        self._size = len(texts)
        self._index = bm25s.BM25(k1=K1, b=B, method="lucene")
        self._is_empty = not any(texts)
        if not self._is_empty:
            self._index.index(list(texts), show_progress=False)
            frequencies = np.diff(self._index.scores["indptr"])
            self._vocabulary: dict[str, int] = self._index.vocab_dict
            self._weights = self._idf(frequencies)
        self._unknown = float(self._idf(np.zeros(1, dtype=np.int64))[0])

    def score(self, terms: Sequence[str]) -> Scores:
        """Share of the query covered by each text, float32 [n] in [0, 1)."""
        unique = list(dict.fromkeys(terms))
        if self._is_empty or not unique:
            return np.zeros(self._size, dtype=np.float32)
        known = [self._vocabulary[term] for term in unique if term in self._vocabulary]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        most = float(self._weights[known].sum()) + self._unknown * (len(unique) - len(known))
        scores: Scores = self._index.get_scores_from_ids(known)
        covered: Scores = scores / np.float32(most)
        return covered

    def _idf(self, frequencies: NDArray[np.int64]) -> Scores:
        """Lucene's inverse document frequency: ln(1 + (N - df + 0.5) / (df + 0.5))."""
        idf: Scores = np.log(1 + (self._size - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
        return idf


class _Field:
    """Coverage of one field. Chinese: words and character pairs are two indexes that count half each."""

    def __init__(self, texts: Sequence[str], vocabulary: Vocabulary) -> None:
        terms = [analyse(text, vocabulary) for text in texts]
        self._words = Coverage([one.words for one in terms])
        self._pairs = Coverage([one.pairs for one in terms]) if vocabulary.language == "zh" else None

    def score(self, query: Terms) -> Scores:
        words = self._words.score(query.words)
        if self._pairs is None:
            return words
        both: Scores = (words + self._pairs.score(query.pairs)) / np.float32(2)
        return both


class LexicalIndex:
    """Words of the chunks of one language.

    A chunk covers a query as its whole text and its best sentence do together, or as its best question does.
    """

    def __init__(self, parts: Sequence[Parts], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._wholes = _Field([one.whole for one in parts], vocabulary)
        self._sentences = _Field([sentence for one in parts for sentence in one.sentences], vocabulary)
        self._questions = _Field([question for one in parts for question in one.questions], vocabulary)
        self._sentence_owners = Grouping([len(one.sentences) for one in parts])
        self._question_owners = Grouping([len(one.questions) for one in parts])

    def score(self, query: str) -> Scores:
        """Share of the query that each chunk covers, float32 [chunks] in [0, 1)."""
        terms = analyse(query, self._vocabulary, is_query=True)
        whole = self._wholes.score(terms)
        sentence = self._sentence_owners.best(self._sentences.score(terms), otherwise=whole)
        question = self._question_owners.best(self._questions.score(terms))
        return np.maximum(question, whole + np.float32(SENTENCE_SHARE_LEXICAL) * (sentence - whole))
