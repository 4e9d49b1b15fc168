"""English follow-ups."""

import re
from collections.abc import Sequence

from kefu.dialogue.answer.terms import named_things, question_terms
from kefu.dialogue.query.gap import Gap, Lack, patterns, same_kind
from kefu.domain.knowledge import TermKind
from kefu.knowledge.stems import stem
from kefu.knowledge.vocabulary import Vocabulary

_MARKS = ".!?;, \n"
_LONG_TOPIC, _FEW = 10, 3
_CONDITION = re.compile(r"(?:(?:and|but|so|or)\s+)?(?:(?:what|how about)\s+)?if\s+([^,]+)")
_LEANING = re.compile(r"(?:it|it'?s|they|they'?re|that|this|i|i'?ve|i'?m|we)\b")
_SOMEBODY = re.compile(r"\b(?:i|you|we|u|my friend|someone)\b")
_ARTICLE = re.compile(r"^(?:an?|the|my|your|some)\s+")
_ADVERBS = frozenset({"abroad", "overseas", "here", "there", "online", "inside china", "within china", "outside china"})
_PREPOSITION = {TermKind.PLACE: "to", TermKind.PEOPLE: "for", TermKind.PAYMENT: "with", TermKind.PRODUCT: "for"}


def find_gap(plain: str, vocabulary: Vocabulary) -> Gap | None:
    """What a normalised message lacks; None when it is complete."""
    known = patterns("en")
    text = plain.strip(_MARKS)
    words = text.split()
    if not words or len(words) > known.longest_open + 2:
        return None
    condition = _CONDITION.fullmatch(text)
    if condition is not None and _leans(condition[1]):
        return Gap(Lack.ELLIPSIS, condition[1], "if")
    led = known.texts["lead"].sub("", text)
    found = re.match(rf"({known.texts['preposition'].pattern})\s+(.+)", led)
    preposition, fragment = (found[1], found[2]) if found else ("", led)
    if fragment and (led != text or found) and _is_fragment(fragment, vocabulary):
        return Gap(Lack.ELLIPSIS, fragment, preposition)
    return _find_open(led if led != text and known.texts["asks"].search(led) else text, vocabulary)


def _find_open(rest: str, vocabulary: Vocabulary) -> Gap | None:
    known = patterns("en")
    if len(rest.split()) > known.longest_open:
        return None
    content = _content(rest, vocabulary)
    if known.texts["thing_pronoun"].search(rest) and len(content) <= 1 and not _names_thing(rest, vocabulary):
        return Gap(Lack.PRONOUN, rest)
    if not content and known.texts["asks"].search(rest) and not any(map(str.isdigit, rest)):
        return Gap(Lack.TOPIC, rest)
    return None


def fill(gap: Gap, previous: str, vocabulary: Vocabulary) -> str:
    """The question that the message stands for. ``previous`` is normalised and stands alone itself."""
    before = previous.strip(_MARKS)
    match gap.lack:
        case Lack.ELLIPSIS:
            return _put(gap, before, vocabulary)
        case Lack.PRONOUN:
            thing = _thing(before, vocabulary)
            if not thing:
                return f"{gap.fragment}: {topic(before, vocabulary)}"
            return patterns("en").texts["thing_pronoun"].sub(lambda _: thing, gap.fragment, count=1)
        case Lack.TOPIC:
            return f"{gap.fragment}: {topic(before, vocabulary)}"


def topic(plain: str, vocabulary: Vocabulary) -> str:
    """What a question is about, without what it asks of it."""
    tail = plain.rsplit(": ", 1)[-1]
    rest = patterns("en").texts["edges"].sub("", patterns("en").texts["edges"].sub("", tail)).strip()
    if rest and len(rest.split()) <= _LONG_TOPIC and _content(rest, vocabulary):
        return rest
    content = set(_content(plain, vocabulary))
    return " ".join(word for word in plain.split() if any(stem(word.strip(_MARKS)) in one.split() for one in content))


