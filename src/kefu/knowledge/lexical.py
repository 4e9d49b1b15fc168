"""Words: how much of a question each chunk of one language covers (coverage.py says what that means)."""

from collections.abc import Sequence

import numpy as np

from kefu.knowledge.coverage import NUMBER, Coverage, TermNumbers
from kefu.knowledge.grouping import Grouping, Scores
from kefu.knowledge.parts import SENTENCE_SHARE_LEXICAL
from kefu.knowledge.reading import Reading, Streams
from kefu.knowledge.tokens import Terms, analyse
from kefu.knowledge.vocabulary import Vocabulary


class _Field:
    """Coverage of one field. Chinese: words and character pairs are two indexes that count half each."""

    def __init__(self, streams: Sequence[Streams], terms: TermNumbers, *, has_pairs: bool) -> None:
        lengths = np.frombuffer(b"".join(one.lengths for one in streams), dtype=NUMBER).reshape(-1, 2)
        words = np.frombuffer(b"".join(one.words for one in streams), dtype=NUMBER)
        self._words = Coverage(words, lengths[:, 0], terms)
        del words
        pairs = np.frombuffer(b"".join(one.pairs for one in streams), dtype=NUMBER)
        self._pairs = Coverage(pairs, lengths[:, 1], terms) if has_pairs else None

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

    def __init__(self, readings: Sequence[Reading], terms: TermNumbers, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        has_pairs = vocabulary.language == "zh"
        self._wholes = _Field([one.whole for one in readings], terms, has_pairs=has_pairs)
        self._sentences = _Field([one.sentences for one in readings], terms, has_pairs=has_pairs)
        self._questions = _Field([one.questions for one in readings], terms, has_pairs=has_pairs)
        self._sentence_owners = Grouping([one.sentences.count for one in readings])
        self._question_owners = Grouping([one.questions.count for one in readings])

    def score(self, query: str) -> Scores:
        """Share of the query that each chunk covers, float32 [chunks] in [0, 1)."""
        terms = analyse(query, self._vocabulary, is_query=True)
        whole = self._wholes.score(terms)
        sentence = self._sentence_owners.best(self._sentences.score(terms), otherwise=whole)
        question = self._question_owners.best(self._questions.score(terms))
        return np.maximum(question, whole + np.float32(SENTENCE_SHARE_LEXICAL) * (sentence - whole))
