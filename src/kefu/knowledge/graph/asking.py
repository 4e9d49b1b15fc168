"""Questions that ask for all that have something: which things, and what is said of them."""

import re
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.kit.text import normalise
from kefu.knowledge.graph.comparing import Wanted, wanted_terms
from kefu.knowledge.graph.values import quantities_of
from kefu.knowledge.graph.words import GraphWords, graph_words
from kefu.knowledge.phrases import PhraseTable
from kefu.knowledge.quantities import Quantity, without_quantities
from kefu.knowledge.stems import runs
from kefu.knowledge.tokens import stop_words
from kefu.knowledge.vocabulary import Vocabulary

_ZH_TAIL = re.compile(r"(?P<predicate>.*的)?(?P<asked>[^的]{1,10})$")
_LONGEST_CLASS = {"zh": 12, "en": 40}


@dataclass(frozen=True, slots=True)
class Predicate:
    """What is said of a thing: its terms, whether it is denied, and quantities with how they are to be compared."""

    terms: tuple[Wanted, ...]
    is_negated: bool
    quantities: frozenset[Quantity]
    bound: str = ""
    """"" for exactly, else ``least`` or ``most``."""

    def admits(self, found: frozenset[Quantity]) -> bool:
        """Whether quantities of an edge are what was asked for: each in some unit of the edge's."""
        return all(any(self._fits(asked, one) for one in found) for asked in self.quantities)

    def _fits(self, asked: Quantity, found: Quantity) -> bool:
        if asked.unit != found.unit:
            return False
        if self.bound == "least":
            return found.value >= asked.value
        return found.value <= asked.value if self.bound == "most" else found.value == asked.value


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """``asked`` are the words for the class: coats, accounts."""

    asked: str
    predicate: Predicate


def read_list_question(
    question: str, vocabulary: Vocabulary, *, classes: PhraseTable | None = None
) -> ListQuestion | None:
    """None for a question that wants one answer. ``classes``: names of classes, where no word parts class and predicate."""
    plain = normalise(question).text.strip(" ?？。.!！")
    words = graph_words(vocabulary.language)
    match = words.questions.list.search(plain)
    if match is None:
        return None
    before, after = plain[: match.start()], plain[match.end() :].strip()
    after = words.questions.quantifiers.sub("", after)
    asked, told = _divide(before, after, words, vocabulary.language)
    if vocabulary.language == "zh" and classes is not None:
        known = next(classes.find(after), None)
        if known is not None and known[0] == 0 and known[1] < len(asked):
            asked, told = after[: known[1]], f"{before} {after[known[1] :]}"
    asked = _bare(asked, words, vocabulary.language)
    if not 0 < len(asked) <= _LONGEST_CLASS[vocabulary.language]:
        return None
    predicate = read_predicate(told, vocabulary, without=asked)
    return ListQuestion(asked, predicate) if predicate.terms or predicate.quantities else None


def read_predicate(told: str, vocabulary: Vocabulary, *, without: str = "") -> Predicate:
    """``told`` is normalised; ``without``: a word for the class, which says nothing about its members."""
    language, words = vocabulary.language, graph_words(vocabulary.language).questions
    told = words.free.sub(f" {words.free_means} ", told)
    negations = len(graph_words(language).negation.findall(told))
    bound = "least" if words.at_least.search(told) else "most" if words.at_most.search(told) else ""
    quantities = frozenset(one for one in quantities_of(told) if one.unit)
    topic = without_quantities(told) if quantities else told
    for pattern in (words.at_least, words.at_most, graph_words(language).negation, words.noise, words.aux):
        topic = pattern.sub(" ", topic)
    terms = wanted_terms(topic, vocabulary, without=without)
    return Predicate(terms, negations % 2 == 1, quantities, bound)


def _divide(before: str, after: str, words: GraphWords, language: Language) -> tuple[str, str]:
    """The class and what is said of it. In Chinese the class may stand in front: 可以机洗的外套有哪些."""
    if language == "zh" and not _has_letters(words.questions.noise.sub("", after)):
        match = _ZH_TAIL.fullmatch(before.rstrip("有都是，, "))
        return ("", "") if match is None else (match["asked"], match["predicate"] or "")
    aux = words.questions.aux.search(after, 1) if language == "zh" else words.questions.aux.search(after)
    if aux is None:
        return after, before
    return after[: aux.start()], f"{before} {after[aux.start() :]}"


def _bare(asked: str, words: GraphWords, language: Language) -> str:
    core = words.questions.noise.sub("" if language == "zh" else " ", asked)
    return " ".join(core.split()).strip("的 ,，")


def _has_letters(text: str) -> bool:
    return any(run not in stop_words("zh") for _, run in runs(text))
