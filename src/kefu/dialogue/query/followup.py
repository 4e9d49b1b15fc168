"""A message that is only a piece of a question, made whole from the question before it, by rules."""

from dataclasses import dataclass

from kefu.dialogue.query import chinese, english
from kefu.dialogue.query.gap import Gap
from kefu.kit.text import detect_language, normalise
from kefu.knowledge.vocabulary import Vocabulary

LONGEST_PREVIOUS = 120


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``text`` stands alone; ``rule`` is what the message lacked."""

    text: str
    rule: str


def find_gap(message: str, vocabulary: Vocabulary) -> Gap | None:
    """What a message lacks; None when it is a question by itself, which then is never changed."""
    plain = normalise(message).text
    return chinese.find_gap(plain, vocabulary) if vocabulary.language == "zh" else english.find_gap(plain, vocabulary)


def fill(gap: Gap, previous: str, vocabulary: Vocabulary) -> FollowUp | None:
    """The question that a message with this gap stands for; None when the one before cannot say.

    ``previous`` stands alone itself: so a chain of follow-ups works. One in another language is no help.
    """
    plain = normalise(previous).text
    if len(plain) > LONGEST_PREVIOUS or detect_language(previous, default=vocabulary.language) != vocabulary.language:
        return None
    language = chinese if vocabulary.language == "zh" else english
    text = language.fill(gap, plain, vocabulary)
    return None if text.strip() == gap.fragment else FollowUp(text, gap.lack.value)
