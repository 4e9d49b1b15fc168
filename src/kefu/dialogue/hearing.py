"""Step 2: what was heard. Messages become normalised text that still knows where each character came from."""

import re
from dataclasses import dataclass

from kefu.dialogue.context import TurnContext
from kefu.domain.conversation import Language, Message
from kefu.kit.text import Normalised, detect_language, normalise

_NO_LANGUAGE = re.compile(r"\S+@\S+|https?://\S+|[#＃]?[A-Za-z]*\d[\w-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class HeardMessage:
    message: Message
    text: Normalised


@dataclass(frozen=True, slots=True)
class Heard:
    """The turn's messages, and the language in which to reply."""

    messages: tuple[HeardMessage, ...]
    language: Language

    @property
    def original(self) -> str:
        return "\n".join(heard.message.text for heard in self.messages)


def hear(context: TurnContext) -> Heard:
    """Normalise (NFKC, traditional to simplified for matching, lower case) and recognise the language.

    A message that says nothing in either language ("123", "👍", a pressed button, an order number, an e-mail address), or
    one foreign word in a Chinese conversation ("ok", "XL"), keeps the conversation's language.
    """
    messages = tuple(HeardMessage(message, normalise(message.text)) for message in context.messages)
    original = "\n".join(heard.message.text for heard in messages)
    is_pressed = all(message.choice for message in context.messages)
    known = context.state.language
    if known is not None and (is_pressed or not _speaks(original, known)):
        return Heard(messages, known)
    return Heard(messages, detect_language(original))


def _speaks(text: str, known: Language) -> bool:
    """Whether the words of a text say in which language it is."""
    plain = _NO_LANGUAGE.sub(" ", text)
    if any(character.isalpha() and not character.isascii() for character in plain):
        return True
    return len(_WORD.findall(plain)) > (1 if known == "zh" else 0)
