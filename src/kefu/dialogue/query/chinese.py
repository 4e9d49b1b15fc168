"""Chinese follow-ups."""

import rjieba

from kefu.dialogue.answer.terms import named_things, question_terms
from kefu.dialogue.query.gap import Gap, Lack, patterns, same_kind
from kefu.domain.knowledge import TermKind
from kefu.knowledge.vocabulary import Vocabulary

_LONG_TOPIC, _SHORT, _FEW = 16, 7, 3
_MARKS = "。！？!?；;，, \n"


def find_gap(plain: str, vocabulary: Vocabulary) -> Gap | None:
    """What a normalised message lacks; None when it is complete."""
    known = patterns("zh")
    text = plain.strip(_MARKS)
    if not text or len(text) > known.longest_open + known.longest_fragment:
        return None
    fragment = _find_fragment(text, vocabulary)
    if fragment:
        return Gap(Lack.ELLIPSIS, fragment)
    led = known.texts["lead"].sub("", text)
    return None if len(led) > known.longest_open else _find_open(led, vocabulary)


def _find_fragment(text: str, vocabulary: Vocabulary) -> str | None:
    known = patterns("zh")
    led = known.texts["lead"].sub("", text)
    tailed = known.texts["tail"].sub("", led)
    is_led, is_tailed = led != text, tailed != led
    also = known.texts["also"].sub("", led)
    if also not in (led, "") and _is_fragment(also, vocabulary) and (vocabulary.kinds(also) or _is_time(also)):
        return also
    if tailed and (is_tailed or (is_led and vocabulary.kinds(tailed))) and _is_fragment(tailed, vocabulary):
        return tailed
    return None


def _find_open(led: str, vocabulary: Vocabulary) -> Gap | None:
    known = patterns("zh")
    if known.texts["pronoun"].search(led) and not _names_thing(led, vocabulary):
        return Gap(Lack.PRONOUN, led)
    if led and known.texts["asks"].search(led) and not any(map(str.isdigit, led)):
        content = _content(led, vocabulary)
        if not content or (len(led) <= _SHORT and set(content) <= known.predicate):
            return Gap(Lack.TOPIC if not content else Lack.PRONOUN, led)
    return None


def fill(gap: Gap, previous: str, vocabulary: Vocabulary) -> str:
    """The question that the message stands for. ``previous`` is normalised and stands alone itself."""
    before = previous.strip(_MARKS)
    match gap.lack:
        case Lack.ELLIPSIS:
            return _put(gap.fragment, before, vocabulary)
        case Lack.PRONOUN:
            thing = _thing(before, vocabulary)
            text, count = patterns("zh").texts["pronoun"].subn(lambda _: thing, gap.fragment, count=1)
            return text if count else thing + gap.fragment
        case Lack.TOPIC:
            return topic(before, vocabulary) + gap.fragment


def topic(plain: str, vocabulary: Vocabulary) -> str:
    """What a question is about, without what it asks of it."""
    known = patterns("zh").texts
    rest = known["ask_words"].sub("", plain)
    for _ in range(2):
        rest = known["edges"].sub("", rest)
    if 1 < len(rest) <= _LONG_TOPIC:
        return rest
    return "".join(_content(plain, vocabulary))


def _is_fragment(text: str, vocabulary: Vocabulary) -> bool:
    known = patterns("zh")
    if len(text) > known.longest_fragment or known.texts["asks"].search(text) or known.texts["pronoun"].search(text):
        return False
    return 0 < len(question_terms(text, vocabulary)) <= _FEW or bool(vocabulary.kinds(text))


def _content(text: str, vocabulary: Vocabulary) -> list[str]:
    return [term.text for term in question_terms(text, vocabulary) if term.text not in patterns("zh").generic]


def _names_thing(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the message itself has what its pronoun may stand for."""
    pronoun = patterns("zh").texts["pronoun"].search(text)
    before = text[: pronoun.start()] if pronoun else text
    after = text[pronoun.end() :] if pronoun else ""
    if any(len(term) > 1 and after.startswith(term) for term in _content(after, vocabulary)):
        return True  # 这个退货
    return bool(_content(before, vocabulary)) or any(
        term.text not in patterns("zh").generic for term in named_things(text, vocabulary)
    )


def _thing(before: str, vocabulary: Vocabulary) -> str:
    products = [text for _, _, text, kind in vocabulary.kinds(before) if kind is TermKind.PRODUCT]
    nouns = [term.text for term in named_things(before, vocabulary) if term.text not in patterns("zh").generic]
    return next(iter([*products, *nouns]), "") or topic(before, vocabulary)


def _put(fragment: str, before: str, vocabulary: Vocabulary) -> str:
    """One of its kind gives way to the fragment; a word of the trade to a word of the trade; else it is put in front."""
    fragment = patterns("zh").texts["trim"].sub("", fragment)
    if patterns("zh").texts["condition"].search(fragment) or _is_time(fragment):
        return f"{fragment}{before}"
    kind = next((kind for *_, kind in vocabulary.kinds(fragment)), None)
    span = same_kind(before, kind, vocabulary)
    if span is not None:
        return before[: span[0]] + fragment + before[span[1] :]
    if kind is None and len(vocabulary.cut(fragment)) == 1:
        replaced = _replaceable(fragment, before, vocabulary)
        if replaced:
            return before.replace(replaced, fragment, 1)
    return f"{fragment}{before}"


def _is_time(text: str) -> bool:
    return all(tag.startswith("t") for _, tag in rjieba.tag(text))


def _replaceable(fragment: str, before: str, vocabulary: Vocabulary) -> str | None:
    """The term that a topic takes the place of: one that shares a character with it, then one of its part of speech."""
    known = patterns("zh").generic
    terms = [term.text for term in question_terms(before, vocabulary) if term.text not in known and term.text in before]
    alike = (term for term in terms if set(term) & set(fragment))
    tag = rjieba.tag(fragment)[0][1][:1]
    same = (term for term in terms if rjieba.tag(term)[0][1].startswith(tag))
    return next(iter((*alike, *same, *terms)), None)
