"""The speller of one language, made from what a snapshot of the knowledge says."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from kefu.kit.text import normalise
from kefu.knowledge.parts import Parts
from kefu.knowledge.spelling.chinese import ChineseSpeller
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.spelling.english import EnglishSpeller
from kefu.knowledge.stems import runs
from kefu.knowledge.vocabulary import Vocabulary

_LATIN = re.compile(r"[a-z]+(?:['’][a-z]+)?")


class Speller(Protocol):
    """Finds slips; the caller decides what to do with them."""

    def correct(self, plain: str) -> tuple[Correction, ...]:
        """Slips in a normalised question, in order, without overlap."""
        ...


def build_speller(parts: Sequence[Parts], vocabulary: Vocabulary) -> Speller:
    """Words count once a chunk; synonyms of what the knowledge says, and the workspace's own terms, are known too."""
    texts = [normalise("\n".join((part.whole, *part.questions))).text for part in parts]
    terms = _terms(texts, vocabulary)
    if vocabulary.language == "en":
        counts = Counter(word for text in texts for word in set(_LATIN.findall(text)))
        counts.update({word for term in terms for word in _LATIN.findall(term)} - counts.keys())
        return EnglishSpeller(counts)
    words = Counter(word for text in texts for word in _chinese_words(text, vocabulary.cut_known))
    guessed = {word for text in texts for word in _chinese_words(text, vocabulary.cut)} - words.keys()
    words.update({term: sum(term in text for text in texts) for term in terms - words.keys()})
    return ChineseSpeller(+words, terms=terms, guessed=guessed, vocabulary=vocabulary)


def _terms(texts: Sequence[str], vocabulary: Vocabulary) -> set[str]:
    everything = "\n".join(texts)
    groups = (*vocabulary.groups, *vocabulary.lone)
    said = {phrase for group in groups if any(one in everything for one in group) for phrase in group}
    return said | vocabulary.own


def _chinese_words(text: str, cut: Callable[[str], list[str]]) -> set[str]:
    return {word for script, run in runs(text) if script == "han" for word in cut(run) if len(word) > 1}