def _is_fragment(text: str, vocabulary: Vocabulary) -> bool:
    known = patterns("en")
    if len(text.split()) > known.longest_fragment or known.texts["asks"].search(text):
        return False
    if known.texts["pronoun"].search(text) or re.search(r"\b(?:i|you|we)\b", text):
        return False
    return bool(_content(text, vocabulary)) or bool(vocabulary.kinds(text))


def _content(text: str, vocabulary: Vocabulary) -> list[str]:
    generic = _generic()
    return [term.text for term in question_terms(text, vocabulary) if term.text not in generic]


def _generic() -> frozenset[str]:
    return frozenset(map(stem, patterns("en").generic))


def _names_thing(text: str, vocabulary: Vocabulary) -> bool:
    pronoun = patterns("en").texts["thing_pronoun"].search(text)
    before = text[: pronoun.start()] if pronoun else text
    ahead = " ".join(before.split()[:-1])  # what stands right before it is its verb
    return bool(_content(ahead, vocabulary)) or bool(named_things(text, vocabulary))


def _thing(before: str, vocabulary: Vocabulary) -> str:
    """A product; the object of a question about somebody (can I return …); else its subject (do … expire)."""
    products = [text for _, _, text, kind in vocabulary.kinds(before) if kind is TermKind.PRODUCT]
    return next(iter(products), "") or (
        _object(before, vocabulary) if _SOMEBODY.search(before) else _subject(before, vocabulary)
    )


def _object(before: str, vocabulary: Vocabulary) -> str:
    words = _ARTICLE.sub("", topic(before, vocabulary).partition(" ")[2]).split()
    rest = " ".join(words)
    is_place = rest in _ADVERBS or any(kind is TermKind.PLACE for *_, kind in vocabulary.kinds(rest))
    return rest if 0 < len(words) <= _FEW and _content(rest, vocabulary) and not is_place else ""


def _subject(before: str, vocabulary: Vocabulary) -> str:
    terms = _content(before, vocabulary)
    return (_surface(before, terms[0].split()) or "") if terms else ""


def _leans(clause: str) -> bool:
    """Whether a condition speaks of what the question before was about, or only of the customer's own case."""
    return len(clause.split()) <= patterns("en").longest_open and _LEANING.match(clause) is not None


def _put(gap: Gap, before: str, vocabulary: Vocabulary) -> str:
    """One of its kind gives way to the fragment; a word of the trade to a word of the trade; else it comes last."""
    if gap.preposition == "if":
        return f"{before} if {gap.fragment}"
    kind = next((kind for *_, kind in vocabulary.kinds(gap.fragment)), None)
    span = same_kind(before, kind, vocabulary)
    if span is not None:
        return before[: span[0]] + gap.fragment + before[span[1] :]
    if kind is None and not gap.preposition:
        replaced = _replaceable(gap.fragment, before, vocabulary)
        if replaced:
            return before.replace(replaced, gap.fragment, 1)
    preposition = gap.preposition or (
        "" if gap.fragment in _ADVERBS else _PREPOSITION.get(kind or TermKind.TOPIC, "for")
    )
    return " ".join(part for part in (before, preposition, gap.fragment) if part)


def _replaceable(fragment: str, before: str, vocabulary: Vocabulary) -> str | None:
    """The words of the question before that a topic takes the place of: the first with a synonym, where both are such."""
    if len(question_terms(fragment, vocabulary)) != 1 or not question_terms(fragment, vocabulary)[0].synonyms:
        return None
    phrases = [
        term.text for term in question_terms(before, vocabulary) if term.synonyms and term.text not in _generic()
    ]
    return _surface(before, phrases[0].split()) if phrases else None


def _surface(text: str, stems: Sequence[str]) -> str | None:
    words = text.split()
    for start in range(len(words) - len(stems) + 1):
        if [stem(word.strip(_MARKS)) for word in words[start : start + len(stems)]] == list(stems):
            return " ".join(words[start : start + len(stems)])
    return None
