"""Text to search terms, in two languages and their mixture.

Chinese gives two streams, words (rjieba) and characters with their overlapping pairs: words are exact, pairs survive
a wrong cut.
English gives stems (Snowball). Latin runs inside Chinese text and Chinese runs inside English text are kept.
A phrase of the vocabulary adds one concept term ("§运费") to what it says itself, so that synonyms meet and exact
wording still wins.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kefu.domain.conversation import Language
from kefu.kit.text import normalise
from kefu.knowledge.stems import runs, stem
from kefu.knowledge.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Terms:
    """Two views of one text. ``pairs`` is empty for English, where words are enough."""

    words: list[str]
    pairs: list[str]


def analyse(text: str, vocabulary: Vocabulary, *, is_query: bool = False) -> Terms:
    """Search terms of a document or a question in an index of the vocabulary's language.

    In a question the workspace's own words do not fall into pairs: a name that no document has would drown its concept.
    """
    plain = normalise(text).text
    if vocabulary.language == "en":
        return Terms(words=english_terms(plain, vocabulary), pairs=[])
    concepts = vocabulary.concepts(plain)
    words = chinese_words(plain, vocabulary)
    pairs = character_pairs(vocabulary.without_own(plain) if is_query else plain)
    return Terms(words=words + concepts, pairs=pairs + concepts)


def chinese_words(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Words without stop words; Latin runs as English stems. ``plain`` is normalised."""
    terms: list[str] = []
    for script, run in runs(plain):
        words = vocabulary.cut(run) if script == "han" else [stem(run)]
        terms.extend(word for word in words if word not in stop_words("zh"))
    return terms


def character_pairs(plain: str) -> list[str]:
    """Chinese characters and their overlapping pairs, without particles; Latin runs as English stems."""
    terms: list[str] = []
    for script, run in runs(plain):
        if script == "han":
            terms.extend(character for character in run if character not in stop_words("zh"))
            terms.extend(run[index : index + 2] for index in range(len(run) - 1))
        else:
            terms.append(stem(run))
    return terms


def english_terms(plain: str, vocabulary: Vocabulary) -> list[str]:
    """Stems without stop words, then concepts; Chinese runs as character pairs."""
    stems: list[str] = []
    for script, run in runs(plain):
        stems.extend(character_pairs(run) if script == "han" else [stem(run)])
    kept = [term for term in stems if term not in stop_words("en")]
    return kept + vocabulary.concepts(stems)


@cache
def stop_words(language: Language) -> frozenset[str]:
    """Words that say nothing about a topic; English ones are stems."""
    text = files("kefu.knowledge").joinpath(f"stopwords.{language}.txt").read_text(encoding="utf-8")
    words = text.split()
    return frozenset(words if language == "zh" else map(stem, words))
